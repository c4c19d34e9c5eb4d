import type { Slice } from '../base/index.js'
import { layoutShift, type Mover, type Ref, type TableGuard } from '../memory/index.js'
import type { StreamId } from './stream/stream-id.js'

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
  /** A collection as a sequence of entries in the record: whoever frees that is done. Of others the view must be asked. */
  packed: 0 << layoutShift,
  /** A collection in a table of its own; the record holds the table's reference. */
  table: 1 << layoutShift,
  /** A list in chunks of its own; the record holds what leads to them. */
  chunks: 1 << layoutShift,
  /** A hash as `packed` and as `table`, with a deadline beside at least one field. */
  packedDeadlines: 2 << layoutShift,
  tableDeadlines: 3 << layoutShift,
  /** A set as a sequence of strings in the record, where `packed` is one of integers. Nothing is beside it either. */
  strings: 2 << layoutShift,
} as const

/** Told what becomes of a value's record. */
export interface RecordOwner {
  recordMoved(ref: number): void
  /** A new value found no memory for its first part: the record is to go. */
  recordUnused(ref: number): void
}

/** Told before parts of a value change: by a table, by the chunks of a list, by those of a stream. */
export interface ValueGuard {
  readonly table?: TableGuard
  readonly chunks?: ChunkGuard
  readonly stream?: StreamGuard
}

/** Of a list: told of chunks by their places. */
export interface ChunkGuard {
  /** The chunk, or the element that stands alone, at `place` is about to change or to go. */
  touch(place: number, bytes: number): void
  /** A chunk was made there. */
  made(place: number, bytes: number): void
}

/** Of a stream: told of chunks by the IDs they begin at. */
export interface StreamGuard {
  /** The chunk is about to change, to move or to go. */
  touch(first: StreamId, chunk: Ref): void
  /** A chunk was made. */
  made(first: StreamId): void
}

/** What a deleted value leaves behind beside its record, given back piece by piece. */
export interface Remains {
  /** Elements, or what else tells a small rest, which is given back at once, from a large one. */
  readonly size: number
  /** Gives back a piece, which takes well under a millisecond; false when nothing is left. */
  dropPiece(): boolean
}

/**
 * A view of the values of one type that hold elements: turned to one at a time by `open`. Its further methods are the
 * type's own.
 */
export interface Collection {
  /** Number of elements, as LLEN, HLEN and their like count. */
  readonly length: number
  /** As OBJECT ENCODING names it. */
  readonly encoding: string
  /** Makes the record of an empty value, which must get an element before it is seen. */
  create(key: Slice, access: number): Ref
  /** Turns to the value in record `ref`. `owner` is told when the record moves; null where nothing is to be changed. */
  open(ref: Ref, owner: RecordOwner | null): this
  /** A copy of the open value under another key, with `flags` (room for a deadline) beside its own. */
  copyUnder(key: Slice, access: number, flags?: number): Ref
  /** Gives up what the open value holds beside its record, which is the caller's to free; null where that is nothing. */
  release(): Remains | null
  /** Bytes beside the record; of a large value estimated from `samples` elements (0: all of them). */
  bytesBeside(samples: number): number
  /**
   * Has somebody told of each part of the open value before it is changed, until another is opened. Of a value in its
   * record, and of one that does not know the kind of guard, nothing is told.
   */
  guard(guard: ValueGuard): void
  /**
   * Moves what the open value holds beside its record out of chunks that are being emptied, and notes in the record
   * where it is now; the record itself stays. Ends when the mover may do no more. Left out: nothing of it is moved.
   *
   * @param cursor 0 at first, then what the last call returned, though the value may have changed since
   * @returns where to go on from, 0 at the end
   */
  relocate?(mover: Mover, cursor: number): number
}
