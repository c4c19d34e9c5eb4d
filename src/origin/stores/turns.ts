/** Lets jobs of one key run one after the other, in the order in which they came; those of other keys meanwhile. */
export class Turns {
  /** The last job of each key that has one; never rejected. */
  readonly #last = new Map<string, Promise<void>>()

  take<T>(key: string, job: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve()
    const outcome = before.then(job)
    const over = outcome.then(
      () => undefined,
      () => undefined,
    )
    this.#last.set(key, over)
    void over.then(() => {
      if (this.#last.get(key) === over) this.#last.delete(key)
    })
    return outcome
  }
}
