import { SlicePool, type Slice } from '../base/index.js'
import type { Clock, Log, Random, ReplyError } from '../base/index.js'
import type { FreshnessObserver, OriginWrite, ReadAt, Settlement, SettleKey, Settling } from '../command/index.js'
import type { Copies, Keyspace, KeyspaceObserver, OriginValue } from '../keyspace/index.js'
import { Answers } from './answers.js'
import type { Behind } from './behind.js'
import { Behinds } from './behinds.js'
import { originReadOnly, originWrite } from './errors.js'
import { status } from './explain.js'
import { Waiter, flightId, ofCalls, ofValidations } from './flight.js'
import type { Flight, Terms, WaitingCall } from './flight.js'
import { Fleet } from './fleet.js'
import { Flights } from './flights.js'
import { Holdings } from './holdings.js'
import { LineMaker } from './line-maker.js'
import { Lines } from './lines.js'
import { Recent } from './recent.js'
import type { Route } from './route.js'
import { RouteTable } from './routes.js'
import { Rules } from './rules.js'
import { CallSettlement } from './settlement.js'
import type { SettlementOwner } from './settlement.js'
import { SlowRequests } from './slow-requests.js'
import type { Primary } from './upstream.js'
import { WaitingReads } from './waiting-reads.js'
import { Writes } from './writes.js'

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
  /** False: writes that wait are not made before `startWrites`, for the dataset is not in place. Left out: true. */
  readonly makesWrites?: boolean
  readonly rules?: Rules
  /** Sends servers that follow this one a message, behind all that they were sent before. Left out: nobody follows. */
  readonly tellFollowers?: (message: Buffer) => void
}

export interface RouteLoad {
  readonly breaker: 'closed' | 'open' | 'half-open'
  readonly failingMs: number
  readonly push: 'no' | 'live' | 'lost'
  readonly waiting: number
  readonly inFlight: number
}

/**
 * Settles the bound keys of calls with their origins: the seven rules of ORIGIN.md.
 *
 * It knows calls only as keys that wait, and origins only as stores. All it keeps of a key lies in the keyspace, but for
 * remembered absences and requests that are away.
 */
export class Resolver implements Settling, KeyspaceObserver, SettlementOwner {
  readonly routes = new RouteTable()
  /** A field of its own: dispatch reads it for every call. */
  routeCount = 0
  readonly holdings: Holdings
  readonly recent = new Recent()
  readonly #keys = new SlicePool()
  readonly slow: SlowRequests
  observer: FreshnessObserver | null = null
  readonly defer: (job: () => void) => void
  readonly #keyspace: Keyspace
  readonly #copies: Copies
  readonly #clock: Clock
  readonly #log: Pick<Log, 'notice' | 'warning'>
  readonly #lines = new Lines()
  readonly #flights = new Flights((flight) => this.#lines.of(flight.route).queue.add(flight))
  readonly #reads: WaitingReads
  readonly #writes: Writes
  readonly #fleet: Fleet
  readonly #lineMaker: LineMaker
  /** Writes that are made behind their calls. */
  readonly behinds: Behinds

  constructor(options: ResolverOptions) {
    const { keyspace, copies, clock, random, rules = new Rules(), mayStore = () => true } = options
    this.#keyspace = keyspace
    this.#copies = copies
    this.#clock = clock
    this.slow = new SlowRequests(clock)
    this.#log = options.log
    this.defer = options.defer ?? ((job) => void setImmediate(job))
    const negativesMax = options.negativesMax ?? 100_000
    this.holdings = new Holdings({ keyspace, copies, clock, random, rules, mayStore, negativesMax })
    const { holdings, recent } = this
    this.#reads = new WaitingReads({
      keyspace,
      clock,
      rules,
      holdings,
      recent,
      flights: this.#flights,
      lines: this.#lines,
    })
    this.#writes = new Writes({
      clock,
      keyspace,
      holdings,
      lines: this.#lines,
      invalidate: (db, key) => void this.invalidate(db, key),
      defer: (job) => this.defer(job),
    })
    this.behinds = new Behinds(
      {
        ...{ keyspace, clock, random, log: options.log, holdings, routes: this.routes, lines: this.#lines },
        defer: this.defer,
        onChange: () => this.#watch(),
        voided: (db, key) => this.keyChanged(db, key),
        lapsed: (db, key) => void this.invalidate(db, key),
      },
      options.makesWrites ?? true,
    )
    const answers = new Answers({
      ...{ keyspace, clock, holdings, flights: this.#flights, reads: this.#reads, defer: this.defer },
      onChange: () => this.#watch(),
    })
    this.#fleet = new Fleet({
      ...{ clock, random, log: this.#log, rules, keyspace, holdings, routes: this.routes, lines: this.#lines },
      describe: (flight) => answers.describe(flight),
      unsettled: (flight) => this.#flights.void(flight),
      late: (flight) => this.#late(flight),
      invalidate: (db, key, byPrimary) => void this.invalidate(db, key, byPrimary),
      lapsed: () => this.observer?.allLapsed(),
      tellFollowers: options.tellFollowers ?? (() => {}),
    })
    this.#lineMaker = new LineMaker({
      ...{ clock, log: this.#log, slow: this.slow, lines: this.#lines, holdings, reads: this.#reads },
      ...{ behinds: this.behinds, fleet: this.#fleet, answers, defer: this.defer },
    })
    keyspace.setInterest(this, 0)
    keyspace.pins = this.behinds
  }

  get clock(): Clock {
    return this.#clock
  }

  // --- for dispatch

  isBound(db: number, key: Slice): boolean {
    return this.routes.find(db, key) !== null
  }

  usable(db: number, key: Slice, read: ReadAt): boolean {
    const route = this.routes.find(db, key)
    if (route === null) return true
    // the hot path of `Holdings.isFresh`: says yes to nearly all copies under a lifetime that are fresh, at half the cost
    route.meet(read)
    if (!this.#copies.isAskedAfter(db, key, route)) return this.#usableBound(route, db, key, read)
    route.statistics.hits++
    return true
  }

  freshUntilMs(db: number, key: Slice): number {
    const route = this.routes.find(db, key)
    return route === null ? Infinity : this.holdings.freshUntilMs(route, db, key)
  }

  status(db: number, key: Slice, arrivedAtMs: number, settlement: Settlement | null): string | null {
    const route = this.routes.find(db, key)
    if (route === null) return null
    const waiter = settlement instanceof CallSettlement ? settlement.of(flightId(db, key)) : undefined
    return status(this, route, { db, key, arrivedAtMs, nowMs: this.#clock.monotonicMs() }, waiter)
  }

  settle(keys: readonly SettleKey[], arrivedAtMs: number, onSettled: () => void, again?: Settlement): CallSettlement {
    return this.settleOn(ofCalls, keys, arrivedAtMs, onSettled, again)
  }

  /** The same on other terms. */
  settleOn(
    terms: Terms,
    keys: readonly SettleKey[],
    arrivedAtMs: number,
    onSettled: () => void,
    again?: Settlement,
  ): CallSettlement {
    const earlier = again instanceof CallSettlement ? again : null
    const startedAtMs = earlier?.startedAtMs ?? this.#clock.monotonicMs()
    const settlement = new CallSettlement(this, arrivedAtMs, startedAtMs, onSettled)
    this.#openAll(settlement, keys, terms, earlier)
    if (earlier !== null) settlement.carry(earlier)
    settlement.opened()
    return settlement
  }

  /** Asks the origin of each bound key now, whatever is held, as under `strict` and without any stale permission. */
  validate(keys: readonly SettleKey[], onSettled: () => void): CallSettlement {
    return this.settleOn(ofValidations, keys, this.#clock.monotonicMs(), onSettled)
  }

  /** Whether what is held will do on these terms, without asking; a look that counts as a read. */
  usableOn({ demand }: Terms, route: Route, db: number, key: Slice, arrivedAtMs: number): boolean {
    const isFresh = this.holdings.isFresh(route, db, key, arrivedAtMs, demand)
    this.#keyspace.databases[db].forget()
    if (isFresh) this.#noteHit(route, db, key)
    return isFresh
  }

  /** The refusal of a client's write to the key where that is not made at its origin, or null. */
  refuseWrite(db: number, key: Slice): ReplyError | null {
    const route = this.routes.find(db, key)
    switch (route?.options.write) {
      case undefined:
      case 'local':
        return null
      case 'reject':
        return originReadOnly(route!.name)
      case 'through':
      case 'behind':
        return originWrite(
          route!.name,
          'takes writes by calls of one bound key, not in MULTI, COPY, MOVE or scripts, nor under CLIENT NO-ORIGIN',
        )
    }
  }

  /** Keys that are being written at their origins. */
  get writing(): number {
    return this.#writes.size
  }

  writesToOrigin(db: number, key: Slice): boolean {
    const write = this.routes.find(db, key)?.options.write
    return write === 'through' || write === 'behind'
  }

  beginWrite(db: number, key: Slice, onChange: () => void): OriginWrite {
    const route = this.routes.find(db, key)
    if (route === null) throw new Error('no route is in place for the key')
    const write = this.#writes.begin(route, db, key, onChange)
    this.#watch()
    return write
  }

  // --- routes

  /** @throws {RouteError} the name is taken, or the pattern shadowed, or there is no place for writes that wait */
  addRoute(route: Route): void {
    this.behinds.reserve(route)
    this.routes.add(route)
    this.routeCount = this.routes.count
    this.#lineMaker.open(route)
  }

  // --- the primary

  /** This server follows that one, or nobody: what is away is asked of whom is to be asked now. */
  follow(primary: Primary | null): void {
    this.#fleet.follow(primary)
  }

  /** The link to the primary went down or came up. */
  relinked(): void {
    this.#fleet.relinked()
  }

  /** A message of the primary's came with its stream. */
  told(message: Buffer): void {
    this.#fleet.told(message)
  }

  /** Whether the primary is asked in place of the origins. */
  get asksPrimary(): boolean {
    return this.#fleet.asksPrimary
  }

  /** Takes a route away: what waits for it runs on what is there. Its store is closed. */
  async removeRoute(route: Route): Promise<void> {
    const { hard } = this.#lines.of(route)
    this.routes.remove(route)
    this.routeCount = this.routes.count
    const told: WaitingCall[] = []
    for (const waiter of hard.all()) this.#reads.release(waiter, told)
    this.#flights.dropRoute(route)
    this.#lineMaker.close(route)
    this.#writes.drop(route)
    this.holdings.negatives.forget((entry) => entry.route === route)
    this.#watch()
    this.defer(() => told.forEach((call) => call.tell()))
    await route.store.close()
  }

  /** Its breaker, whether its origin tells of changes, reads of the route that wait now, and requests that are away. */
  load(route: Route): RouteLoad {
    const { hard, queue, health } = this.#lines.of(route)
    const push = route.coverage === null ? 'no' : route.coverage.isLive ? 'live' : 'lost'
    const { breakerState: breaker, failingMs } = health
    return { breaker, failingMs, push, waiting: hard.size, inFlight: queue.inFlight }
  }

  /** Writes that wait to be made at the route's origin, and those it did not take; null where none wait. */
  behind(route: Route): Behind | null {
    return this.#lines.of(route).behind
  }

  /** Marks what is held of a key as outdated, by the word of its source. */
  invalidate(db: number, key: Slice, byPrimary = false): boolean {
    const held = this.holdings.invalidate(db, key)
    const id = flightId(db, key)
    const flight = this.#flights.get(id)
    if (!byPrimary && this.isBound(db, key)) {
      this.#fleet.upstream.forbid(id)
      this.#fleet.tellOf(db, key)
    }
    if (flight !== undefined) this.#flights.void(flight)
    this.keyChanged(db, key)
    if (held) this.observer?.lapsed(key)
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
    const route = this.routes.find(db, key)
    if (route === null) return
    const id = flightId(db, key)
    this.#lines.find(route)?.behind?.changed(id)
    this.holdings.negatives.delete(id)
    const flight = this.#flights.get(id)
    if (flight !== undefined) this.#flights.changed(flight)
    this.#writes.changed(id)
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

  // --- for settlements

  isUsable(waiter: Waiter): boolean {
    return this.#reads.isUsable(waiter)
  }

  stillPermitted(waiter: Waiter): boolean {
    return this.#reads.permission(waiter) !== null
  }

  substitute({ route, db, key }: Waiter, value: OriginValue | null): () => void {
    route.statistics.passing++
    return this.#copies.substitute(db, key, value)
  }

  left(waiter: Waiter): void {
    this.#reads.left(waiter)
  }

  // --- private

  #usableBound(route: Route, db: number, key: Slice, { arrivedAtMs }: ReadAt): boolean {
    if (route.options.write === 'behind') {
      const read = this.behinds.read(route, db, key)
      if (read === 'uses') route.statistics.hits++
      if (read !== null) return read === 'uses'
    }
    if (this.holdings.isFresh(route, db, key, arrivedAtMs)) {
      this.#noteHit(route, db, key)
      return true
    }
    if (!this.holdings.mayRenewBehind(route, db, key, arrivedAtMs)) return false
    route.statistics.staleWhileRevalidate++
    this.#reads.renew(route, db, key)
    return true
  }

  #noteHit(route: Route, db: number, key: Slice): void {
    route.statistics.hits++
    if (route.options.refreshAhead) this.#lineMaker.wasRead(route, db, key)
  }

  #openAll(settlement: CallSettlement, keys: readonly SettleKey[], terms: Terms, earlier: CallSettlement | null): void {
    for (const { db, key } of keys) {
      const slice = this.#keys.copyOf(key)
      const route = this.routes.find(db, slice)
      if (route === null) continue
      this.#reads.begin(
        settlement.add(new Waiter(settlement, route, db, slice, terms)),
        earlier?.of(flightId(db, slice)),
      )
      if (settlement.isRefused) return
    }
  }

  #late(flight: Flight): void {
    this.#reads.late(flight)
    this.#watch()
  }

  #voidWhere(matches: (db: number) => boolean): void {
    for (const flight of this.#flights.all()) if (matches(flight.db)) this.#flights.changed(flight)
    this.#writes.changedWhere(matches)
    this.holdings.negatives.forget((entry) => matches(entry.db))
    this.#watch()
  }

  /** Tells the keyspace whether changes concern anybody. */
  #watch(): void {
    const { negatives } = this.holdings
    this.#keyspace.setInterest(this, this.#flights.away + this.#writes.size + negatives.size + this.behinds.size)
  }
}
