import type { Slice } from './bytes.js'

const mantissaBits = 64
/** Exponent of the last bit of the smallest and of the largest number. */
const exponentMin = -16445
const exponentMax = 16320
/** Decimal exponents beyond this are infinite or nothing whatever digits stand before them, of which there are some 5,000. */
const decimalExponentMax = 20_000
const textBytesMax = 5 * 1024
const decimals = 17n

const number = /^([+-]?)(?:(inf(?:inity)?)|0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?\d+))?|(\d*)\.?(\d*)(?:e([+-]?\d+))?)$/i

/**
 * A number of the x87's extended format, in which Redis on x86-64 computes INCRBYFLOAT and HINCRBYFLOAT: 64 bits of
 * mantissa, rounded to nearest, ties to even. Integers of any size stand for the mantissas, so every result is exact.
 */
export class LongDouble {
  static readonly zero = new LongDouble(0n, 0, false)

  /** Signed, below 2^64 in size. The value is `mantissa * 2^exponent`; of an infinite one only the sign counts. */
  readonly #mantissa: bigint
  readonly #exponent: number
  readonly #infinite: boolean

  private constructor(mantissa: bigint, exponent: number, infinite: boolean) {
    this.#mantissa = mantissa
    this.#exponent = exponent
    this.#infinite = infinite
  }

  /**
   * Reads what C's strtold reads, decimal or hexadecimal, if it is all of the slice. Null for anything else, for NaN, for
   * more than 5,119 bytes, and for numbers so large or so small that they become infinite or zero.
   */
  static read(slice: Slice): LongDouble | null {
    if (slice.length === 0 || slice.length >= textBytesMax) return null
    const parts = number.exec(slice.toLatin1())
    if (parts === null) return null
    const [, sign, infinite, hexWhole, hexPart, binaryExponent, whole, part, decimalExponent] = parts
    const signed = sign === '-' ? -1n : 1n
    if (infinite !== undefined) return new LongDouble(signed, 0, true)
    const isHex = hexWhole !== undefined
    const digits = isHex ? hexWhole + hexPart : whole + part
    if (digits === '') return null
    const size = BigInt(isHex ? `0x${digits}` : digits)
    if (size === 0n) return LongDouble.zero
    const read = isHex
      ? LongDouble.#binary(size, Number(binaryExponent ?? 0) - hexPart.length * 4)
      : LongDouble.#decimal(size, Number(decimalExponent ?? 0) - part.length)
    if (read === null || read.#mantissa === 0n) return null
    return signed < 0n ? new LongDouble(-read.#mantissa, read.#exponent, false) : read
  }

  /** Whether it is infinite. */
  get isInfinite(): boolean {
    return this.#infinite
  }

  /** The sum, or null where it is infinite or no number. */
  plus(other: LongDouble): LongDouble | null {
    if (this.#infinite || other.#infinite) return null
    const exponent = Math.min(this.#exponent, other.#exponent)
    const sum =
      (this.#mantissa << BigInt(this.#exponent - exponent)) + (other.#mantissa << BigInt(other.#exponent - exponent))
    const rounded = LongDouble.#binary(sum < 0n ? -sum : sum, exponent)
    return rounded === null || sum >= 0n ? rounded : new LongDouble(-rounded.#mantissa, rounded.#exponent, false)
  }

  /** The least integer that is not below `factor` times the number, a product of this format; null where it is infinite. */
  ceilOfTimes(factor: bigint): bigint | null {
    const isNegative = this.#mantissa < 0n
    const size = isNegative ? -this.#mantissa : this.#mantissa
    const product = this.#infinite ? null : LongDouble.#binary(size * factor, this.#exponent)
    if (product === null) return null
    const exponent = product.#exponent
    if (exponent >= 0) return (isNegative ? -product.#mantissa : product.#mantissa) << BigInt(exponent)
    const whole = product.#mantissa >> BigInt(-exponent)
    if (isNegative) return -whole
    return whole << BigInt(-exponent) === product.#mantissa ? whole : whole + 1n
  }

  /** With 17 decimals, less the zeros at the end: C's `%.17Lf`, trimmed. */
  toString(): string {
    if (this.#infinite) return this.#mantissa < 0n ? '-inf' : 'inf'
    const size = this.#mantissa < 0n ? -this.#mantissa : this.#mantissa
    const scaled = scale(size * 10n ** decimals, this.#exponent)
    const digits = scaled.toString().padStart(Number(decimals) + 1, '0')
    const whole = digits.slice(0, -Number(decimals))
    const part = digits.slice(-Number(decimals)).replace(/0+$/, '')
    const text = part === '' ? whole : `${whole}.${part}`
    return this.#mantissa < 0n && text !== '0' ? `-${text}` : text
  }

  /** `size * 10^exponent`, or null where it is infinite. */
  static #decimal(size: bigint, exponent: number): LongDouble | null {
    if (exponent > decimalExponentMax) return null
    if (exponent >= 0) return LongDouble.#binary(size * 10n ** BigInt(exponent), 0)
    if (exponent < -decimalExponentMax) return LongDouble.zero
    const divisor = 10n ** BigInt(-exponent)
    // two bits more than the mantissa's, and a last one that says whether anything is left over
    const shift = Math.max(0, mantissaBits + 2 - (bitLength(size) - bitLength(divisor)))
    const shifted = size << BigInt(shift)
    const quotient = shifted / divisor
    const rest = quotient * divisor === shifted ? 0n : 1n
    return LongDouble.#binary((quotient << 1n) | rest, -shift - 1)
  }

  /** `size * 2^exponent` rounded to the format, or null where it is infinite. `size` is not negative. */
  static #binary(size: bigint, exponent: number): LongDouble | null {
    if (size === 0n) return LongDouble.zero
    const length = bitLength(size)
    const last = Math.max(exponentMin, exponent + length - mantissaBits)
    if (last > exponentMax) return null
    if (exponent + length < exponentMin) return LongDouble.zero
    const mantissa = scale(size, exponent - last)
    // rounding up may have carried into a 65th bit, which is the only one then
    if (last === exponentMax && bitLength(mantissa) > mantissaBits) return null
    return new LongDouble(mantissa, last, false)
  }
}

const bitLength = (size: bigint): number => {
  const text = size.toString(16)
  return text.length * 4 - Math.clz32(parseInt(text[0], 16)) + 28
}

/** `size * 2^exponent` as an integer, to nearest, ties to even. */
function scale(size: bigint, exponent: number): bigint {
  if (exponent >= 0) return size << BigInt(exponent)
  const shift = BigInt(-exponent)
  const quotient = size >> shift
  const rest = size - (quotient << shift)
  const half = 1n << (shift - 1n)
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient
}
