import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { Region } from '../base/index.js'
import { adoptSocket } from './adopt.js'

/** Bytes read at once. Redis's own size: larger is no faster, and lets one busy client hold the loop for longer. */
export const readBytes = 16 * 1024

/** Who takes what is read from a socket. */
export interface Receiver {
  receive(shared: Region, length: number): void
}

/** Called with each new socket; null refuses it. */
export type Accept = (socket: net.Socket, path: string) => Receiver | null

export interface ListenOptions {
  /** Addresses; one behind `-` may be missing on this machine. */
  readonly addresses: readonly string[]
  /** 0: a free port, chosen by the system for the first address and used for all. */
  readonly port: number
  readonly backlog: number
}

/** Listens on addresses and a unix socket, and reads all connections into one buffer. */
export class Listener {
  readonly #accept: Accept
  readonly #refused: (problem: Error) => void
  readonly #shared = Region.allocate(readBytes)
  readonly #buffer = this.#shared.bytes.subarray(0, readBytes)
  #servers: net.Server[] = []
  #port = 0
  #socketPath = ''

  /** `refused` hears of a connection that the system did not give, for want of descriptors say. */
  constructor(accept: Accept, refused: (problem: Error) => void) {
    this.#accept = accept
    this.#refused = refused
  }

  /** The TCP port listened on, 0 for none. */
  get port(): number {
    return this.#port
  }

  /** @throws {Error} the system's: an address that cannot be listened on */
  async listen({ addresses, port, backlog }: ListenOptions): Promise<void> {
    const servers: net.Server[] = []
    try {
      for (const address of addresses) {
        const host = address.replace(/^-/, '')
        const server = await this.#open({ ...where(host), port, backlog }, '').catch((problem: unknown) => {
          if (address.startsWith('-') && isMissingAddress(problem)) return null
          throw problem
        })
        if (server === null) continue
        servers.push(server)
        port = (server.address() as net.AddressInfo).port
      }
    } catch (problem) {
      for (const server of servers) server.close()
      throw problem
    }
    this.#servers.push(...servers)
    this.#port = port
  }

  /** Listens on a unix socket, taking the place of one that a dead server left behind. `mode` 0 leaves it to umask. */
  async listenUnix(path: string, mode: number, backlog: number): Promise<void> {
    if (isSocket(path) && (await isStale(path))) unlinkSync(path)
    this.#servers.push(await this.#open({ path, backlog }, path))
    this.#socketPath = path
    if (mode !== 0) chmodSync(path, mode)
  }

  /** Listens elsewhere, and no longer where it did; connections stay. @throws {Error} as `listen`; nothing changed then */
  async move(options: ListenOptions): Promise<void> {
    const old = this.#servers.filter((server) => typeof server.address() === 'object')
    // the same port on the same address cannot be opened twice: then the old ones have to go first
    if (options.port === this.#port) for (const server of old) server.close()
    await this.listen(options)
    for (const server of old) if (server.listening) server.close()
    this.#servers = this.#servers.filter((server) => server.listening)
  }

  /** Accepts nobody any more. Resolves when all connections are closed. */
  async close(): Promise<void> {
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())))
    this.#servers = []
    await Promise.all(closed)
    if (this.#socketPath !== '') unlinkQuietly(this.#socketPath)
  }

  #open(options: net.ListenOptions, path: string): Promise<net.Server> {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (accepted) => {
      this.#take(accepted, path)
    })
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(options, () => {
        server.removeAllListeners('error')
        server.on('error', this.#refused) // the next one may succeed
        resolve(server)
      })
    })
  }

  #take(accepted: net.Socket, path: string): void {
    let receiver: Receiver | null = null
    const socket = adoptSocket(accepted, this.#buffer, (length) => receiver?.receive(this.#shared, length))
    receiver = this.#accept(socket, path)
    socket.resume()
    socket.read(0)
  }
}

const where = (host: string): { host: string; ipv6Only?: boolean } =>
  host === '*' ? { host: '0.0.0.0' } : host === '::*' ? { host: '::', ipv6Only: true } : { host }

/** Codes that say: this machine has no such address. */
const missing = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND', 'EPROTONOSUPPORT'])

const isMissingAddress = (error: unknown): boolean => missing.has((error as NodeJS.ErrnoException).code ?? '')

/** Whether the path is a unix socket's: a file of another kind, which is refused just as a stale one, is not ours to take away. */
const isSocket = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true

/** Whether nobody listens on the unix socket. */
function isStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(false)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Node takes the file away itself when it closes the socket
  }
}
