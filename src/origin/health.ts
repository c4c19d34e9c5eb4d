import { formatDuration } from '../base/index.js'
import type { Clock, Log } from '../base/index.js'
import { Breaker } from './breaker.js'
import type { Route } from './route.js'
import { Unavailable } from './store.js'

/** So long after an outage was told of, others are not: where some keys fail and others do not, each request would begin or end one. */
const quietMs = 10_000

/** How a route's origin does: what all requests to it, reads and writes, showed. Start and end of an outage are logged once. */
export class Health {
  readonly #route: Route
  readonly #clock: Clock
  readonly #log: Pick<Log, 'notice' | 'warning'>
  readonly #breaker: Breaker
  /** Why the last request failed, while the origin is down. */
  #outage: { readonly sinceMs: number; reason: string; isTold: boolean } | null = null
  #quietUntilMs = -Infinity
  /** Outages that nobody was told of since. */
  #untold = 0

  constructor(route: Route, clock: Clock, log: Pick<Log, 'notice' | 'warning'>) {
    const { breakerFailures, breakerPauseMs } = route.options
    this.#route = route
    this.#clock = clock
    this.#log = log
    this.#breaker = new Breaker(breakerFailures, breakerPauseMs)
  }

  get breakerState(): 'closed' | 'open' | 'half-open' {
    return this.#breaker.state(this.#clock.monotonicMs())
  }

  /** For how long it, or a part of it, has failed: at least 1; 0 while it answers. */
  get failingMs(): number {
    if (this.#outage === null) return 0
    return Math.max(1, Math.floor(this.#clock.monotonicMs() - this.#outage.sinceMs))
  }

  /** Why nothing would be asked now; null where the breaker lets requests through. */
  get blocked(): Unavailable | null {
    if (!this.#breaker.blocks(this.#clock.monotonicMs())) return null
    return new Unavailable(this.#outage?.reason ?? 'its breaker is open')
  }

  /** A request leaves. */
  sent(): void {
    this.#breaker.sent()
  }

  /** One came back with answers. */
  answered(sentAtMs: number): void {
    this.#breaker.answered()
    this.#endOutage(sentAtMs)
  }

  /** One came back with answers of a part of the origin; another part fails. */
  answeredInPart(reason: Unavailable): void {
    this.#breaker.answered()
    this.#beginOutage(reason.message)
  }

  /** One was given up since somebody else is asked from now on. */
  interrupted(): void {
    this.#breaker.answered()
  }

  failed(reason: Unavailable): void {
    if (reason.counts) this.#breaker.failed(this.#clock.monotonicMs())
    else this.#breaker.answered()
    this.#beginOutage(reason.message)
  }

  #beginOutage(reason: string): void {
    const nowMs = this.#clock.monotonicMs()
    this.#outage ??= { sinceMs: nowMs, reason, isTold: false }
    this.#outage.reason = reason
    if (this.#outage.isTold || nowMs < this.#quietUntilMs) return
    this.#outage.isTold = true
    this.#quietUntilMs = nowMs + quietMs
    const { place, options } = this.#route
    const again = this.#untold === 0 ? '' : `, and did ${this.#untold} times more since that was said`
    const then =
      options.staleIfErrorMs > 0 ? `; serving stale copies for ${formatDuration(options.staleIfErrorMs)}` : ''
    this.#untold = 0
    this.#log.warning(`origin ${place} fails: ${reason}${again}${then}`)
  }

  /** An answer to a request that left before the outage began says nothing of its end. */
  #endOutage(sentAtMs: number): void {
    if (this.#outage === null || sentAtMs < this.#outage.sinceMs) return
    const { sinceMs, isTold } = this.#outage
    this.#outage = null
    if (isTold) {
      const lastedMs = Math.round(this.#clock.monotonicMs() - sinceMs)
      this.#log.notice(`origin '${this.#route.name}' answers again after ${formatDuration(lastedMs)}`)
    } else this.#untold++
  }
}
