import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { RedisParser } from './peers.js'
import { ReplyCounter } from './reply-counter.js'

/** A request as it goes over the wire. ASCII only: lengths are counted in characters. */
export function encode(...args: readonly (string | number)[]): string {
  let text = `*${args.length}\r\n`
  for (const arg of args) text += `$${String(arg).length}\r\n${arg}\r\n`
  return text
}

/** How a bulk load is cut: requests are written in batches, so many of which may be unanswered at once. */
export interface PipelineOptions {
  readonly batchRequests?: number
  readonly batchesInFlight?: number
}

/**
 * A connection for what redis-benchmark cannot do: exact keys, each once, as fast as they can be written.
 *
 * Either one `call`, one `calls` or one `pipeline` at a time.
 */
export class RespClient {
  readonly #socket: Socket
  #onData: (chunk: Buffer) => void = () => {}
  #onLost: (error: Error) => void = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#onData(chunk))
    socket.on('error', (error) => this.#onLost(error))
    socket.on('close', () => this.#onLost(new Error('the server closed the connection')))
  }

  static async connect(port: number): Promise<RespClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    return new RespClient(socket)
  }

  /** Sends one request and resolves to its reply; an error reply rejects. */
  call(...args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const parser = new RedisParser({ returnReply: resolve, returnError: reject })
      this.#onData = (chunk) => parser.execute(chunk)
      this.#onLost = reject
      this.#socket.write(encode(...args), 'latin1')
    })
  }

  /** Sends encoded requests together and resolves to their replies, in order; an error reply rejects. */
  calls(requests: readonly string[]): Promise<unknown[]> {
    return new Promise((resolve, reject) => {
      const replies: unknown[] = []
      const returnReply = (reply: unknown): void => {
        if (replies.push(reply) === requests.length) resolve(replies)
      }
      const parser = new RedisParser({ returnReply, returnError: reject })
      this.#onData = (chunk) => parser.execute(chunk)
      this.#onLost = reject
      this.#socket.write(requests.join(''), 'latin1')
    })
  }

  /**
   * Sends `count` requests, `requestAt(0)` first, keeping the pipe full.
   *
   * @throws the first error reply, since a load that partly failed measures nothing
   */
  async pipeline(count: number, requestAt: (index: number) => string, options: PipelineOptions = {}): Promise<void> {
    const { batchRequests = 500, batchesInFlight = 8 } = options
    const replies = new ReplyCounter()
    let sent = 0
    await new Promise<void>((resolve, reject) => {
      const advance = (): void => {
        if (replies.firstError !== null) return reject(new Error(replies.firstError))
        if (replies.count >= count) return resolve()
        while (sent < count && sent - replies.count <= batchRequests * (batchesInFlight - 1)) {
          const end = Math.min(count, sent + batchRequests)
          let text = ''
          for (; sent < end; sent++) text += requestAt(sent)
          this.#socket.write(text, 'latin1')
        }
      }
      this.#onLost = reject
      this.#onData = (chunk) => {
        replies.feed(chunk)
        advance()
      }
      advance()
    })
  }

  close(): void {
    this.#onLost = () => {}
    this.#socket.destroy()
  }
}
