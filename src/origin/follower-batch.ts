import { Slice } from '../base/index.js'
import type { Timer } from '../base/index.js'
import { flightId } from './flight.js'
import type { LastAnswer, Terms } from './flight.js'
import { demandOf } from './patience.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import { coveredAfterMs } from './rules.js'
import type { Settled, SettledBatch, SettledTimes } from './settled.js'
import type { CallSettlement } from './settlement.js'

/** A follower waits as long as its own hard timeout says: it is told a little earlier which of its keys do not answer. */
const hardShare = 0.9

/** When some keys are settled, the others have so long to be told together with them. */
const togetherMs = 5

const unknownTimes: SettledTimes = { ageMs: -1, freshMs: 0, answeredMs: 0 }

/** Of what is to become what the origin holds: a write of it waits to be made there. */
const ofThisMoment: SettledTimes = { ageMs: 0, freshMs: 0, answeredMs: 0 }

/** To thousandths of a millisecond. */
const roundedUp = (ms: number): number => Math.ceil(ms * 1000) / 1000

export interface FollowerAsk {
  readonly db: number
  readonly keys: readonly Buffer[]
  /** See `patience.ts`. */
  readonly patienceMs: number
  readonly wantsValues: boolean
  /** Monotonic: when the request's bytes were read. */
  readonly arrivedAtMs: number
}

/** One key of a batch, until it is told. */
interface Item {
  readonly key: Buffer
  settlement: CallSettlement | null
  isWaiting: boolean
}

/**
 * Settles keys for a follower as reads that arrived with its request, each by itself, and tells what is held of them:
 * of those that are settled soon at once, of the others when the follower asks on, so that no key waits for another.
 * Nothing stale is told: what a follower may serve stale is a matter of its own.
 */
export class FollowerBatch {
  readonly #resolver: Resolver
  readonly #ask: FollowerAsk
  readonly #terms: Terms
  readonly #offset: () => number
  #left: Item[]
  #done: ((batch: SettledBatch) => void) | null = null
  #timer: Timer | null = null

  /** @param offset the replication offset now */
  constructor(resolver: Resolver, ask: FollowerAsk, offset: () => number) {
    this.#resolver = resolver
    this.#ask = ask
    this.#offset = offset
    this.#terms = { demand: demandOf(ask.patienceMs), asksAnyway: false, mayBeStale: false, hardShare }
    this.#left = ask.keys.map((key) => ({ key, settlement: null, isWaiting: false }))
  }

  /** Whether everything is told. */
  get isOver(): boolean {
    return this.#left.length === 0
  }

  /** Tells what is settled of the keys not told yet, in their order. @param done may be called before this returns */
  tell(done: (batch: SettledBatch) => void): void {
    this.#done = done
    for (const item of this.#left) this.#settleUnlessKnown(item)
    this.#consider()
  }

  /** The follower is gone. */
  cancel(): void {
    this.#done = null
    this.#timer?.cancel()
    for (const { settlement } of this.#left) settlement?.cancel()
    this.#left = []
  }

  /** Tells at once when no key waits, soon when some do. */
  #consider(): void {
    if (this.#done === null) return
    const waiting = this.#left.reduce((sum, { isWaiting }) => sum + Number(isWaiting), 0)
    if (waiting === 0) this.#tell()
    else if (waiting < this.#left.length) {
      this.#timer ??= this.#resolver.clock.schedule(togetherMs, () => {
        this.#timer = null
        this.#tell()
      })
    }
  }

  /** Tells what is held of the keys that are settled, unless that was lost again meanwhile for all of them. */
  #tell(): void {
    const keys = this.#left.map((item): Settled => {
      return (item.isWaiting ? null : this.#settleUnlessKnown(item)) ?? { kind: 'pending' }
    })
    const left = this.#left.filter((_, i) => keys[i].kind === 'pending')
    if (left.length === keys.length && left.length > 0) return
    const done = this.#done!
    this.#left = left
    this.#done = null
    this.#timer?.cancel()
    this.#timer = null
    done({ offset: this.#offset(), keys })
  }

  /** What is to be told of a key; null where it has to be settled, which begins. */
  #settleUnlessKnown(item: Item): Settled | null {
    if (item.isWaiting) return null
    const settled = this.#lookAt(Slice.from(item.key), item.settlement)
    if (settled !== null) return settled
    const { db, arrivedAtMs } = this.#ask
    const onSettled = (): void => {
      item.isWaiting = false
      this.#consider()
    }
    item.isWaiting = true
    const keys = [{ db, key: item.key }]
    item.settlement = this.#resolver.settleOn(this.#terms, keys, arrivedAtMs, onSettled, item.settlement ?? undefined)
    return null
  }

  #lookAt(key: Slice, settlement: CallSettlement | null): Settled | null {
    const { db, arrivedAtMs } = this.#ask
    const { routes } = this.#resolver
    const route = routes.find(db, key)
    if (route === null) return { kind: 'unbound' }
    const pending = route.options.write === 'behind' ? this.#resolver.behinds.read(route, db, key) : null
    if (pending === 'uses') return this.#held(route, key, ofThisMoment)
    if (pending === null && this.#resolver.usableOn(this.#terms, route, db, key, arrivedAtMs)) {
      return this.#held(route, key, this.#times(route, key))
    }
    const waiter = settlement?.of(flightId(db, key))
    if (waiter?.outcome === 'passing') return this.#passing(waiter.last)
    if (waiter === undefined || waiter.refusal === null) return null
    return { kind: 'failed', prefix: waiter.refusal.prefix, reason: waiter.reason }
  }

  #held(route: Route, key: Slice, times: SettledTimes): Settled {
    const { db, wantsValues } = this.#ask
    const { holdings } = this.#resolver
    if (holdings.kindOf(db, key) === null) return { kind: 'absent', ...times }
    const digest = wantsValues ? null : holdings.digest(db, key, route.options.as)
    if (digest !== null) return { kind: 'held', digest, ...times }
    // a long value whose digest is not known yet, or one that was asked for
    return { kind: 'value', value: holdings.read(db, key), isHeld: true, ...times }
  }

  #passing(last: LastAnswer | null): Settled {
    if (last === null) return { kind: 'value', value: null, isHeld: false, ...unknownTimes }
    const { askedAtMs, answeredAtMs, value } = last
    return { kind: 'value', value, isHeld: false, ...this.#counted(askedAtMs, answeredAtMs), freshMs: 0 }
  }

  #times(route: Route, key: Slice): SettledTimes {
    const { db, arrivedAtMs } = this.#ask
    const { holdings, clock } = this.#resolver
    const { askedAtMs, answeredAtMs } = holdings.times(db, key)!
    if (askedAtMs === -Infinity) return unknownTimes
    const nowMs = clock.monotonicMs()
    const untilMs = holdings.freshUntilMs(route, db, key)
    const { validation } = route.options
    const isVouchedFor = validation.mode === 'push' && askedAtMs > coveredAfterMs(validation, nowMs)
    return {
      ...(isVouchedFor ? { ageMs: 0, answeredMs: -1 } : this.#counted(askedAtMs, answeredAtMs)),
      freshMs: untilMs === Infinity ? -1 : Math.max(0, -roundedUp(arrivedAtMs - untilMs)),
    }
  }

  #counted(askedAtMs: number, answeredAtMs: number): Pick<SettledTimes, 'ageMs' | 'answeredMs'> {
    const nowMs = this.#resolver.clock.monotonicMs()
    return {
      ageMs: Math.max(0, roundedUp(this.#ask.arrivedAtMs - askedAtMs)),
      answeredMs: Math.max(0, roundedUp(nowMs - answeredAtMs)),
    }
  }
}
