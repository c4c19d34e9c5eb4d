/** A connection that has not proven itself for so long covers nothing. */
export const proofMsMax = 5000

/** Past periods that are remembered: they tell when copies that were confirmed in them stopped being fresh. */
const periodsMax = 16

interface Period {
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * Over which times a route's origin told of every change. A copy that was asked for within such a period, and of which
 * nothing was told since, is what the origin holds. Times are monotonic milliseconds.
 */
export class Coverage {
  /** The present period's start; Infinity while nothing is told. */
  #sinceMs = Infinity
  #provenAtMs = -Infinity
  readonly #past: Period[] = []

  get isLive(): boolean {
    return this.#sinceMs !== Infinity
  }

  /** Since when every change is told; Infinity while none is. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  /** From now on every change is told. */
  begin(atMs: number): void {
    this.#sinceMs = this.#provenAtMs = atMs
  }

  /** Every change that was made before this moment has been told. */
  proven(atMs: number): void {
    this.#provenAtMs = atMs
  }

  /** Nothing is told any more. What was not proven is not covered. */
  end(): void {
    if (!this.isLive) return
    this.#past.push({ sinceMs: this.#sinceMs, untilMs: this.#provenAtMs })
    if (this.#past.length > periodsMax) this.#past.shift()
    this.#sinceMs = Infinity
  }

  /** Copies that were asked for after this moment are covered at `atMs`. Allocates nothing. */
  afterMs(atMs: number): number {
    return atMs - this.#provenAtMs < proofMsMax ? this.#sinceMs : Infinity
  }

  /** Until when a copy that was asked for at `askedAtMs` is, or was, covered; -Infinity: never. */
  untilMs(askedAtMs: number): number {
    if (askedAtMs > this.#sinceMs) return Infinity
    const period = this.#past.find(({ sinceMs, untilMs }) => askedAtMs > sinceMs && askedAtMs <= untilMs)
    return period === undefined ? -Infinity : period.untilMs
  }
}
