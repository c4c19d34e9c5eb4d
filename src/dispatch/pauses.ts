import type { Clock, Timer } from '../base/index.js'
import { Gate, type Client, type PauseOptions } from '../command/index.js'

/** CLIENT PAUSE: holds back the calls of clients until a moment. */
export class Pauses {
  readonly #clock: Clock
  readonly #changed: (gates: number) => void
  readonly #waiting = new Set<Client>()
  readonly #jobs = new Set<() => void>()
  #timer: Timer | null = null
  #untilUnixMs = 0
  #all = false
  /** Reasons beside CLIENT PAUSE for which writes wait. */
  #holds = 0

  constructor(clock: Clock, changed: (gates: number) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** As Redis does, a second pause never shortens the first, and the stronger of the two modes stays. */
  pause({ untilUnixMs, mode }: PauseOptions): void {
    this.#all = this.#all || mode === 'all'
    this.#untilUnixMs = Math.max(this.#untilUnixMs, untilUnixMs)
    this.#timer?.cancel()
    this.#timer = this.#clock.schedule(this.#untilUnixMs - this.#clock.unixMs(), () => this.unpause())
    this.#apply()
  }

  /** Writes wait until the result is called, whatever clients say. */
  holdWrites(): () => void {
    let isHeld = true
    this.#holds++
    this.#apply()
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds--
      this.#apply()
    }
  }

  /** Whoever was held goes on in a loop turn of its own: the call that ends the pause has its reply still to write. */
  unpause(): void {
    this.#timer?.cancel()
    this.#timer = null
    this.#all = false
    this.#untilUnixMs = 0
    this.#apply()
  }

  #apply(): void {
    const isPaused = this.#timer !== null
    this.#changed(isPaused && this.#all ? Gate.pausedAll : this.active ? Gate.pausedWrites : 0)
    // whoever still has to wait is held again
    const isAnyoneHeld = this.#waiting.size > 0 || this.#jobs.size > 0
    if ((!isPaused || !this.active) && isAnyoneHeld) this.#clock.schedule(0, () => this.#resume())
  }

  /** A client that a new pause holds back is held again. */
  #resume(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const client of waiting) client.resume()
    if (this.active) return
    const jobs = [...this.#jobs]
    this.#jobs.clear()
    for (const job of jobs) job()
  }

  /** Runs a job when nothing is held back any more, in a loop turn of its own. */
  whenOver(job: () => void): void {
    this.#jobs.add(job)
  }

  hold(client: Client): void {
    this.#waiting.add(client)
  }

  forget(client: Client): void {
    this.#waiting.delete(client)
  }

  isHolding(client: Client): boolean {
    return this.#waiting.has(client)
  }

  /** Number of clients that are held back. */
  get held(): number {
    return this.#waiting.size
  }

  get active(): boolean {
    return this.#timer !== null || this.#holds > 0
  }
}
