import { ReplyError } from '../base/index.js'
import type { Clock, Log } from '../base/index.js'
import type { Reply, Word } from '../resp/index.js'
import type { Flight } from './flight.js'
import type { Holdings } from './holdings.js'
import { lifetimeOf } from './options.js'
import { patienceOf, tighter } from './patience.js'
import type { Route } from './route.js'
import type { Rules } from './rules.js'
import { readSettled } from './settled.js'
import type { Settled, SettledBatch, SettledTimes } from './settled.js'
import type { LateAnswer, Source } from './source.js'
import { Unavailable } from './store.js'
import type { Answer, Ask } from './store.js'
import { digestOf, digestOfLong } from './values.js'

/** Keys of one SETTLE. */
const keysMax = 1000

/** Of a value that has no digest: equal to none. */
const noDigest = Buffer.alloc(0)

/** A lifetime that has just ended is still one for the reads that waited for it, which arrived before. */
const instantMs = 0.001

/** The primary that this server follows. */
export interface Primary {
  /** Sends a request to it, in one of its databases, over a connection of a client. @throws {Unavailable} no reply came */
  request(db: number, words: readonly Word[], signal: AbortSignal): Promise<Reply>
  /** Bytes of its stream that were executed here. */
  readonly appliedOffset: number
  /** Resolves when so many bytes were. @throws {Unavailable} the signal aborted */
  applied(offset: number, signal: AbortSignal): Promise<void>
  /** Nobody asks it any more. */
  close(): void
}

export interface UpstreamParts {
  readonly clock: Clock
  readonly rules: Rules
  readonly holdings: Holdings
  readonly log: Pick<Log, 'notice'>
  /** What is held of a key is not what its primary told: no answer to this flight counts. */
  readonly unsettled: (flight: Flight) => void
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
    this.#parts.turned()
  }

  /** The link to the primary is made anew: it may be another program. */
  relinked(): void {
    this.#isSure = false
  }

  batchMax(route: Route): number {
    return this.#asksNow ? keysMax : route.store.batchMax
  }

  /** Marks what leaves as asked of the primary: what its stream changes meanwhile is no change behind its back. */
  leaves(flight: Flight): void {
    flight.byPrimary = this.#asksNow
    const { db, key } = flight
    // what somebody here has forbidden to serve is not confirmed by an answer from before
    if (flight.byPrimary && this.#parts.holdings.times(db, key)?.invalidated === true) flight.patienceMs = 0
  }

  async ask(
    route: Route,
    flights: readonly Flight[],
    asks: readonly Ask[],
    signal: AbortSignal,
  ): Promise<readonly (Answer | Unavailable | LateAnswer)[]> {
    const primary = this.#primary
    if (primary === null || !this.#asksNow) return this.#askOrigin(route, asks, signal)
    const batches = grouped(route, flights)
    const answers = new Map<Flight, Answer | Unavailable | LateAnswer>()
    await Promise.all(
      [...batches.values()].map(async (its) => {
        const said = await this.#askPrimary(primary, route, its, signal)
        its.forEach((flight, i) => answers.set(flight, said[i]))
      }),
    )
    return flights.map((flight) => answers.get(flight)!)
  }

  // --- private

  get #asksNow(): boolean {
    return this.#primary !== null && !(this.#isStock && this.#isSure)
  }

  #askOrigin(route: Route, asks: readonly Ask[], signal: AbortSignal): Promise<readonly (Answer | Unavailable)[]> {
    route.statistics.requests++
    route.statistics.asks += asks.length
    return route.store.fetchMany(asks, signal)
  }

  async #askPrimary(
    primary: Primary,
    route: Route,
    flights: readonly Flight[],
    signal: AbortSignal,
  ): Promise<readonly (Answer | Unavailable | LateAnswer)[]> {
    const [{ db, unconditional }] = flights
    const { statistics } = route
    const words = [unconditional ? 'FETCH' : 'SETTLE', Math.floor(patienceIn(route, flights[0]))]
    statistics.primaryRequests++
    statistics.primaryAsks += flights.length
    const reply = await primary.request(db, ['ORIGIN', ...words, ...flights.map(({ key }) => key)], signal)
    const repliedAtMs = this.#parts.clock.monotonicMs()
    if (this.#learns(reply)) return this.#askOriginLate(route, flights, signal)
    const batch = readSettled(reply, flights.length)
    for (const flight of flights) flight.isClosed = true // who comes now came after the answer
    const bound = flights.filter((_, i) => batch.keys[i].kind !== 'unbound')
    const unbound = flights.filter((_, i) => batch.keys[i].kind === 'unbound')
    const others = unbound.length === 0 ? [] : await this.#askOriginLate(route, unbound, signal)
    await this.#wait(primary, route, flights, batch, signal)
    await Promise.all(bound.map((flight) => this.#digestLong(flight)))
    return flights.map((flight, i) => {
      const settled = batch.keys[i]
      if (settled.kind === 'unbound') return others[unbound.indexOf(flight)]
      return () => this.#answer(flight, settled, repliedAtMs)
    })
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
    signal: AbortSignal,
  ): Promise<readonly (Answer | Unavailable)[]> {
    const asks = flights.map((flight) => {
      flight.byPrimary = false
      return this.#parts.describe(flight)
    })
    const asked = asks.filter((ask) => ask !== null)
    const answers: (Answer | Unavailable)[] = []
    for (let i = 0; i < asked.length; i += route.store.batchMax) {
      answers.push(...(await this.#askOrigin(route, asked.slice(i, i + route.store.batchMax), signal)))
    }
    return asks.map((ask) => (ask === null ? { kind: 'absent' } : answers[asked.indexOf(ask)]))
  }

  /** Waits for the stream to bring what the primary told of, unless all of it is here already. */
  async #wait(
    primary: Primary,
    route: Route,
    flights: readonly Flight[],
    { offset, keys }: SettledBatch,
    signal: AbortSignal,
  ): Promise<void> {
    const isHere = (flight: Flight, i: number): boolean => {
      const settled = keys[i]
      if (settled.kind !== 'held' && settled.kind !== 'absent') return true
      return this.#holds(flight, settled.kind === 'held' ? settled.digest : null)
    }
    if (primary.appliedOffset >= offset || flights.every(isHere)) return
    route.statistics.primaryWaits++
    await primary.applied(offset, signal)
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
  #answer(flight: Flight, settled: Exclude<Settled, { kind: 'unbound' }>, repliedAtMs: number): Answer | Unavailable {
    const { route } = flight
    switch (settled.kind) {
      case 'failed': {
        const { prefix, reason } = settled
        if (prefix === 'ORIGINVALUE') return { kind: 'refused', reason }
        return new Unavailable(`its primary has no answer: ${reason === '' ? prefix : reason}`, { counts: false })
      }
      case 'held':
        if (this.#confirms(flight, settled, settled.digest, repliedAtMs)) return { kind: 'not-modified' }
        this.#parts.unsettled(flight)
        return { kind: 'not-modified' }
      case 'absent':
        if (!this.#confirms(flight, settled, null, repliedAtMs) && !flight.unconditional) this.#parts.unsettled(flight)
        return { kind: 'absent' }
      case 'value': {
        const { value } = settled
        if (value === null) return { kind: 'absent', noStore: true }
        const digest = digestOf(value)
        flight.digest = null // of what was held when it left
        if (value.kind === route.options.as && this.#confirms(flight, settled, digest, repliedAtMs)) {
          return { kind: 'not-modified' }
        }
        return { kind: 'found', value, digest, noStore: true }
      }
    }
  }

  /** Whether what is held here is what the primary told of; if so, the flight's times are those of its confirmation. */
  #confirms(flight: Flight, settled: SettledTimes, digest: Buffer | null, repliedAtMs: number): boolean {
    const { holdings } = this.#parts
    const { route, db, key } = flight
    const { ageMs, freshMs } = settled
    if (ageMs < 0 || !this.#holds(flight, digest)) return false
    const { validation, negativeValidation } = route.options
    const lifetimeMs = lifetimeOf(digest === null ? negativeValidation : validation)
    const sentAtMs = flight.askedAtMs
    flight.askedAtMs = sentAtMs - ageMs
    // not fresh for longer than the primary goes on alone: its owner may have told it to ask more often
    if (freshMs >= 0 && lifetimeMs !== Infinity) {
      flight.askedAtMs = Math.min(flight.askedAtMs, sentAtMs + freshMs - lifetimeMs + instantMs)
    }
    flight.answeredAtMs = repliedAtMs
    flight.digest = digest
    flight.validator = digest === null ? null : holdings.validator(db, key)
    return true
  }
}

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

const patienceIn = ({ options }: Route, { patienceMs }: Flight): number =>
  tighter(patienceOf(options.validation), patienceMs)
