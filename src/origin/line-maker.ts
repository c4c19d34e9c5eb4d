import type { Clock, Log, Slice } from '../base/index.js'
import type { Behinds } from './behinds.js'
import { Deadlines } from './deadlines.js'
import type { Fleet } from './fleet.js'
import type { Waiter } from './flight.js'
import { Health } from './health.js'
import type { Holdings } from './holdings.js'
import type { Line, Lines } from './lines.js'
import { RefreshAhead, aheadShare } from './refresh-ahead.js'
import { RequestQueue } from './request-queue.js'
import type { AnswerTaker } from './request-queue.js'
import type { Route } from './route.js'
import { SchemaWatch } from './schema.js'
import type { Schema } from './schema.js'
import type { SlowRequests } from './slow-requests.js'
import type { WaitingReads } from './waiting-reads.js'
import { WriteQueue } from './write-queue.js'

export interface LineMakerParts {
  readonly clock: Clock
  readonly log: Pick<Log, 'notice' | 'warning'>
  readonly slow: SlowRequests
  readonly lines: Lines
  readonly holdings: Holdings
  readonly reads: WaitingReads
  readonly behinds: Behinds
  readonly fleet: Fleet
  readonly answers: AnswerTaker
  readonly defer: (job: () => void) => void
}

/** A reply is to be there within the soft timeout, and timers come about so much late. */
const timerLateMs = 1

/** Brings up what runs for a route while it stands, and takes it down. */
export class LineMaker {
  readonly #parts: LineMakerParts

  constructor(parts: LineMakerParts) {
    this.#parts = parts
  }

  open(route: Route): void {
    const { clock, log, slow, lines, reads, behinds, fleet, answers, defer } = this.#parts
    const { softTimeoutMs, hardTimeoutMs, refreshAhead } = route.options
    const health = new Health(route, clock, log)
    const writes = new WriteQueue(route, health, clock, slow)
    const behind = behinds.open(route, writes)
    const line: Line = {
      health,
      push: null,
      schema: route.schema === null ? null : this.#watchSchema(route, route.schema),
      ahead: refreshAhead ? new RefreshAhead(route, clock, (db, key) => this.#renewAhead(route, db, key)) : null,
      queue: new RequestQueue(route, health, answers, { clock, defer, slow, source: fleet.upstream }),
      writes,
      behind,
      soft: new Deadlines<Waiter>(clock, Math.max(0, softTimeoutMs - timerLateMs), (waiter) => reads.softDue(waiter)),
      hard: new Deadlines<Waiter>(clock, hardTimeoutMs, (waiter) => reads.hardDue(waiter)),
    }
    lines.set(route, line)
    fleet.listen(route, line)
    behinds.opened(behind)
    const { driver } = route.facts
    if (driver !== undefined) log.notice(`origin ${route.place} is read by ${driver}`)
    // Whether this server follows another is known when what begins now has begun.
    if (route.store.start !== undefined) defer(() => fleet.start(route))
  }

  /** What waits or is away is given up; nobody is told. */
  close(route: Route): void {
    const { lines } = this.#parts
    const line = lines.of(route)
    lines.delete(route)
    line.queue.close()
    line.behind?.stop()
    line.writes.close()
    line.push?.close()
    line.ahead?.close()
    line.schema?.close()
    line.soft.close()
    line.hard.close()
  }

  /** A key of a route under `refresh-ahead` was read while its copy was fresh. */
  wasRead(route: Route, db: number, key: Slice): void {
    const lifetimeMs = this.#parts.holdings.lifetimeMs(route, db, key)
    const leftMs = this.#endingMs(route, db, key, lifetimeMs)
    if (leftMs > 0) this.#parts.lines.of(route).ahead?.read(db, key, leftMs, lifetimeMs)
  }

  #renewAhead(route: Route, db: number, key: Slice): void {
    const { holdings, reads } = this.#parts
    if (this.#endingMs(route, db, key, holdings.lifetimeMs(route, db, key)) === 0) return
    if (reads.renew(route, db, key)) route.statistics.refreshAhead++
  }

  /** What is left of the freshness of what is held, where that is in its last fifth; 0 otherwise. */
  #endingMs(route: Route, db: number, key: Slice, lifetimeMs: number): number {
    const { clock, holdings } = this.#parts
    const leftMs = holdings.freshUntilMs(route, db, key) - clock.monotonicMs()
    return leftMs > 0 && leftMs <= lifetimeMs * aheadShare ? leftMs : 0
  }

  /** What was confirmed under another schema is asked for again, for it may not satisfy this one. */
  #watchSchema(route: Route, schema: Schema): SchemaWatch {
    const { clock, log } = this.#parts
    return new SchemaWatch(schema, clock, log, () => {
      log.notice(`origin '${route.name}' has another schema: its copies are looked at again`)
      route.sinceMs = clock.monotonicMs()
    })
  }
}
