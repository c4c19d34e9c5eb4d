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

test('MSETEX stores all with one deadline, and tells of each', () => {
  const runner = new CommandRunner()
  runner.run('SET a old')
  runner.events()
  expect(runner.run('MSETEX 2 a 1 b 2 EX 10')).toBe(':1\r\n')
  expect(runner.run('MGET a b')).toBe('*2\r\n$1\r\n1\r\n$1\r\n2\r\n')
  expect([runner.run('TTL a'), runner.run('TTL b')]).toEqual([':10\r\n', ':10\r\n'])
  expect(runner.events()).toEqual(['db0 expire a', 'db0 set a', 'db0 expire b', 'db0 set b'])
  expect(runner.changes).toBe(3)
  expect(runner.run('MSETEX 2 a 3 c 4 KEEPTTL')).toBe(':1\r\n')
  expect([runner.run('TTL a'), runner.run('TTL c')]).toEqual([':10\r\n', ':-1\r\n'])
  expect(runner.run('MSETEX 1 a 5')).toBe(':1\r\n')
  expect(runner.run('TTL a')).toBe(':-1\r\n')
})

test('MSETEX NX wants all keys missing, XX all there', () => {
  const runner = new CommandRunner()
  runner.run('SET a 1')
  expect(runner.run('MSETEX 2 a 2 b 2 NX')).toBe(':0\r\n')
  expect(runner.run('MSETEX 2 a 2 b 2 XX')).toBe(':0\r\n')
  expect(runner.run('MGET a b')).toBe('*2\r\n$1\r\n1\r\n$-1\r\n')
  expect(runner.run('MSETEX 2 b 2 c 2 nx px 5000')).toBe(':1\r\n')
  expect(runner.run('MSETEX 2 a 3 b 3 PX 5000 XX')).toBe(':1\r\n')
  expect(runner.run('PTTL b')).toBe(':5000\r\n')
})

test.each([
  ['MSETEX 0 a 1', '-ERR invalid numkeys value\r\n'],
  ['MSETEX -1 a 1', '-ERR invalid numkeys value\r\n'],
  ['MSETEX x a 1', '-ERR invalid numkeys value\r\n'],
  ['MSETEX 2147483648 a 1', '-ERR invalid numkeys value\r\n'],
  ['MSETEX 2 a 1 b', '-ERR wrong number of key-value pairs\r\n'],
  ['MSETEX 1 a 1 b', '-ERR syntax error\r\n'],
  ['MSETEX 1 a 1 NX XX', '-ERR syntax error\r\n'],
  ['MSETEX 1 a 1 EX 1 PX 1', '-ERR syntax error\r\n'],
  ['MSETEX 1 a 1 KEEPTTL EX 1', '-ERR syntax error\r\n'],
  ['MSETEX 1 a 1 EX', '-ERR syntax error\r\n'],
  ['MSETEX 1 a 1 EX 0', "-ERR invalid expire time in 'msetex' command\r\n"],
  ['MSETEX 1 a 1 EX x', '-ERR value is not an integer or out of range\r\n'],
])('%s', (command, reply) => {
  const runner = new CommandRunner()
  expect(runner.run(command)).toBe(reply)
  expect(runner.run('EXISTS a')).toBe(':0\r\n')
})

test('the last of equal keys counts, with room or without', () => {
  const runner = new CommandRunner()
  for (const hasRoom of [true, false]) {
    runner.keyspace.arena.ensureRoom = () => hasRoom
    runner.run('MSET a 1 b 2 a 3')
    expect(runner.run('MGET a b')).toBe('*2\r\n$1\r\n3\r\n$1\r\n2\r\n')
    runner.run('HSET a-hash f v')
    runner.run('MSET a-hash 1')
    expect(runner.run('GET a-hash')).toBe('$1\r\n1\r\n')
    runner.run('DEL a b a-hash')
  }
})
