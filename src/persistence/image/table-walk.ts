import type { Arena, Table, Visit } from '../../memory/index.js'
import type { ByteCount } from './byte-count.js'
import { HashMarks } from './hash-marks.js'

/** Beyond all hashes. */
const end = 2 ** 32

/**
 * A walk through a table, in the order of hashes, that sees each record which was there at its start once, as it was then,
 * though the table changes meanwhile: whoever is about to change records of some hash ahead of the walk claims that first,
 * looks at them, and the walk passes them over. What is new is claimed as well.
 */
export class TableWalk {
  /** The table, perhaps a view of others as well: open it before `step`. */
  table: Table
  /** Records of hashes before this, unsigned, are done. */
  #bound = 0
  /** Made when the first hash is claimed. */
  #marks: HashMarks | null = null
  readonly #arena: Arena
  readonly #beside: ByteCount
  readonly #visitUnclaimed: Visit
  #visit: Visit = () => {}

  constructor(arena: Arena, table: Table, beside: ByteCount) {
    this.table = table
    this.#arena = arena
    this.#beside = beside
    this.#visitUnclaimed = (ref, hash) => {
      if (this.#marks === null || !this.#marks.has(hash)) this.#visit(ref, hash)
    }
  }

  get isDone(): boolean {
    return this.#bound === end
  }

  /** Whether records of this hash have yet to be seen; if so they are the caller's to look at. @throws {OutOfMemory} */
  claim(hash: number): boolean {
    if (hash >>> 0 < this.#bound) return false
    this.#marks ??= new HashMarks(this.#arena, this.table.size, this.#beside)
    if (this.#marks.has(hash)) return false
    this.#marks.add(hash)
    return true
  }

  /** Visits what nobody claimed among the next slots, until `isEnough`; false at the end. */
  step(slots: number, visit: Visit, isEnough: () => boolean): boolean {
    if (this.isDone) return false
    this.#visit = visit
    const next = this.table.scanWhile(this.#bound, slots, this.#visitUnclaimed, isEnough)
    this.#bound = next === 0 ? end : next
    this.#marks?.dropBelow(this.#bound)
    return !this.isDone
  }

  /** Gives back what it takes, wherever it is; nothing is left to be claimed. */
  stop(): void {
    this.#bound = end
    this.#marks?.drop()
  }
}
