import { integerLength, writeInteger } from '../../base/index.js'

/** The most bytes that an ID's text takes: two numbers of 64 bits and a hyphen. */
export const idTextBytesMax = 41

/** Words of an ID in the arena. */
export const idWords = 4
export const idBytes = 16

const two32 = 0x1_0000_0000

/** Order of two unsigned numbers given as int32. */
const order = (a: number, b: number): number => (a === b ? 0 : a >>> 0 < b >>> 0 ? -1 : 1)

/**
 * The ID of an entry: milliseconds and a sequence number, unsigned and of 64 bits each. Kept as four int32 words, the
 * highest first, since an int32 never boxes.
 */
export class StreamId {
  msHigh = 0
  msLow = 0
  sequenceHigh = 0
  sequenceLow = 0

  set(msHigh: number, msLow: number, sequenceHigh: number, sequenceLow: number): this {
    this.msHigh = msHigh | 0
    this.msLow = msLow | 0
    this.sequenceHigh = sequenceHigh | 0
    this.sequenceLow = sequenceLow | 0
    return this
  }

  copy({ msHigh, msLow, sequenceHigh, sequenceLow }: StreamId): this {
    return this.set(msHigh, msLow, sequenceHigh, sequenceLow)
  }

  /** 0-0 */
  setMin(): this {
    return this.set(0, 0, 0, 0)
  }

  /** The last ID there is. */
  setMax(): this {
    return this.set(-1, -1, -1, -1)
  }

  /** `ms`-0, of a safe integer of milliseconds. */
  setMs(ms: number): this {
    return this.set(Math.floor(ms / two32), ms, 0, 0)
  }

  get isMin(): boolean {
    return (this.msHigh | this.msLow | this.sequenceHigh | this.sequenceLow) === 0
  }

  get isMax(): boolean {
    return (this.msHigh & this.msLow & this.sequenceHigh & this.sequenceLow) === -1
  }

  /** Below 0 when this one comes first, above 0 when the other one does. */
  compare(other: StreamId): number {
    return (
      order(this.msHigh, other.msHigh) ||
      order(this.msLow, other.msLow) ||
      order(this.sequenceHigh, other.sequenceHigh) ||
      order(this.sequenceLow, other.sequenceLow)
    )
  }

  /** As `compare`, with an ID in the arena. */
  compareAt(words: Int32Array, at: number): number {
    return (
      order(this.msHigh, words[at]) ||
      order(this.msLow, words[at + 1]) ||
      order(this.sequenceHigh, words[at + 2]) ||
      order(this.sequenceLow, words[at + 3])
    )
  }

  /** Whether milliseconds are the same. */
  sameMs(other: StreamId): boolean {
    return this.msHigh === other.msHigh && this.msLow === other.msLow
  }

  /** Turns to the next ID; false after the last, which becomes the first. */
  increment(): boolean {
    this.sequenceLow = (this.sequenceLow + 1) | 0
    if (this.sequenceLow !== 0) return true
    this.sequenceHigh = (this.sequenceHigh + 1) | 0
    if (this.sequenceHigh !== 0) return true
    this.msLow = (this.msLow + 1) | 0
    if (this.msLow !== 0) return true
    this.msHigh = (this.msHigh + 1) | 0
    return this.msHigh !== 0
  }

  /** Turns to the ID before; false before the first, which becomes the last. */
  decrement(): boolean {
    this.sequenceLow = (this.sequenceLow - 1) | 0
    if (this.sequenceLow !== -1) return true
    this.sequenceHigh = (this.sequenceHigh - 1) | 0
    if (this.sequenceHigh !== -1) return true
    this.msLow = (this.msLow - 1) | 0
    if (this.msLow !== -1) return true
    this.msHigh = (this.msHigh - 1) | 0
    return this.msHigh !== -1
  }

  /** Writes the text `ms-sequence`; returns the place behind it. */
  write(bytes: Buffer, at: number, separator = 45): number {
    const behindMs = writeUint64(bytes, at, this.msHigh, this.msLow)
    bytes[behindMs] = separator
    return writeUint64(bytes, behindMs + 1, this.sequenceHigh, this.sequenceLow)
  }

  toString(): string {
    const bytes = Buffer.alloc(idTextBytesMax)
    return bytes.latin1Slice(0, this.write(bytes, 0))
  }

  readWords(words: Int32Array, at: number): this {
    return this.set(words[at], words[at + 1], words[at + 2], words[at + 3])
  }

  writeWords(words: Int32Array, at: number): void {
    words[at] = this.msHigh
    words[at + 1] = this.msLow
    words[at + 2] = this.sequenceHigh
    words[at + 3] = this.sequenceLow
  }

  /** As `readWords`, from a place that is on no word's boundary. */
  readBytes(view: DataView, at: number): this {
    return this.set(
      view.getInt32(at, true),
      view.getInt32(at + 4, true),
      view.getInt32(at + 8, true),
      view.getInt32(at + 12, true),
    )
  }

  writeBytes(view: DataView, at: number): void {
    view.setInt32(at, this.msHigh, true)
    view.setInt32(at + 4, this.msLow, true)
    view.setInt32(at + 8, this.sequenceHigh, true)
    view.setInt32(at + 12, this.sequenceLow, true)
  }
}

/** Writes an unsigned number of 64 bits in decimals; returns the place behind it. */
export function writeUint64(bytes: Buffer, at: number, high: number, low: number): number {
  const value = (high >>> 0) * two32 + (low >>> 0)
  if (value <= Number.MAX_SAFE_INTEGER) {
    const length = integerLength(value)
    writeInteger(bytes, at, value, length)
    return at + length
  }
  const exact = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)
  return at + bytes.latin1Write(exact.toString(), at)
}
