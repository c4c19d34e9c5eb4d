import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

test('MSET sets every key, the last of equal ones winning, and counts each', () => {
  const runner = new CommandRunner()
  runner.run('HSET b f v')
  runner.events()
  const before = runner.changes
  expect(runner.run('MSET a 1 b 2 a 3')).toBe('+OK\r\n')
  expect(runner.run('MGET a b')).toBe('*2\r\n$1\r\n3\r\n$1\r\n2\r\n')
  expect(runner.changes - before).toBe(3)
  expect(runner.events()).toEqual(['db0 set a', 'db0 set b', 'db0 set a'])
})

test('MSETNX sets all or none', () => {
  const runner = new CommandRunner()
  expect(runner.run('MSETNX a 1 b 2 a 3')).toBe(':1\r\n')
  expect(runner.run('MSETNX c 1 b 9')).toBe(':0\r\n')
  expect(runner.run('MGET a b c')).toBe('*3\r\n$1\r\n3\r\n$1\r\n2\r\n$-1\r\n')
})

test.each(['mset', 'msetnx'])('%s refuses a key without a value', (name) => {
  const runner = new CommandRunner()
  expect(runner.run(`${name} a 1 b`)).toBe(`-ERR wrong number of arguments for '${name}' command\r\n`)
  expect(runner.run('EXISTS a')).toBe(':0\r\n')
})
