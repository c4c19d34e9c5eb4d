import type { Region } from '../../src/base/index.js'
import { Output, type Recipient } from '../../src/server/output.js'

class Reader implements Recipient {
  protocol = 2 as const
  outputRegion: Region | null = null
  outputStart = 0
  outputEnd = 0
  received = ''
  turns = 0
  transmissions = 0
  /** Whether the system takes what is sent only later. */
  isSlow = false
  readonly later: (() => void)[] = []

  transmit(region: Region, start: number, end: number): boolean {
    this.transmissions++
    const read = (): string => (this.received += region.bytes.latin1Slice(start, end))
    if (this.isSlow) this.later.push(read)
    else read()
    return this.isSlow
  }

  flushed(): void {
    this.turns++
  }
}

test('the replies of a loop turn go out once per client, in order', () => {
  const output = new Output()
  const [a, b] = [new Reader(), new Reader()]
  output.use(a).simple('1')
  output.use(a).simple('2')
  output.use(b).simple('3')
  output.flush()
  expect([a.received, b.received]).toEqual(['+1\r\n+2\r\n', '+3\r\n'])
  expect([a.transmissions, a.turns]).toEqual([1, 1])
})

test('a client that has two turns keeps its order', () => {
  const output = new Output()
  const [a, b] = [new Reader(), new Reader()]
  output.use(a).simple('1')
  output.use(b).simple('2')
  output.use(a).simple('3')
  output.flush()
  expect([a.received, b.received]).toEqual(['+1\r\n+3\r\n', '+2\r\n'])
})

test.each([false, true])(
  'much output of many clients uses one buffer, unless somebody still reads it: %s',
  (isSlow) => {
    const output = new Output()
    const readers = Array.from({ length: 40 }, () => Object.assign(new Reader(), { isSlow }))
    const { region } = output.reply
    const value = Buffer.alloc(60_000, 'x')
    readers.forEach((reader, i) => {
      output.use(reader).bulkBytes(value)
      output.use(reader).integer(i)
    })
    output.flush()
    expect(output.reply.region === region).toBe(!isSlow)
    readers.forEach((reader, i) => {
      for (const read of reader.later) read()
      expect(reader.received).toBe(`$60000\r\n${value.toString()}\r\n:${i}\r\n`)
    })
  },
)
