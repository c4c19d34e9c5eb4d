import type { Client, DurabilityWish, Later } from '../command/index.js'
import type { Timer } from '../base/index.js'
import type { ReplicationHost } from './host.js'
import type { History } from './history.js'
import type { OutgoingStream } from './outgoing-stream.js'

interface Wait {
  readonly client: Client
  readonly wish: DurabilityWish
  readonly later: Later
  timer: Timer | null
}

/** How many have what was fed: this server's file as 0 or 1, and replicas. */
export interface Acknowledged {
  readonly local: number
  readonly replicas: number
}

/** Clients that wait until what they changed is with others: WAIT and WAITAOF. */
export class Waits {
  readonly #host: ReplicationHost
  readonly #history: History
  readonly #stream: OutgoingStream
  readonly #waits = new Set<Wait>()
  #isAsking = false
  #isServing = false

  constructor(host: ReplicationHost, history: History, stream: OutgoingStream) {
    this.#host = host
    this.#history = history
    this.#stream = stream
  }

  get size(): number {
    return this.#waits.size
  }

  /** How many have all that was fed up to this byte. */
  count(fedBytes: number, onDisk: boolean): Acknowledged {
    // bytes of the feed from before the first replica are no part of the stream: whoever is here has them
    const offset = this.#history.offset - (this.#host.feed.bytes - fedBytes)
    let replicas = 0
    for (const replica of this.#stream.replicas) {
      if (replica.isOnline && (onDisk ? replica.onDisk : replica.acknowledged) >= offset) replicas++
    }
    return { local: this.#host.fedBytesOnDisk >= fedBytes ? 1 : 0, replicas }
  }

  add(client: Client, wish: DurabilityWish, later: Later): void {
    const wait: Wait = { client, wish, later, timer: null }
    this.#waits.add(wait)
    if (wish.timeoutMs > 0) {
      wait.timer = this.#host.clock.schedule(wish.timeoutMs, () => this.#settle(wait))
    }
    this.ask()
  }

  /** Somebody acknowledged something: settles, when the call at hand is over, the waits for which that was enough. */
  serve(): void {
    if (this.#isServing || this.#waits.size === 0) return
    this.#isServing = true
    this.#host.defer(() => {
      this.#isServing = false
      this.#serve()
    })
  }

  #serve(): void {
    for (const wait of [...this.#waits]) {
      const { wish, later } = wait
      if (!later.wanted) this.#forget(wait)
      else if (isEnough(wish, this.count(wish.fedBytes, wish.onDisk))) this.#settle(wait)
    }
  }

  /** Ends all waits with what there is, when the call at hand is over. */
  end(): void {
    this.#host.defer(() => {
      for (const wait of [...this.#waits]) this.#settle(wait)
    })
  }

  /** Asks replicas how far they are, once for all that wait, at the end of this loop turn. */
  ask(): void {
    if (this.#isAsking) return
    this.#isAsking = true
    this.#host.defer(() => {
      this.#isAsking = false
      this.#host.feed.tell(['REPLCONF', 'GETACK', '*'], 'replicas')
    })
  }

  #settle(wait: Wait): void {
    const { wish, later } = wait
    this.#forget(wait)
    const { local, replicas } = this.count(wish.fedBytes, wish.onDisk)
    later.settle((reply) => wish.write(reply, local, replicas))
  }

  #forget(wait: Wait): void {
    wait.timer?.cancel()
    this.#waits.delete(wait)
  }
}

export const isEnough = (wish: Pick<DurabilityWish, 'local' | 'replicas'>, has: Acknowledged): boolean =>
  has.local >= wish.local && has.replicas >= wish.replicas
