import type { Clock, Timer } from '../base/index.js'
import type { CancelSignal } from './cancellation.js'
import type { Coverage } from './coverage.js'
import { proofMsMax } from './coverage.js'

/** How often it is proven that all was heard. */
const proveEveryMs = 2000

export interface PrimaryPushParts {
  readonly clock: Clock
  /** Of the routes whose origins tell of changes. */
  readonly coverages: () => Iterable<Coverage>
  /** Resolves when all that the primary told before the call was heard here. @throws {Unavailable} */
  readonly prove: (signal: CancelSignal) => Promise<void>
  readonly lapsed: () => void
  readonly proveEveryMs?: number
}

/**
 * A follower hears of changes at origins by its primary's stream. Over which times it did covers the copies that the
 * primary vouched for meanwhile: as long as proofs succeed, which follow each other.
 */
export class PrimaryPush {
  readonly #parts: PrimaryPushParts
  #abort = new AbortController()
  #timer: Timer | null = null

  constructor(parts: PrimaryPushParts) {
    this.#parts = parts
    void this.#prove(this.#abort)
  }

  close(): void {
    this.#end()
    this.#abort.abort()
    this.#timer?.cancel()
  }

  /** The primary said that any key may have changed. */
  changedAll(coverage: Coverage): void {
    if (!coverage.isLive) return
    coverage.end()
    coverage.begin(this.#parts.clock.monotonicMs())
    this.#parts.lapsed()
  }

  async #prove(run: AbortController): Promise<void> {
    const { clock, coverages, prove } = this.#parts
    const fromMs = clock.monotonicMs()
    const attempt = new AbortController()
    const giveUp = (): void => attempt.abort()
    run.signal.addEventListener('abort', giveUp)
    const deadline = clock.schedule(proofMsMax, giveUp)
    try {
      await prove(attempt.signal)
      if (run.signal.aborted) return
      for (const coverage of coverages()) {
        if (coverage.isLive) coverage.proven(fromMs)
        else coverage.begin(fromMs)
      }
    } catch {
      if (run.signal.aborted) return
      this.#end()
    } finally {
      run.signal.removeEventListener('abort', giveUp)
      deadline.cancel()
    }
    this.#timer = clock.schedule(this.#parts.proveEveryMs ?? proveEveryMs, () => void this.#prove(run))
  }

  #end(): void {
    let any = false
    for (const coverage of this.#parts.coverages()) {
      any ||= coverage.isLive
      coverage.end()
    }
    if (any) this.#parts.lapsed()
  }
}
