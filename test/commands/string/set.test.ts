import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const ok = '+OK\r\n'
const syntax = '-ERR syntax error\r\n'
const invalid = (name: string): string => `-ERR invalid expire time in '${name}' command\r\n`
const notAnInteger = '-ERR value is not an integer or out of range\r\n'

test('SET overwrites whatever is there and takes its deadline away, unless told to keep it', () => {
  const runner = new CommandRunner()
  runner.run('HSET k f v')
  expect(runner.run('SET k v EX 100')).toBe(ok)
  expect(runner.run('SET k w KEEPTTL')).toBe(ok)
  expect(runner.run('TTL k')).toBe(':100\r\n')
  expect(runner.run('SET k x')).toBe(ok)
  expect(runner.run('TTL k')).toBe(':-1\r\n')
  expect(runner.run('GET k')).toBe('$1\r\nx\r\n')
})

test.each([
  ['SET k v NX', '+OK\r\n', '$-1\r\n'],
  ['SET k v XX', '$-1\r\n', '+OK\r\n'],
  ['SET k v GET', '$-1\r\n', '$3\r\nold\r\n'],
  ['SET k v NX GET', '$-1\r\n', '$3\r\nold\r\n'],
  ['SET k v XX GET', '$-1\r\n', '$3\r\nold\r\n'],
  ['GETSET k v', '$-1\r\n', '$3\r\nold\r\n'],
  ['SETNX k v', ':1\r\n', ':0\r\n'],
])('%s answers %j to a missing key and %j to one that is there', (command, missing, present) => {
  const runner = new CommandRunner()
  expect(runner.run(command)).toBe(missing)
  runner.run('SET k old')
  expect(runner.run(command)).toBe(present)
  const stays = command.includes('NX')
  expect(runner.run('GET k')).toBe(stays ? '$3\r\nold\r\n' : '$1\r\nv\r\n')
})

test.each([
  'SET k v NX XX',
  'SET k v XX NX',
  'SET k v EX 1 PX 1',
  'SET k v EX 1 EXAT 1',
  'SET k v KEEPTTL EX 1',
  'SET k v EX 1 KEEPTTL',
  'SET k v EX',
  'SET k v PERSIST',
  'SET k v foo',
  'GETEX k NX',
  'GETEX k KEEPTTL',
  'GETEX k EX 1 PERSIST',
  'GETEX k PERSIST PX 1',
  'GETEX k PXAT',
])('%s is a syntax error', (command) => {
  const runner = new CommandRunner()
  runner.run('SET k old')
  runner.events()
  expect(runner.run(command)).toBe(syntax)
  expect(runner.events()).toEqual([])
})

test('an option may be repeated; the last deadline counts', () => {
  const runner = new CommandRunner()
  expect(runner.run('SET k v ex 10 Ex 20 get GET')).toBe('$-1\r\n')
  expect(runner.run('TTL k')).toBe(':20\r\n')
  expect(runner.run('SET k v NX NX')).toBe('$-1\r\n')
})

test.each([
  ['SET k v EX 0', invalid('set')],
  ['SET k v PX -1', invalid('set')],
  ['SET k v PXAT 0', invalid('set')],
  ['SET k v EX 9223372036854776', invalid('set')],
  ['SET k v EX 9223372036854775', invalid('set')],
  ['SET k v PX 9223372036854775807', invalid('set')],
  ['SET k v EX 1.5', notAnInteger],
  ['SET k v EX 9223372036854775808', notAnInteger],
  ['SETEX k 0 v', invalid('setex')],
  ['SETEX k ten v', notAnInteger],
  ['PSETEX k -5 v', invalid('psetex')],
  ['GETEX k EX 0', invalid('getex')],
])('%s is refused and changes nothing', (command, refusal) => {
  const runner = new CommandRunner()
  runner.run('SET k old')
  runner.events()
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run('GET k')).toBe('$3\r\nold\r\n')
  expect(runner.events()).toEqual([])
})

test('GETEX answers nil for a missing key before it looks at the deadline', () => {
  expect(new CommandRunner().run('GETEX missing EX 0')).toBe('$-1\r\n')
})

test.each([
  ['SET k v EX 10', 10_000],
  ['SET k v PX 1500', 1500],
  ['SETEX k 10 v', 10_000],
  ['PSETEX k 1500 v', 1500],
  ['GETEX k EX 10', 10_000],
  ['GETEX k PX 1500', 1500],
])('%s counts from now', (command, ms) => {
  const runner = new CommandRunner()
  runner.run('SET k v')
  runner.run(command)
  expect(runner.run('PTTL k')).toBe(`:${ms}\r\n`)
  runner.clock.advance(ms)
  expect(runner.run('PTTL k')).toBe(':0\r\n') // its last millisecond
  runner.clock.advance(1)
  expect(runner.run('GET k')).toBe('$-1\r\n')
})

test('EXAT and PXAT are Unix times, exact to the last millisecond of 64 bits', () => {
  const runner = new CommandRunner()
  runner.run('SET k v EXAT 4000000000')
  expect(runner.run('PEXPIRETIME k')).toBe(':4000000000000\r\n')
  runner.run('SET k v PXAT 9223372036854775807')
  expect(runner.run('PEXPIRETIME k')).toBe(':9223372036854775807\r\n')
  runner.run('SET k v EXAT 9223372036854775')
  expect(runner.run('PEXPIRETIME k')).toBe(':9223372036854775000\r\n')
})

test('SET stores under a deadline that has passed, GETEX deletes for it', () => {
  const runner = new CommandRunner()
  expect(runner.run('SET k v PXAT 1')).toBe(ok)
  expect(runner.run('GET k')).toBe('$-1\r\n')
  runner.run('SET k v')
  runner.events()
  expect(runner.run('GETEX k EXAT 1')).toBe('$1\r\nv\r\n')
  expect(runner.run('EXISTS k')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 del k'])
})

test('each change is counted once, whatever events it has', () => {
  const runner = new CommandRunner()
  for (const command of [
    'SET k v EX 5',
    'SETEX k 5 v',
    'GETEX k PX 5',
    'GETEX k PERSIST',
    'GETEX k PERSIST',
    'GETEX k',
  ]) {
    runner.run(command)
  }
  expect(runner.events()).toEqual([
    ...['db0 set k', 'db0 expire k'],
    ...['db0 set k', 'db0 expire k'],
    'db0 expire k',
    'db0 persist k',
  ])
  expect(runner.changes).toBe(4)
})

test('keys with a deadline are counted as such, through every way of getting and losing one', () => {
  const runner = new CommandRunner()
  const [database] = runner.keyspace.databases
  const after = (command: string): number => {
    runner.run(command)
    return database.volatileSize
  }
  expect(after('SET k v EX 5')).toBe(1)
  expect(after('SET k longer-than-before PX 5000')).toBe(1)
  expect(after('SET k v KEEPTTL')).toBe(1)
  expect(after('INCRBYFLOAT n 1')).toBe(1)
  expect(after('SET n 2 EX 5')).toBe(2)
  expect(after('INCR n')).toBe(2)
  expect(after('SET n 2')).toBe(1)
  expect(after('COPY k l')).toBe(2)
  expect(after('RENAME l n')).toBe(2)
  expect(after('SETEX n 5 v')).toBe(2)
  expect(after('PERSIST n')).toBe(1)
  expect(after('DEL k')).toBe(0)
})
