import type { Slice } from '../../../base/index.js'
import { writeDigits } from './digits.js'
import { PackedReader } from './packed-reader.js'

/*
 * An intset: bytes of each integer (32 bits: 2, 4 or 8), number of integers (32 bits), and these in ascending order.
 *
 * See https://github.com/redis/redis/blob/7.0.15/src/intset.c
 */

const headerBytes = 8

export class IntsetReader extends PackedReader {
  protected readonly name = 'an intset'
  #width = 2
  #isFirst = true
  #high = 0
  #low = 0

  open({ region, start, length }: Slice): void {
    this.region = region
    this.at = start + headerBytes
    this.last = start + length
    if (length < headerBytes) this.fail('has no header')
    this.#width = region.view.getUint32(start, true)
    if (this.#width !== 2 && this.#width !== 4 && this.#width !== 8) this.fail(`has integers of ${this.#width} bytes`)
    if (headerBytes + region.view.getUint32(start + 4, true) * this.#width !== length)
      this.fail('does not say its own length')
    this.#isFirst = true
  }

  get claimed(): number {
    return (this.last - this.at) / this.#width
  }

  next(into: Slice): boolean {
    if (this.at === this.last) return false
    const { view } = this.region
    const width = this.#width
    const low = width === 2 ? view.getInt16(this.at, true) : view.getInt32(this.at, true)
    const high = width === 8 ? view.getInt32(this.at + 4, true) : low >> 31
    const isAbove = high > this.#high || (high === this.#high && low >>> 0 > this.#low >>> 0)
    if (!this.#isFirst && !isAbove) this.fail('is not in order')
    this.#isFirst = false
    this.#high = high
    this.#low = low
    this.at += width
    writeDigits(this.digits(), high, low, into)
    return true
  }
}
