import { Region, SeededRandom, type ReplyError } from '../../src/base/index.js'
import { Progress, RequestParser } from '../../src/resp/index.js'

const limits = { bulkBytesMax: 512 * 1024 * 1024 }

/** What a stream of bytes means: its requests, and the error that ended it. */
interface Reading {
  readonly requests: string[][]
  readonly error: string | null
}

/** Reads a stream that arrives in `chunks`, as a connection does: whole requests at once, incomplete ones resumed. */
function read(chunks: readonly Buffer[], authenticated = true): Reading {
  const parser = new RequestParser(limits)
  const requests: string[][] = []
  let kept = Buffer.alloc(0)
  let progress: Progress | null = null
  for (const chunk of chunks) {
    kept = Buffer.concat([kept, chunk])
    const region = Region.copyOf(kept)
    let from = 0
    while (from < kept.length) {
      let next: number
      try {
        next =
          progress === null
            ? parser.parse(region, from, kept.length, authenticated)
            : parser.resume(progress, region, from, kept.length, authenticated)
      } catch (error) {
        return { requests, error: (error as ReplyError).text }
      }
      if (next < 0) {
        progress ??= new Progress()
        break
      }
      progress = null
      if (parser.args.count > 0) requests.push(parser.args.toBuffers().map((arg) => arg.toString('latin1')))
      from = next
    }
    kept = kept.subarray(from)
  }
  return { requests, error: null }
}

const request = (...args: string[]): string =>
  `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg, 'latin1')}\r\n${arg}\r\n`).join('')}`

test('requests come out as they went in: short, long, empty, binary, many', () => {
  const many = Array.from({ length: 300 }, (_, i) => `argument ${i}`)
  const all = [['PING'], ['SET', 'k', ''], ['SET', 'k\r\n\0', 'x'.repeat(70_000)], many, ['GET', '\xff\xfe']]
  expect(read([Buffer.from(all.map((args) => request(...args)).join(''), 'latin1')])).toEqual({
    requests: all,
    error: null,
  })
})

test.each([
  ['*0\r\n*-1\r\n\r\nPING\r\n', [['PING']]],
  ['PING\n', [['PING']]],
  ['  set  "a b\\n\\x41\\"" \'c\\\'d\' \r\n', [['set', 'a b\nA"', "c'd"]]],
  ['set a b\0c d\r\nPING\r\n', [['set', 'a', 'b'], ['PING']]],
  ['*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n', [['PING'], ['PING']]], // what follows an argument is not looked at
])('inline and odd requests are read as Redis reads them: %j', (text, requests) => {
  expect(read([Buffer.from(text, 'latin1')])).toEqual({ requests, error: null })
})

test.each([
  ['*x\r\n', 'ERR Protocol error: invalid multibulk length'],
  ['*2147483648\r\n', 'ERR Protocol error: invalid multibulk length'],
  ['*01\r\n', 'ERR Protocol error: invalid multibulk length'],
  ['*1\r\nPING\r\n', "ERR Protocol error: expected '$', got 'P'"],
  ['*1\r\n$-1\r\n', 'ERR Protocol error: invalid bulk length'],
  ['*1\r\n$x\r\n', 'ERR Protocol error: invalid bulk length'],
  ['*1\r\n$536870913\r\n', 'ERR Protocol error: invalid bulk length'],
  ['set "a\r\n', 'ERR Protocol error: unbalanced quotes in request'],
  [`*${'1'.repeat(70_000)}`, 'ERR Protocol error: too big mbulk count string'],
  [`*1\r\n$${'1'.repeat(70_000)}`, 'ERR Protocol error: too big bulk count string'],
  ['x'.repeat(70_000), 'ERR Protocol error: too big inline request'],
])('a broken protocol has one clear error', (text, error) => {
  expect(read([Buffer.from(text)]).error).toBe(error)
})

test('before AUTH requests are small', () => {
  expect(read([Buffer.from('*11\r\n')], false).error).toBe('ERR Protocol error: unauthenticated multibulk length')
  expect(read([Buffer.from('*1\r\n$16385\r\n')], false).error).toBe('ERR Protocol error: unauthenticated bulk length')
  expect(read([Buffer.from(request('AUTH', 'x'.repeat(16_384)))], false).error).toBe(null)
})

test('a stream cut at any byte means the same', () => {
  const text =
    request('SET', 'key', 'value') +
    'inline "with quotes"\r\n' +
    request('MSET', ...Array.from({ length: 24 }, (_, i) => 'v'.repeat(i * 3))) +
    '*0\r\n' +
    request('GET', 'k'.repeat(120)) +
    '*1\r\n$4\r\nLAST\r\n*2\r\n$3\r\nGET\r\n$x\r\n'
  const bytes = Buffer.from(text)
  const whole = read([bytes])
  expect(whole.requests).toHaveLength(5)
  expect(whole.error).toBe('ERR Protocol error: invalid bulk length')
  for (let cut = 1; cut < bytes.length; cut++) {
    const parts = read([bytes.subarray(0, cut), bytes.subarray(cut)])
    if (JSON.stringify(parts) !== JSON.stringify(whole)) throw new Error(`cut at ${cut}: ${JSON.stringify(parts)}`)
  }
  expect(read(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole)
})

test('random bytes never do more than end with a protocol error, however they are cut (seed 20261120)', () => {
  const random = new SeededRandom(20261120)
  const alphabet = Buffer.from('*$\r\n0123456789-+:"\' xPING\\\0\xff', 'latin1')
  for (let run = 0; run < 3000; run++) {
    const bytes = Buffer.from(Array.from({ length: random.below(120) }, () => alphabet[random.below(alphabet.length)]))
    const whole = read([bytes])
    const cut = random.below(bytes.length + 1)
    const parts = read([bytes.subarray(0, cut), bytes.subarray(cut)])
    if (JSON.stringify(parts) !== JSON.stringify(whole))
      throw new Error(`run ${run}: ${JSON.stringify(bytes.toString('latin1'))}`)
  }
})

test('a request of many arguments that comes in small pieces is read once, not from its start each time', () => {
  const parser = new RequestParser(limits)
  const bytes = Buffer.from(request('MSET', ...Array.from({ length: 20_000 }, () => 'x')))
  const region = Region.copyOf(bytes)
  const progress = new Progress()
  let reads = 0
  const counted = new Proxy(progress.starts, {
    get: (target, name, receiver) => {
      if (name === 'push') reads++
      return Reflect.get(target, name, receiver) as unknown
    },
  })
  Object.defineProperty(progress, 'starts', { value: counted })
  let next = -1
  for (let end = 100; next < 0; end += 100) next = parser.resume(progress, region, 0, Math.min(end, bytes.length))
  expect(next).toBe(bytes.length)
  expect(reads).toBe(20_001)
  expect(parser.args.count).toBe(20_001)
})
