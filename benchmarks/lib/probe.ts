import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'

/** What a server's process felt since the last reset, in milliseconds. */
export interface Pauses {
  /** Longest garbage collection, of any kind. */
  readonly gcMaxMs: number
  readonly gcTotalMs: number
  readonly gcCount: number
  /** Longest and next longest time between two turns of the event loop; 0 while turns are not watched. */
  readonly turnMaxMs: number
  readonly turnNextMs: number
  readonly turnsOver1Ms: number
  /** The time that one turn in 10,000 exceeds. */
  readonly turnP9999Ms: number
  /** The largest delay of a timer that perf_hooks saw. */
  readonly timerDelayMaxMs: number
  /** Longest synchronous run of one in-process batch. */
  readonly batchMaxMs: number
}

/** Times of turns, counted by size: 16 steps to each power of two, from a microsecond to some seconds. */
export class TurnCounts {
  readonly #counts = new Float64Array(400)
  #total = 0

  add(ms: number): void {
    const step = Math.max(0, Math.min(399, Math.floor(Math.log2(ms * 1000) * 16)))
    this.#counts[step]++
    this.#total++
  }

  reset(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** The upper bound of the step in which this part of the turns, in percent, is reached; 0 of none. */
  percentile(percent: number): number {
    let left = this.#total * (1 - percent / 100)
    for (let step = 399; step >= 0; step--) {
      left -= this.#counts[step]
      if (left < 0) return 2 ** ((step + 1) / 16) / 1000
    }
    return 0
  }
}

/**
 * Watches the process it lives in: collections by perf_hooks, loop turns by a chain of `setImmediate`.
 *
 * The chain keeps the loop from ever sleeping and makes some garbage, whose small collections are then measured too: it
 * is only on where turns are the question, not where latency or collections are.
 */
export class Probe {
  #gcMaxMs = 0
  #gcTotalMs = 0
  #gcCount = 0
  #batchMaxMs = 0
  #turnMaxMs = 0
  #turnNextMs = 0
  #turnsOver1Ms = 0
  readonly #turns = new TurnCounts()
  #lastTurnMs = 0
  #watching = false
  readonly #delay = monitorEventLoopDelay({ resolution: 1 })
  readonly #observer = new PerformanceObserver((list) => this.#collected(list.getEntries()))

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] })
  }

  watchTurns(on: boolean): void {
    if (on === this.#watching) return
    this.#watching = on
    if (!on) return void this.#delay.disable()
    this.#delay.enable()
    this.#lastTurnMs = performance.now()
    const turn = (): void => {
      const nowMs = performance.now()
      const tookMs = nowMs - this.#lastTurnMs
      this.#lastTurnMs = nowMs
      if (tookMs > 1) this.#turnsOver1Ms++
      this.#turns.add(tookMs)
      if (tookMs > this.#turnMaxMs) {
        this.#turnNextMs = this.#turnMaxMs
        this.#turnMaxMs = tookMs
      } else if (tookMs > this.#turnNextMs) this.#turnNextMs = tookMs
      if (this.#watching) setImmediate(turn)
    }
    setImmediate(turn)
  }

  batchTook(ms: number): void {
    if (ms > this.#batchMaxMs) this.#batchMaxMs = ms
  }

  reset(): void {
    this.#collected(this.#observer.takeRecords())
    this.#gcMaxMs = this.#gcTotalMs = this.#gcCount = this.#batchMaxMs = 0
    this.#turnMaxMs = this.#turnNextMs = this.#turnsOver1Ms = 0
    this.#turns.reset()
    this.#delay.reset()
    this.#lastTurnMs = performance.now()
  }

  read(): Pauses {
    this.#collected(this.#observer.takeRecords())
    return {
      gcMaxMs: this.#gcMaxMs,
      gcTotalMs: this.#gcTotalMs,
      gcCount: this.#gcCount,
      turnMaxMs: this.#turnMaxMs,
      turnNextMs: this.#turnNextMs,
      turnsOver1Ms: this.#turnsOver1Ms,
      turnP9999Ms: this.#turns.percentile(99.99),
      timerDelayMaxMs: this.#delay.max / 1e6,
      batchMaxMs: this.#batchMaxMs,
    }
  }

  #collected(entries: readonly { readonly duration: number }[]): void {
    for (const { duration } of entries) {
      this.#gcCount++
      this.#gcTotalMs += duration
      if (duration > this.#gcMaxMs) this.#gcMaxMs = duration
    }
  }
}
