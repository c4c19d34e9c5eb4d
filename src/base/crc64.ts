/*
 * Redis's CRC-64: polynomial 0xad93d23594c935a9 (Jones), reflected, from 0, nothing added at the end. Eight bytes a step by
 * eight tables; each 64-bit number is two int32, since bigints would allocate one a step.
 *
 * See https://github.com/redis/redis/blob/7.0.15/src/crc64.c and https://create.stephan-brumme.com/crc32/#slicing-by-8-overview
 */

const polynomialHigh = 0x95ac9329 | 0
const polynomialLow = 0xac4bc9b5 | 0
const slices = 8

/** By slice and byte: the lower and the upper half, side by side. */
const tables = makeTables()

function makeTables(): Int32Array {
  const made = new Int32Array(slices * 512)
  for (let byte = 0; byte < 256; byte++) {
    let low = byte
    let high = 0
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (low & 1) !== 0
      low = (low >>> 1) | (high << 31)
      high = high >>> 1
      if (isOdd) {
        low ^= polynomialLow
        high ^= polynomialHigh
      }
    }
    made[byte * 2] = low
    made[byte * 2 + 1] = high
  }
  for (let at = 512; at < slices * 512; at += 2) {
    const low = made[at - 512]
    const high = made[at - 511]
    const byte = (low & 255) << 1
    made[at] = ((low >>> 8) | (high << 24)) ^ made[byte]
    made[at + 1] = (high >>> 8) ^ made[byte + 1]
  }
  return made
}

/** A checksum of bytes that come piece by piece. Allocates nothing. */
export class Crc64 {
  /** Bits 0 to 31 of the sum so far, as an int32. */
  low = 0
  /** Bits 32 to 63. */
  high = 0

  /** Adds `bytes` from `start` to before `end`. */
  update(bytes: Uint8Array, start = 0, end = bytes.length): this {
    let { low, high } = this
    let at = start
    for (const last = end - 8; at <= last; at += 8) {
      low ^= bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
      high ^= bytes[at + 4] | (bytes[at + 5] << 8) | (bytes[at + 6] << 16) | (bytes[at + 7] << 24)
      const a = 3584 + ((low & 255) << 1)
      const b = 3072 + ((low >>> 7) & 510)
      const c = 2560 + ((low >>> 15) & 510)
      const d = 2048 + ((low >>> 23) & 510)
      const e = 1536 + ((high & 255) << 1)
      const f = 1024 + ((high >>> 7) & 510)
      const g = 512 + ((high >>> 15) & 510)
      const h = (high >>> 23) & 510
      low = tables[a] ^ tables[b] ^ tables[c] ^ tables[d] ^ tables[e] ^ tables[f] ^ tables[g] ^ tables[h]
      high =
        tables[a + 1] ^
        tables[b + 1] ^
        tables[c + 1] ^
        tables[d + 1] ^
        tables[e + 1] ^
        tables[f + 1] ^
        tables[g + 1] ^
        tables[h + 1]
    }
    for (; at < end; at++) {
      const byte = ((low ^ bytes[at]) & 255) << 1
      low = ((low >>> 8) | (high << 24)) ^ tables[byte]
      high = (high >>> 8) ^ tables[byte + 1]
    }
    this.low = low
    this.high = high
    return this
  }

  /** Begins anew. */
  reset(): this {
    this.low = this.high = 0
    return this
  }

  /** Writes the sum as files and payloads end: eight bytes, the lowest first. */
  writeTo(bytes: Buffer, at: number): void {
    bytes.writeInt32LE(this.low, at)
    bytes.writeInt32LE(this.high, at + 4)
  }

  /** Whether the eight bytes at `at`, the lowest first, are the sum. */
  equals(bytes: Buffer, at: number): boolean {
    return bytes.readInt32LE(at) === this.low && bytes.readInt32LE(at + 4) === this.high
  }

  /** The sum as 16 hexadecimal digits, the highest first. */
  toString(): string {
    const digits = (half: number): string => (half >>> 0).toString(16).padStart(8, '0')
    return digits(this.high) + digits(this.low)
  }
}
