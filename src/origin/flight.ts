import type { Slice } from '../base/index.js'
import type { Route } from './route.js'
import type { Waiter } from './settlement.js'

/**
 * One request for one key, from the first read that wants it to its answer.
 *
 * Until it is sent, anybody may join it. While it is away, whoever its answer will be fresh for may. When its key changes
 * meanwhile it is void: nobody joins it any more, and its answer is not kept.
 */
export class Flight {
  readonly id: string
  readonly route: Route
  readonly db: number
  /** Bytes of its own. */
  readonly key: Slice
  /** In the order in which they came. One that left has another `flight` by now, or none. */
  readonly waiters: Waiter[] = []
  /** How many of them still wait. */
  waiting = 0
  /** Monotonic moment at which it was sent; NaN before. */
  askedAtMs = NaN
  isVoid = false
  /** Wanted behind a reply: sent also when nobody waits. */
  behind = false
  /** Asks for the value whatever is held here: earlier answers were all void, and the next may be served in passing. */
  unconditional = false
  /** For those whose reads came too late for this one: sent when this one has ended. */
  successor: Flight | null = null
  /** What the ask said of the copy. */
  digest: Buffer | null = null
  validator: string | null = null

  constructor(id: string, route: Route, db: number, key: Slice) {
    this.id = id
    this.route = route
    this.db = db
    this.key = key
  }

  get sent(): boolean {
    return this.askedAtMs === this.askedAtMs // NaN before
  }

  join(waiter: Waiter): void {
    this.waiters.push(waiter)
    this.waiting++
    waiter.flight = this
  }

  leave(waiter: Waiter): void {
    if (waiter.flight !== this) return
    waiter.flight = null
    this.waiting--
  }

  /** Takes out all that still wait, in their order. */
  release(): Waiter[] {
    const left = this.waiters.filter((waiter) => waiter.flight === this)
    for (const waiter of left) waiter.flight = null
    this.waiters.length = 0
    this.waiting = 0
    return left
  }
}

/** Names a key of a database in maps: exact for any bytes. */
export const flightId = (db: number, key: Slice): string => `${db}:${key.toLatin1()}`
