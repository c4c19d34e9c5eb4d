import type { Client, Clients } from '../command/index.js'

/** All clients by id, which is also the order in which they came. */
export class ClientRegistry implements Clients {
  readonly #clients = new Map<number, Client>()
  #nextId = 1

  get size(): number {
    return this.#clients.size
  }

  nextId(): number {
    return this.#nextId++
  }

  all(): Iterable<Client> {
    return this.#clients.values()
  }

  byId(id: number): Client | undefined {
    return this.#clients.get(id)
  }

  add(client: Client): void {
    this.#clients.set(client.id, client)
  }

  remove(client: Client): void {
    this.#clients.delete(client.id)
  }
}
