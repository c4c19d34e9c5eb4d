import type { Slice } from '../base/index.js'
import type { Mover, Ref } from '../memory/index.js'
import {
  childPlace,
  closeEntries,
  countPlace,
  createNode,
  dropChild,
  joinChildren,
  memberPlace,
  membersBelow,
  nameChild,
  nextPlace,
  nodeAt,
  nodeBytes,
  nodeCapacity,
  nodeCount,
  nodeLevel,
  previousPlace,
  putChild,
  putEntry,
  scorePlace,
  splitNode,
} from './score-node.js'
import { ScoreFinder } from './score-finder.js'

/** A node with fewer entries looks for a neighbour to be joined with, if both then have room left. */
const sparse = nodeCapacity / 2
const joinedMax = (nodeCapacity * 3) / 4

/**
 * The order of a large sorted set: a counted B+ tree over the records of its members, by score and then by the members'
 * bytes. Finding, inserting and removing by member, by score and by rank are O(log n).
 *
 * A view, turned to one tree at a time by `open`. Whoever keeps a tree keeps its `root`, which changes may replace.
 * Scores stand in the nodes, so that records are looked at only where scores are equal.
 */
export class ScoreTree extends ScoreFinder {
  readonly #removed = new Int32Array(nodeCapacity)
  /** What was read in passing and is of no use. */
  protected touched = 0

  /**
   * Adds a member's record under a score; this score and member must not be there.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  insert(score: number, member: Slice, ref: Ref): void {
    this.descend(score, member)
    const at = this.lowerBound(this.leaf, score, member)
    const words = this.words(this.leaf)
    if (nodeCount(words, nodeAt(this.leaf)) === nodeCapacity) this.#insertSplitting(at, score, ref)
    else {
      putEntry(this.arena, this.leaf, at, score, ref)
      this.#grown(at === 0, score, ref)
    }
  }

  /** Takes out the entry of a member's record, which must be there under this score and is the caller's to free. */
  remove(score: number, member: Slice, ref: Ref): void {
    this.descendTo(score, member, ref)
    this.#removeEntries(1)
  }

  /**
   * Gives a member, which must be there under a score, another one: in place where it stays between its neighbours.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  rescore(score: number, member: Slice, ref: Ref, newScore: number): void {
    this.descendTo(score, member, ref)
    if (this.#rescoreInPlace(score, newScore)) return
    if (nodeCount(this.words(this.leaf), nodeAt(this.leaf)) === 1) {
      // the leaf goes with its last entry, and to put that back might need memory
      this.insert(newScore, member, ref)
      this.remove(score, member, ref)
      return
    }
    this.#removeEntries(1)
    try {
      this.insert(newScore, member, ref)
    } catch (error) {
      this.insert(score, member, ref)
      throw error
    }
  }

  /** False, and nothing, where the entry that was reached would stand elsewhere, or that is not clear at a glance. */
  #rescoreInPlace(score: number, newScore: number): boolean {
    const { leaf, index } = this
    const { view, words } = this.arena.regions[leaf >>> 20]
    const at = nodeAt(leaf)
    const place = scorePlace(at, index) << 2
    // of equal scores one may be a negative zero
    if (newScore !== score) {
      if (index === 0 || index + 1 >= nodeCount(words, at)) return false
      const isAbove = view.getFloat64(place - 8, true) < newScore
      if (!isAbove || !(newScore < view.getFloat64(place + 8, true))) return false
    }
    view.setFloat64(place, newScore, true)
    return true
  }

  /** Removes `count` of `size` members from a rank on; `drop` is told the record of each and may free it. */
  removeRange(rank: number, count: number, size: number, drop: (ref: Ref) => void): void {
    const refs = this.#removed
    for (let left = count; left > 0;) {
      this.seek(rank, size - count + left)
      const words = this.words(this.leaf)
      const first = memberPlace(nodeAt(this.leaf), this.index)
      const removed = Math.min(left, nodeCount(words, nodeAt(this.leaf)) - this.index)
      // the records last, since those of the least members are looked at for the order
      for (let i = 0; i < removed; i++) refs[i] = words[first + i]
      this.#touchBeside(words, first, removed)
      this.#removeEntries(removed)
      for (let i = 0; i < removed; i++) drop(refs[i])
      left -= removed
    }
  }

  /**
   * Reads a word of the records beside the entries that are to be removed. Who takes from an end comes back for the next
   * member: its record, which lies anywhere in memory, is on its way to the cache while these are looked for.
   */
  #touchBeside(words: Int32Array, first: number, removed: number): void {
    const at = nodeAt(this.leaf)
    const index = this.index + removed < nodeCount(words, at) ? removed : -1
    if (index < 0 && this.index === 0) return
    const ref = words[first + index]
    this.touched = this.words(ref)[nodeAt(ref)]
  }

  /**
   * Moves the nodes on the way to a rank, and the records of the leaf there, out of chunks of the arena that are being
   * emptied. `moveRecord` tells where a record is from now on.
   *
   * @returns the rank to go on from, 0 at the end
   */
  relocate(rank: number, mover: Mover, moveRecord: (ref: Ref) => Ref): number {
    const { size } = this
    this.seek(rank, size)
    for (let depth = 0; depth < this.depth; depth++) this.path[depth] = this.#moveNode(depth, this.path[depth], mover)
    this.leaf = this.#moveNode(this.depth, this.leaf, mover)
    const words = this.words(this.leaf)
    const at = nodeAt(this.leaf)
    const count = nodeCount(words, at)
    this.#tellNeighbours(words, at)
    for (let i = 0; i < count; i++) {
      const ref = words[memberPlace(at, i)]
      const moved = moveRecord(ref)
      if (moved === ref) continue
      words[memberPlace(at, i)] = moved
      if (i === 0) this.#nameLeast(moved)
    }
    const next = rank - this.index + count
    return next < size ? next : 0
  }

  /** Moves a node of the way; whatever leads to it leads to its new place. */
  #moveNode(depth: number, node: Ref, mover: Mover): Ref {
    const moved = mover.piece(node, nodeBytes(nodeLevel(this.words(node), nodeAt(node))))
    if (moved === node) return node
    const parent = this.path[depth - 1]
    if (depth === 0) this.treeRoot = moved
    else this.words(parent)[childPlace(nodeAt(parent), this.places[depth - 1])] = moved
    return moved
  }

  #tellNeighbours(words: Int32Array, at: number): void {
    const previous = words[previousPlace(at)]
    const next = words[nextPlace(at)]
    if (previous !== 0) this.words(previous)[nextPlace(nodeAt(previous))] = this.leaf
    if (next !== 0) this.words(next)[previousPlace(nodeAt(next))] = this.leaf
  }

  /** The nodes above the leaf that bear the name of its least member learn where the record of that is. */
  #nameLeast(ref: Ref): void {
    for (let depth = this.depth - 1; depth >= 0; depth--) {
      const parent = this.path[depth]
      this.words(parent)[memberPlace(nodeAt(parent), this.places[depth])] = ref
      if (this.places[depth] > 0) return
    }
  }

  // --- inserting

  /** One member more below every node of the way; where it is the least one, nodes are named for it. */
  #grown(isLeast: boolean, score: number, ref: Ref): void {
    for (let depth = this.depth - 1; depth >= 0; depth--) {
      const node = this.path[depth]
      const place = this.places[depth]
      const at = nodeAt(node)
      const { words, view } = this.arena.regions[node >>> 20]
      words[countPlace(at, place)]++
      if (!isLeast) continue
      view.setFloat64(scorePlace(at, place) << 2, score, true)
      words[memberPlace(at, place)] = ref
      isLeast = place === 0
    }
  }

  /** Inserts into the full leaf that was reached: it is split in two, and so is every full node above it. */
  #insertSplitting(index: number, score: number, ref: Ref): void {
    const arena = this.arena
    const spares = this.#spares()
    const words = this.words(this.leaf)
    const at = nodeAt(this.leaf)
    // at the ends of the order nodes are left full, since more is likely to come there
    const kept =
      index === nodeCapacity && words[nextPlace(at)] === 0
        ? nodeCapacity
        : index === 0 && words[previousPlace(at)] === 0
          ? 0
          : nodeCapacity / 2
    let node = this.leaf
    let behind = this.#putSplitting(node, index, kept, spares, (to, place) => putEntry(arena, to, place, score, ref))
    for (let depth = this.depth - 1; depth >= 0; depth--) {
      const parent = this.path[depth]
      const place = this.places[depth]
      const parentWords = this.words(parent)
      parentWords[countPlace(nodeAt(parent), place)] = membersBelow(this.words(node), nodeAt(node))
      nameChild(arena, parent, place, node)
      if (behind !== 0) {
        const child = behind
        behind = this.#putSplitting(parent, place + 1, kept, spares, (to, at) => putChild(arena, to, at, child))
      }
      node = parent
    }
    if (behind === 0) return
    this.treeRoot = spares.pop()!
    putChild(arena, this.treeRoot, 0, node)
    putChild(arena, this.treeRoot, 1, behind)
  }

  /** Puts something before `index` of a node, which is split when it is full; returns the node behind it then, or 0. */
  #putSplitting(node: Ref, index: number, kept: number, spares: Ref[], put: (node: Ref, index: number) => void): Ref {
    if (nodeCount(this.words(node), nodeAt(node)) < nodeCapacity) {
      put(node, index)
      return 0
    }
    const behind = spares.pop()!
    // at the lower end the first child of an inner node has just been split, and stays with it
    const split = kept === 0 && index > 0 ? 1 : kept
    splitNode(this.arena, node, split, behind)
    if (index <= split && split < nodeCapacity) put(node, index)
    else put(behind, index - split)
    return behind
  }

  /** The nodes that a split of the way takes, the leaf's last. @throws {OutOfMemory} none was taken */
  #spares(): Ref[] {
    const spares: Ref[] = []
    const levels = [0]
    let depth = this.depth - 1
    for (; depth >= 0; depth--) {
      const node = this.path[depth]
      if (nodeCount(this.words(node), nodeAt(node)) < nodeCapacity) break
      levels.push(this.depth - depth)
    }
    if (depth < 0) levels.push(this.depth + 1)
    try {
      while (levels.length > 0) spares.push(createNode(this.arena, levels.pop()!))
      return spares
    } catch (error) {
      for (const spare of spares) {
        this.arena.free(spare, nodeBytes(nodeLevel(this.words(spare), nodeAt(spare))))
      }
      throw error
    }
  }

  // --- removing

  /** Takes `removed` entries out of the leaf that was reached, and mends what became too small. */
  #removeEntries(removed: number): void {
    const arena = this.arena
    let node = this.leaf
    // whether the node at hand begins with another member than before
    let isRenamed = this.index === 0
    closeEntries(arena.regions[node >>> 20], nodeAt(node), this.index, removed)
    for (let depth = this.depth - 1; depth >= 0; depth--) {
      const parent = this.path[depth]
      const place = this.places[depth]
      this.words(parent)[countPlace(nodeAt(parent), place)] -= removed
      const count = nodeCount(this.words(node), nodeAt(node))
      if (count === 0) dropChild(arena, parent, place)
      else {
        if (isRenamed) nameChild(arena, parent, place, node)
        if (count < sparse) this.#join(parent, place, count)
      }
      isRenamed &&= place === 0
      node = parent
    }
    this.#lower()
  }

  /** Joins a child of `count` entries with a neighbour, if both together leave room. */
  #join(parent: Ref, place: number, count: number): void {
    if (count + this.#entriesOf(parent, place + 1) <= joinedMax) joinChildren(this.arena, parent, place)
    else if (count + this.#entriesOf(parent, place - 1) <= joinedMax) joinChildren(this.arena, parent, place - 1)
  }

  /** Entries of a child, or as of a full one where there is none. */
  #entriesOf(parent: Ref, index: number): number {
    const words = this.words(parent)
    const at = nodeAt(parent)
    if (index < 0 || index >= nodeCount(words, at)) return nodeCapacity
    const child = words[childPlace(at, index)]
    return nodeCount(this.words(child), nodeAt(child))
  }

  /** A root with one child gives way to it. */
  #lower(): void {
    for (;;) {
      const root = this.treeRoot
      const words = this.words(root)
      const at = nodeAt(root)
      const level = nodeLevel(words, at)
      if (level === 0 || nodeCount(words, at) > 1) return
      this.treeRoot = words[childPlace(at, 0)]
      this.arena.free(root, nodeBytes(level))
    }
  }
}
