import { multiplyHigh, type Slice } from '../../base/index.js'
import { registerBits } from './layout.js'

/** The multiplier of MurmurHash64A, and the seed that Redis gives it. */
const mHigh = 0xc6a4a793 | 0
const mLow = 0x5bd1e995
const seed = 0xadc83b19 | 0

/**
 * What an element does to a sketch: the register its hash picks, and how long the hash's run of zeros is, the one behind
 * it included. One object serves all elements.
 */
export class Element {
  /** Number of the register. */
  index = 0
  /** 1 to 51. */
  run = 0
  #high = 0
  #low = 0

  /** Hashes `bytes` with MurmurHash64A. @see https://github.com/aappleby/smhasher */
  read({ region: { bytes, view }, start, length }: Slice): this {
    this.#low = length
    this.#high = 0
    this.#multiply()
    this.#low ^= seed
    const end = start + (length & ~7)
    for (let at = start; at < end; at += 8) this.#mix(view.getInt32(at, true), view.getInt32(at + 4, true))
    const rest = length & 7
    if (rest > 0) {
      let low = 0
      let high = 0
      for (let i = rest - 1; i >= 4; i--) high = (high << 8) | bytes[end + i]
      for (let i = Math.min(rest, 4) - 1; i >= 0; i--) low = (low << 8) | bytes[end + i]
      this.#low ^= low
      this.#high ^= high
      this.#multiply()
    }
    this.#low ^= this.#high >>> 15 // 47 bits to the right
    this.#multiply()
    this.#low ^= this.#high >>> 15
    return this.#split()
  }

  /** One block of eight bytes. */
  #mix(low: number, high: number): void {
    const hashLow = this.#low
    const hashHigh = this.#high
    this.#low = low
    this.#high = high
    this.#multiply()
    this.#low ^= this.#high >>> 15
    this.#multiply()
    this.#low ^= hashLow
    this.#high ^= hashHigh
    this.#multiply()
  }

  #multiply(): void {
    const low = this.#low
    this.#high = (Math.imul(this.#high, mLow) + Math.imul(low, mHigh) + multiplyHigh(low, mLow)) | 0
    this.#low = Math.imul(low, mLow)
  }

  #split(): this {
    this.index = this.#low & ((1 << registerBits) - 1)
    const low = (this.#low >>> registerBits) | (this.#high << (32 - registerBits))
    // a one behind the last bit ends the run
    const high = (this.#high >>> registerBits) | (1 << (32 - registerBits))
    this.run = low !== 0 ? zerosAtEnd(low) + 1 : zerosAtEnd(high) + 33
    return this
  }
}

const zerosAtEnd = (word: number): number => 31 - Math.clz32(word & -word)
