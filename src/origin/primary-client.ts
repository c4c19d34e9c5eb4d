import type { Clock, Random } from '../base/index.js'
import { ReplyError } from '../base/index.js'
import type { Reply, Word } from '../resp/index.js'
import type { CancelSignal } from './cancellation.js'
import { RedisConnection } from './stores/redis/connection.js'
import type { RedisAccess, RedisAddress } from './stores/redis/connection.js'
import { Unavailable } from './store.js'
import type { AskPrimary, Primary } from './upstream.js'

/** Connections that are kept though nothing is asked. */
const idleMax = 8

/** Pauses after a connection that failed double from the first to the last of these. */
const pauseMsMin = 50
const pauseMsMax = 2000

/** How the primary lists these connections among its clients. */
const clientName = 'truedis-replica-origins'

/** What of the replication stream was executed here. */
export interface Applied {
  readonly offset: number
  /** Calls `job` when so much was, in the midst of the stream; the result takes it back. */
  when(offset: number, job: () => void): () => void
}

export interface PrimaryParts {
  readonly address: RedisAddress
  /** `masteruser` and `masterauth`, as they are now; no password: null. */
  readonly credentials: () => { readonly user: string | null; readonly password: string | Buffer | null }
  readonly applied: Applied
  readonly clock: Clock
  readonly random: Random
}

interface Channel {
  readonly connection: RedisConnection
  database: number
}

/**
 * The primary as its client: one request at a time over each connection, so that none waits for the keys of another, and
 * as many connections as requests are away. A primary that cannot be reached is left alone for a while.
 */
export class PrimaryClient implements Primary {
  readonly #parts: PrimaryParts
  #idle: Channel[] = []
  readonly #busy = new Set<Channel>()
  #pauseMs = 0
  /** Monotonic: when it may be tried again, and why it could not be reached. */
  #pausedUntilMs = -Infinity
  #problem = new Unavailable('not connected', { counts: false })
  #isClosed = false

  constructor(parts: PrimaryParts) {
    this.#parts = parts
  }

  async converse(db: number, signal: CancelSignal, talk: (ask: AskPrimary) => Promise<void>): Promise<void> {
    let channel = this.#take()
    let isFirst = true
    const ask: AskPrimary = async (words) => {
      const mayBeGone = isFirst && channel.connection.proven
      isFirst = false
      try {
        return await this.#send(channel, db, words, signal)
      } catch (error) {
        if (!(error instanceof Unavailable) || signal.aborted || this.#isClosed) throw error
        if (!mayBeGone) throw this.#failed(error)
      }
      // it was kept, and closed before the request came, as others that were kept may be
      for (const { connection } of this.#idle.splice(0)) connection.destroy()
      this.#busy.delete(channel)
      channel = this.#take()
      return ask(words)
    }
    try {
      await talk(ask)
    } finally {
      this.#release(channel)
    }
  }

  get appliedOffset(): number {
    return this.#parts.applied.offset
  }

  applied(offset: number, signal: CancelSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => signal.removeEventListener('abort', giveUp)
      const takeBack = this.#parts.applied.when(offset, () => {
        leave()
        resolve()
      })
      const giveUp = (): void => {
        leave()
        takeBack()
        reject(new Unavailable('the primary is ahead', { counts: false }))
      }
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp)
    })
  }

  close(): void {
    this.#isClosed = true
    for (const { connection } of [...this.#idle.splice(0), ...this.#busy]) connection.destroy()
    this.#busy.clear()
  }

  async #send(channel: Channel, db: number, words: readonly Word[], signal: CancelSignal): Promise<Reply> {
    const select = channel.database === db ? [] : [['SELECT', db]]
    const replies = await channel.connection.request([...select, words], signal)
    const refusal = replies.slice(0, -1).find((reply) => reply instanceof ReplyError)
    if (refusal === undefined) channel.database = db
    this.#pauseMs = 0
    return refusal ?? replies.at(-1)!
  }

  #release(channel: Channel): void {
    const { connection } = channel
    this.#busy.delete(channel)
    if (connection.usable && !this.#isClosed && this.#idle.length < idleMax) this.#idle.push(channel)
    else connection.retire()
  }

  /** @throws {Unavailable} it could not be reached just now */
  #take(): Channel {
    for (let kept = this.#idle.pop(); kept !== undefined; kept = this.#idle.pop()) {
      if (!kept.connection.usable) continue
      this.#busy.add(kept)
      return kept
    }
    const { clock, address, credentials } = this.#parts
    if (this.#isClosed || clock.monotonicMs() < this.#pausedUntilMs) throw this.#problem
    const access: RedisAccess = { tls: null, ...credentials(), database: 0, replyBytesMax: Infinity }
    const connection = new RedisConnection(address, access)
    const name = connection.request([['CLIENT', 'SETNAME', clientName]], new AbortController().signal)
    name.catch(() => undefined) // what is asked behind it fails as well
    const channel = { connection, database: 0 }
    this.#busy.add(channel)
    return channel
  }

  #failed(reason: Unavailable): Unavailable {
    const { clock, random } = this.#parts
    const pauseMs = Math.min(pauseMsMax, Math.max(pauseMsMin, this.#pauseMs * 2))
    this.#pauseMs = pauseMs
    this.#pausedUntilMs = clock.monotonicMs() + pauseMs * (1 + random.below(100) / 1000)
    this.#problem = new Unavailable(`its primary cannot be asked: ${reason.message}`, { counts: false })
    return this.#problem
  }
}
