import type { Clock } from '../base/index.js'
import { SlowLog } from '../observe/index.js'
import type { Route } from './route.js'

/** The last requests to origins that took long, as SLOWLOG shows slow calls. */
export class SlowRequests {
  readonly log = new SlowLog()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
    this.log.thresholdMicros = 100_000
  }

  /**
   * A request ended after `ms`.
   *
   * @param outcome 'ok', or why it failed: no secrets
   * @param names what the origin calls the keys; asked for only where it was slow
   */
  note(route: Route, what: 'FETCH' | 'WRITE', outcome: string, ms: number, names: () => readonly string[]): void {
    const micros = Math.round(ms * 1000)
    const { thresholdMicros } = this.log
    if (thresholdMicros < 0 || micros < thresholdMicros) return
    this.log.add({
      unixSeconds: Math.floor(this.#clock.unixMs() / 1000),
      micros,
      args: [what, outcome, ...names()].map((word) => Buffer.from(word)),
      address: route.shownUrl,
      clientName: route.name,
    })
  }
}
