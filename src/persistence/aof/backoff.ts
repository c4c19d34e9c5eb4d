import type { Clock, Log } from '../../base/index.js'

/** Failures in a row from which on rewrites that nobody asks for wait, and the longest wait. */
const failuresFree = 3
const minutesMax = 60

/**
 * Keeps rewrites apart that fail again and again: each begins another file to append to, and these would pile up.
 *
 * After three failures it waits a minute, after the next one two, then four, at most an hour.
 *
 * @see redis 7.0.15, aof.c, aofRewriteLimited
 */
export class Backoff {
  /** Failures since the last success, or since somebody asked for a rewrite. */
  failures = 0
  readonly #clock: Clock
  readonly #log: Log
  #minutes = 0
  #untilMs = 0

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  failed(): void {
    this.failures++
  }

  reset(): void {
    this.failures = 0
  }

  /** Whether a rewrite that is due has to wait. */
  isHolding(): boolean {
    if (this.failures < failuresFree) {
      this.#minutes = this.#untilMs = 0
      return false
    }
    const nowMs = this.#clock.monotonicMs()
    if (this.#untilMs !== 0) {
      if (nowMs < this.#untilMs) return true
      this.#untilMs = 0
      return false
    }
    this.#minutes = Math.min(minutesMax, this.#minutes === 0 ? 1 : this.#minutes * 2)
    this.#untilMs = nowMs + this.#minutes * 60_000
    this.#log.warning(
      `Background AOF rewrite has repeatedly failed and triggered the limit, will retry in ${this.#minutes} minutes`,
    )
    return true
  }
}
