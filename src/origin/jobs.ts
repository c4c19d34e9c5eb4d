import { errorReply, ReplyError } from '../base/index.js'
import type { Clock, Slice } from '../base/index.js'
import type { Keyspace } from '../keyspace/index.js'
import { Job } from './job.js'
import type { JobKind } from './job.js'
import { HeldKeys, ListedKeys } from './key-sources.js'
import type { KeySource } from './key-sources.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import { codeOf } from './secrets.js'
import { Unavailable } from './store.js'

/** Keys a second, where nobody says otherwise: what an origin that serves readers hardly notices. */
export const rateDefault = 1000
export const rateMax = 1_000_000

export interface JobOrder {
  readonly kind: JobKind
  readonly route: Route
  /** Where keys are filled, of a route of all databases. */
  readonly database: number
  /** Of WARM: the keys that are meant; null: all. */
  readonly match: Slice | null
  readonly rate: number
  readonly wanted: () => boolean
  /** Gets the job when it has ended or was cancelled, or why it did not begin. Never called before `start` returns. */
  readonly done: (outcome: Job | ReplyError) => void
}

/** What a job is at, by the names that ORIGIN JOBS gives them; null: not known. */
export type JobFigures = readonly (readonly [name: string, value: string | number | null])[]

/** The jobs that run: one of a kind for a route, so that two do not ask the same twice. */
export class Jobs {
  readonly #keyspace: Keyspace
  readonly #resolver: Resolver
  readonly #clock: Clock
  readonly #running: Job[] = []

  constructor(keyspace: Keyspace, resolver: Resolver, clock: Clock) {
    this.#keyspace = keyspace
    this.#resolver = resolver
    this.#clock = clock
  }

  get running(): readonly Job[] {
    return this.#running
  }

  /** @throws {ReplyError} it runs already, or the origin cannot do that */
  start(order: JobOrder): void {
    const { kind, route, rate, wanted, done } = order
    if (this.#running.some((job) => job.kind === kind && job.route === route)) {
      throw errorReply(`${commandOf(kind)} of origin '${route.name}' runs already; ORIGIN JOBS shows how far it is`)
    }
    const [source, keyspace, resolver, clock] = [this.#source(order), this.#keyspace, this.#resolver, this.#clock]
    const job = new Job({ kind, route, source, rate, keyspace, resolver, clock, wanted })
    this.#running.push(job)
    const end = (outcome: Job | ReplyError): void => {
      this.#running.splice(this.#running.indexOf(job), 1)
      done(outcome)
    }
    job.run().then(
      () => end(job),
      (error: unknown) => end(notBegun(route, error)),
    )
  }

  /** Ends what runs for a route, or for all. @returns how many jobs that were */
  cancel(route: Route | null): number {
    const meant = this.#running.filter((job) => (route === null || job.route === route) && !job.isCancelled)
    for (const job of meant) job.cancel()
    return meant.length
  }

  figures(job: Job): JobFigures {
    const { kind, route, rate, pausedFor, source } = job
    return [
      ['origin', route.name],
      ['job', kind],
      ['state', pausedFor === null ? 'running' : 'paused'],
      ['reason', pausedFor],
      ['rate', rate],
      ['looked', source.looked],
      ['total', source.total],
      ...this.report(job),
    ]
  }

  /** What became of a job's keys, by the names that its reply gives them. */
  report({ kind, counts, source, lastedMs, isCancelled }: Job): JobFigures {
    const { asked, filled, kept, absent, refused, unstored, failed } = counts
    const isWarm = kind === 'warm'
    return [
      ['asked', asked],
      [isWarm ? 'filled' : 'replaced', filled],
      ['kept', kept],
      [isWarm ? 'absent' : 'dropped', absent],
      ['refused', refused],
      ['unstored', unstored],
      ['failed', failed],
      ...(source instanceof ListedKeys ? ([['unbound', source.unbound]] as const) : []),
      ['cancelled', isCancelled ? 1 : 0],
      ['seconds', Math.round(lastedMs / 100) / 10],
    ]
  }

  /** @throws {ReplyError} */
  #source({ kind, route, database, match }: JobOrder): KeySource {
    const databases = this.#keyspace.databases.map(({ index }) => index).filter((index) => route.inDatabase(index))
    if (kind === 'reconcile') return new HeldKeys(this.#keyspace, this.#resolver, route, databases)
    if (route.store.list === undefined) throw errorReply(`origin '${route.name}' cannot list its keys`)
    if (!route.namesKeys) {
      throw errorReply(
        `the names at origin '${route.name}' do not lead back to keys: that takes {key}, or {1} of a pattern with one *, once`,
      )
    }
    return new ListedKeys(this.#resolver, route, databases.includes(database) ? database : databases[0], match)
  }
}

const commandOf = (kind: JobKind): string => `ORIGIN ${kind.toUpperCase()}`

function notBegun({ name }: Route, error: unknown): ReplyError {
  const reason = error instanceof Unavailable ? error.message : codeOf(error)
  return new ReplyError('ORIGINDOWN', `origin '${name}' does not list its keys (${reason})`)
}
