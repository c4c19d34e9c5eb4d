import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

test('SADD counts only the members that were new', () => {
  const runner = new CommandRunner()
  expect(runner.run('SADD s a b a')).toBe(':2\r\n')
  expect(runner.run('SADD s b c')).toBe(':1\r\n')
  expect(runner.run('SADD s c')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 sadd s', 'db0 sadd s'])
  expect(runner.changes).toBe(3)
})

test('SREM takes the key with its last member', () => {
  const runner = new CommandRunner()
  runner.run('SADD s 1 2 3 x')
  runner.events()
  expect(runner.run('SREM s 1 missing 1')).toBe(':1\r\n')
  expect(runner.run('SREM s missing')).toBe(':0\r\n')
  expect(runner.run('SREM s x 2 3 4')).toBe(':3\r\n')
  expect(runner.run('EXISTS s')).toBe(':0\r\n')
  expect(runner.run('SREM s 1')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 srem s', 'db0 srem s', 'db0 del s'])
})

test('SISMEMBER and SMISMEMBER tell whether members are there', () => {
  const runner = new CommandRunner()
  runner.run('SADD s 1 2')
  expect(runner.run('SISMEMBER s 1')).toBe(':1\r\n')
  expect(runner.run3('SISMEMBER s 01')).toBe(':0\r\n')
  expect(runner.run('SISMEMBER missing 1')).toBe(':0\r\n')
  expect(runner.run('SMISMEMBER s 2 3 2')).toBe('*3\r\n:1\r\n:0\r\n:1\r\n')
  expect(runner.run3('SMISMEMBER missing a b')).toBe('*2\r\n:0\r\n:0\r\n')
})

test('SMOVE moves a member, and its key goes with the last one', () => {
  const runner = new CommandRunner()
  runner.run('SADD from a b')
  runner.run('SADD to b')
  runner.events()
  expect(runner.run('SMOVE from to a')).toBe(':1\r\n')
  expect(runner.events()).toEqual(['db0 srem from', 'db0 sadd to'])
  expect(runner.run('SMOVE from to b')).toBe(':1\r\n')
  expect(runner.events()).toEqual(['db0 srem from', 'db0 del from'])
  expect(runner.run('SMOVE from to b')).toBe(':0\r\n')
  expect(runner.run('SMOVE to to a')).toBe(':1\r\n')
  expect(runner.run('SMOVE to to x')).toBe(':0\r\n')
  expect(runner.run('SMOVE to new 7')).toBe(':0\r\n')
  expect(runner.events()).toEqual([])
  expect(runner.run('SMOVE to new a')).toBe(':1\r\n')
  expect(runner.run('SMISMEMBER new a b')).toBe('*2\r\n:1\r\n:0\r\n')
  expect(runner.run('SCARD to')).toBe(':1\r\n')
})

test('SMOVE asks for types after the source is known to be there', () => {
  const runner = new CommandRunner()
  runner.run('SET text v')
  runner.run('SADD s a')
  expect(runner.run('SMOVE missing text a')).toBe(':0\r\n')
  expect(runner.run('SMOVE s text missing')).toBe(wrongType)
  expect(runner.run('SMOVE text s a')).toBe(wrongType)
  expect(runner.run('SMOVE text missing a')).toBe(wrongType)
})

test('integers are an intset until something else comes, or one too many', () => {
  const runner = new CommandRunner()
  const encoding = (key: string): string => runner.run(`OBJECT ENCODING ${key}`)
  runner.run(`SADD s ${Array.from({ length: 512 }, (_, i) => i - 200).join(' ')}`)
  expect(encoding('s')).toBe('$6\r\nintset\r\n')
  runner.run('SADD s 512')
  expect(encoding('s')).toBe('$9\r\nhashtable\r\n')
  runner.run('SADD t 1 2 x')
  runner.run('SREM t x')
  expect(encoding('t')).toBe('$9\r\nhashtable\r\n')
})

test.each([
  ...['SADD k a', 'SREM k a', 'SISMEMBER k a', 'SMISMEMBER k a', 'SMOVE k k a', 'SCARD k', 'SMEMBERS k', 'SSCAN k 0'],
  ...['SPOP k', 'SPOP k 1', 'SRANDMEMBER k', 'SRANDMEMBER k 1', 'SINTER k', 'SUNION missing k', 'SDIFF missing k'],
  ...['SINTERSTORE d k', 'SUNIONSTORE d k', 'SDIFFSTORE d missing k', 'SINTERCARD 2 missing k'],
])('%s refuses a string', (command) => {
  const runner = new CommandRunner()
  runner.run('SET k text')
  expect(runner.run(command)).toBe(wrongType)
})
