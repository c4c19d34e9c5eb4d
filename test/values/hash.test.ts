import { SeededRandom, Slice } from '../../src/base/index.js'
import { Arena, Records } from '../../src/memory/index.js'
import { HashValue, setFieldsOrNone } from '../../src/values/index.js'
import { packedCountMax, setPackedCount } from '../../src/values/packed.js'

const seed = { low: 1, high: 2 }

function setup(packedEntriesMax = 512, packedValueBytesMax = 64) {
  const arena = new Arena()
  const records = new Records(arena)
  const hash = new HashValue(records, seed, { packedEntriesMax, packedValueBytesMax })
  let ref = hash.create(Slice.from('the hash'), 0)
  const owner = { recordMoved: (moved: number) => void (ref = moved), recordUnused: () => {} }
  const open = (): HashValue => hash.open(ref, owner)
  const content = (): Map<string, string> => {
    const found = new Map<string, string>()
    open().forEach((field, value) => found.set(field.toLatin1(), value.toLatin1()))
    return found
  }
  return { arena, records, open, content, ref: () => ref }
}

test.each([
  [512, 64],
  [8, 64],
  [512, 5],
])('a hash answers as a Map does, packed up to %i entries of %i bytes', (entries, bytes) => {
  const { open, content, records, arena, ref } = setup(entries, bytes)
  const random = new SeededRandom(entries * 1000 + bytes)
  const model = new Map<string, string>()
  let wrong = 0
  for (let i = 0; i < 8000; i++) {
    const field = `field ${random.below(40)}`
    if (random.below(3) === 0) {
      if (open().delete(Slice.from(field)) !== model.delete(field)) wrong++
    } else {
      const value = 'v'.repeat(random.below(random.below(20) === 0 ? 400 : 70))
      if (open().set(Slice.from(field), Slice.from(value)) === model.has(field)) wrong++
      model.set(field, value)
    }
    const other = `field ${random.below(40)}`
    if (open().get(Slice.from(other))?.toLatin1() !== model.get(other)) wrong++
    if (open().length !== model.size) wrong++
  }
  expect(wrong).toBe(0)
  expect(content()).toEqual(model)
  const remains = open().release()
  expect(remains === null).toBe(open().encoding === 'listpack')
  records.free(ref())
  while (remains?.dropPiece());
  expect(arena.usedBytes).toBe(0)
})

test('a packed hash keeps the order of its fields', () => {
  const { open, content } = setup()
  for (const field of ['b', 'a', 'c']) open().set(Slice.from(field), Slice.from('1'))
  open().set(Slice.from('a'), Slice.from('a longer value'))
  expect([...content().keys()]).toEqual(['b', 'a', 'c'])
})

test('an entry too many and a value too long make a table, which never packs again', () => {
  const { open } = setup(2, 4)
  open().set(Slice.from('a'), Slice.from('1'))
  open().set(Slice.from('b'), Slice.from('2'))
  expect(open().encoding).toBe('listpack')
  open().set(Slice.from('c'), Slice.from('3'))
  expect(open().encoding).toBe('hashtable')
  open().delete(Slice.from('c'))
  expect(open().encoding).toBe('hashtable')
  const other = setup(2, 4)
  other.open().set(Slice.from('a'), Slice.from('12345'))
  expect(other.open().encoding).toBe('hashtable')
})

test('random draws reach every field, packed or not', () => {
  for (const limit of [512, 2]) {
    const { open } = setup(limit)
    for (let i = 0; i < 20; i++) open().set(Slice.from(`f${i}`), Slice.from(`v${i}`))
    const random = new SeededRandom(limit)
    const seen = new Set<string>()
    for (let i = 0; i < 2000; i++)
      open().random(random, (field, value) => seen.add(`${field.toLatin1()}=${value.toLatin1()}`))
    expect(seen).toEqual(new Set(Array.from({ length: 20 }, (_, i) => `f${i}=v${i}`)))
  }
})

test('a copy holds the same and is its own', () => {
  for (const limit of [512, 2]) {
    const { open, records } = setup(limit)
    for (let i = 0; i < 20; i++) open().set(Slice.from(`f${i}`), Slice.from(`v${i}`))
    const copy = open().copyUnder(Slice.from('copy'), 0)
    open().set(Slice.from('f0'), Slice.from('changed'))
    const view = new HashValue(records, seed, { packedEntriesMax: limit, packedValueBytesMax: 64 }).open(copy, null)
    expect(view.length).toBe(20)
    expect(view.get(Slice.from('f0'))?.toLatin1()).toBe('v0')
  }
})

test('a packed hash never has more entries than its count can say, whatever is configured', () => {
  const { open, records, ref } = setup(100_000)
  open().set(Slice.from('f'), Slice.from('v'))
  setPackedCount(records.value(ref(), Slice.from('')), packedCountMax) // as if it had so many
  expect(open().set(Slice.from('one more'), Slice.from('v'))).toBe(true)
  expect(open().encoding).toBe('hashtable')
})

test('a value that is too long for the compact form ends it, though the same call replaces the value', () => {
  const { open, content } = setup()
  const items = ['f', 'v'.repeat(65), 'g', '1', 'f', '2'].map((text) => Slice.from(text))
  expect(setFieldsOrNone(open(), { at: (i) => items[i] }, 0, items.length, false, 0)).toBe(2)
  expect(open().encoding).toBe('hashtable')
  expect(content()).toEqual(new Map([['f', '2'], ['g', '1']])) // prettier-ignore
})
