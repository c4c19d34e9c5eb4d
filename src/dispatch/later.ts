import type { Client, Later } from '../command/index.js'
import { ReplyWriter } from '../resp/index.js'

/** Whether what the client asks for now is not replied to. */
export const isSilent = ({ replyMode }: Client): boolean => replyMode !== 'on' && replyMode !== 'skip-next'

/** The reply of a call that took it over. */
export class LaterReply implements Later {
  protected readonly client: Client
  /** CLIENT REPLY held when the call was made. */
  protected readonly isSilent: boolean
  #done = false

  constructor(client: Client) {
    this.client = client
    this.isSilent = isSilent(client)
  }

  get wanted(): boolean {
    return !this.#done && !this.client.closing
  }

  /** Whether it was settled before its call returned, or since. */
  get isDone(): boolean {
    return this.#done
  }

  settle(write: (reply: ReplyWriter) => void): void {
    if (this.#done) return
    this.#done = true
    this.deliver(write)
  }

  protected deliver(write: (reply: ReplyWriter) => void): void {
    if (!this.isSilent) this.client.send(write)
    if (this.client.waiting) this.client.resume()
  }
}

/**
 * The reply of a call inside of EXEC that took it over: EXEC's own reply waits for it.
 */
export class InnerReply extends LaterReply {
  /** Where in the reply of EXEC it stands. */
  readonly mark: number
  #bytes: Buffer = Buffer.alloc(0)
  readonly #known: () => void

  /** @param known called when it is there */
  constructor(client: Client, mark: number, known: () => void) {
    super(client)
    this.mark = mark
    this.#known = known
  }

  /** What was replied, in the client's protocol. */
  get bytes(): Buffer {
    return this.#bytes
  }

  protected override deliver(write: (reply: ReplyWriter) => void): void {
    if (!this.isSilent) {
      const reply = new ReplyWriter()
      reply.begin(this.client.protocol)
      write(reply)
      this.#bytes = Buffer.from(reply.region.bytes.subarray(reply.start, reply.position))
    }
    this.#known()
  }
}
