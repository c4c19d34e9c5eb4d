import { Region } from '../base/index.js'
import type { ReplyError, Slice } from '../base/index.js'
import type { OriginValue } from '../keyspace/index.js'
import { anyPatience } from './patience.js'
import type { Route } from './route.js'
import type { Permission, Validation } from './rules.js'
import type { Answer } from './store.js'

/**
 * What became of one key of one waiting call: 'ready', the keyspace holds what it may use; 'stale', a permission lets it
 * use what is there; 'passing', its value is put in place for this call alone; 'refused', it fails.
 */
export type Outcome = 'waiting' | 'ready' | 'stale' | 'passing' | 'refused'

/** A value that an origin gave, or null for its absence, kept for the calls that may still need it in passing. */
export interface LastAnswer {
  readonly value: OriginValue | null
  /** Monotonic: when its request left, and when it came. */
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/** The call that a waiter waits for. */
export interface WaitingCall {
  /** Monotonic: when the call's bytes were read. */
  readonly arrivedAtMs: number
  /** When its first round began, monotonic: the timeouts count from here. */
  readonly startedAtMs: number
  readonly waiters: readonly Waiter[]
  /** A key of it waits for a request that will not leave soon. */
  isBacklogged: boolean
  /**
   * Gives a waiter its outcome.
   *
   * @returns whether the call is to be told, by `tell`, when all answers of this moment are stored
   */
  conclude(waiter: Waiter, outcome: Outcome, refusal: ReplyError | null): boolean
  /** Tells the call, once, unless it is gone. */
  tell(): void
}

/** On which terms a key is settled. */
export interface Terms {
  /** What is held must satisfy this beside its route's own rule; null: nothing more. */
  readonly demand: Validation | null
  /** Asks whatever is held. */
  readonly asksAnyway: boolean
  /** Whether the permissions to serve what is stale count. */
  readonly mayBeStale: boolean
  /** Which part of the hard timeout it waits. */
  readonly hardShare: number
}

/** Of clients' calls. */
export const ofCalls: Terms = { demand: null, asksAnyway: false, mayBeStale: true, hardShare: 1 }

/** Of ORIGIN VALIDATE: only an answer to a request that left since will do. */
export const ofValidations: Terms = { demand: { mode: 'strict' }, asksAnyway: true, mayBeStale: false, hardShare: 1 }

/** One key of one waiting call. */
export class Waiter {
  readonly call: WaitingCall
  readonly route: Route
  readonly db: number
  /** Bytes of its own. */
  readonly key: Slice
  readonly id: string
  readonly terms: Terms
  /** The request that it waits for. */
  flight: Flight | null = null
  /** Answers that were void, or whose copy was gone again before the call ran. */
  rounds = 0
  last: LastAnswer | null = null
  outcome: Outcome = 'waiting'
  refusal: ReplyError | null = null
  /** Why it is refused, in the words of the origin. */
  reason = ''

  /** What the last answer was, and the permission that was used: for showing. */
  answer: Answer['kind'] | null = null
  permission: Permission | null = null
  forward: 'uri-miss' | 'stale' = 'uri-miss'
  collapsed = false
  byPrimary = false

  constructor(call: WaitingCall, route: Route, db: number, key: Slice, terms: Terms) {
    this.call = call
    this.route = route
    this.db = db
    this.key = key
    this.id = flightId(db, key)
    this.terms = terms
  }
}

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

  /** Asked of the primary: what its stream brings meanwhile is no change behind the answer's back. */
  byPrimary = false
  /** What the reads that wait for it accept of the primary beside the route's rule: see `patience.ts`. */
  patienceMs = anyPatience
  /** The primary has answered: nobody joins any more. */
  isClosed = false
  /** Monotonic: when it did; NaN where the answer counts from when it is taken. */
  answeredAtMs = NaN
  /** Of a long value held here, good until its key is touched. */
  longDigest: Buffer | null = null
  isTouched = false

  constructor(id: string, route: Route, db: number, key: Slice) {
    this.id = id
    this.route = route
    this.db = db
    this.key = key
  }

  /** When its answer came, monotonic, if it is taken at `nowMs`. */
  answeredBy(nowMs: number): number {
    return Number.isNaN(this.answeredAtMs) ? nowMs : this.answeredAtMs
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

/** Points `into` at the key of an id; good until it is pointed elsewhere. */
export function keyOfId(id: string, into: Slice): Slice {
  const key = id.slice(id.indexOf(':') + 1)
  const roomy = into.region.bytes.length >= key.length
  const region = roomy ? into.region : Region.allocate(key.length * 2)
  region.bytes.latin1Write(key, 0)
  return into.set(region, 0, key.length)
}
