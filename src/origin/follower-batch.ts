import { Slice } from '../base/index.js'
import type { Timer } from '../base/index.js'
import { flightId } from './flight.js'
import type { LastAnswer, Terms } from './flight.js'
import { demandOf } from './patience.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import { coveredAfterMs } from './rules.js'
import { isUnsettled } from './settled.js'
import type { Failure, Settled, SettledBatch, SettledTimes, Stale } from './settled.js'
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
  /** Monotonic: when it is told of what may be served stale though its origin has not answered; Infinity: it is not. */
  lateAtMs: number
}

/**
 * Settles keys for a follower as reads that arrived with its request, each by itself, and tells what is held of them:
 * of those that are settled soon at once, of the others when the follower asks on, so that no key waits for another.
 *
 * Nothing stale is told as settled. Where this server's own clients are served stale it is told when the origin last held
 * that: whether the follower serves it then is a matter of its own permission.
 */
export class FollowerBatch {
  readonly #resolver: Resolver
  readonly #ask: FollowerAsk
  readonly #terms: Terms
  readonly #offset: () => number
  #left: Item[]
  #done: ((batch: SettledBatch) => void) | null = null
  #timer: Timer | null = null
  #lateTimer: Timer | null = null

  /** @param offset the replication offset now */
  constructor(resolver: Resolver, ask: FollowerAsk, offset: () => number) {
    this.#resolver = resolver
    this.#ask = ask
    this.#offset = offset
    this.#terms = { demand: demandOf(ask.patienceMs), asksAnyway: false, mayBeStale: false, hardShare }
    this.#left = ask.keys.map((key) => ({ key, settlement: null, isWaiting: false, lateAtMs: Infinity }))
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
    this.#cancelTimers()
    for (const { settlement } of this.#left) settlement?.cancel()
    this.#left = []
  }

  /** Tells at once when no key waits, soon when some do. */
  #consider(): void {
    if (this.#done === null) return
    const waiting = this.#left.reduce((sum, { isWaiting }) => sum + Number(isWaiting), 0)
    if (waiting === 0) return this.#tell()
    const { clock } = this.#resolver
    if (waiting < this.#left.length) {
      this.#timer ??= clock.schedule(togetherMs, () => {
        this.#timer = null
        this.#tell()
      })
    }
    const lateAtMs = this.#left.reduce((earliest, item) => Math.min(earliest, item.lateAtMs), Infinity)
    if (lateAtMs === Infinity) return
    this.#lateTimer ??= clock.schedule(Math.max(0, lateAtMs - clock.monotonicMs()), () => {
      this.#lateTimer = null
      this.#tell()
    })
  }

  #cancelTimers(): void {
    this.#timer?.cancel()
    this.#lateTimer?.cancel()
    this.#timer = this.#lateTimer = null
  }

  /** Tells what is held of the keys that are settled, unless that was lost again meanwhile for all of them. */
  #tell(): void {
    const keys = this.#left.map((item): Settled => {
      return (item.isWaiting ? this.#late(item) : this.#settleUnlessKnown(item)) ?? { kind: 'pending' }
    })
    if (keys.length > 0 && keys.every(({ kind }) => kind === 'pending')) return this.#consider()
    const done = this.#done!
    this.#left = this.#left.filter((_, i) => isUnsettled(keys[i]))
    this.#done = null
    this.#cancelTimers()
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
    const isFirst = item.settlement === null
    item.settlement = this.#resolver.settleOn(this.#terms, keys, arrivedAtMs, onSettled, item.settlement ?? undefined)
    const route = this.#resolver.routes.find(db, Slice.from(item.key))
    if (isFirst && route !== null && this.#mayServeStale(route, Slice.from(item.key))) {
      item.lateAtMs = item.settlement.startedAtMs + route.options.softTimeoutMs
    }
    return null
  }

  /** What is told of a key that waits for longer than the soft timeout; null: nothing, or it was told. */
  #late(item: Item): Settled | null {
    if (item.lateAtMs > this.#resolver.clock.monotonicMs()) return null
    item.lateAtMs = Infinity
    const key = Slice.from(item.key)
    const route = this.#resolver.routes.find(this.#ask.db, key)
    return route === null ? null : this.#stale(route, key, null)
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
    const failure: Failure = { prefix: waiter.refusal.prefix, reason: waiter.reason }
    const stale = failure.prefix === 'ORIGINVALUE' ? null : this.#stale(route, key, failure)
    return stale ?? { kind: 'failed', ...failure }
  }

  #mayServeStale(route: Route, key: Slice): boolean {
    const { holdings, clock } = this.#resolver
    const permission = holdings.permission(route, this.#ask.db, key, clock.monotonicMs())
    return permission !== null && permission !== 'local' // no origin has held what is local
  }

  /** What this server serves of the key by a stale permission; null: nothing. */
  #stale(route: Route, key: Slice, failure: Failure | null): Stale | null {
    if (!this.#mayServeStale(route, key)) return null
    const { db } = this.#ask
    const { holdings } = this.#resolver
    const isAbsent = holdings.kindOf(db, key) === null
    const digest = isAbsent ? null : holdings.digest(db, key, route.options.as)
    if (digest === null && !isAbsent) return null
    const { validation, negativeValidation } = route.options
    const { askedAtMs, answeredAtMs } = holdings.times(db, key)!
    const untilMs = holdings.freshUntilMs(route, db, key)
    const wasTold = (isAbsent ? negativeValidation : validation).mode === 'push' && untilMs > answeredAtMs
    const heldAtMs = wasTold ? untilMs : askedAtMs // while changes were told it was what the origin held
    return { kind: 'stale', digest, failure, ...this.#counted(heldAtMs, Math.max(heldAtMs, answeredAtMs)), freshMs: 0 }
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
