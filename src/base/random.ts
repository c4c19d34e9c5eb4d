import { randomBytes } from 'node:crypto'

/** The one source of chance. Injected, so that a seed replays a run. */
export interface Random {
  /** A whole number, 0 or more and below `bound` (at most 2^32). */
  below(bound: number): number
  /** 32 random bits as an int32. */
  int32(): number
}

/** A generator that repeats itself from its seed (xorshift128, period 2^128 - 1). Not for secrets. */
export class SeededRandom implements Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number) {
    this.#a = seed | 0
    this.#b = 0x9e3779b9 | 0
    this.#c = 0x243f6a88 | 0
    this.#d = 0xb7e15162 | 0
    for (let i = 0; i < 16; i++) this.int32()
  }

  int32(): number {
    let t = this.#d
    t ^= t << 11
    t ^= t >>> 8
    this.#d = this.#c
    this.#c = this.#b
    this.#b = this.#a
    t ^= this.#a ^ (this.#a >>> 19)
    this.#a = t
    return t
  }

  below(bound: number): number {
    return Math.floor(((this.int32() >>> 0) / 0x1_0000_0000) * bound)
  }
}

/** A generator whose seed nobody outside can guess. */
export function systemRandom(): SeededRandom {
  return new SeededRandom(randomBytes(4).readInt32LE())
}

/** Bytes fit for secrets: hash seeds, replication ids. */
export function secretBytes(count: number): Buffer {
  return randomBytes(count)
}
