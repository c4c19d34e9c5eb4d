import type { Slice } from '../base/index.js'
import type { Database, Keyspace } from '../keyspace/index.js'
import type { Ref } from '../memory/index.js'

/** Makes payloads of DUMP. */
export interface Dumper {
  /** The payload of the value in an entry; good until the next one is made. Takes one step, however large the value. */
  dump(ref: Ref): Slice
}

/** A value made of a payload, that no key leads to yet. It is stored or discarded in the call that made it. */
export interface RestoredValue {
  /** Whether Redis 7.0 takes the payload as well. */
  readonly isOfRedis70: boolean
  /** Whether it is a hash of which a field has a deadline. */
  readonly hasFieldDeadlines: boolean
  /**
   * Puts it under the key it was made for, whatever is there, without a deadline.
   *
   * @throws {OutOfMemory} nothing has changed, and the value is gone
   */
  store(db: Database): void
  discard(): void
}

/** Makes values of payloads, which may be anybody's. */
export interface Restorer {
  /** Checksums are taken as right: for tests of what is behind them. */
  skipsChecksums: boolean
  /** Whether the payload is of a version that can be read, and its checksum is right. */
  isWhole(payload: Slice): boolean
  /**
   * The value of a whole payload, for `key`; null where it is none. Takes one step, however large it is.
   *
   * @throws {OutOfMemory} nothing is left of it
   */
  restore(key: Slice, payload: Slice): RestoredValue | null
  /** One that makes them in another keyspace. */
  elsewhere(keyspace: Keyspace): Restorer
}
