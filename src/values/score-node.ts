import type { Region } from '../base/index.js'
import type { Arena, Ref } from '../memory/index.js'

/*
 * A node of a score tree, a piece of the arena:
 *
 *   word 0     entries (16 bits) | level << 16; level 0 is a leaf
 *   word 1, 2  of a leaf: the leaves before and behind it, 0 for none
 *   word 3     unused
 *   scores     a double for each entry
 *   members    a word for each: the reference of the member's record
 *   children   inner nodes only, a word for each: the reference of the node below
 *   counts     inner nodes only, a word for each: the members below that child
 *
 * An entry of a leaf is a member. An entry of an inner node is a child, under the least score and member below it.
 */

/** Entries that a node has room for. */
export const nodeCapacity = 64

const headerWords = 4
const membersAt = headerWords + nodeCapacity * 2
const childrenAt = membersAt + nodeCapacity
const countsAt = childrenAt + nodeCapacity
const leafBytes = childrenAt * 4
const innerBytes = (countsAt + nodeCapacity) * 4
const unitMask = 0xfffff

export const nodeBytes = (level: number): number => (level === 0 ? leafBytes : innerBytes)

/** Where a node stands in the words of its region. */
export const nodeAt = (node: Ref): number => (node & unitMask) << 1

export const nodeCount = (words: Int32Array, at: number): number => words[at] & 0xffff

export const nodeLevel = (words: Int32Array, at: number): number => words[at] >>> 16

/** Where the score of an entry stands, in words: two for a double. */
export const scorePlace = (at: number, index: number): number => at + headerWords + index * 2

export const memberPlace = (at: number, index: number): number => at + membersAt + index

export const childPlace = (at: number, index: number): number => at + childrenAt + index

export const countPlace = (at: number, index: number): number => at + countsAt + index

/** Where a leaf keeps the reference of the leaf before it, and in the next word of the one behind it. */
export const previousPlace = (at: number): number => at + 1
export const nextPlace = (at: number): number => at + 2

/** Makes a node without entries. @throws {OutOfMemory} */
export function createNode(arena: Arena, level: number): Ref {
  const node = arena.allocate(nodeBytes(level))
  const { words } = arena.regions[node >>> 20]
  const at = nodeAt(node)
  words[at] = level << 16
  words[at + 1] = words[at + 2] = words[at + 3] = 0
  return node
}

/** Copies `count` entries of one node to a place in another one, or in the same. Counts of entries are left alone. */
export function copyEntries(
  from: Region,
  at: number,
  index: number,
  to: Region,
  toAt: number,
  toIndex: number,
  count: number,
): void {
  copyScores(from.view, scorePlace(at, index) << 2, to.view, scorePlace(toAt, toIndex) << 2, count)
  copyWords(from.words, memberPlace(at, index), to.words, memberPlace(toAt, toIndex), count)
  if (nodeLevel(from.words, at) === 0) return
  copyWords(from.words, childPlace(at, index), to.words, childPlace(toAt, toIndex), count)
  copyWords(from.words, countPlace(at, index), to.words, countPlace(toAt, toIndex), count)
}

/** From so many words on copyWithin, on shared memory a slow call, beats copying one by one. */
const nativeCopyMin = 40

/** The two ranges may overlap. */
function copyWords(from: Int32Array, at: number, to: Int32Array, toAt: number, count: number): void {
  if (from === to && at < toAt) {
    if (count >= nativeCopyMin) to.copyWithin(toAt, at, at + count)
    else for (let i = count - 1; i >= 0; i--) to[toAt + i] = from[at + i]
  } else if (from === to && count >= nativeCopyMin) to.copyWithin(toAt, at, at + count)
  else for (let i = 0; i < count; i++) to[toAt + i] = from[at + i]
}

/** Copies doubles, none of which is NaN; places are bytes. The two ranges may overlap. */
function copyScores(from: DataView, at: number, to: DataView, toAt: number, count: number): void {
  const end = count << 3
  if (from === to && at < toAt) {
    for (let i = end - 8; i >= 0; i -= 8) to.setFloat64(toAt + i, from.getFloat64(at + i, true), true)
  } else for (let i = 0; i < end; i += 8) to.setFloat64(toAt + i, from.getFloat64(at + i, true), true)
}

/** Makes room for an entry before `index` of a node that is not full. */
function openEntry(region: Region, at: number, index: number): void {
  const count = nodeCount(region.words, at)
  if (index < count) copyEntries(region, at, index, region, at, index + 1, count - index)
  region.words[at]++
}

/** Takes `removed` entries from `index` on out of a node. */
export function closeEntries(region: Region, at: number, index: number, removed: number): void {
  const rest = nodeCount(region.words, at) - index - removed
  if (rest > 0) copyEntries(region, at, index + removed, region, at, index, rest)
  region.words[at] -= removed
}

/** Sum of the members below a node. */
export function membersBelow(words: Int32Array, at: number): number {
  const count = nodeCount(words, at)
  if (nodeLevel(words, at) === 0) return count
  let sum = 0
  for (let i = 0; i < count; i++) sum += words[countPlace(at, i)]
  return sum
}

// --- nodes and their parents

const regionOf = (arena: Arena, node: Ref): Region => arena.regions[node >>> 20]

const wordsOf = (arena: Arena, node: Ref): Int32Array => regionOf(arena, node).words

/** Puts an entry before `index` of a node that is not full. */
export function putEntry(arena: Arena, node: Ref, index: number, score: number, member: Ref): void {
  const region = regionOf(arena, node)
  const at = nodeAt(node)
  openEntry(region, at, index)
  region.view.setFloat64(scorePlace(at, index) << 2, score, true)
  region.words[memberPlace(at, index)] = member
}

/** Puts a child before `index` of an inner node that is not full. */
export function putChild(arena: Arena, node: Ref, index: number, child: Ref): void {
  const region = regionOf(arena, node)
  const { words } = region
  const at = nodeAt(node)
  openEntry(region, at, index)
  words[childPlace(at, index)] = child
  words[countPlace(at, index)] = membersBelow(wordsOf(arena, child), nodeAt(child))
  nameChild(arena, node, index, child)
}

/** Names a child for the least score and member below it. */
export function nameChild(arena: Arena, node: Ref, index: number, child: Ref): void {
  const words = wordsOf(arena, node)
  const at = nodeAt(node)
  const from = wordsOf(arena, child)
  const least = nodeAt(child)
  copyWords(from, scorePlace(least, 0), words, scorePlace(at, index), 2)
  words[memberPlace(at, index)] = from[memberPlace(least, 0)]
}

/** Moves the entries from `kept` on to `behind`, an empty node of the same level that comes behind it. */
export function splitNode(arena: Arena, node: Ref, kept: number, behind: Ref): void {
  const from = regionOf(arena, node)
  const { words } = from
  const at = nodeAt(node)
  const to = wordsOf(arena, behind)
  const toAt = nodeAt(behind)
  const moved = nodeCount(words, at) - kept
  copyEntries(from, at, kept, regionOf(arena, behind), toAt, 0, moved)
  to[toAt] += moved
  words[at] -= moved
  if (nodeLevel(words, at) !== 0) return
  const next = words[nextPlace(at)]
  to[previousPlace(toAt)] = node
  to[nextPlace(toAt)] = next
  words[nextPlace(at)] = behind
  if (next !== 0) wordsOf(arena, next)[previousPlace(nodeAt(next))] = behind
}

/** Moves all that the child behind `index` holds to the one at `index`, and frees it. */
export function joinChildren(arena: Arena, node: Ref, index: number): void {
  const words = wordsOf(arena, node)
  const at = nodeAt(node)
  const left = words[childPlace(at, index)]
  const right = words[childPlace(at, index + 1)]
  const to = regionOf(arena, left)
  const from = regionOf(arena, right)
  const moved = nodeCount(from.words, nodeAt(right))
  copyEntries(from, nodeAt(right), 0, to, nodeAt(left), nodeCount(to.words, nodeAt(left)), moved)
  to.words[nodeAt(left)] += moved
  words[countPlace(at, index)] += words[countPlace(at, index + 1)]
  dropChild(arena, node, index + 1)
}

/** Takes a child out of its parent and frees it; what it held is no longer its own. */
export function dropChild(arena: Arena, node: Ref, index: number): void {
  const region = regionOf(arena, node)
  const at = nodeAt(node)
  const child = region.words[childPlace(at, index)]
  const gone = wordsOf(arena, child)
  const goneAt = nodeAt(child)
  const level = nodeLevel(gone, goneAt)
  if (level === 0) {
    const previous = gone[previousPlace(goneAt)]
    const next = gone[nextPlace(goneAt)]
    if (previous !== 0) wordsOf(arena, previous)[nextPlace(nodeAt(previous))] = next
    if (next !== 0) wordsOf(arena, next)[previousPlace(nodeAt(next))] = previous
  }
  closeEntries(region, at, index, 1)
  arena.free(child, nodeBytes(level))
}

/** Frees a node, and all below it. */
export function freeNodes(arena: Arena, node: Ref): void {
  const words = wordsOf(arena, node)
  const at = nodeAt(node)
  const level = nodeLevel(words, at)
  if (level > 0) for (let i = 0; i < nodeCount(words, at); i++) freeNodes(arena, words[childPlace(at, i)])
  arena.free(node, nodeBytes(level))
}
