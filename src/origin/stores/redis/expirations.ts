import type { Clock, Timer } from '../../../base/index.js'
import type { Reply } from '../../../resp/index.js'

/** Keys whose deadlines are known, at most. */
const expectedMax = 100_000

/** Deadlines are told together that lie in one span of this length, at its beginning. */
const spanMs = 50

/** The longest delay that timers take; what is due later is looked at again then. */
const delayMaxMs = 2 ** 31 - 1

/**
 * Tells when keys that were read have passed their deadlines at the origin. A Redis says so itself, but only when it comes
 * across such a key, which may be long after.
 */
export class Expirations {
  readonly #clock: Clock
  readonly #tell: (name: string) => void
  /** Names by the span in which they are due, and the span of each. */
  readonly #due = new Map<number, { readonly names: Set<string>; readonly timer: Timer }>()
  readonly #spans = new Map<string, number>()

  constructor(clock: Clock, tell: (name: string) => void) {
    this.#clock = clock
    this.#tell = tell
  }

  get nowMs(): number {
    return this.#clock.monotonicMs()
  }

  /**
   * Notes when a key's value ends.
   *
   * @param askedAtMs monotonic
   * @param ttlMs as PTTL replies it: counted from when the key was asked for at the earliest; negative: it does not end
   * @returns false where no more can be noted, so that the value may not be kept
   */
  expect(name: string, askedAtMs: number, ttlMs: Reply | undefined): boolean {
    this.#forget(name)
    if (typeof ttlMs !== 'number') return false // an error reply: it may not be asked
    if (ttlMs < 0) return true
    if (this.#spans.size >= expectedMax) return false
    const span = Math.floor((askedAtMs + ttlMs) / spanMs)
    this.#spans.set(name, span)
    const due = this.#due.get(span)
    if (due === undefined) this.#plan(span, new Set([name]))
    else due.names.add(name)
    return true
  }

  close(): void {
    for (const { timer } of this.#due.values()) timer.cancel()
    this.#due.clear()
    this.#spans.clear()
  }

  #forget(name: string): void {
    const span = this.#spans.get(name)
    if (span === undefined) return
    this.#spans.delete(name)
    this.#due.get(span)?.names.delete(name)
  }

  #plan(span: number, names: Set<string>): void {
    const delayMs = Math.min(Math.max(0, span * spanMs - this.nowMs), delayMaxMs)
    this.#due.set(span, { names, timer: this.#clock.schedule(delayMs, () => this.#passed(span, names)) })
  }

  #passed(span: number, names: Set<string>): void {
    if (this.nowMs < span * spanMs) return this.#plan(span, names)
    this.#due.delete(span)
    for (const name of names) {
      this.#spans.delete(name)
      this.#tell(name)
    }
  }
}
