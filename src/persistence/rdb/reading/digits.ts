import { integerLength, writeInteger, type Region, type Slice } from '../../../base/index.js'

const two32 = 0x1_0000_0000

/** Writes a signed number of 64 bits, given in two words, in decimals into `digits` and points `into` at it. */
export function writeDigits(digits: Region, high: number, low: number, into: Slice): Slice {
  const value = high * two32 + (low >>> 0)
  if (Number.isSafeInteger(value)) {
    const length = integerLength(value)
    writeInteger(digits.bytes, 0, value, length)
    return into.set(digits, 0, length)
  }
  const exact = (BigInt(high) << 32n) | BigInt(low >>> 0)
  return into.set(digits, 0, digits.bytes.latin1Write(exact.toString(), 0))
}
