import type { IdTree } from './id-tree.js'
import { StreamId, idBytes } from './stream-id.js'

/** Bytes that two IDs, written with the highest byte first, have in common from the start. Not for equal ones. */
function commonBytes(a: StreamId, b: StreamId): number {
  if (a.msHigh !== b.msHigh) return Math.clz32(a.msHigh ^ b.msHigh) >> 3
  if (a.msLow !== b.msLow) return 4 + (Math.clz32(a.msLow ^ b.msLow) >> 3)
  if (a.sequenceHigh !== b.sequenceHigh) return 8 + (Math.clz32(a.sequenceHigh ^ b.sequenceHigh) >> 3)
  return 12 + (Math.clz32(a.sequenceLow ^ b.sequenceLow) >> 3)
}

/**
 * The number of nodes that Redis's compressed radix tree of these IDs has, for XINFO STREAM: a leaf for each, a node
 * wherever they branch, and one for each stretch of bytes between two of these. O(number of IDs).
 */
export function radixNodes(index: IdTree): number {
  const count = index.size
  if (count === 0) return 1 // the root
  let nodes = count
  /** How many bytes lead to the branches above the ID at hand, from the root down; -1 stands above the root. */
  const branches = [-1]
  /** A stretch of bytes between a branch, which takes one itself, and what begins at `depth`. */
  const stretch = (above: number, depth: number): number => (depth > above + 1 ? 1 : 0)
  const id = new StreamId()
  const next = new StreamId()
  index.first()
  index.readId(id)
  for (let more = true; more;) {
    more = index.next()
    const shared = more ? commonBytes(id, index.readId(next)) : -1
    // the leaf hangs on the deepest branch that it has, be it with the ID before or the one behind
    nodes += stretch(Math.max(branches[branches.length - 1], shared), idBytes)
    while (branches[branches.length - 1] > shared) {
      const depth = branches.pop()!
      nodes += 1 + stretch(Math.max(branches[branches.length - 1], shared), depth)
    }
    if (branches[branches.length - 1] < shared) branches.push(shared)
    id.copy(next)
  }
  return nodes
}
