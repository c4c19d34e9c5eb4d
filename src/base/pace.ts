import type { Clock } from './clock.js'

/** A wait is looked at again after so long: the delay may have changed. */
const lookMs = 100
/** Timers are no finer: what is owed below that is waited for later. */
const leastMs = 1

/** Slows a job down by so much for each piece of its work, without standing in anybody's way: it is told how long to wait. */
export class Pace {
  readonly #clock: Clock
  readonly #delayMicros: () => number
  /** Pieces that were done since `#sinceMs`, and are still to be waited for. */
  #pieces = 0
  #sinceMs = 0

  /** @param delayMicros for each piece; -n stands for one microsecond for n of them, as in Redis. Asked at each use. */
  constructor(clock: Clock, delayMicros: () => number) {
    this.#clock = clock
    this.#delayMicros = delayMicros
  }

  /** How many pieces may be done before the next wait, so that it is no shorter than a timer can be. */
  get piecesMost(): number {
    const delayMs = this.#delayMs
    return delayMs === 0 ? Infinity : Math.ceil(leastMs / delayMs)
  }

  /** So many pieces were done. */
  did(pieces: number): void {
    if (pieces === 0) return
    if (this.#pieces === 0) this.#sinceMs = this.#clock.monotonicMs()
    this.#pieces += pieces
  }

  /** Milliseconds to wait before it is asked again; 0: the work may go on. */
  get waitMs(): number {
    if (this.#pieces === 0) return 0
    const leftMs = this.#sinceMs + this.#pieces * this.#delayMs - this.#clock.monotonicMs()
    if (leftMs <= 0) this.#pieces = 0
    return leftMs < leastMs ? 0 : Math.min(leftMs, lookMs)
  }

  get #delayMs(): number {
    const micros = this.#delayMicros()
    return micros < 0 ? 1 / (-micros * 1000) : micros / 1000
  }
}
