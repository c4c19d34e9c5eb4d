import type { Slice } from '../../../base/index.js'
import { PackedReader } from './packed-reader.js'

/*
 * A zipmap, which Redis wrote before version 2.6: fields and values in turn.
 *
 *   header    number of pairs (one byte, 254 and more for "count them")
 *   field     length (one byte, or 254 and 32 bits), bytes
 *   value     length, unused bytes (one byte), bytes, the unused ones
 *   end       255
 *
 * See https://github.com/redis/redis/blob/6.2.0/src/zipmap.c
 */

const longLength = 254
const end = 255

export class ZipmapReader extends PackedReader {
  protected readonly name = 'a zipmap'
  #isValue = false
  #count = 0
  #counted = 0

  open({ region, start, length }: Slice): void {
    this.region = region
    this.at = start + 1
    this.last = start + length - 1
    if (length < 2 || region.bytes[this.last] !== end) this.fail('has no end')
    this.#counted = region.bytes[start]
    this.#count = 0
    this.#isValue = false
  }

  get claimed(): number {
    return this.#counted < longLength ? this.#counted * 2 : Infinity
  }

  next(into: Slice): boolean {
    const { bytes, view } = this.region
    let { at } = this
    if (at === this.last && !this.#isValue) {
      if (this.#counted < longLength && this.#counted !== this.#count)
        this.fail('does not have as many pairs as it says')
      return false
    }
    this.require(at, 1)
    let length = bytes[at++]
    if (length === end) this.fail('ends before its end')
    if (length === longLength) {
      this.require(at, 4)
      length = view.getUint32(at, true)
      at += 4
    }
    let unused = 0
    if (this.#isValue) {
      this.require(at, 1)
      unused = bytes[at++]
      this.#count++
    }
    this.require(at, length + unused)
    into.set(this.region, at, length)
    this.at = at + length + unused
    this.#isValue = !this.#isValue
    return true
  }
}
