import { Slice, type Timer } from '../base/index.js'
import type { Block, Call, Client, Services } from '../command/index.js'
import type { KeyspaceObserver } from '../keyspace/index.js'

/** One client that waits for keys. It keeps its place in the queue while it is run again in vain. */
interface Waiter {
  readonly client: Client
  readonly request: number
  readonly keys: readonly string[]
  readonly block: Block
  timer: Timer | null
  isOver: boolean
}

const name = (db: number, key: Slice): string => `${db}:${key.toLatin1()}`

/**
 * Clients that wait for keys to change (BLPOP and its like): a call that finds nothing asks to be run again, and is, in
 * the order of waiting, after each command that changed one of its keys.
 */
export class BlockedClients implements KeyspaceObserver {
  readonly #services: Services
  readonly #byKey = new Map<string, Set<Waiter>>()
  readonly #byClient = new Map<Client, Waiter>()
  #ready: string[] = []

  constructor(services: Services) {
    this.#services = services
  }

  /** Number of clients that wait. */
  get size(): number {
    return this.#byClient.size
  }

  /** Whether a key that somebody waits for changed. */
  get isReady(): boolean {
    return this.#ready.length > 0
  }

  /** Makes the call's client wait; false when its time is up: the reply that says so is written. */
  add({ client, args, reply }: Call, block: Block): boolean {
    const known = this.#byClient.get(client)
    if (known !== undefined) {
      if (!known.isOver) return true
      this.forget(client)
      block.timedOut(reply)
      return false
    }
    const keys = block.keys.map((index) => name(client.database, args.at(index)))
    const waiter: Waiter = { client, request: client.requests - 1, keys, block, timer: null, isOver: false }
    if (block.timeoutMs > 0) {
      waiter.timer = this.#services.clock.schedule(block.timeoutMs, () => {
        waiter.isOver = true
        client.resume()
      })
    }
    this.#byClient.set(client, waiter)
    for (const key of keys) {
      const waiters = this.#byKey.get(key)
      if (waiters === undefined) this.#byKey.set(key, new Set([waiter]))
      else waiters.add(waiter)
    }
    this.#services.keyspace.setInterest(this, this.size)
    return true
  }

  /** A key changed: whoever waits for it is served after the command. */
  keyChanged(db: number, key: Slice): void {
    if (this.#byKey.size === 0) return
    const changed = name(db, key)
    if (this.#byKey.has(changed) && !this.#ready.includes(changed)) this.#ready.push(changed)
  }

  flushed(): void {
    // nobody waits for a key to go
  }

  /** Whoever waits in a database is served by what it holds now. */
  swapped(a: number, b: number): void {
    for (const key of this.#byKey.keys()) {
      if (key.startsWith(`${a}:`) || key.startsWith(`${b}:`)) this.#ready.push(key)
    }
  }

  /** Runs the calls that wait for what changed, first come first served. What they change is served in turn. */
  serve(): void {
    const ready = this.#ready
    this.#ready = []
    for (const key of ready) {
      for (const waiter of [...(this.#byKey.get(key) ?? [])]) {
        if (this.#byClient.get(waiter.client) !== waiter || !this.#concerns(key, waiter.block)) continue
        waiter.client.resume()
        if (waiter.client.requests !== waiter.request) this.#remove(waiter)
      }
    }
  }

  /** Whether what a key holds now is what a call waits for. */
  #concerns(changed: string, { type, wakesWhenGone = false }: Block): boolean {
    const colon = changed.indexOf(':')
    const db = this.#services.keyspace.databases[Number(changed.slice(0, colon))]
    const ref = db.find(Slice.from(Buffer.from(changed.slice(colon + 1), 'latin1')))
    return (ref !== 0 && db.type(ref) === type) || wakesWhenGone
  }

  forget(client: Client): void {
    const waiter = this.#byClient.get(client)
    if (waiter !== undefined) this.#remove(waiter)
  }

  #remove(waiter: Waiter): void {
    if (this.#byClient.get(waiter.client) !== waiter) return
    this.#byClient.delete(waiter.client)
    waiter.timer?.cancel()
    for (const key of waiter.keys) {
      const waiters = this.#byKey.get(key)
      waiters?.delete(waiter)
      if (waiters?.size === 0) this.#byKey.delete(key)
    }
    this.#services.keyspace.setInterest(this, this.size)
  }
}
