import { connect as connectSocket, Socket } from 'node:net'
import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import type { Pooled } from './pool.js'
import type { Cell } from './rows.js'
import type { SqlServer } from './server-url.js'

/** What we use of the package `pg`, and of one of its clients. */
export interface PostgresDriver {
  readonly Client: new (config: object) => PostgresClient
}

interface PostgresClient {
  readonly processID: number | null
  readonly secretKey: number | null
  connect(): Promise<unknown>
  query(config: object): Promise<PostgresResult>
  end(): Promise<void>
  on(event: string, listener: (message: { channel: string; payload?: string }) => void): void
}

interface PostgresResult {
  readonly rows: readonly (readonly Cell[])[]
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

/** Parameters: text, bytes, or what is encoded already (`binaryArray`). */
export type PostgresParameter = string | Buffer | null

/** The same texts whatever the server, the database and the role have set, and nothing written by who only reads. */
const settings = [
  'SET datestyle = ISO',
  'SET intervalstyle = postgres',
  "SET timezone = 'UTC'",
  'SET extra_float_digits = 1',
  'SET bytea_output = hex',
  "SET lc_monetary = 'C'",
  'SET standard_conforming_strings = on',
  'SET default_transaction_read_only = on',
  'SELECT current_setting($$server_encoding$$)',
].join(';')

const parsers: ReadonlyMap<number, (text: string) => Cell> = new Map<number, (text: string) => Cell>([
  [16, (text) => text === 't'],
  [17, (text) => Buffer.from(text.slice(2), 'hex')],
  [20, Number],
  [23, Number],
])
const asText = (text: string): Cell => text
const types = { getTypeParser: (oid: number) => parsers.get(oid) ?? asText }

/** One connection to PostgreSQL. */
export class PostgresSession implements Pooled {
  readonly #client: PostgresClient
  readonly #socket: Socket
  readonly #server: SqlServer
  /** Statements that are prepared here, by their text. */
  readonly #names = new Map<string, string>()
  #usable = true
  #running = 0

  /** Called with each notification, and once when the connection is lost. */
  onNotification: (channel: string, payload: string) => void = () => undefined
  onEnd: () => void = () => undefined

  private constructor(client: PostgresClient, socket: Socket, server: SqlServer) {
    this.#client = client
    this.#socket = socket
    this.#server = server
    client.on('error', () => (this.#usable = false))
    client.on('end', () => {
      this.#usable = false
      this.onEnd()
    })
    client.on('notification', ({ channel, payload = '' }) => this.onNotification(channel, payload))
  }

  /** @throws what the driver throws; {Unavailable} a database of another encoding */
  static async connect(driver: PostgresDriver, server: SqlServer, signal: CancelSignal): Promise<PostgresSession> {
    const { host, port, user, password, database, tls } = server
    const socket = new Socket()
    const client = new driver.Client({
      ...{ host, port, user, password: password ?? '', database, types, keepAlive: true },
      application_name: 'truedis',
      stream: () => socket,
      ssl: tls === null ? false : { ...tls, host, rejectUnauthorized: true },
    })
    const session = new PostgresSession(client, socket, server)
    const giveUp = (): void => void socket.destroy()
    signal.addEventListener('abort', giveUp)
    try {
      if (signal.aborted) throw new Unavailable('nobody waits', { counts: false })
      await client.connect()
      const { rows } = await session.#simple(settings)
      if (rows[0][0] !== 'UTF8')
        throw new Unavailable(`database has the encoding ${rows[0][0]}, not UTF8`, { counts: false })
      return session
    } catch (error) {
      session.cancel()
      throw error
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  /** The number of its process at the server: no other connection has it meanwhile. */
  get id(): number {
    return this.#client.processID ?? 0
  }

  get usable(): boolean {
    return this.#usable
  }

  /** Runs a statement, prepared once a connection. */
  async run(text: string, values: readonly PostgresParameter[]): Promise<readonly (readonly Cell[])[]> {
    let name = this.#names.get(text)
    if (name === undefined) {
      name = `truedis_${this.#names.size + 1}`
      this.#names.set(text, name)
    }
    return (await this.#query({ name, text, values, rowMode: 'array' })).rows
  }

  /** Runs a statement that is not worth keeping. */
  async once(text: string, values: readonly PostgresParameter[] = []): Promise<PostgresResult> {
    return this.#query({ text, values, rowMode: 'array' })
  }

  /** Ends the connection, and what runs on it: the server would notice only when it has the answer. */
  cancel(): void {
    const { processID, secretKey } = this.#client
    if (this.#usable && this.#running > 0 && processID !== null && secretKey !== null) {
      sendCancel(this.#server, processID, secretKey)
    }
    this.#usable = false
    this.#socket.destroy()
  }

  close(): void {
    this.#usable = false
    this.#client.end().catch(() => undefined)
  }

  /** Several statements at once; the last one's rows. */
  async #simple(text: string): Promise<PostgresResult> {
    const results = (await this.#query({ text, rowMode: 'array' })) as unknown as readonly PostgresResult[]
    return results[results.length - 1]
  }

  async #query(config: object): Promise<PostgresResult> {
    this.#running++
    try {
      return await this.#client.query(config)
    } finally {
      this.#running--
    }
  }
}

/**
 * Asks the server to end what a connection of ours does, over a connection for that purpose. Whether it was heard is not
 * told; the connection itself is ended anyway.
 *
 * @see https://www.postgresql.org/docs/15/protocol-flow.html (Canceling Requests in Progress)
 */
function sendCancel({ host, port }: SqlServer, processId: number, secretKey: number): void {
  const request = Buffer.alloc(16)
  request.writeInt32BE(16, 0)
  request.writeInt32BE(80877102, 4)
  request.writeInt32BE(processId, 8)
  request.writeInt32BE(secretKey, 12)
  const socket = connectSocket(host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port })
  socket.on('error', () => undefined)
  socket.on('data', () => undefined)
  socket.end(request)
}

/** An array as PostgreSQL's binary format has it, of one dimension and at least one element. */
export function binaryArray(elementOid: number, elements: readonly (string | Buffer | null)[]): Buffer {
  let size = 20
  for (const element of elements) size += 4 + (element === null ? 0 : Buffer.byteLength(element))
  const array = Buffer.allocUnsafe(size)
  array.writeInt32BE(1, 0)
  array.writeInt32BE(1, 4) // may hold NULLs
  array.writeInt32BE(elementOid, 8)
  array.writeInt32BE(elements.length, 12)
  array.writeInt32BE(1, 16) // counted from 1
  let at = 20
  for (const element of elements) {
    if (element === null) {
      at = array.writeInt32BE(-1, at)
      continue
    }
    const length = typeof element === 'string' ? array.utf8Write(element, at + 4) : element.copy(array, at + 4)
    array.writeInt32BE(length, at)
    at += 4 + length
  }
  return array
}
