import type { Slice } from '../../base/index.js'
import type { Database } from '../../keyspace/index.js'
import type { HashValue, ListValue, SetValue, SortedSetValue, StreamValue } from '../../values/index.js'
import type { ValueTarget } from './reading/value-reader.js'

/** A value that grows under its key, where it is made when it gets its first element. */
export class KeyTarget implements ValueTarget {
  #db!: Database
  #key!: Slice
  #nearestMs = Infinity
  /** Whether there is a value. */
  isMade = false

  /** The next value is the one under `key`, which is missing there and must stay what it is meanwhile. */
  begin(db: Database, key: Slice): void {
    this.#db = db
    this.#key = key
    this.#nearestMs = Infinity
    this.isMade = false
  }

  hash(): HashValue {
    this.isMade = true
    return this.#db.hashForInsert(this.#key)
  }

  list(): ListValue {
    this.isMade = true
    return this.#db.listForInsert(this.#key)
  }

  set(): SetValue {
    this.isMade = true
    return this.#db.setForInsert(this.#key)
  }

  sortedSet(): SortedSetValue {
    this.isMade = true
    return this.#db.sortedSetForInsert(this.#key)
  }

  stream(): StreamValue {
    this.isMade = true
    return this.#db.streamForInsert(this.#key)
  }

  noteFieldDeadline(atMs: number): void {
    if (atMs >= this.#nearestMs) return
    this.#nearestMs = atMs
    this.#db.fieldDeadlines.note(this.#key, atMs)
  }
}
