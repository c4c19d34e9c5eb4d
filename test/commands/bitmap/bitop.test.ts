import { expect, test } from '@jest/globals'
import { SeededRandom } from '../../../src/base/index.js'
import { CommandRunner } from '../command-runner.js'

test.each([
  ['AND', (a: number, b: number) => a & b],
  ['OR', (a: number, b: number) => a | b],
  ['XOR', (a: number, b: number) => a ^ b],
] as const)('BITOP %s of strings of any lengths, byte by byte', (name, combine) => {
  const runner = new CommandRunner()
  const random = new SeededRandom(3)
  for (let round = 0; round < 60; round++) {
    const sources = Array.from({ length: 1 + random.below(4) }, () => {
      const bytes = Buffer.alloc(random.below(40))
      for (let i = 0; i < bytes.length; i++) bytes[i] = random.below(256)
      return bytes
    })
    sources.forEach((bytes, i) => runner.run('SET', `source${i}`, bytes))
    const length = Math.max(...sources.map((bytes) => bytes.length))
    const expected = Buffer.from(
      Array.from({ length }, (_, i) => sources.map((bytes) => bytes[i] ?? 0).reduce((a, b) => combine(a, b))),
    )
    const keys = sources.map((_, i) => `source${i}`)
    const destination = random.below(2) === 0 ? 'destination' : keys[0]
    expect(runner.run('BITOP', name, destination, ...keys)).toBe(`:${length}\r\n`)
    expect(runner.run('GET', destination)).toBe(
      length === 0 ? '$-1\r\n' : `$${length}\r\n${expected.latin1Slice()}\r\n`,
    )
  }
})

test('BITOP stores a plain new string: no deadline, encoding raw', () => {
  const runner = new CommandRunner()
  runner.run('SET a 12')
  runner.run('SET d old EX 100')
  runner.events()
  expect(runner.run('BITOP OR d a')).toBe(':2\r\n')
  expect(runner.run('GET d')).toBe('$2\r\n12\r\n')
  expect(runner.run('TTL d')).toBe(':-1\r\n')
  expect(runner.run('OBJECT ENCODING d')).toBe('$3\r\nraw\r\n')
  expect(runner.events()).toEqual(['db0 set d'])
})

test('BITOP of nothing deletes the destination', () => {
  const runner = new CommandRunner()
  runner.run('HSET d f v')
  runner.events()
  expect(runner.run('BITOP AND d missing missing')).toBe(':0\r\n')
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
  expect(runner.run('BITOP NOT d missing')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 del d'])
})

test('BITOP NOT turns the bits of one string', () => {
  const runner = new CommandRunner()
  runner.run('SET', 'a', Buffer.from([0, 0xff, 0x0f, 1, 2]))
  runner.run('BITOP not d a')
  expect(runner.run('GET d')).toBe('$5\r\n\xff\x00\xf0\xfe\xfd\r\n')
  expect(runner.run('BITOP NOT d a a')).toBe('-ERR BITOP NOT must be called with a single source key.\r\n')
  expect(runner.run('BITOP NOPE d a')).toBe('-ERR syntax error\r\n')
})

test('BITOP reads long strings', () => {
  const runner = new CommandRunner()
  const a = Buffer.alloc(200_000, 0xaa)
  const b = Buffer.alloc(150_001, 0x0f)
  runner.run('SET', 'a', a)
  runner.run('SET', 'b', b)
  expect(runner.run('BITOP XOR d a b')).toBe(':200000\r\n')
  expect(runner.run('BITCOUNT d')).toBe(`:${200_000 * 4}\r\n`)
  expect(runner.run('BITCOUNT d 150001 -1')).toBe(`:${49_999 * 4}\r\n`)
  expect(runner.run('BITOP AND d a b')).toBe(':200000\r\n')
  expect(runner.run('BITCOUNT d')).toBe(`:${150_001 * 2}\r\n`)
})
