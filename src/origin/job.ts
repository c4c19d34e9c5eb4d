import { Slice } from '../base/index.js'
import type { Clock } from '../base/index.js'
import type { SettleKey } from '../command/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { CancelSignal } from './cancellation.js'
import type { Waiter } from './flight.js'
import type { KeySource } from './key-sources.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import { codeOf } from './secrets.js'
import type { CallSettlement } from './settlement.js'
import { Unavailable } from './store.js'

/** WARM fills what the origin lists and is not held; RECONCILE validates all that is held. */
export type JobKind = 'warm' | 'reconcile'

/** What became of the keys of a job. */
export interface JobCounts {
  /** Keys that the origin was asked for, and answered. */
  asked: number
  /** Stored where nothing was, or in place of something else. */
  filled: number
  /** Confirmed as they are; or of WARM, held already and not asked for. */
  kept: number
  /** Not there, and deleted here. */
  absent: number
  /** Of values that cannot be used: their size, their shape, the origin refuses this one key. */
  refused: number
  /** Answered, but not stored: memory is full, writes are paused, the origin forbids it. */
  unstored: number
  /** Given up after several tries, while the origin answered for others. */
  failed: number
}

export interface JobParts {
  readonly kind: JobKind
  readonly route: Route
  readonly source: KeySource
  /** Keys a second at most. */
  readonly rate: number
  readonly keyspace: Keyspace
  readonly resolver: Resolver
  readonly clock: Clock
  /** Whether somebody still waits for the end. */
  readonly wanted: () => boolean
}

/** A key to be asked for, and what happened before. */
interface Errand {
  readonly key: SettleKey
  /** The digest of what is held when it is asked for: null where nothing is, undefined where that is not known. */
  before: Buffer | null | undefined
  tries: number
  /** How often the origin had answered when it failed first. */
  answeredBefore: number
}

/** Pauses while the origin fails double up to this one. */
const pauseMsMax = 30_000
/** Whether somebody still waits is looked at this often. */
const lookEveryMs = 1000
/** Keys asked for at once. */
const batchMax = 256
/** A key that fails this often is given up: while the origin answers for others, and whatever it does for others. */
const triesMax = 3
const triesInAllMax = 8

/**
 * One run over many keys of a route, in bounded batches and at a bounded rate.
 *
 * Each key is asked for as ORIGIN VALIDATE does, and so under all the rules that hold for reads; keys of a batch leave in
 * one loop turn, so that a store that can asks for them together. While the origin fails nothing is given up: the job
 * pauses as long as the breaker would, then longer, tries one key, and goes on.
 */
export class Job {
  readonly kind: JobKind
  readonly route: Route
  readonly rate: number
  readonly source: KeySource
  readonly counts: JobCounts = { asked: 0, filled: 0, kept: 0, absent: 0, refused: 0, unstored: 0, failed: 0 }
  readonly startedAtMs: number
  isCancelled = false
  /** Why it pauses; null while it does not. */
  pausedFor: string | null = null
  #endedAtMs: number | null = null
  readonly #keyspace: Keyspace
  readonly #resolver: Resolver
  readonly #clock: Clock
  readonly #wanted: () => boolean
  readonly #abort = new AbortController()
  /** Keys that are known, and those of them that failed. */
  #known: Errand[] = []
  #failing: Errand[] = []
  #pauseMs: number
  /** When the next batch may leave. */
  #dueMs: number

  constructor(parts: JobParts) {
    this.kind = parts.kind
    this.route = parts.route
    this.source = parts.source
    this.rate = parts.rate
    this.#keyspace = parts.keyspace
    this.#resolver = parts.resolver
    this.#clock = parts.clock
    this.#wanted = parts.wanted
    this.#pauseMs = parts.route.options.breakerPauseMs
    this.startedAtMs = this.#dueMs = parts.clock.monotonicMs()
  }

  cancel(): void {
    this.isCancelled = true
    this.#abort.abort()
  }

  /** Until it ended, or until now. */
  get lastedMs(): number {
    return (this.#endedAtMs ?? this.#clock.monotonicMs()) - this.startedAtMs
  }

  /** @throws {Unavailable} the origin does not even begin to list its keys */
  async run(): Promise<void> {
    await this.#run().finally(() => (this.#endedAtMs = this.#clock.monotonicMs()))
  }

  async #run(): Promise<void> {
    let isFirst = true
    while (this.#goesOn()) {
      let batch: readonly Errand[] | null
      try {
        batch = await this.#next()
        isFirst = false
      } catch (error) {
        if (isFirst && !this.isCancelled) throw error
        await this.#pause(error instanceof Unavailable ? error.message : codeOf(error))
        continue
      }
      if (batch === null) return
      if (batch.length === 0) await new Promise<void>((resolve) => this.#resolver.defer(resolve))
      else await this.#do(batch)
    }
  }

  #goesOn(): boolean {
    if (!this.isCancelled && !this.#wanted()) this.cancel()
    return !this.isCancelled
  }

  /** Keys of one batch: as many as may leave at once without taking the line from reads. */
  get #batchSize(): number {
    if (this.pausedFor !== null) return 1
    const { store, options } = this.route
    const atOnce = store.batchMax > 1 ? store.batchMax : Math.ceil(options.maxInFlight / 4)
    return Math.min(batchMax, atOnce, Math.ceil(this.rate / 10))
  }

  /** The next keys to be asked for; none where the source gave none; null at the end. */
  async #next(): Promise<readonly Errand[] | null> {
    const size = this.#batchSize
    if (this.#known.length === 0 && this.#failing.length < batchMax) {
      const keys = await this.#within((signal) => this.source.next(signal))
      if (keys === null && this.#failing.length === 0) return null
      this.#known = (keys ?? []).map((key) => ({ key, before: undefined, tries: 0, answeredBefore: 0 }))
    }
    const batch: Errand[] = []
    this.#keyspace.tick()
    while (batch.length < size && this.#known.length > 0) {
      const errand = this.#known.shift() as Errand
      if (this.#isMeant(errand.key)) batch.push(errand)
    }
    if (this.pausedFor === null || batch.length === 0) batch.push(...this.#failing.splice(0, size - batch.length))
    return batch
  }

  /** Whether a key is one to be asked for as things are now. */
  #isMeant({ db, key }: SettleKey): boolean {
    const times = this.#resolver.holdings.times(db, Slice.from(key))
    const isHeld = times !== null && !times.negative
    if (this.kind === 'reconcile') return isHeld
    if (!isHeld || times.invalidated) return true
    this.counts.kept++
    return false
  }

  async #do(batch: readonly Errand[]): Promise<void> {
    if (this.#resolver.load(this.route).breaker === 'open') {
      this.#failing.unshift(...batch)
      return this.#pause('its breaker is open')
    }
    for (const errand of batch) errand.before = this.#digestOf(errand.key)
    const nowMs = this.#clock.monotonicMs()
    this.#dueMs = Math.max(this.#dueMs, nowMs) + (batch.length * 1000) / this.rate
    const waiters = await this.#ask(batch.map(({ key }) => key))
    if (this.isCancelled) return
    let failure: string | null = null
    const before = this.counts.asked
    batch.forEach((errand, i) => (failure = this.#took(errand, waiters[i], before) ?? failure))
    this.#giveUp()
    if (failure !== null && this.counts.asked === before) return this.#pause(failure)
    this.pausedFor = null
    this.#pauseMs = this.route.options.breakerPauseMs
    await this.#sleep(this.#dueMs - this.#clock.monotonicMs())
  }

  /** Asks for keys, each by itself, so that one that is refused leaves the others alone. */
  #ask(keys: readonly SettleKey[]): Promise<readonly (Waiter | undefined)[]> {
    return new Promise((resolve) => {
      let left = keys.length
      const settlements: CallSettlement[] = []
      const end = (): void => {
        this.#abort.signal.removeEventListener('abort', end)
        for (const settlement of settlements) settlement.cancel()
        resolve(settlements.map(({ waiters }) => waiters[0]))
      }
      this.#abort.signal.addEventListener('abort', end)
      for (const key of keys) settlements.push(this.#resolver.validate([key], () => --left === 0 && end()))
    })
  }

  /**
   * Counts what became of a key.
   *
   * @param before how often the origin had answered before its batch
   * @returns why the origin failed, where it did
   */
  #took(errand: Errand, waiter: Waiter | undefined, before: number): string | null {
    const { counts } = this
    if (waiter === undefined || waiter.outcome === 'waiting') return null // its route is gone
    const { outcome, answer, refusal } = waiter
    if (outcome === 'refused' && refusal?.prefix !== 'ORIGINVALUE') {
      if (errand.tries++ === 0) errand.answeredBefore = before
      this.#failing.push(errand)
      return refusal?.text ?? 'it failed'
    }
    counts.asked++
    if (outcome === 'refused') counts.refused++
    else if (outcome !== 'ready') counts.unstored++
    else if (answer === 'absent') counts.absent++
    else if (answer === 'found' || this.#isChanged(errand)) counts.filled++
    else counts.kept++
    return null
  }

  /** Whether something else is held than before it was asked for: a follower's values come with its primary's stream. */
  #isChanged({ key, before }: Errand): boolean {
    const now = this.#digestOf(key)
    if (before === undefined || now === undefined || now === null) return false
    return before?.equals(now) !== true
  }

  #digestOf({ db, key }: SettleKey): Buffer | null | undefined {
    const slice = Slice.from(key)
    const { holdings } = this.#resolver
    const isHeld = holdings.kindOf(db, slice) !== null
    const digest = isHeld ? (holdings.digest(db, slice, this.route.options.as) ?? undefined) : null
    this.#keyspace.databases[db].forget() // the slice lives longer than a call
    return digest
  }

  /** Lets go of keys whose failing is their own. */
  #giveUp(): void {
    const { counts } = this
    this.#failing = this.#failing.filter(({ tries, answeredBefore }) => {
      const isOwn = tries >= triesInAllMax || (tries >= triesMax && counts.asked > answeredBefore)
      if (isOwn) counts.failed++
      return !isOwn
    })
  }

  async #pause(reason: string): Promise<void> {
    this.pausedFor = reason
    const pauseMs = this.#pauseMs
    this.#pauseMs = Math.max(this.route.options.breakerPauseMs, Math.min(pauseMsMax, pauseMs * 2))
    await this.#sleep(pauseMs)
  }

  /** Sleeps, unless the job ends or nobody waits for it any more. */
  async #sleep(ms: number): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + ms
    while (this.#goesOn()) {
      const leftMs = untilMs - this.#clock.monotonicMs()
      if (leftMs <= 0) return
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#abort.signal.removeEventListener('abort', wake)
          timer.cancel()
          resolve()
        }
        const timer = this.#clock.schedule(Math.min(leftMs, lookEveryMs), wake)
        this.#abort.signal.addEventListener('abort', wake)
      })
    }
  }

  /** Gives up after the hard timeout, and when the job ends. */
  async #within<T>(work: (signal: CancelSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    let giveUp = (): void => undefined
    const over = new Promise<never>((_, reject) => {
      giveUp = () => {
        controller.abort()
        reject(new Unavailable('it did not list its keys in time', { counts: false }))
      }
    })
    const timer = this.#clock.schedule(this.route.options.hardTimeoutMs, giveUp)
    this.#abort.signal.addEventListener('abort', giveUp)
    try {
      return await Promise.race([work(controller.signal), over])
    } finally {
      this.#abort.signal.removeEventListener('abort', giveUp)
      timer.cancel()
    }
  }
}
