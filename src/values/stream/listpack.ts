import {
  Region,
  Slice,
  copyBytes,
  integerLength,
  moveBytes,
  readInt64,
  readSafeInteger,
  writeInteger,
  equalBytes,
} from '../../base/index.js'

/*
 * Redis's listpack, byte for byte: where Redis begins a new chunk of a stream, and so what approximate trimming leaves,
 * depends on its length; and snapshots hold it as it is.
 *
 *   header    total bytes (32 bits), number of elements (16 bits, 65535 for "count them")
 *   element   encoding and data, then their length once more, written to be read from behind
 *   end       255
 *
 * A text that writes out an integer of 64 bits is kept as that integer. Places count from the region's start.
 *
 * https://github.com/antirez/listpack/blob/master/listpack.md
 */

export const listpackHeaderBytes = 6
export const listpackEmptyBytes = 7
const end = 255
const countUnknown = 65_535

const two32 = 0x1_0000_0000
/** Texts that may be integers are no longer. */
const integerTextMax = 20

/** An integer of 64 bits in two words. */
export interface Int64 {
  high: number
  low: number
}

/** Writes an empty listpack. */
export function createListpack({ view, bytes }: Region, start: number): void {
  view.setUint32(start, listpackEmptyBytes, true)
  view.setUint16(start + 4, 0, true)
  bytes[start + listpackHeaderBytes] = end
}

/** Bytes of the listpack, header and end included. */
export const listpackBytes = ({ view }: Region, start: number): number => view.getUint32(start, true)

/** Ends a listpack to which `elements` were written up to `at`. */
export function endListpack({ view, bytes }: Region, start: number, at: number, elements: number): void {
  bytes[at] = end
  view.setUint32(start, at + 1 - start, true)
  const count = view.getUint16(start + 4, true)
  const total = count + elements
  if (count !== countUnknown) view.setUint16(start + 4, total < countUnknown ? total : countUnknown, true)
}

export const isListpackEnd = ({ bytes }: Region, at: number): boolean => bytes[at] === end

/** Bytes of the length that stands behind an element of `encoded` bytes. */
export function backLengthBytes(encoded: number): number {
  if (encoded <= 127) return 1
  if (encoded < 16_383) return 2
  if (encoded < 2_097_151) return 3
  return encoded < 268_435_455 ? 4 : 5
}

/** Bytes of encoding and data of the element at `at`. */
function encodedBytes({ bytes, view }: Region, at: number): number {
  const type = bytes[at]
  if (type < 0x80) return 1
  if (type < 0xc0) return 1 + (type & 0x3f)
  if (type < 0xe0) return 2
  if (type < 0xf0) return 2 + (((type & 0x0f) << 8) | bytes[at + 1])
  if (type === 0xf0) return 5 + view.getUint32(at + 1, true)
  return type === 0xf4 ? 9 : type - 0xf1 + 3
}

/** The element behind the one at `at`, or the end. */
export function skipElement(region: Region, at: number): number {
  const type = region.bytes[at]
  if (type < 0x80) return at + 2
  if (type < 0xc0) return at + 2 + (type & 0x3f)
  const encoded = encodedBytes(region, at)
  return at + encoded + (encoded <= 127 ? 1 : backLengthBytes(encoded))
}

export function skipElements(region: Region, at: number, count: number): number {
  for (let left = count; left > 0; left--) at = skipElement(region, at)
  return at
}

/** The element before the place `at`. */
export function previousElement({ bytes }: Region, at: number): number {
  let place = at - 1
  let encoded = bytes[place] & 127
  for (let shift = 1; (bytes[place] & 128) !== 0; shift *= 128) encoded += (bytes[--place] & 127) * shift * 128
  return place - encoded
}

/** Reads the integer at `at`, which is one. */
export function readIntegerWords({ bytes, view }: Region, at: number, into: Int64): void {
  const type = bytes[at]
  if (type === 0xf4) {
    into.low = view.getInt32(at + 1, true)
    into.high = view.getInt32(at + 5, true)
    return
  }
  into.low = smallInteger(bytes, view, type, at)
  into.high = into.low >> 31
}

/** Reads the integer at `at`, which is one of 32 bits at most. */
export const readInteger = ({ bytes, view }: Region, at: number): number => smallInteger(bytes, view, bytes[at], at)

function smallInteger(bytes: Buffer, view: DataView, type: number, at: number): number {
  if (type < 0x80) return type
  if (type < 0xe0) return ((((type & 0x1f) << 8) | bytes[at + 1]) << 19) >> 19
  if (type === 0xf1) return view.getInt16(at + 1, true)
  if (type === 0xf2) return ((view.getUint16(at + 1, true) << 8) | (bytes[at + 3] << 24)) >> 8
  return view.getInt32(at + 1, true)
}

const scratch: Int64 = { high: 0, low: 0 }

/** Points `into` at the text at `at`; one that is kept as an integer is written into `digits`, which `into` then shows. */
export function readText(region: Region, at: number, into: Slice, digits: Region): Slice {
  const { bytes, view } = region
  const type = bytes[at]
  if (type >= 0x80 && type < 0xc0) return into.set(region, at + 1, type & 0x3f)
  if (type >= 0xe0 && type < 0xf0) return into.set(region, at + 2, ((type & 0x0f) << 8) | bytes[at + 1])
  if (type === 0xf0) return into.set(region, at + 5, view.getUint32(at + 1, true))
  readIntegerWords(region, at, scratch)
  const value = scratch.high * two32 + (scratch.low >>> 0)
  if (Number.isSafeInteger(value)) {
    const length = integerLength(value)
    writeInteger(digits.bytes, 0, value, length)
    return into.set(digits, 0, length)
  }
  const exact = (BigInt(scratch.high) << 32n) | BigInt(scratch.low >>> 0)
  return into.set(digits, 0, digits.bytes.latin1Write(exact.toString(), 0))
}

/** A region for the digits of one integer. */
export const digitsRegion = (): Region => Region.allocate(24)

const compared = new Slice(digitsRegion())
const comparedDigits = digitsRegion()

/** Whether the element at `at` is the text. */
export function isText(region: Region, at: number, text: Slice): boolean {
  const type = region.bytes[at]
  if (type >= 0x80 && type < 0xc0) {
    const length = type & 0x3f
    return length === text.length && equalBytes(region, at + 1, text.region, text.start, length)
  }
  const own = readText(region, at, compared, comparedDigits)
  return own.length === text.length && equalBytes(own.region, own.start, text.region, text.start, text.length)
}

/** The most bytes that a text of `length` takes as an element: an integer takes no more. */
export function textBytesMax(length: number): number {
  const encoded = length + (length < 64 ? 1 : length < 4096 ? 2 : 5)
  return encoded + backLengthBytes(encoded)
}

/** The most bytes that an integer takes as an element. */
export const integerBytesMax = 10

/** Writes a small integer, 0 or more; returns the place behind it. */
export const writeSmall = (region: Region, at: number, value: number): number => writeIntegerWords(region, at, 0, value)

/** Writes an integer as an element; returns the place behind it. */
export function writeIntegerWords({ bytes, view }: Region, at: number, high: number, low: number): number {
  if (high !== low >> 31) {
    bytes[at] = 0xf4
    view.setInt32(at + 1, low, true)
    view.setInt32(at + 5, high, true)
    bytes[at + 9] = 9
    return at + 10
  }
  if (low >= 0 && low <= 127) {
    bytes[at] = low
    bytes[at + 1] = 1
    return at + 2
  }
  if (low >= -4096 && low <= 4095) {
    bytes[at] = 0xc0 | ((low >> 8) & 0x1f)
    bytes[at + 1] = low & 255
    bytes[at + 2] = 2
    return at + 3
  }
  const size = low >= -32_768 && low <= 32_767 ? 2 : low >= -8_388_608 && low <= 8_388_607 ? 3 : 4
  bytes[at] = 0xf1 + size - 2
  for (let i = 0; i < size; i++) bytes[at + 1 + i] = (low >> (i * 8)) & 255
  bytes[at + 1 + size] = 1 + size
  return at + 2 + size
}

/** Whether a text that is not empty ends, and unless by a hyphen begins, with a digit. */
function mayBeInteger({ region: { bytes }, start, length }: Slice): boolean {
  if ((bytes[start + length - 1] - 48) >>> 0 > 9) return false
  const first = bytes[start]
  return (first - 48) >>> 0 <= 9 || first === 45
}

/** Writes a text as an element; returns the place behind it. */
export function writeText(region: Region, at: number, text: Slice): number {
  const { length } = text
  if (length > 0 && length <= integerTextMax && mayBeInteger(text)) {
    const value = readSafeInteger(text)
    if (!Number.isNaN(value)) return writeIntegerWords(region, at, Math.floor(value / two32) | 0, value | 0)
    const exact = length >= 16 ? readInt64(text) : null
    if (exact !== null) {
      return writeIntegerWords(region, at, Number(exact >> 32n), Number(BigInt.asIntN(32, exact)))
    }
  }
  return writeBytes(region, at, text)
}

function writeBytes(region: Region, at: number, text: Slice): number {
  const { bytes, view } = region
  const { length } = text
  let place = at
  if (length < 64) bytes[place++] = 0x80 | length
  else if (length < 4096) {
    bytes[place++] = 0xe0 | (length >> 8)
    bytes[place++] = length & 255
  } else {
    bytes[place] = 0xf0
    view.setUint32(place + 1, length, true)
    place += 5
  }
  copyBytes(text.region, text.start, region, place, length)
  return writeBackLength(bytes, place + length, place + length - at)
}

function writeBackLength(bytes: Buffer, at: number, encoded: number): number {
  if (encoded <= 127) {
    bytes[at] = encoded
    return at + 1
  }
  const size = backLengthBytes(encoded)
  let rest = encoded
  for (let i = size - 1; i >= 0; i--) {
    bytes[at + i] = (rest & 127) | (i === 0 ? 0 : 128)
    rest = Math.floor(rest / 128)
  }
  return at + size
}

/** Bytes that a small integer, 0 or more, takes as an element. */
export function smallBytes(value: number): number {
  if (value <= 127) return 2
  if (value <= 4095) return 3
  if (value <= 32_767) return 4
  return value <= 8_388_607 ? 5 : 6
}

/**
 * Puts a small integer in the place of the one at `at`. What follows moves when the new one takes more bytes, for which
 * there must be room, or fewer.
 */
export function replaceSmall(region: Region, start: number, at: number, value: number): void {
  const oldBytes = skipElement(region, at) - at
  const newBytes = smallBytes(value)
  if (newBytes !== oldBytes) {
    const total = listpackBytes(region, start)
    moveBytes(region, at + newBytes, at + oldBytes, start + total)
    region.view.setUint32(start, total + newBytes - oldBytes, true)
  }
  writeSmall(region, at, value)
}
