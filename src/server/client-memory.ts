import type { Client } from '../command/index.js'

/** Clients below this many bytes count as equally large, and so do those above the other bound: powers of two. */
const smallestBucket = 15
const largestBucket = 33
/** `maxmemory-clients` is never less than this, so that a mistake can be mended by a client. */
const limitBytesMin = 128 * 1024

/** What all clients hold in buffers, and who has to go when it is too much. */
export class ClientMemory {
  /** `maxmemory-clients` in bytes; 0 is no limit. */
  #limitBytes = 0
  #bytes = 0

  /** Bytes of all clients, as of their last `note`. */
  get bytes(): number {
    return this.#bytes
  }

  get isExceeded(): boolean {
    return this.#limitBytes !== 0 && this.#bytes >= this.#limitBytes
  }

  /** Sets the limit: bytes, or a share of `maxmemory` in percent as a negative number, which without one is no limit. */
  setLimit(limit: number, maxmemoryBytes: number): void {
    const bytes = limit < 0 ? Math.floor((maxmemoryBytes * -limit) / 100) : limit
    this.#limitBytes = bytes === 0 ? 0 : Math.max(bytes, limitBytesMin)
  }

  /** Takes the present size of a client into account. */
  note(client: Client): void {
    // replicas, and the primary, have limits of their own
    const bytes = client.isPrimary || client.replica?.isAttached === true ? 0 : client.memoryBytes
    if (bytes === client.notedBytes) return
    this.#bytes += bytes - client.notedBytes
    client.notedBytes = bytes
  }

  forget(client: Client): void {
    this.#bytes -= client.notedBytes
    client.notedBytes = 0
  }

  /** Gives up clients, the largest first, until the others are within the limit. */
  evict(clients: Iterable<Client>, giveUp: (client: Client) => void): void {
    const candidates = [...clients].filter((client) => !client.noEvict && client.notedBytes > 0)
    candidates.sort((a, b) => bucketOf(b.notedBytes) - bucketOf(a.notedBytes))
    for (const client of candidates) {
      if (!this.isExceeded) return
      this.forget(client)
      giveUp(client)
    }
  }
}

/** Clients are compared by the power of two that they reach, as Redis does: among equals the one that came first goes. */
function bucketOf(bytes: number): number {
  return Math.min(Math.max(Math.floor(Math.log2(bytes)) + 1, smallestBucket), largestBucket)
}
