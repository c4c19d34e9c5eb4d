import { SocketlessClient } from '../command/index.js'

/** The link to the primary as CLIENT LIST shows it, and CLIENT KILL cuts it. It sends no requests of its own. */
export class PrimaryClient extends SocketlessClient {
  readonly address: string
  readonly localAddress = ''
  override readonly isPrimary = true
  readonly #cut: () => void

  constructor(id: number, nowMs: number, address: string, cut: () => void) {
    super(id, nowMs)
    this.address = address
    this.#cut = cut
  }

  resume(): void {
    // it never waits
  }

  send(): void {
    // it is sent acknowledgements only
  }

  push(): void {
    // and no messages
  }

  close(): void {
    this.#cut()
  }
}
