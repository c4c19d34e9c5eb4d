import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { CommandRunner } from '../command-runner.js'

const int64 = 1n << 64n

test('numbers of every width at every offset are read back as they were written', () => {
  const runner = new CommandRunner()
  const random = new SeededRandom(5)
  const wrong: string[] = []
  for (let round = 0; round < 1500; round++) {
    const signed = random.below(2) === 0
    const width = 1 + random.below(signed ? 64 : 63)
    const offset = random.below(80)
    const any = (BigInt(random.int32() >>> 0) << 32n) | BigInt(random.int32() >>> 0)
    const number = signed ? BigInt.asIntN(width, any) : BigInt.asUintN(width, any)
    const type = `${signed ? 'i' : 'u'}${width}`
    const before = runner.run(`BITFIELD b GET u63 ${offset + width} GET u${Math.max(offset, 1)} 0`)
    runner.run(`BITFIELD b SET ${type} ${offset} ${number}`)
    const after = runner.run(`BITFIELD b GET u63 ${offset + width} GET u${Math.max(offset, 1)} 0`)
    if (runner.run(`BITFIELD b GET ${type} ${offset}`) !== `*1\r\n:${number}\r\n`)
      wrong.push(`${type} ${offset} ${number}`)
    if (offset > 0 && offset < 64 && before !== after) wrong.push(`around ${type} ${offset} ${number}`)
  }
  expect(wrong).toEqual([])
})

test('INCRBY wraps, saturates or fails where the sum does not fit', () => {
  const runner = new CommandRunner()
  const random = new SeededRandom(6)
  const wrong: string[] = []
  for (let round = 0; round < 1500; round++) {
    const signed = random.below(2) === 0
    const width = [1, 2, 7, 8, 31, 32, 51, 52, 53, 62, 63, 64][random.below(signed ? 12 : 11)]
    const draw = (bits: number): bigint =>
      BigInt.asIntN(bits, (BigInt(random.int32() >>> 0) << 32n) | BigInt(random.int32() >>> 0))
    const old = signed ? draw(width) : BigInt.asUintN(width, draw(64))
    const by = random.below(2) === 0 ? draw(Math.min(width + 1, 64)) : draw(8)
    const overflow = ['WRAP', 'SAT', 'FAIL'][random.below(3)]
    const max = signed ? (1n << BigInt(width - 1)) - 1n : (1n << BigInt(width)) - 1n
    const min = signed ? -max - 1n : 0n
    let sum: bigint | null = old + by
    if (sum > max || sum < min) {
      if (overflow === 'FAIL') sum = null
      else if (overflow === 'SAT') sum = sum > max ? max : min
      else sum = signed ? BigInt.asIntN(width, sum + int64) : BigInt.asUintN(width, sum + int64)
    }
    const type = `${signed ? 'i' : 'u'}${width}`
    runner.run(`BITFIELD b SET ${type} 3 ${old}`)
    const reply = runner.run(`BITFIELD b OVERFLOW ${overflow} INCRBY ${type} 3 ${by} GET ${type} 3`)
    const expected = `*2\r\n${sum === null ? '$-1' : `:${sum}`}\r\n:${sum ?? old}\r\n`
    if (reply !== expected) wrong.push(`${type} ${old} + ${by} ${overflow}: ${reply} is not ${expected}`)
  }
  expect(wrong).toEqual([])
})

test('offsets with # count in numbers of that width', () => {
  const runner = new CommandRunner()
  runner.run('BITFIELD b SET u8 #2 7 SET u4 #1 15')
  expect(runner.run('GET b')).toBe('$3\r\n\x0f\x00\x07\r\n')
  expect(runner.run('BITFIELD b GET u8 #2')).toBe('*1\r\n:7\r\n')
})

test('what fails by overflow leaves the bits alone, and yet the string grows', () => {
  const runner = new CommandRunner()
  expect(runner.run('BITFIELD b OVERFLOW FAIL SET u8 8 256')).toBe('*1\r\n$-1\r\n')
  expect(runner.run3('BITFIELD b OVERFLOW FAIL SET u8 8 256')).toBe('*1\r\n_\r\n')
  expect(runner.run('GET b')).toBe('$2\r\n\x00\x00\r\n')
  expect(runner.events()).toEqual([])
})

test('each write that changes something counts, under one event', () => {
  const runner = new CommandRunner()
  runner.run('BITFIELD b SET u8 0 1 SET u8 8 1 GET u8 0')
  expect(runner.changes).toBe(2)
  runner.run('BITFIELD b SET u8 0 1 SET u8 8 2')
  expect(runner.changes).toBe(3)
  runner.run('BITFIELD b SET u8 0 1')
  expect(runner.events()).toEqual(['db0 setbit b', 'db0 setbit b'])
})

test('all is checked before anything is done', () => {
  const runner = new CommandRunner()
  const badType =
    '-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.\r\n'
  for (const type of ['u64', 'i65', 'u0', 'x8', 'U8', 'i', '8']) {
    expect(runner.run(`BITFIELD b SET u8 0 1 GET ${type} 0`)).toBe(badType)
  }
  expect(runner.run('BITFIELD b SET u8 0 1 OVERFLOW NOPE')).toBe('-ERR Invalid OVERFLOW type specified\r\n')
  expect(runner.run('BITFIELD b SET u8 0 1 SET u8 0')).toBe('-ERR syntax error\r\n')
  expect(runner.run('BITFIELD b SET u8 0 x')).toBe('-ERR value is not an integer or out of range\r\n')
  expect(runner.run('BITFIELD b SET u8 4294967296 1')).toBe('-ERR bit offset is not an integer or out of range\r\n')
  expect(runner.run('BITFIELD_RO b SET u8 0 1')).toBe('-ERR BITFIELD_RO only supports the GET subcommand\r\n')
  expect(runner.run('EXISTS b')).toBe(':0\r\n')
})

test('reads of what is not there are zeros, and make nothing', () => {
  const runner = new CommandRunner()
  expect(runner.run('BITFIELD b GET u8 0 GET i64 1000')).toBe('*2\r\n:0\r\n:0\r\n')
  expect(runner.run('BITFIELD_RO b GET i5 3')).toBe('*1\r\n:0\r\n')
  expect(runner.run('BITFIELD b')).toBe('*0\r\n')
  expect(runner.run('EXISTS b')).toBe(':0\r\n')
})
