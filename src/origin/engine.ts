import { createHash } from 'node:crypto'
import type { Clock, Log, Random, Slice } from '../base/index.js'
import { Copies } from '../keyspace/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { InfoLine, InfoSection } from '../observe/index.js'
import { FollowerBatch } from './follower-batch.js'
import type { FollowerAsk } from './follower-batch.js'
import { Jobs } from './jobs.js'
import { parseRoute } from './parse.js'
import type { RouteContext } from './parse.js'
import { Resolver } from './resolver.js'
import { RouteError } from './route-error.js'
import type { Route } from './route.js'
import type { Rules } from './rules.js'
import type { SettledBatch } from './settled.js'
import { walk } from './walk.js'

export interface OriginEngineOptions {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'notice' | 'warning'>
  /** Whether an answer may be stored now: false while memory is full or writes are paused. */
  readonly mayStore: () => boolean
  /** What routes that ORIGIN ADD brings find their files and secrets by. */
  readonly context: RouteContext
  /** Told of what ORIGIN ADD and DEL did, so that CONFIG REWRITE keeps it. */
  readonly onAdded?: (words: readonly string[]) => void
  readonly onRemoved?: (name: string) => void
  /** The replication offset now. Left out: 0, nobody follows. */
  readonly replicationOffset?: () => number
  /** Sends servers that follow this one a message, behind all that they were sent before. Left out: nobody follows. */
  readonly tellFollowers?: (message: Buffer) => void
  /** Runs a job at the end of this loop turn. Left out: setImmediate. */
  readonly defer?: (job: () => void) => void
  /** False: writes that wait are not made before `startWrites`. Left out: true. */
  readonly makesWrites?: boolean
  /** The engine's decisions and its door to the keyspace; tests put others in place to see them missed. */
  readonly rules?: Rules
  readonly copies?: Copies
}

/** The engine as a whole: routes that come and go, what is done to all their keys, and INFO's section. */
export class OriginEngine implements InfoSection {
  readonly name = 'origin'
  readonly title = 'Origin'
  readonly resolver: Resolver
  readonly jobs: Jobs
  readonly clock: Clock
  readonly keyspace: Keyspace
  readonly #options: OriginEngineOptions
  /** What each follower asked last, by its connection. */
  readonly #batches = new WeakMap<object, FollowerBatch>()

  constructor(options: OriginEngineOptions) {
    const { keyspace, clock, copies = new Copies(keyspace) } = options
    this.#options = options
    this.clock = clock
    this.keyspace = keyspace
    this.resolver = new Resolver({ ...options, copies })
    this.jobs = new Jobs(keyspace, this.resolver, clock)
  }

  /** The route that a directive describes, if it may be bound now. @throws {RouteError} */
  parse(words: readonly string[]): Route {
    const route = parseRoute(words, this.#options.context)
    this.resolver.routes.check(route)
    return route
  }

  /**
   * Binds a route's keys while the server runs.
   *
   * @param adopt takes over keys that exist, to be validated by their first read
   * @param done gets what is wrong, or null; never called before this returns
   */
  bind(route: Route, adopt: boolean, done: (problem: string | null) => void): void {
    const finish = (existing: number): void => {
      try {
        if (existing > 0) throw new RouteError(`${existing} keys exist that it would bind; delete them, or 'adopt yes'`)
        if (route.options.write === 'behind') this.#checkReserved()
        this.resolver.addRoute(route)
        route.sinceMs = this.clock.monotonicMs()
        this.#options.onAdded?.(route.written)
        done(null)
      } catch (error) {
        if (!(error instanceof RouteError)) throw error
        void route.store.close()
        done(`origin '${route.name}': ${error.message}`)
      }
    }
    if (adopt) return this.resolver.defer(() => finish(0))
    this.#walk(route, this.#unboundOf(route), () => true, finish)
  }

  /**
   * Takes a route away, and with it its copies, unless they are to be kept as plain keys; what waits to be written to it
   * is gone as well.
   *
   * @param done gets the number of copies that were dropped; never called before this returns
   * @returns false where there is no such route
   */
  remove(name: string, keep: boolean, done: (dropped: number) => void): boolean {
    const route = this.resolver.routes.named(name)
    if (route === null) return false
    this.jobs.cancel(route)
    this.resolver.behind(route)?.discard()
    void this.resolver.removeRoute(route)
    this.#options.onRemoved?.(name)
    if (keep) this.resolver.defer(() => done(0))
    else this.#walk(route, this.#unboundOf(route), (db, key) => this.resolver.holdings.dropCopy(db, key), done)
    return true
  }

  /** Invalidates what is held of all keys that match, of one route or of all. */
  invalidateMatching(
    databases: readonly number[],
    matches: (db: number, key: Slice) => boolean,
    done: (count: number) => void,
  ): void {
    const forgotten = this.resolver.forgetAbsences((db, key) => databases.includes(db) && matches(db, key))
    const { keyspace, resolver } = this
    const visit = (db: number, key: Slice): boolean => resolver.invalidate(db, key)
    walk({ keyspace, databases, matches, visit, defer: resolver.defer, done: (count) => done(count + forgotten) })
  }

  /**
   * Settles keys for a server that follows this one, or without any goes on with those that are still pending.
   *
   * @param client whose connection it is
   * @param done may be called at once
   */
  settleForFollower(client: object, ask: FollowerAsk, done: (batch: SettledBatch) => void): void {
    let batch = this.#batches.get(client)
    if (ask.keys.length > 0 || batch === undefined) {
      batch?.cancel()
      batch = new FollowerBatch(this.resolver, ask, this.#options.replicationOffset ?? (() => 0))
      this.#batches.set(client, batch)
    }
    batch.tell(done)
  }

  /** Databases in which a route binds keys. */
  databasesOf(route: Route): number[] {
    const { databases, reserved } = this.keyspace
    return databases.map(({ index }) => index).filter((index) => route.inDatabase(index) && index !== reserved)
  }

  /** SHA-256 over the routes as they are shown: servers with the same routes show the same. */
  get routesDigest(): string {
    const hash = createHash('sha256')
    for (const route of this.resolver.routes.all) {
      hash.update(JSON.stringify([route.name, route.patternText, route.shownUrl, ...route.shownOptions]))
    }
    return hash.digest('hex')
  }

  *lines(): Generator<InfoLine> {
    const { all } = this.resolver.routes
    yield ['origins', all.length]
    yield ['routes_digest', this.routesDigest]
    yield ['origins_asked_by', this.resolver.asksPrimary ? 'primary' : 'self']
    yield ['negative_entries', this.resolver.holdings.negatives.size]
    yield ['origin_jobs', this.jobs.running.length]
    for (const job of this.jobs.running) {
      const [[, name], [, kind], ...figures] = this.jobs.figures(job).filter(([name]) => name !== 'reason')
      yield [`origin_job_${kind}_${name}`, figures.map(([name, value]) => `${name}=${value ?? ''}`).join()]
    }
    for (const route of all) {
      yield [`origin_${route.name}`, [...this.figures(route)].map(([name, value]) => `${name}=${value}`).join()]
    }
  }

  /** What a route is at, and what it did, by the names that INFO gives them. */
  *figures(route: Route): Generator<readonly [name: string, value: string | number]> {
    const { breaker, failingMs, push, waiting, inFlight } = this.resolver.load(route)
    yield* Object.entries({ breaker, failing_ms: failingMs, push, waiting, in_flight: inFlight })
    const behind = this.resolver.behind(route)
    yield* Object.entries({ pending_writes: behind?.length ?? 0, dead_letters: behind?.deadLetters.count ?? 0 })
    yield* route.statistics.lines()
  }

  /** Routes with writes that this server is to make and has not made yet. */
  *pendingWrites(): Generator<{ readonly name: string; readonly count: number }> {
    for (const route of this.resolver.routes.all) {
      const behind = this.resolver.behind(route)
      if (behind?.isOn === true && behind.length > 0) yield { name: route.name, count: behind.length }
    }
  }

  /** The dataset is in place, and this server is the one that writes it: makes the writes that wait for their origins. */
  startWrites(): void {
    const { reserved, databases } = this.keyspace
    const foreign = reserved < 0 ? 0 : this.#foreignKeys()
    if (foreign > 0) {
      const { log } = this.#options
      log.warning(
        `database ${reserved} is kept for writes that wait for their origins, and holds ${foreign} other keys: no client ` +
          `reaches them. Set 'databases' to ${databases.length + 1}, which keeps the next one instead`,
      )
    }
    this.resolver.behinds.start()
  }

  /** Another server is. */
  stopWrites(): void {
    this.resolver.behinds.stop()
  }

  resetStatistics(): void {
    for (const route of this.resolver.routes.all) route.statistics.reset()
  }

  /** Takes every route away; the copies stay as they are. */
  async close(): Promise<void> {
    this.jobs.cancel(null)
    await Promise.all(this.resolver.routes.all.map((route) => this.resolver.removeRoute(route)))
  }

  /** @throws {RouteError} clients' keys stand where writes are to wait */
  #checkReserved(): void {
    const { databases, reserved } = this.keyspace
    const last = databases.length - 1
    if (reserved >= 0 || databases[last].size === 0) return
    throw new RouteError(
      `'write behind' keeps the writes that wait in the last database, ${last}, which has ${databases[last].size} keys; ` +
        `move them, or set 'databases' to ${databases.length + 1}`,
    )
  }

  /** Keys of the reserved database that are not the server's own. */
  #foreignKeys(): number {
    const database = this.keyspace.databases[this.keyspace.reserved]
    const own = this.resolver.routes.all.flatMap((route) => this.resolver.behind(route)?.journals ?? [])
    return database.size - own.filter(({ exists }) => exists).length
  }

  /** Keys that a route would take, and no other has. */
  #unboundOf(route: Route): (db: number, key: Slice) => boolean {
    return (db, key) => route.takes(db, key) && !this.resolver.isBound(db, key)
  }

  #walk(
    route: Route,
    matches: (db: number, key: Slice) => boolean,
    visit: (db: number, key: Slice) => boolean,
    done: (count: number) => void,
  ): void {
    const { keyspace, resolver } = this
    walk({ keyspace, databases: this.databasesOf(route), matches, visit, defer: resolver.defer, done })
  }
}
