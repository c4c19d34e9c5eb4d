import { connect as connectSocket } from 'node:net'
import type { Socket } from 'node:net'
import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import type { Pooled } from './pool.js'
import type { SqlServer } from './server-url.js'

/** What we use of the package `mysql2`, and of one of its connections. */
export interface MysqlDriver {
  createConnection(config: object): MysqlConnection
}

type Done = (error: unknown, rows: unknown, fields: unknown) => void

interface MysqlConnection {
  readonly threadId: number | null
  execute(options: object, done: Done): unknown
  query(options: object, done: Done): unknown
  on(event: string, listener: (error: unknown) => void): unknown
  once(event: string, listener: (error: unknown) => void): unknown
  end(): void
  destroy(): void
}

/** A column as the protocol describes it. */
export interface MysqlField {
  readonly name: string
  /** The protocol's number of the type. */
  readonly columnType: number
  /** 63: bytes, or no text at all. */
  readonly characterSet: number
}

export type MysqlCell = string | number | Buffer | null
export type MysqlRow = readonly MysqlCell[]

/**
 * The same texts whatever the server has set, nothing written by who only reads, and no snapshot that outlives a
 * statement: without autocommit the first read would begin one, and every later one would see that moment.
 */
const settings = [
  'SET NAMES utf8mb4',
  "SET SESSION autocommit = 1, time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', group_concat_max_len = 1000000",
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY',
]

/** One connection to MySQL or MariaDB. */
export class MysqlSession implements Pooled {
  readonly #connection: MysqlConnection
  readonly #socket: Socket
  readonly #driver: MysqlDriver
  readonly #server: SqlServer
  #usable = true
  /** What waits for an answer: not every end of a connection is told to those by the driver. */
  readonly #waiting = new Set<(reason: Error) => void>()

  /** Called once the connection is lost. */
  onEnd: () => void = () => undefined

  private constructor(driver: MysqlDriver, server: SqlServer) {
    this.#driver = driver
    this.#server = server
    this.#socket = socketTo(server)
    this.#connection = open(driver, server, this.#socket)
    this.#connection.on('error', () => (this.#usable = false))
    this.#socket.on('close', () => {
      this.#usable = false
      for (const fail of this.#waiting) fail(lost())
      this.onEnd()
    })
  }

  /** @throws what the driver throws */
  static async connect(driver: MysqlDriver, server: SqlServer, signal: CancelSignal): Promise<MysqlSession> {
    if (signal.aborted) throw new Unavailable('nobody waits', { counts: false })
    const session = new MysqlSession(driver, server)
    const giveUp = (): void => session.cancel()
    signal.addEventListener('abort', giveUp)
    try {
      await session.#connected(signal)
      for (const setting of settings) await session.once(setting)
      return session
    } catch (error) {
      session.cancel()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  get usable(): boolean {
    return this.#usable
  }

  /** Runs a statement, prepared once a connection. */
  async run(sql: string, values: readonly (string | Buffer | null)[]): Promise<readonly MysqlRow[]> {
    const { rows } = await this.#do('execute', { sql, values, rowsAsArray: true })
    return Array.isArray(rows) ? (rows as MysqlRow[]) : []
  }

  /** Runs a statement that is not worth keeping. */
  async once(sql: string): Promise<{ readonly rows: readonly MysqlRow[]; readonly fields: readonly MysqlField[] }> {
    const { rows, fields } = await this.#do('query', { sql, rowsAsArray: true })
    return { rows: Array.isArray(rows) ? (rows as MysqlRow[]) : [], fields: (fields ?? []) as MysqlField[] }
  }

  /** The columns of a statement that is not run for its rows. */
  async describe(sql: string, values: readonly null[]): Promise<readonly MysqlField[]> {
    return ((await this.#do('execute', { sql, values, rowsAsArray: true })).fields ?? []) as MysqlField[]
  }

  /** Ends the connection, and what runs on it: the server would not notice. Whether that was heard is not told. */
  cancel(): void {
    const { threadId } = this.#connection
    if (this.#usable && this.#waiting.size > 0 && typeof threadId === 'number') {
      const other = open(this.#driver, this.#server, socketTo(this.#server))
      other.on('error', () => undefined)
      other.query({ sql: `KILL ${threadId}` }, () => other.destroy())
    }
    this.#usable = false
    this.#socket.destroy()
  }

  close(): void {
    if (this.#usable) this.#connection.end()
    else this.#socket.destroy()
    this.#usable = false
  }

  #connected(signal: CancelSignal): Promise<void> {
    return this.#waitFor((done, failed) => {
      this.#connection.once('connect', () => done(undefined))
      this.#connection.once('error', failed)
      signal.addEventListener('abort', () => failed(lost()))
    })
  }

  #do(how: 'execute' | 'query', options: object): Promise<{ rows: unknown; fields: unknown }> {
    return this.#waitFor((done, failed) => {
      this.#connection[how](options, (error, rows, fields) => {
        if (error === null || error === undefined) done({ rows, fields })
        else failed(error)
      })
    })
  }

  async #waitFor<T>(begin: (done: (outcome: T) => void, failed: (reason: unknown) => void) => void): Promise<T> {
    let fail = (_: Error): void => undefined
    const outcome = new Promise<T>((resolve, reject) => {
      fail = reject
      this.#waiting.add(fail)
      begin(resolve as (outcome: T) => void, reject)
    })
    try {
      return await outcome
    } finally {
      this.#waiting.delete(fail)
    }
  }
}

const lost = (): Error => Object.assign(new Error('connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' })

function socketTo({ host, port }: SqlServer): Socket {
  const socket = host.startsWith('/') ? connectSocket({ path: host }) : connectSocket({ host, port })
  return socket.setNoDelay(true).setKeepAlive(true)
}

function open(driver: MysqlDriver, server: SqlServer, socket: Socket): MysqlConnection {
  const { host, port, user, password, database, tls } = server
  return driver.createConnection({
    ...{ host, port, user, password: password ?? '', database, stream: () => socket },
    ...{ charset: 'utf8mb4_bin', connectTimeout: 0, flags: ['-LOCAL_FILES'] },
    ...{ supportBigNumbers: true, bigNumberStrings: true, dateStrings: true, jsonStrings: true },
    ...(tls === null ? {} : { ssl: { ...tls, rejectUnauthorized: true, verifyIdentity: true } }),
  })
}
