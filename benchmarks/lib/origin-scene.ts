import pg from 'pg'
import { nameAt } from './names.js'
import { DatabaseServer, databaseMissing } from '../../test/origin/support/database-server.js'

/** Bytes of a row's value. */
const rowBytes = 100

/** An origin's words on a command line: `--origin name pattern url option value...`. */
export const originWords = (url: string, ...options: string[]): string[] => ['--origin', 'o', 'bnd:*', url, ...options]

/**
 * A PostgreSQL with a table `items` of `keys` rows of a key, 100 bytes, and their SHA-256; null where this machine has none.
 */
export async function startItems(keys: number): Promise<{ database: DatabaseServer; client: pg.Client } | null> {
  if (databaseMissing('postgres') !== null) return null
  const database = await DatabaseServer.start('postgres')
  const client = new pg.Client({ host: '127.0.0.1', port: database.port, user: 'admin', database: 'postgres' })
  await client.connect()
  await client.query('CREATE TABLE items (key text PRIMARY KEY, value text NOT NULL, digest text)')
  const all = Array.from({ length: keys }, (_, index) => nameAt(index))
  await client.query(
    `INSERT INTO items (key, value) SELECT key, rpad(key, ${rowBytes}, 'x') FROM unnest($1::text[]) AS key`,
    [all],
  )
  await client.query(`UPDATE items SET digest = encode(sha256(convert_to(value, 'UTF8')), 'hex')`)
  await client.query('VACUUM ANALYZE items')
  return { database, client }
}

export const itemsUrl = (port: number | string): string =>
  `postgres://admin@127.0.0.1:${port}/postgres?table=items&key=key&value=value`
