import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string =>
  [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1]).join(' ')

function filled(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('ZADD a 1 x 2 y 3 z')
  runner.run('ZADD b 10 y 20 z 30 w')
  runner.run('ZADD c inf x -inf y')
  runner.run('SADD s x w')
  runner.events()
  return runner
}

test.each([
  ['ZUNION 2 a b WITHSCORES', 'x 1 y 12 z 23 w 30'],
  ['ZUNION 2 a b WEIGHTS 2 0.5 WITHSCORES', 'x 2 y 9 w 15 z 16'],
  ['ZUNION 2 a b AGGREGATE MIN WITHSCORES', 'x 1 y 2 z 3 w 30'],
  ['ZUNION 2 a b AGGREGATE MAX WITHSCORES', 'x 1 y 10 z 20 w 30'],
  ['ZUNION 2 a s WITHSCORES', 'w 1 x 2 y 2 z 3'],
  ['ZUNION 2 c c WEIGHTS 1 -1 WITHSCORES', 'x 0 y 0'],
  ['ZUNION 1 c WEIGHTS 0 WITHSCORES', 'x 0 y 0'],
  ['ZINTER 2 a b WITHSCORES', 'y 12 z 23'],
  ['ZINTER 2 b s', 'w'],
  ['ZINTER 2 a missing', ''],
  ['ZDIFF 2 a b WITHSCORES', 'x 1'],
  ['ZDIFF 3 b a s', ''],
  ['ZDIFF 2 s a WITHSCORES', 'w 1'],
  ['ZDIFF 2 a a', ''],
  ['ZDIFF 1 missing', ''],
])('%s', (command, members) => {
  expect(bulks(filled().run(command))).toBe(members)
})

test('in RESP3 each member with its score is an array', () => {
  const runner = filled()
  expect(runner.run3('ZDIFF 2 a b WITHSCORES')).toBe('*1\r\n*2\r\n$1\r\nx\r\n,1\r\n')
  expect(runner.run3('ZINTER 2 a missing WITHSCORES')).toBe('*0\r\n')
})

test('ZINTERCARD counts, and stops at its limit', () => {
  const runner = filled()
  expect(runner.run('ZINTERCARD 2 a b')).toBe(':2\r\n')
  expect(runner.run('ZINTERCARD 2 a b LIMIT 1')).toBe(':1\r\n')
  expect(runner.run('ZINTERCARD 2 a b LIMIT 0')).toBe(':2\r\n')
  expect(runner.run('ZINTERCARD 2 a missing')).toBe(':0\r\n')
})

test('results are stored over whatever is there, sources included; none deletes the key', () => {
  const runner = filled()
  runner.run('SET d text EX 100')
  runner.events()
  expect(runner.run('ZUNIONSTORE d 2 a b')).toBe(':4\r\n')
  expect(runner.run('TTL d')).toBe(':-1\r\n')
  expect(runner.run('ZINTERSTORE a 2 a b WEIGHTS 1 0')).toBe(':2\r\n')
  expect(bulks(runner.run('ZRANGE a 0 -1 WITHSCORES'))).toBe('y 2 z 3')
  expect(runner.run('ZDIFFSTORE d 2 a b')).toBe(':0\r\n')
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
  expect(runner.run('ZUNIONSTORE nothing 1 missing')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 zunionstore d', 'db0 zinterstore a', 'db0 del d'])
})

test.each([
  ['ZUNION 0 a', "-ERR at least 1 input key is needed for 'zunion' command\r\n"],
  ['ZUNIONSTORE d -1 a', "-ERR at least 1 input key is needed for 'zunionstore' command\r\n"],
  ['ZINTER x a', '-ERR value is not an integer or out of range\r\n'],
  ['ZINTER 2 a', '-ERR syntax error\r\n'],
  ['ZINTER 1 a WEIGHTS', '-ERR syntax error\r\n'],
  ['ZINTER 1 a WEIGHTS x', '-ERR weight value is not a float\r\n'],
  ['ZINTER 1 a AGGREGATE foo', '-ERR syntax error\r\n'],
  ['ZDIFF 1 a WEIGHTS 1', '-ERR syntax error\r\n'],
  ['ZUNIONSTORE d 1 a WITHSCORES', '-ERR syntax error\r\n'],
  ['ZINTERCARD 1 a LIMIT -1', "-ERR LIMIT can't be negative\r\n"],
  ['ZINTERCARD 1 a LIMIT x', "-ERR LIMIT can't be negative\r\n"],
])('%s is refused', (command, refusal) => {
  expect(filled().run(command)).toBe(refusal)
})

test('what a large result leaves behind is given back', () => {
  const runner = new CommandRunner()
  for (let i = 0; i < 500; i++) runner.run(`ZADD big ${i} m${i}`)
  const { arena } = runner.keyspace
  const used = arena.usedBytes
  runner.run('ZUNION 1 big')
  while (runner.keyspace.freeSlice());
  expect(arena.usedBytes).toBe(used)
  runner.run('ZUNIONSTORE copy 1 big')
  expect(runner.run('OBJECT ENCODING copy')).toBe('$8\r\nskiplist\r\n')
  runner.run('DEL copy')
  while (runner.keyspace.freeSlice());
  expect(arena.usedBytes).toBe(used)
})

test.each([
  ['ZDIFFSTORE d 2 many missing', 300],
  ['ZUNIONSTORE d 1 many', 300],
  ['ZINTERSTORE d 2 many many', 300],
  ['ZRANGESTORE d many 0 -1', 300],
])('%s makes a large sorted set whose members are all found', (command, count) => {
  const runner = new CommandRunner()
  for (let i = 0; i < count; i++) runner.run(`ZADD many ${i % 7} member:${i}`)
  expect(runner.run(command)).toBe(`:${count}\r\n`)
  for (let i = 0; i < count; i++) expect(runner.run(`ZREM d member:${i}`)).toBe(':1\r\n')
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
})
