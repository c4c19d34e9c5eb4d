/** A generator that repeats itself from its seed (mulberry32): numbers from 0 up to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** Draws items 0 to `count` - 1 by Zipf's law: item k with a chance in proportion to 1 / (k + 1)^`skew`. */
export class Zipf {
  readonly #upTo: Float64Array
  readonly #random: () => number

  constructor(count: number, skew: number, random: () => number) {
    this.#upTo = new Float64Array(count)
    let sum = 0
    for (let k = 0; k < count; k++) this.#upTo[k] = sum += 1 / (k + 1) ** skew
    this.#random = random
  }

  next(): number {
    const upTo = this.#upTo
    const wanted = this.#random() * upTo[upTo.length - 1]
    let low = 0
    for (let high = upTo.length - 1; low < high;) {
      const middle = (low + high) >>> 1
      if (upTo[middle] < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}
