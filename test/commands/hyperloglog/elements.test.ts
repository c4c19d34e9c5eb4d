import { expect, test } from '@jest/globals'
import { Slice } from '../../../src/base/index.js'
import { Copies } from '../../../src/keyspace/index.js'
import { Element } from '../../../src/commands/hyperloglog/element.js'
import { createServer } from '../../../src/index.js'
import { CommandRunner } from '../command-runner.js'

const notASketch = '-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n'
const corrupted = '-INVALIDOBJ Corrupted HLL object detected\r\n'

/** MurmurHash64A as it is defined, in 64-bit numbers. */
function murmur(bytes: Buffer): bigint {
  const m = 0xc6a4a7935bd1e995n
  const mask = (1n << 64n) - 1n
  let h = (0xadc83b19n ^ (BigInt(bytes.length) * m)) & mask
  const whole = bytes.length & ~7
  for (let i = 0; i < whole; i += 8) {
    let k = (bytes.readBigUInt64LE(i) * m) & mask
    k ^= k >> 47n
    h = ((h ^ ((k * m) & mask)) * m) & mask
  }
  if (whole < bytes.length) {
    let rest = 0n
    for (let i = bytes.length - 1; i >= whole; i--) rest = (rest << 8n) | BigInt(bytes[i])
    h = ((h ^ rest) * m) & mask
  }
  h ^= h >> 47n
  h = (h * m) & mask
  return h ^ (h >> 47n)
}

test('an element picks its register and run as its hash says, whatever its length', () => {
  const element = new Element()
  for (let length = 0; length < 70; length++) {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * 151 + length * 31) & 0xff))
    const hash = murmur(bytes)
    let run = 1
    for (let rest = (hash >> 14n) | (1n << 50n); (rest & 1n) === 0n; rest >>= 1n) run++
    const { index, run: found } = element.read(Slice.from(bytes))
    expect([length, index, found]).toEqual([length, Number(hash & 0x3fffn), run])
  }
})

test('PFADD says whether the estimate may have changed', () => {
  const runner = new CommandRunner()
  expect(runner.run('PFADD h')).toBe(':1\r\n')
  expect(runner.run('PFADD h')).toBe(':0\r\n')
  expect(runner.run('PFADD h a b c')).toBe(':1\r\n')
  expect(runner.run('PFADD h a b c')).toBe(':0\r\n')
  expect(runner.events()).toEqual(['db0 pfadd h', 'db0 pfadd h'])
  expect(runner.changes).toBe(4)
  expect(runner.run('PFCOUNT h')).toBe(':3\r\n')
})

test('a sketch is a string, as Redis writes it', () => {
  const runner = new CommandRunner()
  runner.run('PFADD h a b c')
  expect(Buffer.from(runner.run('GET h').slice(5, -2), 'latin1').toString('hex')).toBe(
    '48594c4c01000000000000000000008060f38050b1844bfb80425a',
  )
  expect(runner.run('OBJECT ENCODING h')).toBe('$3\r\nraw\r\n')
})

test('PFCOUNT keeps its estimate in the sketch until the next change', () => {
  const runner = new CommandRunner()
  runner.run('PFADD h a b c')
  const before = runner.changes
  expect(runner.run('PFCOUNT h')).toBe(':3\r\n')
  expect(runner.changes).toBe(before + 1)
  expect(runner.run('PFCOUNT h')).toBe(':3\r\n')
  expect(runner.changes).toBe(before + 1)
  expect(runner.run('GETRANGE h 8 15')).toBe('$8\r\n\x03\x00\x00\x00\x00\x00\x00\x00\r\n')
  runner.run('PFADD h d')
  expect(runner.run('PFCOUNT h')).toBe(':4\r\n')
  expect(runner.events()).toEqual(['db0 pfadd h', 'db0 pfadd h'])
})

test('many elements make it dense, and the estimate stays within its error', () => {
  const runner = new CommandRunner()
  for (let i = 0; i < 50_000; i += 100) {
    runner.run('PFADD', 'h', ...Array.from({ length: 100 }, (_, j) => `element ${i + j}`))
  }
  expect(runner.run('STRLEN h')).toBe(':12304\r\n')
  const estimate = Number(runner.run('PFCOUNT h').slice(1))
  expect(Math.abs(estimate - 50_000)).toBeLessThan(50_000 * 0.03)
})

test('PFCOUNT of several keys counts their union and changes none', () => {
  const runner = new CommandRunner()
  runner.run('PFADD a 1 2 3')
  runner.run('PFADD b 3 4')
  const before = runner.changes
  expect(runner.run('PFCOUNT a b missing')).toBe(':4\r\n')
  expect(runner.run('PFCOUNT missing')).toBe(':0\r\n')
  expect(runner.changes).toBe(before)
})

test('PFADD keeps the deadline', () => {
  const runner = new CommandRunner()
  runner.run('PFADD h a')
  runner.run('EXPIRE h 100')
  runner.run('PFADD h b c d')
  expect(runner.run('TTL h')).toBe(':100\r\n')
})

const header = 'HYLL\x01' + '\0'.repeat(10) + '\x80'

test.each([
  ['a text', 'text'],
  ['a number', '12345678901234567890'],
  ['another magic', `HYLX${header.slice(4)}\x7f\xff`],
  ['an unknown encoding', `HYLL\x02${header.slice(5)}\x7f\xff`],
  ['a dense sketch of another length', `HYLL\x00${header.slice(5)}\x7f\xff`],
])('%s is refused as no sketch', (_what, text) => {
  const runner = new CommandRunner()
  runner.run('SET', 'k', Buffer.from(text, 'latin1'))
  for (const command of ['PFADD k a', 'PFCOUNT k', 'PFCOUNT k k', 'PFMERGE d k', 'PFMERGE k', 'PFDEBUG ENCODING k']) {
    expect([command, runner.run(command)]).toEqual([command, notASketch])
  }
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
})

test.each([
  ['runs that end early', `${header}\x7f\xfe`],
  ['runs that go on too long', `${header}\x7f\xff\x00`],
  ['no runs', header],
  ['values beyond the end', `${header}\x7f\xfe\x83`],
])('%s are a corrupted sketch, and nothing is changed', (_what, text) => {
  const runner = new CommandRunner()
  const bytes = Buffer.from(text, 'latin1')
  runner.run('SET', 'k', bytes)
  for (const command of ['PFCOUNT k', 'PFCOUNT k k', 'PFMERGE d k', 'PFDEBUG TODENSE k', 'PFDEBUG GETREG k']) {
    expect([command, runner.run(command)]).toEqual([command, corrupted])
  }
  expect(runner.run('GET k')).toBe(`$${bytes.length}\r\n${text}\r\n`)
  expect(runner.run('EXISTS d')).toBe(':0\r\n')
})

test('PFADD finds a sketch without runs corrupted', () => {
  const runner = new CommandRunner()
  runner.run('SET', 'k', Buffer.from(header, 'latin1'))
  expect(runner.run('PFADD k a')).toBe(corrupted)
})

test('a call without a socket gets numbers', async () => {
  const server = await createServer({ port: 0 })
  expect(await server.call('PFADD', 'h', 'a', 'b')).toBe(1)
  expect(await server.call('PFMERGE', 'd', 'h')).toBe('OK')
  expect(await server.call('PFCOUNT', 'd', 'h')).toBe(2)
  await expect(server.call('PFADD', 'd', 'c').then(() => server.call('LPUSH', 'd', 'x'))).rejects.toThrow('WRONGTYPE')
  await server.close()
})

test('what an origin has confirmed keeps its bytes: PFCOUNT leaves no estimate in it', () => {
  const runner = new CommandRunner()
  runner.run('PFADD h a b c')
  new Copies(runner.keyspace).confirm(0, Slice.from('h'), 1, 1, null, null)
  const before = runner.run('GET h')
  const { changes } = runner
  expect(runner.run('PFCOUNT h')).toBe(':3\r\n')
  expect(runner.run('GET h')).toBe(before)
  expect(runner.changes).toBe(changes)
})
