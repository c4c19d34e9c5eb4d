import type { Ref } from '../memory/index.js'

/** Entries that the pool remembers: as many as Redis's. */
const size = 16

/**
 * The best candidates for eviction seen so far, in order. It remembers an entry by its hash and its reference: whether the
 * entry is still there is asked of its table, before the reference is used.
 */
export class EvictionPool {
  readonly #scores = new Float64Array(size)
  readonly #refs = new Int32Array(size)
  readonly #hashes = new Int32Array(size)
  readonly #databases = new Int32Array(size)
  #count = 0
  /** The candidate that `take` took. */
  ref: Ref = 0
  hash = 0
  database = 0
  score = 0

  get count(): number {
    return this.#count
  }

  clear(): void {
    this.#count = 0
  }

  /** Remembers a candidate, unless 16 better ones are known; once, however often it is offered. */
  offer(score: number, ref: Ref, hash: number, database: number): void {
    const scores = this.#scores
    this.#forget(ref, database)
    let at = this.#count
    if (at === size) {
      if (score <= scores[0]) return
      // the worst leaves, and those up to the newcomer's place move down
      for (at = 0; at + 1 < size && scores[at + 1] < score; at++) this.#move(at + 1, at)
    } else {
      for (; at > 0 && scores[at - 1] >= score; at--) this.#move(at - 1, at)
      this.#count++
    }
    scores[at] = score
    this.#refs[at] = ref
    this.#hashes[at] = hash
    this.#databases[at] = database
  }

  /** Takes out the best candidate, into the fields; false when there is none. */
  take(): boolean {
    if (this.#count === 0) return false
    const at = --this.#count
    this.score = this.#scores[at]
    this.ref = this.#refs[at]
    this.hash = this.#hashes[at]
    this.database = this.#databases[at]
    return true
  }

  #forget(ref: Ref, database: number): void {
    for (let at = 0; at < this.#count; at++) {
      if (this.#refs[at] !== ref || this.#databases[at] !== database) continue
      this.#count--
      for (; at < this.#count; at++) this.#move(at + 1, at)
    }
  }

  #move(from: number, to: number): void {
    this.#scores[to] = this.#scores[from]
    this.#refs[to] = this.#refs[from]
    this.#hashes[to] = this.#hashes[from]
    this.#databases[to] = this.#databases[from]
  }
}
