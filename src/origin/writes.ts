import { ReplyError } from '../base/index.js'
import type { Clock, Slice } from '../base/index.js'
import type { OriginWrite } from '../command/index.js'
import type { Keyspace, OriginValue } from '../keyspace/index.js'
import type { Behind } from './behind.js'
import type { BehindEntry } from './behind-entries.js'
import { originBusyWriting, originValue, originWrite, originWriteFailed, shownKey } from './errors.js'
import { flightId } from './flight.js'
import type { Holdings } from './holdings.js'
import type { Lines } from './lines.js'
import type { Route } from './route.js'
import { Unavailable } from './store.js'
import type { Write, Written } from './store.js'
import { digestOf, valueBytes } from './values.js'

export interface WritesParts {
  readonly clock: Clock
  readonly holdings: Holdings
  readonly lines: Lines
  /** What is held of the key is out of date, by the word of its source. */
  readonly invalidate: (db: number, key: Slice) => void
  /** Runs a job at the end of this loop turn: a client goes on, which must not happen within another's call. */
  readonly defer: (job: () => void) => void
  readonly keyspace: Pick<Keyspace, 'nowMs'>
}

/** The writes of clients that their origins are to take before anybody sees them here: one at a time of each key. */
export class Writes {
  readonly #parts: WritesParts
  /** By `flightId`: the first has the turn. */
  readonly #lines = new Map<string, WriteThrough[]>()

  constructor(parts: WritesParts) {
    this.#parts = parts
  }

  /** How many keys are being written. */
  get size(): number {
    return this.#lines.size
  }

  begin(route: Route, db: number, key: Slice, onChange: () => void): OriginWrite {
    const { behind } = this.#parts.lines.of(route)
    if (behind !== null) return new WriteBehind(this.#parts, behind, route, db, key, onChange)
    return this.#through(route, db, key, onChange)
  }

  #through(route: Route, db: number, key: Slice, onChange: () => void): WriteThrough {
    const id = flightId(db, key)
    const line = this.#lines.get(id) ?? []
    const write = new WriteThrough(this.#parts, route, db, key, onChange, () => this.#ended(id, write))
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

  #ended(id: string, write: WriteThrough): void {
    const line = this.#lines.get(id) ?? []
    const at = line.indexOf(write)
    if (at < 0) return
    line.splice(at, 1)
    if (line.length === 0) this.#lines.delete(id)
    else if (at === 0) line[0].turn()
  }
}

type How = Parameters<OriginWrite['send']>[1]

/** One that its origin takes before it is made here. */
class WriteThrough implements OriginWrite {
  readonly route: Route
  readonly db: number
  readonly key: Slice
  phase: OriginWrite['phase'] = 'queued'
  outcome: OriginWrite['outcome'] = 'written'
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

  send(value: OriginValue | null | 'other', how: How): ReplyError | null {
    const write = writeOf(this.#parts.holdings, this, value, how)
    if (write instanceof ReplyError) return write
    this.#value = write.value
    this.#askedAtMs = this.#parts.clock.monotonicMs()
    this.phase = 'sent'
    this.isCurrent = true
    this.#parts.lines
      .of(this.route)
      .writes.send(write)
      .then(
        (written) => this.#written(written),
        (error: unknown) => this.#failed(error),
      )
    return null
  }

  run(job: () => void): void {
    job()
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
    if (!error.unwritten) this.lapse()
    this.#answer(originWriteFailed(name, this.key.toBuffer(), error.message, !error.unwritten))
  }

  #answer(outcome: OriginWrite['outcome']): void {
    this.outcome = outcome
    this.phase = 'answered'
    if (!this.#hasEnded) return this.#onChange()
    if (outcome === 'written') this.lapse() // nobody is there to make it here
    this.#onEnd()
  }
}

/** One that is made here at once, and at its origin later. */
class WriteBehind implements OriginWrite {
  readonly db: number
  readonly key: Slice
  readonly route: Route
  phase: OriginWrite['phase']
  readonly outcome = 'written'
  readonly isCurrent = true
  readonly #parts: WritesParts
  readonly #behind: Behind
  #entry: BehindEntry | null = null

  constructor(parts: WritesParts, behind: Behind, route: Route, db: number, key: Slice, onChange: () => void) {
    this.#parts = parts
    this.#behind = behind
    this.route = route
    this.db = db
    this.key = key
    this.phase = behind.isReady ? 'ready' : 'queued'
    if (this.phase === 'queued') behind.whenReady(() => this.#turn(onChange))
  }

  send(value: OriginValue | null | 'other', how: How): ReplyError | null {
    const { name, options } = this.route
    if (!this.#behind.isOn) return originWrite(name, 'is written to by the primary of this replica')
    if (this.#behind.isFull) return originBusyWriting(name, options.pendingMax)
    const write = writeOf(this.#parts.holdings, this, value, how)
    if (write instanceof ReplyError) return write
    const { expected, validator, expireAtMs } = write
    const atMs = this.#parts.keyspace.nowMs
    this.#entry = { db: this.db, key: this.key.toBuffer(), value: write.value, expected, validator, atMs, expireAtMs }
    this.phase = 'answered'
    return null
  }

  run(job: () => void): void {
    if (this.#entry !== null) this.#behind.add(this.#entry, job)
  }

  confirm(): void {
    // it is when its origin has taken it
  }

  lapse(): void {
    // what is held is ahead of the origin
  }

  retry(): void {
    // there is no conflict before it is sent
  }

  end(): void {
    // it waits in its journal, whoever leaves
  }

  #turn(onChange: () => void): void {
    this.phase = 'ready'
    onChange()
  }
}

/** The write that a call comes to, or why its origin cannot take it. */
function writeOf(
  holdings: Holdings,
  { route, db, key }: WriteThrough | WriteBehind,
  value: OriginValue | null | 'other',
  how: How,
): Write | ReplyError {
  const shown = shownKey(key.toBuffer())
  if (value === null && !how.mayDelete) return originWrite(route.name, `would delete ${shown}; use DEL for that`)
  const unfit = value === null ? null : unfitFor(route, value)
  if (unfit !== null || value === 'other') return originValue(route.name, key.toBuffer(), unfit ?? '')
  const name = route.nameOf(key)
  if (name === null) return originWrite(route.name, `cannot express ${shown}`)
  const held = how.isConditional ? holdings.read(db, key) : null
  const validator = held === null ? null : holdings.validator(db, key)
  const expected = how.isConditional ? (held === null ? 'absent' : digestOf(held)) : undefined
  return { key: name, value, expected, validator, expireAtMs: how.expireAtMs }
}

/** What is wrong with a value for a route's keys; null: nothing. */
function unfitFor({ options, schema }: Route, value: OriginValue | 'other'): string | null {
  if (value === 'other' || value.kind !== options.as) return `has to be a ${options.as}`
  if (valueBytes(value) > options.valueBytesMax) return `may have ${options.valueBytesMax} bytes`
  return schema?.problem(value) ?? null
}
