/** Who waits until so much of the primary's stream was executed here. */
export class Applied {
  readonly #waits = new Set<{ readonly offset: number; readonly job: () => void }>()
  readonly #now: () => number

  /** @param now bytes that were executed; 0 while nobody knows */
  constructor(now: () => number) {
    this.#now = now
  }

  get offset(): number {
    return this.#now()
  }

  /** Calls `job` when the offset is reached, in the midst of the stream; the result takes it back. */
  when(offset: number, job: () => void): () => void {
    const wait = { offset, job }
    this.#waits.add(wait)
    return () => void this.#waits.delete(wait)
  }

  /** More was executed. */
  advanced(): void {
    if (this.#waits.size === 0) return
    const { offset } = this
    for (const wait of this.#waits) {
      if (wait.offset > offset) continue
      this.#waits.delete(wait)
      wait.job()
    }
  }
}
