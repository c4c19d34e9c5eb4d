import type { Outcome, Waiter } from './flight.js'
import type { Permission } from './rules.js'
import type { Answer } from './store.js'

/** How the last read of a key that had to ask went. */
export interface RecentRead {
  readonly atMs: number
  readonly outcome: Outcome
  readonly answer: Answer['kind'] | null
  readonly permission: Permission | null
  /** Rounds in which the answer was void. */
  readonly rounds: number
  /** The prefix of the error it got. */
  readonly refusal: string | null
  readonly forward: 'uri-miss' | 'stale'
  /** Whether it joined a request that another read had made. */
  readonly collapsed: boolean
  /** Whether this server's primary was asked in place of the origin. */
  readonly byPrimary: boolean
}

/** How a waiter's read went. */
export function readOf(waiter: Waiter, atMs: number): RecentRead {
  const { outcome, answer, permission, rounds, refusal, forward, collapsed, byPrimary } = waiter
  return { atMs, outcome, answer, permission, rounds, refusal: refusal?.prefix ?? null, forward, collapsed, byPrimary }
}

/** Remembers the last such reads, for ORIGIN EXPLAIN: of the keys that were settled most recently. */
export class Recent {
  readonly #reads = new Map<string, RecentRead>()
  readonly #max: number

  constructor(max = 1024) {
    this.#max = max
  }

  get(id: string): RecentRead | undefined {
    return this.#reads.get(id)
  }

  note(waiter: Waiter, outcome: Outcome, refusal: string | null, atMs: number): void {
    const { answer, permission, rounds, forward, collapsed, byPrimary, id } = waiter
    this.#reads.delete(id)
    this.#reads.set(id, { atMs, outcome, answer, permission, rounds, refusal, forward, collapsed, byPrimary })
    if (this.#reads.size <= this.#max) return
    for (const oldest of this.#reads.keys()) {
      this.#reads.delete(oldest)
      return
    }
  }
}
