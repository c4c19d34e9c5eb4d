import { once } from 'node:events'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { CancelSignal } from '../../cancellation.js'
import { RouteError } from '../../route-error.js'
import { codeOf } from '../../secrets.js'
import { Unavailable } from '../../store.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, StoreFacts, Watch } from '../../store.js'
import { Template } from '../../template.js'
import { readLocalUrl } from '../opening.js'
import type { OpenStore } from '../opening.js'
import { isSqlText, nameParts, parametersOf, readSqlSearch } from './source.js'
import { bestSqliteDriver, sqliteDrivers } from './sqlite-drivers.js'
import { unpack } from './sqlite-messages.js'
import type { Request, Response } from './sqlite-messages.js'
import { sqliteBatchMax } from './sqlite-reader.js'
import type { SqliteReaderOptions } from './sqlite-reader.js'
import { watchSqlite } from './sqlite-watch.js'
import type { SqliteChanges } from './sqlite-watch.js'

interface Pending {
  readonly done: (response: Response) => void
  readonly failed: (reason: Unavailable) => void
}

type Question =
  | { readonly kind: 'answer'; readonly asks: readonly { readonly key: string; readonly digest: string | null }[] }
  | { readonly kind: 'changes'; readonly afterId: number }
  | { readonly kind: 'names'; readonly after: string | null }
  | { readonly kind: 'open' }

/**
 * `sqlite:` — a row per key in a SQLite file, or a query's one row; `Ask.key` is the parameter.
 *
 * A thread of its own reads the file, started with its route or by the first request: a slow disk, a lock, a query
 * without an index hold up this origin and nothing else. What is given up is left to end there: a driver cannot be stopped
 * halfway.
 */
export class SqliteStore implements OriginStore {
  readonly batchMax = sqliteBatchMax
  readonly list?: (prefix: string, cursor: NamePage['next'], signal: CancelSignal) => Promise<NamePage>
  readonly facts: StoreFacts
  readonly #options: SqliteReaderOptions
  readonly #workerUrl: URL
  #worker: Worker | null = null
  readonly #pending = new Map<number, Pending>()
  #lastId = 0

  /** @param workerUrl of sqlite-worker.js, for who runs this file from elsewhere than beside it */
  constructor(options: SqliteReaderOptions, workerUrl = new URL('./sqlite-worker.js', import.meta.url)) {
    this.facts = { path: options.path, driver: options.driver.name }
    this.#options = options
    this.#workerUrl = workerUrl
    if (options.source.kind === 'table') this.list = (_, cursor, signal) => this.#names(cursor as string | null, signal)
  }

  /** Half a second of a first read would be the thread's start and the driver's. Why it cannot open the file, reads say. */
  start(): void {
    this.#ask({ kind: 'open' }, new AbortController().signal).catch(() => undefined)
  }

  async fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly Answer[]> {
    const expressible = asks.filter(({ key }) => isSqlText(key))
    if (expressible.length === 0) return asks.map(() => ({ kind: 'absent' }))
    const question = {
      kind: 'answer',
      asks: expressible.map(({ key, digest }) => ({ key, digest: digest?.toString('latin1') ?? null })),
    } as const
    const response = await this.#ask(question, signal)
    if (response.kind !== 'answers') throw new Unavailable('its thread answered something else', { counts: false })
    const answers = unpack(response.answers, response.bytes)
    let next = 0
    return asks.map(({ key }) => (isSqlText(key) ? answers[next++] : { kind: 'absent' }))
  }

  /** Tells of changes by looking for them, on the connection that reads. */
  watch(listener: ChangeListener, signal: CancelSignal): Promise<Watch> {
    return watchSqlite((afterId, signal) => this.#changes(afterId, signal), listener, signal)
  }

  /** Waits for the thread, unless it is in the middle of a request. */
  async close(): Promise<void> {
    const worker = this.#worker
    if (worker === null) return
    const busy = this.#pending.size > 0
    worker.ref()
    const exited = once(worker, 'exit')
    worker.postMessage('close')
    if (!busy) await exited
  }

  async #changes(afterId: number, signal: CancelSignal): Promise<SqliteChanges> {
    const response = await this.#ask({ kind: 'changes', afterId }, signal)
    if (response.kind !== 'changes') throw new Unavailable('its thread answered something else', { counts: false })
    return response
  }

  async #names(after: string | null, signal: CancelSignal): Promise<NamePage> {
    const response = await this.#ask({ kind: 'names', after }, signal)
    if (response.kind !== 'names') throw new Unavailable('its thread answered something else', { counts: false })
    return { names: response.names.filter(isSqlText), next: response.next }
  }

  #ask(question: Question, signal: CancelSignal): Promise<Response> {
    return new Promise((done, failed) => {
      const id = ++this.#lastId
      const giveUp = (): void => this.#take(id)?.failed(new Unavailable('nobody waits', { counts: false }))
      const settle = <T>(then: (outcome: T) => void): ((outcome: T) => void) => {
        return (outcome) => {
          signal.removeEventListener('abort', giveUp)
          then(outcome)
        }
      }
      this.#pending.set(id, { done: settle(done), failed: settle(failed) })
      signal.addEventListener('abort', giveUp)
      if (signal.aborted) return giveUp()
      this.#worker ??= this.#start()
      const request: Request = { id, ...question }
      this.#worker.postMessage(request)
    })
  }

  #take(id: number): Pending | null {
    const pending = this.#pending.get(id) ?? null
    this.#pending.delete(id)
    return pending
  }

  #start(): Worker {
    const worker = new Worker(this.#workerUrl, { workerData: this.#options })
    worker.unref()
    worker.on('message', (response: Response) => {
      const pending = this.#take(response.id)
      if (response.kind !== 'unavailable') pending?.done(response)
      else pending?.failed(new Unavailable(response.reason, { counts: response.counts }))
    })
    worker.on('error', (error) => this.#ended(worker, `its thread failed: ${codeOf(error)}`))
    worker.on('exit', () => this.#ended(worker, 'its thread ended'))
    return worker
  }

  #ended(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return
    this.#worker = null
    for (const id of [...this.#pending.keys()]) this.#take(id)?.failed(new Unavailable(reason))
  }
}

const example = 'sqlite:./app.db?table=users&key=username'

/** `sqlite:./app.db?table=users&key=username`, the key named by what the first `*` matched; `#{key}` names it otherwise. */
export const openSqlite: OpenStore = (url, options, { baseDirectory }) => {
  const { path, search, fragment } = readLocalUrl(url, { example, hasSearch: true })
  const { source, more } = readSqlSearch(search, 'sqlite', ['outbox'])
  const outbox = more.get('outbox')
  if (source.kind === 'query') checkParameters(source.query)
  const store = new SqliteStore({
    driver: bestSqliteDriver(sqliteDrivers(baseDirectory)),
    path: resolve(baseDirectory, path),
    source,
    as: options.as,
    valueBytesMax: options.valueBytesMax,
    busyTimeoutMs: options.hardTimeoutMs,
    outbox: outbox === undefined ? null : nameParts(outbox),
  })
  return { store, template: new Template(fragment ?? '{1}', 'parameter') }
}

/** A key is bound, never written into the query: what has no parameter would answer every key alike. */
function checkParameters(query: string): void {
  const parameters = parametersOf(query)
  if (parameters.length === 1 && parameters[0] === '?') return
  throw new RouteError('the query of a sqlite: URL has one parameter, ?, which the key is bound to')
}
