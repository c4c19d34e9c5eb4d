import { connect, type NetConnectOpts, type Socket } from 'node:net'
import { ReplyError } from '../src/base/index.js'
import { type Reply, ReplyReader } from '../src/resp/index.js'
import { systemReason } from '../src/server/index.js'
import { Mistake } from './mistake.js'

export interface Target {
  readonly host: string
  readonly port: number
  /** Path of a unix socket, instead of host and port. */
  readonly socket?: string
  readonly password?: string
}

/** One connection to a running server that sends a command and waits for its reply. */
export class Client {
  readonly #socket: Socket
  readonly #where: string
  readonly #reader = new ReplyReader({ buffers: true })
  #wake: () => void = () => undefined
  #ended: string | undefined

  private constructor(options: NetConnectOpts, where: string) {
    this.#where = where
    this.#socket = connect(options)
    this.#socket.on('data', (chunk: Buffer) => {
      this.#reader.feed(chunk)
      this.#wake()
    })
    this.#socket.on('error', (error) => this.#end(systemReason(error)))
    this.#socket.on('close', () => this.#end('the connection was closed'))
  }

  /** @throws {Mistake} no server there, or another password */
  static async open({ host, port, socket, password }: Target): Promise<Client> {
    const client = new Client(socket === undefined ? { host, port } : { path: socket }, socket ?? `${host}:${port}`)
    if (password !== undefined) {
      const reply = await client.call('AUTH', password)
      if (reply instanceof ReplyError) throw new Mistake(`${client.#where}: ${reply.text}; see --password`)
    }
    return client
  }

  /** The reply, an error reply included; bulks are Buffers. */
  async call(...args: readonly string[]): Promise<Reply> {
    const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`)
    this.#socket.write(`*${args.length}\r\n${bulks.join('')}`)
    for (;;) {
      const reply = this.#reader.next()
      if (reply !== undefined) return reply
      if (this.#ended !== undefined) {
        throw new Mistake(
          `no reply from ${this.#where}: ${this.#ended}; is a server running there? See --host, --port, --socket`,
        )
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  #end(reason: string): void {
    this.#ended ??= reason
    this.#wake()
  }
}
