import { SeededRandom, Slice } from '../../src/base/index.js'
import { Arena, Records } from '../../src/memory/index.js'
import { ListValue } from '../../src/values/index.js'

function setup(listpackSize = -2) {
  const arena = new Arena()
  const records = new Records(arena)
  const limits = { listpackSize }
  const list = new ListValue(records, limits)
  let ref = list.create(Slice.from('the list'), 0)
  const owner = { recordMoved: (moved: number) => void (ref = moved), recordUnused: () => {} }
  const open = (): ListValue => list.open(ref, owner)
  const push = (...values: string[]): void => values.forEach((value) => open().push(Slice.from(value), false))
  const free = (): void => {
    const remains = open().release()
    records.free(ref)
    if (remains !== null) while (remains.dropPiece());
  }
  return { arena, records, limits, open, push, free, ref: () => ref }
}

function contentOf(list: ListValue, towardsTail = true): string[] {
  const found: string[] = []
  list.walk(towardsTail ? 0 : list.length - 1, list.length, towardsTail, (element) => found.push(element.toLatin1()))
  return found
}

/** Texts of every form: short, long, integers of each width, and what only looks like one. */
function someValue(random: SeededRandom, kin = ''): string {
  if (kin !== '' && random.below(40) !== 0) return kin + '0123456789'.slice(random.below(10)).repeat(random.below(3))
  const kind = random.below(20)
  if (kind < 6) return `value ${random.below(30)}`
  if (kind < 9) return String(random.below(50) - 25)
  if (kind < 12) return String((random.below(2) === 0 ? -1 : 1) * Math.floor(2 ** (random.below(530) / 10)))
  if (kind === 12) return '-9223372036854775808'
  if (kind === 13) return ['007', '+1', '-0', '', '9223372036854775808', '-', '1e3'][random.below(7)]
  if (kind < 19) return 'v'.repeat(random.below(random.below(4) === 0 ? 700 : 40))
  return 'long'.repeat(random.below(random.below(3) === 0 ? 6000 : 700))
}

/** Does the same to the list and to an array; whether both answered alike. */
function step(random: SeededRandom, list: ListValue, model: string[], kin = ''): boolean {
  const value = someValue(random, kin)
  const bytes = Slice.from(value)
  const fromHead = random.below(2) === 0
  const index = random.below(model.length + 1)
  switch (random.below(12)) {
    case 0:
    case 1:
    case 2:
      list.push(bytes, fromHead)
      if (fromHead) model.unshift(value)
      else model.push(value)
      return true
    case 3:
    case 4: {
      if (model.length < 2) return true
      const same = list.end(fromHead).toLatin1() === (fromHead ? model[0] : model.at(-1))
      list.drop(fromHead, 1)
      if (fromHead) model.shift()
      else model.pop()
      return same
    }
    case 5: {
      const count = random.below(Math.min(model.length, random.below(10) === 0 ? 400 : 4))
      list.drop(fromHead, count)
      model.splice(fromHead ? 0 : model.length - count, count)
      return true
    }
    case 6:
      list.insert(index, bytes)
      model.splice(index, 0, value)
      return true
    case 7:
      if (index === model.length) return list.at(index) === null
      list.set(index, bytes)
      model[index] = value
      return true
    case 8: {
      if (model.length < 200) return true
      const target = model[random.below(model.length)]
      const most = random.below(3) === 0 ? Infinity : 1 + random.below(3)
      if (!fromHead) model.reverse()
      let removed = 0
      const left = model.filter((element) => element !== target || removed === most || removed++ < 0)
      model.splice(0, Infinity, ...left)
      if (!fromHead) model.reverse()
      return list.removeEqual(Slice.from(target), fromHead, most) === removed
    }
    case 9: {
      if (index === model.length) return true
      const found: number[] = []
      list.search(Slice.from(model[index]), fromHead, 500, (passed) => found.push(passed) < 3)
      const order = fromHead ? model : model.toReversed()
      const wanted = [...order.slice(0, 500).entries()].filter(([, element]) => element === model[index])
      return found.join() === wanted.slice(0, 3).map(([passed]) => passed).join() // prettier-ignore
    }
    case 10: {
      const seen: string[] = []
      const count = Math.min(50, fromHead ? model.length - index : index)
      list.walk(fromHead ? index : index - 1, count, fromHead, (element) => seen.push(element.toLatin1()))
      const wanted = fromHead ? model.slice(index, index + count) : model.slice(index - count, index).toReversed()
      return seen.join() === wanted.join()
    }
    default:
      return (list.at(index)?.toLatin1() ?? null) === (model[index] ?? null)
  }
}

test.each([-2, -1, -5, 1, 3, 100, 0])('a list answers as an array does, with list-max-listpack-size %i', (size) => {
  const { open, arena, free } = setup(size)
  const random = new SeededRandom(100 + size)
  const model: string[] = []
  let wrong = 0
  for (let i = 0; i < 6000; i++) {
    if (!step(random, open(), model)) wrong++
    if (open().length !== model.length) wrong++
    if (i % 500 === 0) expect(contentOf(open())).toEqual(model)
  }
  expect(wrong).toBe(0)
  expect(contentOf(open())).toEqual(model)
  expect(contentOf(open(), false)).toEqual(model.toReversed())
  free()
  expect(arena.usedBytes).toBe(0)
})

test.each(['job:', 'a common beginning '.repeat(12), 'b'.repeat(300)])(
  'a list whose elements begin alike answers as an array does (%s)',
  (kin) => {
    const { open, limits, arena, free } = setup(-2)
    const random = new SeededRandom(kin.length)
    const model: string[] = []
    let wrong = 0
    for (let i = 0; i < 12_000; i++) {
      limits.listpackSize = [-2, 20, -1, 60][i >>> 11] ?? -2
      if (!step(random, open(), model, kin)) wrong++
      if (i % 4 === 0) {
        const value = someValue(random, kin)
        open().push(Slice.from(value), i % 8 === 0)
        if (i % 8 === 0) model.unshift(value)
        else model.push(value)
      }
      if (open().length !== model.length) wrong++
      if (i % 1000 === 0) expect(contentOf(open())).toEqual(model)
    }
    expect(wrong).toBe(0)
    expect(contentOf(open())).toEqual(model)
    expect(contentOf(open(), false)).toEqual(model.toReversed())
    free()
    expect(arena.usedBytes).toBe(0)
  },
)

test('limits may change while a list is there', () => {
  const { open, limits, free, arena } = setup(-5)
  const random = new SeededRandom(9)
  const model: string[] = []
  for (let i = 0; i < 8000; i++) {
    if (i % 200 === 0) limits.listpackSize = [-5, -1, 2, -2, 500][random.below(5)]
    expect(step(random, open(), model)).toBe(true)
  }
  expect(contentOf(open())).toEqual(model)
  free()
  expect(arena.usedBytes).toBe(0)
})

test('elements equal to none of many are looked for in all chunks', () => {
  const { open } = setup(4)
  for (let i = 0; i < 1000; i++) open().push(Slice.from(`e${i}`), i % 2 === 0)
  const found: number[] = []
  open().search(Slice.from('e999'), true, Infinity, (passed) => found.push(passed) > 0)
  expect(found).toEqual([999])
  expect(open().removeEqual(Slice.from('none'), true, Infinity)).toBe(0)
})

test('a list that is a queue does not grow, whichever way it runs', () => {
  for (const fromHead of [true, false]) {
    const { open, arena } = setup()
    for (let i = 0; i < 3000; i++) open().push(Slice.from(`job number ${i}`), !fromHead)
    const before = arena.usedBytes
    let wrong = 0
    for (let i = 3000; i < 100_000; i++) {
      open().push(Slice.from(`job number ${i}`), !fromHead)
      if (open().end(fromHead).toLatin1() !== `job number ${i - 3000}`) wrong++
      open().drop(fromHead, 1)
    }
    expect(wrong).toBe(0)
    expect(arena.usedBytes).toBeLessThan(before * 1.5)
  }
})

test('what is deleted in the middle gives its memory back', () => {
  const { open, arena } = setup()
  for (let i = 0; i < 100_000; i++) open().push(Slice.from(i % 100 === 0 ? `kept ${i}` : 'gone'), false)
  const before = arena.usedBytes
  expect(open().removeEqual(Slice.from('gone'), false, Infinity)).toBe(99_000)
  expect(open().length).toBe(1000)
  expect(arena.usedBytes).toBeLessThan(before / 8)
  expect(contentOf(open()).slice(-2)).toEqual(['kept 99800', 'kept 99900'])
})

test('a million elements take little more than their bytes', () => {
  const { open, arena } = setup()
  const element = Slice.from('0123456789ab')
  for (let i = 0; i < 1_000_000; i++) open().push(element, (i & 1) === 0)
  expect(arena.usedBytes / 1_000_000).toBeLessThan(12 + 1.1)
  const names = setup()
  for (let i = 0; i < 1_000_000; i++) names.open().push(Slice.from(`val:${String(i).padStart(12, '0')}`), false)
  expect(names.arena.usedBytes / 1_000_000).toBeLessThan(6)
  const integers = setup()
  const number = Slice.from('1234567')
  for (let i = 0; i < 1_000_000; i++) integers.open().push(number, false)
  expect(integers.arena.usedBytes / 1_000_000).toBeLessThan(4.1)
})

test('an element of any length has its place, and a copy of it', () => {
  const { open, records, arena, free } = setup()
  const lengths = [0, 239, 240, 8170, 8180, 8190, 70_000, 1_100_000]
  for (const length of lengths) open().push(Slice.from('x'.repeat(length)), false)
  open().insert(4, Slice.from('y'.repeat(9000)))
  open().set(0, Slice.from('z'.repeat(9000)))
  open().set(7, Slice.from('short'))
  const wanted = [9000, 239, 240, 8170, 9000, 8180, 8190, 5, 1_100_000]
  expect(contentOf(open()).map(({ length }) => length)).toEqual(wanted)
  const copy = open().copyUnder(Slice.from('copy'), 0)
  free()
  const view = new ListValue(records, { listpackSize: -2 })
  expect(contentOf(view.open(copy, null)).map(({ length }) => length)).toEqual(wanted)
  expect(view.removeEqual(Slice.from('y'.repeat(9000)), true, Infinity)).toBe(1)
  const remains = view.release()
  records.free(copy)
  while (remains!.dropPiece());
  expect(arena.usedBytes).toBe(0)
})

test('a copy of a packed list is its own', () => {
  const { open, push, records } = setup()
  push('a', 'b')
  const copy = open().copyUnder(Slice.from('copy'), 0)
  push('c')
  expect(contentOf(new ListValue(records, { listpackSize: -2 }).open(copy, null))).toEqual(['a', 'b'])
  expect(contentOf(open())).toEqual(['a', 'b', 'c'])
})

test('what is left behind is given back in pieces', () => {
  const { open, records, ref, arena } = setup(1)
  for (let i = 0; i < 5000; i++) open().push(Slice.from(`element ${i}`), false)
  const remains = open().release()!
  records.free(ref())
  expect(remains.size).toBe(5000)
  let pieces = 1
  while (remains.dropPiece()) pieces++
  expect(pieces).toBeGreaterThan(5)
  expect(arena.usedBytes).toBe(0)
})
