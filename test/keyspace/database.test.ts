import { ManualClock, SeededRandom, Slice } from '../../src/base/index.js'
import { ExpirySweep, Keyspace } from '../../src/keyspace/index.js'

const s = (text: string): Slice => Slice.from(text)

function setup(databases = 4) {
  const clock = new ManualClock()
  const keyspace = new Keyspace({ clock, random: new SeededRandom(1), databases })
  const db = keyspace.databases[0]
  const get = (key: string, of = db): string | null => of.string(s(key))?.toLatin1() ?? null
  const advance = (ms: number): void => {
    clock.advance(ms)
    keyspace.tick()
  }
  const hash = (key: string, fields: number, of = db): void => {
    const value = of.hashForInsert(s(key))
    for (let i = 0; i < fields; i++) value.set(s(`field ${i}`), s(`value ${i}`))
  }
  const drain = (): void => {
    while (keyspace.freeSlice());
  }
  return { clock, keyspace, db, get, advance, hash, drain }
}

test('a string is stored, overwritten, edited and deleted', () => {
  const { db, get } = setup()
  db.setString(s('k'), s('one'))
  db.setString(s('k'), s('another value'))
  expect(get('k')).toBe('another value')
  const edited = db.editString(s('k'), 20)
  expect(edited.toLatin1()).toBe('another value' + '\0'.repeat(7))
  expect(db.editString(s('new'), 3).toLatin1()).toBe('\0\0\0')
  expect(db.size).toBe(2)
  expect(db.delete(s('k'))).toBe(true)
  expect(db.delete(s('k'))).toBe(false)
  expect(get('k')).toBe(null)
})

test('overwriting takes the deadline away unless it is kept', () => {
  const { db, keyspace } = setup()
  db.setString(s('k'), s('v'))
  db.setDeadline(s('k'), keyspace.nowMs + 1000)
  db.setString(s('k'), s('a longer value'), true)
  expect(db.deadline(db.find(s('k')))).toBe(keyspace.nowMs + 1000)
  expect(db.volatileSize).toBe(1)
  db.setString(s('k'), s('v'))
  expect(db.deadline(db.find(s('k')))).toBe(0)
  expect(db.volatileSize).toBe(0)
})

test('a type other than the one asked for is refused, and overwritten by SET alone', () => {
  const { db, get, hash } = setup()
  hash('h', 3)
  expect(() => db.string(s('h'))).toThrow()
  expect(() => db.editString(s('h'), 3)).toThrow()
  db.setString(s('h'), s('text'))
  expect(get('h')).toBe('text')
  expect(() => db.hashForWrite(s('h'))).toThrow()
})

test('a lookup past the deadline finds nothing, deletes the entry and tells it', () => {
  const { db, keyspace, get, advance } = setup()
  const told: string[] = []
  const observer = {
    keyChanged: (i: number, key: Slice) => void told.push(`${i} ${key.toLatin1()}`),
    flushed: () => {},
    swapped: () => {},
  }
  keyspace.setInterest(observer, 1)
  db.setString(s('k'), s('v'))
  db.setDeadline(s('k'), keyspace.nowMs + 100)
  advance(99)
  expect(get('k')).toBe('v')
  advance(2)
  expect(get('k')).toBe(null)
  expect(db.size).toBe(0)
  expect(keyspace.stats.expired).toBe(1)
  expect(told).toEqual(['0 k'])
})

test('the sweep deletes what expired in all databases and leaves the rest', () => {
  const { keyspace, clock, advance } = setup()
  for (const index of [0, 2]) {
    const db = keyspace.databases[index]
    for (let i = 0; i < 5000; i++) {
      db.setString(s(`k${i}`), s('v'))
      if (i % 2 === 0) db.setDeadline(s(`k${i}`), keyspace.nowMs + (i % 4 === 0 ? 100 : 100_000))
    }
  }
  advance(1000)
  const sweep = new ExpirySweep(keyspace, clock)
  for (let i = 0; i < 100; i++) sweep.slice()
  for (const index of [0, 2]) {
    expect(keyspace.databases[index].size).toBe(3750)
    expect(keyspace.databases[index].volatileSize).toBe(1250)
    expect(keyspace.databases[index].averageTtlMs).toBeGreaterThan(90_000)
  }
  expect(keyspace.stats.expired).toBe(2500)
})

test('a sweep ends when its time is up and goes on where it stopped', () => {
  const { keyspace, db, clock, advance } = setup(1)
  for (let i = 0; i < 60_000; i++) {
    db.setString(s(`k${i}`), s('v'))
    db.setDeadline(s(`k${i}`), keyspace.nowMs + 1)
  }
  advance(10)
  let reads = 0
  // each look at the clock costs a third of a millisecond
  const slow = Object.assign(Object.create(clock) as typeof clock, {
    unixMs: () => clock.unixMs(),
    monotonicMs: () => reads++ / 3,
  })
  const sweep = new ExpirySweep(keyspace, slow)
  expect(sweep.slice()).toBe(true)
  expect(keyspace.stats.expireCapReached).toBe(1)
  expect(db.size).toBeGreaterThan(50_000)
  let slices = 1
  while (db.size > 0 && slices < 1000) {
    sweep.slice()
    slices++
  }
  expect(db.size).toBe(0)
})

test('rename, move and copy carry the deadline and every type', () => {
  const { db, keyspace, get, hash, drain } = setup()
  const other = keyspace.databases[1]
  const atMs = keyspace.nowMs + 1000
  for (const fields of [3, 2000]) {
    hash('h', fields)
    db.setDeadline(s('h'), atMs)
    db.rename(s('h'), s('renamed'))
    expect(db.find(s('h'))).toBe(0)
    db.copyTo(other, s('renamed'), s('copied'))
    expect(other.readHash(s('copied'))?.length).toBe(fields)
    expect(other.deadline(other.find(s('copied')))).toBe(atMs)
    expect(other.volatileSize).toBe(1)
    other.delete(s('copied'))
    db.moveTo(other, s('renamed'))
    expect(db.size).toBe(0)
    expect(db.volatileSize).toBe(0)
    expect(other.readHash(s('renamed'))?.get(s('field 1'))?.toLatin1()).toBe('value 1')
    expect(other.volatileSize).toBe(1)
    other.delete(s('renamed'))
  }
  const long = 'x'.repeat(3_000_000)
  db.setString(s('a'), s(long))
  db.setString(s('b'), s('goes'))
  db.rename(s('a'), s('b'))
  expect(get('b')).toBe(long)
  db.rename(s('b'), s('k'.repeat(100_000)))
  expect(get('k'.repeat(100_000))).toBe(long)
  db.delete(s('k'.repeat(100_000)))
  drain()
  expect(db.size + other.size).toBe(0)
})

test('all memory comes back when all keys are gone, whatever they held and however they went', () => {
  const { db, keyspace, hash, drain, advance } = setup()
  const other = keyspace.databases[1]
  other.setString(s('stays'), s('v')) // so that a flush cannot just forget everything
  const base = keyspace.arena.usedBytes
  const random = new SeededRandom(99)
  for (let i = 0; i < 3000; i++) {
    const key = `key ${random.below(400)}`
    const choice = random.below(8)
    if (choice === 0) db.setString(s(key), s('x'.repeat(random.below(random.below(30) === 0 ? 2_000_000 : 3000))))
    else if (choice === 1) {
      db.delete(s(key))
      hash(key, random.below(20) === 0 ? 3000 : 1 + random.below(30))
    } else if (choice === 2) db.delete(s(key))
    else if (choice === 3 && db.find(s(key)) !== 0) db.setDeadline(s(key), keyspace.nowMs + random.below(3000))
    else if (choice === 4 && db.find(s(key)) !== 0) db.rename(s(key), s(`key ${random.below(400)} renamed`))
    else if (choice === 5 && db.find(s(key)) !== 0 && db.type(db.find(s(key))) === 0)
      db.editString(s(key), random.below(200_000))
    else if (choice === 6) advance(20)
    else if (db.find(s(key)) !== 0 && other.find(s(key)) === 0) db.copyTo(other, s(key), s(key))
  }
  db.flush()
  const keys: string[] = []
  other.forEach((key) => keys.push(key.toLatin1()))
  for (const key of keys) if (key !== 'stays') other.delete(s(key))
  drain()
  expect(db.size).toBe(0)
  expect(other.size).toBe(1)
  // tables shrink to one segment and keep it
  expect(keyspace.arena.usedBytes - base).toBeLessThan(300_000)
  db.flush()
  drain()
  other.flush()
  expect(keyspace.arena.usedBytes).toBeLessThan(base)
})

test('flushing one database while others hold keys gives its memory back in slices', () => {
  const { db, keyspace, hash } = setup()
  keyspace.databases[1].setString(s('stays'), s('v'))
  const base = keyspace.arena.usedBytes
  for (let i = 0; i < 20_000; i++) db.setString(s(`k${i}`), s('value'))
  hash('big', 30_000)
  hash('small', 5)
  db.flush()
  expect(db.size).toBe(0)
  let slices = 0
  while (keyspace.freeSlice()) slices++
  expect(slices).toBeGreaterThan(5)
  expect(keyspace.arena.usedBytes).toBe(base)
  expect(keyspace.databases[1].size).toBe(1)
})

test('swapped databases change places with all they hold', () => {
  const { db, keyspace, get } = setup()
  const other = keyspace.databases[1]
  db.setString(s('k'), s('of 0'))
  keyspace.swap(0, 1)
  expect(get('k')).toBe(null)
  expect(get('k', other)).toBe('of 0')
})

test('a random key is one that is there; of expired ones there is none in the end', () => {
  const { db, keyspace, advance } = setup()
  expect(db.randomKey()).toBe(null)
  for (let i = 0; i < 50; i++) {
    db.setString(s(`k${i}`), s('v'))
    if (i !== 7) db.setDeadline(s(`k${i}`), keyspace.nowMs + 10)
  }
  advance(20)
  for (let i = 0; i < 20; i++) expect(db.randomKey()?.toLatin1()).toBe('k7')
})

test('a remembered lookup answers the same slice once, and no other', () => {
  const { db } = setup()
  db.setString(s('a'), s('1'))
  db.setString(s('b'), s('2'))
  const key = s('a')
  const ref = db.findAndRemember(key)
  expect(db.find(key)).toBe(ref)
  db.findAndRemember(key)
  db.forget()
  key.region.bytes.write('b', key.start)
  expect(db.readString(key)?.toLatin1()).toBe('2')
})

test('of what is given back in slices each value counts once, and each key of a database that was dropped', () => {
  const { db, keyspace, hash, drain } = setup()
  hash('small', 10)
  hash('large', 1000)
  db.delete(s('small'))
  drain()
  expect(keyspace.stats.lazyFreed).toBe(0)
  db.delete(s('large'))
  drain()
  expect(keyspace.stats.lazyFreed).toBe(1)
  for (let i = 0; i < 100; i++) db.setString(s(`k${i}`), s('v'))
  hash('large', 1000)
  keyspace.databases[1].setString(s('stays'), s('v'))
  db.flush()
  drain()
  expect(keyspace.stats.lazyFreed).toBe(102)
})
