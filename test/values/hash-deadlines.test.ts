import { SeededRandom, Slice } from '../../src/base/index.js'
import { Arena, Records } from '../../src/memory/index.js'
import { HashValue, type DeadlinePass } from '../../src/values/index.js'

const seed = { low: 1, high: 2 }

function setup(packedEntriesMax = 512, packedValueBytesMax = 64) {
  const records = new Records(new Arena())
  const time = { nowMs: 1000 }
  const limits = { packedEntriesMax, packedValueBytesMax }
  const hash = new HashValue(records, seed, limits, time)
  let ref = hash.create(Slice.from('the hash'), 0)
  const owner = { recordMoved: (moved: number) => void (ref = moved), recordUnused: () => {} }
  const open = (): HashValue => hash.open(ref, owner)
  const content = (view = open()): Map<string, string> => {
    const found = new Map<string, string>()
    view.forEach((field, value, at) => found.set(field.toLatin1(), `${value.toLatin1()} @${at}`))
    return found
  }
  return { records, time, limits, open, content, ref: () => ref }
}

type Setup = ReturnType<typeof setup>

function dropAll({ open }: Setup, slots = 16): DeadlinePass {
  const pass = { expired: 0, nearestMs: Infinity }
  for (let cursor = 0; (cursor = open().dropExpired(cursor, slots, pass)) !== 0;);
  return pass
}

test.each([
  [512, 64],
  [8, 64],
  [512, 5],
])('fields and deadlines are those of a model, packed up to %i entries of %i bytes', (entries, bytes) => {
  const tested = setup(entries, bytes)
  const { open, content, time, records, ref } = tested
  const random = new SeededRandom(entries * 1000 + bytes)
  const model = new Map<string, { value: string; at: number }>()
  const isPast = (at: number): boolean => at !== 0 && at < time.nowMs
  const seen = (field: string) => {
    const found = model.get(field)
    return found === undefined || isPast(found.at) ? undefined : found
  }
  let wrong = 0
  for (let i = 0; i < 8000; i++) {
    const field = `field ${random.below(30)}`
    const known = seen(field)
    const way = random.below(6)
    if (way === 0) {
      if (open().delete(Slice.from(field)) !== (known !== undefined)) wrong++
      if (known !== undefined) model.delete(field)
    } else if (way < 3) {
      const value = 'v'.repeat(random.below(random.below(20) === 0 ? 400 : 70))
      const isKept = random.below(2) === 0
      if (open().set(Slice.from(field), Slice.from(value), isKept) !== (known === undefined)) wrong++
      model.set(field, { value, at: isKept ? (known?.at ?? 0) : 0 })
    } else if (way < 5 && known !== undefined) {
      const at = random.below(3) === 0 ? 0 : time.nowMs + random.below(200)
      open().setDeadline(Slice.from(field), at)
      model.set(field, { value: known.value, at })
    } else if (random.below(20) === 0) {
      const { expired, nearestMs } = dropAll(tested)
      const past = [...model].filter(([, { at }]) => isPast(at))
      for (const [name] of past) model.delete(name)
      const left = [...model.values()].map(({ at }) => at).filter((at) => at !== 0)
      if (expired !== past.length || nearestMs !== Math.min(Infinity, ...left)) wrong++
    }
    time.nowMs += random.below(8)
    const other = `field ${random.below(30)}`
    if (open().get(Slice.from(other))?.toLatin1() !== seen(other)?.value) wrong++
    if (open().deadline(Slice.from(other)) !== (seen(other)?.at ?? null)) wrong++
    if (open().length !== model.size) wrong++
    const hasDeadlines = [...model.values()].some(({ at }) => at !== 0)
    if (open().hasDeadlines !== hasDeadlines) wrong++
    if (open().encoding === 'listpackex' && !hasDeadlines) wrong++
  }
  expect(wrong).toBe(0)
  const live = [...model].filter(([, { at }]) => !isPast(at))
  expect(content()).toEqual(new Map(live.map(([field, { value, at }]) => [field, `${value} @${at}`])))
  expect(open().liveLength).toBe(live.length)
  const remains = open().release()
  records.free(ref())
  while (remains?.dropPiece());
  expect(records.arena.usedBytes).toBe(0)
})

test('a hash is listpackex while a field of it has a deadline', () => {
  const { open } = setup()
  open().set(Slice.from('a'), Slice.from('1'))
  open().set(Slice.from('b'), Slice.from('2'))
  expect(open().encoding).toBe('listpack')
  open().setDeadline(Slice.from('a'), 5000)
  expect(open().encoding).toBe('listpackex')
  open().set(Slice.from('a'), Slice.from('3'))
  expect(open().encoding).toBe('listpack')
  open().setDeadline(Slice.from('b'), 5000)
  open().delete(Slice.from('b'))
  expect(open().encoding).toBe('listpack')
})

test('a field lives through the millisecond of its deadline', () => {
  const { open, time } = setup()
  open().set(Slice.from('a'), Slice.from('1'))
  open().setDeadline(Slice.from('a'), 2000)
  time.nowMs = 2000
  expect(open().get(Slice.from('a'))).not.toBeNull()
  time.nowMs = 2001
  expect(open().get(Slice.from('a'))).toBeNull()
})

test.each([512, 2])('a copy has the deadlines too (packed up to %i)', (limit) => {
  const { open, records, limits, time } = setup(limit)
  for (let i = 0; i < 20; i++) open().set(Slice.from(`f${i}`), Slice.from(`v${i}`))
  for (let i = 0; i < 20; i += 2) open().setDeadline(Slice.from(`f${i}`), 2000 + i)
  const copy = open().copyUnder(Slice.from('copy'), 0)
  const view = new HashValue(records, seed, limits, time).open(copy, null)
  expect(view.encoding).toBe(open().encoding)
  for (let i = 0; i < 20; i++) expect(view.deadline(Slice.from(`f${i}`))).toBe(i % 2 === 0 ? 2000 + i : 0)
})

test.each([512, 2])('only fields that can be seen are drawn (packed up to %i)', (limit) => {
  const { open, time } = setup(limit)
  for (let i = 0; i < 40; i++) open().set(Slice.from(`f${i}`), Slice.from('v'))
  for (let i = 2; i < 40; i++) open().setDeadline(Slice.from(`f${i}`), 1500)
  time.nowMs = 3000
  const random = new SeededRandom(limit)
  const drawn = new Set<string>()
  for (let i = 0; i < 200; i++) open().random(random, (field) => drawn.add(field.toLatin1()))
  expect(drawn).toEqual(new Set(['f0', 'f1']))
})
