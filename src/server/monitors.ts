import type { Clock } from '../base/index.js'
import { argumentsToShow, type Call, type Client, type Monitors } from '../command/index.js'
import { monitorLine } from '../observe/index.js'

/** Clients in MONITOR mode, and what they are shown. */
export class MonitorList implements Monitors {
  readonly #clients = new Set<Client>()
  readonly #clock: Clock
  readonly #changed: (some: boolean) => void

  constructor(clock: Clock, changed: (some: boolean) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  add(client: Client): void {
    client.isMonitor = true
    this.#clients.add(client)
    this.#changed(true)
  }

  remove(client: Client): void {
    client.isMonitor = false
    this.#clients.delete(client)
    this.#changed(this.#clients.size > 0)
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
    for (const monitor of this.#clients) monitor.send((reply) => reply.simple(line))
  }
}
