import { Crc64, Region, borrowed, integerLength, writeInteger, type Slice } from '../../base/index.js'
import { LengthForm, StringForm, encodedString, length32, length64 } from './format.js'
import { decompressLzf, lzfRatioMax } from './lzf.js'
import { RdbError } from './rdb-error.js'

/** Thrown where the bytes at hand end before what is read does. No Error: it is caught each time bytes have come. */
class Incomplete {}
export const incomplete = new Incomplete()

const windowBytes = 1 << 18
/** What is left over is moved to the front while it is no longer than this, so that the window stays in the cache. */
const movedAtOnceMax = 1 << 12
/** Room for a string that is not as it was written is kept up to this. */
const scratchKeptMax = 1 << 20
const scratchBytesMin = 64
/** No string is longer, whatever a length says. */
export const stringBytesMax = 0x7fff_ff00

const two32 = 0x1_0000_0000

/** A string that was read: as it stands in the input, or in room of its own where it was packed. */
export class TextSlot {
  readonly slice = borrowed()
  #scratch = Region.allocate(scratchBytesMin)

  /** Room for `length` bytes, what was there is lost. */
  room(length: number): Region {
    const usable = this.#scratch.bytes.length - Region.spareBytes
    if (length > usable) this.#scratch = Region.allocate(Math.max(length, Math.min(usable * 2, scratchKeptMax)))
    else if (usable > scratchKeptMax && length <= scratchKeptMax) this.#scratch = Region.allocate(scratchKeptMax)
    return this.#scratch
  }

  integer(value: number): Slice {
    const length = integerLength(value)
    writeInteger(this.room(length).bytes, 0, value, length)
    return this.slice.set(this.#scratch, 0, length)
  }
}

/**
 * The bytes of a snapshot as they come, and what its format is made of. Whoever reads goes on by items and commits each:
 * where bytes are missing `incomplete` is thrown, and when more have come it begins again where it last committed.
 * Holds no more than a window of the input, or one item that is longer; an item's length makes no room, its bytes do.
 */
export class Input {
  region: Region
  /** Where the next byte is read. */
  at: number
  /** Where the bytes end that have come. */
  end: number
  /** Where reading begins again. */
  #mark: number
  /** Bytes from the mark on without which it is not worth while to begin again. */
  #needed = 1
  /** Bytes that came before the region's first. */
  #before = 0
  readonly #sum: Crc64 | null
  /** What stands before here is in the sum. */
  #summedTo: number

  private constructor(region: Region, start: number, end: number, sum: Crc64 | null) {
    this.region = region
    this.at = this.#mark = this.#summedTo = start
    this.end = end
    this.#sum = sum
  }

  /** For bytes that come in pieces. @param sums whether their checksum is to be known */
  static stream(sums: boolean): Input {
    return new Input(Region.allocate(windowBytes), 0, 0, sums ? new Crc64() : null)
  }

  /** All bytes from `start` to `end` of a region, which is only read. */
  static of(region: Region, start: number, end: number): Input {
    return new Input(region, start, end, null)
  }

  /** Bytes that were read and committed. */
  get committed(): number {
    return this.#before + this.#mark
  }

  /** What has been read holds: it is not read again. */
  commit(): void {
    this.#mark = this.at
  }

  /** Goes back to where reading last held. */
  rewind(): void {
    this.at = this.#mark
  }

  /** Whether there is enough to go on with. */
  get isReady(): boolean {
    return this.end - this.#mark >= this.#needed
  }

  /** Takes as many of `bytes` from `from` on as there is room for; returns how many. Not while an item is being read. */
  feed(bytes: Uint8Array, from: number): number {
    this.#makeRoom()
    const capacity = this.region.bytes.length - Region.spareBytes
    const count = Math.min(bytes.length - from, capacity - this.end)
    this.region.bytes.set(count === bytes.length ? bytes : bytes.subarray(from, from + count), this.end)
    this.end += count
    return count
  }

  #makeRoom(): void {
    const capacity = this.region.bytes.length - Region.spareBytes
    const rest = this.end - this.#mark
    if (this.#mark > 0 && (rest <= movedAtOnceMax || this.end === capacity)) {
      this.#moveTo(capacity > 4 * windowBytes && rest < windowBytes >> 1 ? windowBytes : 0)
    } else if (this.end === capacity) this.#moveTo(capacity * 2)
  }

  /** Moves what was not committed to the front, of a new region where its size is given. */
  #moveTo(bytes: number): void {
    this.#sumUpTo(this.#mark)
    const old = this.region
    if (bytes > 0) this.region = Region.allocate(bytes)
    if (this.end > this.#mark) old.bytes.copy(this.region.bytes, 0, this.#mark, this.end)
    this.#before += this.#mark
    this.end -= this.#mark
    this.at = this.#mark = this.#summedTo = 0
  }

  #sumUpTo(at: number): void {
    this.#sum?.update(this.region.bytes, this.#summedTo, at)
    this.#summedTo = at
  }

  /** Whether the eight bytes that come next are the sum of all before them, or zero, which says that there is none. */
  readChecksum(): boolean {
    this.require(8)
    const { bytes, view } = this.region
    const isNone = view.getInt32(this.at, true) === 0 && view.getInt32(this.at + 4, true) === 0
    if (this.#sum !== null) this.#sumUpTo(this.at)
    const isGood = isNone || this.#sum === null || this.#sum.equals(bytes, this.at)
    this.at += 8
    return isGood
  }

  /** A copy of what came and was not read. */
  rest(): Buffer {
    return Buffer.from(this.region.bytes.subarray(this.at, this.end))
  }

  // --- what the format is made of

  /** Makes sure that `count` bytes more are there. */
  require(count: number): void {
    if (this.end - this.at < count) this.#wait(count)
  }

  #wait(count: number): never {
    this.#needed = this.at + count - this.#mark
    throw incomplete
  }

  /** Nothing but bytes that come can help: forgets how many are needed. */
  restart(): void {
    this.#needed = 1
  }

  byte(): number {
    if (this.at >= this.end) this.#wait(1)
    return this.region.bytes[this.at++]
  }

  /** A length; above 2^53 rounded. */
  length(): number {
    const first = this.byte()
    const form = first >>> 6
    if (form === LengthForm.bits6) return first & 63
    if (form === LengthForm.bits14) return ((first & 63) << 8) | this.byte()
    return this.#wideLength(first)
  }

  #wideLength(first: number): number {
    const { view } = this.region
    if (first === length32) {
      this.require(4)
      this.at += 4
      return view.getUint32(this.at - 4)
    }
    if (first !== length64) throw new RdbError(`a length cannot begin with byte ${first}`)
    this.require(8)
    this.at += 8
    return view.getUint32(this.at - 8) * two32 + view.getUint32(this.at - 4)
  }

  /** A length that is a number of 64 bits, unsigned. */
  exactLength(): bigint {
    const length = this.length()
    return length < two32 ? BigInt(length) : this.region.view.getBigUint64(this.at - 8)
  }

  /** Eight bytes, little-endian and signed; exact below 2^53. */
  int64(): number {
    this.require(8)
    const { view } = this.region
    this.at += 8
    return view.getInt32(this.at - 4, true) * two32 + view.getUint32(this.at - 8, true)
  }

  exactInt64(): bigint {
    this.require(8)
    this.at += 8
    return this.region.view.getBigInt64(this.at - 8, true)
  }

  int32(): number {
    this.require(4)
    this.at += 4
    return this.region.view.getInt32(this.at - 4, true)
  }

  double(): number {
    this.require(8)
    this.at += 8
    return this.region.view.getFloat64(this.at - 8, true)
  }

  /** `length` bytes as they are; good until bytes come. */
  raw(length: number, into: Slice): Slice {
    this.require(length)
    into.set(this.region, this.at, length)
    this.at += length
    return into
  }

  /** A string, in `slot`; good until another one is read into it, or bytes come. */
  string(slot: TextSlot): Slice {
    const first = this.byte()
    if (first >= encodedString) return this.#encoded(first & 63, slot)
    let length = first
    if (first >= 128) length = this.#wideLength(first)
    else if (first >= 64) length = ((first & 63) << 8) | this.byte()
    if (length > stringBytesMax) throw new RdbError(`a string cannot have ${length} bytes`)
    return this.raw(length, slot.slice)
  }

  #encoded(form: number, slot: TextSlot): Slice {
    switch (form) {
      case StringForm.int8:
        return slot.integer((this.byte() << 24) >> 24)
      case StringForm.int16:
        this.require(2)
        this.at += 2
        return slot.integer(this.region.view.getInt16(this.at - 2, true))
      case StringForm.int32:
        return slot.integer(this.int32())
      case StringForm.lzf:
        return this.#compressed(slot)
      default:
        throw new RdbError(`a string cannot begin with byte ${encodedString + form}`)
    }
  }

  #compressed(slot: TextSlot): Slice {
    const packed = this.length()
    const length = this.length()
    if (packed === 0 || packed > stringBytesMax || length > stringBytesMax || length > packed * lzfRatioMax) {
      throw new RdbError(`${packed} bytes of LZF cannot become ${length}`)
    }
    this.require(packed)
    const room = slot.room(length)
    if (!decompressLzf(this.region, this.at, packed, room, 0, length)) throw new RdbError('a string is no LZF')
    this.at += packed
    return slot.slice.set(room, 0, length)
  }
}
