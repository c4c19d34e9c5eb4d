import { isBuiltin } from 'node:module'
import { RouteError } from '../../route-error.js'
import { resolvePackage } from '../load-driver.js'
import type { SqlValue } from './source.js'

/** A package that reads SQLite files, or what Node has itself. */
export interface SqliteDriver {
  readonly name: 'node:sqlite' | 'better-sqlite3' | 'node-sqlite3-wasm'
  /** What `import` takes. */
  readonly specifier: string
}

export type Row = Readonly<Record<string, SqlValue>>

/** A connection that only reads. */
export interface SqliteConnection {
  /** Statements are kept prepared: few different ones are expected. */
  all(sql: string, parameters: readonly string[]): readonly Row[]
  close(): void
}

const packages = ['better-sqlite3', 'node-sqlite3-wasm'] as const

/** The drivers that are installed here, or in `baseDirectory`, the best first. */
export function sqliteDrivers(baseDirectory: string): SqliteDriver[] {
  const found: SqliteDriver[] = isBuiltin('node:sqlite') ? [{ name: 'node:sqlite', specifier: 'node:sqlite' }] : []
  for (const name of packages) {
    const specifier = resolvePackage(name, baseDirectory)
    if (specifier !== null) found.push({ name, specifier })
  }
  return found
}

/** @throws {RouteError} none is installed */
export function bestSqliteDriver(drivers: readonly SqliteDriver[]): SqliteDriver {
  if (drivers.length > 0) return drivers[0]
  throw new RouteError(
    'sqlite: origins need Node 22.13 or later, or a driver: npm install better-sqlite3 (or, without a compiler, node-sqlite3-wasm)',
  )
}

interface Statement {
  all(...parameters: unknown[]): readonly Row[]
  /** node:sqlite: integers come as bigint, so that none is rounded or refused. */
  setReadBigInts?(on: boolean): void
  /** better-sqlite3: the same. */
  safeIntegers?(on: boolean): void
  /** node-sqlite3-wasm, whose statements are not collected, and are finalized already where they failed. */
  finalize?(): void
  readonly isFinalized?: boolean
}

interface Database {
  prepare(sql: string): Statement
  close(): void
}

type Constructor = new (path: string, options: object) => Database

/** @throws what the driver throws */
export async function connectSqlite(
  { name, specifier }: SqliteDriver,
  path: string,
  busyTimeoutMs: number,
): Promise<SqliteConnection> {
  const driver = (await import(specifier)) as { default?: unknown; DatabaseSync?: Constructor }
  const database = opened(name, driver, path)
  const statements = new Map<string, Statement>()
  const all = (sql: string, parameters: readonly string[]): readonly Row[] => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = database.prepare(sql)
      statement.setReadBigInts?.(true)
      statement.safeIntegers?.(true)
      statements.set(sql, statement)
    }
    return name === 'node-sqlite3-wasm' ? statement.all(parameters) : statement.all(...parameters)
  }
  const close = (): void => {
    for (const statement of statements.values()) if (statement.isFinalized === false) statement.finalize?.()
    database.close()
  }
  try {
    all(`PRAGMA busy_timeout = ${busyTimeoutMs}`, [])
  } catch (error) {
    close()
    throw error
  }
  return { all, close }
}

function opened(
  name: SqliteDriver['name'],
  driver: { default?: unknown; DatabaseSync?: Constructor },
  path: string,
): Database {
  if (name === 'node:sqlite') return new (driver.DatabaseSync as Constructor)(path, { readOnly: true })
  if (name === 'better-sqlite3') {
    return new (driver.default as Constructor)(path, { readonly: true, fileMustExist: true })
  }
  return new (driver.default as { Database: Constructor }).Database(path, { readOnly: true, fileMustExist: true })
}
