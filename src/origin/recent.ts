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

interface Slot extends Mutable<RecentRead> {
  id: string
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** Remembers the last such reads, for ORIGIN EXPLAIN. Every answer is noted and few are looked for: they lie in a ring. */
export class Recent {
  readonly #slots: Slot[] = []
  readonly #max: number
  #last = -1

  constructor(max = 1024) {
    this.#max = max
  }

  /** The last read of a key; good until the next one is noted. */
  get(id: string): RecentRead | undefined {
    const slots = this.#slots
    for (let i = 0, at = this.#last; i < slots.length; i++, at = at === 0 ? slots.length - 1 : at - 1) {
      if (slots[at].id === id) return slots[at]
    }
    return undefined
  }

  note(waiter: Waiter, outcome: Outcome, refusal: string | null, atMs: number): void {
    const slot = this.#slotOf(waiter.id)
    slot.id = waiter.id
    slot.atMs = atMs
    slot.outcome = outcome
    slot.answer = waiter.answer
    slot.permission = waiter.permission
    slot.rounds = waiter.rounds
    slot.refusal = refusal
    slot.forward = waiter.forward
    slot.collapsed = waiter.collapsed
    slot.byPrimary = waiter.byPrimary
  }

  /** The next one, or the last again where a herd waited for one key. */
  #slotOf(id: string): Slot {
    const slots = this.#slots
    if (this.#last >= 0 && slots[this.#last].id === id) return slots[this.#last]
    this.#last = this.#last + 1 === this.#max ? 0 : this.#last + 1
    if (this.#last === slots.length) slots.push({ ...unread })
    return slots[this.#last]
  }
}

const unread: Slot = {
  id: '',
  atMs: 0,
  outcome: 'waiting',
  answer: null,
  permission: null,
  rounds: 0,
  refusal: null,
  forward: 'uri-miss',
  collapsed: false,
  byPrimary: false,
}
