import type { Clock } from '../base/index.js'
import type { Client, Monitors } from '../command/index.js'

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

  /** Shows one request, its arguments already quoted and without secrets. */
  show(client: Client, database: number, quoted: string): void {
    const micros = this.#clock.unixMicros()
    const time = `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`
    const from = client.isUnixSocket ? client.address.replace(/:0$/, '').replace(/^/, 'unix:') : client.address
    const line = `${time} [${database} ${from}] ${quoted}`
    for (const monitor of this.#clients) monitor.send((reply) => reply.simple(line))
  }
}
