import type { Clock, Log, Random, Slice } from '../base/index.js'
import { Journal } from '../keyspace/index.js'
import type { Keyspace, Pins } from '../keyspace/index.js'
import { Behind } from './behind.js'
import type { MadeWrite } from './behind.js'
import { DeadLetters } from './dead-letters.js'
import { flightId } from './flight.js'
import type { Holdings } from './holdings.js'
import type { Lines } from './lines.js'
import { RouteError } from './route-error.js'
import type { Route } from './route.js'
import type { RouteTable } from './routes.js'
import { digestOf } from './values.js'
import type { WriteQueue } from './write-queue.js'

export interface BehindsParts {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'notice' | 'warning'>
  readonly defer: (job: () => void) => void
  readonly routes: RouteTable
  readonly lines: Lines
  readonly holdings: Holdings
  /** A key began or ceased to wait. */
  readonly onChange: () => void
  /** An answer about the key that is under way says nothing of it any more. */
  readonly voided: (db: number, key: Slice) => void
  /** What is held of the key is out of date. */
  readonly lapsed: (db: number, key: Slice) => void
}

/** What is made behind clients' calls, of all routes; and the database in which it waits. */
export class Behinds implements Pins {
  readonly #parts: BehindsParts
  #isOn: boolean

  /** @param isOn whether writes are made from the beginning, or only when `start` says that the dataset is in place */
  constructor(parts: BehindsParts, isOn: boolean) {
    this.#parts = parts
    this.#isOn = isOn
  }

  /** Keeps the last database, if writes are to wait for the route. @throws {RouteError} it is needed for something else */
  reserve(route: Route): void {
    if (route.options.write !== 'behind') return
    const { keyspace } = this.#parts
    const last = keyspace.databases.length - 1
    if (last === 0 || route.options.db === last) {
      throw new RouteError(
        `'write behind' of origin '${route.name}' keeps the writes that wait in the last database, ${last}; set 'databases' to ${last + 2} or more`,
      )
    }
    keyspace.reserved = last
  }

  /** What a new route needs, for whose writes there is a place; null where nothing is to wait for it. */
  open(route: Route, queue: WriteQueue): Behind | null {
    if (route.options.write !== 'behind') return null
    const { keyspace, clock, random, log, defer, onChange, voided, lapsed } = this.#parts
    return new Behind(route, {
      ...{ keyspace, clock, random, log, defer, queue, onChange, voided, lapsed },
      journal: new Journal(keyspace, keyspace.reserved, `pending:${route.name}`),
      deadLetters: new DeadLetters(new Journal(keyspace, keyspace.reserved, `dead:${route.name}`), clock),
      written: (made) => this.#written(route, made),
    })
  }

  /** A route is in place. */
  opened(behind: Behind | null): void {
    if (this.#isOn) behind?.start()
  }

  /** The dataset is in place, and this server writes it: makes what waits. */
  start(): void {
    this.#isOn = true
    for (const { behind } of this.#parts.lines.all()) behind?.start()
  }

  /** Another server does. */
  stop(): void {
    this.#isOn = false
    for (const { behind } of this.#parts.lines.all()) behind?.stop()
  }

  /** Keys that wait. */
  get size(): number {
    let count = 0
    for (const { behind } of this.#parts.lines.all()) count += behind?.size ?? 0
    return count
  }

  /** Whether a write of the key waits to be made. */
  has(db: number, key: Slice): boolean {
    const route = this.#parts.routes.find(db, key)
    return route !== null && this.#pending(route, db, key) !== null
  }

  /**
   * What a read of a route's key may do: use what is held, for a write of it waits; wait, until that is known or its value
   * was read; or go by the route's own rule: null.
   */
  read(route: Route, db: number, key: Slice): 'uses' | 'waits' | null {
    const { behind } = this.#parts.lines.of(route)
    if (behind === null) return null
    if (!behind.isReady) return 'waits'
    const pending = this.#pending(route, db, key)
    if (pending === null) return null
    return pending === 'none' || this.#parts.holdings.kindOf(db, key) !== null ? 'uses' : 'waits'
  }

  #pending(route: Route, db: number, key: Slice): 'value' | 'none' | null {
    return this.#parts.lines.of(route).behind?.pending(flightId(db, key)) ?? null
  }

  /** The origin has taken a write: what is held is confirmed, where it is that value. */
  #written(route: Route, { db, key, id, value, validator, askedAtMs, answeredAtMs }: MadeWrite): void {
    const { holdings, lapsed, onChange } = this.#parts
    const isHeld =
      value === null
        ? holdings.kindOf(db, key) === null
        : holdings.digest(db, key, route.options.as)?.equals(digestOf(value)) === true
    if (!isHeld) return lapsed(db, key)
    holdings.wrote({ route, db, key, id, askedAtMs }, value, validator, answeredAtMs)
    onChange()
  }
}
