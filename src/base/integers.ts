import type { Slice } from './bytes.js'

export const int64Max = 9223372036854775807n
export const int64Min = -9223372036854775808n

/**
 * The whole number that `slice` writes out, or NaN when it writes none or one beyond ±(2^53 - 1). No sign +, no leading
 * zero, no space: the text that the number itself would print.
 */
export function readSafeInteger(slice: Slice): number {
  const { bytes } = slice.region
  let at = slice.start
  const end = at + slice.length
  const negative = bytes[at] === 45 && slice.length > 1
  if (negative) at++
  const digits = end - at
  if (digits === 0 || digits > 16) return NaN
  if (bytes[at] === 48) return digits === 1 && !negative ? 0 : NaN
  let value = 0
  for (; at < end; at++) {
    const digit = bytes[at] - 48
    if (digit >>> 0 > 9) return NaN
    value = value * 10 + digit
  }
  if (value > Number.MAX_SAFE_INTEGER) return NaN
  return negative ? -value : value
}

/** The signed 64-bit number that `slice` writes out, or null: the same strict text as `readSafeInteger`. */
export function readInt64(slice: Slice): bigint | null {
  const safe = readSafeInteger(slice)
  if (!Number.isNaN(safe)) return BigInt(safe)
  if (slice.length < 16 || slice.length > 20) return null
  const text = slice.toLatin1()
  if (!/^-?[1-9][0-9]*$/.test(text)) return null
  const value = BigInt(text)
  return value > int64Max || value < int64Min ? null : value
}

/** Numbers below this are int32, whose division is cheap. */
const billion = 1_000_000_000

/** Digits of a safe integer, sign included. */
export function integerLength(value: number): number {
  let length = value < 0 ? 2 : 1
  let rest = Math.abs(value)
  if (rest >= billion) {
    rest = Math.floor(rest / billion)
    length += 9
  }
  for (let left = rest | 0; left >= 10; left = (left / 10) | 0) length++
  return length
}

/** Writes a safe integer of `length` bytes (see `integerLength`) into a region at `at`. */
export function writeInteger(bytes: Buffer, at: number, value: number, length: number): void {
  let first = at
  let rest = Math.abs(value)
  if (value < 0) bytes[first++] = 45
  let end = at + length
  if (rest >= billion) {
    const upper = Math.floor(rest / billion)
    writeDigits(bytes, end - 9, end, (rest - upper * billion) | 0)
    rest = upper
    end -= 9
  }
  writeDigits(bytes, first, end, rest | 0)
}

/** Writes an int32, 0 or more, with zeros before it, from `first` to before `end`. */
function writeDigits(bytes: Buffer, first: number, end: number, value: number): void {
  let rest = value
  for (let place = end - 1; place >= first; place--) {
    const quotient = (rest / 10) | 0
    bytes[place] = 48 + rest - quotient * 10
    rest = quotient
  }
}

/** The upper 32 bits of the product of two unsigned 32-bit numbers, as an int32; `Math.imul` has the lower ones. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) >>> 0
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) >>> 0
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0
}
