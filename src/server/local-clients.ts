import { ReplyError } from '../base/index.js'
import type { Message, PubSub } from '../pubsub/index.js'
import type { Reply, ReplyFormat } from '../resp/index.js'
import type { ClientRegistry } from './clients.js'
import { CommandError } from './command-error.js'
import { LocalClient, type LocalHost } from './local-client.js'
import { LocalListener } from './local-listener.js'
import { LocalSession } from './local-session.js'

/** The server that local clients belong to. */
export interface LocalClientsHost extends LocalHost {
  gone(client: LocalClient): void
}

/** Clients without a socket: whoever executes commands in the same process. */
export class LocalClients {
  readonly #host: LocalClientsHost
  readonly #clients: ClientRegistry
  readonly #pubsub: PubSub
  readonly #all = new Set<LocalClient>()

  constructor(host: LocalClientsHost, clients: ClientRegistry, pubsub: PubSub) {
    this.#host = host
    this.#clients = clients
    this.#pubsub = pubsub
  }

  /** Executes a command. The reply is what a RESP3 client would have read. @throws {CommandError} it is an error */
  async call(args: readonly (string | Buffer)[], format: ReplyFormat): Promise<Reply> {
    // a client for each call: what it asks for, a database or a protocol, is nothing to the next one
    const client = this.#enter()
    const reply = await client.call(args, format)
    client.close(true)
    if (reply instanceof ReplyError) throw new CommandError(reply)
    return reply
  }

  /** A client that stays until it is closed, and is listed among the others. */
  connect(): LocalSession {
    const client = this.#enter()
    this.#clients.add(client)
    return new LocalSession(client)
  }

  /** Calls `tell` with each message to a channel, or to those that match a pattern, until the result is called. */
  subscribe(kind: 'channel' | 'pattern', name: string, tell: (message: Message) => void): () => void {
    const listener = new LocalListener(tell)
    // names are bytes, a code unit each
    this.#pubsub.subscribe(kind, listener, Buffer.from(name).latin1Slice())
    return () => {
      listener.end()
      this.#pubsub.leave(listener)
    }
  }

  /** The server ends: calls that still wait are told so. */
  abandon(): void {
    for (const client of this.#all) client.abandon()
  }

  #enter(): LocalClient {
    const client: LocalClient = new LocalClient(this.#clients.nextId(), this.#host, () => {
      this.#all.delete(client)
      this.#host.gone(client)
    })
    this.#all.add(client)
    return client
  }
}
