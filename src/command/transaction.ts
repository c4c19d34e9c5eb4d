import { Region } from '../base/index.js'
import type { Args } from '../resp/index.js'
import { Gate, type Command } from './command.js'

/** What a queued argument costs beside its bytes, as Redis counts it: a pointer. */
const argumentBytes = 8
const roomBytes = 1 << 10
/** Gates that a transaction must pass as a whole when one of its requests must. */
const sharedGates =
  Gate.memory |
  Gate.pausedWrites |
  Gate.monitor |
  Gate.diskError |
  Gate.fewReplicas |
  Gate.replica |
  Gate.stale |
  Gate.loading

/** What a client sent since MULTI: requests that own their bytes, all in one piece of memory. */
export class Transaction {
  /** Bytes of the queued arguments and 8 for each, which CLIENT LIST shows as `multi-mem`. */
  bytes = 0
  /** A request could not be queued: EXEC will be refused. */
  isRefused = false
  /** EXEC is running it. */
  isExecuting = false
  /** Gates that some queued request must pass, and so EXEC. */
  gates = 0
  #room: Region | null = null
  #capacity = 0
  #used = 0
  readonly #commands: Command[] = []
  /** Of each request the index of its first argument's length in `#lengths`. */
  readonly #firsts: number[] = []
  readonly #lengths: number[] = []

  /** Number of queued requests. */
  get count(): number {
    return this.#commands.length
  }

  /** Bytes of memory that it holds. */
  get heldBytes(): number {
    return this.#capacity + (this.#lengths.length + 2 * this.count) * argumentBytes
  }

  /** Queues a request: copies its arguments. @throws {OutOfMemory} nothing is queued */
  add(command: Command, args: Args): void {
    let bytes = 0
    for (let i = 0; i < args.count; i++) bytes += args.at(i).length
    const room = this.#roomFor(bytes)
    this.#firsts.push(this.#lengths.length)
    this.#commands.push(command)
    for (let i = 0; i < args.count; i++) {
      const { region, start, length } = args.at(i)
      region.bytes.copy(room.bytes, this.#used, start, start + length)
      this.#used += length
      this.#lengths.push(length)
    }
    this.bytes += bytes + args.count * argumentBytes
    this.gates |= command.gates & sharedGates
  }

  /** Calls `visit` with each request in turn. The arguments are the same object each time, and good until it is over. */
  forEach(args: Args, visit: (command: Command) => void): void {
    let at = 0
    this.#commands.forEach((command, i) => {
      const first = this.#firsts[i]
      const end = i + 1 < this.count ? this.#firsts[i + 1] : this.#lengths.length
      args.reserve(end - first)
      args.count = end - first
      for (let j = first; j < end; j++) {
        args.at(j - first).set(this.#room!, at, this.#lengths[j])
        at += this.#lengths[j]
      }
      visit(command)
    })
  }

  #roomFor(bytes: number): Region {
    const room = this.#room
    if (room !== null && this.#used + bytes <= this.#capacity) return room
    const capacity = Math.max(roomBytes, this.#used + bytes, this.#capacity * 2)
    const larger = Region.allocate(capacity)
    room?.bytes.copy(larger.bytes, 0, 0, this.#used)
    this.#capacity = capacity
    return (this.#room = larger)
  }
}

/** What a client has said by WATCH. */
export class Watch {
  /** One of the keys changed: EXEC will run nothing. */
  isStale = false
  /** Database and key of each, as `Watches` names them, with whether the key was there. */
  readonly keys = new Map<string, boolean>()
}
