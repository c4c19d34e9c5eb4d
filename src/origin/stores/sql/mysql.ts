import { createHash } from 'node:crypto'
import type { CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { RouteError } from '../../route-error.js'
import { codeOf } from '../../secrets.js'
import { Unavailable } from '../../store.js'
import type { ChangeListener, Watch } from '../../store.js'
import { Template } from '../../template.js'
import type { OpenStore } from '../opening.js'
import { loadDriver } from '../load-driver.js'
import { nameOfBytes } from './key-pages.js'
import { MysqlSession } from './mysql-session.js'
import type { MysqlCell, MysqlDriver, MysqlField, MysqlRow } from './mysql-session.js'
import {
  columnOf,
  isMysqlKeyOf,
  jsonKindOf,
  mysqlQueryFetch,
  mysqlShape,
  mysqlTable,
  mysqlTableFetch,
  mysqlTableKeys,
  mysqlValueColumns,
  rowLimits,
} from './mysql-statements.js'
import type { MysqlColumn, MysqlForm } from './mysql-statements.js'
import { watchMysqlOutbox } from './mysql-watch.js'
import { mysqlWrites } from './mysql-writes.js'
import { readNetstrings } from './netstrings.js'
import { SqlRows } from './rows.js'
import type { SqlRow } from './rows.js'
import { SqlServerStore } from './server-store.js'
import type { SqlDialect, SqlFailure, SqlPlan } from './server-store.js'
import { readServerUrl } from './server-url.js'
import type { SqlServer } from './server-url.js'
import { hasDigest, nameParts, parametersOf, readSqlSearch } from './source.js'
import type { SqlSource } from './source.js'

export interface MysqlOptions {
  readonly server: SqlServer
  readonly source: SqlSource
  readonly as: ValueKind
  readonly valueBytesMax: number
  /** The table that tells of changes; null: nothing does. */
  readonly outbox: readonly string[] | null
  readonly load: () => Promise<MysqlDriver>
}

/** What MySQL and MariaDB say and mean. */
export class MysqlDialect implements SqlDialect<MysqlSession> {
  readonly batchMax: number
  readonly isWritable: boolean
  readonly isListable: boolean
  readonly isWatchable: boolean
  readonly #options: MysqlOptions

  constructor(options: MysqlOptions) {
    this.#options = options
    this.batchMax = options.source.kind === 'table' ? 1000 : 1
    this.isWritable = hasDigest(options)
    this.isListable = options.source.kind === 'table'
    this.isWatchable = options.outbox !== null
  }

  async connect(signal: CancelSignal): Promise<MysqlSession> {
    return MysqlSession.connect(await this.#options.load(), this.#options.server, signal)
  }

  async describe(session: MysqlSession): Promise<SqlPlan<MysqlSession>> {
    const { source, as, valueBytesMax } = this.#options
    const columns = await columnsOf(session, source)
    const needed = [source.value, source.kind === 'table' ? source.key : null]
    if (needed.some((name) => name !== null && columns.every((column) => column.name !== name))) {
      throw new Unavailable('database cannot be read: no such column', { counts: false })
    }
    const form = { source, as, valueBytesMax, columns }
    const rows = new SqlRows({
      as,
      valueBytesMax,
      isColumn: source.value !== null,
      columns: mysqlValueColumns(form).map((column) => ({ name: column.name, json: jsonKindOf(column) })),
    })
    return source.kind === 'table'
      ? tablePlan({ ...form, source }, rows, session)
      : queryPlan({ ...form, source }, rows)
  }

  watch(session: MysqlSession, listener: ChangeListener): Promise<Watch> {
    return watchMysqlOutbox(session, this.#options.outbox ?? [], listener)
  }

  failure(error: unknown): SqlFailure {
    if (error instanceof StaleShape) return { ...answered, reason: 'its table was altered', isStale: true }
    const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown }
    const code = codeOf(error)
    const isAnswer = typeof errno === 'number' && typeof sqlState === 'string'
    const isLost = !isAnswer || ending.has(Number(errno))
    return {
      reason: isAnswer ? `${meanings.get(errno) ?? 'it answered'} (${code})` : code,
      counts: isLost || passing.has(Number(errno)),
      isLost,
      isStale: isAnswer && stale.has(errno),
      isRefusal: isAnswer && /^2[23]/.test(sqlState),
      isDuplicate: errno === 1062,
    }
  }
}

const answered: SqlFailure = {
  ...{ reason: '', counts: false, isLost: false, isStale: false, isRefusal: false, isDuplicate: false },
}

/** The table has other columns than the statement was made for. */
class StaleShape extends Error {}

/** Shutdown, KILL, idle for too long. */
const ending = new Set([1053, 1077, 1080, 1927, 2006, 2013, 4031])
/** Too many connections, out of memory, a lock or a deadlock, a limit of time, interrupted. */
const passing = new Set([1037, 1038, 1040, 1041, 1203, 1205, 1213, 1226, 1317, 1969, 3024])
/** Unknown column or table, unlike collations, a statement that must be prepared again. */
const stale = new Set([1054, 1146, 1253, 1267, 1615, 1412])

/** Errors that an operator meets. */
const meanings: ReadonlyMap<number, string> = new Map([
  [1040, 'too many connections'],
  [1044, 'access denied'],
  [1045, 'access denied'],
  [1049, 'no such database'],
  [1054, 'no such column'],
  [1064, 'bad syntax'],
  [1142, 'permission denied'],
  [1146, 'no such table'],
  [1698, 'access denied'],
])

async function columnsOf(session: MysqlSession, source: SqlSource): Promise<MysqlColumn[]> {
  if (source.kind === 'query') {
    return (await session.describe(`SELECT * FROM (${source.query}\n) AS t LIMIT 0`, [null])).map(columnOfField)
  }
  const { rows } = await session.once(`SHOW FULL COLUMNS FROM ${mysqlTable(source.table)}`)
  return rows.map(([name, type, collation, , , , extra]) =>
    columnOf(text(name), text(type), collation === null ? null : text(collation), text(extra)),
  )
}

const text = (cell: MysqlCell | undefined): string => String(cell ?? '')

const integerTypes = new Set([1, 2, 3, 8, 9, 13])
const textTypes = new Set([15, 247, 248, 249, 250, 251, 252, 253, 254])

/** @see https://mariadb.com/kb/en/result-set-packets/ (column types and character sets) */
function columnOfField({ name, columnType, characterSet }: MysqlField): MysqlColumn {
  const kind = ((): MysqlColumn['kind'] => {
    if (integerTypes.has(columnType)) return 'integer'
    if (columnType === 16) return 'bit'
    if (columnType === 4 || columnType === 5) return 'float'
    if (columnType === 245) return 'json'
    if (!textTypes.has(columnType)) return 'other'
    return characterSet === 63 ? 'bytes' : 'text'
  })()
  return { name, kind, collation: null, bits: 64, isUnsigned: false, isMade: true }
}

async function tablePlan(
  form: MysqlForm & { source: { kind: 'table' } },
  rows: SqlRows,
  session: MysqlSession,
): Promise<SqlPlan<MysqlSession>> {
  const key = form.columns.find(({ name }) => name === form.source.key) as MysqlColumn
  const shape = text((await session.once(`SELECT ${mysqlShape(form.source.table)}`)).rows[0][0])
  const statements = rowLimits.map((limit) => mysqlTableFetch(form, limit))
  const fetch = async (
    session: MysqlSession,
    keys: readonly string[],
    known: readonly (Buffer | null)[],
  ): Promise<readonly SqlRow[]> => {
    const at = rowLimits.findIndex((limit) => limit >= keys.length)
    const asks = keys.map((key, i) => [key, known[i]?.toString('hex') ?? null])
    const found = await session.run(statements[at], [JSON.stringify(asks)])
    if (found.length > rowLimits[at] && keys.length > 1) {
      const half = keys.length >> 1 // some key has many rows: which, the smaller halves tell
      const first = await fetch(session, keys.slice(0, half), known.slice(0, half))
      const second = await fetch(session, keys.slice(half), known.slice(half))
      return [...first, ...second.map(([ask, ...rest]) => [ask + half, ...rest] as SqlRow)]
    }
    if (found.some((row) => text(row[2]) !== shape)) throw new StaleShape()
    return found.map((row) => sqlRow(row, known[Number(row[0]) - 1], form))
  }
  return {
    rows,
    isExpressible: (text) => isMysqlKeyOf(key, text),
    writes: (session) => mysqlWrites(session, form),
    keys: async (session, from, limit) => {
      const found = await session.run(mysqlTableKeys(form, limit, from === null), from === null ? [] : [from])
      return found.map(([cell, isHeld]) => [placeOf(text(cell)), Number(isHeld) === 1 ? nameOf(key, text(cell)) : null])
    },
    fetch,
  }
}

/**
 * Where a list goes on: with all that begin like the last key of a page. Long ones are sorted by their beginning only, some
 * `max_sort_length` bytes.
 */
const placeOf = (key: string): string => (key.length > 100 ? [...key].slice(0, 100).join('') : key)

/** What an ask calls the key that `mysqlTableKeys` gave. */
const nameOf = ({ kind }: MysqlColumn, place: string): string | null =>
  kind === 'bytes' ? nameOfBytes(Buffer.from(place, 'hex')) : place

function queryPlan(form: MysqlForm & { source: { kind: 'query' } }, rows: SqlRows): SqlPlan<MysqlSession> {
  const statement = mysqlQueryFetch(form)
  return {
    rows,
    isLasting: form.source.value !== null, // what `SELECT *` gives may be more by the next time
    isExpressible: () => true,
    fetch: async (session, [key], [known]) =>
      (await session.run(statement, [known, known, key])).map((row) => sqlRow(row, known, form)),
  }
}

/** A row of ours, made of ask, size, shape, and bytes that are not sent where they are known. */
function sqlRow([ask, sizeCell, , body]: MysqlRow, known: Buffer | null, form: MysqlForm): SqlRow {
  const size = sizeCell === null ? null : Number(sizeCell)
  if (size === null || size > form.valueBytesMax) return [Number(ask), size, false, null]
  if (body === null) return [Number(ask), size, known !== null, null]
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(text(body))
  const sha256 = createHash('sha256').update(bytes).digest()
  if (form.source.value !== null) return [Number(ask), size, false, sha256, bytes]
  const fields = readNetstrings(bytes)
  const sent = [...(fields ?? [])].reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + value.length, 0)
  if (fields === null || sent !== size) return [Number(ask), Infinity, false, null] // more than the server puts together
  return [Number(ask), size, false, sha256, ...form.columns.map(({ name }) => fields.get(name) ?? null)]
}

const example = 'mysql://user:password@host:3306/database?table=users&key=username'

/** `mysql://user:password@host:3306/db?table=users&key=username[&value=column]`, or `?query=SELECT ... ?`. */
export const openMysql: OpenStore = (url, options, context) => {
  const { server, search, fragment } = readServerUrl(url, options, context, { example, port: 3306 })
  const { source, more } = readSqlSearch(search, 'mysql', ['outbox'])
  if (source.kind === 'query') checkParameters(source.query)
  const load = loadDriver<MysqlDriver>('mysql', 'mysql2', context.baseDirectory)
  const { as, valueBytesMax, maxInFlight } = options
  const table = more.get('outbox')
  const outbox = table === undefined ? null : nameParts(table)
  const dialect = new MysqlDialect({ server, source, as, valueBytesMax, outbox, load })
  return { store: new SqlServerStore(dialect, maxInFlight), template: new Template(fragment ?? '{1}', 'parameter') }
}

/** A key is bound, never written into the query: what has no parameter would answer every key alike. */
function checkParameters(query: string): void {
  const parameters = parametersOf(query).filter((parameter) => parameter.startsWith('?'))
  if (parameters.length === 1 && parameters[0] === '?') return
  throw new RouteError('the query of a mysql: URL has one parameter, ?, which the key is bound to')
}
