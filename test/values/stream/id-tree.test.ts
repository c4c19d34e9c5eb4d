import { SeededRandom } from '../../../src/base/index.js'
import { Arena } from '../../../src/memory/index.js'
import { StreamId } from '../../../src/values/index.js'
import { IdTree } from '../../../src/values/stream/id-tree.js'

const idAt = (number: number): StreamId => new StreamId().set(0, number >> 8, number & 3, number & 255)

/** Numbers whose IDs stand in the order of the IDs. */
const inOrder = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => idAt(a).compare(idAt(b)))

function setup(payloadWords: number) {
  const arena = new Arena()
  const tree = new IdTree(arena, payloadWords).open(new DataView(new ArrayBuffer(8)), 0)
  const all = (): string[] => {
    const found: string[] = []
    for (let more = tree.first(); more; more = tree.next()) found.push(tree.readId(new StreamId()).toString())
    return found
  }
  return { arena, tree, all }
}

test.each([
  [0, 'here and there'],
  [1, 'here and there'],
  [5, 'here and there'],
  [5, 'at the end, and gone from the beginning'],
])('with %i words each, %s: it answers as a sorted list does', (payloadWords, way) => {
  const { arena, tree, all } = setup(payloadWords)
  const random = new SeededRandom(payloadWords + way.length)
  const model = new Map<number, number>()
  const range = 20_000
  let wrong = 0
  for (let i = 0; i < 40_000; i++) {
    const isGrowing = i % 10_000 < 6000
    const isSpread = way === 'here and there'
    const number = isSpread ? random.below(range) : isGrowing ? i : (model.keys().next().value ?? 0)
    if (isGrowing ? random.below(10) < 8 : random.below(10) < 1) {
      if (tree.insert(idAt(number)) === model.has(number)) wrong++
      if (payloadWords > 0) {
        if (!model.has(number) && tree.words[tree.payloadAt + payloadWords - 1] !== 0) wrong++
        tree.words[tree.payloadAt + payloadWords - 1] = i + 1
      }
      model.set(number, i + 1)
    } else if (tree.delete(idAt(number)) !== model.delete(number)) wrong++
    const other = idAt(random.below(range))
    const isThere = tree.find(other)
    if (isThere && payloadWords > 0 && tree.words[tree.payloadAt + payloadWords - 1] === 0) wrong++
    if (tree.size !== model.size) wrong++
  }
  expect(wrong).toBe(0)
  const sorted = inOrder(model.keys())
  expect(all()).toEqual(sorted.map((number) => idAt(number).toString()))
  if (payloadWords > 0) {
    for (const number of sorted) {
      tree.find(idAt(number))
      if (tree.words[tree.payloadAt + payloadWords - 1] !== model.get(number)) wrong++
    }
  }
  for (const number of model.keys()) if (!tree.delete(idAt(number))) wrong++
  expect(wrong).toBe(0)
  expect(arena.usedBytes).toBe(0)
})

test('it is sought from before and from behind', () => {
  const { tree } = setup(0)
  const numbers = new Set<number>()
  const random = new SeededRandom(1)
  for (let i = 0; i < 2000; i++) numbers.add(random.below(30_000))
  for (const number of numbers) tree.insert(idAt(number))
  const sorted = inOrder(numbers).map((number) => idAt(number))
  const id = new StreamId()
  let wrong = 0
  for (let i = 0; i < 3000; i++) {
    const wanted = idAt(random.below(30_000))
    const next = sorted.find((one) => one.compare(wanted) >= 0)
    const before = sorted.findLast((one) => one.compare(wanted) <= 0)
    if ((tree.seek(wanted) ? tree.readId(id).toString() : undefined) !== next?.toString()) wrong++
    if ((tree.seekBack(wanted) ? tree.readId(id).toString() : undefined) !== before?.toString()) wrong++
  }
  expect(wrong).toBe(0)
  const back: string[] = []
  for (let more = tree.last(); more; more = tree.previous()) back.push(tree.readId(id).toString())
  expect(back.reverse()).toEqual(sorted.map(String))
  expect(tree.bytes).toBeGreaterThan(2000 * 16)
})

test('what is appended fills its nodes', () => {
  const { tree } = setup(5)
  for (let i = 0; i < 10_000; i++) tree.insert(new StreamId().set(0, i, 0, 0))
  expect(tree.bytes / 10_000).toBeLessThan(36 * 1.1)
})

test('it is given back leaf by leaf, each entry being shown once', () => {
  const { arena, tree } = setup(1)
  for (let i = 1; i <= 5000; i++) {
    tree.insert(new StreamId().set(0, i, 0, 0))
    tree.words[tree.payloadAt] = i
  }
  const shown: number[] = []
  let pieces = 1
  while (tree.dropLeaf((words, at) => shown.push(words[at]))) pieces++
  expect(shown.sort((a, b) => a - b)).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1))
  expect(pieces).toBeGreaterThan(90)
  expect(arena.usedBytes).toBe(0)
})
