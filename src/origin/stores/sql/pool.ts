import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'

/** A connection that one request at a time may use. */
export interface Pooled {
  /** False once it is lost, or in a state that nobody knows. */
  readonly usable: boolean
  /** Ends what it does now, also at the server, and itself. */
  cancel(): void
  close(): void
}

interface Waiter {
  readonly go: (pooled: unknown) => void
  readonly fail: (reason: Unavailable) => void
}

/**
 * Connections to one database: as many as are in use at once, `max` at most, kept until they are lost. The one used last
 * is used next, so that few are warm. No timers: those who wait give up by their signal.
 */
export class Pool<C extends Pooled> {
  readonly #connect: (signal: CancelSignal) => Promise<C>
  readonly #max: number
  readonly #idle: C[] = []
  readonly #busy = new Set<C>()
  #waiters: Waiter[] = []
  /** Connections there are, and those being made. */
  #count = 0
  #closed = false

  constructor(connect: (signal: CancelSignal) => Promise<C>, max: number) {
    this.#connect = connect
    this.#max = max
  }

  get size(): number {
    return this.#count
  }

  /**
   * Runs `work` with a connection of its own.
   *
   * @param signal cancels what the connection does; the connection is then ended, since what still arrives on it
   *   would be taken for an answer to somebody else
   * @param work is told whether the connection was used before, and may have been lost unnoticed
   */
  async use<T>(signal: CancelSignal, work: (connection: C, isUsed: boolean) => Promise<T>): Promise<T> {
    const kept = this.#takeIdle() ?? (await this.#waitForTurn(signal))
    const connection = kept ?? (await this.#open(signal))
    this.#busy.add(connection)
    const cancel = (): void => connection.cancel()
    signal.addEventListener('abort', cancel)
    try {
      if (signal.aborted) throw nobodyWaits()
      return await work(connection, kept !== null)
    } finally {
      signal.removeEventListener('abort', cancel)
      this.#busy.delete(connection)
      this.#release(connection)
    }
  }

  /** Ends connections that nobody uses. */
  dropIdle(): void {
    for (const connection of this.#idle.splice(0)) this.#end(connection)
  }

  close(): void {
    this.#closed = true
    this.dropIdle()
    for (const connection of this.#busy) connection.cancel()
    for (const { fail } of this.#waiters.splice(0)) fail(nobodyWaits())
  }

  #takeIdle(): C | null {
    for (;;) {
      const connection = this.#idle.pop()
      if (connection === undefined) return null
      if (connection.usable) return connection
      this.#count--
    }
  }

  /** A connection that somebody else is done with; null: there is room for another one, which is reserved. */
  async #waitForTurn(signal: CancelSignal): Promise<C | null> {
    while (this.#count >= this.#max) {
      const handed = await this.#wait(signal)
      if (handed !== null) return handed
    }
    if (this.#closed) throw nobodyWaits()
    this.#count++
    return null
  }

  async #open(signal: CancelSignal): Promise<C> {
    try {
      const connection = await this.#connect(signal)
      if (!this.#closed) return connection
      connection.close()
      throw nobodyWaits()
    } catch (error) {
      this.#count--
      this.#wakeOne(null)
      throw error
    }
  }

  /** A connection, or null: there is room for another one. */
  #wait(signal: CancelSignal): Promise<C | null> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        reject(nobodyWaits())
      }
      const settle = <V>(then: (outcome: V) => void): ((outcome: V) => void) => {
        return (outcome) => {
          signal.removeEventListener('abort', giveUp)
          then(outcome)
        }
      }
      const waiter = { go: settle(resolve as (pooled: unknown) => void), fail: settle(reject) }
      if (signal.aborted) return reject(nobodyWaits())
      signal.addEventListener('abort', giveUp)
      this.#waiters.push(waiter)
    })
  }

  #release(connection: C): void {
    if (!connection.usable || this.#closed) {
      this.#end(connection)
      this.#wakeOne(null)
    } else if (!this.#wakeOne(connection)) {
      this.#idle.push(connection)
    }
  }

  #end(connection: C): void {
    this.#count--
    connection.close()
  }

  #wakeOne(connection: C | null): boolean {
    const waiter = this.#waiters.shift()
    waiter?.go(connection)
    return waiter !== undefined
  }
}

const nobodyWaits = (): Unavailable => new Unavailable('nobody waits', { counts: false })
