import { digestBytes } from '../base/index.js'
import type { Slice } from '../base/index.js'

/** What a bound key holds: bytes, or the fields of a hash. */
export type ValueKind = 'string' | 'hash'

/** A value as an origin gave it. A hash has at least one field and each field once. */
export type OriginValue =
  | { readonly kind: 'string'; readonly bytes: Buffer }
  | { readonly kind: 'hash'; readonly fields: readonly (readonly [field: Buffer, value: Buffer])[] }

/** What the keyspace knows of a copy's last confirmation by its origin. One object is reused for all keys. */
export class Confirmation {
  /** When the request left, monotonic; -Infinity for a local write, a loaded or a replicated copy. */
  askedAtMs = -Infinity
  /** When its answer came, monotonic, never later than the truth; -Infinity as above. */
  answeredAtMs = -Infinity
  /** The bytes stay, but may not be served until a not-modified confirms them. */
  invalidated = false
  hasDigest = false
  /** Of the value as it is now; means nothing without `hasDigest`. */
  readonly digest = Buffer.alloc(digestBytes)
  /** The origin's own version of exactly the bytes that are held. */
  validator: string | null = null
}

/**
 * The keyspace as the origin engine sees it.
 *
 * Any change of a value by any other way than these methods takes its confirmation and its validator away (a local
 * write is never a validated copy), and is told to the engine's `KeyObserver`.
 */
export interface Copies {
  /** Fills `into` without allocating; false where there is no such key (after lazy expiry). */
  confirmation(db: number, key: Slice, into: Confirmation): boolean
  /** Notes that the origin held the present value; takes `invalidated` away. Without the key it does nothing. */
  confirm(
    db: number,
    key: Slice,
    askedAtMs: number,
    answeredAtMs: number,
    digest: Buffer | null,
    validator: string | null,
  ): void
  /** Keeps the bytes, but they may not be served until they are confirmed; false where there is no such key. */
  invalidate(db: number, key: Slice): boolean
  /** Digest of the present value where it is of `kind`; null where it is not, or is missing. */
  digest(db: number, key: Slice, kind: ValueKind): Buffer | null
  /**
   * Stores what the origin returned in place of what is there: one write, with the events and the propagation of the
   * commands that would do it.
   *
   * @param expireAtUnixMs deadline of the copy, 0 for none
   * @returns false where nothing may be stored now (memory is full, writes are paused): it is served in passing
   */
  fill(db: number, key: Slice, value: OriginValue, expireAtUnixMs: number): boolean
  /** Deletes the copy of a key that is absent at the origin. */
  drop(db: number, key: Slice): void
  /**
   * Puts a value (null: absence) in place of what is there, leaving no trace: no event, propagation, tracking, WATCH or
   * dirty count.
   *
   * @returns takes it away again and puts back what was there; called in the same loop turn
   */
  substitute(db: number, key: Slice, value: OriginValue | null): () => void
}

/** How the keyspace tells the engine of changes. With `watching` 0 it need not call anything. */
export interface KeyObserver {
  /** Requests in flight and remembered absences: what a change of a key could concern. */
  readonly watching: number
  /**
   * A key was written, deleted, renamed, expired, evicted or given another deadline; also a DEL of a key that does not
   * exist, which takes back what is remembered of it.
   */
  keyChanged(db: number, key: Slice): void
  /** A database was emptied; -1: all of them. */
  flushed(db: number): void
  swapped(one: number, other: number): void
}
