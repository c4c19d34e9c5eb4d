import type { Slice } from '../../base/index.js'

/*
 * Whole numbers of 1 to 64 bits anywhere in a string, the highest bit first. Up to `exactBitsMax` bits they are computed
 * in doubles, which hold them exactly; beyond, in bigints.
 */

export const exactBitsMax = 52

/** What becomes of a number that does not fit. */
export type Overflow = 'wrap' | 'sat' | 'fail'

/** The unsigned number in the `width` bits (52 at most) from bit `offset` on; what lies behind the string is zero. */
export function readBits(string: Slice, offset: number, width: number): number {
  const { bytes } = string.region
  let byte = Math.floor(offset / 8)
  let left = width - (8 - (offset & 7))
  let value = (byte < string.length ? bytes[string.start + byte] : 0) & (0xff >>> (offset & 7))
  for (; left >= 8; left -= 8) value = value * 256 + (++byte < string.length ? bytes[string.start + byte] : 0)
  if (left === 0) return value
  if (left < 0) return value >>> -left
  const last = ++byte < string.length ? bytes[string.start + byte] : 0
  return value * 2 ** left + (last >>> (8 - left))
}

/** Writes the lowest `width` bits (52 at most) of a number, which is not negative, from bit `offset` on. */
export function writeBits(string: Slice, offset: number, width: number, value: number): void {
  const { bytes } = string.region
  const end = offset + width
  let rest = value
  for (let at = end; at > offset;) {
    // from the last byte to the first: `low` bits of it stay on the right, `count` are written
    const byte = string.start + Math.floor((at - 1) / 8)
    const low = (8 - (at & 7)) & 7
    const count = Math.min(8 - low, at - offset)
    const mask = ((1 << count) - 1) << low
    const part = rest % 2 ** count
    bytes[byte] = (bytes[byte] & ~mask) | (part << low)
    rest = (rest - part) / 2 ** count
    at -= count
  }
}

/** As `readBits`, of up to 64 bits and with the sign if there is one. */
export function readWide(string: Slice, offset: number, width: number, isSigned: boolean): bigint {
  const low = Math.min(width, 32)
  const high = BigInt(width > 32 ? readBits(string, offset, width - 32) : 0)
  const value = (high << 32n) | BigInt(readBits(string, offset + width - low, low))
  return isSigned ? BigInt.asIntN(width, value) : value
}

/** As `writeBits`, of up to 64 bits of a number of either sign. */
export function writeWide(string: Slice, offset: number, width: number, value: bigint): void {
  const low = Math.min(width, 32)
  const bits = BigInt.asUintN(width, value)
  if (width > 32) writeBits(string, offset, width - 32, Number(bits >> 32n))
  writeBits(string, offset + width - low, low, Number(BigInt.asUintN(low, bits)))
}

/**
 * The number that is stored in the place of `value`: itself if it fits, what the overflow makes of it if not, or null
 * where it is to fail. For up to `exactBitsMax` bits and values of up to 2^53.
 */
export function fit(
  value: number,
  width: number,
  isSigned: boolean,
  isSet: boolean,
  overflow: Overflow,
): number | null {
  const range = 2 ** width
  const max = isSigned ? range / 2 - 1 : range - 1
  const min = isSigned ? -range / 2 : 0
  if (value <= max && value >= min) return value
  if (overflow === 'fail') return null
  // a negative number set where there is no sign counts as one of 64 bits, and so as too large
  if (overflow === 'sat') return value > max || (isSet && !isSigned) ? max : min
  const wrapped = ((value % range) + range) % range
  return isSigned && wrapped > max ? wrapped - range : wrapped
}

/**
 * As `fit`, for any numbers of 64 bits: what becomes of `old` plus `increment`, in Redis's own steps, whose comparisons
 * overflow for numbers that are far too small.
 */
export function fitWide(
  old: bigint,
  increment: bigint,
  width: number,
  isSigned: boolean,
  overflow: Overflow,
): bigint | null {
  const bits = BigInt(width)
  const sum = old + increment
  const side = isSigned ? signedSide(old, increment, width) : unsignedSide(old, increment, (1n << bits) - 1n)
  if (side === 0) return sum
  if (overflow === 'fail') return null
  if (overflow === 'wrap') return isSigned ? BigInt.asIntN(width, sum) : BigInt.asUintN(width, sum)
  const max = isSigned ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n
  if (side > 0) return max
  return isSigned ? -max - 1n : 0n
}

/** 1 where the sum is too large for the signed number, -1 where it is too small, 0 where it fits. */
function signedSide(old: bigint, increment: bigint, width: number): number {
  const max = (1n << BigInt(width - 1)) - 1n
  const min = -max - 1n
  const most = BigInt.asIntN(64, max - old)
  const least = BigInt.asIntN(64, min - old)
  if (old > max || (width !== 64 && increment > most) || (old >= 0n && increment > 0n && increment > most)) return 1
  if (old < min || (width !== 64 && increment < least) || (old < 0n && increment < 0n && increment < least)) return -1
  return 0
}

function unsignedSide(old: bigint, increment: bigint, max: bigint): number {
  if (old > max || (increment > 0n && increment > BigInt.asIntN(64, max - old))) return 1
  return increment < 0n && increment < -old ? -1 : 0
}
