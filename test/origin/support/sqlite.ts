import type { SqliteDriver } from '../../../src/origin/stores/sql/sqlite-drivers.js'

export type Parameter = string | number | bigint | Uint8Array | null

/** A connection that writes, by the same driver as the store's: the drivers' locks do not all know each other. */
export interface Writer {
  run(sql: string, ...parameters: Parameter[]): void
  close(): void
}

interface Statement {
  run(...parameters: unknown[]): unknown
  finalize?(): void
}
type Constructor = new (path: string) => { prepare(sql: string): Statement; close(): void }

export async function openWriter({ name, specifier }: SqliteDriver, path: string): Promise<Writer> {
  const driver = (await import(specifier)) as { default?: unknown; DatabaseSync?: Constructor; Database?: Constructor }
  const found = driver.default as { DatabaseSync?: Constructor; Database?: Constructor }
  const Database = {
    'node:sqlite': driver.DatabaseSync ?? found.DatabaseSync,
    'better-sqlite3': driver.default as Constructor,
    'node-sqlite3-wasm': driver.Database ?? found.Database,
  }[name] as Constructor
  const database = new Database(path)
  const run = (sql: string, ...parameters: Parameter[]): void => {
    const statement = database.prepare(sql)
    if (name === 'node-sqlite3-wasm') statement.run(parameters)
    else statement.run(...parameters)
    statement.finalize?.()
  }
  if (name === 'node-sqlite3-wasm') run('PRAGMA journal_mode = DELETE')
  return { run, close: () => database.close() }
}
