import type { ReplyError } from '../base/index.js'
import { SocketlessClient, type Replay } from '../command/index.js'
import type { Args } from '../resp/index.js'
import type { Dispatcher } from './dispatcher.js'

/**
 * The client in whose name an append-only file or a primary's stream is executed. Nobody reads its replies, nothing is
 * refused to it, and its origins are never asked.
 */
export class ReplayClient extends SocketlessClient implements Replay {
  readonly address: string
  readonly localAddress = ''
  override readonly isReplay = true
  override noOrigin = true
  override deniesBlocking = true
  readonly #dispatcher: Dispatcher

  constructor(id: number, dispatcher: Dispatcher, nowMs: number, address = '') {
    super(id, nowMs)
    this.#dispatcher = dispatcher
    this.address = address
  }

  get inTransaction(): boolean {
    return this.transaction !== null
  }

  apply(args: Args): ReplyError | null {
    return this.#dispatcher.replay(this, args)
  }

  reset(database = 0): void {
    this.#dispatcher.forget(this)
    this.database = database
  }

  resume(): void {
    // it never waits
  }

  send(): void {
    // replies are dropped
  }

  push(): void {
    // as are messages
  }

  close(): void {
    this.closing = true
  }
}
