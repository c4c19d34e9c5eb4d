import type { Region } from '../../src/base/index.js'
import { PendingMessages } from '../../src/server/messages.js'
import { Output, type Recipient } from '../../src/server/output.js'

class Reader implements Recipient {
  protocol = 2 as const
  outputRegion: Region | null = null
  outputStart = 0
  outputEnd = 0
  readonly pushed = new PendingMessages()
  heldBytes = 0
  holdsItself = false
  replyBytesMax = Infinity
  turnsHeld = 0
  hasOverflowed = false
  received = ''
  turns = 0
  transmissions = 0
  /** Where what it was sent last stood. */
  lastFrom: Region | null = null
  /** Whether the system takes what is sent only later. */
  isSlow = false
  readonly later: (() => void)[] = []

  transmit(region: Region, start: number, end: number): boolean {
    this.transmissions++
    this.lastFrom = region
    const read = (): string => (this.received += region.bytes.latin1Slice(start, end))
    if (this.isSlow) this.later.push(read)
    else read()
    return this.isSlow
  }

  flushed(): void {
    this.turns++
  }

  held(): void {
    this.turnsHeld++
  }

  overflowed(): void {
    this.hasOverflowed = true
  }
}

test.each([100, 1_000_000])(
  'who has more replies than he may is sent none of them, and others theirs (%i bytes)',
  (bytes) => {
    const output = new Output()
    const [greedy, modest] = [new Reader(), new Reader()]
    greedy.replyBytesMax = 50
    output.use(modest).ok()
    const reply = output.use(greedy)
    reply.ok()
    expect(reply.isTooMuch).toBe(false)
    reply.bulkText('x'.repeat(bytes))
    expect(reply.isTooMuch).toBe(true)
    reply.ok()
    expect(reply.isTooMuch).toBe(true)
    output.use(modest).integer(7)
    output.flush()
    expect([greedy.received, greedy.hasOverflowed]).toEqual(['', true])
    expect([modest.received, modest.hasOverflowed]).toEqual(['+OK\r\n:7\r\n', false])
  },
)

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

test('messages out of band come behind the reply at hand, before the next one, and in one turn', () => {
  const output = new Output()
  const [a, b] = [new Reader(), new Reader()]
  const reply = output.use(a)
  reply.array(2)
  output.push(a, Buffer.from('>1'))
  output.push(b, Buffer.from('>2'))
  reply.simple('half')
  reply.simple('whole')
  output.use(b).simple('later')
  output.push(b, Buffer.from('>3'))
  output.push(a, Buffer.from('>4'))
  output.flush()
  expect([a.received, b.received]).toEqual(['*2\r\n+half\r\n+whole\r\n>1>4', '>2+later\r\n>3'])
  expect([a.turns, b.turns]).toEqual([1, 1])
})

test('a large message is sent as it is, in its place', () => {
  const output = new Output()
  const a = new Reader()
  const large = 'x'.repeat(10_000)
  output.use(a).simple('1')
  for (const text of ['>2', large, '>3', large]) output.push(a, Buffer.from(text))
  output.use(a).simple('4')
  output.flush()
  expect(a.received).toBe(`+1\r\n>2${large}>3${large}+4\r\n`)
})

test('messages to many are written once, and sent from where they stand to those who hear nothing else', () => {
  const output = new Output()
  const [a, b, c, d] = Array.from({ length: 4 }, () => new Reader())
  const say = (text: string, ...readers: Reader[]): void => {
    const message = Buffer.from(text)
    for (const reader of readers) output.push(reader, message)
  }
  say('>all', a, b, c, d)
  say('>more', a, b)
  say('>end', a, b, c)
  output.use(d).simple('reply')
  output.flush()
  expect([a, b, c, d].map(({ received }) => received)).toEqual([
    '>all>more>end',
    '>all>more>end',
    '>all>end',
    '>all+reply\r\n',
  ])
  expect([a, b, c, d].map(({ transmissions, turns }) => [transmissions, turns])).toEqual(Array(4).fill([1, 1]))
  expect(a.lastFrom).toBe(b.lastFrom)
  for (const other of [c, d]) expect(a.lastFrom === other.lastFrom).toBe(false)
})

test('who is sent more messages than he may gets none of them, and others theirs', () => {
  const output = new Output()
  const [greedy, modest] = [new Reader(), new Reader()]
  greedy.replyBytesMax = 5
  for (const text of ['>1', '>22', '>3']) {
    const message = Buffer.from(text)
    for (const reader of [greedy, modest]) output.push(reader, message)
  }
  output.flush()
  expect([greedy.received, greedy.hasOverflowed]).toEqual(['', true])
  expect([modest.received, modest.hasOverflowed]).toEqual(['>1>22>3', false])
})

test('messages that somebody still reads are not written over, nor those that outgrow their buffer', () => {
  const output = new Output()
  const [slow, quick] = [Object.assign(new Reader(), { isSlow: true }), new Reader()]
  let expected = ''
  for (let turn = 0; turn < 3; turn++) {
    for (let i = 0; i < 100; i++) {
      const text = `>${turn}:${i}`.padEnd(5000, 'x')
      expected += text
      const message = Buffer.from(text)
      for (const reader of [slow, quick]) output.push(reader, message)
    }
    output.flush()
  }
  for (const read of slow.later) read()
  expect(slow.received === expected).toBe(true)
  expect(quick.received === expected).toBe(true)
})

test('who is gone gets no message', () => {
  const output = new Output()
  const a = new Reader()
  output.push(a, Buffer.from('>1'))
  output.drop(a)
  output.flush()
  expect([a.received, a.turns]).toEqual(['', 0])
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

describe('replies that depend on what the disk does not have', () => {
  const heldBack = (): { output: Output; disk: { required: number; turns: number } } => {
    const output = new Output()
    const disk = { required: 0, turns: 0 }
    output.barrier = {
      prepare: () => disk.turns++,
      get required() {
        return disk.required
      },
    }
    return { output, disk }
  }

  test('wait for it, turn by turn, those of others too, and keep their order', () => {
    const { output, disk } = heldBack()
    const [a, b] = [new Reader(), new Reader()]
    output.use(a).simple('1')
    disk.required = 10
    output.flush()
    output.use(b).simple('2')
    output.use(a).simple('3')
    output.use(b).simple('4')
    disk.required = 20
    output.flush()
    expect([a.received, b.received, a.heldBytes, b.heldBytes]).toEqual(['', '', 8, 8])
    output.release(9)
    expect([a.received, b.received]).toEqual(['', ''])
    output.release(10)
    expect([a.received, b.received, a.turns, a.turnsHeld]).toEqual(['+1\r\n', '', 1, 2])
    output.release(25)
    expect([a.received, b.received, a.heldBytes]).toEqual(['+1\r\n+3\r\n', '+2\r\n+4\r\n', 0])
    disk.required = 0
    output.use(a).simple('5')
    output.flush()
    expect(a.received).toBe('+1\r\n+3\r\n+5\r\n')
    expect(disk.turns).toBeGreaterThanOrEqual(3)
  })

  test('leave before those that depend on nothing any more', () => {
    const { output, disk } = heldBack()
    const [a, b] = [new Reader(), new Reader()]
    output.use(a).simple('1')
    disk.required = 10
    output.flush()
    disk.required = 0 // the policy was changed, say
    output.use(b).simple('2')
    output.use(a).simple('3')
    output.flush()
    expect([a.received, b.received]).toEqual(['+1\r\n+3\r\n', '+2\r\n'])
  })

  test('wait where much to send sends it early, and messages out of band with them', () => {
    const { output, disk } = heldBack()
    const [a, b] = [new Reader(), new Reader()]
    disk.required = 10
    output.use(a).bulkText('x'.repeat(200_000))
    output.use(b).simple('2')
    output.push(a, Buffer.from('y'.repeat(10_000)))
    output.flush()
    expect([a.received, b.received]).toEqual(['', ''])
    output.release(10)
    expect(a.received.length).toBe(200_000 + 11 + 10_000)
    expect(b.received).toBe('+2\r\n')
  })

  test('are forgotten with whoever is gone, and others get theirs', () => {
    const { output, disk } = heldBack()
    const [a, b] = [new Reader(), new Reader()]
    disk.required = 10
    output.use(a).simple('1')
    output.use(b).simple('2')
    output.flush()
    output.drop(a)
    output.release(10)
    expect([a.received, a.turns, b.received, output.bufferBytes]).toEqual(['', 0, '+2\r\n', new Output().bufferBytes])
  })

  test('stand in buffers that nobody writes to, be they read after they were sent', () => {
    const { output, disk } = heldBack()
    const a = new Reader()
    a.isSlow = true
    let expected = ''
    for (let turn = 1; turn <= 20; turn++) {
      output.use(a).simple(String(turn))
      expected += `+${turn}\r\n`
      disk.required = turn
      output.flush()
      if (turn % 3 === 0) output.release(turn - 1)
    }
    output.release(20)
    for (const read of a.later) read()
    expect(a.received).toBe(expected)
  })

  test('messages out of band that are held are not written over by those of later turns', () => {
    const { output, disk } = heldBack()
    const [a, b] = [new Reader(), Object.assign(new Reader(), { isSlow: true })]
    let expected = ''
    for (let turn = 1; turn <= 20; turn++) {
      const text = `>${turn}`.padEnd(turn % 2 === 0 ? 10_000 : 10, 'x')
      expected += text
      const message = Buffer.from(text)
      for (const reader of [a, b]) output.push(reader, message)
      disk.required = turn
      output.flush()
      if (turn % 3 === 0) output.release(turn - 1)
    }
    output.release(20)
    for (const read of b.later) read()
    expect([a.received === expected, b.received === expected]).toEqual([true, true])
  })

  test('of a caller in the same process are held back by himself', () => {
    const { output, disk } = heldBack()
    const a = new Reader()
    a.holdsItself = true
    output.use(a).simple('1')
    disk.required = 10
    let isSafe = false
    output.whenSafe(() => (isSafe = true))
    output.flush()
    expect([a.received, isSafe]).toEqual(['+1\r\n', false])
    output.release(10)
    expect(isSafe).toBe(true)
  })
})
