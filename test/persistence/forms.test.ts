import { Slice, formatDouble } from '../../src/base/index.js'
import type { Keyspace } from '../../src/keyspace/index.js'
import { RdbError, RdbLoader, type RdbLoaderOptions } from '../../src/persistence/index.js'
import {
  bytes,
  double,
  file,
  int32,
  int64,
  intset,
  length,
  listpack,
  rawId,
  streamChunk,
  string,
  value,
  ziplist,
  zipmap,
  type Piece,
} from './builders.js'
import { emptyKeyspace, load } from './loading.js'

const nowMs = 1_700_000_000_000

/** What a key holds, as plain data. */
function read(keyspace: Keyspace, name: string, database = 0): unknown {
  const key = Slice.from(name)
  const db = keyspace.databases[database]
  const ref = db.findInMemory(key)
  if (ref === 0) return undefined
  const { views } = keyspace
  const text = (slice: Slice): string => slice.toLatin1()
  switch (db.typeName(ref)) {
    case 'string':
      return text(db.stringAt(ref))
    case 'list': {
      const made: string[] = []
      const list = views.lists.open(ref, null)
      list.walk(0, list.length, true, (element) => made.push(text(element)))
      return made
    }
    case 'set': {
      const made: string[] = []
      views.sets.open(ref, null).forEach((member) => made.push(text(member)))
      return made.sort()
    }
    case 'zset': {
      const made: Record<string, string> = {}
      views.sortedSets.open(ref, null).forEach((member, score) => (made[text(member)] = formatDouble(score)))
      return made
    }
    case 'hash': {
      const made: Record<string, unknown> = {}
      views.hashes.open(ref, null).forEach((field, held, atMs) => {
        made[text(field)] = atMs === 0 ? text(held) : [text(held), atMs - nowMs]
      })
      return made
    }
    default:
      return readStream(keyspace, ref)
  }
}

function readStream({ views }: Keyspace, ref: number): unknown {
  const stream = views.streams.open(ref, null)
  const entries: unknown[] = []
  const cursor = stream.walk()
  while (cursor.next()) {
    const { entry } = cursor
    const words = [entry.id.toString()]
    for (let i = 0; i < entry.fieldCount; i++) {
      entry.readPair()
      words.push(entry.field.toLatin1(), entry.value.toLatin1())
    }
    entries.push(words)
  }
  const groups: unknown[] = []
  for (let i = 0; i < stream.groupCount; i++) {
    const group = stream.groupAt(i)
    const consumers: unknown[] = []
    for (let j = 0; j < group.consumers.count; j++) {
      const consumer = stream.consumer.open(group.consumers.at(j))
      consumers.push([consumer.name.toLatin1(), consumer.seenMs, consumer.pending.size])
    }
    groups.push([group.name.toLatin1(), group.lastId.toString(), group.entriesRead, group.pending.size, consumers])
  }
  return {
    entries,
    last: stream.lastId.toString(),
    first: stream.firstId.toString(),
    maxDeleted: stream.maxDeletedId.toString(),
    added: stream.entriesAdded,
    groups,
  }
}

/** Loads a file whole and byte by byte, which must come to the same, and reads its keys. */
function loaded(snapshot: Buffer, keys: readonly string[], options?: RdbLoaderOptions): unknown[] {
  const [whole, bit] = [snapshot.length, 1].map((piece) => {
    const keyspace = emptyKeyspace(undefined, nowMs)
    load(keyspace, snapshot, piece, undefined, options)
    return keys.map((key) => read(keyspace, key))
  })
  expect(bit).toEqual(whole)
  return whole
}

/** Why a snapshot cannot be loaded: the same whole and byte by byte. */
function refusal(snapshot: Buffer): string {
  const [whole, bit] = [snapshot.length, 1].map((piece) => {
    try {
      load(emptyKeyspace(undefined, nowMs), snapshot, piece)
      return 'loaded'
    } catch (error) {
      if (!(error instanceof RdbError)) throw error
      return error.message
    }
  })
  expect(bit).toBe(whole)
  return whole
}

const one = (type: number, ...parts: readonly Piece[]): Buffer => file(10, value(type, 'k', ...parts))
const valueOf = (type: number, ...parts: readonly Piece[]): unknown => loaded(one(type, ...parts), ['k'])[0]

test('strings are read as they are, as integers and as LZF', () => {
  expect(valueOf(0, string('text'))).toBe('text')
  expect(valueOf(0, string(''))).toBe('')
  expect(valueOf(0, 0xc0, 0x85)).toBe('-123')
  expect(valueOf(0, 0xc1, 0x39, 0x30)).toBe('12345')
  expect(valueOf(0, 0xc2, int32(-2147483648))).toBe('-2147483648')
  expect(valueOf(0, 0xc3, length(7), length(30), 2, 'abc', 0xe0, 27 - 9, 2)).toBe('abc'.repeat(10))
  expect(valueOf(0, [0x80, 0, 0, 0, 3], 'abc')).toBe('abc')
  expect(valueOf(0, [0x81, 0, 0, 0, 0, 0, 0, 0, 3], 'abc')).toBe('abc')
  expect(valueOf(0, string('x'.repeat(20_000)))).toBe('x'.repeat(20_000))
  expect(valueOf(0, string('x'.repeat(1_000_000)))).toBe('x'.repeat(1_000_000))
})

test('lists are read from all five forms', () => {
  expect(valueOf(1, length(3), string('a'), [0xc0, 7], string(''))).toEqual(['a', '7', ''])
  const items = ['a', 1, -1, 300, 70_000, 5_000_000_000, -129, 8_388_607, 'b'.repeat(100), 'c'.repeat(20_000), 12, 13]
  const texts = items.map(String)
  expect(valueOf(10, string(ziplist(...items)))).toEqual(texts)
  expect(valueOf(14, length(3), string(ziplist('x')), string(ziplist()), string(ziplist(...items)))).toEqual(['x', ...texts]) // prettier-ignore
  const nodes = [length(2), string(listpack(...items)), length(1), string('plain'), length(2), string(listpack('z'))]
  expect(valueOf(18, length(3), ...nodes)).toEqual([...texts, 'plain', 'z'])
})

test('sets are read from all three forms', () => {
  expect(valueOf(2, length(3), string('b'), string('a'), string('7'))).toEqual(['7', 'a', 'b'])
  expect(valueOf(11, string(intset(2, -5, 3, 400)))).toEqual(['-5', '3', '400'])
  expect(valueOf(11, string(intset(8, -(2n ** 63n), 0, 2n ** 63n - 1n)))).toEqual(['-9223372036854775808', '0', '9223372036854775807']) // prettier-ignore
  expect(valueOf(20, string(listpack('b', 'a', 7)))).toEqual(['7', 'a', 'b'])
})

test('sorted sets are read from all four forms, scores as text and as doubles', () => {
  const text = [length(5), string('a'), string('1.5'), string('b'), 254, string('c'), 255, string('d'), string('17'), string('e'), string('-2e3')] // prettier-ignore
  expect(valueOf(3, ...text)).toEqual({ a: '1.5', b: 'inf', c: '-inf', d: '17', e: '-2000' })
  expect(valueOf(5, length(2), string('a'), double(0.1), string('b'), double(-Infinity))).toEqual({ a: '0.10000000000000001', b: '-inf' }) // prettier-ignore
  expect(valueOf(12, string(ziplist('b', '1.5', 'a', 2)))).toEqual({ b: '1.5', a: '2' })
  expect(valueOf(17, string(listpack('b', '1.5', 'a', 'inf')))).toEqual({ b: '1.5', a: 'inf' })
})

test('hashes are read from all forms, those of Redis before 2.6 and of 7.4 and Valkey 9 too', () => {
  const pair = { f: 'v', g: '7' }
  expect(valueOf(4, length(2), string('f'), string('v'), string('g'), [0xc0, 7])).toEqual(pair)
  expect(valueOf(9, string(zipmap(pair)))).toEqual(pair)
  expect(valueOf(9, string(zipmap({ f: 'x'.repeat(300) }, 3)))).toEqual({ f: 'x'.repeat(300) })
  expect(valueOf(13, string(ziplist('f', 'v', 'g', 7)))).toEqual(pair)
  expect(valueOf(16, string(listpack('f', 'v', 'g', 7)))).toEqual(pair)
  const atMs = nowMs + 5000
  const timed = { f: ['v', 5000], g: '7' }
  expect(valueOf(22, length(2), length(atMs), string('f'), string('v'), length(0), string('g'), string('7'))).toEqual(timed) // prettier-ignore
  expect(valueOf(24, int64(nowMs), length(2), length(5001), string('f'), string('v'), length(0), string('g'), string('7'))).toEqual(timed) // prettier-ignore
  expect(valueOf(23, string(listpack('f', 'v', atMs, 'g', '7', 0)))).toEqual(timed)
  expect(valueOf(25, int64(atMs), string(listpack('f', 'v', atMs, 'g', 7, 0)))).toEqual(timed)
  const hash2 = value(22, 'k', length(2), string('f'), string('v'), int64(atMs), string('g'), string('7'), int64(-1))
  expect(loaded(file(80, hash2), ['k'])).toEqual([timed])
})

test('the hash whose fields have deadlines is looked at when they come', () => {
  const keyspace = emptyKeyspace(undefined, nowMs)
  load(keyspace, one(24, int64(nowMs), length(1), length(5001), string('f'), string('v')))
  expect(keyspace.databases[0].fieldDeadlines.size).toBe(1)
})

const chunk = streamChunk(1000, 'f', 'a', 'b', 'c')
const state = [length(3), length(1000), length(2)]
const pending = [rawId(1000, 1), int64(nowMs), length(7)]

test('streams are read from all three forms, with groups, consumers and what is pending', () => {
  const entries = ['a', 'b', 'c'].map((text, i) => [`1000-${i}`, 'f', text])
  const rest = { entries, last: '1000-2', first: '1000-0', maxDeleted: '0-0' }
  const consumer = [string('c'), int64(nowMs - 9)]
  const group = [string('g'), length(1000), length(1)]
  const own = [length(1), rawId(1000, 1)]
  const read1 = valueOf(15, length(1), chunk, ...state, length(1), ...group, length(1), ...pending, length(1), ...consumer, ...own) // prettier-ignore
  expect(read1).toEqual({ ...rest, added: 3n, groups: [['g', '1000-1', -1n, 1, [['c', nowMs - 9, 1]]]] })
  const more = [length(1000), length(0), length(999), length(5), length(17)]
  const read2 = valueOf(19, length(1), chunk, ...state, ...more, length(1), ...group, length(2), length(0), length(0))
  expect(read2).toEqual({ ...rest, maxDeleted: '999-5', added: 17n, groups: [['g', '1000-1', 2n, 0, []]] })
  const active = int64(nowMs - 3)
  const read3 = valueOf(21, length(1), chunk, ...state, ...more, length(1), ...group, length((1n << 64n) - 1n), length(1), ...pending, length(1), ...consumer, active, ...own) // prettier-ignore
  expect(read3).toEqual({
    ...rest,
    maxDeleted: '999-5',
    added: 17n,
    groups: [['g', '1000-1', -1n, 1, [['c', nowMs - 9, 1]]]],
  })
  const empty = valueOf(15, length(0), length(0), length(5), length(6), length(0))
  expect(empty).toEqual({ entries: [], last: '5-6', first: '0-0', maxDeleted: '0-0', added: 0n, groups: [] })
})

test('a stream that was loaded goes on: entries are added and deleted in chunks of Redis’s', () => {
  const keyspace = emptyKeyspace(undefined, nowMs)
  load(keyspace, one(15, length(1), chunk, ...state, length(0)))
  const stream = keyspace.databases[0].streamForWrite(Slice.from('k'))!
  const id = stream.lastId
  const next = Object.assign(Object.create(Object.getPrototypeOf(id)), id)
  next.increment()
  const texts = [Slice.from('f'), Slice.from('new')]
  expect(stream.append(next, { at: (i) => texts[i] }, 0, 2)).toBe(true)
  expect(stream.delete(stream.firstId)).toBe(true)
  stream.renewFirst()
  expect((read(keyspace, 'k') as { entries: unknown }).entries).toEqual([
    ['1000-1', 'f', 'b'],
    ['1000-2', 'f', 'c'],
    ['1000-3', 'f', 'new'],
  ])
})

test('opcodes say databases, deadlines, uses and more of the values that follow', () => {
  const told: string[] = []
  const expired: string[] = []
  const snapshot = file(
    10,
    [0xfa, string('redis-ver'), string('7.0.15'), 0xfa, string('ctime'), 0xc2, int32(1_700_000_000)],
    [0xf5, string('#!lua name=one'), 0xf5, string('#!lua name=two')],
    [0xfe, length(3), 0xfb, length(2), length(1), 0xf4, length(1), length(2), length(3)],
    [0xfc, int64(nowMs + 5), 0xf8, length(100), value(0, 'a', string('1'))],
    value(0, 'b', string('2')),
    [0xfd, int32(nowMs / 1000 + 9), value(1, 'c', length(1), string('x'))],
    [0xfc, int64(nowMs - 1), value(0, 'gone', string('x'))],
    [0xfc, int64(nowMs - 1), value(2, 'gone too', length(1), string('x'))],
    [0xfe, length(0), 0xf9, 77, value(0, 'd', string('3'))],
    [0xfc, int64(nowMs - 1), value(2, 'empty', length(0))],
    [0xf3, string('job'), length(1), length(0), length(5)],
    value(0, 'e', string('3')),
  )
  const keyspace = emptyKeyspace(undefined, nowMs)
  const loader = load(keyspace, snapshot, 3, undefined, {
    origin: 'file',
    onAux: (name, text) => told.push(`${name}=${text}`),
    onExpired: (db, key) => expired.push(`${db.index} ${key.toLatin1()}`),
  })
  expect(told).toEqual(['redis-ver=7.0.15', 'ctime=1700000000'])
  expect(loader.functions.map(String)).toEqual(['#!lua name=one', '#!lua name=two'])
  expect(expired).toEqual(['3 gone', '3 gone too'])
  expect([loader.keysLoaded, loader.keysExpired, loader.keysEmpty]).toEqual([5, 2, 1])
  const db = keyspace.databases[3]
  expect(db.deadline(db.find(Slice.from('a')))).toBe(nowMs + 5)
  expect(db.deadline(db.find(Slice.from('b')))).toBe(0)
  expect(db.deadline(db.find(Slice.from('c')))).toBe(nowMs + 9000)
  expect(keyspace.access.idleSeconds(keyspace.records.access(db.find(Slice.from('a'))))).toBe(100)
  expect(keyspace.databases.map(({ size }) => size).slice(0, 4)).toEqual([2, 0, 0, 3])
  while (keyspace.freeSlice());
})

test('what a primary sends is kept though its time has come; so is the base of an append-only file', () => {
  const snapshot = file(10, 0xfc, int64(nowMs - 1), value(0, 'k', string('v')), 0xfc, int64(0), value(1, 'l', length(1), string('e'))) // prettier-ignore
  expect(loaded(snapshot, ['k', 'l'])).toEqual([undefined, undefined])
  for (const origin of ['primary', 'preamble'] as const) {
    const keyspace = emptyKeyspace(undefined, nowMs)
    const loader = load(keyspace, snapshot, 1, undefined, { origin })
    expect([loader.keysLoaded, loader.keysExpired]).toEqual([2, 0])
    expect(keyspace.databases[0].volatileSize).toBe(2)
  }
})

test('frequencies are taken where they are counted', () => {
  const keyspace = emptyKeyspace(undefined, nowMs)
  keyspace.countFrequency(true)
  load(keyspace, file(10, 0xf9, 200, value(0, 'k', string('v'))))
  const bits = keyspace.records.access(keyspace.databases[0].find(Slice.from('k')))
  expect(keyspace.access.frequency(bits)).toBe(200)
})

test('every version from 1 to 12 is read, and Valkey’s 80; no other', () => {
  for (const version of [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 80]) {
    expect(loaded(file(version, value(0, 'k', string('v'))), ['k'])).toEqual(['v'])
  }
  expect(refusal(file(13))).toBe('version 13 of the format cannot be read, at offset 0')
  expect(refusal(file(0))).toBe('version 0 of the format cannot be read, at offset 0')
  expect(refusal(file(81))).toBe('version 81 of the format cannot be read, at offset 0')
  expect(refusal(bytes('REDIS0080', 255, int64(0)))).toBe('version 80 of the format cannot be read, at offset 0')
  expect(refusal(bytes('REDISXXXX', 255))).toBe('this is no snapshot: its beginning is wrong, at offset 0')
  expect(refusal(bytes('not a snapshot'))).toBe('this is no snapshot: its beginning is wrong, at offset 0')
})

test('the checksum is looked at, and zero says that there is none', () => {
  const snapshot = one(0, string('v'))
  const changed = Buffer.from(snapshot)
  changed[13] ^= 1
  expect(refusal(changed)).toBe(`RDB CRC error: the checksum is wrong, at offset ${snapshot.length - 8}`)
  expect(loaded(bytes(changed.subarray(0, -8), int64(0)), ['k'])).not.toEqual(['v'])
  const keyspace = emptyKeyspace(undefined, nowMs)
  load(keyspace, changed, 5, undefined, { origin: 'file', checksum: false })
  expect(keyspace.databases[0].size).toBe(1)
})

test('what follows the snapshot is left', () => {
  const snapshot = bytes(one(0, string('v')), '*1\r\n$4\r\nPING\r\n')
  for (const piece of [1, 10, snapshot.length]) {
    const loader = load(emptyKeyspace(undefined, nowMs), snapshot, piece)
    expect(loader.rest.toString()).toBe('*1\r\n$4\r\nPING\r\n')
    expect(loader.bytesRead).toBe(snapshot.length - 14)
  }
})

test('a file that ends too early is refused wherever it ends', () => {
  const snapshot = file(10, 0xfa, string('a'), string('b'), value(0, 'k', string('v')), value(1, 'l', length(2), string('x'), string('y'))) // prettier-ignore
  for (let end = 0; end < snapshot.length; end++) {
    expect(refusal(snapshot.subarray(0, end))).toMatch(/^unexpected end of input, at offset \d+/)
  }
  const loader = new RdbLoader(emptyKeyspace(undefined, nowMs), { origin: 'file' })
  expect(() => loader.end()).toThrow('unexpected end of input')
  expect(() => loader.push(snapshot)).toThrow('unexpected end of input') // it stays refused
})

test('the refusal names the key, the place and what is wrong', () => {
  const refused = (type: number, ...parts: readonly Piece[]): string => {
    const [reason, place] = refusal(file(12, value(0, 'a', string('b')), value(type, 'k', ...parts))).split(', at ')
    expect(place).toMatch(/^offset \d+ under key "k"$/)
    return reason.replace(/^[A-Z][a-z]+( [a-z]+)? integrity check failed: /, '')
  }
  expect(refused(99)).toBe('99 is no kind of value')
  expect(refused(6)).toBe('data of modules as a prerelease wrote it cannot be read')
  expect(refused(7, [0x81, 0x4b, 0x81, 0xa6, 0xc8, 0xb6, 0xb4, 0x24, 0x00])).toMatch(/^data of the module \S{9} cannot be read$/) // prettier-ignore
  expect(refused(2, length(2), string('x'), string('x'))).toBe('a set has a member twice')
  expect(refused(20, string(listpack('x', 'x')))).toBe('a set has a member twice')
  expect(refused(4, length(2), string('x'), string('1'), string('x'), string('2'))).toBe('a hash has a field twice')
  expect(refused(16, string(listpack('x', '1', 'x', '2')))).toBe('a hash has a field twice')
  expect(refused(16, string(listpack('x', '1', 'y')))).toBe('a listpack ends in the middle of a pair')
  expect(refused(13, string(ziplist('x', '1', 'y')))).toBe('a ziplist ends in the middle of a pair')
  expect(refused(5, length(2), string('x'), double(1), string('x'), double(2))).toBe('a sorted set has a member twice')
  expect(refused(5, length(1), string('x'), double(NaN))).toBe('a score is no number')
  expect(refused(3, length(1), string('x'), 253)).toBe('a score is no number')
  expect(refused(17, string(listpack('x', 'high')))).toBe('a score is no number')
  expect(refused(11, string(intset(2, 3, 3)))).toBe('an intset is not in order')
  expect(refused(11, string(bytes(int32(3), int32(0))))).toBe('an intset has integers of 3 bytes')
  // an element that takes the end for a byte of its own, and what follows for its length from behind
  expect(refused(20, string(bytes(int32(9), [1, 0], 0x82, 'a', 255)), 3)).toBe('a listpack reaches beyond its end')
  expect(refused(16, string(bytes(int32(8), [1, 0], 0xf0, 255)))).toBe('a listpack reaches beyond its end')
  expect(refused(16, string(bytes(int32(9), [1, 0], 0xf0, 255)))).toBe('a listpack does not say its own length')
  expect(refused(13, string(bytes(int32(14), int32(10), [1, 0], 0, 2, 'a', 255)))).toBe(
    'a ziplist reaches beyond its end',
  )
  expect(refused(9, string(bytes(1, 2, 'a', 255)))).toBe('a zipmap reaches beyond its end')
  expect(refused(18, length(1), length(3), string('x'))).toBe('a node of a list cannot be of kind 3')
  expect(refused(25, int64(1), string(listpack('f', 'v', 'soon')))).toBe("a field's deadline cannot be NaN")
  expect(refused(1, length(1), 0xc3, length(4), length(30), 'abcd')).toBe('a string is no LZF')
  expect(refused(1, length(1), 0xc3, length(4), length(1_000_000_000), 'abcd')).toBe('4 bytes of LZF cannot become 1000000000') // prettier-ignore
  expect(refused(1, length(1), 0xc4)).toBe('a string cannot begin with byte 196')
  expect(refused(1, 0x82)).toBe('a length cannot begin with byte 130')
  expect(refused(1, length(1), [0x81, 1, 0, 0, 0, 0, 0, 0, 0])).toBe('a string cannot have 72057594037927940 bytes')
  expect(refused(15, length(1), chunk, length(2), length(1000), length(2), length(0))).toBe('a stream does not have as many entries as it says') // prettier-ignore
  expect(refused(15, length(1), chunk, length(3), length(999), length(2), length(0))).toBe('a stream has entries beyond its last ID') // prettier-ignore
  expect(refused(15, length(2), chunk, chunk)).toBe('the chunks of a stream are not in order')
  const group = [string('g'), length(0), length(0)]
  expect(refused(15, length(1), chunk, ...state, length(1), ...group, length(1), ...pending, length(0))).toBe('a pending entry of a stream has no consumer') // prettier-ignore
  expect(refused(15, length(1), chunk, ...state, length(1), ...group, length(0), length(1), string('c'), int64(1), length(1), rawId(1000, 1))).toBe('a consumer has a pending entry that its group has not') // prettier-ignore
})

test('a broken value is called what Redis calls it, in the log too, and keys without a value are named there', () => {
  const told: string[] = []
  const say = (text: string): void => void told.push(text)
  const options = { origin: 'file', log: { debug: say, verbose: say, notice: say, warning: say } } as const
  const problem =
    'Hash ziplist integrity check failed: a ziplist ends in the middle of a pair, at offset 12 under key "k"'
  const broken = one(13, string(ziplist('x', '1', 'y')))
  expect(() => load(emptyKeyspace(), broken, 5, undefined, options)).toThrow(problem)
  expect(told.splice(0)).toEqual([`Internal error in RDB: ${problem}`])

  const empty = Array.from({ length: 12 }, (_, i) => value(2, `set${i}`, length(0)))
  load(emptyKeyspace(), file(10, value(0, 'k', string('v')), ...empty), 5, undefined, options)
  expect(told).toEqual([
    ...Array.from({ length: 10 }, (_, i) => `rdbLoadObject skipping empty key: set${i}`),
    'Done loading RDB, keys loaded: 1, keys expired: 0, empty keys skipped: 12.',
  ])
})

test('a key that comes twice is refused, or replaces the first where that is asked for', () => {
  const snapshot = file(10, value(0, 'k', string('one')), value(1, 'k', length(1), string('two')))
  expect(refusal(snapshot)).toBe('database 0 has a key twice, at offset 16 under key "k"')
  const options = { origin: 'file', replaces: true } as const
  expect(loaded(snapshot, ['k'], options)).toEqual([['two']])
})

test('a database beyond those configured, data of modules beside keys and old functions are refused', () => {
  expect(refusal(file(10, 0xfe, length(16)))).toBe('database 16 is beyond the 16 that are configured, at offset 9')
  expect(refusal(file(10, 0xf6))).toMatch(/^functions as a release candidate/)
  expect(refusal(file(10, 0xf7, [0x81, 0, 0, 0, 0, 0, 0, 4, 0]))).toBe('data of the module AAAAAAAAB cannot be read, at offset 9') // prettier-ignore
  expect(refusal(file(10, 240, string('k')))).toBe('240 is no kind of value, at offset 9 under key "k"')
})

test('a length that promises more than comes makes no room', () => {
  const keyspace = emptyKeyspace(undefined, nowMs)
  const loader = new RdbLoader(keyspace, { origin: 'file' })
  const before = process.memoryUsage().arrayBuffers
  loader.push(bytes('REDIS0010', 0, string('k'), [0x80, 0x70, 0, 0, 0], 'x'.repeat(1000)))
  loader.push(Buffer.alloc(1 << 20))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 23)
  expect(() => loader.end()).toThrow('unexpected end of input')
})
