import { secretBytes, type Clock, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Arena, Flag, Records, classBytes, type Mover, type Ref } from '../memory/index.js'
import {
  Layout,
  TableRemains,
  Type,
  Views,
  defaultLimits,
  type HashValue,
  type Remains,
  type ValueLimits,
} from '../values/index.js'
import { AccessBits } from './access.js'
import { evidenceAt, evidenceBytes } from './confirmation.js'
import { Database } from './database.js'
import type { Imaging } from './imaging.js'
import { LocalDeadlines } from './local-deadlines.js'
import { Expiry, type Effects } from './effects.js'

/** Told of every change of a key, while it says that it is interested: see `Keyspace.setInterest`. */
export interface KeyspaceObserver {
  /**
   * A key was written, deleted, renamed, expired or evicted, or its deadline changed.
   *
   * @param event Redis's name of what happened, such as `set`; '' for a change without one; null where nothing changed: a
   *   key that was to be deleted was not there. A change may have several events.
   */
  keyChanged(db: number, key: Slice, event: string | null): void
  /** Something that goes along with a key changed, a consumer group: this event, and the value is the same. */
  besideChanged?(db: number, key: Slice, event: string): void
  /** A database lost all its keys. */
  flushed(db: number): void
  /** Two databases changed places. Told even while `watching` is 0: keys came under other routes. */
  swapped(a: number, b: number): void
}

export interface KeyspaceOptions {
  readonly clock: Clock
  readonly random: Random
  readonly databases?: number
  readonly limits?: ValueLimits
  readonly seed?: HashSeed
}

/** Told of a key where nothing changed, or before its change is told. */
export type KeyListener = (db: number, key: Slice) => void

/** What the keyspace counts, for INFO. */
export class KeyspaceStats {
  hits = 0
  misses = 0
  expired = 0
  evicted = 0
  /** Fields of hashes that were deleted because their time came. */
  expiredFields = 0
  /** Sweeps that ended because their time was up. */
  expireCapReached = 0
  /** Milliseconds that sweeps took. */
  sweepMs = 0
  /** Estimated share of keys that are past their deadline and still there, 0 to 1. */
  stalePart = 0
  /** Values given back in slices, each key of a database that was dropped, and those still waiting. */
  lazyFreed = 0

  /** What CONFIG RESETSTAT resets. */
  reset(): void {
    this.hits =
      this.misses =
      this.expired =
      this.evicted =
      this.expiredFields =
      this.expireCapReached =
      this.lazyFreed =
        0
  }
}

/** Keys of which more is to become than to be evicted. */
export interface Pins {
  readonly size: number
  has(db: number, key: Slice): boolean
}

/** What has fewer elements than this is given back at once. */
const freeAtOnce = 64

/** All databases, the memory they share, and the time their calls run at. */
export class Keyspace {
  readonly arena = new Arena()
  readonly records = new Records(this.arena)
  readonly databases: Database[]
  readonly random: Random
  readonly seed: HashSeed
  readonly limits: ValueLimits
  readonly stats = new KeyspaceStats()
  /** Shared views that open one value of their type at a time. */
  readonly views: Views
  readonly hashes: HashValue
  /** Unix milliseconds at which the current call runs. Set by dispatch, so that a call sees one moment. */
  nowMs: number
  /** How the 24 bits of an entry's last access are read. */
  readonly access: AccessBits
  /** Those bits for an entry that is made now. */
  accessClock = 0
  /** Layout of a string that is stored now: Redis does not share small integers while it notes each one's accesses. */
  stringLayout: number = Layout.plain
  /** The database that clients do not reach, where the server keeps what is its own; -1: none. */
  reserved = -1
  /** Keys that must not be evicted. */
  pins: Pins | null = null
  /** Entries that are copies of an origin's values. */
  copyCount = 0
  /** Changes since start: a call that leaves it alone changed nothing. */
  changes = 0
  /** What becomes of keys past their deadline, of `Expiry`: in calls of clients, and in the call at hand. */
  expiryOfClients: number = Expiry.deletes
  expiry: number = Expiry.deletes
  /** What clients of a replica gave a deadline. */
  readonly localDeadlines = new LocalDeadlines(this)
  /** Told of what happens without a call, while anybody follows. */
  effects: Effects | null = null
  /** Times that a database, or all of them at once, lost all keys. */
  flushes = 0
  /** Called for each read of a missing key, and for each key that comes into being, where somebody wants to know. */
  onMiss: KeyListener | null = null
  onNew: KeyListener | null = null
  /** Who must hear of changes before they are made: an image that is being written. Null spares every change the question. */
  imaging: Imaging | null = null
  /** Called after each call, for what it stored and told nothing of. */
  afterCall: (() => void) | null = null
  /** Those that are interested in changes; none spares every change the question. */
  #interested: readonly KeyspaceObserver[] = []
  readonly #observers = new Map<KeyspaceObserver, number>()
  /** Whether a read renews the time of last access (not under CLIENT NO-TOUCH). */
  touching = true
  readonly #clock: Clock
  /** What deleted values left behind, the last one being given back. */
  readonly #waste: Remains[] = []
  /** A dropped database's keys are being given back: each is counted, and not once more for its value. */
  #isDroppingKeys = false
  /** Views for what is deleted while a handler looks at other values. */
  readonly #doomed: Views

  constructor(options: KeyspaceOptions) {
    this.#clock = options.clock
    this.random = options.random
    this.limits = options.limits ?? defaultLimits()
    const secret = secretBytes(8)
    this.seed = options.seed ?? { low: secret.readInt32LE(0), high: secret.readInt32LE(4) }
    this.nowMs = 0
    this.access = new AccessBits(this.random)
    this.tick()
    const moment = new FieldMoment(this)
    this.views = new Views(this.records, this.seed, this.limits, moment)
    this.hashes = this.views.hashes
    this.#doomed = new Views(this.records, this.seed, this.limits, moment)
    this.databases = Array.from({ length: options.databases ?? 16 }, (_, index) => new Database(this, index))
  }

  /** Takes the time for the calls that follow. */
  tick(): void {
    this.nowMs = this.#clock.unixMs()
    this.accessClock = this.access.tick(this.nowMs)
  }

  /** Chooses what the bits of last access count: frequency, or time. Entries keep the bits that they have. */
  countFrequency(on: boolean): void {
    this.access.countsFrequency = on
    this.tick()
  }

  /** Whether somebody wants to know of changes. */
  get isWatched(): boolean {
    return this.#interested.length !== 0
  }

  /** Notes an observer and how many things it watches; it is told of changes while that is not 0. */
  setInterest(observer: KeyspaceObserver, count: number): void {
    const was = this.#observers.get(observer) ?? 0
    this.#observers.set(observer, count)
    if ((was === 0) === (count === 0)) return
    this.#interested = [...this.#observers].flatMap(([one, interest]) => (interest === 0 ? [] : [one]))
  }

  /** Tells those that are interested of a change. */
  tellChanged(db: number, key: Slice, event: string | null): void {
    for (const observer of this.#interested) observer.keyChanged(db, key, event)
  }

  /** Tells them of an event that changed no value. */
  tellBeside(db: number, key: Slice, event: string): void {
    for (const observer of this.#interested) observer.besideChanged?.(db, key, event)
  }

  /** Tells them that a database lost all its keys. */
  tellFlushed(db: number): void {
    for (const observer of this.#interested) observer.flushed(db)
  }

  /** Values still to be given back. */
  get wasteCount(): number {
    return this.#waste.length
  }

  /** Frees a record with all that hangs on it; a large value is given back in slices. */
  freeRecord(ref: Ref): void {
    const flags = this.records.flags(ref)
    if ((flags & Flag.kept) !== 0) {
      this.imaging!.takeOver(ref)
      return
    }
    if ((flags & Flag.copy) !== 0) this.noLongerCopy(ref)
    // a packed value is all in its record, and so is every string
    if ((flags & Flag.layout) !== 0 && (flags & Flag.type) !== Type.string) this.#leave(ref, flags)
    this.records.free(ref)
  }

  /** Gives back a table of keys that nothing refers to any more. */
  discardKeys(header: Ref): void {
    this.discard(new TableRemains(this.records, this.seed, header, this.#dropKey))
  }

  /** Gives back a piece of what waits; whether more is waiting. Well under a millisecond. */
  freeSlice(): boolean {
    const last = this.#waste.length - 1
    if (last < 0) return false
    // dropping keys may add what their values leave behind this one
    if (!this.#waste[last].dropPiece()) this.#waste.splice(last, 1)
    return this.#waste.length > 0
  }

  #leave(ref: Ref, flags: number): void {
    const remains = this.#doomed
      .of(flags & Flag.type)
      .open(ref, null)
      .release()
    if (remains !== null && this.discard(remains) && !this.#isDroppingKeys) this.stats.lazyFreed++
  }

  /**
   * Gives back what a deleted value, or a part of one, left behind: at once when it is small, else in slices.
   *
   * @returns whether it waits for its slices
   */
  discard(remains: Remains): boolean {
    const waits = remains.size >= freeAtOnce
    if (waits) this.#waste.push(remains)
    else while (remains.dropPiece());
    return waits
  }

  /** Forgets every key of every database at once. O(chunks of memory), whatever the number of keys. */
  flushAll(): void {
    this.imaging?.stop()
    this.#waste.length = 0
    this.copyCount = 0
    this.arena.reset()
    for (const database of this.databases) database.renew()
    this.flushes++
    for (const { index } of this.databases) this.tellFlushed(index)
  }

  swap(a: number, b: number): void {
    Database.swap(this.databases[a], this.databases[b])
    for (const observer of this.#observers.keys()) observer.swapped(a, b)
  }

  /** A copy is to be freed, or loses what its origin confirmed. */
  noLongerCopy(ref: Ref): void {
    this.copyCount--
    this.freeEvidence(ref)
  }

  /** Bytes that a record takes with what belongs to it and is no part of its value. */
  recordBytes(ref: Ref): number {
    const bytes = this.records.bytes(ref)
    if ((this.records.flags(ref) & Flag.copy) === 0) return bytes
    const { view } = this.arena.regions[ref >>> 20]
    const evidence = view.getInt32(this.records.confirmationAt(ref) + evidenceAt, true)
    return evidence === 0 ? bytes : bytes + classBytes(evidenceBytes(this.arena, evidence))
  }

  /** Frees the evidence of a copy, if it has one. */
  freeEvidence(ref: Ref): void {
    const { view } = this.arena.regions[ref >>> 20]
    const at = this.records.confirmationAt(ref) + evidenceAt
    const evidence = view.getInt32(at, true)
    if (evidence === 0) return
    this.arena.free(evidence, evidenceBytes(this.arena, evidence))
    view.setInt32(at, 0, true)
  }

  /** Moves the evidence of a copy, if it has one, out of a chunk that is being emptied. */
  relocateEvidence(ref: Ref, mover: Mover): void {
    const { view } = this.arena.regions[ref >>> 20]
    const at = this.records.confirmationAt(ref) + evidenceAt
    const evidence = view.getInt32(at, true)
    if (evidence !== 0) view.setInt32(at, mover.piece(evidence, evidenceBytes(this.arena, evidence)), true)
  }

  readonly #dropKey = (ref: Ref): void => {
    this.stats.lazyFreed++
    this.#isDroppingKeys = true
    this.freeRecord(ref)
    this.#isDroppingKeys = false
  }
}

/** The moment by which fields of hashes are past their deadlines. */
class FieldMoment {
  readonly #keyspace: Keyspace

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  get nowMs(): number {
    return this.#keyspace.expiry === Expiry.waits ? -Infinity : this.#keyspace.nowMs
  }
}
