import { writeDigits } from './digits.js'
import type { Slice } from '../../../base/index.js'
import { PackedReader } from './packed-reader.js'

/*
 * A ziplist, which Redis wrote before version 7:
 *
 *   header    bytes in all (32 bits), where the last entry begins (32 bits), entries (16 bits, 65535 for "count them")
 *   entry     bytes of the entry before it (one byte, or 254 and 32 bits), encoding, data
 *   end       255
 *
 * See https://github.com/redis/redis/blob/6.2.0/src/ziplist.c
 */

const headerBytes = 10
const end = 0xff
const longPrevious = 0xfe
const countUnknown = 65_535

/** Integers by their encoding: bytes of data. */
const integerBytes: Readonly<Record<number, number>> = { 0xc0: 2, 0xd0: 4, 0xe0: 8, 0xf0: 3, 0xfe: 1 }
/** Encodings that are an integer from 0 to 12 themselves. */
const immediateMin = 0xf1
const immediateMax = 0xfd

export class ZiplistReader extends PackedReader {
  protected readonly name = 'a ziplist'
  #start = 0
  #count = 0
  #counted = 0
  #tail = 0
  #previousAt = 0

  open({ region, start, length }: Slice): void {
    const { view, bytes } = region
    this.region = region
    this.#start = start
    this.at = this.#previousAt = start + headerBytes
    this.last = start + length - 1
    if (length <= headerBytes || view.getUint32(start, true) !== length || bytes[this.last] !== end) {
      this.fail('does not say its own length')
    }
    this.#tail = view.getUint32(start + 4, true)
    if (this.#tail > length - 1) this.fail('ends beyond its end')
    this.#counted = view.getUint16(start + 8, true)
    this.#count = 0
  }

  get claimed(): number {
    return this.#counted === countUnknown ? Infinity : this.#counted
  }

  next(into: Slice): boolean {
    if (this.at === this.last) {
      this.#checkEnd()
      return false
    }
    const { bytes, view } = this.region
    const entryAt = this.at
    let at = entryAt
    let previous = bytes[at++]
    if (previous === end) this.fail('ends before its end')
    if (previous === longPrevious) {
      this.require(at, 4)
      previous = view.getUint32(at, true)
      at += 4
    }
    if (previous !== entryAt - this.#previousAt) this.fail('has an entry that does not know the one before')
    this.require(at, 1)
    this.at = this.#data(at, into)
    this.#previousAt = entryAt
    this.#count++
    return true
  }

  /** Reads what follows the length of the entry before; returns the place behind it. */
  #data(at: number, into: Slice): number {
    const { bytes, view } = this.region
    const encoding = bytes[at++]
    if (encoding >= 0xc0) return this.#integer(encoding, at, into)
    let length = encoding & 0x3f
    if (encoding >= 0x80) {
      this.require(at, 4)
      length = view.getUint32(at)
      at += 4
    } else if (encoding >= 0x40) {
      this.require(at, 1)
      length = (length << 8) | bytes[at++]
    }
    this.require(at, length)
    into.set(this.region, at, length)
    return at + length
  }

  #integer(encoding: number, at: number, into: Slice): number {
    const digits = this.digits()
    if (encoding >= immediateMin && encoding <= immediateMax) {
      writeDigits(digits, 0, encoding - immediateMin, into)
      return at
    }
    const size = integerBytes[encoding]
    if (size === undefined) this.fail(`has an entry of kind ${encoding}`)
    this.require(at, size)
    const { bytes, view } = this.region
    if (size === 8) writeDigits(digits, view.getInt32(at + 4, true), view.getInt32(at, true), into)
    else {
      let low = 0
      for (let i = size - 1; i >= 0; i--) low = (low << 8) | bytes[at + i]
      low = (low << (32 - size * 8)) >> (32 - size * 8)
      writeDigits(digits, low >> 31, low, into)
    }
    return at + size
  }

  #checkEnd(): void {
    if (this.#counted !== countUnknown && this.#counted !== this.#count)
      this.fail('does not have as many entries as it says')
    if (this.#count > 0 && this.#start + this.#tail !== this.#previousAt) this.fail('does not know its last entry')
  }
}
