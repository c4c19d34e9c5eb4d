import type { Clock } from '../base/index.js'
import { formatDuration } from '../base/index.js'
import type { CancelSignal } from './cancellation.js'
import { Deadlines } from './deadlines.js'
import type { Health } from './health.js'
import type { Route } from './route.js'
import { codeOf } from './secrets.js'
import type { SlowRequests } from './slow-requests.js'
import { Unavailable } from './store.js'
import type { Answer, Ask, Write, Written } from './store.js'

interface Job {
  readonly what: 'FETCH' | 'WRITE'
  /** What the origin calls the key. */
  readonly name: string
  /** Makes the request. */
  readonly make: (signal: CancelSignal) => Promise<void>
  readonly controller: AbortController
  sentAtMs: number
  readonly reject: (reason: Unavailable) => void
}

/**
 * Sends the writes of one route, and what is asked on their behalf: at most `max-in-flight` at once, beside its reads; none
 * while the breaker is open.
 */
export class WriteQueue {
  readonly #route: Route
  readonly #health: Health
  readonly #clock: Clock
  readonly #hardDeadlines: Deadlines<Job>
  readonly #unsent: Job[] = []
  readonly #away = new Set<Job>()

  readonly #slow: SlowRequests

  constructor(route: Route, health: Health, clock: Clock, slow: SlowRequests) {
    this.#slow = slow
    this.#route = route
    this.#health = health
    this.#clock = clock
    this.#hardDeadlines = new Deadlines(clock, route.options.hardTimeoutMs, (job) => this.#timedOut(job))
  }

  /** @throws {Unavailable} the origin may have made it, unless it is `unwritten` */
  send(write: Write): Promise<Written> {
    const { store, statistics } = this.#route
    return this.#add('WRITE', write.key, async (signal) => {
      statistics.writes++
      const written = await store.write?.(write, signal)
      if (written === undefined) throw new Unavailable('it cannot be written to', { counts: false })
      return written
    })
  }

  /** What the origin holds of a key. @throws {Unavailable} */
  ask(ask: Ask): Promise<Answer> {
    const { store, statistics } = this.#route
    return this.#add('FETCH', ask.key, async (signal) => {
      statistics.requests++
      statistics.asks++
      const [answer] = await store.fetchMany([ask], signal)
      if (answer instanceof Unavailable) throw answer
      return answer
    })
  }

  /** Gives up everything. */
  close(): void {
    this.#hardDeadlines.close()
    for (const job of this.#away) {
      job.controller.abort()
      job.reject(new Unavailable('its origin is gone'))
    }
    this.#away.clear()
    this.#rejectUnsent(new Unavailable('its origin is gone'))
  }

  #add<T>(what: Job['what'], name: string, request: (signal: CancelSignal) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const job: Job = {
        what,
        name,
        make: async (signal) => {
          const answer = await request(signal)
          if (!this.#landed(job, 'ok')) return
          this.#health.answered(job.sentAtMs)
          resolve(answer)
        },
        controller: new AbortController(),
        sentAtMs: NaN,
        reject,
      }
      this.#unsent.push(job)
      this.#flush()
    })
  }

  #flush(): void {
    while (this.#unsent.length > 0 && this.#away.size < this.#route.options.maxInFlight) {
      const { blocked } = this.#health
      if (blocked !== null) return this.#rejectUnsent(notSent(blocked.message))
      this.#request(this.#unsent.shift()!)
    }
    if (this.#unsent.length > this.#route.options.queueMax) {
      this.#unsent.pop()?.reject(notSent(`${this.#route.options.queueMax} writes already wait for it`))
    }
  }

  #rejectUnsent(reason: Unavailable): void {
    for (const job of this.#unsent.splice(0)) job.reject(reason)
  }

  #request(job: Job): void {
    job.sentAtMs = this.#clock.monotonicMs()
    this.#health.sent()
    this.#away.add(job)
    this.#hardDeadlines.add(job, job.sentAtMs)
    void this.#made(job)
  }

  async #made(job: Job): Promise<void> {
    try {
      await job.make(job.controller.signal)
    } catch (error) {
      const reason = error instanceof Unavailable ? error : new Unavailable(codeOf(error))
      if (this.#landed(job, reason.message)) this.#fail(job, reason)
    }
    this.#flush()
  }

  #timedOut(job: Job): void {
    const reason = new Unavailable(`no answer within ${formatDuration(this.#route.options.hardTimeoutMs)}`)
    if (!this.#landed(job, reason.message)) return
    job.controller.abort()
    this.#fail(job, reason)
    this.#flush()
  }

  #landed(job: Job, outcome: string): boolean {
    if (!this.#away.delete(job)) return false
    this.#hardDeadlines.delete(job)
    const tookMs = this.#clock.monotonicMs() - job.sentAtMs
    this.#route.statistics.took(tookMs)
    this.#slow.note(this.#route, job.what, outcome, tookMs, () => [job.name])
    return true
  }

  #fail(job: Job, reason: Unavailable): void {
    this.#route.statistics.writeErrors++
    this.#health.failed(reason)
    job.reject(reason)
  }
}

/** The origin was not even asked. */
const notSent = (reason: string): Unavailable => new Unavailable(reason, { unwritten: true })
