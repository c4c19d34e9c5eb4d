import type { CancelSignal } from '../../cancellation.js'
import { RouteError } from '../../route-error.js'
import { codeOf } from '../../secrets.js'
import { Template } from '../../template.js'
import { Unavailable } from '../../store.js'
import type { ChangeListener, Watch } from '../../store.js'
import type { ValueKind } from '../../options.js'
import type { OpenStore } from '../opening.js'
import { loadDriver } from '../load-driver.js'
import { PostgresSession, binaryArray } from './postgres-session.js'
import type { PostgresDriver } from './postgres-session.js'
import {
  isKeyOf,
  jsonKindOf,
  keyRowOf,
  queryFetch,
  tableFetch,
  tableKeys,
  tableName,
  valueColumns,
} from './postgres-statements.js'
import type { PostgresColumn, PostgresForm } from './postgres-statements.js'
import { listen, watchOutbox } from './postgres-watch.js'
import { postgresWrites } from './postgres-writes.js'
import { SqlRows } from './rows.js'
import type { SqlRow } from './rows.js'
import { SqlServerStore } from './server-store.js'
import type { SqlDialect, SqlFailure, SqlPlan } from './server-store.js'
import { readServerUrl } from './server-url.js'
import type { SqlServer } from './server-url.js'
import { hasDigest, nameParts, parametersOf, readSqlSearch } from './source.js'
import type { SqlSource } from './source.js'

export interface PostgresOptions {
  readonly server: SqlServer
  readonly source: SqlSource
  readonly as: ValueKind
  readonly valueBytesMax: number
  /** The channel, or the table, that tells of changes; null: nothing does. */
  readonly changes: { readonly kind: 'notify' | 'outbox'; readonly name: string } | null
  readonly load: () => Promise<PostgresDriver>
}

const textOid = 25
const byteaOid = 17

/** Types whose bare name, as format_type gives it, means a length of 1. */
const unbounded: ReadonlyMap<number, string> = new Map([
  [1042, 'bpchar'],
  [1560, '"bit"'],
])

/** What PostgreSQL says and means. */
export class PostgresDialect implements SqlDialect<PostgresSession> {
  readonly batchMax: number
  readonly isWritable: boolean
  readonly isListable: boolean
  readonly isWatchable: boolean
  readonly #options: PostgresOptions

  constructor(options: PostgresOptions) {
    this.#options = options
    this.batchMax = options.source.kind === 'table' ? 1000 : 1
    this.isWritable = hasDigest(options)
    this.isListable = options.source.kind === 'table'
    this.isWatchable = options.changes !== null
  }

  async connect(signal: CancelSignal): Promise<PostgresSession> {
    return PostgresSession.connect(await this.#options.load(), this.#options.server, signal)
  }

  async describe(session: PostgresSession): Promise<SqlPlan<PostgresSession>> {
    const { source, as, valueBytesMax } = this.#options
    const columns = await columnsOf(session, source)
    const form = { source, as, valueBytesMax, columns }
    const needed = [source.value, source.kind === 'table' ? source.key : null]
    if (needed.some((name) => name !== null && columns.every((column) => column.name !== name))) {
      throw new Unavailable('database cannot be read: no such column', { counts: false })
    }
    const rows = new SqlRows({
      as,
      valueBytesMax,
      isColumn: source.value !== null,
      columns: valueColumns(form).map((column) => ({ name: column.name, json: jsonKindOf(column) })),
    })
    return source.kind === 'table' ? tablePlan({ ...form, source }, rows) : queryPlan({ ...form, source }, rows)
  }

  async watch(session: PostgresSession, listener: ChangeListener): Promise<Watch> {
    const { kind, name } = this.#options.changes ?? { kind: 'notify', name: '' }
    return kind === 'notify' ? listen(session, name, listener) : watchOutbox(session, nameParts(name), listener)
  }

  failure(error: unknown): SqlFailure {
    const code = codeOf(error)
    const isAnswer = /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object)
    const isLost = !isAnswer || /^(?:08|57P)/.test(code)
    return {
      reason: isAnswer ? `${meanings.get(code) ?? 'it answered'} (${code})` : code,
      counts: isLost || /^(?:40|53|55|57|58|XX)/.test(code),
      isLost,
      isStale: isAnswer && /^(?:0A|42(?!501))/.test(code),
      isRefusal: isAnswer && /^2[23]/.test(code),
      isDuplicate: code === '23505',
    }
  }
}

/** SQLSTATEs that an operator meets. */
const meanings: ReadonlyMap<string, string> = new Map([
  ['28000', 'access denied'],
  ['28P01', 'access denied'],
  ['3D000', 'no such database'],
  ['3F000', 'no such schema'],
  ['42501', 'permission denied'],
  ['42601', 'bad syntax'],
  ['42703', 'no such column'],
  ['42P01', 'no such table'],
  ['53300', 'too many connections'],
  ['57014', 'the statement was cancelled'],
  ['57P01', 'it is shutting down'],
  ['57P03', 'it is starting'],
])

async function columnsOf(session: PostgresSession, source: SqlSource): Promise<PostgresColumn[]> {
  const from = source.kind === 'table' ? tableName(source.table) : `(${source.query}\n)`
  const { fields } = await session.once(`SELECT * FROM ${from} AS t LIMIT 0`, source.kind === 'table' ? [] : [null])
  const oids = `{${[...new Set(fields.map(({ dataTypeID }) => dataTypeID))].join()}}`
  const described = await session.once(
    'SELECT oid::int8, format_type(oid, NULL), typcategory::text FROM pg_catalog.pg_type WHERE oid = ANY ($1::oid[])',
    [oids],
  )
  const types = new Map(described.rows.map(([oid, type, category]) => [oid, { type, category }]))
  return fields.map(({ name, dataTypeID: oid }) => {
    const { type, category } = types.get(oid) ?? { type: 'text', category: 'X' }
    return { name, oid, type: unbounded.get(oid) ?? String(type), category: String(category) }
  })
}

function tablePlan(form: PostgresForm & { source: { kind: 'table' } }, rows: SqlRows): SqlPlan<PostgresSession> {
  const statement = tableFetch(form)
  const key = form.columns.find(({ name }) => name === form.source.key) as PostgresColumn
  return {
    rows,
    isExpressible: (text) => isKeyOf(key, text),
    writes: (session) => postgresWrites(session, form),
    keys: async (session, from, limit) => {
      const found = await session.run(tableKeys(form, limit, from === null), from === null ? [] : [from])
      return found.map(([text, isHeld]) => keyRowOf(form, String(text), isHeld === true))
    },
    fetch: (session, keys, known) =>
      session.run(statement, [binaryArray(textOid, keys), binaryArray(byteaOid, known)]) as Promise<readonly SqlRow[]>,
  }
}

function queryPlan(form: PostgresForm & { source: { kind: 'query' } }, rows: SqlRows): SqlPlan<PostgresSession> {
  const statement = queryFetch(form)
  return {
    rows,
    isExpressible: () => true,
    fetch: (session, [key], [known]) => session.run(statement, [key, known]) as Promise<readonly SqlRow[]>,
  }
}

const example = 'postgres://user:password@host:5432/database?table=users&key=username'

/** `postgres://user:password@host:5432/db?table=users&key=username[&value=column]`, or `?query=SELECT ... $1`. */
export const openPostgres: OpenStore = (url, options, context) => {
  const { server, search, fragment } = readServerUrl(url, options, context, { example, port: 5432 })
  const { source, more } = readSqlSearch(search, 'postgres', ['notify', 'outbox'])
  const [change, ...others] = [...more].map(([kind, name]) => ({ kind: kind as 'notify' | 'outbox', name }))
  if (others.length > 0) throw new RouteError('notify and outbox are two ways to tell of changes: give one')
  if (source.kind === 'query') checkParameters(source.query)
  const load = loadDriver<PostgresDriver>('postgres', 'pg', context.baseDirectory)
  const { as, valueBytesMax, maxInFlight } = options
  const dialect = new PostgresDialect({ server, source, as, valueBytesMax, changes: change ?? null, load })
  return { store: new SqlServerStore(dialect, maxInFlight), template: new Template(fragment ?? '{1}', 'parameter') }
}

/** A key is bound, never written into the query: what has no parameter would answer every key alike. */
function checkParameters(query: string): void {
  const parameters = parametersOf(query).filter((parameter) => parameter.startsWith('$'))
  if (parameters.length > 0 && parameters.every((parameter) => parameter === '$1')) return
  throw new RouteError('the query of a postgres: URL has one parameter, $1, which the key is bound to')
}
