import { Slice } from '../base/index.js'
import type { Clock, Timer } from '../base/index.js'
import { flightId } from './flight.js'
import type { Route } from './route.js'

/** Renewals come this share of the lifetime before its end, or this many times the origin's latency, if that is more. */
const marginShare = 1 / 20
const marginLatencies = 4

/** The last part of the lifetime, in which a read has its key renewed. */
export const aheadShare = 1 / 5

/**
 * Renews what was read in the last fifth of its lifetime: not at that read, but as late as the origin's latency permits,
 * so that a hot key costs hardly more requests than without.
 */
export class RefreshAhead {
  readonly #route: Route
  readonly #clock: Clock
  readonly #renew: (db: number, key: Slice) => void
  readonly #planned = new Map<string, Timer>()

  /** @param renew asks behind the reply, if what is held still nears its end */
  constructor(route: Route, clock: Clock, renew: (db: number, key: Slice) => void) {
    this.#route = route
    this.#clock = clock
    this.#renew = renew
  }

  /** A read found what ends in `leftMs`, of `lifetimeMs`. */
  read(db: number, key: Slice, leftMs: number, lifetimeMs: number): void {
    const id = flightId(db, key)
    if (this.#planned.has(id)) return
    const pauseMs = leftMs - this.#marginMs(lifetimeMs)
    if (pauseMs <= 0 || this.#planned.size >= this.#route.options.queueMax) return this.#renew(db, key)
    const own = Slice.from(key.toBuffer())
    const timer = this.#clock.schedule(pauseMs, () => {
      this.#planned.delete(id)
      this.#renew(db, own)
    })
    this.#planned.set(id, timer)
  }

  close(): void {
    for (const timer of this.#planned.values()) timer.cancel()
    this.#planned.clear()
  }

  #marginMs(lifetimeMs: number): number {
    const latencyMs = this.#route.statistics.latencyMsAt(0.99)
    return Math.min(lifetimeMs * aheadShare, Math.max(lifetimeMs * marginShare, latencyMs * marginLatencies))
  }
}
