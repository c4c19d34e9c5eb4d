import type { Slice } from '../base/index.js'

/**
 * Told, in commands, of what happens to keys without a call that says it: expiry, eviction, fills. What comes between
 * `begin` and `end` belongs together.
 */
export interface Effects {
  deleted(db: number, key: Slice): void
  add(db: number, words: readonly (Slice | Uint8Array | string | number)[]): void
  begin(): void
  end(): void
}

/** What becomes of a key that is past its deadline when it is looked up. */
export const Expiry = {
  deletes: 0,
  /** It is missing, and stays where it is: nothing may change while clients are held back, and in a replica. */
  hides: 1,
  /** It is there as if it had none: a primary, or a file, says itself when it is deleted. */
  waits: 2,
} as const
