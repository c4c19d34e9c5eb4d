import type { SeededRandom } from '../../../src/base/index.js'
import { Region } from '../../../src/base/index.js'
import type { Link, LinkEvents } from '../../../src/replication/index.js'

/** One direction of a connection: bytes that were written and have not arrived. */
interface Pipe {
  readonly queue: Buffer[]
  readonly arrive: (bytes: Buffer) => void
  isPaused: boolean
}

export interface ServerEnd {
  received(region: Region, length: number): void
  closed(): void
}

/** What a server sees of a connection that was made to it. */
export interface Accepted {
  write(bytes: Uint8Array, sent?: () => void): void
  pendingBytes(): number
  destroy(): void
}

/** Takes a connection, or null: nobody listens. */
export type Accept = (accepted: Accepted) => ServerEnd | null

class Connection {
  readonly #up: Pipe
  readonly #down: Pipe
  readonly #client: LinkEvents
  #server: ServerEnd | null = null
  #sent: (() => void)[] = []
  isOpen = true

  constructor(client: LinkEvents, accept: Accept) {
    this.#client = client
    this.#up = {
      queue: [],
      isPaused: false,
      arrive: (bytes) => this.#server!.received(Region.copyOf(bytes), bytes.length),
    }
    this.#down = { queue: [], isPaused: false, arrive: (bytes) => client.received(Region.copyOf(bytes), bytes.length) }
    this.#server = accept({
      write: (bytes, sent) => {
        if (this.isOpen) this.#down.queue.push(Buffer.from(bytes))
        if (sent !== undefined) this.#sent.push(sent)
      },
      pendingBytes: () => this.#down.queue.reduce((sum, { length }) => sum + length, 0),
      destroy: () => this.cut(),
    })
  }

  get isRefused(): boolean {
    return this.#server === null
  }

  get link(): Link {
    return {
      write: (bytes) => void (this.isOpen && this.#up.queue.push(Buffer.from(bytes as Uint8Array))),
      pause: () => void (this.#down.isPaused = true),
      resume: () => void (this.#down.isPaused = false),
      destroy: () => this.#end(true, false),
    }
  }

  /** Delivers some bytes of either direction; whether there were any. */
  deliver(random: SeededRandom): boolean {
    let any = false
    for (const pipe of random.below(2) === 0 ? [this.#up, this.#down] : [this.#down, this.#up]) {
      if (!this.isOpen || pipe.isPaused || pipe.queue.length === 0) continue
      any = true
      const all = Buffer.concat(pipe.queue.splice(0))
      const length = random.below(3) === 0 ? 1 + random.below(all.length) : all.length
      if (length < all.length) pipe.queue.push(all.subarray(length))
      pipe.arrive(all.subarray(0, length))
    }
    for (const sent of this.#sent.splice(0)) sent()
    return any
  }

  /** Cuts it: what is on its way is lost, for both. */
  cut(): void {
    this.#end(true, true)
  }

  #end(tellsServer: boolean, tellsClient: boolean): void {
    if (!this.isOpen) return
    this.isOpen = false
    for (const sent of this.#sent.splice(0)) sent()
    if (tellsServer) this.#server?.closed()
    if (tellsClient) this.#client.closed('cut')
  }
}

/** Connections between servers in one process, whose bytes arrive when the test says so, in pieces that chance chooses. */
export class Network {
  readonly #random: SeededRandom
  readonly #listeners = new Map<number, Accept>()
  #connections: Connection[] = []
  /** Connections that were asked for and are not yet made. */
  #dialing: (() => void)[] = []

  constructor(random: SeededRandom) {
    this.#random = random
  }

  listen(port: number, accept: Accept): void {
    this.#listeners.set(port, accept)
  }

  connect(port: number, events: LinkEvents): Link {
    let connection: Connection | null = null
    let isGivenUp = false
    this.#dialing.push(() => {
      if (isGivenUp) return
      const accept = this.#listeners.get(port)
      if (accept === undefined) return events.closed('connect ECONNREFUSED')
      connection = new Connection(events, accept)
      this.#connections.push(connection)
      events.connected()
    })
    return {
      write: (bytes) => connection?.link.write(bytes),
      pause: () => connection?.link.pause(),
      resume: () => connection?.link.resume(),
      destroy: () => {
        isGivenUp = true
        connection?.link.destroy()
      },
    }
  }

  /** Cuts one connection, or none. */
  cutOne(): void {
    const open = this.#connections.filter(({ isOpen }) => isOpen)
    if (open.length > 0) open[this.#random.below(open.length)].cut()
  }

  /** Delivers something; whether there was anything. */
  step(): boolean {
    const dialing = this.#dialing.splice(0)
    for (const dial of dialing) dial()
    this.#connections = this.#connections.filter(({ isOpen }) => isOpen)
    let any = dialing.length > 0
    for (const connection of [...this.#connections]) any = connection.deliver(this.#random) || any
    return any
  }
}
