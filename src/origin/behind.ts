import { OutOfMemory, Slice } from '../base/index.js'
import type { Clock, Log, Random, Timer } from '../base/index.js'
import type { Journal, Keyspace, OriginValue } from '../keyspace/index.js'
import { entryOf, entryWords } from './behind-entries.js'
import type { BehindEntry } from './behind-entries.js'
import type { DeadLetters } from './dead-letters.js'
import { shownKey } from './errors.js'
import { flightId } from './flight.js'
import type { Route } from './route.js'
import { Unavailable } from './store.js'
import type { Answer, Deadline, Write, Written } from './store.js'
import { digestOf } from './values.js'
import type { WriteQueue } from './write-queue.js'

/** Entries of the journal that are read in one loop turn: well under a millisecond where values are small. */
const entriesAStep = 256
/** Pauses after failures double from the first to the last of these. */
const pauseMsMin = 100
const pauseMsMax = 30_000

export interface BehindParts {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'notice' | 'warning'>
  /** Runs a job at the end of this loop turn. */
  readonly defer: (job: () => void) => void
  /** What waits, and what its origin did not take. */
  readonly journal: Journal
  readonly deadLetters: DeadLetters
  readonly queue: Pick<WriteQueue, 'send' | 'ask'>
  /** A key began or ceased to wait. */
  readonly onChange: () => void
  /** An answer about the key that is under way says nothing of it any more. */
  readonly voided: (db: number, key: Slice) => void
  /** The origin holds this now, and nothing else waits for the key. */
  readonly written: (made: MadeWrite) => void
  /** What is held of the key is out of date. */
  readonly lapsed: (db: number, key: Slice) => void
}

export interface MadeWrite {
  readonly db: number
  readonly key: Slice
  readonly id: string
  readonly value: OriginValue | null
  readonly validator: string | undefined
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/** One write in the journal. */
interface Waiting {
  readonly id: string
  readonly deletes: boolean
  readonly expected: BehindEntry['expected']
  readonly expireAtMs: Deadline
  /** It was sent before: it may have been made. */
  isTried: boolean
  /** What is held has not changed since it was sent. */
  isCurrent: boolean
}

interface WaitingKey {
  readonly id: string
  readonly db: number
  /** Bytes of its own. */
  readonly key: Slice
  /** The first one is made first. Two at most but where dead letters are tried again: the last one takes the place of one that was not tried. */
  readonly writes: Waiting[]
  isAway: boolean
}

/**
 * The writes of one route under `write behind`: made here at once, kept in a journal, and made at the origin later, those of
 * a key in their order.
 *
 * The journal is the truth: what is in memory is read from it when the server begins to make writes, as a primary does with
 * its dataset in place. An entry goes when the origin has taken it, so that after a crash a write may be sent twice: one
 * whose value the origin holds already counts as made.
 */
export class Behind {
  readonly deadLetters: DeadLetters
  readonly #route: Route
  readonly #parts: BehindParts
  readonly #keys = new Map<string, WaitingKey>()
  /** Those of which nothing is away, in the order in which they came. */
  readonly #due = new Set<WaitingKey>()
  /** What waits until the journal is read. */
  #onReady: (() => void)[] = []
  #state: 'off' | 'reading' | 'on' = 'off'
  /** What is told of an earlier run does not count. */
  #run = 0
  #away = 0
  #failures = 0
  #timer: Timer | null = null

  constructor(route: Route, parts: BehindParts) {
    this.#route = route
    this.#parts = parts
    this.deadLetters = parts.deadLetters
  }

  // --- the role

  /** The dataset is in place, and this server writes it: reads the journal, and makes what is in it. */
  start(): void {
    this.stop()
    this.#state = 'reading'
    this.#read(null, this.#run)
  }

  /** Another server makes the writes from now on, or the route is gone. What is away may be made all the same. */
  stop(): void {
    this.#run++
    this.#state = 'off'
    this.#keys.clear()
    this.#due.clear()
    this.#away = this.#failures = 0
    this.#timer?.cancel()
    this.#timer = null
    this.#tellReady()
    this.#parts.onChange()
  }

  /** Whether this server takes writes: not a replica, and not before its dataset is in place. */
  get isOn(): boolean {
    return this.#state !== 'off'
  }

  /** False while the journal is read: what waits for a key is not known yet. */
  get isReady(): boolean {
    return this.#state !== 'reading'
  }

  whenReady(job: () => void): void {
    this.#onReady.push(job)
  }

  #read(after: string | null, run: number): void {
    if (run !== this.#run) return
    const entries = this.#parts.journal.after(after, entriesAStep)
    for (const { id, words } of entries) {
      const entry = entryOf({ id, words })
      if (entry === null) {
        this.#parts.log.warning(`entry ${id} of the writes that wait for origin '${this.#route.name}' is unreadable`)
        this.#parts.journal.delete(id)
        continue
      }
      const { db, key, expected, expireAtMs } = entry
      const deletes = entry.value === null
      this.#put(db, Slice.from(key), { id, deletes, expected, expireAtMs, isTried: true, isCurrent: true })
    }
    if (entries.length === entriesAStep) {
      this.#parts.defer(() => this.#read(entries[entriesAStep - 1].id, run))
      return
    }
    this.#state = 'on'
    this.#tellReady()
    this.#later()
  }

  #tellReady(): void {
    for (const job of this.#onReady.splice(0)) this.#parts.defer(job)
  }

  // --- for reads

  /** Number of keys with writes that wait. */
  get size(): number {
    return this.#keys.size
  }

  /** Number of writes that wait. */
  get length(): number {
    return this.#parts.journal.length
  }

  /** What the key is to become: it is served as it is held here, without a look at the origin. Null: nothing waits for it. */
  pending(id: string): 'value' | 'none' | null {
    const last = this.#keys.get(id)?.writes.at(-1)
    return last === undefined ? null : last.deletes || this.#hasEnded(last) ? 'none' : 'value'
  }

  /** The value that the key is to have; for keys whose copy is gone before it was written. */
  valueOf(id: string): OriginValue | null {
    const last = this.#keys.get(id)?.writes.at(-1)
    return last === undefined || this.#hasEnded(last) ? null : (this.#entry(last)?.value ?? null)
  }

  /** Whether it will be gone from its origin as soon as it is there. */
  #hasEnded({ expireAtMs }: Waiting): boolean {
    if (typeof expireAtMs !== 'number' || this.#route.store.hasDeadlines !== true) return false
    return expireAtMs <= this.#parts.keyspace.nowMs
  }

  /** What is held of the key has changed, or is out of date. */
  changed(id: string): void {
    const first = this.#keys.get(id)?.writes[0]
    if (first !== undefined) first.isCurrent = false
  }

  // --- for writes

  /** Whether as many writes wait as may. */
  get isFull(): boolean {
    return this.length >= this.#route.options.pendingMax
  }

  /**
   * Notes a write and has `make` make it here, as one unit.
   *
   * @throws {unknown} what `make` throws, or OutOfMemory: nothing is noted then
   */
  add(entry: BehindEntry, make: () => void): void {
    const { journal } = this.#parts
    const key = Slice.from(entry.key)
    const last = this.#keys.get(flightId(entry.db, key))?.writes.at(-1)
    const replaced = last === undefined || last.isTried ? null : last
    // what overwrites whatever is there makes the whole of it do so
    const isBlind = entry.expected === undefined || (replaced !== null && replaced.expected === undefined)
    const expected = isBlind ? undefined : (replaced ?? entry).expected
    const expireAtMs = deadlineOver(replaced, entry)
    const id = journal.append(entryWords({ ...entry, expected, expireAtMs }))
    try {
      make()
    } catch (error) {
      journal.delete(id)
      throw error
    }
    const waiting = { id, deletes: entry.value === null, expected, expireAtMs, isTried: false, isCurrent: true }
    if (replaced !== null) {
      journal.delete(replaced.id)
      this.#keys.get(flightId(entry.db, key))?.writes.pop()
    }
    this.#put(entry.db, key, waiting)
    this.#parts.voided(entry.db, key)
    this.#later()
  }

  #put(db: number, key: Slice, write: Waiting): void {
    const id = flightId(db, key)
    let waiting = this.#keys.get(id)
    if (waiting === undefined) {
      waiting = { id, db, key, writes: [], isAway: false }
      this.#keys.set(id, waiting)
      this.#parts.onChange()
    }
    waiting.writes.push(write)
    if (!waiting.isAway) this.#due.add(waiting)
  }

  // --- making them

  #later(): void {
    const run = this.#run
    this.#parts.defer(() => this.#pump(run))
  }

  #pump(run: number): void {
    if (run !== this.#run || this.#state !== 'on' || this.#timer !== null) return
    // one alone finds out whether the origin is well again
    const room = this.#failures > 0 ? 1 : this.#route.options.maxInFlight
    for (const waiting of this.#due) {
      if (this.#away >= room) return
      this.#due.delete(waiting)
      waiting.isAway = true
      this.#away++
      void this.#make(waiting, run)
    }
  }

  async #make(waiting: WaitingKey, run: number): Promise<void> {
    const [write] = waiting.writes
    const entry = this.#entry(write)
    const askedAtMs = this.#parts.clock.monotonicMs()
    write.isTried = write.isCurrent = true
    try {
      const written = entry === null ? lost : await this.#send(waiting, entry)
      if (run !== this.#run) return
      this.#parts.keyspace.tick()
      this.#failures = 0
      if (written.kind === 'written') this.#made(waiting, entry!.value, written.validator, askedAtMs)
      else if (entry !== null) this.#refused(waiting, entry, written.kind === 'refused' ? written.reason : changed)
      else this.#end(waiting)
    } catch (error) {
      if (run !== this.#run) return
      if (!(error instanceof Unavailable || error instanceof OutOfMemory)) throw error
      this.#pause()
    }
    waiting.isAway = false
    this.#away--
    if (waiting.writes.length > 0) this.#due.add(waiting)
    this.#pump(run)
  }

  /** Where the origin holds something else, it may be that very value: sent before, its answer lost. */
  async #send(waiting: WaitingKey, entry: BehindEntry): Promise<Written> {
    const { queue } = this.#parts
    const name = this.#route.nameOf(waiting.key)
    if (name === null) return { kind: 'refused', reason: 'cannot be expressed there' }
    const { value, expected, validator, expireAtMs } = entry
    const write: Write = { key: name, value, expected, validator, expireAtMs, isFenced: expected === undefined }
    const written = await queue.send(write)
    if (written.kind !== 'conflict') return written
    this.#route.statistics.writeConflicts++
    const digest = value === null ? null : digestOf(value)
    return (await holds(queue, { key: name, digest, validator: null })) ? { kind: 'written' } : written
  }

  #made(waiting: WaitingKey, value: OriginValue | null, validator: string | undefined, askedAtMs: number): void {
    const [{ isCurrent }] = waiting.writes
    const { db, key, id } = waiting
    this.#end(waiting)
    this.#route.statistics.behind++
    if (waiting.writes.length > 0) return
    if (!isCurrent) return this.#parts.lapsed(db, key)
    const answeredAtMs = this.#parts.clock.monotonicMs()
    this.#parts.written({ db, key, id, value, validator, askedAtMs, answeredAtMs })
  }

  #refused(waiting: WaitingKey, entry: BehindEntry, reason: string): void {
    const { keyspace, log } = this.#parts
    if (this.deadLetters.count === 0) {
      const { name } = this.#route
      log.warning(
        `origin '${name}' does not take the write of ${shownKey(entry.key)}: it ${reason}; see ORIGIN DEADLETTER ${name}`,
      )
    }
    keyspace.effects?.begin()
    this.deadLetters.add(entry, reason)
    this.#end(waiting)
    keyspace.effects?.end()
    this.#route.statistics.deadLetters++
    if (waiting.writes.length === 0) this.#parts.lapsed(waiting.db, waiting.key)
  }

  /** Its first write waits no longer. */
  #end(waiting: WaitingKey): void {
    const write = waiting.writes.shift()
    if (write !== undefined) this.#parts.journal.delete(write.id)
    if (waiting.writes.length > 0) return
    this.#keys.delete(waiting.id)
    this.#parts.onChange()
  }

  /** Goes on after a pause, with a tenth of jitter. */
  #pause(): void {
    const pauseMs = Math.min(pauseMsMax, pauseMsMin * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    if (this.#timer !== null) return
    const run = this.#run
    this.#timer = this.#parts.clock.schedule(pauseMs * (1 + this.#parts.random.below(100) / 1000), () => {
      this.#timer = null
      this.#pump(run)
    })
  }

  #entry({ id }: Waiting): BehindEntry | null {
    const found = this.#parts.journal.read(id)
    return found === null ? null : entryOf(found)
  }

  // --- dead letters

  /**
   * Has a dead letter's write made once more, behind what waits for its key; false where there is no such letter.
   *
   * @param force whatever the origin holds
   */
  retry(id: string, force: boolean): boolean {
    const { journal, keyspace } = this.#parts
    const letter = this.deadLetters.get(id)
    if (letter === null) return false
    const expected = force ? undefined : letter.entry.expected
    const { db, key, value, expireAtMs } = letter.entry
    keyspace.effects?.begin()
    const again = journal.append(entryWords({ ...letter.entry, expected }))
    this.deadLetters.drop(id)
    keyspace.effects?.end()
    const deletes = value === null
    this.#put(db, Slice.from(key), { id: again, deletes, expected, expireAtMs, isTried: true, isCurrent: false })
    this.#parts.voided(db, Slice.from(key))
    this.#later()
    return true
  }

  get journals(): readonly Journal[] {
    return [this.#parts.journal, this.deadLetters.journal]
  }

  /** Forgets what waits, and what was not taken. */
  discard(): void {
    this.stop()
    for (const journal of this.journals) journal.remove()
  }
}

/** The deadline of two writes that are made as one. */
function deadlineOver(replaced: Waiting | null, { expireAtMs }: BehindEntry): Deadline {
  if (replaced === null || expireAtMs !== undefined) return expireAtMs
  return replaced.deletes ? null : replaced.expireAtMs
}

const changed = 'was changed at its origin meanwhile'
/** Its entry is gone: somebody deleted it. */
const lost: Written = { kind: 'conflict' }

async function holds(queue: Pick<WriteQueue, 'ask'>, ask: Parameters<WriteQueue['ask']>[0]): Promise<boolean> {
  const answer: Answer = await queue.ask(ask)
  if (ask.digest === null) return answer.kind === 'absent'
  if (answer.kind === 'not-modified') return true
  return answer.kind === 'found' && (answer.digest ?? digestOf(answer.value)).equals(ask.digest)
}
