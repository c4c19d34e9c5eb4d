import { expect, test } from '@jest/globals'
import { createServer } from '../../../src/index.js'
import { CommandRunner } from '../command-runner.js'

const ok = '+OK\r\n'
const nil = '$-1\r\n'
const syntax = '-ERR syntax error\r\n'
const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'
const badDigest = '-ERR must be exactly 16 hexadecimal characters\r\n'
const notAString = '-ERR Key should be of string type if conditions are specified\r\n'
const digestOfHello = '9555e8555c62dcfd'

test('DIGEST is the XXH3 of the string in 16 digits', () => {
  const runner = new CommandRunner()
  runner.run('SET', 'k', 'Hello world')
  expect(runner.run('DIGEST k')).toBe('$16\r\nb6acb9d84a38ff74\r\n')
  expect(runner.run('DIGEST missing')).toBe(nil)
  expect(runner.run3('DIGEST missing')).toBe('_\r\n')
  runner.run('HSET h f v')
  expect(runner.run('DIGEST h')).toBe(wrongType)
})

test.each([
  ['IFEQ', 'hello', 'other'],
  ['IFNE', 'other', 'hello'],
  ['IFDEQ', digestOfHello, '0'.repeat(16)],
  ['IFDNE', '0'.repeat(16), digestOfHello],
  ['ifdeq', digestOfHello.toUpperCase(), 'x'.repeat(16)],
])('SET %s sets only where the condition holds', (option, holding, failing) => {
  const runner = new CommandRunner()
  runner.run('SET k hello')
  runner.events()
  expect(runner.run('SET', 'k', 'new', option, failing)).toBe(nil)
  expect(runner.run3('SET', 'k', 'new', option, failing)).toBe('_\r\n')
  expect(runner.run('GET k')).toBe('$5\r\nhello\r\n')
  expect(runner.events()).toEqual([])
  expect(runner.run('SET', 'k', 'new', option, holding)).toBe(ok)
  expect(runner.run('GET k')).toBe('$3\r\nnew\r\n')
  expect(runner.events()).toEqual(['db0 set k'])
})

test('a missing key is made under IFNE and IFDNE, and not under IFEQ and IFDEQ', () => {
  const runner = new CommandRunner()
  expect(runner.run('SET a v IFEQ x')).toBe(nil)
  expect(runner.run('SET a v IFDEQ short')).toBe(nil)
  expect(runner.run('EXISTS a')).toBe(':0\r\n')
  expect(runner.run('SET a v IFNE x')).toBe(ok)
  expect(runner.run('SET b v IFDNE short')).toBe(ok)
})

test('a condition goes with GET and a deadline', () => {
  const runner = new CommandRunner()
  runner.run('SET k hello')
  expect(runner.run('SET k one IFEQ other GET EX 10')).toBe('$5\r\nhello\r\n')
  expect(runner.run('TTL k')).toBe(':-1\r\n')
  expect(runner.run('SET k two GET EX 10 IFEQ hello')).toBe('$5\r\nhello\r\n')
  expect(runner.run('GET k')).toBe('$3\r\ntwo\r\n')
  expect(runner.run('TTL k')).toBe(':10\r\n')
  expect(runner.run('SET k three IFEQ two KEEPTTL')).toBe(ok)
  expect(runner.run('TTL k')).toBe(':10\r\n')
  expect(runner.run('SET missing v IFEQ x GET')).toBe(nil)
})

test.each([
  ...['SET k v IFEQ', 'SET k v IFEQ a NX', 'SET k v NX IFEQ a', 'SET k v XX IFNE a', 'SET k v IFDEQ a XX'],
  ...['SET k v IFEQ a IFNE b', 'GETEX k IFEQ a', 'MSETEX 1 k v IFEQ a', 'MSETEX 1 k v GET'],
])('%s is a syntax error', (command) => {
  expect(new CommandRunner().run(command)).toBe(syntax)
})

test('a condition wants a string, and a digest its 16 digits', () => {
  const runner = new CommandRunner()
  runner.run('SET k hello')
  runner.run('HSET h f v')
  for (const option of ['IFEQ', 'IFNE', 'IFDEQ', 'IFDNE']) {
    expect(runner.run(`SET h v ${option} x`)).toBe(wrongType)
    expect(runner.run(`DELEX h ${option} x`)).toBe(notAString)
  }
  for (const option of ['IFDEQ', 'IFDNE']) {
    expect(runner.run(`SET k v ${option} abc`)).toBe(badDigest)
    expect(runner.run(`DELEX k ${option} abc`)).toBe(badDigest)
  }
  expect(runner.run('EXISTS k h')).toBe(':2\r\n')
})

test.each([
  ['IFEQ', 'hello', 'other'],
  ['IFNE', 'other', 'hello'],
  ['IFDEQ', digestOfHello, '0'.repeat(16)],
  ['IFDNE', '0'.repeat(16), digestOfHello],
])('DELEX %s deletes only where the condition holds', (option, holding, failing) => {
  const runner = new CommandRunner()
  runner.run('SET k hello')
  runner.events()
  expect(runner.run('DELEX', 'k', option, failing)).toBe(':0\r\n')
  expect(runner.run('DELEX', 'k', option, holding)).toBe(':1\r\n')
  expect(runner.run('DELEX', 'k', option, holding)).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 del k'])
})

test('DELEX without a condition deletes a key of any type', () => {
  const runner = new CommandRunner()
  runner.run('HSET h f v')
  expect(runner.run('DELEX h')).toBe(':1\r\n')
  expect(runner.run('DELEX h')).toBe(':0\r\n')
  runner.run('SET k v')
  expect(runner.run('DELEX k IFEQ')).toBe("-ERR wrong number of arguments for 'delex' command\r\n")
  expect(runner.run('DELEX k IFEQ v x')).toBe("-ERR wrong number of arguments for 'delex' command\r\n")
  expect(runner.run('DELEX k NOPE v')).toBe('-ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE\r\n')
  expect(runner.run('DELEX missing NOPE v')).toBe(':0\r\n')
})

test('DELIFEQ deletes a key that holds the very string', () => {
  const runner = new CommandRunner()
  runner.run('SET k 12')
  expect(runner.run('DELIFEQ k 1')).toBe(':0\r\n')
  expect(runner.run('DELIFEQ k 12')).toBe(':1\r\n')
  expect(runner.run('DELIFEQ k 12')).toBe(':0\r\n')
  runner.run('HSET h f v')
  expect(runner.run('DELIFEQ h v')).toBe(wrongType)
})

test('a call without a socket gets text, numbers and null', async () => {
  const server = await createServer({ port: 0 })
  expect(await server.call('MSETEX', 2, 'a', 'test', 'b', 2)).toBe(1)
  expect(await server.call('DIGEST', 'a')).toBe('9ec9f7918d7dfc40')
  expect(await server.call('SET', 'a', 'new', 'IFEQ', 'other')).toBeNull()
  expect(await server.call('DELEX', 'a', 'IFDEQ', '9ec9f7918d7dfc40')).toBe(1)
  await server.close()
})
