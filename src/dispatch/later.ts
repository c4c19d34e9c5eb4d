import type { Client, Later } from '../command/index.js'
import type { ReplyWriter } from '../resp/index.js'

/** The reply of a call that took it over. */
export class LaterReply implements Later {
  readonly #client: Client
  /** CLIENT REPLY held when the call was made. */
  readonly #isSilent: boolean
  #done = false

  constructor(client: Client) {
    this.#client = client
    this.#isSilent = client.replyMode === 'off' || client.replyMode === 'skip'
  }

  get wanted(): boolean {
    return !this.#done && !this.#client.closing
  }

  /** Whether it was settled before its call returned, or since. */
  get isDone(): boolean {
    return this.#done
  }

  settle(write: (reply: ReplyWriter) => void): void {
    if (this.#done) return
    this.#done = true
    if (!this.#isSilent) this.#client.send(write)
    if (this.#client.waiting) this.#client.resume()
  }
}
