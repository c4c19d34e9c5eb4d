import type { HashSeed } from '../base/index.js'
import { Table, type Arena, type Records, type Ref } from '../memory/index.js'
import { childPlace, nodeAt, nodeBytes, nodeCount, nodeLevel } from './score-node.js'
import type { Remains } from './types.js'

/** Nodes given back at once: some 0.1 ms. */
const nodesPerPiece = 1024

/** A large sorted set that nothing refers to any more: its tree is given back some nodes at a time, then its table. */
export class SortedSetRemains implements Remains {
  readonly size: number
  readonly #records: Records
  readonly #table: Table
  /** Nodes whose parents are gone. */
  readonly #orphans: Ref[]

  constructor(records: Records, seed: HashSeed, header: Ref, root: Ref) {
    this.#records = records
    this.#table = new Table(records, seed).open(header)
    this.#orphans = [root]
    this.size = this.#table.size
  }

  dropPiece(): boolean {
    if (this.#orphans.length === 0) return this.#table.dropSegment((ref) => this.#records.free(ref))
    for (let nodes = nodesPerPiece; nodes > 0 && this.#orphans.length > 0; nodes--) this.#dropNode(this.#records.arena)
    return true
  }

  #dropNode(arena: Arena): void {
    const node = this.#orphans.pop()!
    const { words } = arena.regions[node >>> 20]
    const at = nodeAt(node)
    const level = nodeLevel(words, at)
    if (level > 0) for (let i = nodeCount(words, at) - 1; i >= 0; i--) this.#orphans.push(words[childPlace(at, i)])
    arena.free(node, nodeBytes(level))
  }
}
