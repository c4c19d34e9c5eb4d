import { Connection } from './connection.js'
import type { Rooms } from './rooms.js'

/** What is done some times a second, and once: for files, replicas, clients, memory. */
export class Chores {
  readonly #rooms: Rooms

  constructor(rooms: Rooms) {
    this.#rooms = rooms
  }

  everyTick(): void {
    const { clients, clock, dispatcher, memory, outside, statistics, tracker } = this.#rooms
    outside.durability.tick()
    if (dispatcher.blocked.isReady) dispatcher.blocked.serve() // by what the sweep deleted
    statistics.sample(clock.unixMs())
    for (const client of clients.all()) if (client instanceof Connection) client.shrink()
    memory.tick()
    tracker.limit()
  }

  everySecond(): void {
    const { clients, migration, outside } = this.#rooms
    outside.durability.everySecond()
    outside.replication.everySecond()
    migration.everySecond()
    for (const client of clients.all()) if (client instanceof Connection) this.#lookAt(client)
  }

  /** Closes a client that does not read its replies, or has been silent for longer than `timeout`. */
  #lookAt(client: Connection): void {
    const { clock, config, log } = this.#rooms
    client.checkOutputLimit()
    if (client.replica?.isAttached === true) return
    const { timeout } = config.values
    const isIdle = timeout > 0 && clock.unixMs() - client.lastActiveMs > timeout * 1000
    if (!isIdle || client.waiting || client.isMonitor) return
    log.verbose(`Closing idle client ${client.address}`)
    client.close(false)
  }
}
