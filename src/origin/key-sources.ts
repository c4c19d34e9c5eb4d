import type { Slice } from '../base/index.js'
import { matchGlob } from '../base/index.js'
import type { SettleKey } from '../command/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { CancelSignal } from './cancellation.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import type { NamePage } from './store.js'

/** Where a job's keys come from, a few at a time. */
export interface KeySource {
  /** What was looked at so far: names that the origin listed, or keys of the keyspace. */
  readonly looked: number
  /** How much there is to look at; null: nobody knows. */
  readonly total: number | null
  /**
   * The next keys that the job is about: none where what was looked at held none; null at the end.
   *
   * @throws {Unavailable} the origin does not list now; it may be called again
   */
  next(signal: CancelSignal): Promise<readonly SettleKey[] | null>
}

/** Keys that an origin lists. */
export class ListedKeys implements KeySource {
  looked = 0
  readonly total = null
  /** Names that are those of no key of the route. */
  unbound = 0
  readonly #resolver: Resolver
  readonly #route: Route
  readonly #db: number
  readonly #match: Slice | null
  readonly #prefix: string
  #cursor: NamePage['next'] = null
  #isOver = false

  /** @param match of the keys that are meant; null: all */
  constructor(resolver: Resolver, route: Route, db: number, match: Slice | null) {
    this.#resolver = resolver
    this.#route = route
    this.#db = db
    this.#match = match
    this.#prefix = route.namePrefix(match)
  }

  async next(signal: CancelSignal): Promise<readonly SettleKey[] | null> {
    if (this.#isOver) return null
    const page = await this.#route.store.list?.(this.#prefix, this.#cursor, signal)
    const { names, next } = page ?? { names: [], next: null }
    this.#cursor = next
    this.#isOver = next === null
    this.looked += names.length
    const keys: SettleKey[] = []
    for (const name of names) {
      const key = this.#route.keyOf(name)
      if (key === null || this.#resolver.routes.find(this.#db, key) !== this.#route) this.unbound++
      else if (this.#match === null || matchGlob(this.#match, key)) keys.push({ db: this.#db, key: key.toBuffer() })
    }
    return keys
  }
}

/** Keys looked at in one loop turn: well under a millisecond. */
const keysAStep = 1024

/** Keys of a route that are held here. */
export class HeldKeys implements KeySource {
  looked = 0
  readonly #keyspace: Keyspace
  readonly #resolver: Resolver
  readonly #route: Route
  readonly #databases: readonly number[]
  #at = 0
  #cursor = 0

  constructor(keyspace: Keyspace, resolver: Resolver, route: Route, databases: readonly number[]) {
    this.#keyspace = keyspace
    this.#resolver = resolver
    this.#route = route
    this.#databases = databases
  }

  get total(): number {
    return this.#databases.reduce((sum, db) => sum + this.#keyspace.databases[db].size, 0)
  }

  async next(): Promise<readonly SettleKey[] | null> {
    if (this.#at === this.#databases.length) return null
    const db = this.#databases[this.#at]
    const keys: SettleKey[] = []
    this.#keyspace.tick()
    this.#cursor = this.#keyspace.databases[db].scan(this.#cursor, keysAStep, (key) => {
      this.looked++
      if (this.#resolver.routes.find(db, key) === this.#route) keys.push({ db, key: key.toBuffer() })
    })
    if (this.#cursor === 0) this.#at++
    return keys
  }
}
