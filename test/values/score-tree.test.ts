import { SeededRandom, Slice } from '../../src/base/index.js'
import { Arena, Records, type Ref } from '../../src/memory/index.js'
import {
  childPlace,
  countPlace,
  memberPlace,
  membersBelow,
  nextPlace,
  nodeAt,
  nodeCapacity,
  nodeCount,
  nodeLevel,
  previousPlace,
  scorePlace,
} from '../../src/values/score-node.js'
import { ScoreTree } from '../../src/values/score-tree.js'

interface Entry {
  readonly score: number
  readonly member: string
}

const order = (a: Entry, b: Entry): number =>
  a.score - b.score || Buffer.compare(Buffer.from(a.member), Buffer.from(b.member))

function setup() {
  const arena = new Arena()
  const records = new Records(arena)
  const tree = new ScoreTree(records)
  tree.create()
  const refs = new Map<string, Ref>()
  const nameOf = (ref: Ref): string => records.key(ref, Slice.from('')).toLatin1()
  return {
    arena,
    tree,
    nameOf,
    insert({ score, member }: Entry): void {
      const ref = records.create(Slice.from(member), 8, 0, 0)
      refs.set(member, ref)
      tree.insert(score, Slice.from(member), ref)
    },
    remove({ score, member }: Entry): void {
      tree.remove(score, Slice.from(member), refs.get(member)!)
      records.free(refs.get(member)!)
    },
    rescore({ score, member }: Entry, newScore: number): void {
      tree.rescore(score, Slice.from(member), refs.get(member)!, newScore)
    },
    removeRange: (from: number, count: number): void =>
      tree.removeRange(from, count, tree.size, (ref) => records.free(ref)),
    all(): Entry[] {
      const found: Entry[] = []
      const { size } = tree
      if (size > 0) tree.walk(0, size, false)
      for (let left = size; left > 0; left--) {
        const member = nameOf(tree.step())
        found.push({ score: tree.steppedScore, member })
      }
      return found
    },
  }
}

/** What must hold of every node, however the tree came about. Returns the leaves, from left to right. */
function check({ arena, tree, nameOf }: ReturnType<typeof setup>): Ref[] {
  const leaves: Ref[] = []
  const least = (node: Ref, index: number): string => {
    const { view, words } = arena.regions[node >>> 20]
    const at = nodeAt(node)
    return `${view.getFloat64(scorePlace(at, index) << 2, true)} ${nameOf(words[memberPlace(at, index)])}`
  }
  const visit = (node: Ref, level: number): void => {
    const { words } = arena.regions[node >>> 20]
    const at = nodeAt(node)
    const count = nodeCount(words, at)
    if (nodeLevel(words, at) !== level) throw new Error(`a node of level ${nodeLevel(words, at)} on level ${level}`)
    if (count > nodeCapacity || (count === 0 && node !== tree.root)) throw new Error(`a node of ${count} entries`)
    if (level === 0) return void leaves.push(node)
    if (node === tree.root && count === 1) throw new Error('a root with one child')
    for (let i = 0; i < count; i++) {
      const child = words[childPlace(at, i)]
      visit(child, level - 1)
      if (words[countPlace(at, i)] !== membersBelow(arena.regions[child >>> 20].words, nodeAt(child)))
        throw new Error('a wrong count')
      if (least(node, i) !== least(child, 0)) throw new Error(`a child named ${least(node, i)}, not ${least(child, 0)}`)
    }
  }
  const root = arena.regions[tree.root >>> 20].words
  visit(tree.root, nodeLevel(root, nodeAt(tree.root)))
  leaves.forEach((leaf, i) => {
    const { words } = arena.regions[leaf >>> 20]
    if (words[previousPlace(nodeAt(leaf))] !== (leaves[i - 1] ?? 0)) throw new Error('a wrong link back')
    if (words[nextPlace(nodeAt(leaf))] !== (leaves[i + 1] ?? 0)) throw new Error('a wrong link on')
  })
  return leaves
}

/** A tree and a sorted list that are told the same. */
class Twin {
  readonly made = setup()
  readonly model: Entry[] = []

  #place(entry: Entry): number {
    let low = 0
    for (let high = this.model.length; low < high;) {
      const middle = (low + high) >>> 1
      if (order(this.model[middle], entry) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  insert(entry: Entry): void {
    this.made.insert(entry)
    this.model.splice(this.#place(entry), 0, entry)
  }

  rescoreAt(rank: number, score: number): void {
    const [{ member, score: old }] = this.model.splice(rank, 1)
    this.made.rescore({ member, score: old }, score)
    const entry = { score, member }
    this.model.splice(this.#place(entry), 0, entry)
  }

  removeAt(rank: number): void {
    this.made.remove(this.model[rank])
    this.model.splice(rank, 1)
  }

  removeRange(from: number, count: number): void {
    this.made.removeRange(from, count)
    this.model.splice(from, count)
  }

  same(): void {
    check(this.made)
    const line = ({ score, member }: Entry): string => `${score} ${member}`
    expect(this.made.all().map(line).join('\n') === this.model.map(line).join('\n')).toBe(true)
  }
}

const draw = (random: SeededRandom, scores: number, name: number): Entry => ({
  score: random.below(10) === 0 ? [Infinity, -Infinity, 0.5][random.below(3)] : random.below(scores) - scores / 2,
  member: `m${random.below(100)}:${name}${'x'.repeat(random.below(6))}`,
})

test.each([
  [1, 1, 'all of one score'],
  [2, 50, 'many of each score'],
  [3, 1_000_000, 'few of any score'],
])('a tree answers as a sorted list does (seed %i, %i scores: %s)', (seed, scores) => {
  const random = new SeededRandom(seed)
  const twin = new Twin()
  const { tree, nameOf } = twin.made
  for (let round = 0; round < 12_000; round++) {
    const isShrinking = round % 6000 > 3500
    const { length } = twin.model
    if (length > 0 && random.below(10) < (isShrinking ? 8 : 3)) {
      if (random.below(200) === 0) {
        const from = random.below(length)
        twin.removeRange(from, 1 + random.below(Math.min(300, length - from)))
      } else twin.removeAt(random.below(length))
    } else twin.insert(draw(random, scores, round))
    if (round % 1000 === 0) twin.same()
    if (twin.model.length === 0) continue
    const rank = random.below(twin.model.length)
    const { score, member } = twin.model[rank]
    const name = Slice.from(member)
    if (tree.rank(score, name) !== rank) throw new Error(`the rank of ${member}`)
    const found: string[] = []
    const count = Math.min(5, twin.model.length - rank)
    tree.walk(rank, tree.size, false)
    for (let left = count; left > 0; left--) found.push(nameOf(tree.step()))
    tree.walk(rank + count - 1, tree.size, true)
    for (let left = count; left > 0; left--) found.push(nameOf(tree.step()))
    const wanted = twin.model.slice(rank, rank + count).map((entry) => entry.member)
    if (found.join() !== [...wanted, ...[...wanted].reverse()].join()) throw new Error(`what stands at ${rank}`)
  }
  for (let i = 0; i < 500; i++) twin.insert(draw(random, scores, 20_000 + i))
  twin.same()
  const { score } = twin.model[twin.model.length >> 1]
  expect(tree.below(score, false)).toBe(twin.model.filter((entry) => entry.score < score).length)
  expect(tree.below(score, true)).toBe(twin.model.filter((entry) => entry.score <= score).length)
  expect(tree.below(Infinity, true)).toBe(twin.model.length)
  expect(tree.below(-Infinity, false)).toBe(0)
})

test.each([
  ['upwards', (i: number) => i],
  ['downwards', (i: number) => -i],
])('members that come in order, %s, leave leaves full', (_way, scoreOf) => {
  const twin = new Twin()
  for (let i = 0; i < 20_000; i++) twin.insert({ score: scoreOf(i), member: `m${i}` })
  twin.same()
  expect(check(twin.made).length).toBeLessThan(20_000 / nodeCapacity + 3)
})

test('members taken from either end, down to none', () => {
  for (const end of ['first', 'last']) {
    const twin = new Twin()
    for (let i = 0; i < 10_000; i++) twin.insert({ score: (i * 7919) % 10_000, member: `m${i}` })
    while (twin.model.length > 0) {
      twin.removeAt(end === 'first' ? 0 : twin.model.length - 1)
      if (twin.model.length % 97 === 0) twin.same()
    }
    expect(twin.made.tree.size).toBe(0)
  }
})

test('every other member removed leaves no sparse leaves in a row', () => {
  const random = new SeededRandom(5)
  const twin = new Twin()
  for (let i = 0; i < 20_000; i++) twin.insert({ score: random.below(1_000_000), member: `m${i}` })
  for (let rank = 19_999; rank >= 0; rank--) if (random.below(10) > 0) twin.removeAt(rank)
  twin.same()
  expect(check(twin.made).length).toBeLessThan((twin.model.length / nodeCapacity) * 3)
})

test('a score is changed in place where it stays between its neighbours, and elsewhere moves its member', () => {
  const random = new SeededRandom(8)
  const twin = new Twin()
  for (let i = 0; i < 3000; i++) twin.insert({ score: i * 10, member: `m${i}` })
  for (let i = 0; i < 5000; i++) {
    const rank = random.below(3000)
    const { score } = twin.model[rank]
    twin.rescoreAt(rank, random.below(3) === 0 ? random.below(30_000) : score + random.below(20) - 10)
    if (i % 500 === 0) twin.same()
  }
  twin.same()
})

test('a negative zero takes the place of a zero', () => {
  const twin = new Twin()
  for (let i = 0; i < 100; i++) twin.insert({ score: 0, member: `m${i}` })
  for (const rank of [0, 50, 99]) twin.rescoreAt(rank, -0)
  expect(twin.made.all().filter(({ score }) => Object.is(score, -0))).toHaveLength(3)
})

test('leaves of one member each give their members other scores', () => {
  const twin = new Twin()
  const { tree } = twin.made
  for (let i = 0; i < 2000; i++) twin.insert({ score: i, member: `m${i}` })
  // every leaf is full, so that one that is nearly emptied finds no neighbour to be joined with
  twin.removeRange(64 * 5, 63)
  expect(check(twin.made)).toHaveLength(32)
  twin.rescoreAt(64 * 5, 1e9)
  twin.same()
  expect(tree.size).toBe(2000 - 63)
})

test('members are found by their bytes where all have one score', () => {
  const twin = new Twin()
  for (let i = 0; i < 1000; i++) twin.insert({ score: 3, member: `m${String(i).padStart(4, '0')}` })
  const { tree } = twin.made
  expect(tree.belowMember(Slice.from('m0500'), false)).toBe(500)
  expect(tree.belowMember(Slice.from('m0500'), true)).toBe(501)
  expect(tree.belowMember(Slice.from('m05000'), true)).toBe(501)
  expect(tree.belowMember(Slice.from(''), true)).toBe(0)
  expect(tree.belowMember(Slice.from('n'), false)).toBe(1000)
})
