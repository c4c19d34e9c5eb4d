import type { Clock } from '../base/index.js'
import { argumentsToShow, type Call, type Client, type Monitors } from '../command/index.js'
import { monitorLine } from '../observe/index.js'

/**
 * Clients in MONITOR mode, and what they are shown.
 *
 * Lines are sent when the calls of the loop turn are over: in the midst of a call the output writes for its caller.
 */
export class MonitorList implements Monitors {
  /** Each with the number of waiting lines that are older than its MONITOR. */
  readonly #clients = new Map<Client, number>()
  readonly #clock: Clock
  readonly #changed: (some: boolean) => void
  #lines: string[] = []

  constructor(clock: Clock, changed: (some: boolean) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  add(client: Client): void {
    this.#clients.set(client, this.#lines.length)
    this.#changed(true)
  }

  /** The client that leaves still gets what was shown until now: it is the caller, or gone. */
  remove(client: Client): void {
    const older = this.#clients.get(client)
    if (older === undefined) return
    if (!client.closing) this.#send(client, older)
    this.#clients.delete(client)
    if (this.#clients.size > 0) return
    this.#lines = []
    this.#changed(false)
  }

  /** Shows a call, without its secrets. */
  show(call: Call): void {
    const { client } = call
    const line = monitorLine({
      unixMicros: this.#clock.unixMicros(),
      db: client.database,
      address: client.isUnixSocket ? `unix:${client.address.replace(/:0$/, '')}` : client.address,
      args: argumentsToShow(call),
    })
    if (this.#lines.length === 0) setImmediate(() => this.#sendAll())
    this.#lines.push(line)
  }

  #sendAll(): void {
    for (const [client, older] of this.#clients) {
      this.#send(client, older)
      this.#clients.set(client, 0)
    }
    this.#lines = []
  }

  #send(client: Client, older: number): void {
    const lines = this.#lines.slice(older)
    if (lines.length === 0) return
    client.send((reply) => {
      for (const line of lines) reply.simple(line)
    })
  }
}
