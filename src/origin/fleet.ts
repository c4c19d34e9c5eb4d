import { Slice } from '../base/index.js'
import type { Clock, Log, Random } from '../base/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { Coverage } from './coverage.js'
import type { Flight } from './flight.js'
import type { Holdings } from './holdings.js'
import type { Line, Lines } from './lines.js'
import { PrimaryPush } from './primary-push.js'
import { Push } from './push.js'
import type { Route } from './route.js'
import type { RouteTable } from './routes.js'
import type { Rules } from './rules.js'
import type { Ask } from './store.js'
import { Upstream } from './upstream.js'
import type { Primary } from './upstream.js'

/** The channel on which servers that follow are told, which no stock Redis has a use for. */
export const followersChannel = '__truedis__:origins'

export interface FleetParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'notice' | 'warning'>
  readonly rules: Rules
  readonly keyspace: Keyspace
  readonly holdings: Holdings
  readonly routes: RouteTable
  readonly lines: Lines
  readonly describe: (flight: Flight) => Ask | null
  readonly unsettled: (flight: Flight) => void
  /** The primary waits for an origin that takes long. */
  readonly late: (flight: Flight) => void
  /** What is held of a key is out of date, by the word of its origin or of the primary. */
  readonly invalidate: (db: number, key: Slice, byPrimary: boolean) => void
  /** Any copy may be. */
  readonly lapsed: () => void
  /** Sends servers that follow this one a message, behind all that they were sent before. */
  readonly tellFollowers: (message: Buffer) => void
}

/** This server among those that it follows and that follow it: who asks origins, and who hears of their changes by whom. */
export class Fleet {
  readonly upstream: Upstream
  readonly #parts: FleetParts
  /** While the primary is asked: what it tells. */
  #primaryPush: PrimaryPush | null = null

  constructor(parts: FleetParts) {
    const { clock, rules, holdings, log, describe, unsettled, late } = parts
    this.#parts = parts
    const turned = (): void => this.#turned()
    this.upstream = new Upstream({ clock, rules, holdings, log, describe, unsettled, late, turned })
  }

  /** Whether the primary is asked in place of the origins. */
  get asksPrimary(): boolean {
    return this.upstream.asksPrimary
  }

  /** This server follows that one, or nobody: what is away is asked of whom is to be asked now. */
  follow(primary: Primary | null): void {
    this.#hearNobody()
    this.upstream.follow(primary)
    for (const { queue } of this.#parts.lines.all()) queue.interrupt()
  }

  /** The link to the primary went down or came up: what was told meanwhile may be lost, and it may be another program. */
  relinked(): void {
    this.upstream.relinked()
    this.#hearNobody()
    this.#hearPrimary()
  }

  /** Has a route's origin tell of changes where it is to, and is asked by this server itself; the primary otherwise. */
  listen(route: Route, line: Line): void {
    if (route.coverage === null) return
    if (this.asksPrimary) {
      line.push?.close()
      line.push = null
      this.#hearPrimary()
    } else line.push ??= this.#newPush(route, route.coverage)
  }

  /** Has a route's store bring up what takes long, unless it is asked for nothing, as that of a follower. */
  start(route: Route): void {
    if (!this.asksPrimary && this.#parts.lines.find(route) !== undefined) route.store.start?.()
  }

  // --- what a primary tells its followers: `k <database> <key>`, or `r <route>` for any of its keys

  tellOf(db: number, key: Slice): void {
    this.#parts.tellFollowers(Buffer.concat([Buffer.from(`k ${db} `), key.toBuffer()]))
  }

  told(message: Buffer): void {
    const { routes, keyspace, invalidate } = this.#parts
    const [, db] = /^k (\d+) /.exec(message.toString('latin1', 0, 16)) ?? []
    if (db !== undefined) {
      const key = Slice.from(Buffer.from(message.subarray(3 + db.length)))
      if (Number(db) < keyspace.databases.length && routes.find(Number(db), key) !== null) {
        invalidate(Number(db), key, true)
      }
      return
    }
    const route = routes.named(message.toString('utf8', 2))
    if (route !== null && route.coverage !== null) this.#primaryPush?.changedAll(route.coverage)
  }

  // --- private

  /** Whom keys are asked of is another from now on. */
  #turned(): void {
    const { routes, lines } = this.#parts
    if (!this.asksPrimary) this.#hearNobody()
    for (const route of routes.all) {
      this.listen(route, lines.of(route))
      this.start(route)
    }
  }

  #hearPrimary(): void {
    const { clock, lapsed } = this.#parts
    const { proveEveryMs } = this.upstream
    if (this.#primaryPush !== null || !this.asksPrimary || [...this.#coverages()].length === 0) return
    this.#primaryPush = new PrimaryPush({
      clock,
      lapsed,
      coverages: () => this.#coverages(),
      prove: (signal) => this.upstream.hear(signal),
      ...(proveEveryMs !== undefined && { proveEveryMs }),
    })
  }

  #hearNobody(): void {
    this.#primaryPush?.close()
    this.#primaryPush = null
  }

  *#coverages(): Generator<Coverage> {
    for (const { coverage } of this.#parts.routes.all) if (coverage !== null) yield coverage
  }

  #newPush(route: Route, coverage: Coverage): Push {
    const { keyspace, routes, clock, random, log, invalidate, lapsed, tellFollowers } = this.#parts
    const databases = keyspace.databases.map(({ index }) => index).filter((index) => route.inDatabase(index))
    return new Push(route, coverage, {
      clock,
      random,
      log,
      changed: (key) => {
        for (const db of databases) if (routes.find(db, key) === route) invalidate(db, key, false)
      },
      lapsed: () => {
        tellFollowers(Buffer.from(`r ${route.name}`))
        lapsed()
      },
    })
  }
}
