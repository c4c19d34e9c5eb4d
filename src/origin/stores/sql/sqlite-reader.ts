import { statSync } from 'node:fs'
import { codeOf } from '../../secrets.js'
import { Unavailable } from '../../store.js'
import type { Answer } from '../../store.js'
import { digestOf, tooLarge, unlessHeld } from '../../values.js'
import { changesMax } from '../polling.js'
import { answerFromColumn, answerFromRow, quoted } from './source.js'
import type { SqlSource, SqlValue, ValueLimits } from './source.js'
import { connectSqlite } from './sqlite-drivers.js'
import { readNames } from './sqlite-names.js'
import type { SqliteNames } from './sqlite-names.js'
import type { SqliteChanges } from './sqlite-watch.js'
import type { Row, SqliteConnection, SqliteDriver } from './sqlite-drivers.js'

/** Keys of one statement: a statement is prepared for each of these numbers, and the last key repeated to fill it. */
const keysAtOnce = [1, 8, 64, 256] as const

export const sqliteBatchMax = 256

/** Columns that a statement adds to the row's own: no sane table has such names. */
const keyColumn = 'truedis:key'
const rowsColumn = 'truedis:rows'
const valueColumn = 'truedis:value'
const sizeColumn = 'truedis:size'

export interface SqliteReaderOptions extends ValueLimits {
  readonly driver: SqliteDriver
  readonly path: string
  readonly source: SqlSource
  readonly busyTimeoutMs: number
  /** The table that tells of changes; null: only that there was one is told. */
  readonly outbox: readonly string[] | null
}

interface Connection {
  /** The file that is open, whatever its path is now. */
  readonly file: string
  readonly open: SqliteConnection
  readonly valueSql: string
}

/** What is asked of a reader: a digest as 32 characters of latin1. */
export interface SqliteAsk {
  readonly key: string
  readonly digest: string | null
}

/**
 * Reads keys out of a SQLite file, on the thread that calls it: it waits for disk and locks.
 *
 * A file that was put in the place of the one that is open is opened in its stead: SQLite itself would never look.
 */
export class SqliteReader {
  readonly #options: SqliteReaderOptions
  #connection: Connection | null = null
  /** Connections that there have been. */
  #connections = 0

  constructor(options: SqliteReaderOptions) {
    this.#options = options
  }

  /** Loads the driver and opens the file, so that no request has to wait for that. @throws {Unavailable} */
  async open(): Promise<void> {
    await this.#trying(() => this.#current())
  }

  /** @throws {Unavailable} */
  async answer(asks: readonly SqliteAsk[]): Promise<Answer[]> {
    return this.#trying(async () => {
      const { open, valueSql } = await this.#current()
      const { source } = this.#options
      if (source.kind === 'query') {
        return asks.map((ask) => this.#ofQuery(open.all(querySql(source, valueSql), [ask.key]), ask))
      }
      const size = keysAtOnce.find((count) => count >= asks.length) ?? sqliteBatchMax
      const keys = Array.from({ length: size }, (_, i) => asks[Math.min(i, asks.length - 1)].key)
      const rows = new Map(
        open.all(tableSql(source, valueSql, size), [...keys, ...keys]).map((row) => [row[keyColumn], row]),
      )
      return asks.map((ask) => this.#ofTable(rows.get(ask.key), ask))
    })
  }

  /**
   * Whether anybody wrote since, and what the outbox says of it.
   *
   * @param afterId the outbox's last row that is known; -1: only its last row is asked for
   * @throws {Unavailable}
   */
  async changes(afterId: number): Promise<Omit<SqliteChanges, 'id' | 'kind'>> {
    return this.#trying(async () => {
      const { open } = await this.#current()
      const version = Number(open.all('PRAGMA data_version', [])[0].data_version)
      const { outbox } = this.#options
      const connection = this.#connections
      if (outbox === null) return { version, connection, keys: null, lastId: 0 }
      const from = outbox.map(quoted).join('.')
      if (afterId < 0) {
        const [row] = open.all(`SELECT max(id) AS last FROM ${from}`, [])
        return { version, connection, keys: [], lastId: Number(row.last ?? 0) }
      }
      const sql = `SELECT id, CAST("key" AS TEXT) AS "key" FROM ${from} WHERE id > CAST(? AS INTEGER) ORDER BY id`
      const rows = open.all(sql, [String(afterId)])
      const lastId = Number(rows.at(-1)?.id ?? afterId)
      const keys = rows.length > changesMax ? null : rows.map(({ key }) => String(key ?? ''))
      return { version, connection, keys, lastId }
    })
  }

  /** A page of the table's keys. @throws {Unavailable} */
  async names(after: string | null): Promise<SqliteNames> {
    return this.#trying(async () => {
      const { open } = await this.#current()
      const { source } = this.#options
      return source.kind === 'table' ? readNames(open, source, after) : { names: [], next: null }
    })
  }

  close(): void {
    const connection = this.#connection
    this.#connection = null
    connection?.open.close()
  }

  async #trying<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      try {
        this.close()
      } catch {
        // what could not be read need not be closed well either
      }
      throw error instanceof Unavailable ? error : unavailable(error)
    }
  }

  async #current(): Promise<Connection> {
    const { driver, path, busyTimeoutMs, source, valueBytesMax } = this.#options
    const { dev, ino } = statSync(path, { bigint: true })
    const file = `${dev}.${ino}`
    if (this.#connection?.file === file) return this.#connection
    this.close()
    const open = await connectSqlite(driver, path, busyTimeoutMs)
    try {
      const [encoding] = open.all('PRAGMA encoding', []) // none where SQLite was built without UTF-16
      const isUtf8 = encoding === undefined || encoding.encoding === 'UTF-8'
      this.#connections++
      this.#connection = { file, open, valueSql: valueSql(source, valueBytesMax, isUtf8) }
      return this.#connection
    } catch (error) {
      open.close()
      throw error
    }
  }

  #ofTable(row: Row | undefined, ask: SqliteAsk): Answer {
    if (row === undefined) return { kind: 'absent' }
    if (Number(row[rowsColumn]) > 1) return { kind: 'refused', reason: 'is in several rows' }
    return this.#ofRow(row, ask)
  }

  #ofQuery(rows: readonly Row[], ask: SqliteAsk): Answer {
    if (rows.length === 0) return { kind: 'absent' }
    if (rows.length > 1) return { kind: 'refused', reason: 'has several rows in its query' }
    return this.#ofRow(rows[0], ask)
  }

  #ofRow(row: Row, { digest }: SqliteAsk): Answer {
    const { valueBytesMax, source } = this.#options
    if (Number(row[sizeColumn] ?? 0) > valueBytesMax) return tooLarge(valueBytesMax)
    const answer = source.value === null ? answerFromRow(ownColumns(row), this.#options) : this.#ofColumn(row)
    if (answer.kind !== 'found') return answer
    return unlessHeld(
      { ...answer, digest: digestOf(answer.value) },
      digest === null ? null : Buffer.from(digest, 'latin1'),
    )
  }

  #ofColumn(row: Row): Answer {
    return answerFromColumn(row[valueColumn], this.#options)
  }
}

/**
 * The value column and its size, the value only where it is not too large. Text comes as the bytes it is stored as,
 * which drivers do not promise for text; of a file in UTF-16 they convert it.
 */
function valueSql({ value }: SqlSource, bytesMax: number, isUtf8: boolean): string {
  if (value === null) return ''
  const column = `t.${quoted(value)}`
  const size = `length(CAST(${column} AS BLOB))`
  if (!isUtf8) return `${column} AS ${quoted(valueColumn)}`
  const bytes = `CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END`
  return `CASE WHEN ${size} <= ${bytesMax} THEN ${bytes} END AS ${quoted(valueColumn)}, ${size} AS ${quoted(sizeColumn)}`
}

/** Two rows are enough to see that there are several. */
function querySql({ query }: SqlSource & { kind: 'query' }, value: string): string {
  return `SELECT ${value === '' ? '*' : value} FROM (${query}\n) AS t LIMIT 2`
}

/**
 * Keys are found by the column's own collation, which its index has, and then compared byte by byte. Columns are
 * qualified: a name alone in double quotes that is no column would be a text.
 */
function tableSql({ table, key }: SqlSource & { kind: 'table' }, value: string, count: number): string {
  const column = `t.${quoted(key)}`
  const text = `CAST(${column} AS TEXT)`
  const keys = Array<string>(count).fill('?').join() // unnumbered: to better-sqlite3 a ?1 is a name
  return (
    `SELECT ${value === '' ? 't.*' : value}, ${text} AS ${quoted(keyColumn)}, count(*) AS ${quoted(rowsColumn)} ` +
    `FROM ${table.map(quoted).join('.')} AS t ` +
    `WHERE ${column} IN (${keys}) AND ${text} COLLATE BINARY IN (${keys}) GROUP BY ${text} COLLATE BINARY`
  )
}

function ownColumns(row: Row): Readonly<Record<string, SqlValue>> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== keyColumn && name !== rowsColumn))
}

/** What SQLite says that is of use and holds nothing but names out of the configuration. */
const tellable =
  /no such (?:table|column|function): [\w.]{1,64}|syntax error|incomplete input|database is locked|file is not a database|database disk image is malformed|unable to open database file/

/** A file that is away, or no database, is no matter for the breaker; a lock that was waited for is. */
function unavailable(error: unknown): Unavailable {
  const message = error instanceof Object && 'message' in error ? String(error.message) : ''
  const reason = tellable.exec(message)?.[0] ?? codeOf(error)
  return new Unavailable(`database cannot be read: ${reason}`, { counts: reason === 'database is locked' })
}
