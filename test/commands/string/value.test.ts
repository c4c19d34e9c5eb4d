import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

test('GET, STRLEN and GETDEL tell a missing key from an empty one', () => {
  const runner = new CommandRunner()
  runner.run('SET', 'empty', '')
  expect(runner.run('GET missing')).toBe('$-1\r\n')
  expect(runner.run3('GET missing')).toBe('_\r\n')
  expect(runner.run('GET empty')).toBe('$0\r\n\r\n')
  expect(runner.run('STRLEN missing')).toBe(':0\r\n')
  expect(runner.run('STRLEN empty')).toBe(':0\r\n')
  expect(runner.run('GETDEL missing')).toBe('$-1\r\n')
  expect(runner.run('GETDEL empty')).toBe('$0\r\n\r\n')
  expect(runner.run('EXISTS empty')).toBe(':0\r\n')
})

test('MGET answers nil for what is missing or no string, and a key as often as it is asked', () => {
  const runner = new CommandRunner()
  runner.run('SET a 1')
  runner.run('HSET h f v')
  expect(runner.run('MGET a h missing a')).toBe('*4\r\n$1\r\n1\r\n$-1\r\n$-1\r\n$1\r\n1\r\n')
  expect(runner.run3('MGET a h')).toBe('*2\r\n$1\r\n1\r\n_\r\n')
})

test.each(['GET h', 'GETDEL h', 'STRLEN h', 'GETEX h', 'GETSET h v', 'SET h v GET', 'SET h v NX GET', 'INCR h'])(
  '%s refuses a hash and leaves it',
  (command) => {
    const runner = new CommandRunner()
    runner.run('HSET h f v')
    runner.events()
    expect(runner.run(command)).toBe(wrongType)
    expect(runner.run('TYPE h')).toBe('+hash\r\n')
    expect(runner.events()).toEqual([])
  },
)

test('reads count hits and misses; GETDEL tells of del', () => {
  const runner = new CommandRunner()
  runner.run('SET a 1')
  runner.events()
  runner.run('MGET a b')
  runner.run('GETDEL a')
  runner.run('GETDEL a')
  const { hits, misses } = runner.keyspace.stats
  expect([hits, misses]).toEqual([2, 2])
  expect(runner.events()).toEqual(['db0 del a'])
  expect(runner.changes).toBe(2)
})
