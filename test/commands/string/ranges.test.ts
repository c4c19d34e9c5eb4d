import { expect, test } from '@jest/globals'
import { CommandRunner } from '../command-runner.js'

const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n'

test('APPEND makes the key, then adds to it in place', () => {
  const runner = new CommandRunner()
  expect(runner.run('APPEND k 12')).toBe(':2\r\n')
  expect(runner.run('OBJECT ENCODING k')).toBe('$3\r\nint\r\n')
  expect(runner.run('APPEND k 34')).toBe(':4\r\n')
  expect(runner.run('OBJECT ENCODING k')).toBe('$3\r\nraw\r\n')
  expect(runner.run('APPEND', 'k', '')).toBe(':4\r\n')
  expect(runner.run('GET k')).toBe('$4\r\n1234\r\n')
  expect(runner.events()).toEqual(['db0 append k', 'db0 append k', 'db0 append k'])
})

test('SETRANGE overwrites, lengthens, and fills the gap with zeros', () => {
  const runner = new CommandRunner()
  expect(runner.run('SETRANGE k 2 ab')).toBe(':4\r\n')
  expect(runner.run('GET k')).toBe('$4\r\n\0\0ab\r\n')
  expect(runner.run('SETRANGE k 0 xyz')).toBe(':4\r\n')
  expect(runner.run('GET k')).toBe('$4\r\nxyzb\r\n')
  expect(runner.run('SETRANGE k 3 long')).toBe(':7\r\n')
  expect(runner.run('GET k')).toBe('$7\r\nxyzlong\r\n')
})

test('SETRANGE of nothing tells the length and changes nothing', () => {
  const runner = new CommandRunner()
  expect(runner.run('SETRANGE', 'missing', '10', '')).toBe(':0\r\n')
  expect(runner.run('EXISTS missing')).toBe(':0\r\n')
  runner.run('SET k abc')
  runner.events()
  expect(runner.run('SETRANGE', 'k', '99999999999', '')).toBe(':3\r\n')
  expect(runner.events()).toEqual([])
})

test.each([
  ['SETRANGE k -1 x', '-ERR offset is out of range\r\n'],
  ['SETRANGE k one x', '-ERR value is not an integer or out of range\r\n'],
  ['SETRANGE k 1048576 x', tooLong],
  ['SETRANGE k 9223372036854775807 x', tooLong],
])('%s is refused', (command, refusal) => {
  const runner = new CommandRunner()
  runner.config.set('proto-max-bulk-len', '1048576')
  expect(runner.run(command)).toBe(refusal)
  expect(runner.run('EXISTS k')).toBe(':0\r\n')
})

test('no string outgrows proto-max-bulk-len', () => {
  const runner = new CommandRunner()
  runner.config.set('proto-max-bulk-len', '1048576')
  expect(runner.run('SETRANGE k 1048575 x')).toBe(':1048576\r\n')
  expect(runner.run('APPEND k x')).toBe(tooLong)
  expect(runner.run('STRLEN k')).toBe(':1048576\r\n')
})

test.each([
  ['0 -1', 'hello'],
  ['1 3', 'ell'],
  ['-3 -1', 'llo'],
  ['-100 100', 'hello'],
  ['3 1', ''],
  ['-1 -3', ''],
  ['5 10', ''],
  ['0 -100', 'h'],
  ['0 9223372036854775807', 'hello'],
  ['-9223372036854775808 -9223372036854775807', 'h'],
  ['-9223372036854775807 -9223372036854775808', ''],
])('GETRANGE and SUBSTR %s of hello is %j', (range, part) => {
  const runner = new CommandRunner()
  runner.run('SET k hello')
  for (const name of ['GETRANGE', 'SUBSTR']) {
    expect(runner.run(`${name} k ${range}`)).toBe(`$${part.length}\r\n${part}\r\n`)
    expect(runner.run(`${name} missing ${range}`)).toBe('$0\r\n\r\n')
  }
})
