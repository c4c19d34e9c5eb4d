import { Slice } from '../base/index.js'
import { Watch, type Client } from '../command/index.js'
import type { Keyspace, KeyspaceObserver } from '../keyspace/index.js'

/** Whether a key is there and its deadline has not passed. Leaves no trace, not even that of what expired. */
function isThere(keyspace: Keyspace, db: number, key: Slice): boolean {
  const database = keyspace.databases[db]
  const ref = database.findInMemory(key)
  return ref !== 0 && !database.isExpired(ref)
}

const nameOf = (db: number, key: string): string => `${db}:${key}`

/**
 * WATCH: which clients watch which keys.
 *
 * A key that was missing when it was watched, or past its deadline, may go on missing: that it is swept, flushed or swapped
 * away is no change. One that was there must be there still at EXEC. A watch that went stale watches nothing any more.
 */
export class Watches implements KeyspaceObserver {
  readonly #keyspace: Keyspace
  /** By database, by key as latin1 text. */
  readonly #databases: Map<string, Set<Client>>[]
  #count = 0

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
    this.#databases = keyspace.databases.map(() => new Map())
  }

  add(client: Client, db: number, key: Slice): void {
    const watch = (client.watch ??= new Watch())
    const text = key.toLatin1()
    if (watch.isStale || watch.keys.has(nameOf(db, text))) return
    watch.keys.set(nameOf(db, text), isThere(this.#keyspace, db, key))
    const clients = this.#databases[db].get(text)
    if (clients === undefined) this.#databases[db].set(text, new Set([client]))
    else clients.add(client)
    this.#watching(1)
  }

  /** The client watches nothing any more, and what it watched is no matter. */
  clear(client: Client): void {
    if (client.watch === null) return
    this.#drop(client, client.watch)
    client.watch = null
  }

  /** Whether EXEC must not run. */
  isStale({ watch }: Client): boolean {
    if (watch === null) return false
    if (watch.isStale) return true
    for (const [name, wasThere] of watch.keys) {
      const { db, key } = parsed(name)
      if (wasThere && !isThere(this.#keyspace, db, Slice.from(Buffer.from(key, 'latin1')))) return true
    }
    return false
  }

  keyChanged(db: number, key: Slice, event: string | null): void {
    const watched = this.#databases[db]
    if (event === null || watched.size === 0) return
    const text = key.toLatin1()
    for (const client of watched.get(text) ?? []) {
      const wasThere = client.watch!.keys.get(nameOf(db, text))!
      if (wasThere || event !== 'expired') this.#stale(client)
    }
  }

  flushed(db: number): void {
    this.#staleWhere(db, () => false)
  }

  swapped(a: number, b: number): void {
    for (const db of [a, b]) {
      this.#staleWhere(db, (key) => isThere(this.#keyspace, db, Slice.from(Buffer.from(key, 'latin1'))))
    }
  }

  /** Makes the watches stale of all keys that were there, and of those that appear. */
  #staleWhere(db: number, appears: (key: string) => boolean): void {
    for (const [key, clients] of this.#databases[db]) {
      for (const client of clients) {
        if (client.watch!.keys.get(nameOf(db, key)) === true || appears(key)) this.#stale(client)
      }
    }
  }

  #stale(client: Client): void {
    const watch = client.watch!
    watch.isStale = true
    this.#drop(client, watch)
  }

  #drop(client: Client, watch: Watch): void {
    for (const name of watch.keys.keys()) {
      const { db, key } = parsed(name)
      const clients = this.#databases[db].get(key)
      clients?.delete(client)
      if (clients?.size === 0) this.#databases[db].delete(key)
    }
    this.#watching(-watch.keys.size)
    watch.keys.clear()
  }

  #watching(more: number): void {
    this.#count += more
    this.#keyspace.setInterest(this, this.#count)
  }
}

function parsed(name: string): { db: number; key: string } {
  const colon = name.indexOf(':')
  return { db: Number(name.slice(0, colon)), key: name.slice(colon + 1) }
}
