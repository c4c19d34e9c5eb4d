/**
 * When the bytes of a stream came, chunk by chunk, for requests that are executed later than they were read. Positions
 * count the stream's bytes from its beginning and only grow.
 */
export class Arrivals {
  readonly #ends: number[] = []
  readonly #timesMs: number[] = []
  /** Chunks before this one are forgotten. */
  #first = 0

  /** Number of chunks that are remembered. */
  get size(): number {
    return this.#ends.length - this.#first
  }

  /** A chunk came that ends at `end`. */
  note(end: number, atMs: number): void {
    this.#ends.push(end)
    this.#timesMs.push(atMs)
  }

  /** When the byte came that ends at `position`, or `otherwise` where that is not remembered. O(log chunks). */
  of(position: number, otherwise: number): number {
    let low = this.#first
    let high = this.#ends.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ends[middle] < position) low = middle + 1
      else high = middle
    }
    return low < this.#ends.length ? this.#timesMs[low] : otherwise
  }

  /** Forgets the chunks that end at or before `position`. */
  forget(position: number): void {
    const ends = this.#ends
    while (this.#first < ends.length && ends[this.#first] <= position) this.#first++
    if (this.#first * 2 < ends.length) return
    ends.splice(0, this.#first)
    this.#timesMs.splice(0, this.#first)
    this.#first = 0
  }
}
