import { Crc64 } from '../../../src/base/index.js'
import { CommandRunner } from '../command-runner.js'

/** A payload of a value's bytes, its type first. */
function payload(value: Buffer, version = 10): Buffer {
  const bytes = Buffer.concat([value, Buffer.alloc(10)])
  bytes.writeUInt16LE(version, value.length)
  new Crc64().update(bytes, 0, value.length + 2).writeTo(bytes, value.length + 2)
  return bytes
}

const string = payload(Buffer.from('\0\x05hello', 'latin1'))

test('RESTORE stores what DUMP returned, and tells of it', () => {
  const runner = new CommandRunner()
  runner.run('SET k hello')
  const dumped = Buffer.from(runner.run('DUMP k'), 'latin1')
  expect(dumped.subarray(5, -2)).toEqual(string)
  runner.events()
  expect(runner.run('RESTORE', 'copy', '0', string)).toBe('+OK\r\n')
  expect(runner.events()).toEqual(['db0 restore copy'])
  expect(runner.run('GET copy')).toBe('$5\r\nhello\r\n')
  expect(runner.run('PTTL copy')).toBe(':-1\r\n')
})

test('a key that is there is busy, unless it is to be replaced: then its deadline goes too', () => {
  const runner = new CommandRunner()
  runner.run('SET k old EX 100')
  expect(runner.run('RESTORE', 'k', '0', string)).toBe('-BUSYKEY Target key name already exists.\r\n')
  expect(runner.run('RESTORE', 'k', '0', string, 'replace')).toBe('+OK\r\n')
  expect(runner.run('GET k')).toBe('$5\r\nhello\r\n')
  expect(runner.run('TTL k')).toBe(':-1\r\n')
  runner.run('RPUSH list a')
  expect(runner.run('RESTORE', 'list', '0', string, 'REPLACE')).toBe('+OK\r\n')
  expect(runner.run('TYPE list')).toBe('+string\r\n')
})

test('the deadline counts from now, or is a moment under ABSTTL; what is past it is not stored', () => {
  const runner = new CommandRunner()
  const now = runner.clock.unixMs()
  runner.run('RESTORE', 'a', '1500', string)
  expect(runner.run('PEXPIRETIME a')).toBe(`:${now + 1500}\r\n`)
  runner.run('RESTORE', 'b', String(now + 7), string, 'ABSTTL')
  expect(runner.run('PEXPIRETIME b')).toBe(`:${now + 7}\r\n`)
  runner.events()
  expect(runner.run('RESTORE', 'c', '1', string, 'ABSTTL')).toBe('+OK\r\n')
  expect(runner.events()).toEqual([])
  expect(runner.run('EXISTS c')).toBe(':0\r\n')
  expect(runner.run('RESTORE', 'a', '1', string, 'ABSTTL', 'REPLACE')).toBe('+OK\r\n')
  expect(runner.events()).toEqual(['db0 del a'])
  expect(runner.run('EXISTS a')).toBe(':0\r\n')
  expect(runner.run('RESTORE', 'far', '2569591501', string)).toBe('+OK\r\n')
  expect(runner.run('PTTL far')).toBe(':2569591501\r\n')
})

test('IDLETIME and FREQ say how the value was used, under the policy that asks for it', () => {
  const runner = new CommandRunner()
  runner.run('RESTORE', 'k', '0', string, 'IDLETIME', '1000')
  expect(runner.run('OBJECT IDLETIME k')).toBe(':1000\r\n')
  runner.keyspace.countFrequency(true)
  runner.config.set('maxmemory-policy', 'allkeys-lfu')
  runner.run('RESTORE', 'k', '0', string, 'FREQ', '100', 'REPLACE')
  expect(runner.keyspace.access.frequency(frequencyBits(runner))).toBe(100)
  runner.run('RESTORE', 'k', '0', string, 'IDLETIME', '7', 'REPLACE')
  expect(runner.keyspace.access.frequency(frequencyBits(runner))).toBe(5)
})

function frequencyBits({ keyspace }: CommandRunner): number {
  let bits = 0
  keyspace.databases[0].forEach((_key, ref) => (bits = keyspace.records.access(ref)))
  return bits
}

test('refusals are Redis’s, the first that applies', () => {
  const runner = new CommandRunner()
  const refused = (...words: (string | Buffer)[]): string => runner.run('RESTORE', ...words).slice(1, -2)
  runner.run('SET k 1')
  const syntax = 'ERR syntax error'
  expect(refused('n', '0', string, 'IDLETIME')).toBe(syntax)
  expect(refused('n', '0', string, 'IDLETIME', '1', 'FREQ', '1')).toBe(syntax)
  expect(refused('n', '0', string, 'NOSUCH')).toBe(syntax)
  expect(refused('n', '0', string, 'IDLETIME', '-1')).toBe('ERR Invalid IDLETIME value, must be >= 0')
  expect(refused('n', '0', string, 'FREQ', '256')).toBe('ERR Invalid FREQ value, must be >= 0 and <= 255')
  expect(refused('n', '0', string, 'FREQ', 'x')).toBe('ERR value is not an integer or out of range')
  expect(refused('k', 'x', 'bad')).toBe('BUSYKEY Target key name already exists.')
  expect(refused('n', 'x', 'bad')).toBe('ERR value is not an integer or out of range')
  expect(refused('n', '-1', 'bad')).toBe('ERR Invalid TTL value, must be >= 0')
  const trailer = 'ERR DUMP payload version or checksum are wrong'
  expect(refused('n', '0', 'bad')).toBe(trailer)
  expect(refused('n', '0', Buffer.concat([Buffer.from('x'), string]))).toBe(trailer)
  for (const version of [13, 79, 81]) expect(refused('n', '0', payload(string.subarray(0, -10), version))).toBe(trailer)
  const format = 'ERR Bad data format'
  expect(refused('n', '0', payload(Buffer.from('\0\x06hello', 'latin1')))).toBe(format)
  expect(refused('n', '0', payload(Buffer.from([99, 0])))).toBe(format)
  expect(refused('n', '0', payload(Buffer.from([2, 0])))).toBe(format) // a set without a member
  expect(refused('n', '0', payload(Buffer.from([2, 2, 1, 97, 1, 97])))).toBe(format) // the same member twice
  expect(refused('n', '0', payload(Buffer.from([7, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 0])))).toBe(format) // a module's
  expect(runner.run('DBSIZE')).toBe(':1\r\n')
  expect(runner.keyspace.arena.blockBytes).toBe(0)
})

test('payloads of Redis 7.2, 7.4 and Valkey 9 are taken, deadlines of fields among them', () => {
  const runner = new CommandRunner()
  expect(runner.run('RESTORE', 'set', '0', payload(Buffer.from('\x14\x0d\x0d\0\0\0\x02\0\x81a\x02\x81b\x02\xff', 'latin1'), 11))).toBe('+OK\r\n') // prettier-ignore
  expect(runner.run('SCARD set')).toBe(':2\r\n')
  const later = Buffer.alloc(8)
  later.writeBigInt64LE(BigInt(runner.clock.unixMs() + 5000))
  const field = Buffer.from('\x01f\x01v', 'latin1')
  const none = Buffer.alloc(8, 0xff)
  const ours = Buffer.from('\x01g\x01w', 'latin1')
  const hash2 = Buffer.concat([Buffer.from([22, 2]), field, later, ours, none])
  expect(runner.run('RESTORE', 'hash', '0', payload(hash2, 80))).toBe('+OK\r\n')
  expect(runner.run('HPTTL hash FIELDS 2 f g')).toBe('*2\r\n:5000\r\n:-1\r\n')
  const metadata = Buffer.concat([Buffer.from([24]), later, Buffer.from([2, 1]), field, Buffer.from([0]), ours])
  expect(runner.run('RESTORE', 'other', '0', payload(metadata, 12))).toBe('+OK\r\n')
  expect(runner.run('HPTTL other FIELDS 2 f g')).toBe('*2\r\n:5000\r\n:-1\r\n')
  expect(runner.keyspace.databases[0].fieldDeadlines.size).toBe(2)
})

test('followers get the deadline as a moment, and values in payloads that Redis 7.0 takes', () => {
  const runner = new CommandRunner()
  runner.isFollowed = true
  const now = runner.clock.unixMs()
  const told = (...words: (string | Buffer)[]): string[] => {
    runner.run('RESTORE', ...words)
    return runner.propagated.splice(0)
  }
  expect(told('k', '0', string)).toEqual([]) // as it came
  expect(told('k', String(now + 5), string, 'ABSTTL', 'REPLACE')).toEqual([])
  const text = string.toString('latin1')
  expect(told('k', '7', string, 'REPLACE')).toEqual([`RESTORE k ${now + 7} ${text} REPLACE ABSTTL`])
  expect(told('k', '1', string, 'REPLACE', 'ABSTTL')).toEqual(['DEL k'])
  expect(told('k', '1', string, 'ABSTTL')).toEqual([])
  const newer = payload(string.subarray(0, -10), 12)
  expect(told('k', '0', newer)).toEqual([`RESTORE k 0 ${text}`])
})
