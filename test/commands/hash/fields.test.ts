import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const long = 'x'.repeat(65)

test('HSET counts new fields, HMSET only says OK; both set the last of equal fields', () => {
  const runner = new CommandRunner()
  expect(runner.run('HSET h a 1 b 2 a 3')).toBe(':2\r\n')
  expect(runner.run('HSET h a 4')).toBe(':0\r\n')
  expect(runner.run('HMSET h c 5 c 6')).toBe('+OK\r\n')
  expect(runner.run('HMGET h a b c d')).toBe('*4\r\n$1\r\n4\r\n$1\r\n2\r\n$1\r\n6\r\n$-1\r\n')
  expect(runner.events()).toEqual(['db0 hset h', 'db0 hset h', 'db0 hset h'])
  expect(runner.changes).toBe(6)
})

test('HSETNX sets a field once', () => {
  const runner = new CommandRunner()
  expect(runner.run('HSETNX h f 1')).toBe(':1\r\n')
  expect(runner.run('HSETNX h f 2')).toBe(':0\r\n')
  expect(runner.run('HGET h f')).toBe('$1\r\n1\r\n')
  expect(runner.events()).toEqual(['db0 hset h'])
})

test('HDEL takes the key with its last field', () => {
  const runner = new CommandRunner()
  runner.run('HSET h a 1 b 2 c 3')
  runner.events()
  expect(runner.run('HDEL h a missing a')).toBe(':1\r\n')
  expect(runner.run('HDEL h missing')).toBe(':0\r\n')
  expect(runner.run('HDEL h b c d')).toBe(':2\r\n')
  expect(runner.run('EXISTS h')).toBe(':0\r\n')
  expect(runner.run('HDEL h a')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 hdel h', 'db0 hdel h', 'db0 del h'])
})

test('what is missing has no value, no length, and is not there', () => {
  const runner = new CommandRunner()
  runner.run('HSET', 'h', 'empty', '')
  for (const [key, field] of ['missing f', 'h missing'].map((words) => words.split(' '))) {
    expect(runner.run('HGET', key, field)).toBe('$-1\r\n')
    expect(runner.run3('HGET', key, field)).toBe('_\r\n')
    expect(runner.run3('HMGET', key, field)).toBe('*1\r\n_\r\n')
    expect(runner.run('HEXISTS', key, field)).toBe(':0\r\n')
    expect(runner.run('HSTRLEN', key, field)).toBe(':0\r\n')
  }
  expect(runner.run('HGET h empty')).toBe('$0\r\n\r\n')
  expect(runner.run('HEXISTS h empty')).toBe(':1\r\n')
})

test.each(['hset', 'hmset'])('%s refuses a field without a value before it looks at the key', (name) => {
  const runner = new CommandRunner()
  runner.run('SET h text')
  expect(runner.run(`${name} h a 1 b`)).toBe(`-ERR wrong number of arguments for '${name}' command\r\n`)
})

test.each([
  ...['HSET h a 1', 'HMSET h a 1', 'HSETNX h a 1', 'HGET h a', 'HMGET h a', 'HEXISTS h a', 'HSTRLEN h a', 'HDEL h a'],
  ...['HLEN h', 'HGETALL h', 'HKEYS h', 'HVALS h', 'HSCAN h 0', 'HRANDFIELD h', 'HRANDFIELD h 1'],
  ...['HINCRBY h a 1', 'HINCRBYFLOAT h a 1'],
])('%s refuses a string', (command) => {
  const runner = new CommandRunner()
  runner.run('SET h text')
  expect(runner.run(command)).toBe(wrongType)
})

test('a long field or value, or a 513th field, makes it a table', () => {
  const runner = new CommandRunner()
  const encoding = (key: string): string => runner.run(`OBJECT ENCODING ${key}`)
  runner.run('HSET', 'h', long.slice(1), long.slice(1))
  expect(encoding('h')).toBe('$8\r\nlistpack\r\n')
  runner.run('HSET', 'h', 'f', long)
  expect(encoding('h')).toBe('$9\r\nhashtable\r\n')
  for (let i = 0; i < 512; i++) runner.run(`HSET many f${i} ${i}`)
  expect(encoding('many')).toBe('$8\r\nlistpack\r\n')
  runner.run('HSET many f512 512')
  expect(encoding('many')).toBe('$9\r\nhashtable\r\n')
  expect(runner.run('HGET many f17')).toBe('$2\r\n17\r\n')
})
