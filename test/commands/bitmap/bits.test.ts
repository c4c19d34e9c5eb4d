import { expect, test } from '@jest/globals'
import { createServer } from '../../../src/index.js'
import { CommandRunner } from '../command-runner.js'

const badOffset = '-ERR bit offset is not an integer or out of range\r\n'
const wrongType = '-WRONGTYPE Operation against a key holding the wrong kind of value\r\n'

test('SETBIT answers the bit that was there, and the string grows with zeros', () => {
  const runner = new CommandRunner()
  expect(runner.run('SETBIT b 7 1')).toBe(':0\r\n')
  expect(runner.run('SETBIT b 7 0')).toBe(':1\r\n')
  expect(runner.run('SETBIT b 17 1')).toBe(':0\r\n')
  expect(runner.run('GET b')).toBe('$3\r\n\x00\x00\x40\r\n')
  expect(runner.run('OBJECT ENCODING b')).toBe('$3\r\nraw\r\n')
})

test('SETBIT tells of a change only where a bit or the length changed', () => {
  const runner = new CommandRunner()
  runner.run('SETBIT b 3 0')
  runner.run('SETBIT b 3 0')
  runner.run('SETBIT b 3 1')
  runner.run('SETBIT b 3 1')
  expect(runner.events()).toEqual(['db0 setbit b', 'db0 setbit b'])
  expect(runner.changes).toBe(2)
})

test('SETBIT keeps the deadline', () => {
  const runner = new CommandRunner()
  runner.run('SET b abc EX 100')
  runner.run('SETBIT b 100 1')
  expect(runner.run('TTL b')).toBe(':100\r\n')
})

test('GETBIT is 0 beyond the end and for a missing key', () => {
  const runner = new CommandRunner()
  runner.run('SET b 1') // 0x31
  expect(['2', '3', '7', '0', '8', '4294967295'].map((bit) => runner.run('GETBIT', 'b', bit))).toEqual([
    ...Array(3).fill(':1\r\n'),
    ...Array(3).fill(':0\r\n'),
  ])
  expect(runner.run('GETBIT missing 5')).toBe(':0\r\n')
})

test('a bit lies in a string of proto-max-bulk-len bytes, or is refused', () => {
  const runner = new CommandRunner()
  for (const offset of ['4294967296', '-1', '1.5', 'x', '', '9223372036854775807', '99999999999999999999']) {
    expect(runner.run('SETBIT', 'b', offset, '1')).toBe(badOffset)
    expect(runner.run('GETBIT', 'b', offset)).toBe(badOffset)
  }
  runner.config.set('proto-max-bulk-len', String(1 << 21))
  expect(runner.run('GETBIT', 'b', String((1 << 24) - 1))).toBe(':0\r\n')
  expect(runner.run('GETBIT', 'b', String(1 << 24))).toBe(badOffset)
})

test.each(['2', '-1', 'x', ''])('SETBIT refuses the bit %j, and the key is not made', (bit) => {
  const runner = new CommandRunner()
  expect(runner.run('SETBIT', 'b', '1', bit)).toBe('-ERR bit is not an integer or out of range\r\n')
  expect(runner.run('EXISTS b')).toBe(':0\r\n')
})

test.each([
  ...['SETBIT h 1 1', 'GETBIT h 1', 'BITCOUNT h', 'BITPOS h 1', 'BITOP NOT d h', 'BITFIELD h GET u8 0'],
  ...['BITFIELD h SET u8 0 1', 'BITFIELD_RO h GET u8 0'],
])('%s refuses a hash', (command) => {
  const runner = new CommandRunner()
  runner.run('HSET h f v')
  expect(runner.run(command)).toBe(wrongType)
})

test('a call without a socket gets numbers', async () => {
  const server = await createServer({ port: 0 })
  expect(await server.call('SETBIT', 'b', 7, 1)).toBe(0)
  expect(await server.call('GETBIT', 'b', 7)).toBe(1)
  expect(await server.call('BITCOUNT', 'b')).toBe(1)
  expect(await server.call('BITFIELD', 'b', 'GET', 'u8', 0, 'OVERFLOW', 'FAIL', 'SET', 'u2', 0, 9)).toEqual([1, null])
  await server.close()
})
