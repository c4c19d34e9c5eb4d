import { Slice } from '../base/index.js'
import type { DeadlinePass } from '../values/index.js'
import type { Database } from './database.js'
import { Expiry } from './effects.js'
import type { FieldDeadlines } from './field-deadlines.js'
import type { Keyspace } from './keyspace.js'

/** Keys looked at in one sweep. */
const keysASweep = 1000
/** Keys that are remembered; beyond that the oldest are forgotten, and stay hidden until their primary deletes them. */
const keysMost = 1 << 20

/** Slots of a hash that are looked through in one step. */
const slotsAStep = 4096

interface Noted {
  readonly db: number
  readonly key: Slice
}

/** A hash that is too large to be looked through in one step. */
interface Unfinished {
  readonly noted: Noted
  readonly deadlines: FieldDeadlines
  readonly pass: DeadlinePass
  cursor: number
}

/**
 * Keys of a replica that its own clients gave a deadline, or whose fields have one since they wrote there. What its primary
 * has it deletes when the primary says so, but nobody will ever say so of these.
 *
 * @see redis 7.0.15, expire.c, expireSlaveKeys
 */
export class LocalDeadlines {
  readonly #keyspace: Keyspace
  /** In the order in which they were noted, or last looked at. */
  readonly #noted = new Map<string, Noted>()
  #unfinished: Unfinished | null = null

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  get size(): number {
    return this.#noted.size
  }

  /** A client wrote to this key: notes it if it has a deadline, or a field of it may have one. */
  note(db: number, key: Slice): void {
    if (!hasDeadline(this.#keyspace.databases[db], key)) return
    this.#noted.set(nameOf(db, key), { db, key: Slice.from(key.toBuffer()) })
    if (this.#noted.size > keysMost) this.#noted.delete(this.#noted.keys().next().value!)
  }

  /** Deletes those whose time has come, and forgets those that have no deadline any more. */
  sweep(): void {
    if (this.#noted.size === 0) return
    const keyspace = this.#keyspace
    keyspace.tick()
    let left = Math.min(keysASweep, this.#noted.size)
    for (const [name, noted] of this.#noted) {
      if (left-- === 0 || this.#unfinished !== null) break
      this.#noted.delete(name)
      if (this.#isAlive(noted)) this.#noted.set(name, noted)
    }
  }

  /** Goes on in a large hash; whether there is more of it. */
  slice(): boolean {
    const unfinished = this.#unfinished
    if (unfinished === null) return false
    const { noted, deadlines, pass } = unfinished
    const database = this.#keyspace.databases[noted.db]
    const isThere = database.fieldDeadlines === deadlines // databases may have been exchanged
    unfinished.cursor = isThere ? database.expireFields(noted.key, unfinished.cursor, slotsAStep, pass) : 0
    if (unfinished.cursor !== 0) return true
    deadlines.end(noted.key, isThere ? pass.nearestMs : 0)
    this.#unfinished = null
    return false
  }

  /** There is another dataset, or somebody else deletes what expires. */
  clear(): void {
    this.#noted.clear()
    // whoever sweeps from now on finds it due
    this.#unfinished?.deadlines.end(this.#unfinished.noted.key, 0)
    this.#unfinished = null
  }

  #isAlive(noted: Noted): boolean {
    const { db, key } = noted
    const keyspace = this.#keyspace
    const database = keyspace.databases[db]
    const ref = database.peek(key)
    if (ref !== 0 && database.isExpired(ref)) {
      keyspace.expiry = Expiry.deletes
      database.expireKey(key)
      keyspace.expiry = keyspace.expiryOfClients
      return false
    }
    const deadlines = database.fieldDeadlines
    if (deadlines.nearestMs(key) < keyspace.nowMs) {
      deadlines.begin(key)
      this.#unfinished = { noted, deadlines, pass: { expired: 0, nearestMs: Infinity }, cursor: 0 }
      this.slice()
    }
    return hasDeadline(database, key)
  }
}

function hasDeadline(database: Database, key: Slice): boolean {
  const ref = database.peek(key)
  if (ref === 0) return false
  return database.deadline(ref) !== 0 || database.fieldDeadlines.nearestMs(key) !== Infinity
}

const nameOf = (db: number, key: Slice): string => `${db}:${key.toLatin1()}`
