import { formatDuration, Slice } from '../base/index.js'
import type { Clock, ReplyError } from '../base/index.js'
import type { Keyspace } from '../keyspace/index.js'
import { originBusy, originDown, originValue } from './errors.js'
import { flightId } from './flight.js'
import type { Flight, LastAnswer, Outcome, Waiter, WaitingCall } from './flight.js'
import type { Flights } from './flights.js'
import type { Holdings } from './holdings.js'
import type { Lines } from './lines.js'
import { patienceOf, tighter } from './patience.js'
import type { Recent } from './recent.js'
import type { Route } from './route.js'
import type { Permission, Rules } from './rules.js'
import type { Answer } from './store.js'

/** After this many answers that could not be used, the last one is served in passing. */
const roundsMax = 3

export interface WaitingReadsOptions {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly rules: Rules
  readonly holdings: Holdings
  readonly recent: Recent
  readonly flights: Flights
  readonly lines: Lines
}

/**
 * Brings each key that a call waits for to its outcome: joins it to a request, takes the answers, and falls back on what
 * is permitted where none comes.
 *
 * `told` collects the calls that are complete: they are told when all answers of a moment are stored. Inside `settle` it
 * is null, since nothing is told there.
 */
export class WaitingReads {
  readonly #keyspace: Keyspace
  readonly #clock: Clock
  readonly #rules: Rules
  readonly #holdings: Holdings
  readonly #recent: Recent
  readonly #flights: Flights
  readonly #lines: Lines

  constructor(options: WaitingReadsOptions) {
    this.#keyspace = options.keyspace
    this.#clock = options.clock
    this.#rules = options.rules
    this.#holdings = options.holdings
    this.#recent = options.recent
    this.#flights = options.flights
    this.#lines = options.lines
  }

  /** Whether the keyspace holds what the waiter's call may use. */
  isUsable({ route, db, key, terms, call }: Waiter): boolean {
    const fresh = this.#holdings.isFresh(route, db, key, call.arrivedAtMs, terms.demand)
    this.#keyspace.databases[db].forget()
    return fresh
  }

  /** Asks behind the reply, unless somebody does already. Whether it does. */
  renew(route: Route, db: number, key: Slice): boolean {
    const id = flightId(db, key)
    const { queue, health } = this.#lines.of(route)
    if (this.#flights.get(id) !== undefined || queue.full || health.blocked !== null) return false
    if (this.#isPending(route, id)) return false
    this.#flights.open(id, route, db, Slice.from(key.toBuffer())).behind = true
    return true
  }

  /**
   * A call begins to wait for a key, or finds that it need not.
   *
   * @param before what became of the key when the call was settled before
   */
  begin(waiter: Waiter, before: Waiter | undefined): void {
    const { route, db, key, call, terms } = waiter
    if (before !== undefined) {
      waiter.rounds = before.rounds + 1
      waiter.last = before.last
    }
    if (!terms.asksAnyway && this.isUsable(waiter)) return this.#conclude(waiter, 'ready', null)
    if (this.#servePending(waiter, null)) return
    const nowMs = this.#clock.monotonicMs()
    if (terms.mayBeStale && this.#holdings.mayRenewBehind(route, db, key, nowMs)) {
      this.renew(route, db, key)
      return this.#serveStale(waiter, null)
    }
    if (this.#isSpent(waiter)) return this.#conclude(waiter, 'passing', null)
    const line = this.#lines.of(route)
    route.statistics.waits++
    if (this.#holdings.holds(db, key)) waiter.forward = 'stale'
    line.hard.add(waiter, call.startedAtMs - (1 - terms.hardShare) * route.options.hardTimeoutMs)
    if (this.permission(waiter) !== null) line.soft.add(waiter, call.startedAtMs)
    this.#wait(waiter, null)
  }

  /**
   * Settles a key whose write waits to be made: what it is to become is what it is. Whether it did.
   */
  #servePending(waiter: Waiter, told: WaitingCall[] | null): boolean {
    const { route, id, db, key } = waiter
    const { behind } = this.#lines.of(route)
    if (behind === null) return false
    if (!behind.isReady) {
      behind.whenReady(() => this.#lookAgain(waiter))
      return true
    }
    const pending = behind.pending(id)
    if (pending === null) return false
    if (pending === 'value' && this.#holdings.kindOf(db, key) === null) {
      const nowMs = this.#clock.monotonicMs()
      waiter.last = { value: behind.valueOf(id), askedAtMs: nowMs, answeredAtMs: nowMs } // the copy is gone: flushed, or past its deadline
      this.#conclude(waiter, 'passing', told)
    } else this.#conclude(waiter, 'ready', told)
    return true
  }

  #isPending(route: Route, id: string): boolean {
    return typeof this.#lines.find(route)?.behind?.pending(id) === 'string'
  }

  /** What its call waited for is known: it looks at its keys again. */
  #lookAgain(waiter: Waiter): void {
    if (waiter.outcome !== 'waiting') return
    const told: WaitingCall[] = []
    this.#conclude(waiter, 'ready', told)
    for (const call of told) call.tell()
  }

  /** Joins the request that the waiter may use the answer of, or makes one. */
  #wait(waiter: Waiter, told: WaitingCall[] | null): void {
    const { route, id, db, key } = waiter
    const { queue, health } = this.#lines.of(route)
    const { blocked } = health
    if (blocked !== null) return this.#fail(waiter, blocked.message, told)
    let flight = this.#flights.get(id)
    const joined = flight !== undefined
    if (flight?.sent === true) {
      if (flight.isClosed || !this.#mayJoin(waiter, flight)) flight = this.#flights.behind(flight)
    }
    if (flight?.sent !== true && queue.full) return this.#refuseBusy(waiter, told)
    flight ??= this.#flights.open(id, route, db, key)
    if (joined) {
      route.statistics.collapsed++
      waiter.collapsed = true
    }
    flight.join(waiter)
    if (flight.sent) return
    queue.waitingUnsent++
    waiter.call.isBacklogged ||= queue.isBacklogged
    if (waiter.rounds >= roundsMax - 1) flight.unconditional = true
    const { demand } = waiter.terms
    if (demand !== null) flight.patienceMs = tighter(flight.patienceMs, patienceOf(demand))
    if (health.breakerState === 'closed' || this.permission(waiter) === null) return
    flight.behind = true // the probe of a half-open breaker: behind the reply
    this.#serveStale(waiter, told)
  }

  /** Whether the answer to a request that is away will do. */
  #mayJoin({ route, terms, call }: Waiter, { askedAtMs }: Flight): boolean {
    const { demand } = terms
    if (demand !== null && !this.#rules.mayJoin(demand, askedAtMs, call.arrivedAtMs)) return false
    return this.#rules.mayJoin(route.options.validation, askedAtMs, call.arrivedAtMs)
  }

  #refuseBusy(waiter: Waiter, told: WaitingCall[] | null): void {
    if (this.permission(waiter) !== null) return this.#serveStale(waiter, told)
    const { name, options, statistics } = waiter.route
    statistics.busy++
    waiter.reason = 'too many reads wait already'
    this.#conclude(waiter, 'refused', told, originBusy(name, waiter.key.toBuffer(), options.queueMax))
  }

  /** One answer came: keep it, then give each read that waited for it its outcome. */
  answered(flight: Flight, answer: Answer, answeredAtMs: number, told: WaitingCall[]): void {
    const kept = this.#rules.mayKeep(flight) && !this.#isPending(flight.route, flight.id)
    this.#flights.ended(flight) // before its own changes to the keyspace, which void nothing
    const kind = kept ? this.#holdings.keep(flight, answer, answeredAtMs) : answer.kind
    if (!kept) flight.route.statistics.void++
    const last = lastAnswer(answer, flight.askedAtMs, answeredAtMs)
    for (const waiter of flight.release()) {
      waiter.answer = kind
      waiter.byPrimary = flight.byPrimary
      const isInTime = this.#isInTime(waiter, flight, answeredAtMs)
      if (isInTime) waiter.last = last ?? waiter.last
      if (answer.kind === 'refused') this.#refuseValue(waiter, answer.reason, told)
      else if (this.isUsable(waiter)) this.#ready(waiter, told)
      else if (kept && last !== null && isInTime)
        this.#conclude(waiter, 'passing', told) // it could not be stored
      else this.#again(waiter, told)
    }
  }

  /** Whether what came may be used by the waiter at all. What a primary tells may be older than its answer. */
  #isInTime({ route, terms, call }: Waiter, { byPrimary, askedAtMs }: Flight, answeredAtMs: number): boolean {
    if (!byPrimary) return true
    const { demand } = terms
    const times = { askedAtMs, answeredAtMs }
    if (demand !== null && !this.#rules.isFresh(demand, times, call.arrivedAtMs)) return false
    return this.#rules.isFresh(route.options.validation, times, call.arrivedAtMs)
  }

  /** No request for the flight will come to an answer. */
  failed(flight: Flight, reason: string, told: WaitingCall[]): void {
    this.#flights.ended(flight)
    for (const waiter of flight.release()) this.#fail(waiter, reason, told)
  }

  /** Whom to ask has changed while it was away: asked again. */
  interrupted(flight: Flight, told: WaitingCall[]): void {
    this.#flights.ended(flight)
    for (const waiter of flight.release()) this.#wait(waiter, told)
  }

  /** Its route is gone: the call runs on what is there. */
  release(waiter: Waiter, told: WaitingCall[]): void {
    this.#conclude(waiter, 'ready', told)
  }

  /** Its call is gone. */
  left(waiter: Waiter): void {
    if (waiter.outcome === 'waiting') this.#depart(waiter)
  }

  #ready(waiter: Waiter, told: WaitingCall[]): void {
    if (!waiter.terms.asksAnyway) waiter.route.statistics.hits-- // the call will look again before it runs, which is no hit
    this.#conclude(waiter, 'ready', told)
  }

  #refuseValue(waiter: Waiter, reason: string, told: WaitingCall[]): void {
    waiter.reason = reason
    this.#conclude(waiter, 'refused', told, originValue(waiter.route.name, waiter.key.toBuffer(), reason))
  }

  #again(waiter: Waiter, told: WaitingCall[]): void {
    waiter.rounds++
    if (this.#servePending(waiter, told)) return
    if (!this.#rules.settlesAgain) this.#conclude(waiter, 'ready', told)
    else if (this.#isSpent(waiter)) this.#conclude(waiter, 'passing', told)
    else this.#wait(waiter, told)
  }

  #isSpent({ rounds, last }: Waiter): boolean {
    return rounds >= roundsMax && last !== null
  }

  /** The origin cannot be asked, or did not answer. */
  #fail(waiter: Waiter, reason: string, told: WaitingCall[] | null): void {
    if (this.permission(waiter) !== null) return this.#serveStale(waiter, told)
    if (waiter.last !== null) return this.#conclude(waiter, 'passing', told)
    const { name, statistics } = waiter.route
    statistics.down++
    waiter.reason = reason
    this.#conclude(waiter, 'refused', told, originDown(name, waiter.key.toBuffer(), reason))
  }

  #serveStale(waiter: Waiter, told: WaitingCall[] | null): void {
    const { statistics } = waiter.route
    const permission = this.permission(waiter)
    waiter.permission = permission
    if (permission === 'local') statistics.localServed++
    else if (permission === 'stale-if-error') statistics.staleIfError++
    else statistics.staleWhileRevalidate++
    this.#conclude(waiter, 'stale', told)
  }

  softDue(waiter: Waiter): void {
    if (waiter.outcome !== 'waiting' || this.permission(waiter) === null) return
    if (waiter.flight !== null) waiter.flight.behind = true
    const told: WaitingCall[] = []
    this.#serveStale(waiter, told)
    for (const call of told) call.tell()
  }

  /** A permission may have come up for what the flight's reads wait for: they are served by it at their soft timeout. */
  late(flight: Flight): void {
    for (const waiter of flight.waiters) {
      if (waiter.flight !== flight || this.permission(waiter) === null) continue
      const { soft } = this.#lines.of(waiter.route)
      soft.delete(waiter)
      soft.add(waiter, waiter.call.startedAtMs)
    }
  }

  hardDue(waiter: Waiter): void {
    if (waiter.outcome !== 'waiting') return
    const told: WaitingCall[] = []
    if (waiter.last !== null) this.#conclude(waiter, 'passing', told)
    else this.#fail(waiter, `no answer within ${formatDuration(waiter.route.options.hardTimeoutMs)}`, told)
    for (const call of told) call.tell()
  }

  permission({ route, db, key, terms }: Waiter): Permission | null {
    return terms.mayBeStale ? this.#holdings.permission(route, db, key, this.#clock.monotonicMs()) : null
  }

  /** @param told gets the call if it is to be told now; null inside `settle` */
  #conclude(waiter: Waiter, outcome: Outcome, told: WaitingCall[] | null, refusal: ReplyError | null = null): void {
    this.#depart(waiter)
    if (outcome !== 'ready' || waiter.answer !== null) {
      this.#recent.note(waiter, outcome, refusal?.prefix ?? null, this.#clock.monotonicMs())
    }
    if (waiter.call.conclude(waiter, outcome, refusal)) told?.push(waiter.call)
    if (outcome === 'refused') for (const other of waiter.call.waiters) this.left(other) // the call fails without them
  }

  #depart(waiter: Waiter): void {
    const { route, flight } = waiter
    const line = this.#lines.find(route)
    line?.soft.delete(waiter)
    line?.hard.delete(waiter)
    if (flight === null) return
    flight.leave(waiter)
    if (!flight.sent && line !== undefined) line.queue.waitingUnsent--
  }
}

/** What a later round may serve in passing; null where the answer has no value of its own. */
function lastAnswer(answer: Answer, askedAtMs: number, answeredAtMs: number): LastAnswer | null {
  if (answer.kind === 'found') return { value: answer.value, askedAtMs, answeredAtMs }
  return answer.kind === 'absent' ? { value: null, askedAtMs, answeredAtMs } : null
}
