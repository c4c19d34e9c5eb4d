import { Slice } from '../base/index.js'
import { Expiry } from './effects.js'
import type { Keyspace } from './keyspace.js'

/** Keys looked at in one sweep. */
const keysASweep = 1000
/** Keys that are remembered; beyond that the oldest are forgotten, and stay hidden until their primary deletes them. */
const keysMost = 1 << 20

interface Noted {
  readonly db: number
  readonly key: Slice
}

/**
 * Keys of a replica that its own clients gave a deadline. What its primary has it deletes when the primary says so, but
 * nobody will ever say so of these.
 *
 * @see redis 7.0.15, expire.c, expireSlaveKeys
 */
export class LocalDeadlines {
  readonly #keyspace: Keyspace
  /** In the order in which they were noted, or last looked at. */
  readonly #noted = new Map<string, Noted>()

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  get size(): number {
    return this.#noted.size
  }

  /** A client wrote to this key: notes it if it has a deadline. */
  note(db: number, key: Slice): void {
    const database = this.#keyspace.databases[db]
    const ref = database.peek(key)
    if (ref === 0 || database.deadline(ref) === 0) return
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
      if (left-- === 0) break
      this.#noted.delete(name)
      if (this.#isAlive(noted)) this.#noted.set(name, noted)
    }
  }

  /** There is another dataset, or somebody else deletes what expires. */
  clear(): void {
    this.#noted.clear()
  }

  #isAlive({ db, key }: Noted): boolean {
    const keyspace = this.#keyspace
    const database = keyspace.databases[db]
    const ref = database.peek(key)
    if (ref === 0 || database.deadline(ref) === 0) return false
    if (!database.isExpired(ref)) return true
    keyspace.expiry = Expiry.deletes
    database.expireKey(key)
    keyspace.expiry = keyspace.expiryOfClients
    return false
  }
}

const nameOf = (db: number, key: Slice): string => `${db}:${key.toLatin1()}`
