import { borrowed, errorReply, int64Max, readInt64, readSafeInteger, type Slice } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import { stringBytesMax } from '../string/limits.js'

const badOffset = errorReply('bit offset is not an integer or out of range')

const hashSign = 0x23
const digits = borrowed()

/**
 * Reads the place of a bit, which must lie in a string of the greatest permitted length.
 *
 * @param width under BITFIELD the bits of the number there: `#3` is then the place of the fourth such number
 * @throws {ReplyError} no integer, or too far away
 */
export function readBitOffset(call: Call, argument: Slice, width = 0): number {
  const isCounted = width > 0 && argument.length > 0 && argument.byte(0) === hashSign
  const number = isCounted ? digits.set(argument.region, argument.start + 1, argument.length - 1) : argument
  let offset = readSafeInteger(number)
  if (isCounted) offset *= width
  if (!Number.isSafeInteger(offset)) {
    const exact = readInt64(number)
    if (exact === null) throw badOffset
    // Redis multiplies in 64 bits and lets the product wrap
    offset = Number(isCounted ? BigInt.asIntN(64, exact * BigInt(width)) : int64Max)
  }
  const byte = Math.floor(offset / 8)
  if (offset < 0 || byte >= stringBytesMax(call, byte + 1)) throw badOffset
  return offset
}
