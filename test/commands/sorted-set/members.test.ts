import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const bulks = (reply: string): string[] => [...reply.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map((found) => found[1])

test('scores are bulk strings, in RESP3 doubles, of 17 digits where they need them', () => {
  const runner = new CommandRunner()
  runner.run('ZADD z 1 a 0.1 b 1e20 c -inf d')
  expect(runner.run('ZMSCORE z a b c d e')).toBe(
    '*5\r\n$1\r\n1\r\n$19\r\n0.10000000000000001\r\n$5\r\n1e+20\r\n$4\r\n-inf\r\n$-1\r\n',
  )
  expect(runner.run3('ZMSCORE z a b d e')).toBe('*4\r\n,1\r\n,0.10000000000000001\r\n,-inf\r\n_\r\n')
  expect(runner.run('ZSCORE z b')).toBe('$19\r\n0.10000000000000001\r\n')
  expect(runner.run3('ZSCORE z c')).toBe(',1e+20\r\n')
  expect(runner.run('ZSCORE missing a')).toBe('$-1\r\n')
  expect(runner.run('ZMSCORE missing a')).toBe('*1\r\n$-1\r\n')
  expect(runner.run('ZCARD z')).toBe(':4\r\n')
  expect(runner.run('ZCARD missing')).toBe(':0\r\n')
})

test('ZREM takes the key with its last member', () => {
  const runner = new CommandRunner()
  runner.run('ZADD z 1 a 2 b 3 c')
  runner.events()
  expect(runner.run('ZREM z a missing a')).toBe(':1\r\n')
  expect(runner.run('ZREM z missing')).toBe(':0\r\n')
  expect(runner.run('ZREM z b c d')).toBe(':2\r\n')
  expect(runner.run('EXISTS z')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 zrem z', 'db0 zrem z', 'db0 del z'])
})

test.each([
  [10, 4],
  [10, 99],
  [600, 4],
  [600, 100],
  [600, 9999],
])('of %d members, %d different ones are drawn', (size, count) => {
  const runner = new CommandRunner()
  for (let i = 0; i < size; i++) runner.run(`ZADD z ${i} m${i}`)
  const drawn = bulks(runner.run(`ZRANDMEMBER z ${count}`))
  expect(drawn).toHaveLength(Math.min(size, count))
  expect(new Set(drawn).size).toBe(drawn.length)
})

test('ZRANDMEMBER without a count, with a negative one, with scores', () => {
  const runner = new CommandRunner()
  runner.run('ZADD z 1 a')
  expect(runner.run('ZRANDMEMBER z')).toBe('$1\r\na\r\n')
  expect(runner.run('ZRANDMEMBER missing')).toBe('$-1\r\n')
  expect(runner.run('ZRANDMEMBER missing 3')).toBe('*0\r\n')
  expect(runner.run('ZRANDMEMBER z -2 WITHSCORES')).toBe('*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\na\r\n$1\r\n1\r\n')
  expect(runner.run3('ZRANDMEMBER z 1 WITHSCORES')).toBe('*1\r\n*2\r\n$1\r\na\r\n,1\r\n')
  expect(runner.run('ZRANDMEMBER z 1 FOO')).toBe('-ERR syntax error\r\n')
  expect(runner.run('ZRANDMEMBER z 4611686018427387904 WITHSCORES')).toBe('-ERR value is out of range\r\n')
})

test('ZSCAN gives a small sorted set whole, with scores as Redis stores them', () => {
  const runner = new CommandRunner()
  runner.run('ZADD z 1 a 1e17 b 0.5 c')
  expect(runner.run('ZSCAN z 0')).toBe(
    '*2\r\n$1\r\n0\r\n*6\r\n$1\r\nc\r\n$3\r\n0.5\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$18\r\n100000000000000000\r\n',
  )
  expect(bulks(runner.run('ZSCAN z 0 MATCH b'))).toEqual(['0', 'b', '100000000000000000'])
  expect(runner.run('ZSCAN missing 0')).toBe('*2\r\n$1\r\n0\r\n*0\r\n')
})

test('ZSCAN meets every member of a large sorted set, some at a time', () => {
  const runner = new CommandRunner()
  for (let i = 0; i < 1000; i++) runner.run(`ZADD z ${i} m${i}`)
  const met = new Map<string, string>()
  let cursor = '0'
  do {
    const [next, ...pairs] = bulks(runner.run(`ZSCAN z ${cursor} COUNT 50`))
    expect(pairs.length).toBeLessThan(400)
    for (let i = 0; i < pairs.length; i += 2) met.set(pairs[i], pairs[i + 1])
    cursor = next
  } while (cursor !== '0')
  expect(met.size).toBe(1000)
  expect(met.get('m17')).toBe('17')
})
