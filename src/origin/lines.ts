import type { Behind } from './behind.js'
import type { Deadlines } from './deadlines.js'
import type { Waiter } from './flight.js'
import type { Health } from './health.js'
import type { Push } from './push.js'
import type { RefreshAhead } from './refresh-ahead.js'
import type { RequestQueue } from './request-queue.js'
import type { Route } from './route.js'
import type { SchemaWatch } from './schema.js'
import type { WriteQueue } from './write-queue.js'

/** What runs for a route while it stands. */
export interface Line {
  readonly health: Health
  readonly queue: RequestQueue
  readonly writes: WriteQueue
  /** Where clients' writes are made behind their calls. */
  readonly behind: Behind | null
  /** Where its origin tells of changes. */
  push: Push | null
  /** Where its values have one. */
  readonly schema: SchemaWatch | null
  /** Where copies are renewed ahead of their end. */
  readonly ahead: RefreshAhead | null
  /** Reads that get a stale copy when the soft timeout has passed. */
  readonly soft: Deadlines<Waiter>
  /** All reads, to the end of their patience. */
  readonly hard: Deadlines<Waiter>
}

export class Lines {
  readonly #byRoute = new Map<Route, Line>()

  set(route: Route, line: Line): void {
    this.#byRoute.set(route, line)
  }

  delete(route: Route): void {
    this.#byRoute.delete(route)
  }

  /** The line of a route that stands. */
  of(route: Route): Line {
    const line = this.#byRoute.get(route)
    if (line === undefined) throw new Error(`origin '${route.name}' is not in place`)
    return line
  }

  all(): IterableIterator<Line> {
    return this.#byRoute.values()
  }

  /** The same for a route that may be gone. */
  find(route: Route): Line | undefined {
    return this.#byRoute.get(route)
  }
}
