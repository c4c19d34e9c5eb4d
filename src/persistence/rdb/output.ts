import { Crc64, Region, copyBytes, type Slice } from '../../base/index.js'
import { StringForm, encodedString, length32, length64 } from './format.js'
import { compressLzf } from './lzf.js'

/** Thrown, and caught, where a value gets larger than the caller allowed: see `RdbOutput.limitAt`. */
export const tooLarge = Symbol('a value is larger than was allowed')

/** Room at first, and about the bytes that go to a consumer at a time. */
export const outputChunkBytes = 1 << 16
/** A buffer that grew beyond this is let go when it is empty. */
const keptBytesMax = 1 << 20
/** Longer strings are no integers, those not longer are not compressed. */
const integerTextMax = 11
const plainMax = 20
const noLimit = Infinity

const minus = 45
const zero = 48

/**
 * Bytes of a snapshot in the making: numbers, lengths and strings, one behind the other, in one buffer that is used again.
 * With a consumer they are handed over by `flush`, and summed on the way; without, they stay until `reset`.
 *
 * @see https://github.com/redis/redis/blob/7.0.15/src/rdb.c rdbSaveLen, rdbSaveRawString
 */
export class RdbOutput {
  region = Region.allocate(outputChunkBytes)
  /** Where the next byte goes. */
  at = 0
  /** What would go beyond this place is thrown as `tooLarge`. */
  limitAt = noLimit
  /** Whether strings of more than 20 bytes are compressed where that makes them shorter: `rdbcompression`. */
  compresses: boolean
  /** Bytes handed over. */
  bytesOut = 0
  readonly #crc: Crc64 | null
  readonly #consume: ((bytes: Buffer) => void) | null

  /**
   * @param consume gets the bytes at each `flush`; they are good until it returns
   * @param sums whether `writeSum` writes their checksum, or zeros: `rdbchecksum`
   */
  constructor(compresses: boolean, consume: ((bytes: Buffer) => void) | null = null, sums = true) {
    this.compresses = compresses
    this.#consume = consume
    this.#crc = sums ? new Crc64() : null
  }

  /** Forgets what was written. */
  reset(): this {
    this.at = 0
    this.limitAt = noLimit
    this.bytesOut = 0
    this.#crc?.reset()
    if (this.region.bytes.length > keptBytesMax) this.region = Region.allocate(outputChunkBytes)
    return this
  }

  /** Goes back to a place, forgetting what was written since. */
  rewind(at: number): void {
    this.at = at
    this.limitAt = noLimit
  }

  /** Makes sure that `bytes` more have room. @throws tooLarge */
  room(bytes: number): void {
    const end = this.at + bytes
    if (end > this.limitAt) throw tooLarge
    if (end > this.region.bytes.length - Region.spareBytes) this.#grow(end)
  }

  #grow(end: number): void {
    const grown = Region.allocate(Math.max(end, Math.min(this.region.bytes.length * 2, end + (1 << 24))))
    this.region.bytes.copy(grown.bytes, 0, 0, this.at)
    this.region = grown
  }

  /** Hands over what was written. */
  flush(): void {
    if (this.at === 0) return
    const bytes = this.region.bytes.subarray(0, this.at)
    this.#crc?.update(bytes)
    this.bytesOut += this.at
    this.#consume?.(bytes)
    this.at = 0
  }

  /** Bytes written since the start. */
  get written(): number {
    return this.bytesOut + this.at
  }

  /** Ends all: the checksum of what came before it. */
  writeSum(): void {
    const { at } = this
    this.#crc?.update(this.region.bytes, 0, at)
    this.room(8)
    if (this.#crc === null) this.region.bytes.fill(0, at, at + 8)
    else this.#crc.writeTo(this.region.bytes, at)
    this.#crc?.reset()
    this.at += 8
  }

  // --- numbers

  byte(value: number): void {
    this.room(1)
    this.region.bytes[this.at++] = value
  }

  uint16(value: number): void {
    this.room(2)
    this.region.view.setUint16(this.at, value, true)
    this.at += 2
  }

  /** 64 bits, the lowest byte first. */
  int64(value: bigint): void {
    this.room(8)
    this.region.view.setBigInt64(this.at, value, true)
    this.at += 8
  }

  /** Eight bytes as they are in memory. */
  double(value: number): void {
    this.room(8)
    this.region.view.setFloat64(this.at, value, true)
    this.at += 8
  }

  /** A length, or another natural number, in 1, 2, 5 or 9 bytes. */
  length(value: number): void {
    this.room(9)
    const { view } = this.region
    const { at } = this
    if (value < 64) {
      view.setUint8(at, value)
      this.at += 1
    } else if (value < 16_384) {
      view.setUint16(at, 0x4000 | value)
      this.at += 2
    } else if (value <= 0xffff_ffff) {
      view.setUint8(at, length32)
      view.setUint32(at + 1, value)
      this.at += 5
    } else this.#length64(BigInt(value))
  }

  /** As `length`, of any 64 bits. */
  bigLength(value: bigint): void {
    const unsigned = BigInt.asUintN(64, value)
    if (unsigned <= 0xffff_ffffn) this.length(Number(unsigned))
    else {
      this.room(9)
      this.#length64(unsigned)
    }
  }

  /** As `length`, of an unsigned number of 64 bits given as two int32. */
  wordsLength(high: number, low: number): void {
    if (high === 0) {
      this.length(low >>> 0)
      return
    }
    this.room(9)
    const { view } = this.region
    view.setUint8(this.at, length64)
    view.setInt32(this.at + 1, high)
    view.setInt32(this.at + 5, low)
    this.at += 9
  }

  #length64(value: bigint): void {
    const { view } = this.region
    view.setUint8(this.at, length64)
    view.setBigUint64(this.at + 1, value)
    this.at += 9
  }

  // --- strings

  /** A string in the shortest form: an integer, compressed, or as it is. */
  string({ region, start, length }: Slice): void {
    if (length <= integerTextMax && this.#integer(region, start, length)) return
    if (length > plainMax && this.compresses && this.#compressed(region, start, length)) return
    this.plain(region, start, length)
  }

  /** Bytes as they are, behind their length. */
  plain(region: Region, start: number, length: number): void {
    this.length(length)
    this.raw(region, start, length)
  }

  /** Bytes as they are. */
  raw(region: Region, start: number, length: number): void {
    this.room(length)
    copyBytes(region, start, this.region, this.at, length)
    this.at += length
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.room(bytes.length)
    this.region.bytes.set(bytes, this.at)
    this.at += bytes.length
  }

  /** Text of ASCII: of names and of numbers that describe the snapshot. */
  text(value: string): void {
    const { length } = value
    this.room(length + 9)
    const mark = this.at
    // written where a string may be read from before it is known how it will be
    this.region.bytes.latin1Write(value, mark + 9, length)
    if (length <= integerTextMax && this.#integer(this.region, mark + 9, length)) return
    this.length(length)
    this.region.bytes.copyWithin(this.at, mark + 9, mark + 9 + length)
    this.at += length
  }

  /** Writes text of at most 11 bytes as the integer of 32 bits that it is; false where it is none. */
  #integer({ bytes }: Region, start: number, length: number): boolean {
    if (length === 0) return false
    const isNegative = bytes[start] === minus
    const first = isNegative ? start + 1 : start
    const end = start + length
    if (first === end || (bytes[first] === zero && length > 1)) return false
    let value = 0
    for (let at = first; at < end; at++) {
      const digit = bytes[at] - zero
      if (digit >>> 0 > 9) return false
      value = value * 10 + digit
    }
    if (value > (isNegative ? 0x8000_0000 : 0x7fff_ffff)) return false
    this.#writeInteger(isNegative ? -value : value)
    return true
  }

  #writeInteger(value: number): void {
    this.room(5)
    const { view } = this.region
    const { at } = this
    if (value >= -0x80 && value <= 0x7f) {
      view.setUint8(at, encodedString | StringForm.int8)
      view.setInt8(at + 1, value)
      this.at += 2
    } else if (value >= -0x8000 && value <= 0x7fff) {
      view.setUint8(at, encodedString | StringForm.int16)
      view.setInt16(at + 1, value, true)
      this.at += 3
    } else {
      view.setUint8(at, encodedString | StringForm.int32)
      view.setInt32(at + 1, value, true)
      this.at += 5
    }
  }

  /** Writes a string compressed; false, and nothing, where that does not save at least four bytes. */
  #compressed(region: Region, start: number, length: number): boolean {
    const headMax = 1 + 5 + 5
    const mark = this.at
    this.room(headMax + length)
    const bytes = compressLzf(region, start, length, this.region, mark + headMax, length - 4)
    if (bytes === 0) return false
    // a limit is one of work, too: what compression saved has taken its time
    this.limitAt -= length - bytes
    this.byte(encodedString | StringForm.lzf)
    this.length(bytes)
    this.length(length)
    this.region.bytes.copyWithin(this.at, mark + headMax, mark + headMax + bytes)
    this.at += bytes
    return true
  }
}
