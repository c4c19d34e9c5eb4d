import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

test('ZADD counts the members that were new; with CH also those whose score changed', () => {
  const runner = new CommandRunner()
  expect(runner.run('ZADD z 1 a 2 b 3 a')).toBe(':2\r\n')
  expect(runner.run('ZADD z 3 a')).toBe(':0\r\n')
  expect(runner.run('ZADD z CH 3 a 4 b 5 c')).toBe(':2\r\n')
  expect(runner.events()).toEqual(['db0 zadd z', 'db0 zadd z'])
  expect(runner.changes).toBe(5)
})

test('NX only adds, XX only changes, GT and LT change one way and add', () => {
  const runner = new CommandRunner()
  runner.run('ZADD z 5 a')
  runner.run('ZADD z NX 9 a 1 b')
  runner.run('ZADD z XX 6 a 9 new')
  runner.run('ZADD z GT 1 a 2 c')
  runner.run('ZADD z LT 1 a 9 c')
  runner.run('ZADD z XX GT CH 0 b 7 c')
  expect(runner.run('ZRANGE z 0 -1 WITHSCORES')).toBe(
    '*6\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n1\r\n$1\r\nc\r\n$1\r\n7\r\n',
  )
})

test('INCR and ZINCRBY reply the new score, a double in RESP3, or nil where an option forbids it', () => {
  const runner = new CommandRunner()
  expect(runner.run('ZADD z INCR 1.5 a')).toBe('$3\r\n1.5\r\n')
  expect(runner.run3('ZINCRBY z 0.1 a')).toBe(',1.6000000000000001\r\n')
  expect(runner.run('ZADD z NX INCR 1 a')).toBe('$-1\r\n')
  expect(runner.run3('ZADD z XX INCR 1 new')).toBe('_\r\n')
  expect(runner.run('ZADD missing XX INCR 1 a')).toBe('$-1\r\n')
  expect(runner.run('EXISTS missing')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 zincr z', 'db0 zincr z'])
})

test.each([
  ['ZADD z x a', '-ERR value is not a valid float\r\n'],
  ['ZADD z 7 a nan b', '-ERR value is not a valid float\r\n'],
  ['ZADD z 7', '-ERR syntax error\r\n'],
  ['ZADD z NX 7', '-ERR syntax error\r\n'],
  ['ZADD z 7 a 8', '-ERR syntax error\r\n'],
  ['ZADD z NX XX 7 a', '-ERR XX and NX options at the same time are not compatible\r\n'],
  ['ZADD z GT LT 7 a', '-ERR GT, LT, and/or NX options at the same time are not compatible\r\n'],
  ['ZADD z NX GT 7 a', '-ERR GT, LT, and/or NX options at the same time are not compatible\r\n'],
  ['ZADD z INCR 7 a 8 b', '-ERR INCR option supports a single increment-element pair\r\n'],
  ['ZINCRBY z -inf endless', '-ERR resulting score is not a number (NaN)\r\n'],
  ['ZINCRBY z x a', '-ERR value is not a valid float\r\n'],
])('%s is refused and changes nothing', (command, refusal) => {
  const runner = new CommandRunner()
  runner.run('ZADD z 1 a inf endless')
  runner.events()
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run('ZMSCORE z a endless b')).toBe('*3\r\n$1\r\n1\r\n$3\r\ninf\r\n$-1\r\n')
  expect(runner.events()).toEqual([])
})

test.each([
  ...['ZADD k 1 a', 'ZADD k XX 1 a', 'ZINCRBY k 1 a', 'ZREM k a', 'ZCARD k', 'ZSCORE k a', 'ZMSCORE k a', 'ZRANK k a'],
  ...['ZREVRANK k a WITHSCORE', 'ZCOUNT k 0 1', 'ZLEXCOUNT k - +', 'ZRANGE k 0 -1', 'ZREVRANGE k 0 -1'],
  ...['ZRANGEBYSCORE k 0 1', 'ZREVRANGEBYSCORE k 1 0', 'ZRANGEBYLEX k - +', 'ZREVRANGEBYLEX k + -'],
  ...['ZRANGESTORE d k 0 -1', 'ZREMRANGEBYRANK k 0 1', 'ZREMRANGEBYSCORE k 0 1', 'ZREMRANGEBYLEX k - +'],
  ...['ZPOPMIN k', 'ZPOPMAX k 2', 'ZMPOP 1 k MIN', 'BZPOPMIN k 0', 'BZMPOP 0 1 k MAX', 'ZRANDMEMBER k', 'ZSCAN k 0'],
  ...['ZUNION 1 k', 'ZINTER 1 k', 'ZDIFF 1 k', 'ZINTERCARD 1 k', 'ZUNIONSTORE d 1 k'],
])('%s refuses a string', (command) => {
  const runner = new CommandRunner()
  runner.run('SET k text')
  expect(runner.run(command)).toBe(wrongType)
})

test('a 129th member, or one of more than 64 bytes, makes it a skiplist', () => {
  const runner = new CommandRunner()
  const encoding = (): string => runner.run('OBJECT ENCODING z')
  for (let i = 0; i < 128; i++) runner.run(`ZADD z ${i} m${i}`)
  expect(encoding()).toBe('$8\r\nlistpack\r\n')
  runner.run('ZADD z 1 m128')
  expect(encoding()).toBe('$8\r\nskiplist\r\n')
  expect(runner.run('ZRANK z m127')).toBe(':128\r\n')
  runner.run('ZADD', 'long', '1', 'x'.repeat(65))
  expect(runner.run('OBJECT ENCODING long')).toBe('$8\r\nskiplist\r\n')
})
