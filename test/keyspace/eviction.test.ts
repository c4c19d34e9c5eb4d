import { ManualClock, SeededRandom, Slice } from '../../src/base/index.js'
import { Copies, Eviction, Keyspace, type EvictionPolicy } from '../../src/keyspace/index.js'

const value = Slice.from('v'.repeat(100))

function setup(policy: EvictionPolicy) {
  const clock = new ManualClock()
  const keyspace = new Keyspace({ clock, random: new SeededRandom(3), seed: { low: 1, high: 2 } })
  const eviction = new Eviction(keyspace, clock, () => keyspace.arena.usedBytes)
  eviction.setPolicy(policy)
  const db = keyspace.databases[0]
  const names = (index = 0): string[] => {
    const found: string[] = []
    keyspace.databases[index].forEach((key) => found.push(key.toLatin1()))
    return found.sort()
  }
  return {
    clock,
    keyspace,
    eviction,
    db,
    names,
    /** Stores keys `from` up to `to`, some seconds apart. */
    fill(from: number, to: number, apartMs = 0): void {
      for (let i = from; i < to; i++) {
        keyspace.tick()
        db.setString(Slice.from(`k${i}`), value)
        clock.advance(apartMs)
      }
      keyspace.tick()
    },
    /** Leaves room for `bytes` less than are used, and makes it. */
    squeeze(bytes: number): string {
      eviction.limitBytes = keyspace.arena.usedBytes - bytes
      for (;;) {
        const room = eviction.makeRoom()
        if (room !== 'working') return room
        while (eviction.slice());
      }
    },
  }
}

test('with room nothing is evicted, and without a policy never', () => {
  const { eviction, keyspace, fill, squeeze } = setup('noeviction')
  fill(0, 100)
  eviction.limitBytes = keyspace.arena.usedBytes
  expect(eviction.makeRoom()).toBe('enough')
  expect(squeeze(1)).toBe('full')
  expect(keyspace.databases[0].size).toBe(100)
})

test.each<EvictionPolicy>([
  ...(['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'] as const),
])('%s makes as much room as is asked for, and counts and tells of what it evicts', (policy) => {
  const { keyspace, db, eviction, fill, squeeze } = setup(policy)
  const told: string[] = []
  keyspace.setInterest(
    { keyChanged: (_db, key) => told.push(key.toLatin1()), flushed: () => {}, swapped: () => {} },
    1,
  )
  fill(0, 1000)
  for (let i = 0; i < 1000; i++) db.setDeadline(Slice.from(`k${i}`), keyspace.nowMs + 100_000)
  const before = keyspace.changes
  expect(squeeze(50_000)).toBe('enough')
  expect(keyspace.arena.usedBytes).toBeLessThanOrEqual(eviction.limitBytes)
  expect(keyspace.stats.evicted).toBe(1000 - db.size)
  expect(new Set(told).size).toBe(keyspace.stats.evicted)
  expect(keyspace.changes).toBe(before) // a replica gets a deletion of its own; it is no client's change
}) // prettier-ignore

test('allkeys-lru evicts what was not used for longest, nearly always', () => {
  const { clock, db, keyspace, fill, squeeze } = setup('allkeys-lru')
  fill(0, 1000, 100)
  clock.advance(60_000)
  keyspace.tick()
  for (let i = 0; i < 1000; i += 2) db.read(Slice.from(`k${i}`))
  squeeze(400 * 128)
  const isGone = (index: number): boolean => db.find(Slice.from(`k${index}`)) === 0
  const gone = Array.from({ length: 1000 }, (_, index) => index).filter(isGone)
  const unused = gone.filter((index) => index % 2 === 1).length
  expect(unused).toBeGreaterThan(390)
  expect(gone.length - unused).toBeLessThan(5)
})

test('allkeys-lfu evicts what was used least, not what was used last, nearly always', () => {
  const { db, keyspace, fill, squeeze } = setup('allkeys-lfu')
  keyspace.access.logFactor = 1
  fill(0, 1000)
  for (let round = 0; round < 30; round++) for (let i = 0; i < 500; i++) db.read(Slice.from(`k${i}`))
  for (let i = 500; i < 1000; i++) db.read(Slice.from(`k${i}`))
  squeeze(400 * 128)
  const gone = Array.from({ length: 500 }, (_, index) => index).filter((i) => db.find(Slice.from(`k${i}`)) === 0)
  expect(gone.length).toBeLessThan(20) // of 400 that were evicted: five samples see no rarer one now and then
})

test('volatile-ttl evicts what is to expire next', () => {
  const { db, keyspace, fill, squeeze, names } = setup('volatile-ttl')
  fill(0, 200)
  for (let i = 0; i < 100; i++) db.setDeadline(Slice.from(`k${i}`), keyspace.nowMs + 1000 + i * 1000)
  squeeze(50 * 136)
  const left = names()
  for (let i = 100; i < 200; i++) expect(left).toContain(`k${i}`)
  for (let i = 90; i < 100; i++) expect(left).toContain(`k${i}`)
  expect(left).not.toContain('k0')
})

test.each<EvictionPolicy>(['volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'])(
  '%s evicts only keys with a deadline and copies of an origin’s values, and is full without',
  (policy) => {
    const { db, keyspace, fill, squeeze, names } = setup(policy)
    const copies = new Copies(keyspace)
    fill(0, 3000)
    for (let i = 0; i < 3000; i += 300) db.setDeadline(Slice.from(`k${i}`), keyspace.nowMs + 100_000)
    for (let i = 7; i < 3000; i += 500) copies.confirm(0, Slice.from(`k${i}`), 1, 1, null, 'tag')
    expect(keyspace.copyCount).toBe(6)
    expect(squeeze(1_000_000_000)).toBe('full')
    expect(names()).toHaveLength(3000 - 16)
    expect([db.volatileSize, keyspace.copyCount]).toEqual([0, 0])
    expect(db.find(Slice.from('k1'))).not.toBe(0)
  },
)

test('an origin’s copy is counted as long as it is one', () => {
  const { db, keyspace, fill, eviction } = setup('noeviction')
  const copies = new Copies(keyspace)
  fill(0, 10)
  for (let i = 0; i < 6; i++) copies.confirm(0, Slice.from(`k${i}`), 1, 1, null, null)
  copies.confirm(0, Slice.from('k0'), 2, 2, null, null)
  expect(keyspace.copyCount).toBe(6)
  db.rename(Slice.from('k0'), Slice.from('new'))
  db.moveTo(keyspace.databases[1], Slice.from('k1'))
  db.delete(Slice.from('k2'))
  db.setString(Slice.from('k3'), value)
  expect(keyspace.copyCount).toBe(2)
  db.delete(Slice.from('k9'))
  db.flush()
  db.flush()
  while (keyspace.freeSlice());
  expect(keyspace.copyCount).toBe(0)
  expect(eviction.isExceeded).toBe(false)
})

test('databases are emptied together', () => {
  const { keyspace, fill, db, names, squeeze } = setup('allkeys-random')
  fill(0, 300)
  for (let i = 0; i < 300; i++) keyspace.databases[5].setString(Slice.from(`k${i}`), value)
  squeeze(300 * 128)
  expect(db.size).toBeGreaterThan(100)
  expect(names(5).length).toBeGreaterThan(100)
})

test('a command frees for a slice of time only, then just what it adds; later slices do the rest', () => {
  const { keyspace, db, eviction, fill } = setup('allkeys-lru')
  fill(0, 5000)
  eviction.tenacity = 0
  eviction.limitBytes = keyspace.arena.usedBytes - 400_000
  expect(eviction.makeRoom()).toBe('working')
  const ceiling = keyspace.arena.usedBytes
  expect(ceiling).toBeGreaterThan(eviction.limitBytes)
  for (let i = 0; i < 100; i++) {
    expect(eviction.makeRoom()).toBe('working')
    db.setString(Slice.from(`more${i}`), value)
  }
  expect(keyspace.arena.usedBytes).toBeLessThanOrEqual(ceiling + 128)
  let slices = 1
  while (eviction.slice()) slices++
  expect(slices).toBeGreaterThan(50)
  expect(keyspace.arena.usedBytes).toBeLessThanOrEqual(eviction.limitBytes)
})

test('the memory of a large value counts before another key is evicted', () => {
  const { keyspace, db, eviction } = setup('allkeys-lru')
  const hash = db.hashForInsert(Slice.from('large'))
  for (let i = 0; i < 20_000; i++) hash.set(Slice.from(`field${i}`), value)
  keyspace.tick()
  for (let i = 0; i < 10; i++) db.setString(Slice.from(`k${i}`), value)
  eviction.tenacity = 100
  eviction.limitBytes = keyspace.arena.usedBytes - 1_000_000
  db.setDeadline(Slice.from('large'), keyspace.nowMs + 1000)
  eviction.setPolicy('volatile-ttl')
  expect(eviction.makeRoom()).toBe('enough')
  expect(db.size).toBe(10)
  expect(keyspace.stats.evicted).toBe(1)
})

test('the time above the limit is counted until there is room again', () => {
  const { clock, keyspace, eviction, fill, db } = setup('volatile-lru')
  fill(0, 10)
  eviction.limitBytes = keyspace.arena.usedBytes - 1
  expect(eviction.makeRoom()).toBe('full')
  clock.advance(700)
  expect(eviction.exceededMs()).toEqual({ total: 700, current: 700 })
  db.delete(Slice.from('k1'))
  expect(eviction.makeRoom()).toBe('enough')
  clock.advance(100)
  expect(eviction.exceededMs()).toEqual({ total: 700, current: 0 })
  eviction.resetStatistics()
  expect(eviction.exceededMs()).toEqual({ total: 0, current: 0 })
})

test.each<EvictionPolicy>(['allkeys-lru', 'allkeys-random', 'volatile-lru', 'volatile-random', 'volatile-ttl'])(
  '%s leaves what is pinned, and what the server keeps for itself',
  (policy) => {
    const { keyspace, db, names, fill, squeeze } = setup(policy)
    fill(0, 200)
    for (let i = 0; i < 200; i++) db.setDeadline(Slice.from(`k${i}`), keyspace.nowMs + 100_000)
    keyspace.reserved = 15
    keyspace.databases[15].setString(Slice.from('own'), value)
    keyspace.databases[15].setDeadline(Slice.from('own'), keyspace.nowMs + 1)
    keyspace.pins = { size: 2, has: (_db, key) => /^k(3|150)$/.test(key.toLatin1()) }
    expect(squeeze(keyspace.arena.usedBytes)).toBe('full')
    expect(names()).toEqual(['k150', 'k3'])
    expect(names(15)).toEqual(['own'])
  },
)
