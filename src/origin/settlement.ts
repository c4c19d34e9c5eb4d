import type { ReplyError, Slice } from '../base/index.js'
import type { Settlement } from '../command/index.js'
import type { OriginValue } from '../keyspace/index.js'
import { flightId } from './flight.js'
import type { Flight } from './flight.js'
import type { Permission } from './holdings.js'
import type { Route } from './route.js'
import type { Answer } from './store.js'

/**
 * What became of one key of one waiting call: 'ready', the keyspace holds what it may use; 'stale', a permission lets it
 * use what is there; 'passing', its value is put in place for this call alone; 'refused', it fails.
 */
export type Outcome = 'waiting' | 'ready' | 'stale' | 'passing' | 'refused'

/** A value that an origin gave, or null for its absence, kept for the calls that may still need it in passing. */
export interface LastAnswer {
  readonly value: OriginValue | null
}

/** One key of one waiting call. */
export class Waiter {
  readonly settlement: CallSettlement
  readonly route: Route
  readonly db: number
  /** Bytes of its own. */
  readonly key: Slice
  readonly id: string
  /** For ORIGIN VALIDATE: only an answer to a request that left since will do, and nothing stale. */
  readonly strict: boolean
  /** The request that it waits for. */
  flight: Flight | null = null
  /** Answers that were void, or whose copy was gone again before the call ran. */
  rounds = 0
  last: LastAnswer | null = null
  outcome: Outcome = 'waiting'
  refusal: ReplyError | null = null

  /** What the last answer was, and the permission that was used: for showing. */
  answer: Answer['kind'] | null = null
  permission: Permission | null = null

  constructor(settlement: CallSettlement, route: Route, db: number, key: Slice, strict: boolean) {
    this.settlement = settlement
    this.route = route
    this.db = db
    this.key = key
    this.id = flightId(db, key)
    this.strict = strict
  }
}

/** What a settlement asks of the engine that made it. */
export interface SettlementOwner {
  /** Whether the waiter's stale permission still holds for the copy that is there. */
  stillPermitted(waiter: Waiter): boolean
  /** Whether the keyspace holds what the waiter's call may use. */
  isUsable(waiter: Waiter): boolean
  /** Puts a value in place and returns what takes it away. */
  substitute(waiter: Waiter, value: OriginValue | null): () => void
  /** The call is gone. */
  left(waiter: Waiter): void
  /** Calls `onSettled` in this loop turn, but not now. */
  defer(job: () => void): void
}

const isPassing = (waiter: Waiter): boolean => waiter.outcome === 'passing'

/** The keys of one call on their way to an outcome. */
export class CallSettlement implements Settlement {
  readonly arrivedAtMs: number
  /** When its first round began, monotonic: the timeouts count from here. */
  readonly startedAtMs: number
  readonly waiters: Waiter[] = []
  readonly #owner: SettlementOwner
  readonly #onSettled: () => void
  /** Made when first asked for. */
  #byId: Map<string, Waiter> | null = null
  #pending = 0
  #refused = false
  #told = false
  #cancelled = false
  /** While `settle` itself runs nothing is told. */
  #opening = true

  constructor(owner: SettlementOwner, arrivedAtMs: number, startedAtMs: number, onSettled: () => void) {
    this.#owner = owner
    this.arrivedAtMs = arrivedAtMs
    this.startedAtMs = startedAtMs
    this.#onSettled = onSettled
  }

  get done(): boolean {
    return this.#pending === 0 || this.#refused
  }

  get refusal(): ReplyError | null {
    return this.waiters.find((waiter) => waiter.refusal !== null)?.refusal ?? null
  }

  /** The waiter of a key, by its id. */
  of(id: string): Waiter | undefined {
    return this.#distinct().get(id)
  }

  add(waiter: Waiter): void {
    this.waiters.push(waiter)
    this.#pending++
  }

  /** All keys were added: from now on outcomes are told. */
  opened(): void {
    this.#opening = false
    if (this.done) this.#owner.defer(() => this.tell())
  }

  /**
   * Gives a waiter its outcome.
   *
   * @returns whether the call is to be told, by `tell`, when all answers of this moment are stored
   */
  conclude(waiter: Waiter, outcome: Outcome, refusal: ReplyError | null = null): boolean {
    if (waiter.outcome !== 'waiting') return false
    waiter.outcome = outcome
    waiter.refusal = refusal
    this.#pending--
    if (outcome === 'refused') this.#refused = true
    return this.done && !this.#opening
  }

  permits(db: number, key: Slice): boolean {
    const waiter = this.of(flightId(db, key))
    if (waiter === undefined) return false
    if (waiter.outcome === 'passing') return true
    return waiter.outcome === 'stale' && this.#owner.stillPermitted(waiter)
  }

  run(job: () => void): void {
    const undo: (() => void)[] = []
    try {
      for (const waiter of this.waiters.some(isPassing) ? this.#distinct().values() : []) {
        if (!isPassing(waiter) || this.#owner.isUsable(waiter)) continue
        undo.push(this.#owner.substitute(waiter, waiter.last?.value ?? null))
      }
      job()
    } finally {
      while (undo.length > 0) undo.pop()?.()
    }
  }

  cancel(): void {
    this.#cancelled = true
    for (const waiter of this.waiters) this.#owner.left(waiter)
  }

  /** Each key once, though the call may name it twice. */
  #distinct(): Map<string, Waiter> {
    this.#byId ??= new Map(this.waiters.map((waiter) => [waiter.id, waiter]))
    return this.#byId
  }

  /** Tells the call, once, unless it is gone. */
  tell(): void {
    if (this.#told || this.#cancelled) return
    this.#told = true
    this.#onSettled()
  }
}
