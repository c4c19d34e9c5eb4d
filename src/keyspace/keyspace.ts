import { borrowed, secretBytes, type Clock, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Arena, Flag, Records, Table, type Ref } from '../memory/index.js'
import { HashValue, Layout, Type, type HashLimits } from '../values/index.js'
import { Database } from './database.js'

/** Told of every change of a key, while it says that it is interested: see `Keyspace.setInterest`. */
export interface KeyspaceObserver {
  /** A key was written, deleted, renamed, expired or evicted, or its deadline changed. */
  keyChanged(db: number, key: Slice): void
  /** A database lost all its keys. */
  flushed(db: number): void
  /** Two databases changed places. Told even while `watching` is 0: keys came under other routes. */
  swapped(a: number, b: number): void
}

export interface KeyspaceOptions {
  readonly clock: Clock
  readonly random: Random
  readonly databases?: number
  readonly hashLimits?: HashLimits
  readonly seed?: HashSeed
}

/** What the keyspace counts, for INFO. */
export class KeyspaceStats {
  hits = 0
  misses = 0
  expired = 0
  /** Sweeps that ended because their time was up. */
  expireCapReached = 0
  /** Milliseconds that sweeps took. */
  sweepMs = 0
  /** Estimated share of keys that are past their deadline and still there, 0 to 1. */
  stalePart = 0
  /** Records given back by slices, and those still waiting. */
  lazyFreed = 0

  /** What CONFIG RESETSTAT resets. */
  reset(): void {
    this.hits = this.misses = this.expired = this.expireCapReached = this.lazyFreed = 0
  }
}

/** Tables of fewer records than this are given back at once. */
const freeAtOnce = 64

/** What still has to be given back: a table whose records are fields, or keys with values of their own. */
interface Waste {
  readonly header: Ref
  readonly keys: boolean
}

/** All databases, the memory they share, and the time their calls run at. */
export class Keyspace {
  readonly arena = new Arena()
  readonly records = new Records(this.arena)
  readonly databases: Database[]
  readonly random: Random
  readonly seed: HashSeed
  readonly hashLimits: HashLimits
  readonly stats = new KeyspaceStats()
  /** Shared view that opens one hash at a time. */
  readonly hashes: HashValue
  /** Unix milliseconds at which the current call runs. Set by dispatch, so that a call sees one moment. */
  nowMs: number
  /** The unit of times of last access: seconds of Unix time, 24 bits. */
  accessClock = 0
  /** Changes since start: a call that leaves it alone changed nothing. */
  changes = 0
  /** Sum of all interest in changes; 0 spares every change the question. */
  #watching = 0
  readonly #observers = new Map<KeyspaceObserver, number>()
  /** Whether a read renews the time of last access (not under CLIENT NO-TOUCH). */
  touching = true
  readonly #clock: Clock
  readonly #waste: Waste[] = []
  readonly #wasteTable: Table
  readonly #value = borrowed()
  readonly #fields: HashValue

  constructor(options: KeyspaceOptions) {
    this.#clock = options.clock
    this.random = options.random
    this.hashLimits = options.hashLimits ?? { packedEntriesMax: 512, packedValueBytesMax: 64 }
    const secret = secretBytes(8)
    this.seed = options.seed ?? { low: secret.readInt32LE(0), high: secret.readInt32LE(4) }
    this.nowMs = 0
    this.tick()
    this.hashes = new HashValue(this.records, this.seed, this.hashLimits)
    this.#fields = new HashValue(this.records, this.seed, this.hashLimits)
    this.#wasteTable = new Table(this.records, this.seed)
    this.databases = Array.from({ length: options.databases ?? 16 }, (_, index) => new Database(this, index))
  }

  /** Takes the time for the calls that follow. */
  tick(): void {
    this.nowMs = this.#clock.unixMs()
    this.accessClock = Math.floor(this.nowMs / 1000) & 0xffffff
  }

  /** Whether somebody wants to know of changes. */
  get isWatched(): boolean {
    return this.#watching !== 0
  }

  /** Notes an observer and how many things it watches; it is told of changes while that is not 0. */
  setInterest(observer: KeyspaceObserver, count: number): void {
    this.#watching += count - (this.#observers.get(observer) ?? 0)
    this.#observers.set(observer, count)
  }

  /** Tells the observers that are interested. */
  observe(tell: (observer: KeyspaceObserver) => void): void {
    for (const [observer, count] of this.#observers) if (count !== 0) tell(observer)
  }

  /** Tables still to be given back. */
  get wasteCount(): number {
    return this.#waste.length
  }

  /** Frees a record with all that hangs on it; a large table is given back in slices. */
  freeRecord(ref: Ref): void {
    const flags = this.records.flags(ref)
    if ((flags & Flag.copy) !== 0) this.freeValidator(ref)
    if ((flags & (Flag.type | Flag.layout)) === (Type.hash | Layout.table)) {
      const value = this.records.value(ref, this.#value)
      this.discard(value.region.view.getInt32(value.start, true), false)
    }
    this.records.free(ref)
  }

  /** Gives back a table that nothing refers to any more, at once when it is small. */
  discard(header: Ref, keys: boolean): void {
    const table = this.#wasteTable.open(header)
    if (table.size < freeAtOnce) {
      while (table.dropSegment(keys ? this.#dropKey : this.#dropField));
    } else this.#waste.push({ header, keys })
  }

  /** Gives back one segment of what waits; whether more is waiting. Well under a millisecond. */
  freeSlice(): boolean {
    const waste = this.#waste[this.#waste.length - 1]
    if (waste === undefined) return false
    const last = this.#waste.length
    const table = this.#wasteTable.open(waste.header)
    const drop = waste.keys ? this.#dropKey : this.#dropField
    // dropping keys may add tables of fields behind this one, and opens none of them here
    if (!table.dropSegment(drop)) this.#waste.splice(last - 1, 1)
    return this.#waste.length > 0
  }

  /** Forgets every key of every database at once. O(chunks of memory), whatever the number of keys. */
  flushAll(): void {
    this.#waste.length = 0
    this.arena.reset()
    for (const database of this.databases) database.renew()
    for (const { index } of this.databases) this.observe((observer) => observer.flushed(index))
  }

  swap(a: number, b: number): void {
    Database.swap(this.databases[a], this.databases[b])
    for (const observer of this.#observers.keys()) observer.swapped(a, b)
  }

  /** Frees the validator of a copy, if it has one. */
  freeValidator(ref: Ref): void {
    const { view } = this.arena.regions[ref >>> 20]
    const at = this.records.confirmationAt(ref) + 12
    const validator = view.getInt32(at, true)
    if (validator === 0) return
    const piece = this.arena.regions[validator >>> 20]
    this.arena.free(validator, 2 + piece.view.getUint16((validator & 0xfffff) << 3, true))
    view.setInt32(at, 0, true)
  }

  readonly #dropField = (ref: Ref): void => {
    this.stats.lazyFreed++
    this.records.free(ref)
  }

  readonly #dropKey = (ref: Ref): void => {
    this.stats.lazyFreed++
    const flags = this.records.flags(ref)
    if ((flags & Flag.copy) !== 0) this.freeValidator(ref)
    const header = (flags & Flag.type) === Type.hash ? this.#fields.open(ref, null).release() : 0
    if (header !== 0) this.#waste.push({ header, keys: false })
    this.records.free(ref)
  }
}
