import { ReplyError } from '../base/index.js'
import type { Clock, Log } from '../base/index.js'
import type { Reply, Word } from '../resp/index.js'
import type { CancelSignal } from './cancellation.js'
import type { Flight } from './flight.js'
import type { Holdings } from './holdings.js'
import { patienceOf, tighter } from './patience.js'
import type { Route } from './route.js'
import type { Rules, Validation } from './rules.js'
import { isUnsettled, readSettled } from './settled.js'
import type { Failure, Settled, SettledBatch, SettledTimes, Stale } from './settled.js'
import type { EarlyAnswers, MadeAnswer, Source } from './source.js'
import { Unavailable } from './store.js'
import type { Answer, Ask } from './store.js'
import { staleTimes, toldTimes } from './told-times.js'
import { digestOf, digestOfLong } from './values.js'

/** What a primary says of a key that it has settled. */
type Told = Exclude<Settled, { kind: 'unbound' | 'pending' }>

/** Keys of one SETTLE. */
const keysMax = 1000

/** Of a value that has no digest: equal to none. */
const noDigest = Buffer.alloc(0)

/** Keys that are remembered as invalidated here. */
const forbiddenMax = 100_000

/** Sends one request and gives its reply. */
export type AskPrimary = (words: readonly Word[]) => Promise<Reply>

/** The primary that this server follows. */
export interface Primary {
  /**
   * Has `talk` ask it one request after another over a connection that is its own meanwhile, in one of its databases.
   *
   * @throws {Unavailable} no reply came
   */
  converse(db: number, signal: CancelSignal, talk: (ask: AskPrimary) => Promise<void>): Promise<void>
  /** Bytes of its stream that were executed here. */
  readonly appliedOffset: number
  /** Resolves when so many bytes were. @throws {Unavailable} the signal aborted */
  applied(offset: number, signal: CancelSignal): Promise<void>
  /** Nobody asks it any more. */
  close(): void
  /** How often it is proven that all it told was heard; left out: two seconds. */
  readonly proveEveryMs?: number
}

export interface UpstreamParts {
  readonly clock: Clock
  readonly rules: Rules
  readonly holdings: Holdings
  readonly log: Pick<Log, 'notice'>
  /** What is held of a key is not what its primary told: no answer to this flight counts. */
  readonly unsettled: (flight: Flight) => void
  /** The primary waits for an origin that takes long: whoever has a permission to be served stale may use it. */
  readonly late: (flight: Flight) => void
  /** What to ask a flight's origin now. Null: it cannot be asked. */
  readonly describe: (flight: Flight) => Ask | null
  /** `asksPrimary` may be another from now on. */
  readonly turned: () => void
}

/**
 * Whom this server asks: the origins themselves, or, while it follows a Truedis, its primary, so that a fleet makes one
 * request. The primary's values come with its stream alone: what it answers is how it stands with a key, by a digest, and
 * at which offset; a copy with that digest is confirmed by it.
 *
 * A primary that cannot settle keys (a stock Redis), or has no route for one, is passed over.
 */
export class Upstream implements Source {
  readonly #parts: UpstreamParts
  #primary: Primary | null = null
  /** The primary said that it cannot settle keys, and may not have become another since. */
  #isStock = false
  #isSure = false
  /** Keys that somebody here has invalidated since they were last confirmed; when there are too many, all invalidated ones. */
  readonly #forbidden = new Set<string>()

  constructor(parts: UpstreamParts) {
    this.#parts = parts
  }

  /** Whether a primary is asked, as far as it is known. */
  get asksPrimary(): boolean {
    return this.#primary !== null && !this.#isStock
  }

  /** From now on this server follows that one, or nobody. What is away to another is to be asked again. */
  follow(primary: Primary | null): void {
    this.#primary?.close()
    this.#primary = primary
    this.#isStock = this.#isSure = false
    this.#forbidden.clear()
    this.#parts.turned()
  }

  /** The link to the primary is made anew: it may be another program. */
  relinked(): void {
    this.#isSure = false
  }

  batchMax(route: Route): number {
    return this.#asksNow ? keysMax : route.store.batchMax
  }

  get proveEveryMs(): number | undefined {
    return this.#primary?.proveEveryMs
  }

  /** Somebody here has forbidden to serve what is held of a key: it is not confirmed by an answer from before. */
  forbid(id: string): void {
    if (this.asksPrimary && this.#forbidden.size < forbiddenMax) this.#forbidden.add(id)
  }

  /** Resolves when all that the primary told before the call was heard here. @throws {Unavailable} */
  async hear(signal: CancelSignal): Promise<void> {
    const primary = this.#primary
    if (primary === null) throw new Unavailable('there is no primary', { counts: false })
    let offset = NaN
    await primary.converse(0, signal, async (ask) => {
      const reply = await ask(['ORIGIN', 'SETTLE', 0])
      if (!this.#learns(reply)) offset = readSettled(reply, 0).offset
    })
    if (Number.isNaN(offset)) throw new Unavailable('its primary tells nothing', { counts: false })
    if (primary.appliedOffset < offset) await primary.applied(offset, signal)
  }

  /** Marks what leaves as asked of the primary: what its stream changes meanwhile is no change behind its back. */
  leaves(flight: Flight): void {
    flight.byPrimary = this.#asksNow
    if (flight.byPrimary && this.#isForbidden(flight)) flight.patienceMs = 0
  }

  ask(
    route: Route,
    flights: readonly Flight[],
    asks: readonly Ask[],
    signal: CancelSignal,
    early: EarlyAnswers,
  ): Promise<readonly MadeAnswer[]> {
    const primary = this.#primary
    if (primary === null || !this.#asksNow) return this.#askOrigin(route, asks, signal)
    return this.#askPrimary(primary, route, flights, signal, early)
  }

  // --- private

  async #askPrimary(
    primary: Primary,
    route: Route,
    flights: readonly Flight[],
    signal: CancelSignal,
    early: EarlyAnswers,
  ): Promise<readonly MadeAnswer[]> {
    const answers = new Map<Flight, MadeAnswer>()
    const take: EarlyAnswers = (some, made) => {
      some.forEach((flight, i) => answers.set(flight, made[i]))
      early(some, made)
    }
    const groups = [...grouped(route, flights).values()]
    await Promise.all(groups.map((its) => this.#converse(primary, route, its, signal, take)))
    return flights.map((flight) => answers.get(flight)!)
  }

  #isForbidden({ id, db, key }: Flight): boolean {
    if (this.#forbidden.size < forbiddenMax) return this.#forbidden.has(id)
    return this.#parts.holdings.times(db, key)?.invalidated === true
  }

  get #asksNow(): boolean {
    return this.#primary !== null && !(this.#isStock && this.#isSure)
  }

  #askOrigin(route: Route, asks: readonly Ask[], signal: CancelSignal): Promise<readonly (Answer | Unavailable)[]> {
    route.statistics.requests++
    route.statistics.asks += asks.length
    return route.store.fetchMany(asks, signal)
  }

  /** Settles keys at the primary, and takes its answers as they come: a key that waits there holds up no other. */
  async #converse(
    primary: Primary,
    route: Route,
    flights: readonly Flight[],
    signal: CancelSignal,
    take: EarlyAnswers,
  ): Promise<void> {
    const [{ db, unconditional }] = flights
    const { statistics } = route
    const head = ['ORIGIN', unconditional ? 'FETCH' : 'SETTLE', patienceIn(route, flights[0])]
    const parts: Promise<void>[] = []
    statistics.primaryRequests++
    statistics.primaryAsks += flights.length
    await primary.converse(db, signal, async (ask) => {
      let pending = flights
      let reply = await ask([...head, ...flights.map(({ key }) => key)])
      if (this.#learns(reply)) return void parts.push(this.#askOriginLate(route, flights, signal, take))
      for (;;) {
        const batch = readSettled(reply, pending.length)
        const part = this.#takeBatch(primary, route, pending, batch, signal, take)
        part.catch(() => undefined) // it is awaited below
        parts.push(part)
        pending = pending.filter((_, i) => isUnsettled(batch.keys[i]))
        if (pending.length === 0) return
        reply = await ask(head)
      }
    })
    await Promise.all(parts)
  }

  /** Takes one answer of the primary's, when the stream has brought what it is about. */
  async #takeBatch(
    primary: Primary,
    route: Route,
    flights: readonly Flight[],
    batch: SettledBatch,
    signal: CancelSignal,
    take: EarlyAnswers,
  ): Promise<void> {
    const repliedAtMs = this.#parts.clock.monotonicMs()
    const told: { readonly flight: Flight; readonly settled: Told }[] = []
    const waiting: { readonly flight: Flight; readonly settled: Stale }[] = []
    const unbound: Flight[] = []
    flights.forEach((flight, i) => {
      const settled = batch.keys[i]
      if (settled.kind === 'unbound') unbound.push(flight)
      else if (settled.kind === 'stale' && settled.failure === null) waiting.push({ flight, settled })
      else if (settled.kind !== 'pending') told.push({ flight, settled })
    })
    for (const { flight } of told) flight.isClosed = true // who comes now came after the answer
    const late = unbound.length === 0 ? null : this.#askOriginLate(route, unbound, signal, take)
    late?.catch(() => undefined) // it is awaited below
    const all = [...told, ...waiting]
    if (primary.appliedOffset < batch.offset && !all.every((one) => this.#isHere(one.flight, one.settled))) {
      route.statistics.primaryWaits++
      await primary.applied(batch.offset, signal)
    }
    await Promise.all(all.map(({ flight }) => this.#digestLong(flight)))
    for (const { flight, settled } of waiting) {
      this.#dateStale(flight, settled, repliedAtMs)
      this.#parts.late(flight)
    }
    take(
      told.map(({ flight }) => flight),
      told.map(
        ({ flight, settled }) =>
          () =>
            this.#answer(flight, settled, repliedAtMs),
      ),
    )
    await late
  }

  /** Whether the primary cannot settle keys, as its reply says. */
  #learns(reply: Reply): boolean {
    const { log, turned } = this.#parts
    const isStock = reply instanceof ReplyError && /^unknown (sub)?command/i.test(reply.message)
    const isNews = isStock !== this.#isStock
    this.#isSure = true
    this.#isStock = isStock
    if (!isNews) return isStock
    if (isStock) log.notice('The primary settles no keys of origins: this replica asks them itself')
    turned()
    return isStock
  }

  /** Asks the origin for flights that had left for the primary: from now on what changes here counts. */
  async #askOriginLate(
    route: Route,
    flights: readonly Flight[],
    signal: CancelSignal,
    take: EarlyAnswers,
  ): Promise<void> {
    const asked: Flight[] = []
    const asks: Ask[] = []
    const absent: Flight[] = []
    for (const flight of flights) {
      flight.byPrimary = false
      const ask = this.#parts.describe(flight)
      if (ask === null) absent.push(flight)
      else {
        asked.push(flight)
        asks.push(ask)
      }
    }
    take(absent, Array<Answer>(absent.length).fill({ kind: 'absent' }))
    const { batchMax } = route.store
    for (let i = 0; i < asked.length; i += batchMax) {
      take(asked.slice(i, i + batchMax), await this.#askOrigin(route, asks.slice(i, i + batchMax), signal))
    }
  }

  /** Whether what a primary told of is here already; what is no copy need not come. */
  #isHere(flight: Flight, settled: Told): boolean {
    if (settled.kind === 'failed' || settled.kind === 'value') return true
    return this.#holds(flight, settled.kind === 'absent' ? null : settled.digest)
  }

  /** Takes the digest of a long value before it is asked for, for that would hold others up. */
  async #digestLong(flight: Flight): Promise<void> {
    const { holdings } = this.#parts
    const { route, db, key } = flight
    flight.longDigest = null
    if (holdings.kindOf(db, key) !== route.options.as || holdings.digest(db, key, route.options.as) !== null) return
    const value = holdings.read(db, key)
    if (value === null) return
    flight.isTouched = false
    flight.longDigest = await digestOfLong(value)
  }

  /** Whether what is held here is what the primary told of: the value of a digest, or with null none. */
  #holds({ route, db, key, isTouched, longDigest }: Flight, told: Buffer | null): boolean {
    const { holdings, rules } = this.#parts
    if (holdings.kindOf(db, key) === null) return rules.isTold(told, null)
    const held = holdings.digest(db, key, route.options.as) ?? (isTouched ? null : longDigest)
    return rules.isTold(told, held ?? noDigest)
  }

  /** What came of a flight, in the moment in which its waiting reads are told. */
  #answer(flight: Flight, settled: Told, repliedAtMs: number): Answer | Unavailable {
    switch (settled.kind) {
      case 'stale':
        this.#dateStale(flight, settled, repliedAtMs)
        return noAnswer(settled.failure!)
      case 'failed':
        return settled.prefix === 'ORIGINVALUE' ? { kind: 'refused', reason: settled.reason } : noAnswer(settled)
    }
    if (settled.ageMs >= 0) this.#date(flight, settled, repliedAtMs)
    switch (settled.kind) {
      case 'held':
        if (!this.#confirms(flight, settled, settled.digest)) this.#parts.unsettled(flight)
        return { kind: 'not-modified' }
      case 'absent':
        if (this.#confirms(flight, settled, null)) return { kind: 'absent' }
        if (!flight.unconditional) this.#parts.unsettled(flight)
        return { kind: 'absent', noStore: true }
      case 'value':
        return this.#passing(flight, settled)
    }
  }

  /** A value that the primary told itself: confirms the copy, or is served in passing. */
  #passing(flight: Flight, settled: Extract<Told, { kind: 'value' }>): Answer {
    const { value, isHeld } = settled
    const digest = value === null ? null : digestOf(value)
    const isOurs = value === null || value.kind === flight.route.options.as
    if (isHeld && isOurs && this.#confirms(flight, settled, digest)) return { kind: 'not-modified' }
    flight.digest = null // of what was held when it left
    if (value === null || digest === null) return { kind: 'absent', noStore: true }
    return { kind: 'found', value, digest, noStore: true }
  }

  /** Whether what is held here is what the primary told of, which then is confirmed. */
  #confirms(flight: Flight, { ageMs }: SettledTimes, digest: Buffer | null): boolean {
    if (ageMs < 0 || !this.#holds(flight, digest)) return false
    const { db, key } = flight
    this.#forbidden.delete(flight.id)
    flight.digest = digest
    flight.validator = digest === null ? null : this.#parts.holdings.validator(db, key)
    return true
  }

  /** Gives a flight the times of its confirmation at the primary's origin. */
  #date(flight: Flight, settled: Exclude<Told, Stale | { kind: 'failed' }>, repliedAtMs: number): void {
    const rule = ruleFor(flight, settled.kind === 'absent')
    const times = toldTimes(this.#parts.rules, rule, { sentAtMs: flight.askedAtMs, repliedAtMs }, settled)
    flight.askedAtMs = times.askedAtMs
    flight.answeredAtMs = times.answeredAtMs
  }

  /**
   * Notes when the origin last held what the primary serves by a stale permission, if that is held here: then a permission
   * of this server may cover it, too. Nothing is fresh by that.
   */
  #dateStale(flight: Flight, settled: Stale, repliedAtMs: number): void {
    if (this.#isForbidden(flight) || !this.#holds(flight, settled.digest)) return
    const { rules, holdings } = this.#parts
    const rule = ruleFor(flight, settled.digest === null)
    const times = staleTimes(rules, rule, { sentAtMs: flight.askedAtMs, repliedAtMs }, settled)
    holdings.wasHeld(flight, times, settled.digest)
  }
}

const noAnswer = ({ prefix, reason }: Failure): Unavailable =>
  new Unavailable(`its primary has no answer: ${reason === '' ? prefix : reason}`, { counts: false })

const ruleFor = ({ route }: Flight, isAbsent: boolean): Validation =>
  isAbsent ? route.options.negativeValidation : route.options.validation

/** Flights that one request is for: of one database, asked on the same terms. */
function grouped(route: Route, flights: readonly Flight[]): Map<string, Flight[]> {
  const groups = new Map<string, Flight[]>()
  for (const flight of flights) {
    const name = `${flight.db} ${flight.unconditional} ${patienceIn(route, flight)}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [flight])
    else group.push(flight)
  }
  return groups
}

function patienceIn({ options, sinceMs }: Route, { patienceMs, askedAtMs }: Flight): number {
  const { validation } = options
  const patience = tighter(patienceOf(validation), patienceMs)
  // confirmations from before the route came here count as never: older ones are of no use
  const isNew = validation.mode === 'lifetime' && sinceMs !== -Infinity
  return Math.floor(isNew ? tighter(patience, Math.max(0, askedAtMs - sinceMs)) : patience)
}
