import type { Clock, Timer } from '../base/index.js'
import { ExpirySweep, type Keyspace } from '../keyspace/index.js'
import type { LatencyEvent } from '../observe/index.js'

export interface PeriodicJobs {
  /** Some times a second. */
  everyTick(): void
  /** Once a second. */
  everySecond(): void
  /** A job took so long. */
  took(event: LatencyEvent, ms: number): void
}

/**
 * What the server does unasked: sweeps what expired, gives back memory, takes samples, closes idle clients.
 *
 * Long jobs run in slices of at most a millisecond, one per loop turn (`setImmediate`), so that requests come in between.
 */
export class Periodic {
  readonly #clock: Clock
  readonly #keyspace: Keyspace
  readonly #sweep: ExpirySweep
  readonly #jobs: PeriodicJobs
  readonly #perSecond: () => number
  activeExpiry = true
  isPaused = false
  #timer: Timer | null = null
  #ticks = 0
  #isSlicing = false
  #isStopped = false

  constructor(clock: Clock, keyspace: Keyspace, perSecond: () => number, jobs: PeriodicJobs) {
    this.#clock = clock
    this.#keyspace = keyspace
    this.#perSecond = perSecond
    this.#jobs = jobs
    this.#sweep = new ExpirySweep(keyspace, clock)
  }

  start(): void {
    this.#timer = this.#clock.schedule(1000 / this.#perSecond(), () => this.#tick())
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
    const perSecond = this.#perSecond()
    this.#ticks++
    this.#jobs.everyTick()
    if (this.#ticks % Math.max(1, Math.round(perSecond)) === 0) this.#jobs.everySecond()
    this.slice()
    if (!this.#isStopped) this.start()
  }

  readonly #runSlice = (): void => {
    this.#isSlicing = false
    if (this.#isStopped) return
    const isFreeing = this.#keyspace.freeSlice()
    const isSweeping = this.activeExpiry && this.#sweepSlice()
    if (isFreeing || isSweeping) this.slice()
  }

  #sweepSlice(): boolean {
    const startMs = this.#clock.monotonicMs()
    const isSweeping = this.#sweep.slice()
    this.#jobs.took('expire-cycle', this.#clock.monotonicMs() - startMs)
    return isSweeping
  }
}
