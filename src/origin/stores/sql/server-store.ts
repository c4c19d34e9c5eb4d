import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, Watch, Write, Written } from '../../store.js'
import { pageByKey } from './key-pages.js'
import type { KeyRow } from './key-pages.js'
import { Pool } from './pool.js'
import type { Pooled } from './pool.js'
import type { SqlRow, SqlRows } from './rows.js'
import { isSqlText } from './source.js'
import { writeKey } from './writer.js'
import type { SqlWritePlan } from './writer.js'

/** What a driver's error means. */
export interface SqlFailure {
  /** Told to clients and the log: a code and words of ours, since a database's own may quote values. */
  readonly reason: string
  /** Whether the breaker counts it. */
  readonly counts: boolean
  /** The connection was lost, rather than something answered. */
  readonly isLost: boolean
  /** The statement no longer fits the table: somebody altered it. */
  readonly isStale: boolean
  /** The key, or the value, was refused as such, by the one statement of a key. */
  readonly isRefusal: boolean
  /** Somebody else made a row of the same key. */
  readonly isDuplicate: boolean
}

/** How keys are asked for in one table or query, as its columns are now. */
export interface SqlPlan<S> {
  readonly rows: SqlRows
  /** False: to be described anew for each request. */
  readonly isLasting?: boolean
  /** Whether the key column can hold it; what cannot be held is absent, unasked. */
  isExpressible(key: string): boolean
  /** How keys are written; left out of queries. */
  writes?(session: S): Promise<SqlWritePlan<S>>
  /** Keys from a place on, as `pageByKey` wants them; left out of queries. */
  keys?(session: S, from: string | null, limit: number): Promise<readonly KeyRow[]>
  /** One statement for all keys; the rows in any order. */
  fetch(session: S, keys: readonly string[], known: readonly (Buffer | null)[]): Promise<readonly SqlRow[]>
}

/** One kind of database server. */
export interface SqlDialect<S extends Pooled> {
  /** Keys of one statement. */
  readonly batchMax: number
  /** Whether its values can be written, whether its keys can be listed, and whether it tells of changes. */
  readonly isWritable: boolean
  readonly isListable: boolean
  readonly isWatchable: boolean
  /** @throws what `failure` explains */
  connect(signal: CancelSignal): Promise<S>
  describe(session: S): Promise<SqlPlan<S>>
  /** Listens on a session that nobody else uses, and that the watch closes. */
  watch(session: S, listener: ChangeListener): Promise<Watch>
  failure(error: unknown): SqlFailure
}

/**
 * Rows of a table by their key, or a query's one row, in a database server.
 *
 * Many keys go in one statement; what the copy here already is does not come back (`SqlRows`). A connection that was lost
 * while it lay idle, and a table that was altered, cost one more try.
 */
export class SqlServerStore<S extends Pooled> implements OriginStore {
  readonly batchMax: number
  readonly write?: (write: Write, signal: CancelSignal) => Promise<Written>
  readonly list?: (prefix: string, cursor: NamePage['next'], signal: CancelSignal) => Promise<NamePage>
  readonly watch?: (listener: ChangeListener, signal: CancelSignal) => Promise<Watch>
  readonly #pool: Pool<S>
  readonly #dialect: SqlDialect<S>
  #plan: SqlPlan<S> | null = null
  #writePlan: { readonly of: SqlPlan<S>; readonly writes: SqlWritePlan<S> } | null = null

  constructor(dialect: SqlDialect<S>, connectionsMax: number) {
    this.#dialect = dialect
    this.batchMax = dialect.batchMax
    this.#pool = new Pool((signal) => dialect.connect(signal), connectionsMax)
    if (dialect.isWritable) this.write = (write, signal) => this.#write(write, signal)
    if (dialect.isListable) this.list = (_, cursor, signal) => this.#list(cursor as string | null, signal)
    if (dialect.isWatchable) this.watch = (listener, signal) => this.#watch(listener, signal)
  }

  async fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly Answer[]> {
    if (!asks.some(({ key }) => isSqlText(key))) return asks.map(() => absent)
    try {
      return await this.#trying(signal, (session) => this.#fetch(session, asks))
    } catch (error) {
      const { isRefusal, reason } = this.#failed(error)
      if (isRefusal && asks.length === 1)
        return [{ kind: 'refused', reason: `cannot be asked for with its query: ${reason}` }]
      throw this.#unavailable(error, 'read')
    }
  }

  async close(): Promise<void> {
    this.#pool.close()
  }

  async #write(write: Write, signal: CancelSignal): Promise<Written> {
    try {
      return await this.#trying(signal, async (session) => {
        const plan = await this.#planOf(session)
        if (this.#writePlan?.of !== plan) {
          if (plan.writes === undefined) return { kind: 'refused', reason: 'is of a query, which is only read' }
          this.#writePlan = { of: plan, writes: await plan.writes(session) }
        }
        const { writes } = this.#writePlan
        return writeKey({ plan, writes, failure: (error) => this.#failed(error) }, session, write)
      })
    } catch (error) {
      throw this.#unavailable(error, 'written')
    }
  }

  async #list(from: string | null, signal: CancelSignal): Promise<NamePage> {
    try {
      return await this.#trying(signal, async (session) => {
        const plan = await this.#planOf(session)
        return pageByKey(from, async (place, limit) => (await plan.keys?.(session, place, limit)) ?? [])
      })
    } catch (error) {
      throw this.#unavailable(error, 'listed')
    }
  }

  async #watch(listener: ChangeListener, signal: CancelSignal): Promise<Watch> {
    try {
      const session = await this.#dialect.connect(signal)
      const cancel = (): void => session.cancel()
      signal.addEventListener('abort', cancel)
      try {
        const watch = await this.#dialect.watch(session, listener)
        const failed = (error: unknown): never => {
          throw this.#unavailable(error, 'watched')
        }
        return { ...watch, prove: (signal) => watch.prove(signal).catch(failed) }
      } catch (error) {
        session.cancel()
        throw error
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    } catch (error) {
      throw this.#unavailable(error, 'watched')
    }
  }

  /** What is known of an error, be it ours or a driver's. */
  #failed(error: unknown): SqlFailure {
    return error instanceof Unavailable ? ours(error) : this.#dialect.failure(error)
  }

  #unavailable(error: unknown, done: 'read' | 'written' | 'listed' | 'watched'): Unavailable {
    if (error instanceof Unavailable) return error
    const { reason, counts } = this.#dialect.failure(error)
    return new Unavailable(`database cannot be ${done}: ${reason}`, { counts, unwritten: true })
  }

  /** The plan for a session's table, looked up where none is known. */
  async #planOf(session: S): Promise<SqlPlan<S>> {
    if (this.#plan !== null) return this.#plan
    const plan = await this.#dialect.describe(session)
    if (plan.isLasting !== false) this.#plan = plan
    return plan
  }

  async #trying<T>(signal: CancelSignal, work: (session: S) => Promise<T>): Promise<T> {
    let mayBeLost = false
    const hadPlan = this.#plan
    const attempt = (): Promise<T> =>
      this.#pool.use(signal, (session, isUsed) => {
        mayBeLost = isUsed
        return work(session)
      })
    try {
      return await attempt()
    } catch (error) {
      const { isLost, isStale } = this.#failed(error)
      if (signal.aborted || !((isLost && mayBeLost) || (isStale && hadPlan !== null))) throw error
      if (isStale && this.#plan === hadPlan) this.#plan = null
      if (isLost) this.#pool.dropIdle()
      return await attempt()
    }
  }

  async #fetch(session: S, asks: readonly Ask[]): Promise<readonly Answer[]> {
    const plan = await this.#planOf(session)
    const asked = asks.filter(({ key }) => isSqlText(key) && plan.isExpressible(key))
    if (asked.length === 0) return asks.map(() => absent)
    const known = asked.map((ask) => plan.rows.known(ask))
    const keys = asked.map(({ key }) => key)
    const rowsOf = byAsk(await plan.fetch(session, keys, known), asked.length)
    const answers = asked.map((ask, i) => plan.rows.answer(rowsOf[i] ?? none, ask))
    const settled = await Promise.all(answers)
    if (asked.length === asks.length) return settled
    const all = new Map(asked.map((ask, i) => [ask, settled[i]]))
    return asks.map((ask) => all.get(ask) ?? absent)
  }
}

const absent: Answer = { kind: 'absent' }
const none: readonly SqlRow[] = []

function byAsk(rows: readonly SqlRow[], count: number): (SqlRow[] | undefined)[] {
  const grouped = new Array<SqlRow[] | undefined>(count).fill(undefined)
  for (const row of rows) (grouped[row[0] - 1] ??= []).push(row)
  return grouped
}

const ours = ({ message, counts }: Unavailable): SqlFailure => ({
  reason: message,
  counts,
  isLost: false,
  isStale: false,
  isRefusal: false,
  isDuplicate: false,
})
