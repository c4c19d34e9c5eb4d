import type { Arena, Ref } from '../../memory/index.js'
import { idWords, type StreamId } from './stream-id.js'

/*
 * A B+ tree in the arena, from IDs to a few words each: chunks of entries by the ID they begin at, and pending entries.
 *
 *   node    count | level << 16 (0: a leaf), capacity, previous leaf, next leaf
 *   entry   the ID, then in a leaf what goes with it, in an inner node a child
 *
 * An inner entry's ID is not above any below it; the first one's counts as the lowest of all. A tree of one small leaf
 * grows by doubling. Full nodes are split on the way down, so that each step leaves a whole tree behind when memory ends;
 * what is appended leaves full nodes. A node that is nearly empty is joined with its neighbour where both stay far from full.
 *
 * Its owner keeps two words for it: the root's reference and the number of entries.
 */

const nodeHeaderWords = 4
/** Words of a full node: 1 KiB. */
const nodeWordsMax = 256
const leafCapacityMin = 2
const innerStride = idWords + 1
const innerCapacity = Math.floor((nodeWordsMax - nodeHeaderWords) / innerStride)

const unitMask = 0xfffff

/** Where a tree's owner keeps its two words, in bytes. */
export const treeHeaderBytes = 8

const noView = new DataView(new ArrayBuffer(treeHeaderBytes))
const noWords = new Int32Array(noView.buffer)

/** Number of entries whose ID is below `id`, or not above it. */
function countBelow(
  words: Int32Array,
  first: number,
  stride: number,
  count: number,
  id: StreamId,
  orEqual: boolean,
): number {
  // what is appended is looked for at the end
  if (count === 0 || id.compareAt(words, first + (count - 1) * stride) > 0) return count
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    const order = id.compareAt(words, first + middle * stride)
    if (order > 0 || (orEqual && order === 0)) low = middle + 1
    else high = middle
  }
  return low
}

/** A view of one tree at a time, and a place in it: the entry that was last found, made or gone to. */
export class IdTree {
  readonly #arena: Arena
  readonly #stride: number
  readonly #leafCapacity: number
  #header: DataView = noView
  #headerAt = 0
  /** The node of the place, and where in it the entry begins: its ID, and from `payloadAt` on what goes with it. */
  words: Int32Array = noWords
  view: DataView = noView
  entryAt = 0
  #leaf: Ref = 0
  #index = 0

  /** @param payloadWords words that go with each ID */
  constructor(arena: Arena, payloadWords: number) {
    this.#arena = arena
    this.#stride = idWords + payloadWords
    this.#leafCapacity = Math.floor((nodeWordsMax - nodeHeaderWords) / this.#stride)
  }

  /** Turns to the tree whose owner keeps its words at `at`, which must not move while this view is used. */
  open(header: DataView, at: number): this {
    this.#header = header
    this.#headerAt = at
    return this
  }

  /** Number of entries. */
  get size(): number {
    return this.#header.getInt32(this.#headerAt + 4, true)
  }

  get #root(): Ref {
    return this.#header.getInt32(this.#headerAt, true)
  }

  set #root(ref: Ref) {
    this.#header.setInt32(this.#headerAt, ref, true)
  }

  get payloadAt(): number {
    return this.entryAt + idWords
  }

  readId(into: StreamId): StreamId {
    return into.readWords(this.words, this.entryAt)
  }

  // --- places

  /** Goes to the entry of `id`; whether there is one. */
  find(id: StreamId): boolean {
    return this.seek(id) && id.compareAt(this.words, this.entryAt) === 0
  }

  /** Goes to the first entry that is not before `id`; false when there is none. */
  seek(id: StreamId): boolean {
    const leaf = this.#leafFor(id)
    if (leaf === 0) return false
    const words = this.#words(leaf)
    const base = this.#base(leaf)
    const count = words[base] & 0xffff
    return (
      this.#place(leaf, countBelow(words, base + nodeHeaderWords, this.#stride, count, id, false) - 1) && this.next()
    )
  }

  /** Goes to the last entry that is not behind `id`; false when there is none. */
  seekBack(id: StreamId): boolean {
    const leaf = this.#leafFor(id)
    if (leaf === 0) return false
    const words = this.#words(leaf)
    const base = this.#base(leaf)
    const count = words[base] & 0xffff
    return (
      this.#place(leaf, countBelow(words, base + nodeHeaderWords, this.#stride, count, id, true)) && this.previous()
    )
  }

  first(): boolean {
    const leaf = this.#edgeLeaf(false)
    return leaf !== 0 && this.#place(leaf, 0)
  }

  last(): boolean {
    const leaf = this.#edgeLeaf(true)
    return leaf !== 0 && this.#place(leaf, this.#count(leaf) - 1)
  }

  /** Goes to the next entry; false, and the place is lost, behind the last. */
  next(): boolean {
    const index = this.#index + 1
    if (index < this.#count(this.#leaf)) return this.#place(this.#leaf, index)
    const leaf = this.#words(this.#leaf)[this.#base(this.#leaf) + 3]
    return leaf !== 0 && this.#place(leaf, 0)
  }

  /** Goes to the entry before; false, and the place is lost, before the first. */
  previous(): boolean {
    if (this.#index > 0) return this.#place(this.#leaf, this.#index - 1)
    const leaf = this.#words(this.#leaf)[this.#base(this.#leaf) + 2]
    return leaf !== 0 && this.#place(leaf, this.#count(leaf) - 1)
  }

  #place(leaf: Ref, index: number): true {
    this.#leaf = leaf
    this.#index = index
    const region = this.#arena.regions[leaf >>> 20]
    if (this.words !== region.words) {
      this.words = region.words
      this.view = region.view
    }
    this.entryAt = this.#base(leaf) + nodeHeaderWords + index * this.#stride
    return true
  }

  #edgeLeaf(isLast: boolean): Ref {
    let node = this.#root
    if (node === 0) return 0
    while (this.#level(node) > 0) node = this.#child(node, isLast ? this.#count(node) - 1 : 0)
    return node
  }

  #leafFor(id: StreamId): Ref {
    let node = this.#root
    if (node === 0) return 0
    while (this.#level(node) > 0) node = this.#child(node, this.#childIndex(node, id))
    return node
  }

  // --- changes

  /**
   * Goes to the entry of `id`, made with words of zero when it is missing; whether it is new.
   *
   * @throws {OutOfMemory} there is no new entry
   */
  insert(id: StreamId): boolean {
    let node = this.#root
    if (node === 0) this.#root = node = this.#allocate(0, leafCapacityMin)
    else if (this.#isFull(node)) node = this.#growRoot(node, id)
    while (this.#level(node) > 0) {
      let index = this.#childIndex(node, id)
      if (this.#isFull(this.#child(node, index))) {
        this.#split(node, index, id)
        index = this.#childIndex(node, id)
      }
      node = this.#child(node, index)
    }
    const stride = this.#stride
    const words = this.#words(node)
    const base = this.#base(node)
    const count = words[base] & 0xffff
    const index = countBelow(words, base + nodeHeaderWords, stride, count, id, false)
    this.#place(node, index)
    const at = this.entryAt
    if (index < count) {
      if (id.compareAt(words, at) === 0) return false
      words.copyWithin(at + stride, at, at + (count - index) * stride)
    }
    words[base]++
    id.writeWords(words, at)
    for (let i = at + idWords; i < at + stride; i++) words[i] = 0
    this.#resize(1)
    return true
  }

  /** Deletes the entry of `id`; whether there was one. The place is lost. */
  delete(id: StreamId): boolean {
    let root = this.#root
    if (root === 0 || !this.#deleteBelow(root, id)) return false
    this.#resize(-1)
    while (this.#level(root) > 0 && this.#count(root) === 1) {
      const child = this.#child(root, 0)
      this.#free(root)
      this.#root = root = child
    }
    if (this.#count(root) === 0) {
      this.#free(root)
      this.#root = 0
    }
    return true
  }

  #resize(by: number): void {
    this.#header.setInt32(this.#headerAt + 4, this.size + by, true)
  }

  /** Gives a full root more room: a larger leaf, or a level above it and the root split in two. */
  #growRoot(root: Ref, id: StreamId): Ref {
    const level = this.#level(root)
    const capacity = this.#words(root)[this.#base(root) + 1]
    const bigger =
      level === 0 && capacity < this.#leafCapacity
        ? this.#allocate(0, Math.min(capacity * 2, this.#leafCapacity))
        : this.#allocate(level + 1, innerCapacity)
    const words = this.#words(bigger)
    const base = this.#base(bigger)
    if (this.#level(bigger) === level) {
      const from = this.#base(root) + nodeHeaderWords
      const old = this.#words(root)
      for (let i = 0; i < capacity * this.#stride; i++) words[base + nodeHeaderWords + i] = old[from + i]
      words[base] = capacity
      this.#free(root)
      return (this.#root = bigger)
    }
    words[base]++
    words.fill(0, base + nodeHeaderWords, base + nodeHeaderWords + idWords)
    words[base + nodeHeaderWords + idWords] = root
    this.#root = bigger
    this.#split(bigger, 0, id)
    return bigger
  }

  /** Splits a full child in two: in halves, or where `id` comes behind all of it, nearly all and the rest. */
  #split(parent: Ref, index: number, id: StreamId): void {
    const left = this.#child(parent, index)
    const level = this.#level(left)
    const stride = level === 0 ? this.#stride : innerStride
    const right = this.#allocate(level, level === 0 ? this.#leafCapacity : innerCapacity)
    const from = this.#words(left)
    const fromAt = this.#base(left)
    const to = this.#words(right)
    const toAt = this.#base(right)
    const count = from[fromAt] & 0xffff
    const isAppended = id.compareAt(from, fromAt + nodeHeaderWords + (count - 1) * stride) > 0
    const kept = isAppended ? count - 1 : count >>> 1
    const start = fromAt + nodeHeaderWords + kept * stride
    for (let i = 0; i < (count - kept) * stride; i++) to[toAt + nodeHeaderWords + i] = from[start + i]
    to[toAt] += count - kept
    from[fromAt] -= count - kept
    if (level === 0) {
      const next = from[fromAt + 3]
      to[toAt + 2] = left
      to[toAt + 3] = next
      from[fromAt + 3] = right
      if (next !== 0) this.#words(next)[this.#base(next) + 2] = right
    }
    this.#insertChild(parent, index + 1, right)
  }

  /** Puts a child, which is not empty, under its first ID. There must be room. */
  #insertChild(parent: Ref, index: number, child: Ref): void {
    const words = this.#words(parent)
    const base = this.#base(parent)
    const at = base + nodeHeaderWords + index * innerStride
    const count = words[base] & 0xffff
    words.copyWithin(at + innerStride, at, at + (count - index) * innerStride)
    const from = this.#words(child)
    const fromAt = this.#base(child) + nodeHeaderWords
    for (let i = 0; i < idWords; i++) words[at + i] = from[fromAt + i]
    words[at + idWords] = child
    words[base]++
  }

  #removeAt(node: Ref, index: number, stride: number): void {
    const words = this.#words(node)
    const base = this.#base(node)
    const at = base + nodeHeaderWords + index * stride
    const count = words[base] & 0xffff
    words.copyWithin(at, at + stride, at + (count - index) * stride)
    words[base]--
  }

  #deleteBelow(node: Ref, id: StreamId): boolean {
    if (this.#level(node) > 0) {
      const index = this.#childIndex(node, id)
      if (!this.#deleteBelow(this.#child(node, index), id)) return false
      this.#balance(node, index)
      return true
    }
    const words = this.#words(node)
    const first = this.#base(node) + nodeHeaderWords
    const count = this.#count(node)
    const index = countBelow(words, first, this.#stride, count, id, false)
    if (index === count || id.compareAt(words, first + index * this.#stride) !== 0) return false
    this.#removeAt(node, index, this.#stride)
    return true
  }

  /** Gives back a child that is empty, or joins one that is nearly so with its neighbour. */
  #balance(parent: Ref, index: number): void {
    const child = this.#child(parent, index)
    const capacity = this.#level(child) === 0 ? this.#leafCapacity : innerCapacity
    const count = this.#count(child)
    if (count === 0) {
      this.#unlink(child)
      this.#free(child)
      this.#removeAt(parent, index, innerStride)
    } else if (count * 4 < capacity) {
      const left = index + 1 < this.#count(parent) ? index : index - 1
      if (left < 0) return
      const sum = this.#count(this.#child(parent, left)) + this.#count(this.#child(parent, left + 1))
      if (sum * 4 <= capacity * 3) this.#join(parent, left)
    }
  }

  /** Moves all of the child behind `left` into that one. */
  #join(parent: Ref, left: number): void {
    const child = this.#child(parent, left)
    const right = this.#child(parent, left + 1)
    const stride = this.#level(child) === 0 ? this.#stride : innerStride
    const from = this.#words(right)
    const fromAt = this.#base(right) + nodeHeaderWords
    const to = this.#words(child)
    const toAt = this.#base(child) + nodeHeaderWords + this.#count(child) * stride
    const moved = this.#count(right)
    for (let i = 0; i < moved * stride; i++) to[toAt + i] = from[fromAt + i]
    to[this.#base(child)] += moved
    this.#unlink(right)
    this.#free(right)
    this.#removeAt(parent, left + 1, innerStride)
  }

  /** Takes a leaf out of the chain of leaves. */
  #unlink(node: Ref): void {
    if (this.#level(node) > 0) return
    const words = this.#words(node)
    const previous = words[this.#base(node) + 2]
    const next = words[this.#base(node) + 3]
    if (previous !== 0) this.#words(previous)[this.#base(previous) + 3] = next
    if (next !== 0) this.#words(next)[this.#base(next) + 2] = previous
  }

  // --- all of it

  /** Bytes of the nodes. */
  get bytes(): number {
    const root = this.#root
    return root === 0 ? 0 : this.#bytesBelow(root)
  }

  #bytesBelow(node: Ref): number {
    let bytes = this.#nodeBytes(node)
    const level = this.#level(node)
    if (level === 1) return bytes + this.#count(node) * this.#nodeBytes(this.#child(node, 0))
    if (level > 1) for (let i = this.#count(node) - 1; i >= 0; i--) bytes += this.#bytesBelow(this.#child(node, i))
    return bytes
  }

  /**
   * Gives back the first leaf, `visit` being told of each of its entries before; false when nothing is left. The tree can
   * only be dropped further from then on.
   */
  dropLeaf(visit: (words: Int32Array, payloadAt: number) => void): boolean {
    const root = this.#root
    if (root === 0) return false
    if (this.#dropBelow(root, visit)) this.#root = 0
    return this.#root !== 0
  }

  /** Whether `node` is gone. */
  #dropBelow(node: Ref, visit: (words: Int32Array, payloadAt: number) => void): boolean {
    const count = this.#count(node)
    if (this.#level(node) > 0) {
      if (!this.#dropBelow(this.#child(node, 0), visit)) return false
      this.#removeAt(node, 0, innerStride)
      if (count > 1) return false
    } else {
      const words = this.#words(node)
      const first = this.#base(node) + nodeHeaderWords + idWords
      for (let i = 0; i < count; i++) visit(words, first + i * this.#stride)
      this.#resize(-count)
    }
    this.#free(node)
    return true
  }

  // --- nodes

  #words(node: Ref): Int32Array {
    return this.#arena.regions[node >>> 20].words
  }

  #base(node: Ref): number {
    return (node & unitMask) << 1
  }

  #count(node: Ref): number {
    return this.#words(node)[this.#base(node)] & 0xffff
  }

  #level(node: Ref): number {
    return this.#words(node)[this.#base(node)] >>> 16
  }

  #isFull(node: Ref): boolean {
    return this.#count(node) === this.#words(node)[this.#base(node) + 1]
  }

  #child(node: Ref, index: number): Ref {
    return this.#words(node)[this.#base(node) + nodeHeaderWords + index * innerStride + idWords]
  }

  /** The child below which `id` belongs. */
  #childIndex(node: Ref, id: StreamId): number {
    const first = this.#base(node) + nodeHeaderWords + innerStride
    return countBelow(this.#words(node), first, innerStride, this.#count(node) - 1, id, true)
  }

  #nodeBytes(node: Ref): number {
    const capacity = this.#words(node)[this.#base(node) + 1]
    return (nodeHeaderWords + capacity * (this.#level(node) === 0 ? this.#stride : innerStride)) * 4
  }

  #allocate(level: number, capacity: number): Ref {
    const node = this.#arena.allocate((nodeHeaderWords + capacity * (level === 0 ? this.#stride : innerStride)) * 4)
    const words = this.#words(node)
    const base = this.#base(node)
    words[base] = level << 16
    words[base + 1] = capacity
    words[base + 2] = 0
    words[base + 3] = 0
    return node
  }

  #free(node: Ref): void {
    this.#arena.free(node, this.#nodeBytes(node))
  }
}
