import type { Clock, Random, Slice } from '../base/index.js'
import type { Database, Keyspace } from '../keyspace/index.js'
import type { Args, ReplyWriter } from '../resp/index.js'
import type { Client } from './client.js'
import type { Command } from './command.js'
import type { Word } from './feed.js'
import type { Services } from './services.js'

/** A reply that comes later. Only the first of its ends counts; a client that left hears nothing. */
export interface Later {
  /** Writes the reply: in the loop turn of the call of `settle`, in order with the client's other replies. */
  settle(write: (reply: ReplyWriter) => void): void
  /** Whether the client is still there. */
  readonly wanted: boolean
}

/**
 * How a call waits for keys to change: it is run again, with `Call.wokenBy` set, when one of them came to hold what it waits
 * for.
 */
export interface Block {
  /** Arguments that are the keys to wait for. */
  readonly keys: readonly number[]
  /** The type of value it waits for: a key that holds another wakes nobody. */
  readonly type: number
  /** Whether a key that is gone, or holds another type now, wakes it as well (XREADGROUP): it must not block again then. */
  readonly wakesWhenGone?: boolean
  /** Runs in place of the command when it is woken: for what knows more than its arguments say (the `$` of XREAD). */
  readonly resume?: (call: Call) => void
  /** Milliseconds; 0 waits for ever. */
  readonly timeoutMs: number
  /** Writes the reply when the time is up. */
  readonly timedOut: (reply: ReplyWriter) => void
  /** Writes the reply where nobody may wait, inside a transaction; as `timedOut` when left out. */
  readonly denied?: (reply: ReplyWriter) => void
}

/** How a call says what followers are to do. */
export interface Followers {
  /** Whether anybody follows: an append-only file, replicas. */
  readonly isActive: boolean
  add(database: number, words: readonly Word[]): void
  addMessage(database: number, args: Args): void
}

/** What a call needs of dispatch. */
export interface CallParts {
  makeLater(call: Call): Later
  isUsable(call: Call, key: Slice): boolean
  readonly followers: Followers
}

/**
 * One execution of a command. Pooled: whatever it refers to is good until `run` returns, except through `later`.
 */
export class Call {
  command!: Command
  args!: Args
  db!: Database
  reply!: ReplyWriter
  client!: Client
  readonly keyspace: Keyspace
  readonly services: Services
  readonly clock: Clock
  readonly random: Random
  /**
   * The key that a call which waited is run again for. It looks at this one and no other, and blocks once more when it
   * finds nothing. Null for a call that has just come.
   */
  wokenBy: Slice | null = null
  /** Whether it runs inside of another call: EXEC. */
  isInner = false
  /** What the call wants after `run`: a reply that comes later, or to wait for its keys. */
  wish: Later | Block | null = null
  /** It has said what followers are to do in its place. */
  isPropagated = false
  readonly #parts: CallParts

  constructor(services: Services, parts: CallParts) {
    this.services = services
    this.keyspace = services.keyspace
    this.clock = services.clock
    this.random = services.random
    this.#parts = parts
  }

  /** Unix milliseconds at which this call runs: one moment for all it does. */
  get nowMs(): number {
    return this.keyspace.nowMs
  }

  /** Whether a deadline lies in the past. Not for what a primary or a file says: they say themselves what is deleted. */
  isPast(deadlineMs: number | bigint): boolean {
    return deadlineMs <= this.keyspace.nowMs && !this.client.isReplay
  }

  /** Whether anybody follows, so that it is worth saying what this call did: see `propagate`. */
  get isFollowed(): boolean {
    return this.#parts.followers.isActive
  }

  /**
   * Says a command that followers are to execute in place of this call, since its own words would do something else at
   * another time or place; may be said several times. Nothing said, they repeat the call if it changed something. To be
   * asked first: `isFollowed`.
   */
  propagate(...words: readonly Word[]): void {
    this.isPropagated = true
    this.#parts.followers.add(this.db.index, words)
  }

  /** Has followers repeat this call, whatever it changed. */
  repeat(): void {
    this.propagate(...Array.from({ length: this.args.count }, (_, i) => this.args.at(i)))
  }

  /** Says that followers have nothing to do for this call, whatever it changed. */
  propagateNothing(): void {
    this.isPropagated = true
  }

  /** Has replicas repeat this call, which changed nothing: a message. */
  tellReplicas(): void {
    if (this.#parts.followers.isActive) this.#parts.followers.addMessage(this.db.index, this.args)
  }

  /** Takes the reply over: the client waits, alone, until the result's `settle` is called. */
  later(): Later {
    const later = this.#parts.makeLater(this)
    this.wish = later
    return later
  }

  /**
   * Says that the call is going to read a key that its declaration could not name. Before the first change only.
   *
   * @throws {Unsettled} the key is bound and must be settled first: the call is run again
   */
  needs(key: Slice): void {
    if (!this.#parts.isUsable(this, key)) throw new Unsettled([key.toBuffer()])
  }

  /**
   * As `needs`, for several keys, which are settled together.
   *
   * @param keyAt the key of each number below `count`, or null for none; good until the next one
   */
  needsEach(count: number, keyAt: (index: number) => Slice | null): void {
    if (this.services.origin.routeCount === 0) return
    const missing: Buffer[] = []
    for (let i = 0; i < count; i++) {
      const key = keyAt(i)
      if (key !== null && !this.#parts.isUsable(this, key)) missing.push(key.toBuffer())
    }
    this.db.forget() // the slice of the key looked at last may be that of the next one
    if (missing.length > 0) throw new Unsettled(missing)
  }

  /**
   * Makes the client wait for its keys. The call must not have changed or replied anything. Inside a transaction nobody
   * waits: it is denied at once.
   */
  block(block: Block): void {
    this.wish = block
  }
}

/**
 * Thrown by a handler that meets a bound key that it did not declare and that is not settled, before it changed anything:
 * the key is settled, and the call run again, at most 8 times.
 */
export class Unsettled {
  readonly keys: readonly Buffer[]

  constructor(keys: readonly Buffer[]) {
    this.keys = keys
  }
}
