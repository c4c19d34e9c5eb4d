import type net from 'node:net'
import type { Log } from '../base/index.js'
import { Gate } from '../command/index.js'
import type { Statistics } from '../observe/index.js'
import type { ClientRegistry } from './clients.js'
import { BadValue, type Config } from './config/index.js'
import type { ConnectionHost } from './connection-host.js'
import { Connection } from './connection.js'
import { refusalOf } from './front-door.js'
import { Listener } from './listener.js'

export interface ReceptionParts {
  readonly config: Config
  readonly clients: ClientRegistry
  readonly statistics: Statistics
  readonly log: Log
}

/** Lets clients in, or tells them why not; what CONFIG SET changes of who may come, where, and how much they are sent. */
export class Reception {
  readonly #parts: ReceptionParts
  readonly #host: ConnectionHost
  readonly #listener: Listener

  constructor(parts: ReceptionParts, host: ConnectionHost) {
    this.#parts = parts
    this.#host = host
    this.#listener = new Listener(
      (socket, path) => this.#accept(socket, path),
      (problem) => parts.log.warning(`a connection could not be accepted: ${problem.message}`),
    )
    this.#followConfig()
  }

  /** The TCP port, 0 without one. */
  get port(): number {
    return this.#listener.port
  }

  /** Listens where the configuration says. @throws {Error} an address that cannot be listened on */
  async open(anyPort: boolean): Promise<void> {
    const { port, bind, unixsocket, unixsocketperm, tcpBacklog } = this.#parts.config.values
    if (anyPort || port !== 0) {
      await this.#listener.listen({ addresses: bind, port: anyPort ? 0 : port, backlog: tcpBacklog })
    }
    if (!unixsocket) return
    await this.#listener.listenUnix(unixsocket, unixsocketperm, tcpBacklog).catch(async (problem: unknown) => {
      await this.#listener.close() // it serves on all it was told to, or not at all
      throw problem
    })
  }

  /** Lets nobody in any more; settles when the last connection is closed. */
  close(): Promise<void> {
    return this.#listener.close()
  }

  #accept(socket: net.Socket, path: string): Connection | null {
    const { clients, config, statistics } = this.#parts
    const { values } = config
    const refusal = refusalOf(socket.remoteAddress, path, values, clients.size)
    if (refusal !== null) {
      statistics.rejectedConnections++
      socket.on('error', () => socket.destroy())
      socket.write(refusal)
      socket.destroySoon() // and do not wait for the client to close its side
      return null
    }
    statistics.connectionsReceived++
    socket.setNoDelay(true)
    if (values.tcpKeepalive > 0) socket.setKeepAlive(true, values.tcpKeepalive * 1000)
    const connection = new Connection(clients.nextId(), socket, this.#host, path)
    if (values.requirepass.length > 0) connection.gates |= Gate.auth
    clients.add(connection)
    return connection
  }

  #followConfig(): void {
    const { clients, config } = this.#parts
    config.onChange('clientOutputBufferLimit', () => {
      for (const client of clients.all()) if (client instanceof Connection) client.limitReplies()
    })
    config.onChange('requirepass', (password) => {
      // without a password everybody is let in, those too who have not given the former one
      if (password.length === 0) for (const client of clients.all()) client.gates &= ~Gate.auth
    })
    config.onChange('port', (port) => this.#move(port, 'Unable to listen on this port. Check server logs.'))
    // the port may be one that the system chose
    config.onChange('bind', () => this.#move(this.port, 'Failed to bind to specified addresses.'))
  }

  async #move(port: number, refusal: string): Promise<void> {
    const { config, log } = this.#parts
    const { bind, tcpBacklog } = config.values
    try {
      await this.#listener.move({ addresses: port === 0 ? [] : bind, port, backlog: tcpBacklog })
    } catch (problem) {
      log.warning(`${refusal}: ${(problem as Error).message}`)
      throw new BadValue(refusal)
    }
  }
}
