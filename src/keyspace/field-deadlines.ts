import { borrowed, type HashSeed, type Slice } from '../base/index.js'
import { Flag, Table, type Records, type Ref } from '../memory/index.js'

/** Later than any field's deadline. */
const farMs = 2 ** 52

/**
 * Which hashes of a database have fields with deadlines, and when it is worth while to look at each: a table of its own in
 * the arena, a record per hash that is its key and a deadline. What it says may be out of date, a hash deleted or renamed:
 * whoever looks finds out. There is nothing where no field ever got a deadline.
 */
export class FieldDeadlines {
  readonly #records: Records
  readonly #table: Table
  readonly #key = borrowed()
  #isMade = false

  constructor(records: Records, seed: HashSeed) {
    this.#records = records
    this.#table = new Table(records, seed)
  }

  /** Number of hashes noted. */
  get size(): number {
    return this.#isMade ? this.#table.size : 0
  }

  /** Bytes of the table itself. */
  get bytes(): number {
    return this.#isMade ? this.#table.bytes : 0
  }

  /**
   * Notes that a field of the hash under `key` has, or is about to get, a deadline at `atMs`.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  note(key: Slice, atMs: number): void {
    if (!this.#isMade) this.#table.create()
    this.#isMade = true
    const hash = this.#table.hash(key)
    const found = this.#table.find(key, hash)
    if (found === 0) {
      const ref = this.#records.create(key, 0, Flag.deadline, 0)
      this.#records.writeDeadline(ref, atMs)
      this.#table.insert(hash, ref, true)
    } else if (atMs < this.#records.deadline(found)) this.#records.writeDeadline(found, atMs)
  }

  /** When it is worth while to look at the hash under `key`; Infinity where it is not noted. */
  nearestMs(key: Slice): number {
    const ref = this.#find(key)
    return ref === 0 ? Infinity : this.#records.deadline(ref)
  }

  /** Whether `test` says so of any hash noted. */
  some(test: (key: Slice) => boolean): boolean {
    let cursor = 0
    let isSo = false
    if (!this.#isMade) return false
    do {
      cursor = this.#table.scan(cursor, 64, (ref) => {
        isSo ||= test(this.#records.key(ref, this.#key))
      })
    } while (cursor !== 0 && !isSo)
    return isSo
  }

  /** Calls `visit` with the hashes that are due among the `slots` after `cursor`; returns the next cursor, 0 at the end. */
  due(cursor: number, slots: number, nowMs: number, visit: (key: Slice) => void): number {
    const refs: Ref[] = []
    const next = this.#table.sweepVolatile(cursor, slots, refs)
    for (const ref of refs) if (this.#records.deadline(ref) < nowMs) visit(this.#records.key(ref, this.#key))
    return next
  }

  /** The hash is being looked at: deadlines that its fields get meanwhile are noted anew. */
  begin(key: Slice): void {
    const ref = this.#find(key)
    if (ref !== 0) this.#records.writeDeadline(ref, farMs)
  }

  /** It was looked at; `nearestMs` is the nearest deadline of its fields, Infinity where none has one. */
  end(key: Slice, nearestMs: number): void {
    const ref = this.#find(key)
    if (ref === 0) return
    const nextMs = Math.min(nearestMs, this.#records.deadline(ref))
    if (nextMs < farMs) {
      this.#records.writeDeadline(ref, nextMs)
      return
    }
    this.#table.remove()
    this.#records.free(ref)
    if (this.#table.size > 0) return
    while (this.#table.dropSegment((left) => this.#records.free(left)));
    this.#isMade = false
  }

  #find(key: Slice): Ref {
    return this.#isMade ? this.#table.find(key, this.#table.hash(key)) : 0
  }

  /** Forgets all; returns the table for its memory to be given back, or 0. */
  clear(): Ref {
    const header = this.#isMade ? this.#table.header : 0
    this.#isMade = false
    return header
  }
}
