import type { Clock } from '../base/index.js'
import type { Journal } from '../keyspace/index.js'
import { letterOf, letterWords } from './behind-entries.js'
import type { BehindEntry, DeadLetter } from './behind-entries.js'

/** The writes that one origin did not take, the oldest first: kept until somebody decides what becomes of them. */
export class DeadLetters {
  readonly journal: Journal
  readonly #clock: Clock

  constructor(journal: Journal, clock: Clock) {
    this.journal = journal
    this.#clock = clock
  }

  get count(): number {
    return this.journal.length
  }

  add(entry: BehindEntry, reason: string): void {
    this.journal.append(letterWords(entry, reason, this.#clock.unixMs()))
  }

  /** Those behind an ID (null: from the oldest), at most so many. */
  list(after: string | null, max: number): DeadLetter[] {
    return this.journal.after(after, max).flatMap((entry) => letterOf(entry) ?? [])
  }

  get(id: string): DeadLetter | null {
    const found = this.journal.read(id)
    return found === null ? null : letterOf(found)
  }

  /** Forgets one; whether it was there. */
  drop(id: string): boolean {
    if (this.journal.read(id) === null) return false
    this.journal.delete(id)
    return true
  }
}
