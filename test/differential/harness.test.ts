import { describeWithRedis, subjectKind } from '../support/servers.js'
import { argumentsOf } from '../support/command-line.js'
import { sameReply } from './compare.js'
import { deliberate } from './deliberate.js'
import { run, type Fault } from './fuzz/run.js'
import { Pair, type PairConnection } from './pair.js'

const is = (arg: Buffer | undefined, text: string): boolean => arg?.toString('latin1').toUpperCase() === text

/** GETDEL that forgets to delete. */
const getdelKeeps: Fault = (request) =>
  is(request[0], 'GETDEL') && request.length === 2 ? [Buffer.from('GET'), request[1]] : request

/** A byte too much in what SET stores: nothing shows it until somebody looks at the key again. */
const setStoresMore: Fault = (request) =>
  is(request[0], 'SET') && request.length === 3
    ? [...request.slice(0, 2), Buffer.concat([request[2], Buffer.from('!')])]
    : request

const same = (line: string, redis: string, subject: string): boolean =>
  sameReply(argumentsOf(line), Buffer.from(redis, 'latin1'), Buffer.from(subject, 'latin1'))

describe('what counts as the same reply', () => {
  test('is equal bytes, for a command without a rule', () => {
    expect(same('GET k', '$1\r\na\r\n', '$1\r\na\r\n')).toBe(true)
    expect(same('GET k', '$1\r\na\r\n', '$1\r\nb\r\n')).toBe(false)
    expect(same('GET k', '$-1\r\n', '_\r\n')).toBe(false)
    expect(same('HMGET h a b', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '*2\r\n$1\r\nb\r\n$1\r\na\r\n')).toBe(false)
  })

  test('looks past the order of what has none, and past nothing else', () => {
    expect(same('KEYS *', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '*2\r\n$1\r\nb\r\n$1\r\na\r\n')).toBe(true)
    expect(same('KEYS *', '*2\r\n$1\r\na\r\n$1\r\nb\r\n', '*2\r\n$1\r\nb\r\n$1\r\nb\r\n')).toBe(false)
    expect(same('HGETALL h', '%2\r\n+a\r\n+1\r\n+b\r\n+2\r\n', '%2\r\n+b\r\n+2\r\n+a\r\n+1\r\n')).toBe(true)
    expect(same('HGETALL h', '%2\r\n+a\r\n+1\r\n+b\r\n+2\r\n', '%2\r\n+a\r\n+2\r\n+b\r\n+1\r\n')).toBe(false)
    expect(same('HGETALL h', '%1\r\n+a\r\n+1\r\n', '*2\r\n+a\r\n+1\r\n')).toBe(false)
  })

  test('never looks past an error’s text', () => {
    expect(same('KEYS *', '-ERR a\r\n', '-ERR b\r\n')).toBe(false)
    expect(same('TIME', '*2\r\n$1\r\n1\r\n$1\r\n2\r\n', '-ERR b\r\n')).toBe(false)
  })

  test('lets two clocks differ a little, and a missing deadline not at all', () => {
    expect(same('PTTL k', ':5000\r\n', ':4990\r\n')).toBe(true)
    expect(same('PTTL k', ':500000\r\n', ':5000\r\n')).toBe(false)
    expect(same('PTTL k', ':1\r\n', ':-1\r\n')).toBe(false)
  })
})

test('deliberate differences are few, and each names one command and one condition', () => {
  expect(deliberate.length).toBeLessThanOrEqual(20)
  for (const { command, reason } of deliberate) {
    expect(command).toMatch(/^[A-Z-]+( [A-Z-]+)?$/)
    expect(reason.length).toBeGreaterThan(20)
  }
})

describeWithRedis('a script', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start([], 'redis')
  })

  afterAll(() => pair?.stop())

  test('passes when all replies are the same, and names the line, and both replies, when one is not', async () => {
    const script = ['HSET h f value', 'OBJECT ENCODING h', 'FOO "a\\nb"']
    await pair.same(script)
    const { subject, ...connection } = await pair.connect()
    subject.send('CONFIG SET hash-max-listpack-value 3\r\n')
    await subject.read(1)
    await expect(pair.same(script, 3)).rejects.toThrow(
      /1 differences\nOBJECT ENCODING h\n +redis: +\$8\\r\\nlistpack\\r\\n\n +truedis: +\$9\\r\\nhashtable/,
    )
    subject.send('CONFIG SET hash-max-listpack-value 64\r\n')
    await subject.read(1)
    connection.redis.destroy()
    subject.destroy()
  })
})

describeWithRedis('the random comparison', () => {
  let pair: Pair

  beforeAll(async () => {
    pair = await Pair.start([], 'redis')
  })

  afterAll(() => pair?.stop())

  test('finds no difference between two that are the same', async () => {
    const { difference } = await run({ pair, seed: 3, commands: 3_000, protocol: 2 })
    expect(difference).toBeNull()
  })

  test.each([
    ['a command that does not do what it says', getdelKeeps, 5],
    ['an effect that only a later command shows', setStoresMore, 8],
  ] as const)('finds %s, and the few commands that show it', async (_, fault, commandsMost) => {
    const { difference } = await run({ pair, seed: 5, commands: 10_000, protocol: 3, fault })
    expect(difference).toMatch(/^seed 5, RESP3, command \d+:\n/)
    const [, count] = /These (\d+) commands show it on an empty server/.exec(difference ?? '') ?? []
    expect(Number(count)).toBeLessThanOrEqual(commandsMost)
  })
})

const describeSubject = subjectKind === 'truedis' ? describeWithRedis : describe.skip

describeSubject('deliberate differences', () => {
  let pair: Pair
  let connection: PairConnection

  beforeAll(async () => {
    pair = await Pair.start()
    connection = await pair.connect()
  })

  afterAll(async () => {
    connection?.destroy()
    await pair?.stop()
  })

  test.each(deliberate.map((difference) => [difference.example, difference] as const))(
    '%s is still one',
    async (example, { when }) => {
      expect(when(argumentsOf(example).map((word) => word.toString('latin1')))).toBe(true)
      const [redis, subject] = await connection.ask(example)
      expect(subject.equals(redis)).toBe(false)
    },
  )
})
