import type { PostgresSession } from './postgres-session.js'
import { keyMatch, tableName } from './postgres-statements.js'
import type { PostgresColumn, PostgresForm } from './postgres-statements.js'
import { quoted } from './source.js'
import type { SqlWritePlan, WrittenCells } from './writer.js'

const bytea = 17

const uniqueSql =
  'SELECT count(*)::int4 FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] ' +
  'WHERE i.indrelid = $1::regclass AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1 AND a.attname = $2'

const madeSql =
  'SELECT attname::text FROM pg_catalog.pg_attribute ' +
  "WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND (attgenerated <> '' OR attidentity = 'a')"

/** Looks at what may be written in a table. */
export async function postgresWrites(
  session: PostgresSession,
  { source, columns }: PostgresForm & { source: { kind: 'table' } },
): Promise<SqlWritePlan<PostgresSession>> {
  const table = tableName(source.table)
  const key = columns.find(({ name }) => name === source.key) as PostgresColumn
  const unique = await session.once(uniqueSql, [table, source.key])
  const made = new Set((await session.once(madeSql, [table])).rows.map(([name]) => name))
  const match = keyMatch(key, '$1::text')
  const keyValue = key.oid === bytea ? "convert_to($1::text, 'UTF8')" : `$1::text::${key.type}`
  const writable = columns.filter(({ name }) => name !== key.name && !made.has(name))
  const run = (session: PostgresSession, text: string, values: (string | Buffer | null)[]): Promise<unknown> =>
    session.run(text, values)
  return {
    key: source.key,
    value: source.value,
    columns: columns.map(({ name, oid }) => ({ name, isBytes: oid === bytea, isWritable: !made.has(name) })),
    isUnique: Number(unique.rows[0][0]) > 0,
    begin: (session) => session.once('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'),
    commit: (session) => session.once('COMMIT'),
    rollback: (session) => session.once('ROLLBACK'),
    lock: async (session, text) =>
      (await session.run(`SELECT 1 FROM ${table} AS t WHERE ${match} LIMIT 2 FOR UPDATE`, [text])).length,
    insert: (session, text, cells) => {
      const names = [...cells.keys()]
      const list = [key.name, ...names].map(quoted).join(', ')
      const values = [keyValue, ...names.map((_, i) => `$${i + 2}`)].join(', ')
      return run(session, `INSERT INTO ${table} (${list}) VALUES (${values})`, [text, ...cells.values()])
    },
    update: (session, text, cells) => {
      const set = source.value === null ? writable : writable.filter(({ name }) => name === source.value)
      if (set.length === 0) return Promise.resolve()
      const assignments = set.map(({ name }, i) => `${quoted(name)} = $${i + 2}`).join(', ')
      return run(session, `UPDATE ${table} AS t SET ${assignments} WHERE ${match}`, [text, ...valuesOf(set, cells)])
    },
    remove: (session, text) => session.run(`DELETE FROM ${table} AS t WHERE ${match}`, [text]),
  }
}

const valuesOf = (columns: readonly PostgresColumn[], cells: WrittenCells): (string | Buffer | null)[] =>
  columns.map(({ name }) => cells.get(name) ?? null)
