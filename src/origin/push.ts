import type { Clock, Log, Random, Slice, Timer } from '../base/index.js'
import { formatDuration } from '../base/index.js'
import { proofMsMax } from './coverage.js'
import type { Coverage } from './coverage.js'
import type { Route } from './route.js'
import { codeOf } from './secrets.js'
import { Unavailable } from './store.js'
import type { ChangeListener, OriginStore, Watch } from './store.js'

/** How often a connection is proven that does not want it more often. */
const proveEveryMs = 2000
/** Pauses between attempts to listen double from the first to the last of these. */
const pauseMsMin = 100
const pauseMsMax = 30_000

export interface PushParts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Pick<Log, 'notice' | 'warning'>
  /** A key of the route changed at its origin. */
  readonly changed: (key: Slice) => void
  /** Any key of the route may have: what was covered is so no longer. */
  readonly lapsed: () => void
}

/**
 * Keeps a route's origin telling of changes: listens, has the connection prove itself, and listens again when it is lost.
 * Meanwhile every read is validated, as under `always`.
 */
export class Push {
  readonly #route: Route
  readonly #coverage: Coverage
  readonly #store: Required<Pick<OriginStore, 'watch'>>
  readonly #parts: PushParts
  #watch: Watch | null = null
  /** The next step, or the deadline of the one under way. */
  #timer: Timer | null = null
  /** Of the connection that listens, or is to; what one of earlier says does not count. */
  #abort = new AbortController()
  #pauseMs = pauseMsMin
  #lostAtMs = NaN

  constructor(route: Route, coverage: Coverage, parts: PushParts) {
    this.#route = route
    this.#coverage = coverage
    this.#store = watchable(route)
    this.#parts = parts
    void this.#listen(this.#abort)
  }

  close(): void {
    this.#coverage.end()
    this.#drop()
  }

  async #listen(connection: AbortController): Promise<void> {
    const { hardTimeoutMs } = this.#route.options
    this.#within(hardTimeoutMs, 'it did not begin to listen', connection)
    try {
      const watch = await this.#store.watch(this.#listener(connection), connection.signal)
      if (connection === this.#abort) this.#began(watch, connection)
      else await watch.close() // it came too late, or was lost already
    } catch (error) {
      this.#lost(reasonOf(error), connection)
    }
  }

  #began(watch: Watch, connection: AbortController): void {
    const { clock, log } = this.#parts
    const nowMs = clock.monotonicMs()
    this.#watch = watch
    this.#pauseMs = pauseMsMin
    this.#coverage.begin(nowMs)
    if (Number.isNaN(this.#lostAtMs)) {
      log.notice(`origin '${this.#route.name}' tells of changes`)
    } else {
      const silent = formatDuration(Math.round(nowMs - this.#lostAtMs))
      log.notice(`origin '${this.#route.name}' tells of changes again after ${silent}`)
      this.#lostAtMs = NaN
    }
    this.#proveLater(watch, connection)
  }

  #proveLater(watch: Watch, connection: AbortController): void {
    this.#after(watch.proveEveryMs ?? proveEveryMs, () => void this.#prove(watch, connection))
  }

  async #prove(watch: Watch, connection: AbortController): Promise<void> {
    const fromMs = this.#parts.clock.monotonicMs()
    this.#within(proofMsMax, 'it did not prove itself', connection)
    try {
      await watch.prove(connection.signal)
      if (connection !== this.#abort) return
      this.#coverage.proven(fromMs)
      this.#proveLater(watch, connection)
    } catch (error) {
      this.#lost(reasonOf(error), connection)
    }
  }

  #listener(connection: AbortController): ChangeListener {
    const counts = (): boolean => connection === this.#abort
    return {
      changed: (name) => counts() && this.#changed(name),
      changedAll: () => counts() && this.#changedAll(),
      lost: (reason) => this.#lost(reason, connection),
    }
  }

  #changed(name: string): void {
    if (!this.#route.namesKeys) return this.#changedAll()
    this.#route.statistics.pushed++
    const key = this.#route.keyOf(name)
    if (key !== null) this.#parts.changed(key)
  }

  #changedAll(): void {
    this.#route.statistics.pushed++
    if (!this.#coverage.isLive) return
    this.#coverage.end()
    this.#coverage.begin(this.#parts.clock.monotonicMs())
    this.#parts.lapsed()
  }

  /** Listens again after a pause, with a tenth of jitter, so that a fleet does not come back in one moment. */
  #lost(reason: string, connection: AbortController): void {
    if (connection !== this.#abort) return
    const { clock, log, random } = this.#parts
    if (this.#coverage.isLive) {
      this.#coverage.end()
      this.#parts.lapsed()
    }
    this.#drop()
    if (Number.isNaN(this.#lostAtMs)) {
      this.#lostAtMs = clock.monotonicMs()
      this.#route.statistics.pushLost++
      log.warning(`origin ${this.#route.place} does not tell of changes: ${reason}; every read is validated meanwhile`)
    }
    const pauseMs = this.#pauseMs * (1 + random.below(100) / 1000)
    this.#pauseMs = Math.min(pauseMsMax, this.#pauseMs * 2)
    this.#after(pauseMs, () => void this.#listen(this.#abort))
  }

  /** Leaves the connection there is; nothing that still comes of it counts. */
  #drop(): void {
    this.#timer?.cancel()
    this.#abort.abort()
    this.#abort = new AbortController()
    void this.#watch?.close().catch(() => undefined)
    this.#watch = null
  }

  #within(ms: number, failure: string, connection: AbortController): void {
    this.#after(ms, () => this.#lost(`${failure} within ${formatDuration(ms)}`, connection))
  }

  #after(ms: number, job: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.schedule(ms, job)
  }
}

function watchable({ name, store }: Route): Required<Pick<OriginStore, 'watch'>> {
  const { watch } = store
  if (watch === undefined) throw new Error(`origin '${name}' cannot tell of changes`)
  return { watch: watch.bind(store) }
}

const reasonOf = (error: unknown): string => (error instanceof Unavailable ? error.message : codeOf(error))
