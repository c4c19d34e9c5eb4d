import { formatDuration, Slice } from '../base/index.js'
import type { Clock, Log, Random, ReplyError } from '../base/index.js'
import type { Settlement, SettleKey, Settling } from '../command/index.js'
import type { Copies, Keyspace, KeyspaceObserver, OriginValue } from '../keyspace/index.js'
import { Deadlines } from './deadlines.js'
import { originBusy, originDown, originReadOnly, originValue } from './errors.js'
import { Waiter, flightId } from './flight.js'
import type { Flight, LastAnswer, Outcome, WaitingCall } from './flight.js'
import { Flights } from './flights.js'
import { Holdings } from './holdings.js'
import { Recent } from './recent.js'
import { RequestQueue } from './request-queue.js'
import type { AnswerTaker } from './request-queue.js'
import type { Route } from './route.js'
import { RouteTable } from './routes.js'
import { Rules } from './rules.js'
import type { Permission } from './rules.js'
import { CallSettlement } from './settlement.js'
import type { SettlementOwner } from './settlement.js'
import type { Answer, Ask, Unavailable } from './store.js'

export interface ResolverOptions {
  readonly keyspace: Keyspace
  readonly copies: Copies
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'notice' | 'warning'>
  /** Whether an answer may be stored now: false while memory is full or writes are paused. Left out: always. */
  readonly mayStore?: () => boolean
  /** Runs a job at the end of this loop turn. Left out: setImmediate. */
  readonly defer?: (job: () => void) => void
  readonly negativesMax?: number
  readonly rules?: Rules
}

/** After this many answers that could not be used, the last one is served in passing. */
const roundsMax = 3

/** What runs for a route while it stands. */
interface Line {
  readonly queue: RequestQueue
  /** Reads that get a stale copy when the soft timeout has passed. */
  readonly soft: Deadlines<Waiter>
  /** All reads, to the end of their patience. */
  readonly hard: Deadlines<Waiter>
}

/**
 * Settles the bound keys of calls with their origins: the seven rules of ORIGIN.md.
 *
 * It knows calls only as keys that wait, and origins only as stores. All it keeps of a key lies in the keyspace, but for
 * remembered absences and requests that are away.
 */
export class Resolver implements Settling, KeyspaceObserver, SettlementOwner, AnswerTaker {
  readonly routes = new RouteTable()
  readonly holdings: Holdings
  readonly recent = new Recent()
  readonly defer: (job: () => void) => void
  readonly #keyspace: Keyspace
  readonly #copies: Copies
  readonly #clock: Clock
  readonly #log: Pick<Log, 'notice' | 'warning'>
  readonly #rules: Rules
  readonly #lines = new Map<Route, Line>()
  readonly #flights = new Flights((flight) => this.#line(flight.route).queue.add(flight))

  constructor(options: ResolverOptions) {
    const { keyspace, copies, clock, random, rules = new Rules(), mayStore = () => true } = options
    this.#keyspace = keyspace
    this.#copies = copies
    this.#clock = clock
    this.#log = options.log
    this.#rules = rules
    this.defer = options.defer ?? ((job) => void setImmediate(job))
    const negativesMax = options.negativesMax ?? 100_000
    this.holdings = new Holdings({ keyspace, copies, clock, random, rules, mayStore, negativesMax })
    keyspace.setInterest(this, 0)
  }

  // --- for dispatch

  get routeCount(): number {
    return this.routes.count
  }

  isBound(db: number, key: Slice): boolean {
    return this.routes.find(db, key) !== null
  }

  usable(db: number, key: Slice, arrivedAtMs: number): boolean {
    const route = this.routes.find(db, key)
    return route === null || this.#usableBound(route, db, key, arrivedAtMs)
  }

  settle(keys: readonly SettleKey[], arrivedAtMs: number, onSettled: () => void, again?: Settlement): CallSettlement {
    const earlier = again instanceof CallSettlement ? again : null
    const startedAtMs = earlier?.startedAtMs ?? this.#clock.monotonicMs()
    const settlement = new CallSettlement(this, arrivedAtMs, startedAtMs, onSettled)
    this.#openAll(settlement, keys, false, earlier)
    if (earlier !== null) settlement.carry(earlier)
    settlement.opened()
    return settlement
  }

  /** Asks the origin of each bound key now, whatever is held, as under `strict` and without any stale permission. */
  validate(keys: readonly SettleKey[], onSettled: () => void): CallSettlement {
    const nowMs = this.#clock.monotonicMs()
    const settlement = new CallSettlement(this, nowMs, nowMs, onSettled)
    this.#openAll(settlement, keys, true, null)
    settlement.opened()
    return settlement
  }

  /** The refusal of a client's write to the key, or null. */
  refuseWrite(db: number, key: Slice): ReplyError | null {
    const route = this.routes.find(db, key)
    return route === null || route.options.write === 'local' ? null : originReadOnly(route.name)
  }

  // --- routes

  /** @throws {RouteError} the name is taken, or the pattern shadowed */
  addRoute(route: Route): void {
    this.routes.add(route)
    const { softTimeoutMs, hardTimeoutMs } = route.options
    const context = { clock: this.#clock, log: this.#log, defer: this.defer }
    this.#lines.set(route, {
      queue: new RequestQueue(route, this, context),
      soft: new Deadlines(this.#clock, softTimeoutMs, (waiter) => this.#softDue(waiter)),
      hard: new Deadlines(this.#clock, hardTimeoutMs, (waiter) => this.#hardDue(waiter)),
    })
  }

  /** Takes a route away: what waits for it runs on what is there. Its store is closed. */
  async removeRoute(route: Route): Promise<void> {
    const line = this.#line(route)
    this.routes.remove(route)
    const told: WaitingCall[] = []
    for (const waiter of line.hard.all()) this.#conclude(waiter, 'ready', told)
    this.#flights.dropRoute(route)
    this.#lines.delete(route)
    line.queue.close()
    line.soft.close()
    line.hard.close()
    this.holdings.negatives.forget((entry) => entry.route === route)
    this.#watch()
    this.defer(() => told.forEach((call) => call.tell()))
    await route.store.close()
  }

  /** Reads of the route that wait now, requests that are away, and its breaker. */
  load(route: Route): { waiting: number; inFlight: number; breaker: 'closed' | 'open' | 'half-open' } {
    const { hard, queue } = this.#line(route)
    return { waiting: hard.size, inFlight: queue.inFlight, breaker: queue.breakerState }
  }

  /** Marks what is held of a key as outdated, by the word of its source. */
  invalidate(db: number, key: Slice): boolean {
    const held = this.holdings.invalidate(db, key)
    this.keyChanged(db, key)
    return held
  }

  /** Forgets the remembered absences of all keys that match. Returns their number. */
  forgetAbsences(matches: (db: number, key: Slice) => boolean): number {
    const forgotten = this.holdings.forgetAbsences(matches)
    this.#watch()
    return forgotten
  }

  // --- for the keyspace

  keyChanged(db: number, key: Slice): void {
    if (this.routes.find(db, key) === null) return
    const id = flightId(db, key)
    this.holdings.negatives.delete(id)
    const flight = this.#flights.get(id)
    if (flight !== undefined) this.#flights.void(flight)
    this.#watch()
  }

  flushed(db: number): void {
    this.#voidWhere((one) => db < 0 || one === db)
  }

  swapped(one: number, other: number): void {
    this.#voidWhere((db) => db === one || db === other)
    const routesOf = (db: number): Route[] => this.routes.all.filter((route) => route.inDatabase(db))
    const [here, there] = [routesOf(one), routesOf(other)]
    if (here.length === there.length && here.every((route, i) => route === there[i])) return
    const nowMs = this.#clock.monotonicMs()
    for (const route of [...here, ...there]) route.sinceMs = nowMs // what came over was confirmed to another route
  }

  // --- for the queues

  prepare(flight: Flight): Ask | null {
    this.#flights.sent()
    this.#watch()
    const name = flight.route.nameOf(flight.key)
    if (name === null) return null
    this.#keyspace.tick()
    this.holdings.describe(flight)
    return { key: name, digest: flight.digest, validator: flight.validator }
  }

  answered(flights: readonly Flight[], answers: readonly Answer[]): void {
    this.#keyspace.tick()
    const answeredAtMs = this.#clock.monotonicMs()
    const told: WaitingCall[] = []
    flights.forEach((flight, i) => this.#take(flight, answers[i], answeredAtMs, told))
    this.#watch()
    for (const call of told) call.tell()
  }

  failed(flights: readonly Flight[], reason: Unavailable): void {
    this.#keyspace.tick()
    const told: WaitingCall[] = []
    for (const flight of flights) {
      this.#flights.ended(flight)
      for (const waiter of flight.release()) this.#fail(waiter, reason.message, told)
    }
    this.#watch()
    for (const call of told) call.tell()
  }

  // --- for settlements

  isUsable({ route, db, key, strict, call }: Waiter): boolean {
    const fresh = this.holdings.isFresh(route, db, key, call.arrivedAtMs, strict)
    this.#keyspace.databases[db].forget()
    return fresh
  }

  stillPermitted(waiter: Waiter): boolean {
    return this.#permission(waiter) !== null
  }

  substitute({ route, db, key }: Waiter, value: OriginValue | null): () => void {
    route.statistics.passing++
    return this.#copies.substitute(db, key, value)
  }

  left(waiter: Waiter): void {
    if (waiter.outcome === 'waiting') this.#depart(waiter)
  }

  // --- private

  #usableBound(route: Route, db: number, key: Slice, arrivedAtMs: number): boolean {
    if (this.holdings.isFresh(route, db, key, arrivedAtMs)) {
      route.statistics.hits++
      return true
    }
    if (!this.holdings.mayRenewBehind(route, db, key, arrivedAtMs)) return false
    route.statistics.staleWhileRevalidate++
    this.#renew(route, db, key)
    return true
  }

  /** Asks behind the reply, unless somebody does already. */
  #renew(route: Route, db: number, key: Slice): void {
    const id = flightId(db, key)
    const { queue } = this.#line(route)
    if (this.#flights.get(id) !== undefined || queue.full || queue.blocked !== null) return
    this.#flights.open(id, route, db, Slice.from(key.toBuffer())).behind = true
  }

  #openAll(
    settlement: CallSettlement,
    keys: readonly SettleKey[],
    strict: boolean,
    earlier: CallSettlement | null,
  ): void {
    for (const { db, key } of keys) {
      const slice = Slice.from(key)
      const route = this.routes.find(db, slice)
      if (route === null) continue
      this.#open(settlement.add(new Waiter(settlement, route, db, slice, strict)), earlier)
      if (settlement.isRefused) return
    }
  }

  /** A call begins to wait for a key, or finds that it need not. */
  #open(waiter: Waiter, earlier: CallSettlement | null): void {
    const { route, db, key, call } = waiter
    const before = earlier?.of(waiter.id)
    if (before !== undefined) {
      waiter.rounds = before.rounds + 1
      waiter.last = before.last
    }
    if (!waiter.strict && this.isUsable(waiter)) return this.#conclude(waiter, 'ready', null)
    const nowMs = this.#clock.monotonicMs()
    if (!waiter.strict && this.holdings.mayRenewBehind(route, db, key, nowMs)) {
      this.#renew(route, db, key)
      return this.#serveStale(waiter, null)
    }
    if (this.#isSpent(waiter)) return this.#conclude(waiter, 'passing', null)
    const line = this.#line(route)
    route.statistics.waits++
    if (this.holdings.times(db, key) !== null) waiter.forward = 'stale'
    line.hard.add(waiter, call.startedAtMs)
    if (this.#permission(waiter) !== null) line.soft.add(waiter, call.startedAtMs)
    this.#wait(waiter, null)
  }

  /** Joins the request that the waiter may use the answer of, or makes one. */
  #wait(waiter: Waiter, told: WaitingCall[] | null): void {
    const { route, id, db, key, call } = waiter
    const { queue } = this.#line(route)
    const { blocked } = queue
    if (blocked !== null) return this.#fail(waiter, blocked.message, told)
    let flight = this.#flights.get(id)
    const joined = flight !== undefined
    if (flight?.sent === true) {
      const validation = waiter.strict ? strictly : route.options.validation
      if (!this.#rules.mayJoin(validation, flight.askedAtMs, call.arrivedAtMs)) flight = this.#flights.behind(flight)
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
    if (waiter.rounds >= roundsMax - 1) flight.unconditional = true
    if (queue.breakerState === 'closed' || this.#permission(waiter) === null) return
    flight.behind = true // the probe of a half-open breaker: behind the reply
    this.#serveStale(waiter, told)
  }

  #refuseBusy(waiter: Waiter, told: WaitingCall[] | null): void {
    if (this.#permission(waiter) !== null) return this.#serveStale(waiter, told)
    const { name, options, statistics } = waiter.route
    statistics.busy++
    this.#conclude(waiter, 'refused', told, originBusy(name, waiter.key.toBuffer(), options.queueMax))
  }

  /** One answer came: keep it, then give each read that waited for it its outcome. */
  #take(flight: Flight, answer: Answer, answeredAtMs: number, told: WaitingCall[]): void {
    const kept = this.#rules.mayKeep(flight)
    this.#flights.ended(flight) // before its own changes to the keyspace, which void nothing
    const kind = kept ? this.holdings.keep(flight, answer, answeredAtMs) : answer.kind
    if (!kept) flight.route.statistics.void++
    const last = lastAnswer(answer)
    for (const waiter of flight.release()) {
      waiter.answer = kind
      waiter.last = last ?? waiter.last
      if (answer.kind === 'refused') this.#refuseValue(waiter, answer.reason, told)
      else if (this.isUsable(waiter)) this.#ready(waiter, told)
      else if (kept && last !== null)
        this.#conclude(waiter, 'passing', told) // it could not be stored
      else this.#again(waiter, told)
    }
  }

  #ready(waiter: Waiter, told: WaitingCall[]): void {
    waiter.route.statistics.hits-- // the call will look again before it runs, which is no hit
    this.#conclude(waiter, 'ready', told)
  }

  #refuseValue(waiter: Waiter, reason: string, told: WaitingCall[]): void {
    this.#conclude(waiter, 'refused', told, originValue(waiter.route.name, waiter.key.toBuffer(), reason))
  }

  #again(waiter: Waiter, told: WaitingCall[]): void {
    waiter.rounds++
    if (!this.#rules.settlesAgain) this.#conclude(waiter, 'ready', told)
    else if (this.#isSpent(waiter)) this.#conclude(waiter, 'passing', told)
    else this.#wait(waiter, told)
  }

  #isSpent({ rounds, last }: Waiter): boolean {
    return rounds >= roundsMax && last !== null
  }

  /** The origin cannot be asked, or did not answer. */
  #fail(waiter: Waiter, reason: string, told: WaitingCall[] | null): void {
    if (this.#permission(waiter) !== null) return this.#serveStale(waiter, told)
    if (waiter.last !== null) return this.#conclude(waiter, 'passing', told)
    const { name, statistics } = waiter.route
    statistics.down++
    this.#conclude(waiter, 'refused', told, originDown(name, waiter.key.toBuffer(), reason))
  }

  #serveStale(waiter: Waiter, told: WaitingCall[] | null): void {
    const { statistics } = waiter.route
    const permission = this.#permission(waiter)
    waiter.permission = permission
    if (permission === 'local') statistics.localServed++
    else if (permission === 'stale-if-error') statistics.staleIfError++
    else statistics.staleWhileRevalidate++
    this.#conclude(waiter, 'stale', told)
  }

  #softDue(waiter: Waiter): void {
    if (waiter.outcome !== 'waiting' || this.#permission(waiter) === null) return
    if (waiter.flight !== null) waiter.flight.behind = true
    const told: WaitingCall[] = []
    this.#serveStale(waiter, told)
    for (const call of told) call.tell()
  }

  #hardDue(waiter: Waiter): void {
    if (waiter.outcome !== 'waiting') return
    const told: WaitingCall[] = []
    if (waiter.last !== null) this.#conclude(waiter, 'passing', told)
    else this.#fail(waiter, `no answer within ${formatDuration(waiter.route.options.hardTimeoutMs)}`, told)
    for (const call of told) call.tell()
  }

  #permission({ route, db, key, strict }: Waiter): Permission | null {
    return strict ? null : this.holdings.permission(route, db, key, this.#clock.monotonicMs())
  }

  /** @param told gets the call if it is to be told now; null inside `settle` */
  #conclude(waiter: Waiter, outcome: Outcome, told: WaitingCall[] | null, refusal: ReplyError | null = null): void {
    this.#depart(waiter)
    if (outcome !== 'ready' || waiter.answer !== null) {
      this.recent.note(waiter, outcome, refusal?.prefix ?? null, this.#clock.monotonicMs())
    }
    if (waiter.call.conclude(waiter, outcome, refusal)) told?.push(waiter.call)
    if (outcome === 'refused') for (const other of waiter.call.waiters) this.left(other) // the call fails without them
  }

  #depart(waiter: Waiter): void {
    const { route, flight } = waiter
    const line = this.#lines.get(route)
    line?.soft.delete(waiter)
    line?.hard.delete(waiter)
    if (flight === null) return
    flight.leave(waiter)
    if (!flight.sent && line !== undefined) line.queue.waitingUnsent--
  }

  #voidWhere(matches: (db: number) => boolean): void {
    for (const flight of this.#flights.all()) if (matches(flight.db)) this.#flights.void(flight)
    this.holdings.negatives.forget((entry) => matches(entry.db))
    this.#watch()
  }

  #line(route: Route): Line {
    const line = this.#lines.get(route)
    if (line === undefined) throw new Error(`origin '${route.name}' is not in place`)
    return line
  }

  /** Tells the keyspace whether changes concern anybody. */
  #watch(): void {
    this.#keyspace.setInterest(this, this.#flights.away + this.holdings.negatives.size)
  }
}

const strictly = { mode: 'strict' } as const

/** What a later round may serve in passing; null where the answer has no value of its own. */
function lastAnswer(answer: Answer): LastAnswer | null {
  if (answer.kind === 'found') return { value: answer.value }
  return answer.kind === 'absent' ? { value: null } : null
}
