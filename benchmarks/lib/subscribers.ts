import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encode } from './resp-client.js'

const waitMsMax = 30_000

/** Connections that hear everything on a channel and count no more of it than its bytes. */
export class Subscribers {
  readonly #sockets: readonly Socket[]
  /** Bytes that came to each, what it was told of its subscription left out. */
  readonly #heard: number[]
  #lost: Error | null = null

  private constructor(sockets: readonly Socket[]) {
    this.#sockets = sockets
    this.#heard = sockets.map(() => 0)
    for (const [index, socket] of sockets.entries()) {
      socket.on('data', (chunk) => (this.#heard[index] += chunk.length))
      socket.on('close', () => (this.#lost ??= new Error('the server closed the connection of a subscriber')))
    }
  }

  static async listen(port: number, channel: string, count: number): Promise<Subscribers> {
    const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
    for (const socket of sockets) {
      socket.on('error', () => {}) // 'close' follows
      socket.write(encode('SUBSCRIBE', channel))
      await once(socket, 'data')
    }
    return new Subscribers(sockets)
  }

  /**
   * Waits until every message came, and leaves.
   *
   * @param bytes that each must have heard by then
   * @throws a subscriber was cut off: what was measured then is not the delivery of messages
   */
  async leave(bytes: number): Promise<void> {
    const deadlineMs = Date.now() + waitMsMax
    while (this.#lost === null && this.#heard.some((heard) => heard < bytes)) {
      if (Date.now() > deadlineMs) this.#lost = new Error('messages were still missing after 30 s')
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    const lost = this.#lost
    for (const socket of this.#sockets) socket.destroy()
    if (lost !== null) throw lost
  }
}
