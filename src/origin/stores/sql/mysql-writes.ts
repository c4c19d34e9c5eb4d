import type { MysqlSession } from './mysql-session.js'
import { literalMysql, mysqlKeyMatch, mysqlTable, quotedMysql } from './mysql-statements.js'
import type { MysqlColumn, MysqlForm } from './mysql-statements.js'
import type { SqlWritePlan } from './writer.js'

/** Looks at what may be written in a table. */
export async function mysqlWrites(
  session: MysqlSession,
  { source, columns }: MysqlForm & { source: { kind: 'table' } },
): Promise<SqlWritePlan<MysqlSession>> {
  const table = mysqlTable(source.table)
  const key = columns.find(({ name }) => name === source.key) as MysqlColumn
  const match = mysqlKeyMatch(key, '?')
  /** The key as often as the comparison names it. */
  const matched = (text: string): string[] => Array<string>(match.split('?').length - 1).fill(text)
  const writable = columns.filter(({ name, isMade }) => name !== key.name && !isMade)
  return {
    key: source.key,
    value: source.value,
    columns: columns.map(({ name, kind, isMade }) => ({ name, isBytes: kind === 'bytes', isWritable: !isMade })),
    isUnique: await isUnique(session, source.table, source.key),
    begin: (session) => session.once('START TRANSACTION READ WRITE'),
    commit: (session) => session.once('COMMIT'),
    rollback: (session) => session.once('ROLLBACK'),
    lock: async (session, text) =>
      (await session.run(`SELECT 1 FROM ${table} AS t WHERE ${match} LIMIT 2 FOR UPDATE`, matched(text))).length,
    insert: (session, text, cells) => {
      const names = [key.name, ...cells.keys()]
      const marks = names.map((name) => markOf(columns, name)).join(', ')
      const list = names.map(quotedMysql).join(', ')
      return session.run(`INSERT INTO ${table} (${list}) VALUES (${marks})`, [text, ...cells.values()])
    },
    update: (session, text, cells) => {
      const set = source.value === null ? writable : writable.filter(({ name }) => name === source.value)
      if (set.length === 0) return Promise.resolve()
      const assignments = set.map(({ name }) => `t.${quotedMysql(name)} = ${markOf(columns, name)}`).join(', ')
      const values = set.map(({ name }) => cells.get(name) ?? null)
      return session.run(`UPDATE ${table} AS t SET ${assignments} WHERE ${match}`, [...values, ...matched(text)])
    },
    remove: (session, text) => session.run(`DELETE t FROM ${table} AS t WHERE ${match}`, matched(text)),
  }
}

/** A bit column would take a text for its bytes. */
const markOf = (columns: readonly MysqlColumn[], name: string): string =>
  columns.find((column) => column.name === name)?.kind === 'bit' ? 'CAST(? AS UNSIGNED)' : '?'

async function isUnique(session: MysqlSession, table: readonly string[], key: string): Promise<boolean> {
  const [name, schema] = [...table].reverse()
  const { rows } = await session.once(
    'SELECT 1 FROM information_schema.statistics ' +
      `WHERE table_schema = ${schema === undefined ? 'DATABASE()' : literalMysql(schema)} AND table_name = ${literalMysql(name)} ` +
      'AND non_unique = 0 GROUP BY index_name ' +
      `HAVING COUNT(*) = 1 AND MAX(column_name) = ${literalMysql(key)} AND MAX(sub_part) IS NULL`,
  )
  return rows.length > 0
}
