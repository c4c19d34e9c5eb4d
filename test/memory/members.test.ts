import { OutOfMemory, SeededRandom, Slice, borrowed } from '../../src/base/index.js'
import { Arena, Members, Records, Table, pieceBytesMax } from '../../src/memory/index.js'

const lengths = [0, 1, 3, 4, 5, 252, 253, 254, 255, 300, 70_000, pieceBytesMax - 5, pieceBytesMax - 4, 3_000_000]

test.each(lengths)('a member of %i bytes comes back as it went in, and all memory with it', (length) => {
  const arena = new Arena()
  const members = new Members(arena)
  const bytes = Slice.from(Buffer.alloc(length, 97))
  const ref = members.create(bytes)
  expect(members.key(ref, borrowed()).equals(bytes)).toBe(true)
  expect(members.hasKey(ref, bytes)).toBe(true)
  expect(members.hasKey(ref, Slice.from(Buffer.alloc(length + 1, 97)))).toBe(false)
  if (length > 0) {
    expect(members.hasKey(ref, Slice.from(Buffer.alloc(length - 1, 97)))).toBe(false)
    const other = Buffer.alloc(length, 97)
    other[length - 1] = 98
    expect(members.hasKey(ref, Slice.from(other))).toBe(false)
  }
  expect(members.bytes(ref)).toBe(arena.usedBytes)
  members.free(ref)
  expect(arena.usedBytes).toBe(0)
})

test('a member of 20 bytes takes 24', () => {
  const members = new Members(new Arena())
  expect(members.bytes(members.create(Slice.from('element:000000000001')))).toBe(24)
})

test('a large member that finds no memory leaves nothing behind', () => {
  const arena = new Arena()
  const members = new Members(arena)
  arena.allocateBlock = () => {
    throw new OutOfMemory('no more')
  }
  expect(() => members.create(Slice.from(Buffer.alloc(3_000_000)))).toThrow(OutOfMemory)
  expect(arena.usedBytes).toBe(0)
})

test('a drawn record can be removed as a found one can', () => {
  const arena = new Arena()
  const members = new Members(arena)
  const table = new Table(members, { low: 1, high: 2 })
  table.create()
  const model = new Set<string>()
  for (let i = 0; i < 20_000; i++) {
    const name = Slice.from(`member ${i}`)
    const hash = table.hash(name)
    table.find(name, hash)
    table.insert(hash, members.create(name))
    model.add(`member ${i}`)
  }
  const random = new SeededRandom(3)
  let wrong = 0
  while (table.size > 0) {
    const ref = table.random(random)
    if (!model.delete(members.key(ref, borrowed()).toLatin1())) wrong++
    table.remove()
    members.free(ref)
    const [left] = model
    if (left !== undefined && table.find(Slice.from(left), table.hash(Slice.from(left))) === 0) wrong++
  }
  expect([wrong, model.size]).toEqual([0, 0])
  while (table.dropSegment(() => {}));
  expect(arena.usedBytes).toBe(0)
})

test('members and whole records fill tables of their own side by side', () => {
  const arena = new Arena()
  const members = new Members(arena)
  const records = new Records(arena)
  const one = new Table(members, { low: 1, high: 2 })
  const other = new Table(records, { low: 1, high: 2 })
  one.create()
  other.create()
  const key = Slice.from('the same')
  const hash = one.hash(key)
  one.find(key, hash)
  one.insert(hash, members.create(key))
  expect(other.find(key, hash)).toBe(0)
  other.insert(hash, records.create(key, 0, 0, 0))
  expect(other.find(key, hash)).not.toBe(one.find(key, hash))
})
