import { namesAPage } from '../listing.js'
import { quoted } from './source.js'
import type { SqlSource } from './source.js'
import type { SqliteConnection } from './sqlite-drivers.js'

/** A page of names, and where the next begins: null at the end. */
export interface SqliteNames {
  readonly names: readonly string[]
  readonly next: string | null
}

const idColumn = 'truedis:id'
const nameColumn = 'truedis:name'

/**
 * A page of a table's keys, in the order of its rows' own numbers: that costs a page and no more, whatever the key's type,
 * collation and index. A view, or a table without such numbers, is read in the order of its keys' bytes: each page costs
 * all of it.
 *
 * @param after what the page before said; null for the first
 */
export function readNames(
  open: SqliteConnection,
  source: SqlSource & { kind: 'table' },
  after: string | null,
): SqliteNames {
  const key = `t.${quoted(source.key)}`
  const text = `CAST(${key} AS TEXT)`
  const isHeld = source.value === null ? '1' : `t.${quoted(source.value)} IS NOT NULL`
  const name = `CASE WHEN ${key} IS NOT NULL AND ${isHeld} THEN ${text} END AS ${quoted(nameColumn)}`
  const from = `FROM ${source.table.map(quoted).join('.')} AS t`
  const page = (id: string, column: string, where: string, param: string): SqliteNames => {
    const sql = `SELECT ${id} AS ${quoted(idColumn)}, ${name} ${from} WHERE ${where} ORDER BY ${column} LIMIT ${namesAPage}`
    const rows = open.all(sql, [param])
    const names = rows.map((row) => row[nameColumn]).filter((found) => found !== null)
    const last = rows.at(-1)?.[idColumn]
    return { names: names.map(String), next: rows.length < namesAPage ? null : String(last) }
  }
  if (after?.startsWith('k') !== true) {
    const from = after === null ? '-9223372036854775808' : after.slice(1)
    const number = rowNumber(open, source)
    if (number !== null) {
      const column = `t.${number}`
      const found = page(
        `CAST(${column} AS TEXT)`,
        column,
        `${column} ${after === null ? '>=' : '>'} CAST(? AS INTEGER)`,
        from,
      )
      return { names: found.names, next: found.next === null ? null : `r${found.next}` }
    }
  }
  const bytes = `${text} COLLATE BINARY`
  const where = after === null ? `${key} IS NOT NULL AND ${bytes} >= ?` : `${bytes} > ?`
  const found = page(text, bytes, where, after?.slice(1) ?? '')
  return { names: found.names, next: found.next === null ? null : `k${found.next}` }
}

/** The name of the column with a row's own number: what no column of the table is called itself; null where there is none. */
function rowNumber(open: SqliteConnection, { table }: SqlSource & { kind: 'table' }): string | null {
  const [name = '', schema] = [...table].reverse()
  const main = schema === undefined ? 'sqlite_master' : `${quoted(schema)}.sqlite_master`
  const [made] = open.all(`SELECT type, sql FROM ${main} WHERE lower(name) = lower(?) AND type IN ('table', 'view')`, [
    name,
  ])
  if (made?.type !== 'table' || /\bWITHOUT\s+ROWID\b/i.test(String(made.sql))) return null
  const columns = open
    .all(`SELECT lower(name) AS name FROM pragma_table_info(?)`, [name])
    .map((row) => String(row.name))
  return ['_rowid_', 'rowid', 'oid'].find((one) => !columns.includes(one)) ?? null
}
