import { ReplyError } from '../base/index.js'
import type { Reply, ReplyFormat } from '../resp/index.js'
import { CommandError } from './command-error.js'
import type { LocalClient } from './local-client.js'

/** A client in the same process that is kept: its calls run one behind the other, and what one asks for holds for the next. */
export class LocalSession {
  readonly #client: LocalClient
  /** The call before, over or not. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(client: LocalClient) {
    this.#client = client
  }

  get id(): number {
    return this.#client.id
  }

  /** @throws {CommandError} the reply is an error @throws {Error} the client is closed, or is while the call waits */
  call(args: readonly (string | Buffer)[], format: ReplyFormat): Promise<Reply> {
    const reply = this.#last.then(() => this.#client.call(args, format))
    this.#last = reply.catch(() => {})
    return reply.then((value) => {
      if (value instanceof ReplyError) throw new CommandError(value)
      return value
    })
  }

  close(): void {
    this.#client.close(false)
  }
}
