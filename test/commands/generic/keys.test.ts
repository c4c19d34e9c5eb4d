import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

function withKeys(): CommandRunner {
  const runner = new CommandRunner()
  runner.run('SET s v')
  runner.run('HSET h f v')
  runner.events()
  return runner
}

test.each(['DEL', 'UNLINK'])('%s deletes each key once and tells of each', (name) => {
  const runner = withKeys()
  expect(runner.run(`${name} s missing h s`)).toBe(':2\r\n')
  expect(runner.run('EXISTS s h')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 del s', 'db0 del h'])
  expect(runner.keyspace.databases[0].size).toBe(0)
})

test('EXISTS and TOUCH count a key as often as it is named', () => {
  const runner = withKeys()
  expect(runner.run('EXISTS s s missing h')).toBe(':3\r\n')
  expect(runner.run('TOUCH s s missing h')).toBe(':3\r\n')
})

test('TYPE names the type, or none', () => {
  const runner = withKeys()
  expect(runner.run('TYPE s')).toBe('+string\r\n')
  expect(runner.run('TYPE h')).toBe('+hash\r\n')
  expect(runner.run('TYPE missing')).toBe('+none\r\n')
})

test('RANDOMKEY draws a key that has not expired', () => {
  const runner = withKeys()
  expect(runner.run('RANDOMKEY')).toMatch(/^\$1\r\n[sh]\r\n$/)
  runner.run('PEXPIRE h 5')
  runner.clock.advance(6)
  for (let i = 0; i < 20; i++) expect(runner.run('RANDOMKEY')).toBe('$1\r\ns\r\n')
  runner.run('DEL s')
  expect(runner.run('RANDOMKEY')).toBe('$-1\r\n')
  expect(runner.run3('RANDOMKEY')).toBe('_\r\n')
})

test('a key past its deadline is not there for anybody', () => {
  const runner = withKeys()
  runner.run('PEXPIRE s 5')
  runner.clock.advance(6)
  runner.events()
  expect(runner.run('EXISTS s')).toBe(':0\r\n')
  expect(runner.run('DEL s')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 expired s'])
})
