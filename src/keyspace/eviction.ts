import { borrowed, type Clock } from '../base/index.js'
import { Flag, type Ref } from '../memory/index.js'
import type { Database } from './database.js'
import { EvictionPool } from './eviction-pool.js'
import type { Keyspace } from './keyspace.js'

/*
 * When more memory is used than `maxmemory` allows, entries are deleted as `maxmemory-policy` says, before each command,
 * until enough is free again.
 *
 * Under the policies with an order (lru, lfu, ttl) each eviction looks at `maxmemory-samples` more entries of each
 * database, a run of slots in the order of a secret hash, and takes the best of a pool of the 16 best it has seen. Runs
 * follow upon each other, so that no entry is seen again before all others were; and a candidate that was accessed since
 * it was seen is passed over. Both find better candidates than Redis's draws do; more samples would find colder ones
 * still, and under lfu those are what is new.
 *
 * One command evicts for as long as `maxmemory-eviction-tenacity` says (half a millisecond, unless told otherwise); what
 * is left is done in slices in the following loop turns. Until then `#ceilingBytes` holds: commands that come in between
 * free what they add, and no more, so that a loop turn of a thousand commands does not stall for a thousand slices.
 */

export type EvictionPolicy =
  | 'noeviction'
  | 'allkeys-lru'
  | 'allkeys-lfu'
  | 'allkeys-random'
  | 'volatile-lru'
  | 'volatile-lfu'
  | 'volatile-random'
  | 'volatile-ttl'

/** Memory suffices; it does not, and more is evicted in later loop turns; nothing is left that may be evicted. */
export type Room = 'enough' | 'working' | 'full'

/** Slots that are read in search of entries with a deadline before the clock is asked whether to go on. */
const slotsAStep = 4096
const stepsMax = 4
/** Evictions between two looks at the clock. */
const evictionsATime = 16

export class Eviction {
  readonly #keyspace: Keyspace
  readonly #clock: Clock
  readonly #usedBytes: () => number
  readonly #took: (ms: number) => void
  readonly #pool = new EvictionPool()
  readonly #key = borrowed()
  readonly #refs: Ref[] = []
  readonly #hashes: number[] = []
  readonly #cursors: number[]
  #policy: EvictionPolicy = 'noeviction'
  #onlyVolatile = false
  #isRandom = false
  #database = 0
  /** `maxmemory`; 0 is no limit. */
  limitBytes = 0
  /** `maxmemory-samples` */
  samples = 5
  /** `maxmemory-eviction-tenacity` */
  tenacity = 10
  #ceilingBytes = 0
  /** Monotonic milliseconds since when too much is used, or -1. */
  #exceededSinceMs = -1
  #exceededMs = 0

  /**
   * @param usedBytes what counts against `maxmemory` now; asked before each command
   * @param took told how long an eviction took that was long enough to be timed
   */
  constructor(keyspace: Keyspace, clock: Clock, usedBytes: () => number, took: (ms: number) => void = () => {}) {
    this.#keyspace = keyspace
    this.#clock = clock
    this.#usedBytes = usedBytes
    this.#took = took
    this.#cursors = keyspace.databases.map(() => keyspace.random.int32() >>> 0)
  }

  /** What was known of entries is of no use under another policy. */
  setPolicy(policy: EvictionPolicy): void {
    this.#policy = policy
    this.#onlyVolatile = policy.startsWith('volatile-')
    this.#isRandom = policy.endsWith('-random')
    this.#keyspace.countFrequency(policy.endsWith('-lfu'))
    this.#pool.clear()
  }

  /** Whether too much is used, and evicting is under way or of no use. */
  get isExceeded(): boolean {
    return this.limitBytes !== 0 && this.#usedBytes() > this.limitBytes
  }

  /** Milliseconds that memory was above the limit: in all, and now. */
  exceededMs(): { total: number; current: number } {
    const current = this.#exceededSinceMs < 0 ? 0 : this.#clock.monotonicMs() - this.#exceededSinceMs
    return { total: this.#exceededMs + current, current }
  }

  /** What CONFIG RESETSTAT resets. */
  resetStatistics(): void {
    this.#exceededMs = 0
    this.#exceededSinceMs = -1
  }

  /** Makes room before a command. O(1) while there is room. */
  makeRoom(): Room {
    const used = this.#usedBytes()
    if (used <= this.limitBytes) {
      if (this.#exceededSinceMs >= 0) this.#note('enough')
      return 'enough'
    }
    if (used <= this.#ceilingBytes) return 'working'
    return this.#note(this.#evictDownTo(Math.max(this.limitBytes, this.#ceilingBytes)))
  }

  /** Goes on with what no command could finish; whether there is reason to go on in the next loop turn. */
  slice(): boolean {
    if (!this.isExceeded) return false
    this.#ceilingBytes = 0
    return this.#note(this.#evictDownTo(this.limitBytes)) === 'working'
  }

  #note(room: Room): Room {
    if (room !== 'enough') {
      if (this.#exceededSinceMs < 0) this.#exceededSinceMs = this.#clock.monotonicMs()
      return room
    }
    if (this.#exceededSinceMs >= 0) this.#exceededMs += this.#clock.monotonicMs() - this.#exceededSinceMs
    this.#exceededSinceMs = -1
    this.#ceilingBytes = 0
    return room
  }

  #evictDownTo(targetBytes: number): Room {
    const keyspace = this.#keyspace
    let startMs = -1
    for (let evictions = 1; this.#usedBytes() > targetBytes; evictions++) {
      // what large values left behind goes first: it was evicted already
      const isFreeing = keyspace.wasteCount > 0
      if (isFreeing) keyspace.freeSlice()
      else if (!this.#hasCandidates()) return 'full'
      else if (!this.#evictOne()) evictions = evictionsATime
      if (!isFreeing && evictions % evictionsATime !== 0) continue
      const nowMs = this.#clock.monotonicMs()
      if (startMs < 0) startMs = nowMs
      if (nowMs - startMs < this.#sliceMs()) continue
      this.#ceilingBytes = this.#usedBytes()
      this.#took(nowMs - startMs)
      return this.#ceilingBytes > this.limitBytes ? 'working' : 'enough'
    }
    if (startMs >= 0) this.#took(this.#clock.monotonicMs() - startMs)
    return targetBytes > this.limitBytes ? 'working' : 'enough'
  }

  /** `maxmemory-eviction-tenacity` as a time, by Redis's formula. */
  #sliceMs(): number {
    const { tenacity } = this
    if (tenacity <= 10) return tenacity * 0.05
    return tenacity < 100 ? 0.5 * 1.15 ** (tenacity - 10) : Infinity
  }

  #hasCandidates(): boolean {
    if (this.#policy === 'noeviction') return false
    if (this.#onlyVolatile && this.#keyspace.copyCount > 0) return true
    const { databases, pins } = this.#keyspace
    const candidates = databases.reduce((sum, database) => sum + this.#candidatesOf(database), 0)
    return candidates > (pins?.size ?? 0)
  }

  #candidatesOf(database: Database): number {
    if (database.index === this.#keyspace.reserved) return 0
    if (!this.#onlyVolatile) return database.size
    // any entry may be an origin's copy: only its record tells
    return this.#keyspace.copyCount > 0 ? database.size : database.volatileSize
  }

  /** Evicts an entry; false when none was found among those that were looked at. */
  #evictOne(): boolean {
    return this.#isRandom ? this.#evictAny() : this.#evictColdest()
  }

  /** Databases take turns. */
  #evictAny(): boolean {
    const { databases, random } = this.#keyspace
    for (let i = 0; i < databases.length; i++) {
      this.#database = (this.#database + 1) % databases.length
      const database = databases[this.#database]
      if (this.#candidatesOf(database) === 0) continue
      if (!this.#onlyVolatile) this.#cursors[this.#database] = random.int32() >>> 0
      this.#look(database)
      const refs = this.#refs
      if (refs.length === 0) continue
      const chosen = random.below(refs.length)
      if (!database.locate(refs[chosen], this.#hashes[chosen]) || this.#isPinned(refs[chosen], database)) continue
      database.evictLocated(refs[chosen])
      return true
    }
    return false
  }

  #evictColdest(): boolean {
    const { databases } = this.#keyspace
    const pool = this.#pool
    for (const database of databases) if (this.#candidatesOf(database) > 0) this.#offerSome(database)
    while (pool.take()) {
      const database = databases[pool.database]
      const { ref } = pool
      if (!database.locate(ref, pool.hash) || !this.#mayGo(ref) || this.#isPinned(ref, database)) continue
      if (this.#score(ref) < pool.score) continue
      database.evictLocated(ref)
      return true
    }
    return false
  }

  #offerSome(database: Database): void {
    this.#look(database)
    const refs = this.#refs
    for (let i = 0; i < refs.length; i++) {
      if (this.#mayGo(refs[i])) this.#pool.offer(this.#score(refs[i]), refs[i], this.#hashes[i], database.index)
    }
  }

  /** Reads the next slots of a database, until there are as many candidates as wanted. */
  #look(database: Database): void {
    const refs = this.#refs
    const hashes = this.#hashes
    refs.length = hashes.length = 0
    const wanted = this.samples
    const byDeadline = this.#onlyVolatile && this.#keyspace.copyCount === 0
    let cursor = this.#cursors[database.index]
    for (let step = 0; step < stepsMax && refs.length < wanted; step++) {
      cursor = database.sample(cursor, slotsAStep, wanted, byDeadline, refs, hashes)
    }
    this.#cursors[database.index] = cursor
    if (this.#isRandom && this.#onlyVolatile && !byDeadline) this.#keepCandidates()
  }

  #keepCandidates(): void {
    let kept = 0
    for (let i = 0; i < this.#refs.length; i++) {
      if (!this.#mayGo(this.#refs[i])) continue
      this.#refs[kept] = this.#refs[i]
      this.#hashes[kept++] = this.#hashes[i]
    }
    this.#refs.length = this.#hashes.length = kept
  }

  /** Whether the policy lets the entry go. An origin's copy counts as volatile: its origin still has it. */
  #mayGo(ref: Ref): boolean {
    return !this.#onlyVolatile || (this.#keyspace.records.flags(ref) & (Flag.deadline | Flag.copy)) !== 0
  }

  #isPinned(ref: Ref, { index }: Database): boolean {
    const { pins, records } = this.#keyspace
    return pins !== null && pins.size > 0 && pins.has(index, records.key(ref, this.#key))
  }

  /** The higher, the sooner evicted. */
  #score(ref: Ref): number {
    const { records, access } = this.#keyspace
    if (this.#policy !== 'volatile-ttl') return access.coldness(records.access(ref))
    const deadlineMs = records.deadline(ref)
    return deadlineMs === 0 ? -Infinity : -deadlineMs
  }
}
