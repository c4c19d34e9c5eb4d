import type { ReplyError, Slice } from '../base/index.js'
import type { Settlement } from '../command/index.js'
import type { OriginValue } from '../keyspace/index.js'
import { flightId } from './flight.js'
import type { Outcome, Waiter, WaitingCall } from './flight.js'

/** What a settlement asks of the engine that made it. */
export interface SettlementOwner {
  /** Whether the waiter's stale permission still holds for the copy that is there. */
  stillPermitted(waiter: Waiter): boolean
  /** Whether the keyspace holds what the waiter's call may use. */
  isUsable(waiter: Waiter): boolean
  /** Puts a value in place and returns what takes it away. */
  substitute(waiter: Waiter, value: OriginValue | null): () => void
  /** The call is gone. */
  left(waiter: Waiter): void
  /** Calls `onSettled` in this loop turn, but not now. */
  defer(job: () => void): void
}

const wasFetched = ({ outcome, answer }: Waiter): boolean =>
  answer !== null && (outcome === 'ready' || outcome === 'passing')

const isPassing = (waiter: Waiter): boolean => waiter.outcome === 'passing'

/** The keys of one call on their way to an outcome. */
export class CallSettlement implements Settlement, WaitingCall {
  readonly arrivedAtMs: number
  readonly startedAtMs: number
  readonly waiters: Waiter[] = []
  isBacklogged = false
  readonly #owner: SettlementOwner
  readonly #onSettled: () => void
  /** Made when first asked for. */
  #byId: Map<string, Waiter> | null = null
  #pending = 0
  #refused = false
  #told = false
  #cancelled = false
  /** While `settle` itself runs nothing is told. */
  #opening = true

  constructor(owner: SettlementOwner, arrivedAtMs: number, startedAtMs: number, onSettled: () => void) {
    this.#owner = owner
    this.arrivedAtMs = arrivedAtMs
    this.startedAtMs = startedAtMs
    this.#onSettled = onSettled
  }

  get fetched(): number {
    const { waiters } = this
    if (waiters.length === 1) return wasFetched(waiters[0]) ? 1 : 0
    let count = 0
    for (const waiter of this.#distinct().values()) if (wasFetched(waiter)) count++
    return count
  }

  get done(): boolean {
    return this.#pending === 0 || this.#refused
  }

  /** Whether the call fails, whatever becomes of its other keys. */
  get isRefused(): boolean {
    return this.#refused
  }

  get refusal(): ReplyError | null {
    return this.waiters.find((waiter) => waiter.refusal !== null)?.refusal ?? null
  }

  /** The waiter of a key, by its id. */
  of(id: string): Waiter | undefined {
    return this.#distinct().get(id)
  }

  add(waiter: Waiter): Waiter {
    this.waiters.push(waiter)
    this.#pending++
    return waiter
  }

  /** Takes over what became of the other keys of the call when it was settled before. */
  carry(earlier: CallSettlement): void {
    const own = new Set(this.waiters.map((waiter) => waiter.id))
    for (const waiter of earlier.waiters) {
      if (waiter.outcome !== 'waiting' && !own.has(waiter.id)) this.waiters.push(waiter)
    }
  }

  /** All keys were added: from now on outcomes are told. */
  opened(): void {
    this.#opening = false
    if (this.done) this.#owner.defer(() => this.tell())
  }

  conclude(waiter: Waiter, outcome: Outcome, refusal: ReplyError | null): boolean {
    if (waiter.outcome !== 'waiting') return false
    waiter.outcome = outcome
    waiter.refusal = refusal
    this.#pending--
    if (outcome === 'refused') this.#refused = true
    return this.done && !this.#opening
  }

  permits(db: number, key: Slice): boolean {
    const waiter = this.of(flightId(db, key))
    if (waiter === undefined) return false
    if (waiter.outcome === 'passing') return true
    return waiter.outcome === 'stale' && this.#owner.stillPermitted(waiter)
  }

  run(job: () => void): void {
    const undo: (() => void)[] = []
    try {
      for (const waiter of this.waiters.some(isPassing) ? this.#distinct().values() : []) {
        if (!isPassing(waiter) || this.#owner.isUsable(waiter)) continue
        undo.push(this.#owner.substitute(waiter, waiter.last?.value ?? null))
      }
      job()
    } finally {
      while (undo.length > 0) undo.pop()?.()
    }
  }

  cancel(): void {
    this.#cancelled = true
    for (const waiter of this.waiters) this.#owner.left(waiter)
  }

  /** Each key once, though the call may name it twice. */
  #distinct(): Map<string, Waiter> {
    this.#byId ??= new Map(this.waiters.map((waiter) => [waiter.id, waiter]))
    return this.#byId
  }

  tell(): void {
    if (this.#told || this.#cancelled) return
    this.#told = true
    this.#onSettled()
  }
}
