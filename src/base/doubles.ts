import type { Slice } from './bytes.js'

/** A number in the notations that C's strtod reads, NaN left out. */
const decimalNumber = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i
const hexNumber = /^([+-]?)0x(?:([0-9a-f]+)\.?([0-9a-f]*)|\.([0-9a-f]+))(?:p([+-]?\d+))?/i
const infinity = /^([+-]?)inf(?:inity)?/i
const leadingSpace = /^[ \t\n\v\f\r]*/
/** Digits of which every number is exact as a double. */
const exactDigits = 15

/**
 * Reads the double that all of the slice writes out, or NaN for anything else: what Redis takes for a score or a weight.
 * Numbers so large or so small that they become infinite or zero are refused too; `inf` is not.
 *
 * @see redis 7.0.15, util.c, string2d
 */
export function readDouble(slice: Slice): number {
  const plain = readPlainDecimal(slice)
  if (!Number.isNaN(plain)) return plain
  const text = slice.toLatin1()
  const read = readPrefix(text)
  if (read === null || read.length !== text.length) return NaN
  return read.isOutOfRange ? NaN : read.value
}

/**
 * Reads a double as C's strtod does, up to the first NUL: space may come first, nothing at all is 0, and what is out of
 * range becomes infinite or zero. NaN when something else follows the number, and for NaN.
 *
 * @param from index of the first byte to read
 */
export function readLenientDouble(slice: Slice, from = 0): number {
  if (from === 0) {
    const plain = readPlainDecimal(slice)
    if (!Number.isNaN(plain)) return plain
  }
  const text = slice.toLatin1().slice(from).split('\0', 1)[0]
  if (text === '') return 0
  const space = leadingSpace.exec(text)![0].length
  const read = readPrefix(text.slice(space))
  return read === null || space + read.length !== text.length ? NaN : read.value
}

/** Digits with at most one point among them, few enough to be exact; NaN for all else. */
function readPlainDecimal(slice: Slice): number {
  const { bytes } = slice.region
  let at = slice.start
  const end = at + slice.length
  const negative = bytes[at] === 45
  if (negative) at++
  const digits = end - at
  // of an empty slice the sign that was looked at is another's: -1
  if (digits < 1 || digits > exactDigits + 1) return NaN
  let number = 0
  let scale = 0
  for (; at < end; at++) {
    const digit = bytes[at] - 48
    if (digit >>> 0 <= 9) {
      number = number * 10 + digit
      scale *= 10
    } else if (digit === -2 && scale === 0) scale = 1
    else return NaN
  }
  if (scale === 0) {
    if (digits > exactDigits) return NaN
    return negative ? -number : number
  }
  if (digits === 1) return NaN // a point alone
  // both are exact, so that the quotient is rounded once
  return negative ? -number / scale : number / scale
}

interface ReadNumber {
  readonly value: number
  /** Characters read. */
  readonly length: number
  /** Digits other than 0 became 0, or infinite. */
  readonly isOutOfRange: boolean
}

function readPrefix(text: string): ReadNumber | null {
  const endless = infinity.exec(text)
  if (endless !== null) {
    return { value: endless[1] === '-' ? -Infinity : Infinity, length: endless[0].length, isOutOfRange: false }
  }
  const hex = hexNumber.exec(text)
  if (hex !== null) return readHex(hex)
  const decimal = decimalNumber.exec(text)
  if (decimal === null) return null
  const value = Number(decimal[0])
  const isOutOfRange = Math.abs(value) === Infinity || (value === 0 && /[1-9]/.test(decimal[0].split(/e/i, 1)[0]))
  return { value, length: decimal[0].length, isOutOfRange }
}

function readHex([all, sign, whole = '', part = '', onlyPart = '', exponent = '0']: RegExpExecArray): ReadNumber {
  const digits = BigInt(`0x${whole}${part}${onlyPart}`)
  const size = scaled(digits, Number(exponent) - (part.length + onlyPart.length) * 4)
  const isOutOfRange = size === Infinity || (size === 0 && digits !== 0n)
  return { value: sign === '-' ? -size : size, length: all.length, isOutOfRange }
}

/** `digits * 2^exponent` to nearest, ties to even. */
function scaled(digits: bigint, exponent: number): number {
  if (digits === 0n) return 0
  const bits = digits.toString(2).length
  if (bits + exponent > 1024) return Infinity
  if (bits + exponent < -1074) return 0
  // the last bit that the result can have: of 53, and not below the smallest subnormal number
  const last = Math.max(bits + exponent - 53, -1074)
  const shift = last - exponent
  if (shift <= 0) return Number(digits) * 2 ** exponent
  const quotient = digits >> BigInt(shift)
  const rest = digits - (quotient << BigInt(shift))
  const half = 1n << BigInt(shift - 1)
  const isUp = rest > half || (rest === half && (quotient & 1n) === 1n)
  return Number(isUp ? quotient + 1n : quotient) * 2 ** last
}

/** As C's `%.17g` prints it, which every double survives; `inf` and `-inf`. */
export function formatDouble(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 && 1 / value < 0 ? '-0' : String(value)
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const [mantissa, power] = exponential17(value).split('e')
  const exponent = Number(power)
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '')
  if (exponent < -4 || exponent >= 17) {
    const size = String(Math.abs(exponent)).padStart(2, '0')
    const point = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
    return `${sign}${point}e${exponent < 0 ? '-' : '+'}${size}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return digits.length > exponent + 1 ? `${sign}${whole}.${digits.slice(exponent + 1)}` : `${sign}${whole}`
}

/** 17 digits and an exponent. C rounds a tie to the even digit, JavaScript away from zero. */
function exponential17(value: number): string {
  const rounded = value.toExponential(16)
  // a number halfway between two of 17 digits has 18 of them, so that few bits stand behind its point
  if (!Number.isInteger(value * 2 ** 25) || Number.isInteger(value * 2)) return rounded
  const exact = value.toExponential(60)
  const [mantissa, power] = exact.split('e')
  const isTie = /5$/.test(mantissa.replace(/0+$/, '')) && mantissa.replace(/[-.]|0+$/g, '').length === 18
  if (!isTie) return rounded
  const kept = mantissa.replace(/0+$/, '').slice(0, -1)
  return Number(kept.at(-1)) % 2 === 0 ? `${kept}e${power}` : rounded
}

/** As C's `%.<decimals>f` prints it: exact, ties to even. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}.${'0'.repeat(decimals)}`
  const rounded = value.toFixed(decimals)
  // a tie has one binary place more than there are decimal ones, and no further
  const halves = value * 2 ** (decimals + 1)
  if (!Number.isInteger(halves) || Number.isInteger(halves / 2)) return rounded
  if (Number(rounded.at(-1)) % 2 === 0) return rounded
  return value.toFixed(decimals + 1).slice(0, -1)
}

/** With 17 decimals, less the zeros at the end: a coordinate, as Redis shows it. */
export function formatCoordinate(value: number): string {
  const text = formatFixed(value, 17).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

/** To the nearest whole number, ties to even, as C's rint does. */
export function roundEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1
  return floor % 2 === 0 ? floor : floor + 1
}
