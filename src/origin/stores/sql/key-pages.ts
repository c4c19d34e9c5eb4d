import { isUtf8 } from 'node:buffer'
import type { NamePage } from '../../store.js'
import { namesAPage } from '../listing.js'
import { isSqlText } from './source.js'

/** A row's key as text that the database can find its place by again, and as a name; null where no ask can name it. */
export type KeyRow = readonly [place: string, name: string | null]

/**
 * A page of a table's keys, in their column's own order, for its index.
 *
 * The next page begins with the last key of this one, not behind it: a collation may take others for equal, of which some
 * may have been left out.
 *
 * @param fetch gives at most `limit` rows from a place on, in that order; null: from the first
 */
export async function pageByKey(
  from: string | null,
  fetch: (from: string | null, limit: number) => Promise<readonly KeyRow[]>,
): Promise<NamePage> {
  for (let limit = namesAPage + 1; ; limit *= 4) {
    const rows = await fetch(from, limit)
    const names = rows.flatMap(([, name]) => (name !== null && isSqlText(name) ? [name] : []))
    const last = rows.at(-1)?.[0] ?? null
    if (rows.length < limit) return { names, next: null }
    if (last !== from) return { names, next: last }
  }
}

/** What an ask calls a key of bytes; null where these are no text. */
export const nameOfBytes = (bytes: Buffer): string | null => (isUtf8(bytes) ? bytes.toString() : null)
