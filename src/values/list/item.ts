import {
  Region,
  copyBytes,
  equalBytes,
  integerLength,
  readInt64,
  readSafeInteger,
  writeInteger,
  type Slice,
} from '../../base/index.js'

/*
 * An element of a list is some bytes and, apart from them, a code of one byte that says what and how many they are:
 *
 *   0 to 239         a string of so many bytes
 *   240 + n          an integer of n bytes (1 to 6, or 8), two's complement, least byte first
 *   255              a longer string: its length (16 bits), its bytes, its length again, so that it is found from both ends
 *
 * What is written as an integer would be read back as the same text, and takes fewer bytes so. A value has one code.
 */

const stringMax = 239
const integerBase = 240
export const longCode = 255
const longExtra = 4

/** Bytes of an element by its code; 0 for long strings, whose bytes tell themselves. */
export const sizeOfCode = Uint8Array.from({ length: 256 }, (_, code) =>
  code <= stringMax ? code : code === longCode ? 0 : code - integerBase,
)

/** The longest text of a 64-bit integer, and the shortest that a double may not hold. */
const textMax = 20
const bigTextMin = 16
const word = 0x1_0000_0000

export const codeOf = (length: number): number => (length <= stringMax ? length : longCode)

/** Bytes that a string of `length` takes beside its code. */
export const sizeOf = (length: number): number => (length <= stringMax ? length : length + longExtra)

export const isString = (code: number): boolean => code <= stringMax || code === longCode

/** How many bytes an integer takes. */
function bytesOf(value: number): number {
  const size = value < 0 ? -value - 1 : value
  if (size < 0x80) return 1
  if (size < 0x8000) return 2
  if (size < 0x80_0000) return 3
  if (size < 0x8000_0000) return 4
  if (size < 0x80 * word) return 5
  return size < 0x8000 * word ? 6 : 8
}

/** One value in the form in which chunks hold it: to be written, or to be looked for. */
export class Item {
  code = 0
  /** Bytes beside the code. */
  size = 0
  /** Bytes of what is to be written, less the length that stands around a long string. */
  #length = 0
  #region: Region
  #at = 0
  #isInteger = false
  /** Bytes at the beginning that a chunk has already: see `cut`. */
  #cutBytes = 0
  readonly #number = Region.allocate(8)

  constructor() {
    this.#region = this.#number
  }

  /** Takes the value's form. A string is not copied: it must stay where it is. */
  set(value: Slice): this {
    const { length } = value
    this.#cutBytes = 0
    this.#isInteger = length >= 2 && length <= textMax && this.#setInteger(value)
    if (this.#isInteger) return this
    this.#region = value.region
    this.#at = value.start
    this.#setLength(length)
    return this
  }

  #setLength(length: number): void {
    this.#length = length
    this.code = codeOf(length)
    this.size = sizeOf(length)
  }

  /**
   * Takes the form that the value has in a chunk which keeps the beginning of its strings apart; false where it does not
   * begin so, and cannot be there. `whole` gives it its own form again.
   */
  cut(region: Region, at: number, length: number): boolean {
    if (this.#isInteger) return true
    if (this.#length < length || !equalBytes(this.#region, this.#at, region, at, length)) return false
    this.#cutBytes = length
    this.#at += length
    this.#setLength(this.#length - length)
    return true
  }

  whole(): void {
    const length = this.#cutBytes
    if (length === 0) return
    this.#cutBytes = 0
    this.#at -= length
    this.#setLength(this.#length + length)
  }

  #setInteger(value: Slice): boolean {
    const first = value.byte(0)
    if (first > 57 || (first < 48 && first !== 45)) return false
    const number = readSafeInteger(value)
    const { view } = this.#number
    if (!Number.isNaN(number)) {
      this.size = bytesOf(number)
      if (this.size >= value.length) return false
      view.setInt32(0, number | 0, true)
      view.setInt32(4, Math.floor(number / word), true)
    } else {
      const big = value.length < bigTextMin ? null : readInt64(value)
      if (big === null) return false
      this.size = 8
      view.setBigInt64(0, big, true)
    }
    this.#region = this.#number
    this.#at = 0
    this.#length = this.size
    this.code = integerBase + this.size
    return true
  }

  write(region: Region, at: number): void {
    const length = this.#length
    if (this.code === longCode) {
      region.view.setUint16(at, length, true)
      at += 2
      region.view.setUint16(at + length, length, true)
    }
    copyBytes(this.#region, this.#at, region, at, length)
  }

  /** Writes a string that stands alone. */
  writeAlone(region: Region, at: number): void {
    copyBytes(this.#region, this.#at, region, at, this.#length)
  }

  /** Bytes of the string where it stands alone. */
  get lengthAlone(): number {
    return this.#length
  }

  /** Whether the element of the same code and size at `at` is this one. */
  equals(region: Region, at: number): boolean {
    return equalBytes(region, this.code === longCode ? at + 2 : at, this.#region, this.#at, this.#length)
  }

  /** Whether it is the string in `slice`, which stands alone. */
  equalsAlone({ region, start, length }: Slice): boolean {
    return this.#length === length && this.code === longCode && this.equals(region, start - 2)
  }
}

const text = Region.allocate(24)

/** Where strings are put together. No chunk holds a longer one. */
const joinedBytes = 1 << 16
const joined = Region.allocate(joinedBytes + 256)

/** Has the strings that `readCutItem` reads begin with `prefix`, until it is called again. */
export function beginCutItems(prefix: Slice): void {
  copyBytes(prefix.region, prefix.start, joined, 0, prefix.length)
}

/**
 * Points `into` at a string whose first `length` bytes stand apart (see `beginCutItems`), put together in a place that all of
 * them share.
 */
export function readCutItem(
  length: number,
  region: Region,
  at: number,
  code: number,
  size: number,
  into: Slice,
): Slice {
  const rest = code === longCode ? size - longExtra : size
  copyBytes(region, code === longCode ? at + 2 : at, joined, length, rest)
  return into.set(joined, 0, length + rest)
}

/** Points `into` at the value of an element; an integer is written out in a place that all of them share. */
export function readItem(region: Region, at: number, code: number, size: number, into: Slice): Slice {
  if (code <= stringMax) return into.set(region, at, size)
  if (code === longCode) return into.set(region, at + 2, size - longExtra)
  const value = integerAt(region.view, at, size)
  if (typeof value === 'bigint') return into.set(text, 0, text.bytes.latin1Write(value.toString(), 0))
  const length = integerLength(value)
  writeInteger(text.bytes, 0, value, length)
  return into.set(text, 0, length)
}

function integerAt(view: DataView, at: number, size: number): number | bigint {
  if (size === 1) return view.getInt8(at)
  if (size === 2) return view.getInt16(at, true)
  if (size === 3) return view.getUint16(at, true) | (view.getInt8(at + 2) << 16)
  const low = view.getInt32(at, true)
  if (size === 4) return low
  if (size === 5) return view.getInt8(at + 4) * word + (low >>> 0)
  if (size === 6) return view.getInt16(at + 4, true) * word + (low >>> 0)
  const high = view.getInt32(at + 4, true)
  const isSafe = high < 0x20_0000 && high >= -0x20_0000
  return isSafe ? high * word + (low >>> 0) : view.getBigInt64(at, true)
}
