import type { Clock, Timer } from '../base/index.js'
import { ExpirySweep, type Compaction, type CompactionLimits, type Eviction, type Keyspace } from '../keyspace/index.js'
import type { LatencyEvent } from '../observe/index.js'

export interface PeriodicRooms {
  readonly clock: Clock
  readonly keyspace: Keyspace
  readonly eviction: Eviction
  readonly compaction: Compaction
}

export interface PeriodicJobs {
  /** How often `everyTick` runs. */
  perSecond(): number
  /** Whether keys may be evicted and swept now. */
  mayDelete(): boolean
  /** Whether what expires in a replica is to be looked for: what its own clients wrote. */
  sweepsLocally(): boolean
  /** Null: memory is not compacted. */
  compactionLimits(): CompactionLimits | null
  /** Some times a second. */
  everyTick(): void
  /** Once a second. */
  everySecond(): void
  /** A job took so long. */
  took(event: LatencyEvent, ms: number): void
}

/**
 * What the server does unasked: sweeps what expired, evicts, gives back memory and compacts it, takes samples, closes idle
 * clients.
 *
 * Long jobs run in slices of at most a millisecond, one of each kind per loop turn (`setImmediate`), so that requests come
 * in between; compaction waits until the others are done.
 */
export class Periodic {
  readonly #clock: Clock
  readonly #rooms: PeriodicRooms
  readonly #sweep: ExpirySweep
  readonly #jobs: PeriodicJobs
  activeExpiry = true
  isPaused = false
  #timer: Timer | null = null
  #ticks = 0
  #isSlicing = false
  #isStopped = false
  /** Milliseconds that compaction may still take before the next tick. */
  #compactionMs = 0

  constructor(rooms: PeriodicRooms, jobs: PeriodicJobs) {
    this.#clock = rooms.clock
    this.#rooms = rooms
    this.#jobs = jobs
    this.#sweep = new ExpirySweep(rooms.keyspace, rooms.clock)
  }

  start(): void {
    this.#timer = this.#clock.schedule(1000 / this.#jobs.perSecond(), () => this.#tick())
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /** Begins to give back memory in slices, if there is any and it is not under way. */
  slice(): void {
    if (this.#isSlicing || this.#isStopped) return
    this.#isSlicing = true
    setImmediate(this.#runSlice)
  }

  #tick(): void {
    if (this.isPaused) return this.start()
    const perSecond = this.#jobs.perSecond()
    this.#ticks++
    this.#jobs.everyTick()
    if (this.activeExpiry && this.#jobs.sweepsLocally()) this.#rooms.keyspace.localDeadlines.sweep()
    if (this.#ticks % Math.max(1, Math.round(perSecond)) === 0) this.#jobs.everySecond()
    this.#considerCompaction(1000 / perSecond)
    this.slice()
    if (!this.#isStopped) this.start()
  }

  #considerCompaction(tickMs: number): void {
    const { compaction } = this.#rooms
    const limits = this.#jobs.compactionLimits()
    if (limits === null) compaction.stop()
    else compaction.consider(limits)
    this.#compactionMs = (compaction.share * tickMs) / 100
  }

  readonly #runSlice = (): void => {
    this.#isSlicing = false
    if (this.#isStopped) return
    const { keyspace, eviction } = this.#rooms
    const mayDelete = this.#jobs.mayDelete()
    const isEvicting = mayDelete && eviction.slice()
    const isFreeing = keyspace.freeSlice()
    const isSweeping = this.activeExpiry && (mayDelete ? this.#sweepSlice() : this.#sweepLocally())
    if (isEvicting || isFreeing || isSweeping || this.#compact()) this.slice()
  }

  /** Compacts for a slice; whether there is more to do and time left for it before the next tick. */
  #compact(): boolean {
    const { compaction } = this.#rooms
    const limits = this.#jobs.compactionLimits()
    if (limits === null || compaction.share === 0 || this.#compactionMs <= 0) return false
    const startMs = this.#clock.monotonicMs()
    compaction.slice(limits)
    const tookMs = this.#clock.monotonicMs() - startMs
    this.#compactionMs -= tookMs
    this.#jobs.took('active-defrag-cycle', tookMs)
    return compaction.share !== 0 && this.#compactionMs > 0
  }

  #sweepLocally(): boolean {
    return this.#jobs.sweepsLocally() && this.#rooms.keyspace.localDeadlines.slice()
  }

  #sweepSlice(): boolean {
    const startMs = this.#clock.monotonicMs()
    const isSweeping = this.#sweep.slice()
    this.#jobs.took('expire-cycle', this.#clock.monotonicMs() - startMs)
    return isSweeping
  }
}
