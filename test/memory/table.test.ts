import { SeededRandom, Slice, borrowed } from '../../src/base/index.js'
import { Arena, Flag, Records, Table, type Ref } from '../../src/memory/index.js'

const seed = { low: 0x01234567, high: 0x09abcdef }

function setup() {
  const arena = new Arena()
  const records = new Records(arena)
  const table = new Table(records, seed)
  table.create()
  const put = (key: string, value: string, flags = 0): void => {
    const name = Slice.from(key)
    const hash = table.hash(name)
    const bytes = Slice.from(value)
    const found = table.find(name, hash)
    if (found === 0) {
      const ref = records.create(name, bytes.length, flags, 0)
      write(ref, value)
      table.insert(hash, ref)
    } else {
      const ref = records.resize(found, bytes.length)
      table.replace(ref)
      write(ref, value)
    }
  }
  const write = (ref: Ref, value: string): void => {
    const to = records.value(ref, borrowed())
    to.region.bytes.write(value, to.start)
  }
  const get = (key: string): string | undefined => {
    const name = Slice.from(key)
    const ref = table.find(name, table.hash(name))
    return ref === 0 ? undefined : records.value(ref, borrowed()).toUtf8()
  }
  const remove = (key: string): boolean => {
    const name = Slice.from(key)
    const ref = table.find(name, table.hash(name))
    if (ref === 0) return false
    table.remove()
    records.free(ref)
    return true
  }
  const key = (ref: Ref): string => records.key(ref, borrowed()).toUtf8()
  return { arena, records, table, put, get, remove, key }
}

test('a table answers as a Map does under random puts and removes, through growth and shrinking', () => {
  const { table, put, get, remove, arena } = setup()
  const random = new SeededRandom(7)
  const model = new Map<string, string>()
  let wrong = 0
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 40_000; i++) {
      const key = `key:${random.below(60_000)}`
      const growing = round % 2 === 0
      if (random.below(10) < (growing ? 8 : 1)) {
        const value = 'v'.repeat(random.below(40)) + i
        put(key, value)
        model.set(key, value)
      } else {
        if (remove(key) !== model.delete(key)) wrong++
      }
    }
    if (round === 3) {
      for (const key of [...model.keys()]) {
        if (!remove(key)) wrong++
        model.delete(key)
      }
      expect(table.size).toBe(0)
    }
    expect(table.size).toBe(model.size)
    for (const [key, value] of model) if (get(key) !== value) wrong++
    expect(wrong).toBe(0)
  }
  let seen = 0
  table.forEach(() => seen++)
  expect(seen).toBe(model.size)
  let records = 0
  while (table.dropSegment(() => records++));
  expect(records).toBe(model.size)
  expect(arena.usedBytes).toBeGreaterThan(0)
})

test('all memory of a table comes back when its records are freed and it is dropped', () => {
  const { table, put, records, arena } = setup()
  for (let i = 0; i < 30_000; i++) put(`k${i}`, 'value')
  while (table.dropSegment((ref) => records.free(ref)));
  expect(arena.usedBytes).toBe(0)
})

test('a scan visits what stays in the table at least once, while other keys come and go', () => {
  const { table, put, remove, key } = setup()
  const random = new SeededRandom(11)
  for (let i = 0; i < 5_000; i++) put(`stays:${i}`, '')
  const seen = new Set<string>()
  let cursor = 0
  let next = 0
  let calls = 0
  do {
    cursor = table.scan(cursor, 1 + random.below(30), (ref) => seen.add(key(ref)))
    calls++
    if (calls < 600) for (let i = 0; i < 60; i++) put(`comes:${next++}`, '')
    else for (let i = 0; i < 200 && next > 0; i++) remove(`comes:${--next}`)
  } while (cursor !== 0)
  for (let i = 0; i < 5_000; i++) expect(seen.has(`stays:${i}`)).toBe(true)
})

test('a scan of a table at rest visits each record once', () => {
  const { table, put, key } = setup()
  for (let i = 0; i < 20_000; i++) put(`k${i}`, '')
  const seen: string[] = []
  let cursor = 0
  do cursor = table.scan(cursor, 100, (ref) => seen.push(key(ref)))
  while (cursor !== 0)
  expect(seen.length).toBe(20_000)
  expect(new Set(seen).size).toBe(20_000)
})

test('the sweep finds the records with a deadline and no others', () => {
  const { table, put, records, key } = setup()
  for (let i = 0; i < 20_000; i++) put(`k${i}`, 'x')
  const expected = new Set<string>()
  for (let i = 0; i < 20_000; i += 7) {
    const name = Slice.from(`k${i}`)
    const ref = table.find(name, table.hash(name))
    const moved = records.reshape(ref, records.flags(ref) | Flag.deadline)
    records.writeDeadline(moved, 1000 + i)
    table.replace(moved)
    table.setVolatile(true)
    expected.add(`k${i}`)
  }
  expect(table.volatileSize).toBe(expected.size)
  const found = new Set<string>()
  let cursor = 0
  do {
    const refs: Ref[] = []
    cursor = table.sweepVolatile(cursor, 500, refs)
    for (const ref of refs) found.add(key(ref))
  } while (cursor !== 0)
  expect(found).toEqual(expected)
})

test('random draws reach every record of a small and of a thinned table', () => {
  const { table, put, remove, key } = setup()
  const random = new SeededRandom(3)
  expect(table.random(random)).toBe(0)
  for (let i = 0; i < 20_000; i++) put(`k${i}`, '')
  for (let i = 20; i < 20_000; i++) remove(`k${i}`)
  const seen = new Set<string>()
  for (let i = 0; i < 4_000; i++) seen.add(key(table.random(random)))
  expect(seen.size).toBe(20)
})

test('what records take is their sum, or an estimate from as many as one is willing to look at', () => {
  const { records, table, put } = setup()
  expect(table.bytesWithRecords(0)).toBe(table.bytes)
  for (let i = 0; i < 20_000; i++) put(`key ${i}`, 'x'.repeat(i % 50))
  let sum = table.bytes
  table.forEach((ref) => (sum += records.bytes(ref)))
  expect(table.bytesWithRecords(0)).toBe(sum)
  const estimate = table.bytesWithRecords(1000) // the seed is fixed, so this is the same each time
  expect(Math.abs(estimate / sum - 1)).toBeLessThan(0.05)
  expect(estimate).not.toBe(sum)
})
