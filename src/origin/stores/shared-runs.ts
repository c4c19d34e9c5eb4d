/**
 * Runs a job so that who asks gets a run that began after it asked: never the one under way, which may have looked
 * before the change that it must see. All who ask meanwhile share the next.
 */
export class SharedRuns<T> {
  readonly #job: () => Promise<T>
  #running: Promise<T> | null = null
  #next: Promise<T> | null = null

  constructor(job: () => Promise<T>) {
    this.#job = job
  }

  run(): Promise<T> {
    if (this.#next !== null) return this.#next
    if (this.#running === null) return this.#start()
    const next = this.#running.catch(() => undefined).then(() => this.#start())
    this.#next = next
    return next
  }

  #start(): Promise<T> {
    this.#next = null
    const running = this.#job().finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }
}
