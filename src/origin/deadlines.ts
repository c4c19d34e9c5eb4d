import type { Clock, Timer } from '../base/index.js'

/** Timers tell whole milliseconds, and may be early by one: to be armed again for the rest of it would make that two late. */
const timerStepMs = 1

/** What falls due together goes on in the next loop turn after this long: the keys of an outage may be thousands. */
const turnMs = 1

/**
 * Calls `due` with each item that was added `delayMs` ago, or will have been within the millisecond, and not taken back
 * since. Items share one timer, since they fall due in the order in which they came; one whose time began earlier than the
 * last one's has a timer of its own.
 */
export class Deadlines<T> {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #due: (item: T) => void
  /** Item to its moment (monotonic), the earliest first. */
  readonly #items = new Map<T, number>()
  #timer: Timer | null = null
  #lastMs = -Infinity
  readonly #early = new Map<T, Timer>()

  constructor(clock: Clock, delayMs: number, due: (item: T) => void) {
    this.#clock = clock
    this.#delayMs = delayMs
    this.#due = due
  }

  /** @param sinceMs when the item's time began, monotonic */
  add(item: T, sinceMs: number): void {
    const atMs = sinceMs + this.#delayMs
    if (atMs < this.#lastMs) {
      this.#early.set(
        item,
        this.#clock.schedule(this.#until(atMs), () => this.#fireEarly(item)),
      )
      return
    }
    this.#lastMs = atMs
    this.#items.set(item, atMs)
    if (this.#timer === null) this.#arm()
  }

  delete(item: T): void {
    if (this.#items.delete(item)) return
    this.#early.get(item)?.cancel()
    this.#early.delete(item)
  }

  get size(): number {
    return this.#items.size + this.#early.size
  }

  all(): T[] {
    return [...this.#items.keys(), ...this.#early.keys()]
  }

  close(): void {
    for (const item of this.#early.keys()) this.delete(item)
    this.#items.clear()
    this.#timer?.cancel()
    this.#timer = null
  }

  #until(atMs: number): number {
    return Math.max(0, atMs - this.#clock.monotonicMs())
  }

  #arm(): void {
    for (const atMs of this.#items.values()) {
      this.#timer = this.#clock.schedule(this.#until(atMs), () => this.#fire())
      return
    }
  }

  #fireEarly(item: T): void {
    this.#early.delete(item)
    this.#due(item)
  }

  #fire(): void {
    this.#timer = null
    const nowMs = this.#clock.monotonicMs()
    for (const [item, atMs] of this.#items) {
      if (atMs >= nowMs + timerStepMs || this.#clock.monotonicMs() - nowMs > turnMs) break
      this.#items.delete(item)
      this.#due(item)
    }
    if (this.#timer === null) this.#arm()
  }
}
