import type { History } from './history.js'
import type { ReplicationHost } from './host.js'
import type { Primary } from './primary.js'
import type { Replica } from './replica.js'

/** How far replicas are behind, for an end of the server that waits for them. */
export class Laggards {
  /** Hears that a replica said how far it is, or left. */
  changed: () => void = () => {}
  readonly #host: ReplicationHost
  readonly #history: History
  readonly #primary: Primary

  constructor(host: ReplicationHost, history: History, primary: Primary) {
    this.#host = host
    this.#history = history
    this.#primary = primary
  }

  /** Bytes of the stream so far. */
  get offset(): number {
    return this.#history.offset
  }

  /** Whether each replica said that it has the first `offset` bytes, as one that waits for its image has of an empty one. */
  areNone(offset: number): boolean {
    for (const replica of this.#primary.replicas) if (!hasAll(replica, offset)) return false
    return true
  }

  /** Asks replicas how far they are, at the end of this loop turn. */
  ask(): void {
    if (!this.#primary.isQuiet) this.#primary.waits.ask()
  }

  /** Says in the log which of them have not said that they have the first `offset` bytes. */
  report(offset: number): void {
    const { log } = this.#host
    const { replicas } = this.#primary
    if (replicas.size === 0) return
    let behind = 0
    for (const replica of replicas) {
      if (hasAll(replica, offset)) continue
      behind++
      const lag = replica.isOnline ? this.#primary.lag(replica) : 0
      log.warning(
        `Lagging replica ${replica.name} reported offset ${offset - replica.acknowledged} behind master, lag=${lag}, ` +
          `state=${replica.shownState}.`,
      )
    }
    log.notice(`${replicas.size - behind} of ${replicas.size} replicas are in sync when shutting down.`)
  }
}

const hasAll = (replica: Replica, offset: number): boolean => replica.acknowledged >= offset
