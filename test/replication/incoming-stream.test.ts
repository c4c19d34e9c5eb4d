import { Region, ReplyError, SeededRandom, Slice } from '../../src/base/index.js'
import type { Replay } from '../../src/command/index.js'
import { BrokenStream, IncomingStream } from '../../src/replication/index.js'
import type { Args } from '../../src/resp/index.js'

/** Notes what it is to execute; MULTI and EXEC are as in a server. */
class Recorder implements Replay {
  readonly executed: string[] = []
  readonly database = 0
  inTransaction = false

  apply(args: Args): ReplyError | null {
    const text = args.toBuffers().map(String).join(' ')
    this.executed.push(text)
    if (text === 'MULTI') this.inTransaction = true
    if (text === 'EXEC') this.inTransaction = false
    return text.startsWith('BAD') ? new ReplyError('ERR', 'no') : null
  }

  reset(): void {
    this.inTransaction = false
  }
}

interface Stage {
  readonly replay: Recorder
  readonly stream: IncomingStream
  /** What was handed on, a piece each. */
  readonly applied: string[]
  /** Bytes applied when the primary asked for them. */
  readonly asked: number[]
  readonly failed: string[]
  /** Whether nothing may be executed. */
  isHeld: boolean
}

function stage(): Stage {
  const replay = new Recorder()
  const applied: string[] = []
  const asked: number[] = []
  const failed: string[] = []
  const held = { isHeld: false }
  const stream = new IncomingStream({
    replay,
    isHeld: () => held.isHeld,
    applied: (region, start, end) => void applied.push(region.bytes.latin1Slice(start, end)),
    asked: () => void asked.push(applied.join('').length),
    failed: (error, args) => void failed.push(`${args.at(0).toLatin1()}: ${error.text}`),
  })
  return Object.assign(held, { replay, stream, applied, asked, failed })
}

test('what may not be executed is kept, and neither counts nor is handed on', () => {
  const scene = stage()
  push(scene, request('SET', 'a', '1') + request('SET', 'b', '1').slice(0, 5))
  scene.isHeld = true
  push(scene, request('SET', 'b', '1').slice(5) + request('MULTI') + request('SET', 'c', '1'))
  push(scene, request('EXEC'))
  expect(scene.replay.executed).toEqual(['SET a 1'])
  expect(scene.applied.join('')).toBe(request('SET', 'a', '1'))
  expect(scene.stream.pendingBytes).toBeGreaterThan(50)
  scene.isHeld = false
  scene.stream.resume()
  expect(scene.replay.executed.slice(1)).toEqual(['SET b 1', 'MULTI', 'SET c 1', 'EXEC'])
  expect(scene.stream.pendingBytes).toBe(0)
})

const request = (...words: string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`

function push({ stream }: Stage, text: string): void {
  const { region, start, length } = Slice.from(Buffer.from(text, 'latin1'))
  stream.push(region, start, start + length)
}

test('a stream cut anywhere is executed request by request, and handed on as it came', () => {
  const random = new SeededRandom(3)
  const requests = Array.from({ length: 300 }, (_, i) =>
    request('SET', `key:${i}`, 'x'.repeat(random.below(i % 50 === 0 ? 200_000 : 100))),
  )
  const text = requests.join('')
  const one = stage()
  for (let at = 0; at < text.length;) {
    const length = 1 + random.below(20_000)
    push(one, text.slice(at, at + length))
    at += length
  }
  expect(one.replay.executed).toHaveLength(300)
  expect(one.applied.join('')).toBe(text)
  expect(one.stream.pendingBytes).toBe(0)
})

test('a transaction counts when it is over, as a whole', () => {
  const one = stage()
  const before = request('SET', 'a', '1')
  push(one, before + request('MULTI') + request('SET', 'b', '2'))
  expect(one.applied.join('')).toBe(before)
  expect(one.replay.executed).toEqual(['SET a 1', 'MULTI', 'SET b 2'])
  push(one, request('SET', 'c', '3').slice(0, 9))
  push(one, request('SET', 'c', '3').slice(9) + request('EXEC') + request('PING').slice(0, 3))
  expect(one.applied.join('')).toBe(
    before + request('MULTI') + request('SET', 'b', '2') + request('SET', 'c', '3') + request('EXEC'),
  )
  expect(one.replay.executed).toHaveLength(5)
  expect(one.stream.pendingBytes).toBe(3)
})

test('the primary is told of what was before its question', () => {
  const one = stage()
  const before = request('SET', 'a', '1')
  const question = request('REPLCONF', 'GETACK', '*')
  push(one, before + question + request('PING'))
  expect(one.asked).toEqual([before.length])
  expect(one.applied.join('')).toBe(before + question + request('PING'))
})

test('an empty line is a sign of life', () => {
  const one = stage()
  push(one, `\n\n${request('PING')}\n`)
  expect(one.replay.executed).toEqual(['PING'])
  expect(one.stream.pendingBytes).toBe(0)
})

test('a request that fails is told, and the stream goes on', () => {
  const one = stage()
  push(one, request('BAD', 'x') + request('PING'))
  expect(one.failed).toEqual(['BAD: ERR no'])
  expect(one.replay.executed).toEqual(['BAD x', 'PING'])
})

test.each(['GET / HTTP/1.1\r\n', '*1\r\n+OK\r\n', '*x\r\n', '*1\r\n$-5\r\n', '\0\0\0\0'])(
  '%j is no stream',
  (garbage) => {
    const one = stage()
    push(one, request('PING'))
    expect(() => push(one, garbage)).toThrow(BrokenStream)
  },
)

test('any garbage is refused or waits for more, and never crashes', () => {
  const random = new SeededRandom(11)
  for (let i = 0; i < 2000; i++) {
    const one = stage()
    const bytes = Buffer.from(request('SET', 'k', 'v') + request('SET', 'key', 'value'))
    for (let j = random.below(6); j >= 0; j--) bytes[random.below(bytes.length)] = random.below(256)
    try {
      one.stream.push(Region.copyOf(bytes), 0, bytes.length)
    } catch (error) {
      expect(error).toBeInstanceOf(BrokenStream)
    }
  }
})
