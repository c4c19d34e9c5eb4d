import type { ValueKind } from '../../options.js'
import { RouteError } from '../../route-error.js'
import { Unavailable } from '../../store.js'
import type { Answer } from '../../store.js'
import { answerFromBytes, answerFromJson } from '../../values.js'

/** What an SQL origin's URL says behind its `?`. */
export type SqlSource = {
  /** The column that is the value; null: the row is. */
  readonly value: string | null
} & (
  | {
      readonly kind: 'table'
      /** One name, or schema and table. */
      readonly table: readonly string[]
      readonly key: string
    }
  | { readonly kind: 'query'; readonly query: string }
)

/** How to write the URL, behind its scheme and place. */
const usage = 'is written with ?table=users&key=username, and maybe &value=column, or with ?query=SELECT...'

/** What else the URL of one scheme may say. */
export interface SqlSearch {
  readonly source: SqlSource
  /** By name; what is not given is not in it. */
  readonly more: ReadonlyMap<string, string>
}

/** Reads what a URL says of its source and nothing else, as `readSqlSearch` does. @throws {RouteError} */
export const readSqlSource = (search: string, scheme: string): SqlSource => readSqlSearch(search, scheme, []).source

/**
 * Reads `table=users&key=username[&value=column]` or `query=SELECT ...[&value=column]`, percent-encoded as URLs are.
 *
 * @param known names that may stand in it, too
 * @throws {RouteError}
 */
export function readSqlSearch(search: string, scheme: string, known: readonly string[]): SqlSearch {
  const given = new URLSearchParams(search)
  const take = (name: string): string | null => {
    const [value = null, ...more] = given.getAll(name)
    if (more.length > 0 || value === '')
      throw new RouteError(`'${name}' stands once in a ${scheme}: URL, and not empty`)
    given.delete(name)
    return value
  }
  const [table, key, value, query] = ['table', 'key', 'value', 'query'].map(take)
  const more = new Map<string, string>()
  for (const name of known) {
    const text = take(name)
    if (text !== null) more.set(name, text)
  }
  if (given.size > 0 || (query === null ? table === null || key === null : (table ?? key) !== null)) {
    throw new RouteError(`the URL of ${scheme}: origins ${usage}`)
  }
  for (const name of [table, key, value, ...more.values()]) {
    if (name?.includes('\0') === true) throw new RouteError('a name in SQL holds no NUL')
  }
  if (query !== null) return { source: { kind: 'query', query: query.replace(/[\s;]+$/, ''), value }, more }
  return { source: { kind: 'table', table: nameParts(table as string), key: key as string, value }, more }
}

/**
 * Whether what a database digests of a row is the digest of the value here: of a column as a string, of a row as a hash.
 * Only then can it be written, too: a JSON document or a row's JSON would not come back as it was.
 */
export const hasDigest = ({ source, as }: { readonly source: SqlSource; readonly as: ValueKind }): boolean =>
  source.kind === 'table' && (source.value !== null) === (as === 'string')

/** One name, or schema and table. */
export const nameParts = (table: string): string[] => table.split('.')

/** What stands in a statement without being one of its parameters. */
const noParameter = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g

/** The parameters of a statement as it writes them: `?`, `?1`, `:name`, `$1`. */
export const parametersOf = (statement: string): string[] =>
  statement.replace(noParameter, ' ').match(/\?\d*|[:@$]\w+/g) ?? []

/** An identifier as SQL and SQLite write it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Whether a key can be a text in SQL at all, which holds no NUL and is Unicode: what cannot is absent, unasked. Half a
 * surrogate pair has no UTF-8, and would be sent as U+FFFD: as another key.
 */
export const isSqlText = (key: string): boolean => !key.includes('\0') && !/\p{Cs}/u.test(key)

/** A column as drivers give it. */
export type SqlValue = string | number | bigint | Uint8Array | null

export interface ValueLimits {
  readonly as: ValueKind
  readonly valueBytesMax: number
}

/** What the column that is the value means: bytes or text as they are, NULL absent; under `as hash` a JSON object. */
export function answerFromColumn(column: SqlValue, { as, valueBytesMax }: ValueLimits): Answer {
  if (typeof column !== 'string' && !(column instanceof Uint8Array)) {
    return answerFromJson(jsonOf(column, as), as, valueBytesMax)
  }
  const bytes = Buffer.from(column as string) // of bytes a copy: they may lie in the driver's memory
  try {
    return answerFromBytes(bytes, as, valueBytesMax)
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'refused', reason: "holds no JSON, as 'as hash' needs" }
    throw error
  }
}

/** What a row without a value column means: its columns as an object's members. */
export function answerFromRow(row: Readonly<Record<string, SqlValue>>, { as, valueBytesMax }: ValueLimits): Answer {
  const members = Object.entries(row).map(([name, column]) => [name, jsonOf(column, as)] as const)
  return answerFromJson(Object.fromEntries(members), as, valueBytesMax)
}

/** Integers beyond what JSON's numbers hold are text; bytes are base64 in JSON, and themselves as a field. */
function jsonOf(column: SqlValue, as: ValueKind): unknown {
  if (typeof column === 'bigint') return Number.isSafeInteger(Number(column)) ? Number(column) : String(column)
  if (!(column instanceof Uint8Array)) return column
  const bytes = Buffer.from(column)
  return as === 'hash' ? bytes : bytes.toString('base64')
}
