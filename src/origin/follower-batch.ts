import { Slice } from '../base/index.js'
import { flightId } from './flight.js'
import type { Terms } from './flight.js'
import { demandOf } from './patience.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import type { Settled, SettledBatch, SettledTimes } from './settled.js'
import type { CallSettlement } from './settlement.js'

/** A follower waits as long as its own hard timeout says: it is told a little earlier which of its keys do not answer. */
const hardShare = 0.9

export interface FollowerAsk {
  readonly db: number
  readonly keys: readonly Buffer[]
  /** See `patience.ts`. */
  readonly patienceMs: number
  readonly wantsValues: boolean
  /** Monotonic: when the request's bytes were read. */
  readonly arrivedAtMs: number
}

/**
 * Settles keys for a follower as reads that arrived with its request, each by itself, and tells what is held of them when
 * the last of them is settled. Nothing stale is told: what a follower may serve stale is a matter of its own.
 */
export class FollowerBatch {
  readonly #resolver: Resolver
  readonly #ask: FollowerAsk
  readonly #terms: Terms
  readonly #offset: () => number
  readonly #done: (batch: SettledBatch) => void
  readonly #settlements: (CallSettlement | null)[]
  #waiting = 0

  /**
   * @param offset the replication offset now
   * @param done may be called before the constructor returns
   */
  constructor(resolver: Resolver, ask: FollowerAsk, offset: () => number, done: (batch: SettledBatch) => void) {
    this.#resolver = resolver
    this.#ask = ask
    this.#offset = offset
    this.#done = done
    this.#terms = { demand: demandOf(ask.patienceMs), asksAnyway: false, mayBeStale: false, hardShare }
    this.#settlements = ask.keys.map(() => null)
    this.#look()
  }

  /** Tells what is held of all keys, or waits again for those of which that may not be told (any more). */
  #look(): void {
    const keys: Settled[] = []
    this.#ask.keys.forEach((key, i) => {
      const settled = this.#lookAt(Slice.from(key), this.#settlements[i])
      if (settled !== null) keys.push(settled)
      else this.#settle(key, i)
    })
    if (this.#waiting === 0) this.#done({ offset: this.#offset(), keys })
  }

  #settle(key: Buffer, i: number): void {
    const { db, arrivedAtMs } = this.#ask
    const earlier = this.#settlements[i] ?? undefined
    this.#waiting++
    const settled = (): void => {
      if (--this.#waiting === 0) this.#look()
    }
    this.#settlements[i] = this.#resolver.settleOn(this.#terms, [{ db, key }], arrivedAtMs, settled, earlier)
  }

  /** What is told of a key; null where it has to be settled. */
  #lookAt(key: Slice, settlement: CallSettlement | null): Settled | null {
    const { db, arrivedAtMs } = this.#ask
    const { routes } = this.#resolver
    const route = routes.find(db, key)
    if (route === null) return { kind: 'unbound' }
    if (this.#resolver.usableOn(this.#terms, route, db, key, arrivedAtMs)) return this.#held(route, key)
    const waiter = settlement?.of(flightId(db, key))
    if (waiter?.outcome === 'passing')
      return { kind: 'value', value: waiter.last?.value ?? null, ageMs: -1, freshMs: 0 }
    if (waiter === undefined || waiter.refusal === null) return null
    return { kind: 'failed', prefix: waiter.refusal.prefix, reason: waiter.reason }
  }

  #held(route: Route, key: Slice): Settled {
    const { db, wantsValues } = this.#ask
    const { holdings } = this.#resolver
    const times = this.#times(route, key)
    if (holdings.kindOf(db, key) === null) return { kind: 'absent', ...times }
    const digest = wantsValues ? null : holdings.digest(db, key, route.options.as)
    if (digest !== null) return { kind: 'held', digest, ...times }
    // a long value whose digest is not known yet, or one that was asked for
    return { kind: 'value', value: holdings.read(db, key), ...times }
  }

  #times(route: Route, key: Slice): SettledTimes {
    const { db, arrivedAtMs } = this.#ask
    const { holdings } = this.#resolver
    const askedAtMs = holdings.times(db, key)?.askedAtMs ?? -Infinity
    const freshMs = holdings.freshUntilMs(route, db, key) - arrivedAtMs
    return {
      ageMs: askedAtMs === -Infinity ? -1 : Math.max(0, Math.ceil(arrivedAtMs - askedAtMs)),
      freshMs: freshMs === Infinity ? -1 : Math.max(0, Math.floor(freshMs)),
    }
  }
}
