import { moveBytes } from '../../base/index.js'
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

export const nodeHeaderWords = 4
/** Words of a full node: 1 KiB. */
const nodeWordsMax = 256
export const leafCapacityMin = 2
export const innerStride = idWords + 1
export const innerCapacity = Math.floor((nodeWordsMax - nodeHeaderWords) / innerStride)

const unitMask = 0xfffff

/** Number of entries whose ID is below `id`, or not above it. */
export function countBelow(
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

/** The nodes of trees whose leaves keep entries of one length. */
export class IdNodes {
  protected readonly arena: Arena
  /** Words of a leaf's entry. */
  protected readonly stride: number
  protected readonly leafCapacity: number

  /** @param payloadWords words that go with each ID */
  constructor(arena: Arena, payloadWords: number) {
    this.arena = arena
    this.stride = idWords + payloadWords
    this.leafCapacity = Math.floor((nodeWordsMax - nodeHeaderWords) / this.stride)
  }

  /** Moves words of a node, which may overlap with what they were. */
  protected moveWords(node: Ref, to: number, start: number, end: number): void {
    moveBytes(this.arena.regions[node >>> 20], to << 2, start << 2, end << 2)
  }

  protected wordsOf(node: Ref): Int32Array {
    return this.arena.regions[node >>> 20].words
  }

  protected baseOf(node: Ref): number {
    return (node & unitMask) << 1
  }

  protected countOf(node: Ref): number {
    return this.wordsOf(node)[this.baseOf(node)] & 0xffff
  }

  protected levelOf(node: Ref): number {
    return this.wordsOf(node)[this.baseOf(node)] >>> 16
  }

  protected isFull(node: Ref): boolean {
    return this.countOf(node) === this.wordsOf(node)[this.baseOf(node) + 1]
  }

  /** Where the reference of a child stands. */
  protected childAt(node: Ref, index: number): number {
    return this.baseOf(node) + nodeHeaderWords + index * innerStride + idWords
  }

  protected childOf(node: Ref, index: number): Ref {
    return this.wordsOf(node)[this.childAt(node, index)]
  }

  /** The child below which `id` belongs. */
  protected childIndex(node: Ref, id: StreamId): number {
    const first = this.baseOf(node) + nodeHeaderWords + innerStride
    return countBelow(this.wordsOf(node), first, innerStride, this.countOf(node) - 1, id, true)
  }

  protected bytesOf(node: Ref): number {
    const capacity = this.wordsOf(node)[this.baseOf(node) + 1]
    return (nodeHeaderWords + capacity * (this.levelOf(node) === 0 ? this.stride : innerStride)) * 4
  }

  protected allocate(level: number, capacity: number): Ref {
    const node = this.arena.allocate((nodeHeaderWords + capacity * (level === 0 ? this.stride : innerStride)) * 4)
    const words = this.wordsOf(node)
    const base = this.baseOf(node)
    words[base] = level << 16
    words[base + 1] = capacity
    words[base + 2] = 0
    words[base + 3] = 0
    return node
  }

  protected free(node: Ref): void {
    this.arena.free(node, this.bytesOf(node))
  }

  /** Puts a child, which is not empty, under its first ID. There must be room. */
  protected insertChild(parent: Ref, index: number, child: Ref): void {
    const words = this.wordsOf(parent)
    const base = this.baseOf(parent)
    const at = base + nodeHeaderWords + index * innerStride
    const count = words[base] & 0xffff
    this.moveWords(parent, at + innerStride, at, at + (count - index) * innerStride)
    const from = this.wordsOf(child)
    const fromAt = this.baseOf(child) + nodeHeaderWords
    for (let i = 0; i < idWords; i++) words[at + i] = from[fromAt + i]
    words[at + idWords] = child
    words[base]++
  }

  protected removeAt(node: Ref, index: number, stride: number): void {
    const words = this.wordsOf(node)
    const base = this.baseOf(node)
    const at = base + nodeHeaderWords + index * stride
    const count = words[base] & 0xffff
    this.moveWords(node, at, at + stride, at + (count - index) * stride)
    words[base]--
  }

  /** Tells the neighbours of a leaf that moved where it is. */
  protected link(leaf: Ref): void {
    const words = this.wordsOf(leaf)
    const previous = words[this.baseOf(leaf) + 2]
    const next = words[this.baseOf(leaf) + 3]
    if (previous !== 0) this.wordsOf(previous)[this.baseOf(previous) + 3] = leaf
    if (next !== 0) this.wordsOf(next)[this.baseOf(next) + 2] = leaf
  }

  /** Takes a leaf out of the chain of leaves. */
  protected unlink(node: Ref): void {
    if (this.levelOf(node) > 0) return
    const words = this.wordsOf(node)
    const previous = words[this.baseOf(node) + 2]
    const next = words[this.baseOf(node) + 3]
    if (previous !== 0) this.wordsOf(previous)[this.baseOf(previous) + 3] = next
    if (next !== 0) this.wordsOf(next)[this.baseOf(next) + 2] = previous
  }
}
