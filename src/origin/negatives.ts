import type { Route } from './route.js'

/** What is remembered of a key that is absent at its origin. */
export interface NegativeEntry {
  readonly route: Route
  readonly db: number
  readonly askedAtMs: number
  readonly answeredAtMs: number
}

/**
 * Remembered absences, the least recently used forgotten first. They are no keys: not in DBSIZE, SCAN or files.
 */
export class NegativeEntries {
  readonly #entries = new Map<string, NegativeEntry>()
  readonly #max: number

  constructor(max = 100_000) {
    this.#max = max
  }

  get size(): number {
    return this.#entries.size
  }

  get(id: string): NegativeEntry | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    this.#entries.delete(id) // a Map keeps the order of insertion: the last used goes to the end
    this.#entries.set(id, entry)
    return entry
  }

  set(id: string, entry: NegativeEntry): void {
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    if (this.#entries.size <= this.#max) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  delete(id: string): boolean {
    return this.#entries.delete(id)
  }

  /** Forgets the entries that `matches` says yes to. */
  forget(matches: (entry: NegativeEntry, id: string) => boolean): void {
    for (const [id, entry] of this.#entries) if (matches(entry, id)) this.#entries.delete(id)
  }
}
