import { layoutShift } from '../memory/index.js'

/** The types of values, by the numbers that Redis's snapshots use. Three bits of a record's flags. */
export const Type = { string: 0, list: 1, set: 2, zset: 3, hash: 4, stream: 6 } as const

export const typeNames: readonly string[] = ['string', 'list', 'set', 'zset', 'hash', 'module', 'stream']

/** How a type is laid out: the two bits above the type's. */
export const Layout = {
  /** A string as it was set. */
  plain: 0 << layoutShift,
  /** A string that was changed in place (APPEND, SETRANGE): its encoding is `raw` whatever it holds. */
  edited: 1 << layoutShift,
  /** A string that INCRBYFLOAT stored: its encoding is `embstr` or `raw`, though it may look like an integer. */
  text: 2 << layoutShift,
  /** A string that COPY made: as a plain one, but Redis would not share its small integers. */
  copied: 3 << layoutShift,
  /** A collection as a sequence of entries in the record. */
  packed: 0 << layoutShift,
  /** A collection in a table of its own; the record holds the table's reference. */
  table: 1 << layoutShift,
} as const

/** Told what becomes of a value's record. */
export interface RecordOwner {
  recordMoved(ref: number): void
  /** A new value found no memory for its first part: the record is to go. */
  recordUnused(ref: number): void
}
