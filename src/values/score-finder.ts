import { borrowed, compareBytes, type Slice } from '../base/index.js'
import type { Arena, Records, Ref } from '../memory/index.js'
import {
  childPlace,
  countPlace,
  createNode,
  freeNodes,
  memberPlace,
  membersBelow,
  nextPlace,
  nodeAt,
  nodeBytes,
  nodeCount,
  nodeLevel,
  previousPlace,
  scorePlace,
} from './score-node.js'

/** Levels of a tree that has more members than references can name. */
const levelsMax = 12

const noWords = new Int32Array(0)

/**
 * Finds members in the order of a large sorted set by score, by member and by rank; see ScoreTree, which changes it.
 *
 * What is searched for is remembered as a way from the root down: the inner nodes, the child taken at each, and the leaf.
 */
export class ScoreFinder {
  protected readonly arena: Arena
  protected treeRoot: Ref = 0
  readonly #records: Records
  readonly #member = borrowed()
  /** The inner nodes of the last way, from the root down, and the child taken at each. */
  protected readonly path = new Int32Array(levelsMax)
  protected readonly places = new Int32Array(levelsMax)
  protected depth = 0
  protected leaf: Ref = 0
  protected index = 0
  /** The leaf that a walk has come to, the places in its words of the member it is at and of the last one there. */
  #walkLeaf: Ref = 0
  #walkWords: Int32Array = noWords
  #walkPlace = 0
  #walkEnd = 0
  #walkStep = 1

  constructor(records: Records) {
    this.#records = records
    this.arena = records.arena
  }

  /** Makes an empty tree and opens it. @throws {OutOfMemory} */
  create(): Ref {
    this.treeRoot = createNode(this.arena, 0)
    return this.treeRoot
  }

  /** As `create`, and has it filled; where that fails, its nodes are freed again, its members' records are not. */
  createWith(fill: () => void): Ref {
    this.create()
    try {
      fill()
      return this.treeRoot
    } catch (error) {
      freeNodes(this.arena, this.treeRoot)
      throw error
    }
  }

  open(root: Ref): this {
    this.treeRoot = root
    return this
  }

  get root(): Ref {
    return this.treeRoot
  }

  /** Number of members. */
  get size(): number {
    return membersBelow(this.words(this.treeRoot), nodeAt(this.treeRoot))
  }

  /** How many members stand before a score and a member. */
  rank(score: number, member: Slice): number {
    this.descend(score, member)
    return this.#before() + this.lowerBound(this.leaf, score, member)
  }

  /** How many members have a lower score; with `inclusive` also those that have this very score. */
  below(score: number, inclusive: boolean): number {
    let node = this.treeRoot
    let rank = 0
    for (;;) {
      const at = nodeAt(node)
      const { words, view } = this.arena.regions[node >>> 20]
      let low = 0
      for (let high = nodeCount(words, at); low < high;) {
        const middle = (low + high) >>> 1
        const other = view.getFloat64(scorePlace(at, middle) << 2, true)
        if (other < score || (inclusive && other === score)) low = middle + 1
        else high = middle
      }
      if (nodeLevel(words, at) === 0) return rank + low
      const child = low === 0 ? 0 : low - 1
      for (let i = 0; i < child; i++) rank += words[countPlace(at, i)]
      node = words[childPlace(at, child)]
    }
  }

  /** How many members stand before `member` where all have the same score; with `inclusive` also the member itself. */
  belowMember(member: Slice, inclusive: boolean): number {
    const least = inclusive ? 0 : -1
    let node = this.treeRoot
    let rank = 0
    for (;;) {
      const at = nodeAt(node)
      const words = this.words(node)
      let low = 0
      for (let high = nodeCount(words, at); low < high;) {
        const middle = (low + high) >>> 1
        if (this.#compare(words[memberPlace(at, middle)], member) <= least) low = middle + 1
        else high = middle
      }
      if (nodeLevel(words, at) === 0) return rank + low
      const child = low === 0 ? 0 : low - 1
      for (let i = 0; i < child; i++) rank += words[countPlace(at, i)]
      node = words[childPlace(at, child)]
    }
  }

  /** Begins a walk from a rank on, upwards, or downwards with `reverse`; see `step`. The tree must not change meanwhile. */
  walk(rank: number, size: number, reverse: boolean): void {
    this.seek(rank, size)
    this.#walkStep = reverse ? -1 : 1
    this.#walkInto(this.leaf, this.index)
  }

  /** Goes to the next member of a walk, which must be there: its record. */
  step(): Ref {
    if (this.#walkPlace === this.#walkEnd) this.#stepLeaf()
    return this.#walkWords[(this.#walkPlace += this.#walkStep)]
  }

  /** Stands before the entry `index` of a leaf. */
  #walkInto(leaf: Ref, index: number): void {
    const words = this.words(leaf)
    const at = nodeAt(leaf)
    const step = this.#walkStep
    if (this.#walkWords !== words) this.#walkWords = words
    this.#walkLeaf = leaf
    this.#walkPlace = memberPlace(at, index) - step
    this.#walkEnd = step < 0 ? memberPlace(at, 0) : memberPlace(at, nodeCount(words, at) - 1)
  }

  #stepLeaf(): void {
    const at = nodeAt(this.#walkLeaf)
    const leaf = this.#walkWords[this.#walkStep < 0 ? previousPlace(at) : nextPlace(at)]
    this.#walkInto(leaf, this.#walkStep < 0 ? nodeCount(this.words(leaf), nodeAt(leaf)) - 1 : 0)
  }

  /** The score of the member that `step` went to. */
  get steppedScore(): number {
    const { view } = this.arena.regions[this.#walkLeaf >>> 20]
    const at = nodeAt(this.#walkLeaf)
    return view.getFloat64(scorePlace(at, this.#walkPlace - memberPlace(at, 0)) << 2, true)
  }

  /** Bytes of all nodes. O(n / 64): counts leaves without looking at them. */
  get bytes(): number {
    const bytesOf = (node: Ref): number => {
      const at = nodeAt(node)
      const words = this.words(node)
      const level = nodeLevel(words, at)
      if (level === 0) return nodeBytes(0)
      const count = nodeCount(words, at)
      if (level === 1) return nodeBytes(1) + count * nodeBytes(0)
      let bytes = nodeBytes(level)
      for (let i = 0; i < count; i++) bytes += bytesOf(words[childPlace(at, i)])
      return bytes
    }
    return bytesOf(this.treeRoot)
  }

  // --- finding

  protected words(node: Ref): Int32Array {
    return this.arena.regions[node >>> 20].words
  }

  /** Order of a record's member and `member`. */
  #compare(ref: Ref, member: Slice): number {
    const { region, start, length } = this.#records.key(ref, this.#member)
    return compareBytes(region, start, length, member.region, member.start, member.length)
  }

  /** Index of the first entry of a node that does not stand before a score and a member. */
  protected lowerBound(node: Ref, score: number, member: Slice): number {
    const at = nodeAt(node)
    const { words, view } = this.arena.regions[node >>> 20]
    const scores = scorePlace(at, 0) << 2
    let low = 0
    let high = nodeCount(words, at)
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = view.getFloat64(scores + middle * 8, true)
      if (other < score || (other === score && this.#compare(words[memberPlace(at, middle)], member) < 0)) {
        low = middle + 1
      } else high = middle
    }
    return low
  }

  /** Index of the child below which a score and a member stand, or would. */
  #childFor(node: Ref, score: number, member: Slice): number {
    const at = nodeAt(node)
    const { words, view } = this.arena.regions[node >>> 20]
    const scores = scorePlace(at, 0) << 2
    let low = 1
    let high = nodeCount(words, at)
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = view.getFloat64(scores + middle * 8, true)
      if (other < score || (other === score && this.#compare(words[memberPlace(at, middle)], member) <= 0)) {
        low = middle + 1
      } else high = middle
    }
    return low - 1
  }

  /** Goes down to the leaf where a score and a member stand, or would, and remembers the way. */
  protected descend(score: number, member: Slice): void {
    let node = this.treeRoot
    let depth = 0
    for (;;) {
      const words = this.words(node)
      const at = nodeAt(node)
      if (nodeLevel(words, at) === 0) break
      const place = this.#childFor(node, score, member)
      this.path[depth] = node
      this.places[depth++] = place
      node = words[childPlace(at, place)]
    }
    this.depth = depth
    this.leaf = node
  }

  /** Goes down to the member of a rank, which must be there, in a tree of `size` members, and remembers the way. */
  protected seek(rank: number, size: number): void {
    let node = this.treeRoot
    let left = rank
    let below = size
    let depth = 0
    for (;;) {
      const words = this.words(node)
      const at = nodeAt(node)
      if (nodeLevel(words, at) === 0) break
      const counts = countPlace(at, 0)
      // members are counted from the nearer end
      let child = counts
      if (left * 2 < below) while (left >= words[child]) left -= words[child++]
      else {
        child += nodeCount(words, at)
        left -= below
        while (left < 0) left += words[--child]
      }
      below = words[child]
      const place = child - counts
      this.path[depth] = node
      this.places[depth++] = place
      node = words[childPlace(at, place)]
    }
    this.depth = depth
    this.leaf = node
    this.index = left
  }

  /** Goes down to the entry of a member's record, which must be there under a score, and remembers the way. */
  protected descendTo(score: number, member: Slice, ref: Ref): void {
    this.descend(score, member)
    const { view, words } = this.arena.regions[this.leaf >>> 20]
    const at = nodeAt(this.leaf)
    const first = memberPlace(at, 0)
    let index = 0
    // a member that is getting another score has two entries, for a moment
    while (words[first + index] !== ref || view.getFloat64(scorePlace(at, index) << 2, true) !== score) index++
    this.index = index
  }

  /** Members in the leaves before the one that was reached. */
  #before(): number {
    let rank = 0
    for (let depth = 0; depth < this.depth; depth++) {
      const node = this.path[depth]
      const words = this.words(node)
      const counts = countPlace(nodeAt(node), 0)
      for (let i = 0; i < this.places[depth]; i++) rank += words[counts + i]
    }
    return rank
  }
}
