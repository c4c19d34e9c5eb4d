import type { HashSeed } from '../base/index.js'
import { Table, type KeyedRecords, type Ref, type Visit } from '../memory/index.js'
import type { Remains } from './types.js'

/** A table that nothing refers to any more: given back segment by segment, `drop` being told each record. */
export class TableRemains implements Remains {
  readonly #table: Table
  readonly #drop: Visit

  constructor(records: KeyedRecords, seed: HashSeed, header: Ref, drop: Visit) {
    this.#table = new Table(records, seed).open(header)
    this.#drop = drop
  }

  get size(): number {
    return this.#table.size
  }

  dropPiece(): boolean {
    return this.#table.dropSegment(this.#drop)
  }
}
