// The table of users. It is opened by the driver that Truedis reads with, too: Node's own, or before Node 22.13
// node-sqlite3-wasm, which knows nobody's locks but its own.
import { isBuiltin } from 'node:module'

async function open(path) {
  if (isBuiltin('node:sqlite')) return new (await import('node:sqlite')).DatabaseSync(path)
  const { Database } = (await import('node-sqlite3-wasm')).default
  return new Database(path)
}

export async function openUsers(path) {
  const database = await open(path)
  database.exec('PRAGMA busy_timeout = 1000')
  database.exec('CREATE TABLE IF NOT EXISTS users (username TEXT PRIMARY KEY NOT NULL, email TEXT NOT NULL)')
  return {
    upsert(username, email) {
      const statement = database.prepare(
        'INSERT INTO users (username, email) VALUES (?, ?) ON CONFLICT (username) DO UPDATE SET email = excluded.email',
      )
      if (isBuiltin('node:sqlite')) return statement.run(username, email)
      statement.run([username, email])
      statement.finalize()
    },
    close: () => database.close(),
  }
}
