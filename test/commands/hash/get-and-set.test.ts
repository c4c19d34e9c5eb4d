import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const ttl = (runner: CommandRunner, ...fields: string[]): string =>
  runner.run('HTTL', 'h', 'FIELDS', String(fields.length), ...fields).replaceAll('\r\n', ' ')

function setup(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('HSET h a 1 b 2 c 3')
  runner.events()
  return runner
}

test('HGETEX returns values as HMGET does', () => {
  const runner = setup()
  expect(runner.run('HGETEX h FIELDS 2 a missing')).toBe('*2\r\n$1\r\n1\r\n$-1\r\n')
  expect(runner.run3('HGETEX missing FIELDS 2 a b')).toBe('*2\r\n_\r\n_\r\n')
  expect(runner.events()).toEqual([])
})

test('HGETEX sets deadlines, takes them away, and deletes what expires in the past', () => {
  const runner = setup()
  expect(runner.run('HGETEX h EX 10 FIELDS 2 a missing')).toBe('*2\r\n$1\r\n1\r\n$-1\r\n')
  expect(ttl(runner, 'a', 'b')).toBe('*2 :10 :-1 ')
  runner.run('HGETEX h PX 5000 FIELDS 1 b')
  runner.run(`HGETEX h PXAT ${runner.clock.unixMs() + 7000} FIELDS 1 c`)
  expect(ttl(runner, 'b', 'c')).toBe('*2 :5 :7 ')
  expect(runner.run('HGETEX h PERSIST FIELDS 2 a missing')).toBe('*2\r\n$1\r\n1\r\n$-1\r\n')
  expect(ttl(runner, 'a')).toBe('*1 :-1 ')
  runner.run('HGETEX h PERSIST FIELDS 1 a')
  expect(runner.events()).toEqual(['db0 hexpire h', 'db0 hexpire h', 'db0 hexpire h', 'db0 hpersist h'])
  expect(runner.run('HGETEX h EXAT 1 FIELDS 3 a b c')).toBe('*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n')
  expect(runner.run('EXISTS h')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 hdel h', 'db0 del h'])
})

test('HGETDEL returns and deletes, and the key goes with its last field', () => {
  const runner = setup()
  expect(runner.run('HGETDEL h FIELDS 3 a missing a')).toBe('*3\r\n$1\r\n1\r\n$-1\r\n$-1\r\n')
  expect(runner.run('HGETDEL missing FIELDS 1 a')).toBe('*1\r\n$-1\r\n')
  expect(runner.run('HGETDEL h FIELDS 2 b c')).toBe('*2\r\n$1\r\n2\r\n$1\r\n3\r\n')
  expect(runner.run('EXISTS h')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 hdel h', 'db0 hdel h', 'db0 del h'])
})

test('HSETEX sets fields with one deadline', () => {
  const runner = setup()
  expect(runner.run('HSETEX h EX 10 FIELDS 2 a 9 new 8')).toBe(':1\r\n')
  expect(runner.run('HMGET h a new')).toBe('*2\r\n$1\r\n9\r\n$1\r\n8\r\n')
  expect(ttl(runner, 'a', 'new', 'b')).toBe('*3 :10 :10 :-1 ')
  expect(runner.events()).toEqual(['db0 hset h', 'db0 hexpire h'])
  expect(runner.run('HSETEX h KEEPTTL FIELDS 1 a 7')).toBe(':1\r\n')
  expect(ttl(runner, 'a')).toBe('*1 :10 ')
  expect(runner.run('HSETEX h FIELDS 1 a 6')).toBe(':1\r\n')
  expect(ttl(runner, 'a')).toBe('*1 :-1 ')
  expect(runner.events()).toEqual(['db0 hset h', 'db0 hset h'])
  expect(runner.run('HSETEX fresh PX 1500 FIELDS 1 a 1')).toBe(':1\r\n')
  expect(runner.run('HPTTL fresh FIELDS 1 a')).toBe('*1\r\n:1500\r\n')
})

test('HSETEX FNX wants all fields missing, FXX all there', () => {
  const runner = setup()
  expect(runner.run('HSETEX h FNX FIELDS 2 new 1 a 1')).toBe(':0\r\n')
  expect(runner.run('HSETEX h FXX FIELDS 2 new 1 a 1')).toBe(':0\r\n')
  expect(runner.run('HSETEX missing FXX FIELDS 1 a 1')).toBe(':0\r\n')
  expect(runner.run('EXISTS missing')).toBe(':0\r\n')
  expect(runner.run('HSETEX missing fnx FIELDS 1 a 1')).toBe(':1\r\n')
  expect(runner.run('HSETEX h FXX EX 5 FIELDS 2 a 4 b 4')).toBe(':1\r\n')
  expect(runner.run('HSETEX h EX 5 FNX FIELDS 2 x 4 y 4')).toBe(':1\r\n')
  expect(ttl(runner, 'a', 'x')).toBe('*2 :5 :5 ')
})

test('HSETEX NX and XX are about the key, as Valkey has them', () => {
  const runner = setup()
  expect(runner.run('HSETEX h NX FIELDS 1 a 1')).toBe(':0\r\n')
  expect(runner.run('HSETEX k XX FIELDS 1 a 1')).toBe(':0\r\n')
  expect(runner.run('HSETEX k NX FIELDS 1 a 1')).toBe(':1\r\n')
  expect(runner.run('HSETEX k XX FNX FIELDS 1 a 1')).toBe(':0\r\n')
  expect(runner.run('HSETEX k XX FXX FIELDS 1 a 2')).toBe(':1\r\n')
})

test('HSETEX with a deadline in the past sets and deletes at once', () => {
  const runner = setup()
  expect(runner.run('HSETEX h PXAT 1 FIELDS 2 a 1 new 1')).toBe(':1\r\n')
  expect(runner.run('HMGET h a new b')).toBe('*3\r\n$-1\r\n$-1\r\n$1\r\n2\r\n')
  expect(runner.events()).toEqual(['db0 hset h', 'db0 hdel h'])
  expect(runner.run('HSETEX missing EX 0 FIELDS 1 a 1')).toBe(':1\r\n')
  expect(runner.run('EXISTS missing')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 hset missing', 'db0 hdel missing', 'db0 del missing'])
})

test.each([
  ['HSETEX h FIELDS 2 a 1 b', "-ERR wrong number of arguments for 'hsetex' command\r\n"],
  ['HSETEX h EX 1 FIELDS 1 a', "-ERR wrong number of arguments for 'hsetex' command\r\n"],
  ['HSETEX h FIELDS 2 a 1', "-ERR wrong number of arguments for 'hsetex' command\r\n"],
  ['HSETEX h FIELDS 0 a 1', '-ERR invalid number of fields\r\n'],
  ['HSETEX h FIELDS x a 1', '-ERR invalid number of fields\r\n'],
  ['HSETEX h FOO FIELDS 1 a 1', '-ERR unknown argument: FOO\r\n'],
  ['HSETEX h FNX FXX FIELDS 1 a 1', '-ERR Only one of FXX or FNX arguments can be specified\r\n'],
  ['HSETEX h NX XX FIELDS 1 a 1', '-ERR syntax error\r\n'],
  [
    'HSETEX h EX 1 KEEPTTL FIELDS 1 a 1',
    '-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n',
  ],
  ['HSETEX h EX 0 PX 1 FIELDS 1 a 1', '-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n'],
  ['HSETEX h EX x FIELDS 1 a 1', '-ERR value is not an integer or out of range\r\n'],
  ['HSETEX h EX -1 FIELDS 1 a 1', '-ERR invalid expire time, must be >= 0\r\n'],
  ['HSETEX h FNX NX KEEPTTL x', '-ERR unknown argument: x\r\n'],
  ['HSETEX h FNX NX EX 5', '-ERR Mandatory argument FIELDS is missing or not at the right position\r\n'],
  ['HSETEX s FIELDS 1 a 1', wrongType],
  ['HGETEX h EX 10 FIELDS', "-ERR wrong number of arguments for 'hgetex' command\r\n"],
  ['HGETEX h FOO 1 a', '-ERR Mandatory argument FIELDS is missing or not at the right position\r\n'],
  ['HGETEX h FIELDS 0 a', '-ERR Number of fields must be a positive integer\r\n'],
  ['HGETEX h FIELDS 2 a', '-ERR The `numfields` parameter must match the number of arguments\r\n'],
  ['HGETEX h EX -1 FIELDS 1 a', '-ERR invalid expire time, must be >= 0\r\n'],
  ['HGETEX s FIELDS 0 a', wrongType],
  ['HGETDEL h FIELD 1 a', '-ERR Mandatory argument FIELDS is missing or not at the right position\r\n'],
  ['HGETDEL h FIELDS 0 a', '-ERR Number of fields must be a positive integer\r\n'],
  ['HGETDEL h FIELDS 1 a b', '-ERR The `numfields` parameter must match the number of arguments\r\n'],
  ['HGETDEL s FIELDS 0 a', wrongType],
])('%s', (command, reply) => {
  const runner = setup()
  runner.run('SET s text')
  expect(runner.run(command)).toBe(reply)
  expect(runner.run('HGETALL h')).toBe('*6\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n$1\r\nc\r\n$1\r\n3\r\n')
})
