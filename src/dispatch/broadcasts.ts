import type { Client, Tracking } from '../command/index.js'

/** One prefix that some clients want to be told of. */
interface Watched {
  readonly clients: Set<Client>
  /** Keys that changed since the last message, each with the client that changed it last. */
  readonly changed: Map<string, Client | null>
}

const byBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** CLIENT TRACKING with BCAST: keys that change, by their prefixes, gathered for one message a loop turn. */
export class Broadcasts {
  readonly #prefixes = new Map<string, Watched>()

  /** Number of different prefixes. */
  get prefixes(): number {
    return this.#prefixes.size
  }

  add(client: Client, tracking: Tracking, prefixes: readonly string[]): void {
    tracking.prefixes = [...new Set([...tracking.prefixes, ...prefixes])].sort(byBytes)
    for (const prefix of prefixes) {
      const watched = this.#prefixes.get(prefix)
      if (watched !== undefined) watched.clients.add(client)
      else this.#prefixes.set(prefix, { clients: new Set([client]), changed: new Map() })
    }
  }

  remove(client: Client, { prefixes }: Tracking): void {
    for (const prefix of prefixes) {
      const watched = this.#prefixes.get(prefix)
      watched?.clients.delete(client)
      if (watched?.clients.size === 0) this.#prefixes.delete(prefix)
    }
  }

  /** A key changed; whether anybody is to be told. */
  note(key: string, by: Client | null): boolean {
    let isWatched = false
    for (const [prefix, { changed }] of this.#prefixes) {
      if (!key.startsWith(prefix)) continue
      changed.set(key, by)
      isWatched = true
    }
    return isWatched
  }

  /** Tells each client what changed under each of its prefixes, in the order of their bytes. */
  send(tell: (client: Client, payload: string) => void): void {
    for (const prefix of [...this.#prefixes.keys()].sort(byBytes)) {
      const { clients, changed } = this.#prefixes.get(prefix)!
      if (changed.size === 0) continue
      const keys = [...changed].sort(([a], [b]) => byBytes(a, b))
      changed.clear()
      const all = arrayOf(keys.map(([key]) => key))
      for (const client of clients) {
        if (client.tracking?.noLoop !== true) tell(client, all)
        else {
          const others = keys.flatMap(([key, by]) => (by === client ? [] : [key]))
          if (others.length > 0) tell(client, arrayOf(others))
        }
      }
    }
  }
}

const arrayOf = (keys: readonly string[]): string =>
  `*${keys.length}\r\n${keys.map((key) => `$${key.length}\r\n${key}\r\n`).join('')}`
