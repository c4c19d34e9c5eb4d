import { OutOfMemory, SeededRandom, Slice } from '../../src/base/index.js'
import { Arena, Records } from '../../src/memory/index.js'
import { SetValue } from '../../src/values/index.js'

const seed = { low: 1, high: 2 }

function setup(integersMax = 512) {
  const arena = new Arena()
  const records = new Records(arena)
  const set = new SetValue(records, seed, { integersMax })
  let ref = set.create(Slice.from('the set'), 0)
  const owner = { recordMoved: (moved: number) => void (ref = moved), recordUnused: () => void (ref = 0) }
  const open = (): SetValue => set.open(ref, owner)
  const add = (...members: (string | number | bigint)[]): void => {
    for (const member of members) open().add(Slice.from(String(member)))
  }
  return { arena, records, open, add, members: () => membersOf(open()), ref: () => ref }
}

function membersOf(set: SetValue): string[] {
  const found: string[] = []
  set.forEach((member) => void found.push(member.toLatin1()))
  return found
}

const integers = [0, 1, -1, 127, 128, -32_768, 32_767, -32_769, 32_768, 65_536, -70_000, 2 ** 31 - 1, -(2 ** 31)]
const wide = [2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1].map(String)
const widest = ['9007199254740992', '-9007199254740993', '9223372036854775807', '-9223372036854775808']

test('integers stand in ascending order, whatever their width and the order they come in', () => {
  const all = [...integers.map(String), ...wide, ...widest]
  const sorted = all
    .map(BigInt)
    .sort((a, b) => (a < b ? -1 : 1))
    .map(String)
  for (let shift = 0; shift < all.length; shift++) {
    const { open, add, members } = setup()
    add(...all.slice(shift), ...all.slice(0, shift), ...all)
    expect(open().encoding).toBe('intset')
    expect(members()).toEqual(sorted)
    for (const text of all) expect(open().has(Slice.from(text))).toBe(true)
    for (const text of ['2', '-2', '40000', '9223372036854775806', '-9223372036854775807', '9223372036854775808', '+1', '01', '-0', ' 1', '', '1x']) {
      expect([text, open().has(Slice.from(text))]).toEqual([text, false])
    } // prettier-ignore
  }
})

test.each([
  ['integers', 512, (n: number) => String(n - 30)],
  ['a few integers', 8, (n: number) => String(n * 1000)],
  ['integers of all widths', 512, (n: number) => String((n % 2 ? -1n : 1n) * 3n ** BigInt(n % 40))],
  ['no integers at all', 0, (n: number) => String(n)],
  ['short strings', 512, (n: number) => `member ${n}`],
  ['integers and strings', 512, (n: number) => (n % 7 === 0 ? `s${n}` : String(n))],
  ['strings, one of them long', 512, (n: number) => (n === 60 ? 'x'.repeat(300) : `m${n}`)],
] as const)('a set of %s answers as a Set does', (_, integersMax, nameOf) => {
  const { open, members, records, arena, ref } = setup(integersMax)
  const random = new SeededRandom(integersMax + nameOf(1).length)
  const model = new Set<string>()
  let wrong = 0
  let range = 20
  for (let i = 0; i < 6000; i++) {
    if (i % 1000 === 0) range += 20 // from few to more than stay in a record
    const member = nameOf(random.below(range))
    if (random.below(3) === 0) {
      if (open().delete(Slice.from(member)) !== model.delete(member)) wrong++
    } else {
      if (open().add(Slice.from(member)) === model.has(member)) wrong++
      model.add(member)
    }
    const other = nameOf(random.below(range))
    if (open().has(Slice.from(other)) !== model.has(other)) wrong++
    if (open().length !== model.size) wrong++
    if (model.size > 0 && !model.has(open().draw(random).toLatin1())) wrong++
  }
  expect(wrong).toBe(0)
  expect(members().sort()).toEqual([...model].sort())
  const remains = open().release()
  records.free(ref())
  while (remains?.dropPiece() === true);
  expect(arena.usedBytes).toBe(0)
})

test('one integer too many, or anything else, makes it a hashtable for good', () => {
  const { open, add } = setup(3)
  add(1, 2, 3)
  expect(open().encoding).toBe('intset')
  add(3)
  expect(open().encoding).toBe('intset')
  add(4)
  expect(open().encoding).toBe('hashtable')
  open().delete(Slice.from('4'))
  expect(open().encoding).toBe('hashtable')
  const other = setup()
  other.add(1, 'x')
  expect(other.open().encoding).toBe('hashtable')
})

test.each([
  ['integers', Array.from({ length: 100 }, (_, i) => String(i * i * i))],
  ['a few strings', Array.from({ length: 20 }, (_, i) => `m${i}`)],
  ['a table', Array.from({ length: 3000 }, (_, i) => `m${i}`)],
])('%s: drawing and deleting takes each member once', (_, all) => {
  const { open, add } = setup()
  add(...all)
  const random = new SeededRandom(4)
  const drawn: string[] = []
  while (open().length > 0) {
    const set = open()
    drawn.push(set.draw(random).toLatin1())
    set.deleteDrawn()
  }
  expect(drawn.sort()).toEqual([...all].sort())
})

test.each([
  ['integers', (i: number) => String(i)],
  ['strings', (i: number) => `m${i}`],
  ['a table', (i: number) => `m${i}`.padEnd(70)],
])('of %s each member is drawn as often as any other', (_, nameOf) => {
  const { open, add } = setup()
  const random = new SeededRandom(5)
  for (let i = 0; i < 40; i++) add(nameOf(i))
  const counts = new Map<string, number>()
  for (let i = 0; i < 8000; i++) {
    const member = open().draw(random).toLatin1()
    counts.set(member, (counts.get(member) ?? 0) + 1)
  }
  expect(counts.size).toBe(40)
  expect(Math.min(...counts.values())).toBeGreaterThan(130) // 200 expected, with a deviation of 14
  expect(Math.max(...counts.values())).toBeLessThan(270)
})

test('a copy holds the same and is its own', () => {
  for (const all of [['1', '2', '3'], ['a', 'b', '3'], Array.from({ length: 500 }, (_, i) => `m${i}`)]) {
    const { open, add, records, members } = setup()
    add(...all)
    const copy = open().copyUnder(Slice.from('copy'), 0)
    open().delete(Slice.from(all[0]))
    const view = new SetValue(records, seed, { integersMax: 512 }).open(copy, null)
    expect(membersOf(view).sort()).toEqual([...all].sort())
    expect(view.encoding).toBe(open().encoding)
    expect(members()).toHaveLength(all.length - 1)
  }
})

test.each([
  ['a table of integers again', [...Array.from({ length: 600 }, (_, i) => String(i * 70_000))], 500, 'intset'],
  ['a few strings', Array.from({ length: 600 }, (_, i) => `m${i}`), 550, 'hashtable'],
  ['integers among strings that went', ['a', 'b', '1', '-4000000000', '9223372036854775807'], 2, 'intset'],
  ['a table that stays one', Array.from({ length: 300 }, (_, i) => `m${i}`.padEnd(70)), 250, 'hashtable'],
] as const)('laid out anew: %s', (_, all, gone, encoding) => {
  const { open, add, members, arena } = setup()
  add(...all)
  for (const member of all.slice(0, gone)) open().delete(Slice.from(member))
  const before = arena.usedBytes
  open().layOutAnew()
  expect(open().encoding).toBe(encoding)
  expect(members().sort()).toEqual([...all.slice(gone)].sort())
  expect(arena.usedBytes).toBeLessThanOrEqual(before)
  add('another')
  expect(open().has(Slice.from('another'))).toBe(true)
  expect(open().length).toBe(all.length - gone + 1)
})

test('a set that finds no memory keeps the members it had', () => {
  const { open, add, members, arena } = setup(100)
  const random = new SeededRandom(8)
  const { allocate } = arena
  const model = new Set<string>()
  for (let i = 0; i < 3000; i++) {
    const member = i < 150 ? String(i) : `member ${random.below(4000)}`
    const isScarce = random.below(2) === 0
    arena.allocate = (bytes) => {
      if (isScarce && random.below(3) === 0) throw new OutOfMemory('no more')
      return allocate.call(arena, bytes)
    }
    try {
      add(member)
      model.add(member)
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
      if (model.size === 0) return // the set is gone, as it must be
    }
    if (i === 2000) open().layOutAnew()
  }
  expect(members().sort()).toEqual([...model].sort())
})
