import type { Mover, Ref } from '../../memory/index.js'
import { IdNodes, countBelow, innerCapacity, innerStride, leafCapacityMin, nodeHeaderWords } from './id-nodes.js'
import { StreamId, idWords } from './stream-id.js'

/** Where a tree's owner keeps its two words, in bytes. */
export const treeHeaderBytes = 8

const noView = new DataView(new ArrayBuffer(treeHeaderBytes))
const noWords = new Int32Array(noView.buffer)

/** A view of one tree at a time, and a place in it: the entry that was last found, made or gone to. */
export class IdTree extends IdNodes {
  #header: DataView = noView
  #headerAt = 0
  /** The node of the place, and where in it the entry begins: its ID, and from `payloadAt` on what goes with it. */
  words: Int32Array = noWords
  view: DataView = noView
  entryAt = 0
  #leaf: Ref = 0
  #index = 0
  /** What `relocate` is at: the first ID of a leaf, and whether the node at hand begins with that leaf. */
  readonly #first = new StreamId()
  #isFirst = false

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
    const words = this.wordsOf(leaf)
    const base = this.baseOf(leaf)
    const count = words[base] & 0xffff
    return (
      this.#place(leaf, countBelow(words, base + nodeHeaderWords, this.stride, count, id, false) - 1) && this.next()
    )
  }

  /** Goes to the last entry that is not behind `id`; false when there is none. */
  seekBack(id: StreamId): boolean {
    const leaf = this.#leafFor(id)
    if (leaf === 0) return false
    const words = this.wordsOf(leaf)
    const base = this.baseOf(leaf)
    const count = words[base] & 0xffff
    return this.#place(leaf, countBelow(words, base + nodeHeaderWords, this.stride, count, id, true)) && this.previous()
  }

  first(): boolean {
    const leaf = this.#edgeLeaf(false)
    return leaf !== 0 && this.#place(leaf, 0)
  }

  last(): boolean {
    const leaf = this.#edgeLeaf(true)
    return leaf !== 0 && this.#place(leaf, this.countOf(leaf) - 1)
  }

  /** Goes to the next entry; false, and the place is lost, behind the last. */
  next(): boolean {
    const index = this.#index + 1
    if (index < this.countOf(this.#leaf)) return this.#place(this.#leaf, index)
    const leaf = this.wordsOf(this.#leaf)[this.baseOf(this.#leaf) + 3]
    return leaf !== 0 && this.#place(leaf, 0)
  }

  /** Goes to the entry before; false, and the place is lost, before the first. */
  previous(): boolean {
    if (this.#index > 0) return this.#place(this.#leaf, this.#index - 1)
    const leaf = this.wordsOf(this.#leaf)[this.baseOf(this.#leaf) + 2]
    return leaf !== 0 && this.#place(leaf, this.countOf(leaf) - 1)
  }

  #place(leaf: Ref, index: number): true {
    this.#leaf = leaf
    this.#index = index
    const region = this.arena.regions[leaf >>> 20]
    if (this.words !== region.words) {
      this.words = region.words
      this.view = region.view
    }
    this.entryAt = this.baseOf(leaf) + nodeHeaderWords + index * this.stride
    return true
  }

  #edgeLeaf(isLast: boolean): Ref {
    let node = this.#root
    if (node === 0) return 0
    while (this.levelOf(node) > 0) node = this.childOf(node, isLast ? this.countOf(node) - 1 : 0)
    return node
  }

  #leafFor(id: StreamId): Ref {
    let node = this.#root
    if (node === 0) return 0
    while (this.levelOf(node) > 0) node = this.childOf(node, this.childIndex(node, id))
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
    if (node === 0) this.#root = node = this.allocate(0, leafCapacityMin)
    else if (this.isFull(node)) node = this.#growRoot(node, id)
    while (this.levelOf(node) > 0) {
      let index = this.childIndex(node, id)
      if (this.isFull(this.childOf(node, index))) {
        this.#split(node, index, id)
        index = this.childIndex(node, id)
      }
      node = this.childOf(node, index)
    }
    const stride = this.stride
    const words = this.wordsOf(node)
    const base = this.baseOf(node)
    const count = words[base] & 0xffff
    const index = countBelow(words, base + nodeHeaderWords, stride, count, id, false)
    this.#place(node, index)
    const at = this.entryAt
    if (index < count) {
      if (id.compareAt(words, at) === 0) return false
      this.moveWords(node, at + stride, at, at + (count - index) * stride)
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
    while (this.levelOf(root) > 0 && this.countOf(root) === 1) {
      const child = this.childOf(root, 0)
      this.free(root)
      this.#root = root = child
    }
    if (this.countOf(root) === 0) {
      this.free(root)
      this.#root = 0
    }
    return true
  }

  #resize(by: number): void {
    this.#header.setInt32(this.#headerAt + 4, this.size + by, true)
  }

  /** Gives a full root more room: a larger leaf, or a level above it and the root split in two. */
  #growRoot(root: Ref, id: StreamId): Ref {
    const level = this.levelOf(root)
    const capacity = this.wordsOf(root)[this.baseOf(root) + 1]
    const bigger =
      level === 0 && capacity < this.leafCapacity
        ? this.allocate(0, Math.min(capacity * 2, this.leafCapacity))
        : this.allocate(level + 1, innerCapacity)
    const words = this.wordsOf(bigger)
    const base = this.baseOf(bigger)
    if (this.levelOf(bigger) === level) {
      const from = this.baseOf(root) + nodeHeaderWords
      const old = this.wordsOf(root)
      for (let i = 0; i < capacity * this.stride; i++) words[base + nodeHeaderWords + i] = old[from + i]
      words[base] = capacity
      this.free(root)
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
    const left = this.childOf(parent, index)
    const level = this.levelOf(left)
    const stride = level === 0 ? this.stride : innerStride
    const right = this.allocate(level, level === 0 ? this.leafCapacity : innerCapacity)
    const from = this.wordsOf(left)
    const fromAt = this.baseOf(left)
    const to = this.wordsOf(right)
    const toAt = this.baseOf(right)
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
      if (next !== 0) this.wordsOf(next)[this.baseOf(next) + 2] = right
    }
    this.insertChild(parent, index + 1, right)
  }

  #deleteBelow(node: Ref, id: StreamId): boolean {
    if (this.levelOf(node) > 0) {
      const index = this.childIndex(node, id)
      if (!this.#deleteBelow(this.childOf(node, index), id)) return false
      this.#balance(node, index)
      return true
    }
    const words = this.wordsOf(node)
    const first = this.baseOf(node) + nodeHeaderWords
    const count = this.countOf(node)
    const index = countBelow(words, first, this.stride, count, id, false)
    if (index === count || id.compareAt(words, first + index * this.stride) !== 0) return false
    this.removeAt(node, index, this.stride)
    return true
  }

  /** Gives back a child that is empty, or joins one that is nearly so with its neighbour. */
  #balance(parent: Ref, index: number): void {
    const child = this.childOf(parent, index)
    const capacity = this.levelOf(child) === 0 ? this.leafCapacity : innerCapacity
    const count = this.countOf(child)
    if (count === 0) {
      this.unlink(child)
      this.free(child)
      this.removeAt(parent, index, innerStride)
    } else if (count * 4 < capacity) {
      const left = index + 1 < this.countOf(parent) ? index : index - 1
      if (left < 0) return
      const sum = this.countOf(this.childOf(parent, left)) + this.countOf(this.childOf(parent, left + 1))
      if (sum * 4 <= capacity * 3) this.#join(parent, left)
    }
  }

  /** Moves all of the child behind `left` into that one. */
  #join(parent: Ref, left: number): void {
    const child = this.childOf(parent, left)
    const right = this.childOf(parent, left + 1)
    const stride = this.levelOf(child) === 0 ? this.stride : innerStride
    const from = this.wordsOf(right)
    const fromAt = this.baseOf(right) + nodeHeaderWords
    const to = this.wordsOf(child)
    const toAt = this.baseOf(child) + nodeHeaderWords + this.countOf(child) * stride
    const moved = this.countOf(right)
    for (let i = 0; i < moved * stride; i++) to[toAt + i] = from[fromAt + i]
    to[this.baseOf(child)] += moved
    this.unlink(right)
    this.free(right)
    this.removeAt(parent, left + 1, innerStride)
  }

  // --- all of it

  /**
   * Moves leaves, those after the first `skipped`, and the nodes above them out of chunks that are being emptied; `visit`
   * is shown each entry of theirs. Ends when the mover may do no more. The place is lost.
   *
   * @returns number of leaves that are done, skipped ones included
   */
  relocate(mover: Mover, skipped: number, visit: (words: Int32Array, payloadAt: number) => void): number {
    let done = 0
    let leaf = this.#edgeLeaf(false)
    while (leaf !== 0 && (done <= skipped || mover.left > 0)) {
      if (done >= skipped) {
        this.#first.readWords(this.wordsOf(leaf), this.baseOf(leaf) + nodeHeaderWords)
        this.#root = this.#relocatePath(this.#root, mover)
        leaf = this.#leaf
        this.#visitLeaf(leaf, visit)
      }
      leaf = this.wordsOf(leaf)[this.baseOf(leaf) + 3]
      done++
    }
    return done
  }

  /** Moves the leaf of `#first`, which becomes `#leaf`, and of the nodes above it those that begin with it. */
  #relocatePath(node: Ref, mover: Mover): Ref {
    const level = this.levelOf(node)
    if (level === 0) {
      this.#isFirst = true
      this.#leaf = mover.piece(node, this.bytesOf(node))
      if (this.#leaf !== node) this.link(this.#leaf)
      return this.#leaf
    }
    const index = this.childIndex(node, this.#first)
    this.wordsOf(node)[this.childAt(node, index)] = this.#relocatePath(this.childOf(node, index), mover)
    this.#isFirst &&= index === 0
    return this.#isFirst ? mover.piece(node, this.bytesOf(node)) : node
  }

  #visitLeaf(leaf: Ref, visit: (words: Int32Array, payloadAt: number) => void): void {
    const words = this.wordsOf(leaf)
    const first = this.baseOf(leaf) + nodeHeaderWords + idWords
    for (let i = this.countOf(leaf) - 1; i >= 0; i--) visit(words, first + i * this.stride)
  }

  /** Bytes of the nodes. */
  get bytes(): number {
    const root = this.#root
    return root === 0 ? 0 : this.#bytesBelow(root)
  }

  #bytesBelow(node: Ref): number {
    let bytes = this.bytesOf(node)
    const level = this.levelOf(node)
    if (level === 1) return bytes + this.countOf(node) * this.bytesOf(this.childOf(node, 0))
    if (level > 1) for (let i = this.countOf(node) - 1; i >= 0; i--) bytes += this.#bytesBelow(this.childOf(node, i))
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
    const count = this.countOf(node)
    if (this.levelOf(node) > 0) {
      if (!this.#dropBelow(this.childOf(node, 0), visit)) return false
      this.removeAt(node, 0, innerStride)
      if (count > 1) return false
    } else {
      this.#visitLeaf(node, visit)
      this.#resize(-count)
    }
    this.free(node)
    return true
  }
}
