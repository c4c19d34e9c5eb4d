import { expect, test } from '@jest/globals'
import { createServer } from '../../../src/index.js'
import { CommandRunner } from '../command-runner.js'

const misplaced = '-ERR Mandatory argument FIELDS is missing or not at the right position\r\n'
const countsDiffer = '-ERR The `numfields` parameter must match the number of arguments\r\n'
const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

const replies = (...numbers: number[]): string => `*${numbers.length}\r\n${numbers.map((n) => `:${n}\r\n`).join('')}`

/** A runner whose hash is packed, or a table from its second field on. */
function setup(kind: string): CommandRunner {
  const runner = new CommandRunner()
  if (kind === 'table') runner.keyspace.limits.hash.packedEntriesMax = 1
  runner.run('HSET h a 1 b 2 c 3')
  runner.events()
  return runner
}

describe.each(['packed', 'table'])('a %s hash', (kind) => {
  test('HEXPIRE sets deadlines, and every field says what became of it', () => {
    const runner = setup(kind)
    expect(runner.run('HEXPIRE h 10 FIELDS 3 a missing b')).toBe(replies(1, -2, 1))
    expect(runner.run('HTTL h FIELDS 4 a b c missing')).toBe(replies(10, 10, -1, -2))
    expect(runner.events()).toEqual(['db0 hexpire h'])
    expect(runner.changes).toBe(5)
    expect(runner.run('HPEXPIRE h 1500 FIELDS 1 c')).toBe(replies(1))
    expect(runner.run('HPTTL h FIELDS 1 c')).toBe(replies(1500))
    expect(runner.run('HTTL h FIELDS 1 c')).toBe(replies(2))
  })

  test('HEXPIREAT and HPEXPIREAT name a moment, which HEXPIRETIME and HPEXPIRETIME tell', () => {
    const runner = setup(kind)
    const now = runner.clock.unixMs()
    expect(runner.run(`HPEXPIREAT h ${now + 1234} FIELDS 1 a`)).toBe(replies(1))
    expect(runner.run('HPEXPIRETIME h FIELDS 2 a b')).toBe(replies(now + 1234, -1))
    expect(runner.run('HEXPIRETIME h FIELDS 1 a')).toBe(replies(Math.ceil((now + 1234) / 1000)))
    const seconds = Math.floor(now / 1000) + 100
    expect(runner.run(`HEXPIREAT h ${seconds} FIELDS 1 b`)).toBe(replies(1))
    expect(runner.run('HEXPIRETIME h FIELDS 1 b')).toBe(replies(seconds))
  })

  test('NX, XX, GT and LT', () => {
    const runner = setup(kind)
    expect(runner.run('HEXPIRE h 10 XX FIELDS 1 a')).toBe(replies(0))
    expect(runner.run('HEXPIRE h 10 GT FIELDS 1 a')).toBe(replies(0))
    expect(runner.events()).toEqual([])
    expect(runner.run('HEXPIRE h 10 NX FIELDS 2 a b')).toBe(replies(1, 1))
    expect(runner.run('HEXPIRE h 20 nx FIELDS 2 a c')).toBe(replies(0, 1))
    expect(runner.run('HEXPIRE h 15 GT FIELDS 2 a c')).toBe(replies(1, 0))
    expect(runner.run('HEXPIRE h 15 gt FIELDS 1 a')).toBe(replies(0))
    expect(runner.run('HEXPIRE h 15 LT FIELDS 2 a c')).toBe(replies(0, 1))
    expect(runner.run('HPERSIST h FIELDS 1 a')).toBe(replies(1))
    expect(runner.run('HEXPIRE h 15 LT FIELDS 1 a')).toBe(replies(1))
    expect(runner.run('HEXPIRE h 16 XX FIELDS 1 a')).toBe(replies(1))
  })

  test('a deadline in the past deletes the field, and the key with the last', () => {
    const runner = setup(kind)
    expect(runner.run('HEXPIRE h 0 FIELDS 2 a missing')).toBe(replies(2, -2))
    expect(runner.run('HPEXPIREAT h 1 FIELDS 1 b')).toBe(replies(2))
    expect(runner.run('HGETALL h')).toBe('*2\r\n$1\r\nc\r\n$1\r\n3\r\n')
    expect(runner.run('HEXPIREAT h 1 FIELDS 1 c')).toBe(replies(2))
    expect(runner.run('EXISTS h')).toBe(':0\r\n')
    expect(runner.events()).toEqual(['db0 hdel h', 'db0 hdel h', 'db0 hdel h', 'db0 del h'])
  })

  test('a field past its deadline is seen by no command but HLEN', () => {
    const runner = setup(kind)
    runner.run('HPEXPIRE h 100 FIELDS 2 a b')
    runner.clock.advance(101)
    expect(runner.run('HGET h a')).toBe('$-1\r\n')
    expect(runner.run('HMGET h a c')).toBe('*2\r\n$-1\r\n$1\r\n3\r\n')
    expect(runner.run('HEXISTS h a')).toBe(':0\r\n')
    expect(runner.run('HSTRLEN h a')).toBe(':0\r\n')
    expect(runner.run('HGETALL h')).toBe('*2\r\n$1\r\nc\r\n$1\r\n3\r\n')
    expect(runner.run('HKEYS h')).toBe('*1\r\n$1\r\nc\r\n')
    expect(runner.run('HVALS h')).toBe('*1\r\n$1\r\n3\r\n')
    expect(runner.run('HSCAN h 0')).toBe('*2\r\n$1\r\n0\r\n*2\r\n$1\r\nc\r\n$1\r\n3\r\n')
    expect(runner.run('HRANDFIELD h')).toBe('$1\r\nc\r\n')
    expect(runner.run('HRANDFIELD h 5')).toBe('*1\r\n$1\r\nc\r\n')
    expect(runner.run('HRANDFIELD h -2')).toBe('*2\r\n$1\r\nc\r\n$1\r\nc\r\n')
    expect(runner.run('HDEL h a')).toBe(':0\r\n')
    expect(runner.run('HTTL h FIELDS 1 a')).toBe(replies(-2))
    expect(runner.run('HPERSIST h FIELDS 1 a')).toBe(replies(-2))
    expect(runner.run('HEXPIRE h 10 FIELDS 1 a')).toBe(replies(-2))
    expect(runner.run('HLEN h')).toBe(':3\r\n')
  })

  test('what is set anew is a new field, without a deadline', () => {
    const runner = setup(kind)
    runner.run('HPEXPIRE h 100 FIELDS 3 a b c')
    runner.clock.advance(101)
    expect(runner.run('HSET h a 9')).toBe(':1\r\n')
    expect(runner.run('HSETNX h b 9')).toBe(':1\r\n')
    expect(runner.run('HINCRBY h c 5')).toBe(':5\r\n')
    expect(runner.run('HTTL h FIELDS 3 a b c')).toBe(replies(-1, -1, -1))
  })

  test('a field past its deadline that is set anew has expired before: its event comes first, and it is counted', () => {
    const runner = setup(kind)
    runner.run('HPEXPIRE h 100 FIELDS 3 a b c')
    runner.clock.advance(101)
    runner.events()
    runner.run('HSET h a 9 c 9 d 9')
    expect(runner.events()).toEqual(['db0 hexpired h', 'db0 hset h'])
    expect(runner.keyspace.stats.expiredFields).toBe(2)
    runner.run('HINCRBY h b 1')
    expect(runner.events()).toEqual(['db0 hexpired h', 'db0 hincrby h'])
    runner.run('HSET h a 1 b 1')
    expect(runner.events()).toEqual(['db0 hset h'])
    runner.run('HPEXPIRE h 100 FIELDS 2 a b')
    runner.clock.advance(101)
    runner.events()
    runner.run('HSETNX h a 1')
    runner.run('HSETEX h EX 10 FIELDS 1 b 1')
    expect(runner.events()).toEqual(['db0 hexpired h', 'db0 hset h', 'db0 hexpired h', 'db0 hset h', 'db0 hexpire h'])
    expect(runner.keyspace.stats.expiredFields).toBe(5)
  })

  test('HSET takes the deadline away, HINCRBY and HINCRBYFLOAT keep it', () => {
    const runner = setup(kind)
    runner.run('HEXPIRE h 10 FIELDS 3 a b c')
    expect(runner.run('HSET h a 9')).toBe(':0\r\n')
    runner.run('HINCRBY h b 1000000')
    runner.run('HINCRBYFLOAT h c 0.5')
    expect(runner.run('HTTL h FIELDS 3 a b c')).toBe(replies(-1, 10, 10))
    expect(runner.run('HMGET h b c')).toBe('*2\r\n$7\r\n1000002\r\n$3\r\n3.5\r\n')
  })

  test('COPY, RENAME and MOVE take the deadlines along', () => {
    const runner = setup(kind)
    runner.run('HEXPIRE h 10 FIELDS 1 a')
    runner.run('COPY h copied')
    runner.run('RENAME h renamed')
    expect(runner.run('HTTL copied FIELDS 2 a b')).toBe(replies(10, -1))
    expect(runner.run('HTTL renamed FIELDS 2 a b')).toBe(replies(10, -1))
    runner.run('MOVE renamed 1')
    runner.database = 1
    expect(runner.run('HTTL renamed FIELDS 2 a b')).toBe(replies(10, -1))
  })

  test('HPERSIST takes deadlines away', () => {
    const runner = setup(kind)
    runner.run('HEXPIRE h 10 FIELDS 2 a b')
    runner.events()
    expect(runner.run('HPERSIST h FIELDS 3 a c missing')).toBe(replies(1, -1, -2))
    expect(runner.run('HPERSIST h FIELDS 1 c')).toBe(replies(-1))
    expect(runner.events()).toEqual(['db0 hpersist h'])
    expect(runner.run('HTTL h FIELDS 2 a b')).toBe(replies(-1, 10))
  })
})

test('OBJECT ENCODING and DEBUG DIGEST-VALUE tell of deadlines only while there are some', () => {
  const runner = setup('packed')
  runner.config.set('enable-debug-command', 'yes')
  const digest = runner.run('DEBUG DIGEST-VALUE h')
  runner.run('HEXPIRE h 10 FIELDS 1 a')
  expect(runner.run('OBJECT ENCODING h')).toBe('$10\r\nlistpackex\r\n')
  const volatile = runner.run('DEBUG DIGEST-VALUE h')
  expect(volatile).not.toBe(digest)
  runner.run('HEXPIRE h 20 FIELDS 1 a')
  expect(runner.run('DEBUG DIGEST-VALUE h')).toBe(volatile) // that there is one, as Redis has it, not which
  runner.run('HPERSIST h FIELDS 1 a')
  expect(runner.run('OBJECT ENCODING h')).toBe('$8\r\nlistpack\r\n')
  expect(runner.run('DEBUG DIGEST-VALUE h')).toBe(digest)
})

test('what is missing has no fields', () => {
  const runner = new CommandRunner()
  for (const command of ['HEXPIRE k 10', 'HPEXPIREAT k 1', 'HTTL k', 'HPEXPIRETIME k', 'HPERSIST k']) {
    expect(runner.run(`${command} FIELDS 2 a b`)).toBe(replies(-2, -2))
  }
  expect(runner.run('EXISTS k')).toBe(':0\r\n')
})

test.each([
  ['HEXPIRE h 10 FIELD 1 a', misplaced],
  ['HEXPIRE h 10 NX 1 a b', misplaced],
  ['HEXPIRE h 10 NX XX FIELDS 1 a', misplaced],
  ['HEXPIRE h 10 FIELDS 2 a', countsDiffer],
  ['HEXPIRE h 10 FIELDS 1 a b', countsDiffer],
  ['HEXPIRE h 10 FIELDS 0 a', '-ERR Parameter `numFields` should be greater than 0\r\n'],
  ['HEXPIRE h 10 FIELDS x a', '-ERR Parameter `numFields` should be greater than 0\r\n'],
  ['HEXPIRE h x FIELDS 1 a', '-ERR value is not an integer or out of range\r\n'],
  ['HEXPIRE h -1 FIELDS 1 a', '-ERR invalid expire time, must be >= 0\r\n'],
  ['HEXPIRE h 70368744178 FIELDS 1 a', "-ERR invalid expire time in 'hexpire' command\r\n"],
  ['HPEXPIREAT h 70368744177664 FIELDS 1 a', "-ERR invalid expire time in 'hpexpireat' command\r\n"],
  ['HPEXPIREAT h 9223372036854775807 FIELDS 1 a', "-ERR invalid expire time in 'hpexpireat' command\r\n"],
  ['HTTL h FIELD 1 a', misplaced],
  ['HTTL h FIELDS 0 a', '-ERR Number of fields must be a positive integer\r\n'],
  ['HTTL h FIELDS 2 a', countsDiffer],
  ['HPERSIST h FIELDS -1 a', '-ERR Number of fields must be a positive integer\r\n'],
  ['HEXPIRE s x FIELDS 1 a', wrongType],
  ['HTTL s FIELDS 0 a', wrongType],
  ['HPERSIST s FIELDS 0 a', wrongType],
])('%s', (command, reply) => {
  const runner = setup('packed')
  runner.run('SET s text')
  expect(runner.run(command)).toBe(reply)
})

test('the latest deadline is 2^46 - 1', () => {
  const runner = setup('packed')
  expect(runner.run('HPEXPIREAT h 70368744177663 FIELDS 1 a')).toBe(replies(1))
  expect(runner.run('HPEXPIRETIME h FIELDS 1 a')).toBe(replies(70368744177663))
})

test('a call without a socket gets numbers, and COMMAND tells of what came after Redis 7.0', async () => {
  const server = await createServer({ port: 0 })
  await server.call('HSET', 'h', 'a', 1)
  expect(await server.call('HEXPIRE', 'h', 100, 'FIELDS', 2, 'a', 'b')).toEqual([1, -2])
  expect(await server.call('HTTL', 'h', 'FIELDS', 1, 'a')).toEqual([100])
  expect(await server.call('HGETEX', 'h', 'PERSIST', 'FIELDS', 2, 'a', 'b')).toEqual(['1', null])
  expect(await server.call('COMMAND', 'GETKEYS', 'HSETEX', 'h', 'FIELDS', 1, 'a', 1)).toEqual(['h'])
  expect(await server.call('COMMAND', 'GETKEYS', 'MSETEX', 2, 'a', 1, 'b', 2, 'NX')).toEqual(['a', 'b'])
  const docs = (await server.call('COMMAND', 'DOCS', 'hexpire')) as Map<string, Map<string, unknown>>
  const names = (docs.get('hexpire')?.get('arguments') as Map<string, unknown>[]).map((argument) =>
    argument.get('name'),
  )
  expect(names).toEqual(['key', 'seconds', 'condition', 'fields'])
  await server.close()
})
