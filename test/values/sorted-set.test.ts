import { OutOfMemory, SeededRandom, Slice } from '../../src/base/index.js'
import { Arena, Mover, Records } from '../../src/memory/index.js'
import { SortedSetValue } from '../../src/values/index.js'
import { packedCountMax, setPackedCount } from '../../src/values/packed.js'

const seed = { low: 1, high: 2 }

function setup(packedEntriesMax = 128, packedMemberBytesMax = 64) {
  const arena = new Arena()
  const records = new Records(arena)
  const limits = { packedEntriesMax, packedMemberBytesMax }
  const view = new SortedSetValue(records, seed, limits)
  let ref = view.create(Slice.from('the sorted set'), 0)
  let isUnused = false
  const owner = { recordMoved: (moved: number) => void (ref = moved), recordUnused: () => void (isUnused = true) }
  const open = (): SortedSetValue => view.open(ref, owner)
  const members = (): [string, number][] => {
    const found: [string, number][] = []
    open().forEach((member, score) => found.push([member.toLatin1(), score]))
    return found
  }
  return { arena, records, limits, open, members, ref: () => ref, isUnused: () => isUnused }
}

const inOrder = (model: Map<string, number>): [string, number][] =>
  [...model].sort(([a, one], [b, other]) => one - other || (a < b ? -1 : a > b ? 1 : 0))

test.each([
  [128, 64, 60],
  [8, 64, 60],
  [128, 4, 60],
  [8, 64, 2000],
  [0, 64, 2],
])('a sorted set answers as a model does, packed up to %i members of %i bytes (of %i)', (entries, bytes, names) => {
  const { open, members, records, arena, ref } = setup(entries, bytes)
  const random = new SeededRandom(entries * 1000 + bytes + names)
  const model = new Map<string, number>()
  let wrong = 0
  for (let i = 0; i < 8000; i++) {
    const member = `m${random.below(names)}`
    const name = Slice.from(member)
    const luck = random.below(100)
    if (luck < 30) {
      if (open().delete(name) !== model.delete(member)) wrong++
    } else if (luck === 99 && model.size > 1) {
      const from = random.below(model.size - 1)
      const count = 1 + random.below(Math.min(20, model.size - from - 1))
      for (const [gone] of inOrder(model).slice(from, from + count)) model.delete(gone)
      open().deleteRange(from, count)
    } else {
      const score = random.below(10) - 5
      open().set(name, score)
      model.set(member, score)
    }
    const other = `m${random.below(names)}`
    const score = open().find(Slice.from(other))
    if (!Object.is(Number.isNaN(score) ? undefined : score, model.get(other))) wrong++
    if (open().length !== model.size) wrong++
    if (i % 100 !== 0) continue
    const wanted = inOrder(model)
    expect(members()).toEqual(wanted)
    if (open().rank(Slice.from(other)) !== wanted.findIndex(([name]) => name === other)) wrong++
    const { from, count } = open().spanOfScores({ min: -2, max: 3, isMinOpen: true, isMaxOpen: false })
    expect(wanted.slice(from, from + count)).toEqual(wanted.filter(([, score]) => score > -2 && score <= 3))
    const backwards: [string, number][] = []
    open().forEachIn(from, count, true, (member, score) => backwards.push([member.toLatin1(), score]))
    expect(backwards.reverse()).toEqual(wanted.slice(from, from + count))
  }
  expect(wrong).toBe(0)
  const remains = open().release()
  expect(remains === null).toBe(open().encoding === 'listpack')
  records.free(ref())
  while (remains?.dropPiece());
  expect(arena.usedBytes).toBe(0)
})

test.each([128, 8])('members of one score are found by their bytes, packed up to %i', (entries) => {
  const { open, members } = setup(entries)
  for (let i = 0; i < 60; i++) open().set(Slice.from(`m${String(i).padStart(3, '0')}`), 1)
  const bound = (text: string, isOpen: boolean) => ({ end: 0 as const, member: Slice.from(text), isOpen })
  const least = { end: -1 as const, member: Slice.from(''), isOpen: true }
  const last = { end: 1 as const, member: Slice.from(''), isOpen: true }
  const count = (min: typeof least | ReturnType<typeof bound>, max: typeof last | ReturnType<typeof bound>): number[] =>
    [false, true].map((reverse) => open().spanOfMembers({ min, max } as never, reverse).count)
  expect(count(least as never, last as never)).toEqual([60, 60])
  expect(count(last as never, least as never)).toEqual([0, 0])
  expect(count(bound('m010', false), bound('m020', false))).toEqual([11, 11])
  expect(count(bound('m010', true), bound('m020', true))).toEqual([9, 9])
  expect(count(bound('m020', false), bound('m010', false))).toEqual([0, 0])
  expect(count(bound('m05', false), last as never)).toEqual([10, 10])
  expect(count(least as never, bound('m', false))).toEqual([0, 0])
  expect(members()).toHaveLength(60)
})

test('a member too many and a member too long make a large one, which never packs again', () => {
  const { open } = setup(2, 4)
  open().set(Slice.from('a'), 1)
  open().set(Slice.from('b'), 2)
  expect(open().encoding).toBe('listpack')
  open().set(Slice.from('c'), 3)
  expect(open().encoding).toBe('skiplist')
  open().delete(Slice.from('c'))
  expect(open().encoding).toBe('skiplist')
  const other = setup(2, 4)
  other.open().set(Slice.from('12345'), 1)
  expect(other.open().encoding).toBe('skiplist')
})

test('a negative zero is kept by a large one, and by one in the making until it is made', () => {
  const { open, members } = setup()
  open().set(Slice.from('m'), -0)
  expect(members()).toEqual([['m', 0]])
  const large = setup(0)
  large.open().set(Slice.from('m'), -0)
  expect(large.members()).toEqual([['m', -0]])
  const draft = setup()
  draft.open().keepsNegativeZero = true
  draft.open().set(Slice.from('m'), -0)
  expect(draft.members()).toEqual([['m', -0]])
  draft.open().settle()
  expect(draft.members()).toEqual([['m', 0]])
})

test('random draws reach every member, packed or not', () => {
  for (const limit of [128, 2]) {
    const { open } = setup(limit)
    for (let i = 0; i < 20; i++) open().set(Slice.from(`m${i}`), i)
    const random = new SeededRandom(limit)
    const seen = new Set<string>()
    for (let i = 0; i < 2000; i++) open().random(random, (member, score) => seen.add(`${member.toLatin1()}=${score}`))
    expect(seen).toEqual(new Set(Array.from({ length: 20 }, (_, i) => `m${i}=${i}`)))
  }
})

test('a copy holds the same and is its own', () => {
  for (const limit of [128, 2]) {
    const { open, records, limits } = setup(limit)
    for (let i = 0; i < 200; i++) open().set(Slice.from(`m${i}`), i % 7)
    const copy = open().copyUnder(Slice.from('copy'), 0)
    open().set(Slice.from('m0'), 1000)
    const view = new SortedSetValue(records, seed, limits).open(copy, null)
    expect(view.length).toBe(200)
    expect(view.find(Slice.from('m0'))).toBe(0)
    expect(view.rank(Slice.from('m0'))).toBe(0)
    expect(view.encoding).toBe('skiplist')
  }
})

test('all that a large one holds can be moved, in steps, while it changes', () => {
  const { arena, open, members } = setup()
  const random = new SeededRandom(12)
  const model = new Map<string, number>()
  const change = (): void => {
    const member = `m${random.below(20_000)}`
    if (random.below(3) === 0 && open().delete(Slice.from(member))) model.delete(member)
    else {
      const score = random.below(300)
      open().set(Slice.from(member), score)
      model.set(member, score)
    }
  }
  // what lies between is freed, so that every chunk has holes
  const between = Array.from({ length: 30_000 }, () => (change(), arena.allocate(200)))
  for (const ref of between) arena.free(ref, 200)
  const mover = new Mover(arena)
  for (let pass = 0; pass < 3; pass++) {
    arena.beginLeaving(arena.usedBytes)
    for (let cursor = 0, steps = 0; steps === 0 || cursor !== 0; steps++) {
      mover.left = 300
      cursor = open().relocate(mover, cursor)
      for (let i = random.below(4); i > 0; i--) change()
    }
    arena.endLeaving()
    expect(members()).toEqual(inOrder(model))
    for (const [i, [member, score]] of inOrder(model).entries()) {
      if (i % 50 !== 0) continue
      expect(open().find(Slice.from(member))).toBe(score)
      expect(open().rank(Slice.from(member))).toBe(i)
    }
  }
  expect(mover.moved).toBeGreaterThan(10_000)
})

test('a packed one never has more members than its count can say, whatever is configured', () => {
  const { open, records, ref } = setup(100_000)
  open().set(Slice.from('m'), 1)
  setPackedCount(records.value(ref(), Slice.from('')), packedCountMax) // as if it had so many
  open().set(Slice.from('one more'), 2)
  expect(open().encoding).toBe('skiplist')
})

test('a member that finds no memory, at any allocation, changes nothing and leaves nothing behind', () => {
  const { arena, open, members } = setup(4)
  const { allocate } = arena
  let left = Infinity
  arena.allocate = (bytes) => {
    if (left-- <= 0) throw new OutOfMemory('no more')
    return allocate.call(arena, bytes)
  }
  open().set(Slice.from('first'), 0)
  const random = new SeededRandom(9)
  for (let i = 0; i < 3000; i++) {
    const member = Slice.from(`member ${random.below(1500)}`)
    const before = i % 50 === 0 ? members() : null
    const used = arena.usedBytes
    left = random.below(12)
    try {
      open().set(member, random.below(1000))
    } catch (error) {
      expect(error).toBeInstanceOf(OutOfMemory)
      expect(arena.usedBytes).toBe(used)
      left = Infinity
      if (before !== null) expect(members()).toEqual(before)
    }
    left = Infinity
  }
  const all = members()
  expect(all.length).toBeGreaterThan(500)
  expect(all.map(([, score]) => score)).toEqual(all.map(([, score]) => score).sort((a, b) => a - b))
  expect(new Set(all.map(([member]) => member)).size).toBe(all.length)
})

test('a new sorted set that finds no memory for its first member is given up', () => {
  const { arena, open, isUnused } = setup()
  arena.allocate = () => {
    throw new OutOfMemory('no more')
  }
  expect(() => open().set(Slice.from('member'), 1)).toThrow(OutOfMemory)
  expect(isUnused()).toBe(true)
})

test('a hundred thousand members take less than 80 bytes each', () => {
  const { arena, open } = setup()
  const set = open()
  const random = new SeededRandom(3)
  for (let i = 0; i < 100_000; i++) set.set(Slice.from(`element:${String(i).padStart(8, '0')}`), random.below(1e6))
  expect(arena.usedBytes / 100_000).toBeLessThan(80)
})
