import { ReplyError } from '../../../base/index.js'
import type { Push } from '../../../resp/index.js'
import type { CancelSignal } from '../../cancellation.js'
import type { ChangeListener, Watch } from '../../store.js'
import type { RedisConnection } from './connection.js'
import { Refusal } from './errors.js'
import type { RedisNode } from './node.js'

/**
 * Listens to one server for changes of keys that begin alike.
 *
 * Tracking in broadcasting mode: the server remembers no keys, so it forgets none, and tells of every change, whoever
 * reads what over which connection. NOLOOP: what is written over this very connection is not told, since who writes
 * hears of it by the reply.
 *
 * @see https://redis.io/docs/latest/develop/reference/client-side-caching/ (broadcasting mode)
 */
export class ServerWatch implements Watch {
  readonly connection: RedisConnection
  readonly #listener: ChangeListener
  #told = false

  private constructor(node: RedisNode, listener: ChangeListener) {
    this.#listener = listener
    this.connection = node.connect(3, {
      pushed: (push) => this.#pushed(push),
      closed: (reason) => this.#lost(reason.message),
    })
  }

  /** @throws {Unavailable} */
  static async open(
    node: RedisNode,
    prefix: string,
    listener: ChangeListener,
    signal: CancelSignal,
  ): Promise<ServerWatch> {
    let listening = false
    const watch = new ServerWatch(node, {
      changed: (key) => listener.changed(key),
      changedAll: () => listener.changedAll(),
      lost: (reason) => listening && listener.lost(reason), // until then who opens it hears why by what is thrown
    })
    try {
      await watch.#begin(prefix, signal)
    } catch (error) {
      await watch.close()
      throw error
    }
    listening = true
    return watch
  }

  /**
   * Asks twice: what others changed in the turn of the server's loop that answered first is sent at the end of that turn,
   * behind the answer.
   */
  async prove(signal: CancelSignal): Promise<void> {
    await this.connection.request([['PING']], signal)
    await this.connection.request([['PING']], signal)
  }

  async close(): Promise<void> {
    this.#told = true
    this.connection.destroy()
  }

  async #begin(prefix: string, signal: CancelSignal): Promise<void> {
    const which = prefix === '' ? [] : ['PREFIX', Buffer.from(prefix, 'latin1')]
    const [reply] = await this.connection.request([['CLIENT', 'TRACKING', 'ON', 'BCAST', 'NOLOOP', ...which]], signal)
    if (reply instanceof ReplyError) throw new Refusal(reply)
  }

  #pushed({ items: [kind, keys] }: Push): void {
    if (String(kind) !== 'invalidate') return
    if (!Array.isArray(keys)) return this.#listener.changedAll() // FLUSHALL, FLUSHDB
    for (const key of keys) if (Buffer.isBuffer(key)) this.#listener.changed(key.latin1Slice())
  }

  #lost(reason: string): void {
    if (this.#told) return
    this.#told = true
    this.#listener.lost(reason)
  }
}
