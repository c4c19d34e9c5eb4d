import type { ValueKind } from '../../options.js'
import type { JsonKind } from './rows.js'
import type { SqlSource } from './source.js'

/** A column of a table, or of what a query gives. */
export interface MysqlColumn {
  readonly name: string
  readonly kind: 'text' | 'bytes' | 'integer' | 'bit' | 'float' | 'json' | 'other'
  /** Of text in a table: its collation. */
  readonly collation: string | null
  /** Of integers in a table: how many bits, and whether there is a sign. */
  readonly bits: number
  readonly isUnsigned: boolean
  /** Whether the database alone says what it holds. */
  readonly isMade: boolean
}

const integerBits: ReadonlyMap<string, number> = new Map([
  ['tinyint', 8],
  ['smallint', 16],
  ['mediumint', 24],
  ['int', 32],
  ['bigint', 64],
])

/** Reads a row of SHOW FULL COLUMNS. */
export function columnOf(name: string, type: string, collation: string | null, extra: string): MysqlColumn {
  const [word = ''] = /^[a-z]+/.exec(type.toLowerCase()) ?? []
  const bits = /zerofill/i.test(type) ? 0 : (integerBits.get(word) ?? 0)
  return {
    name,
    kind: kindOf(word, bits, collation),
    collation,
    bits,
    isUnsigned: /unsigned/i.test(type),
    isMade: /generated/i.test(extra) && !/default_generated/i.test(extra),
  }
}

function kindOf(word: string, bits: number, collation: string | null): MysqlColumn['kind'] {
  if (bits > 0) return 'integer'
  if (/binary$|blob$/.test(word)) return 'bytes'
  if (word === 'bit' || word === 'json') return word
  if (word === 'float' || word === 'double') return 'float'
  return collation === null ? 'other' : 'text'
}

export const jsonKindOf = ({ kind }: MysqlColumn): JsonKind => {
  if (kind === 'integer' || kind === 'float' || kind === 'bit') return 'number'
  if (kind === 'bytes') return 'base64'
  return kind === 'json' ? 'json' : 'text'
}

export const quotedMysql = (name: string): string => `\`${name.replaceAll('`', '``')}\``

export const mysqlTable = (parts: readonly string[]): string => parts.map(quotedMysql).join('.')

export const literalMysql = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`

/** The bytes of a column: of text its UTF-8, of bytes themselves, of anything else its text. */
function bytesOf({ name, kind }: MysqlColumn): string {
  const column = `t.${quotedMysql(name)}`
  if (kind === 'bytes') return column
  if (kind === 'text') return `CAST(CONVERT(${column} USING utf8mb4) AS BINARY)`
  return `CAST(CAST(${column}${kind === 'bit' ? ' + 0' : ''} AS CHAR CHARACTER SET utf8mb4) AS BINARY)`
}

/** Whether a key column can hold the text, so that the statement can cast it. */
export function isMysqlKeyOf({ kind, bits, isUnsigned }: MysqlColumn, key: string): boolean {
  if (key.length > keyCharactersMax) return false
  if (kind !== 'integer') return true
  if (!/^(?:0|-?[1-9]\d{0,19})$/.test(key)) return false
  const number = BigInt(key)
  const [least, most] = isUnsigned ? [0n, 1n << BigInt(bits)] : [-(1n << BigInt(bits - 1)), 1n << BigInt(bits - 1)]
  return number >= least && number < most
}

/** As many as a name asked for has at most. */
const keyCharactersMax = 8192

/**
 * A key column compared with a key: in its own charset and collation, for its index, then as bytes, whatever its collation
 * takes for equal. Types that are no text, no integer and no bytes are compared by their text: slowly.
 */
export function mysqlKeyMatch(column: MysqlColumn, key: string): string {
  const { name, kind, collation, isUnsigned } = column
  const bytes = `CAST(${key} AS BINARY)`
  if (kind === 'bytes') return `t.${quotedMysql(name)} = ${bytes}`
  if (kind === 'integer') return `t.${quotedMysql(name)} = CAST(${key} AS ${isUnsigned ? 'UNSIGNED' : 'SIGNED'})`
  const sameBytes = `${bytesOf(column)} = ${bytes}`
  if (kind !== 'text' || collation === null) return sameBytes
  const [charset] = collation.split('_')
  return `t.${quotedMysql(name)} = CONVERT(${key} USING ${charset}) COLLATE ${collation} AND ${sameBytes}`
}

/**
 * A table's keys from the parameter on: their text, or as hex where they are bytes, and whether the row holds a value. In
 * the column's own order where it has one that goes by its text; else in that of its text's bytes, sorted for each page.
 */
export function mysqlTableKeys(
  { source, columns }: MysqlForm & { source: { kind: 'table' } },
  limit: number,
  isFirst: boolean,
): string {
  const key = columns.find(({ name }) => name === source.key) as MysqlColumn
  const { name, kind, collation, isUnsigned } = key
  const column = `t.${quotedMysql(name)}`
  const [order, from] = ((): readonly [string, string] => {
    if (kind === 'bytes') return [column, 'UNHEX(?)']
    if (kind === 'integer') return [column, `CAST(? AS ${isUnsigned ? 'UNSIGNED' : 'SIGNED'})`]
    if (kind !== 'text' || collation === null) return [bytesOf(key), 'CAST(? AS BINARY)']
    return [column, `CONVERT(? USING ${collation.split('_')[0]}) COLLATE ${collation}`]
  })()
  const text = kind === 'bytes' ? `HEX(${column})` : bytesOf(key)
  const isHeld = source.value === null ? '1' : `t.${quotedMysql(source.value)} IS NOT NULL`
  const where = isFirst ? `${column} IS NOT NULL` : `${order} >= ${from}`
  return `SELECT ${text}, ${isHeld} FROM ${mysqlTable(source.table)} AS t WHERE ${where} ORDER BY ${order} LIMIT ${limit}`
}

export interface MysqlForm {
  readonly source: SqlSource
  readonly as: ValueKind
  readonly valueBytesMax: number
  readonly columns: readonly MysqlColumn[]
}

export const mysqlValueColumns = ({ source, columns }: MysqlForm): readonly MysqlColumn[] =>
  source.value === null ? columns : columns.filter(({ name }) => name === source.value)

/** More than any value may have: what is there but was too large for the server itself. */
const beyond = 4_294_967_295

/** Keys of one statement: rows are limited to one more, so that a key of a million rows is noticed and not read. */
export const rowLimits = [1, 16, 128, 1000] as const

/**
 * Answers with ask, size, the columns' present state, and the bytes: NULL where the SHA-256 is the one known. The one
 * parameter is JSON, [[key, SHA-256 as hex or null], ...].
 */
export function mysqlTableFetch(form: MysqlForm & { source: { kind: 'table' } }, limit: number): string {
  const key = form.columns.find(({ name }) => name === form.source.key) as MysqlColumn
  return (
    `SELECT a.i, ${sizeSql(form)}, ${mysqlShape(form.source.table)}, ${bodySql(form, 'UNHEX(a.d)')} ` +
    "FROM JSON_TABLE(CONVERT(? USING utf8mb4), '$[*]' COLUMNS (i FOR ORDINALITY, " +
    `k VARCHAR(${keyCharactersMax}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]', ` +
    "d VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]')) AS a " +
    `STRAIGHT_JOIN ${mysqlTable(form.source.table)} AS t ON ${mysqlKeyMatch(key, 'a.k')} LIMIT ${limit + 1}`
  )
}

/** The same of a query: its parameters are the SHA-256 known, twice, and the key. */
export const mysqlQueryFetch = (form: MysqlForm & { source: { kind: 'query' } }): string =>
  `SELECT 1, ${sizeSql(form)}, '', ${bodySql(form, '?')} FROM (${form.source.query}\n) AS t LIMIT 2`

/** What a table's columns are, as one digest: an ALTER TABLE changes it, and a statement that does not fit is noticed. */
export function mysqlShape(table: readonly string[]): string {
  const [name, schema] = [...table].reverse()
  const inSchema = schema === undefined ? 'DATABASE()' : literalMysql(schema)
  return (
    "(SELECT SHA2(GROUP_CONCAT(column_name, ' ', column_type, ' ', COALESCE(collation_name, '') ORDER BY ordinal_position), 256) " +
    `FROM information_schema.columns WHERE table_schema = ${inSchema} AND table_name = ${literalMysql(name)})`
  )
}

function sizeSql(form: MysqlForm): string {
  const columns = mysqlValueColumns(form)
  if (form.source.value !== null) {
    const column = `t.${quotedMysql(columns[0].name)}`
    return `IF(${column} IS NULL, NULL, COALESCE(LENGTH(${bytesOf(columns[0])}), ${beyond}))`
  }
  const sizes = columns.map((column) => {
    const name = Buffer.byteLength(column.name)
    return `IF(t.${quotedMysql(column.name)} IS NULL, 0, COALESCE(LENGTH(${bytesOf(column)}), ${beyond}) + ${name})`
  })
  return sizes.join(' + ')
}

function bodySql(form: MysqlForm, known: string): string {
  const body = form.source.value === null ? netstrings(form) : bytesOf(mysqlValueColumns(form)[0])
  const isKnown = `UNHEX(SHA2(${body}, 256)) <=> ${known}`
  return `CASE WHEN ${sizeSql(form)} > ${form.valueBytesMax} THEN '' WHEN ${known} IS NOT NULL AND ${isKnown} THEN NULL ELSE COALESCE(${body}, '') END`
}

/** A row as a hash is digested: its fields in byte order, each name and value a netstring; NULL is no field. */
function netstrings(form: MysqlForm): string {
  const columns = [...mysqlValueColumns(form)]
  columns.sort((a, b) => Buffer.from(a.name).compare(Buffer.from(b.name)))
  const pieces = columns.map((column) => {
    const bytes = bytesOf(column)
    const head = literalMysql(`${Buffer.byteLength(column.name)}:${column.name},`)
    return `IF(t.${quotedMysql(column.name)} IS NULL, '', CONCAT(CAST(${head} AS BINARY), LENGTH(${bytes}), ':', ${bytes}, ','))`
  })
  return `CONCAT(${pieces.join(', ')})`
}
