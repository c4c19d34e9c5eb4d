import type { Reply } from '../../../resp/index.js'
import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import { RedisConnection } from './connection.js'
import type { Command, RedisAccess, RedisAddress, RedisEvents } from './connection.js'

/** One server: the connection over which it is read, made anew when it is gone. */
export class RedisNode {
  readonly address: RedisAddress
  readonly #access: RedisAccess
  #connection: RedisConnection | null = null

  constructor(address: RedisAddress, access: RedisAccess) {
    this.address = address
    this.#access = access
  }

  /**
   * Sends commands that may be sent twice: where a connection that was kept turns out to be closed, they go out again over
   * a new one.
   *
   * @throws {Unavailable}
   */
  async read(commands: readonly Command[], signal: CancelSignal): Promise<Reply[]> {
    const connection = this.#current()
    const kept = connection.proven
    try {
      return await connection.request(commands, signal)
    } catch (error) {
      if (!(error instanceof Unavailable) || signal.aborted || !kept || connection.usable) throw error
    }
    return this.#current().request(commands, signal)
  }

  /** A connection for one purpose, which its owner ends. */
  connect(protocol: 2 | 3, events: RedisEvents = {}): RedisConnection {
    return new RedisConnection(this.address, this.#access, protocol, events)
  }

  close(): void {
    this.#connection?.destroy()
    this.#connection = null
  }

  #current(): RedisConnection {
    if (this.#connection?.usable !== true) this.#connection = this.connect(2)
    return this.#connection
  }
}
