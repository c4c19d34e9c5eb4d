import { ReplyError, type Slice } from '../../base/index.js'
import type { ReplyWriter } from '../../resp/index.js'

/*
 * A HyperLogLog is a string, as in Redis byte by byte: "HYLL", the encoding, three bytes of nothing, eight of the last
 * estimate (little endian; the highest bit says that it is out of date), and the registers:
 *
 *   dense   16,384 registers of six bits, the lowest first
 *   sparse  runs: 00xxxxxx is x + 1 registers of 0; 01xxxxxx yyyyyyyy is xy + 1 of them; 1vvvvvxx is x + 1 of value v + 1
 */

export const registerBits = 14
export const registerCount = 1 << registerBits
export const headerBytes = 16
export const denseBytes = headerBytes + (registerCount * 6) / 8

export const Encoding = { dense: 0, sparse: 1 } as const

const encodingAt = 4
const estimateAt = 8
const outdatedAt = 15
const outdatedBit = 0x80
const magic = 0x4c4c5948 // "HYLL"

const notASketch = new ReplyError('WRONGTYPE', 'Key is not a valid HyperLogLog string value.')
export const corrupted = new ReplyError('INVALIDOBJ', 'Corrupted HLL object detected')

/** Looks whether a string may be a HyperLogLog. @throws {ReplyError} it is none */
export function checkSketch(value: Slice): Slice {
  const { length, region, start } = value
  const isSketch =
    length >= headerBytes &&
    region.view.getInt32(start, true) === magic &&
    (encodingOf(value) === Encoding.sparse || (encodingOf(value) === Encoding.dense && length === denseBytes))
  if (!isSketch) throw notASketch
  return value
}

export const encodingOf = (sketch: Slice): number => sketch.byte(encodingAt)

/** Begins an empty sketch in zeroed bytes. */
export function writeHeader({ region, start }: Slice, encoding: number): void {
  region.view.setInt32(start, magic, true)
  region.bytes[start + encodingAt] = encoding
}

export function setEncoding({ region, start }: Slice, encoding: number): void {
  region.bytes[start + encodingAt] = encoding
}

/** Says that the registers have changed since the last estimate. */
export function outdate({ region, start }: Slice): void {
  region.bytes[start + outdatedAt] |= outdatedBit
}

/** An estimate: a bigint only beyond 2^53, where no elements lead but forged registers do. */
export type Estimate = number | bigint

/** Below this the upper half of a number of 64 bits leaves it exact in a double. */
const exactUpperMax = 2 ** 21

/** The estimate kept in the sketch, or null where it is out of date. */
export function keptEstimate({ region: { view }, start }: Slice): Estimate | null {
  const upper = view.getInt32(start + estimateAt + 4, true)
  if (upper < 0) return null // the highest bit
  const lower = view.getUint32(start + estimateAt, true)
  return upper < exactUpperMax ? upper * 0x1_0000_0000 + lower : (BigInt(upper) << 32n) | BigInt(lower)
}

export function keepEstimate({ region, start }: Slice, estimate: Estimate): void {
  region.view.setBigInt64(start + estimateAt, BigInt(estimate), true)
}

export function replyEstimate(reply: ReplyWriter, estimate: Estimate): void {
  if (typeof estimate === 'number') reply.integer(estimate)
  else reply.bigInteger(estimate)
}

/** The value of a register of a dense sketch. */
export function readRegister({ region, start }: Slice, index: number): number {
  const bit = index * 6
  return (region.view.getUint16(start + headerBytes + (bit >>> 3), true) >>> (bit & 7)) & 63
}

/** Raises a register of a dense sketch to `value`; false where it is as high already. */
export function raiseRegister(sketch: Slice, index: number, value: number): boolean {
  if (value <= readRegister(sketch, index)) return false
  const { bytes } = sketch.region
  const shift = (index * 6) & 7
  const at = sketch.start + headerBytes + ((index * 6) >>> 3)
  bytes[at] = (bytes[at] & ~(63 << shift)) | (value << shift)
  if (shift > 2) bytes[at + 1] = (bytes[at + 1] & ~(63 >>> (8 - shift))) | (value >>> (8 - shift))
  return true
}
