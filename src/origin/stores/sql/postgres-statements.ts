import type { ValueKind } from '../../options.js'
import { nameOfBytes } from './key-pages.js'
import type { KeyRow } from './key-pages.js'
import type { JsonKind } from './rows.js'
import { quoted } from './source.js'
import type { SqlSource } from './source.js'

/** A column as PostgreSQL describes it. */
export interface PostgresColumn {
  readonly name: string
  /** The type's number: the same everywhere for types that PostgreSQL brings. */
  readonly oid: number
  /** The type's name, fit for a cast. */
  readonly type: string
  /** pg_type.typcategory: S is text, A arrays, C composites. */
  readonly category: string
}

const bytea = 17
const uuid = 2950

/** Bits of the integer types. */
const integers: ReadonlyMap<number, bigint> = new Map([
  [20, 63n],
  [21, 15n],
  [23, 31n],
])

const json = new Set([114, 3802])
const floats = new Set([700, 701])

export function jsonKindOf({ oid, category }: PostgresColumn): JsonKind {
  if (oid === bytea) return 'base64'
  if (oid === 16) return 'boolean'
  if (integers.has(oid) || floats.has(oid)) return 'number'
  return json.has(oid) || isConvertible({ category }) ? 'json' : 'text'
}

/** Arrays and composites, whose text is not JSON, but which PostgreSQL converts. */
const isConvertible = ({ category }: Pick<PostgresColumn, 'category'>): boolean => category === 'A' || category === 'C'

/** Whether a column of this type can hold a key's text, so that the statement can cast it. */
export function isKeyOf({ oid }: PostgresColumn, key: string): boolean {
  const bits = integers.get(oid)
  if (bits !== undefined) {
    if (!/^(?:0|-?[1-9]\d{0,18})$/.test(key)) return false
    const number = BigInt(key)
    return number < 1n << bits && number >= -(1n << bits)
  }
  return oid !== uuid || /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(key)
}

/**
 * A key column compared with a key: as its own type, for its index, then as bytes, whatever its collation takes for
 * equal. Types that are no text, no integer, no uuid and no bytes are compared by their text: slowly, but for an index on
 * that very expression.
 */
export function keyMatch({ name, oid, type, category }: PostgresColumn, key: string): string {
  const column = `t.${quoted(name)}`
  if (oid === bytea) return `${column} = convert_to(${key}, 'UTF8')`
  const sameBytes = `${column}::text COLLATE "C" = ${key} COLLATE "C"`
  if (!integers.has(oid) && oid !== uuid && category !== 'S') return sameBytes
  return `${column} = ${key}::${type} AND ${sameBytes}`
}

/**
 * A table's keys from $1 on: their text, or as hex where they are bytes, and whether the row holds a value. In the column's
 * own order where it has one that goes by its text; else in that of its text's bytes, sorted anew for each page.
 */
export function tableKeys(
  { source, columns }: PostgresForm & { source: { kind: 'table' } },
  limit: number,
  isFirst: boolean,
): string {
  const { name, oid, type, category } = columns.find((column) => column.name === source.key) as PostgresColumn
  const column = `t.${quoted(name)}`
  const isOrdered = integers.has(oid) || oid === uuid || category === 'S'
  const order = oid === bytea || isOrdered ? column : `${column}::text COLLATE "C"`
  const from = oid === bytea ? "decode($1, 'hex')" : isOrdered ? `$1::${type}` : '$1'
  const text = oid === bytea ? `encode(${column}, 'hex')` : `${column}::text`
  const isHeld = source.value === null ? 'true' : `t.${quoted(source.value)} IS NOT NULL`
  const where = isFirst ? `${column} IS NOT NULL` : `${order} >= ${from}`
  return `SELECT ${text}, ${isHeld} FROM ${tableName(source.table)} AS t WHERE ${where} ORDER BY ${order} LIMIT ${limit}`
}

/** What `tableKeys` gives of a key. */
export function keyRowOf(
  { source, columns }: PostgresForm & { source: { kind: 'table' } },
  text: string,
  isHeld: boolean,
): KeyRow {
  const isBytes = columns.find(({ name }) => name === source.key)?.oid === bytea
  if (!isHeld) return [text, null]
  return [text, isBytes ? nameOfBytes(Buffer.from(text, 'hex')) : text]
}

export interface PostgresForm {
  readonly source: SqlSource
  readonly as: ValueKind
  readonly valueBytesMax: number
  /** The source's columns, in their order. */
  readonly columns: readonly PostgresColumn[]
}

/** The columns that are the value. */
export const valueColumns = ({ source, columns }: PostgresForm): readonly PostgresColumn[] =>
  source.value === null ? columns : columns.filter(({ name }) => name === source.value)

export const tableName = (parts: readonly string[]): string => parts.map(quoted).join('.')

/** $1 are the keys, $2 their known digests. */
export function tableFetch(form: PostgresForm & { source: { kind: 'table' } }): string {
  const key = form.columns.find(({ name }) => name === form.source.key) as PostgresColumn
  const where = `${keyMatch(key, 'a.key')} AND ${unaltered(form)}`
  const from = `${tableName(form.source.table)} AS t WHERE ${where} LIMIT 2`
  return (
    `SELECT a.i::int4, x.* FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS a(key, known, i) ` +
    `CROSS JOIN LATERAL (${answerSql(form, from, 'a.known')}) AS x`
  )
}

/** $1 is the key, as the query writes it; $2 its known digest. */
export function queryFetch(form: PostgresForm & { source: { kind: 'query' } }): string {
  const from = `(${form.source.query}\n) AS t WHERE ${unaltered(form)} LIMIT 2`
  return `SELECT 1, x.* FROM (${answerSql(form, from, '$2::bytea')}) AS x`
}

/**
 * The size, whether the SHA-256 is the one known, and otherwise, unless the value is too large, that and the cells. Each
 * column is read and cast once: LIMIT and OFFSET 0 keep PostgreSQL from merging the levels.
 */
function answerSql(form: PostgresForm, from: string, known: string): string {
  const columns = valueColumns(form)
  const isColumn = form.source.value !== null
  const asJson = (column: PostgresColumn): boolean => !isColumn && form.as === 'string' && isConvertible(column)
  const texts = columns.map(({ name, oid }, i) => `t.${quoted(name)}${oid === bytea ? '' : '::text'} AS c${i}`)
  const jsons = columns.map((column, i) => (asJson(column) ? `, to_json(t.${quoted(column.name)})::text AS j${i}` : ''))
  const cells = columns.map((column, i) => `${asJson(column) ? 'j' : 'c'}${i}`)
  const size = isColumn ? 'octet_length(c0)' : sizeOfRow(columns)
  const sha256 = `sha256(${isColumn ? bytesOf(columns[0], 0) : netstrings(columns)})`
  const sent = `(w.sha256 = ${known}) IS NOT TRUE AND w.size <= ${form.valueBytesMax}`
  const isDigest = isColumn === (form.as === 'string')
  return (
    `SELECT w.size, (w.sha256 = ${known}) IS TRUE AS held, ` +
    `${isDigest ? 'NULL::bytea' : `CASE WHEN ${sent} THEN w.sha256 END`} AS sha256, ` +
    cells.map((cell) => `CASE WHEN ${sent} THEN w.${cell} END AS ${cell}`).join(', ') +
    ` FROM (SELECT v.*, ${size} AS size, ${sha256} AS sha256 ` +
    `FROM (SELECT ${texts.join(', ')}${jsons.join('')} FROM ${from}) AS v OFFSET 0) AS w`
  )
}

const bytesOf = ({ oid }: PostgresColumn, i: number): string => (oid === bytea ? `c${i}` : `convert_to(c${i}, 'UTF8')`)

const nameBytes = ({ name }: PostgresColumn): number => Buffer.byteLength(name)

const sizeOfRow = (columns: readonly PostgresColumn[]): string =>
  columns.map((column, i) => `coalesce(octet_length(c${i}) + ${nameBytes(column)}, 0)`).join(' + ')

/** The bytes of a row as a hash: its fields in byte order, each name and value a netstring; NULL is no field. */
function netstrings(columns: readonly PostgresColumn[]): string {
  const hasBytes = columns.some(({ oid }) => oid === bytea)
  const order = columns.map((column, i) => ({ column, i }))
  order.sort((a, b) => Buffer.from(a.column.name).compare(Buffer.from(b.column.name)))
  const pieces = order.map(({ column, i }) => {
    const head = `${literal(`${nameBytes(column)}:${column.name},`)} || octet_length(c${i}) || ':'`
    return hasBytes
      ? `coalesce(convert_to(${head}, 'UTF8') || ${bytesOf(column, i)} || '\\x2c'::bytea, ''::bytea)`
      : `coalesce(${head} || c${i} || ',', '')`
  })
  const all = pieces.join(' || ')
  return hasBytes ? all : `convert_to(${all}, 'UTF8')`
}

/** A text that holds no secret and is no parameter; standard_conforming_strings is on. */
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/**
 * True, and an error once the source has other columns than it had: PostgreSQL analyses a prepared statement again after
 * an ALTER TABLE, finds the two halves of the UNION unlike, and refuses; before that it has removed the whole CASE.
 */
function unaltered({ source, columns }: PostgresForm): string {
  const looked = source.value === null ? columns : columns.filter(({ name }) => isNamed(source, name))
  const now = source.value === null ? 't.*' : looked.map(({ name }) => `t.${quoted(name)}`).join(', ')
  const then = looked.map(({ type }) => `NULL::${type}`).join(', ')
  return `CASE WHEN false THEN EXISTS (SELECT ${now} UNION ALL SELECT ${then}) ELSE true END`
}

const isNamed = (source: SqlSource, name: string): boolean =>
  name === source.value || (source.kind === 'table' && name === source.key)
