import { OutOfMemory, borrowed, digestSliceBytes } from '../base/index.js'
import type { Clock, Random, Slice } from '../base/index.js'
import type { Confirmation, Copies, Keyspace, OriginValue } from '../keyspace/index.js'
import { flightId, keyOfId } from './flight.js'
import type { Flight } from './flight.js'
import { NegativeEntries } from './negatives.js'
import { lifetimeOf } from './options.js'
import type { ValueKind } from './options.js'
import type { Route } from './route.js'
import type { Permission, Rules, Times, Validation } from './rules.js'
import type { Schema } from './schema.js'
import { validatorBytesMax } from './store.js'
import type { Answer } from './store.js'
import { digestOf } from './values.js'

export interface HoldingsOptions {
  readonly keyspace: Keyspace
  readonly copies: Copies
  readonly clock: Clock
  readonly random: Random
  readonly rules: Rules
  readonly mayStore: () => boolean
  readonly negativesMax: number
}

/** A key, and when its origin was asked. */
export type Asked = Pick<Flight, 'route' | 'db' | 'key' | 'id' | 'askedAtMs'> & Partial<Pick<Flight, 'byPrimary'>>

/** What is held here of bound keys: copies in the keyspace, and remembered absences. */
export class Holdings {
  readonly negatives: NegativeEntries
  readonly #keyspace: Keyspace
  readonly #copies: Copies
  readonly #clock: Clock
  readonly #random: Random
  readonly #rules: Rules
  readonly #mayStore: () => boolean
  readonly #copy: Confirmation = { known: false, askedAtMs: 0, answeredAtMs: 0, invalidated: false }

  constructor(options: HoldingsOptions) {
    this.#keyspace = options.keyspace
    this.#copies = options.copies
    this.#clock = options.clock
    this.#random = options.random
    this.#rules = options.rules
    this.#mayStore = options.mayStore
    this.negatives = new NegativeEntries(options.negativesMax)
  }

  /**
   * Whether a read that arrived then may use what is held. Allocates nothing where a copy is.
   *
   * @param demand is to be satisfied beside the route's own rule
   */
  isFresh(route: Route, db: number, key: Slice, arrivedAtMs: number, demand: Validation | null = null): boolean {
    const { validation, negativeValidation } = route.options
    const copy = this.#copy
    if (this.#copies.confirmation(db, key, copy)) {
      if (copy.invalidated) return false
      if (demand !== null && !this.#rules.isFresh(demand, copy, arrivedAtMs)) return false
      if (validation.mode === 'never') return true // even what was never confirmed
      if (copy.askedAtMs < route.sinceMs) return false
      return this.#rules.isFresh(validation, copy, arrivedAtMs)
    }
    const negative = this.negatives.get(flightId(db, key))
    if (negative === undefined || negative.route !== route) return false
    if (demand !== null && !this.#rules.isFresh(demand, negative, arrivedAtMs)) return false
    return this.#rules.isFresh(negativeValidation, negative, arrivedAtMs)
  }

  /** By which permission what is held may be served at `nowMs` though it is not fresh; null: by none. */
  permission(route: Route, db: number, key: Slice, nowMs: number): Permission | null {
    const { staleWhileRevalidateMs, staleIfErrorMs } = route.options
    const pastMs = this.#pastMs(route, db, key, nowMs)
    if (pastMs < staleWhileRevalidateMs) return 'stale-while-revalidate'
    if (pastMs < staleIfErrorMs) return 'stale-if-error'
    return staleIfErrorMs > 0 && this.#isLocal(route, db, key) ? 'local' : null
  }

  /** When what is held is no longer fresh: monotonic; -Infinity for what may not be served even now. */
  freshUntilMs(route: Route, db: number, key: Slice): number {
    return route.options.validation.mode === 'never' ? Infinity : -this.#pastMs(route, db, key, 0)
  }

  /** Whether stale-while-revalidate alone permits it. */
  mayRenewBehind(route: Route, db: number, key: Slice, nowMs: number): boolean {
    const windowMs = route.options.staleWhileRevalidateMs
    return windowMs > 0 && this.#pastMs(route, db, key, nowMs) < windowMs
  }

  /** How long what is held is fresh in all; Infinity where that is no matter of time. */
  lifetimeMs(route: Route, db: number, key: Slice): number {
    const { validation, negativeValidation } = route.options
    return lifetimeOf(this.#look(db, key) ? validation : negativeValidation)
  }

  /** What to tell the origin of the copy held here. */
  describe(flight: Flight): void {
    const { route, db, key } = flight
    flight.digest = flight.validator = null
    const copy = this.#copy
    if (flight.unconditional || !this.#look(db, key)) return
    const isChecked = copy.askedAtMs >= route.sinceMs && copy.askedAtMs !== -Infinity
    if (route.schema !== null && !isChecked && !this.#satisfies(route.schema, db, key)) return // asked for as if there were none
    const evidence = this.#copies.evidence(db, key, route.options.as)
    flight.digest = evidence?.digest ?? this.digest(db, key, route.options.as)
    if (copy.known && copy.askedAtMs >= route.sinceMs) flight.validator = evidence?.validator ?? null
  }

  /**
   * The digest of the present value where it is of `kind`, computed where it is not known; null otherwise, and where that
   * would hold others up: for more than `digestSliceBytes`, which only a value that was written here can need.
   */
  digest(db: number, key: Slice, kind: ValueKind): Buffer | null {
    if (this.kindOf(db, key) !== kind) return null
    const known = this.#copies.knownDigest(db, key)
    if (known !== null) return known
    const value = this.read(db, key, digestSliceBytes)
    if (value === null) return null
    const digest = digestOf(value)
    this.#copies.keepDigest(db, key, digest)
    return digest
  }

  /** What is held under a key, null where nothing is: no origin holds any 'other', and such a value has no digest. */
  kindOf(db: number, key: Slice): ValueKind | 'other' | null {
    const database = this.#keyspace.databases[db]
    const ref = database.find(key)
    if (ref === 0) return null
    const name = database.typeName(ref)
    return name === 'string' || name === 'hash' ? name : 'other'
  }

  /** A copy of the present value; null where it takes more than `bytesMax`, is missing, or is no string and no hash. */
  read(db: number, key: Slice, bytesMax = Infinity): OriginValue | null {
    return this.#copies.read(db, key, bytesMax)
  }

  /**
   * Keeps an answer, as far as it may be kept.
   *
   * @param flight of which the answer is; its key did not change while it was away
   * @returns the answer's kind; a value that is the one held here is a not-modified
   */
  keep(flight: Flight, answer: Answer, answeredAtMs: number): Answer['kind'] {
    try {
      return this.#keep(flight, answer, answeredAtMs)
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
      return answer.kind // whoever waits gets it in passing
    }
  }

  #keep(flight: Flight, answer: Answer, answeredAtMs: number): Answer['kind'] {
    const { statistics } = flight.route
    switch (answer.kind) {
      case 'not-modified':
        statistics.notModified++
        this.#confirm(flight, answeredAtMs, flight.digest, answer.validator ?? flight.validator)
        return 'not-modified'
      case 'found':
        return this.#keepFound(flight, answer, answeredAtMs)
      case 'absent':
        statistics.absent++
        this.#keepAbsent(flight, answer.noStore === true, answeredAtMs)
        return 'absent'
      case 'refused':
        statistics.refused++
        return 'refused'
    }
  }

  /** What is held is what the origin has just been given; null: it holds nothing any more. */
  wrote(asked: Asked, value: OriginValue | null, validator: string | undefined, answeredAtMs: number): void {
    const { route, db, key } = asked
    if (value === null) return this.#keepAbsent(asked, false, answeredAtMs)
    const digest = digestOf(value)
    // what the call left may be another value than it had left in its rehearsal: a deadline passed meanwhile
    if (this.digest(db, key, route.options.as)?.equals(digest) !== true) return
    this.#confirm(asked, answeredAtMs, digest, usableValidator(validator))
  }

  /**
   * The origin held then what is held now: a value of that digest, null: nothing. Notes it, unless it is known to have held
   * it later, or its copy must not be served for all that.
   */
  wasHeld({ route, db, key, id }: Asked, times: Times, digest: Buffer | null): void {
    const known = this.times(db, key)
    if (known !== null && (known.invalidated || known.askedAtMs >= times.askedAtMs)) return
    if (digest === null) this.negatives.set(id, { route, db, ...times })
    else this.#note(db, key, times, digest, this.#copies.validator(db, key))
  }

  /** Marks a copy as not to be served before its origin confirms it, and forgets a remembered absence. */
  invalidate(db: number, key: Slice): boolean {
    const forgotten = this.negatives.delete(flightId(db, key))
    const kept = this.#copies.invalidate(db, key)
    this.#keyspace.databases[db].forget()
    return kept || forgotten
  }

  /** Deletes what an origin confirmed; a value that was written here stays. Whether there was one. */
  dropCopy(db: number, key: Slice): boolean {
    if (!this.#look(db, key) || (this.#copy.askedAtMs === -Infinity && !this.#copy.invalidated)) return false
    this.#copies.drop(db, key)
    return true
  }

  /** Forgets the absences of all keys that match. Returns their number. */
  forgetAbsences(matches: (db: number, key: Slice) => boolean): number {
    const key = borrowed()
    const before = this.negatives.size
    this.negatives.forget(({ db }, id) => matches(db, keyOfId(id, key)))
    return before - this.negatives.size
  }

  /** Whether anything is, be it an absence. */
  holds(db: number, key: Slice): boolean {
    return this.#look(db, key) || this.negatives.get(flightId(db, key)) !== undefined
  }

  /** The times of what is held, for showing; null where nothing is. */
  times(db: number, key: Slice): (Times & { readonly invalidated: boolean; readonly negative: boolean }) | null {
    if (this.#look(db, key)) return { ...this.#copy, negative: false }
    const negative = this.negatives.get(flightId(db, key))
    return negative === undefined ? null : { ...negative, invalidated: false, negative: true }
  }

  validator(db: number, key: Slice): string | null {
    return this.#copies.validator(db, key)
  }

  #keepFound(
    flight: Flight,
    answer: Extract<Answer, { kind: 'found' }>,
    answeredAtMs: number,
  ): 'found' | 'not-modified' {
    const { route, db, key } = flight
    const { value } = answer
    const digest = answer.digest ?? digestOf(value)
    const validator = usableValidator(answer.validator)
    if (flight.digest?.equals(digest) === true && value.kind === route.options.as) {
      route.statistics.notModified++
      this.#confirm(flight, answeredAtMs, digest, validator)
      return 'not-modified'
    }
    if (answer.noStore === true || !this.#mayChange(flight)) return 'found'
    this.#copies.fill(db, key, value, this.#expireAtUnixMs(route))
    route.statistics.fills++
    this.#confirm(flight, answeredAtMs, digest, validator)
    return 'found'
  }

  #keepAbsent(flight: Asked, noStore: boolean, answeredAtMs: number): void {
    const { route, db, key, id, askedAtMs } = flight
    if (this.#look(db, key)) {
      if (!this.#mayChange(flight)) return
      this.#copies.drop(db, key)
    }
    if (!noStore) this.negatives.set(id, { route, db, askedAtMs, answeredAtMs })
  }

  /** What a primary tells changes nothing here: its stream does. */
  #mayChange({ byPrimary }: Asked): boolean {
    return byPrimary !== true && this.#mayStore()
  }

  #confirm(flight: Asked, answeredAtMs: number, digest: Buffer | null, validator: string | null): void {
    const { db, key, askedAtMs } = flight
    this.#note(db, key, { askedAtMs, answeredAtMs }, digest, usableValidator(validator ?? undefined))
  }

  /**
   * Notes a confirmation of what is there still: its time to live may have ended in this very moment. Where there is no room for
   * it, what is held stays as unconfirmed as it was, and is asked for again.
   */
  #note(db: number, key: Slice, times: Times, digest: Buffer | null, validator: string | null): void {
    try {
      this.#copies.confirm(db, key, times.askedAtMs, times.answeredAtMs, digest, validator)
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
    }
    this.#keyspace.databases[db].forget()
  }

  #satisfies(schema: Schema, db: number, key: Slice): boolean {
    const value = this.read(db, key)
    return value !== null && schema.problem(value) === null
  }

  /** Looks without leaving the place remembered: slices of flights live longer than a call. */
  #look(db: number, key: Slice): boolean {
    const found = this.#copies.confirmation(db, key, this.#copy)
    this.#keyspace.databases[db].forget()
    return found
  }

  /** Milliseconds since freshness ended; Infinity where nothing is held that any permission could cover. */
  #pastMs(route: Route, db: number, key: Slice, nowMs: number): number {
    const { validation, negativeValidation } = route.options
    const copy = this.#copy
    if (this.#look(db, key)) {
      if (copy.invalidated || copy.askedAtMs < route.sinceMs) return Infinity
      return nowMs - this.#rules.freshUntilMs(validation, copy)
    }
    const negative = this.negatives.get(flightId(db, key))
    if (negative === undefined || negative.route !== route) return Infinity
    return nowMs - this.#rules.freshUntilMs(negativeValidation, negative)
  }

  /** Whether the value was written here under `write local`: it seeds the copy until the origin answers. */
  #isLocal(route: Route, db: number, key: Slice): boolean {
    if (route.options.write !== 'local' || !this.#look(db, key)) return false
    return !this.#copy.invalidated && this.#copy.askedAtMs === -Infinity
  }

  #expireAtUnixMs(route: Route): number {
    const { ttlMs } = route.options
    if (ttlMs === null) return 0
    const jitter = (this.#random.below(2001) - 1000) / 10_000 // ±10 %, so that what was filled together does not end so
    return this.#clock.unixMs() + Math.max(1, Math.round(ttlMs * (1 + jitter)))
  }
}

function usableValidator(validator: string | undefined): string | null {
  if (validator === undefined || validator === '' || validator.startsWith('W/')) return null
  return Buffer.byteLength(validator) <= validatorBytesMax ? validator : null
}
