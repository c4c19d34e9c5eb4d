import type { Clock, ReplyError, Slice } from '../base/index.js'
import type { WriteThrough } from '../command/index.js'
import type { OriginValue } from '../keyspace/index.js'
import { originValue, originWrite, originWriteFailed, shownKey } from './errors.js'
import { flightId } from './flight.js'
import type { Holdings } from './holdings.js'
import type { Lines } from './lines.js'
import type { Route } from './route.js'
import { Unavailable } from './store.js'
import type { Written } from './store.js'
import { digestOf, sizeOf } from './values.js'
import { NotSent } from './write-queue.js'

export interface WritesParts {
  readonly clock: Clock
  readonly holdings: Holdings
  readonly lines: Lines
  /** What is held of the key is out of date, by the word of its source. */
  readonly invalidate: (db: number, key: Slice) => void
  /** Runs a job at the end of this loop turn: a client goes on, which must not happen within another's call. */
  readonly defer: (job: () => void) => void
}

/** The writes of clients that their origins are to take before anybody sees them here: one at a time of each key. */
export class Writes {
  readonly #parts: WritesParts
  /** By `flightId`: the first has the turn. */
  readonly #lines = new Map<string, OriginWrite[]>()

  constructor(parts: WritesParts) {
    this.#parts = parts
  }

  /** How many keys are being written. */
  get size(): number {
    return this.#lines.size
  }

  begin(route: Route, db: number, key: Slice, onChange: () => void): OriginWrite {
    const id = flightId(db, key)
    const line = this.#lines.get(id) ?? []
    const write = new OriginWrite(this.#parts, route, db, key, onChange, () => this.#ended(id, write))
    line.push(write)
    this.#lines.set(id, line)
    if (line.length === 1) write.phase = 'ready'
    return write
  }

  /** The key changed, or is out of date: what is under way no longer goes with what is held. */
  changed(id: string): void {
    const first = this.#lines.get(id)?.[0]
    if (first !== undefined) first.isCurrent = false
  }

  changedWhere(matches: (db: number) => boolean): void {
    for (const [first] of this.#lines.values()) if (matches(first.db)) first.isCurrent = false
  }

  /** The route is gone: its writes end as refused. */
  drop(route: Route): void {
    for (const write of [...this.#lines.values()].flat()) if (write.route === route) write.abort()
  }

  #ended(id: string, write: OriginWrite): void {
    const line = this.#lines.get(id) ?? []
    const at = line.indexOf(write)
    if (at < 0) return
    line.splice(at, 1)
    if (line.length === 0) this.#lines.delete(id)
    else if (at === 0) line[0].turn()
  }
}

/** One of them. */
export class OriginWrite implements WriteThrough {
  readonly route: Route
  readonly db: number
  readonly key: Slice
  phase: WriteThrough['phase'] = 'queued'
  outcome: WriteThrough['outcome'] = 'written'
  isCurrent = true
  readonly #parts: WritesParts
  readonly #onChange: () => void
  readonly #onEnd: () => void
  #value: OriginValue | null = null
  #validator: string | undefined
  #askedAtMs = NaN
  #answeredAtMs = NaN
  #hasEnded = false

  constructor(parts: WritesParts, route: Route, db: number, key: Slice, onChange: () => void, onEnd: () => void) {
    this.#parts = parts
    this.route = route
    this.db = db
    this.key = key
    this.#onChange = onChange
    this.#onEnd = onEnd
  }

  turn(): void {
    if (this.phase !== 'queued') return
    this.phase = 'ready'
    this.#parts.defer(this.#onChange)
  }

  send(value: OriginValue | null | 'other', how: Parameters<WriteThrough['send']>[1]): ReplyError | null {
    const { clock, holdings, lines } = this.#parts
    const { route, db, key } = this
    const shown = shownKey(key.toBuffer())
    if (value === null && !how.mayDelete) return originWrite(route.name, `would delete ${shown}; use DEL for that`)
    const unfit = value === null ? null : unfitFor(route, value)
    if (unfit !== null || value === 'other') return originValue(route.name, key.toBuffer(), unfit ?? '')
    const name = route.nameOf(key)
    if (name === null) return originWrite(route.name, `cannot express ${shown}`)
    const held = how.isConditional ? holdings.read(db, key) : null
    const validator = held === null ? null : holdings.validator(db, key)
    const expected = how.isConditional ? (held === null ? 'absent' : digestOf(held)) : undefined
    this.#value = value
    this.#askedAtMs = clock.monotonicMs()
    this.phase = 'sent'
    this.isCurrent = true
    lines
      .of(route)
      .writes.send({ key: name, value, expected, validator })
      .then(
        (written) => this.#written(written),
        (error: unknown) => this.#failed(error),
      )
    return null
  }

  confirm(): void {
    const { route, db, key } = this
    const asked = { route, db, key, id: flightId(db, key), askedAtMs: this.#askedAtMs }
    this.#parts.holdings.wrote(asked, this.#value, this.#validator, this.#answeredAtMs)
  }

  lapse(): void {
    this.#parts.invalidate(this.db, this.key)
  }

  retry(): void {
    this.phase = 'ready'
  }

  end(): void {
    if (this.phase === 'sent') this.#hasEnded = true
    else this.#onEnd()
  }

  /** Its route is gone. */
  abort(): void {
    this.outcome = originWrite(this.route.name, 'is gone')
    this.phase = 'answered'
    this.#onEnd()
    this.#parts.defer(this.#onChange)
  }

  #written(written: Written): void {
    if (this.phase !== 'sent') return
    const { statistics, name } = this.route
    this.#answeredAtMs = this.#parts.clock.monotonicMs()
    if (written.kind === 'conflict') statistics.writeConflicts++
    if (written.kind === 'written') this.#validator = written.validator
    if (written.kind !== 'refused') return this.#answer(written.kind)
    this.#answer(originValue(name, this.key.toBuffer(), written.reason))
  }

  #failed(error: unknown): void {
    if (this.phase !== 'sent') return
    if (!(error instanceof Unavailable)) throw error
    const { name } = this.route
    if (!(error instanceof NotSent)) this.lapse()
    this.#answer(originWriteFailed(name, this.key.toBuffer(), error.message, !(error instanceof NotSent)))
  }

  #answer(outcome: WriteThrough['outcome']): void {
    this.outcome = outcome
    this.phase = 'answered'
    if (!this.#hasEnded) return this.#onChange()
    if (outcome === 'written') this.lapse() // nobody is there to make it here
    this.#onEnd()
  }
}

/** What is wrong with a value for a route's keys; null: nothing. */
function unfitFor({ options, schema }: Route, value: OriginValue | 'other'): string | null {
  if (value === 'other' || value.kind !== options.as) return `has to be a ${options.as}`
  if (sizeOf(value) > options.valueBytesMax) return `may have ${options.valueBytesMax} bytes`
  return schema?.problem(value) ?? null
}
