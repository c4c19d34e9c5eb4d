import type { Ref, Table } from '../memory/index.js'
import type { Collection } from '../values/index.js'

/**
 * Told before anything changes, while a point-in-time image of the keyspace is being written. Whoever changes an entry calls
 * `touch` first; whoever then changes a value where it stands asks `guard` or `settle` if its record is flagged `kept`.
 */
export interface Imaging {
  /** The entries of this hash are about to change, to go, or to come: those that are not in the image yet are written now. */
  touch(table: Table, hash: number): void
  /** The value in a kept record was opened and may be changed: `view` is to tell of its parts before they are. */
  guard(ref: Ref, view: Collection): void
  /** The string in a kept record is about to be changed where it stands. */
  settle(ref: Ref): void
  /** A kept record, which no key leads to any more, is to be freed: the image does it later. */
  takeOver(ref: Ref): void
  /** A database is about to lose all its keys, which `header` led to: whether the image gives them back, later. */
  takeTable(table: Table, header: Ref): boolean
  /** All memory is about to be reset. */
  stop(): void
}
