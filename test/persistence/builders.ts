import { Crc64 } from '../../src/base/index.js'

/*
 * Snapshots byte by byte, as versions of Redis wrote them that this machine does not have. Independent of src/persistence
 * on purpose: what checks the reader must not share its mistakes.
 */

/** Bytes, text (each character a byte), or pieces of both. */
export type Piece = number | string | Uint8Array | readonly Piece[]

export function bytes(...pieces: readonly Piece[]): Buffer {
  return Buffer.concat(
    pieces.map((piece) => {
      if (typeof piece === 'number') return Buffer.from([piece])
      if (typeof piece === 'string') return Buffer.from(piece, 'latin1')
      return piece instanceof Uint8Array ? Buffer.from(piece) : bytes(...(piece as readonly Piece[]))
    }),
  )
}

const littleEndian = (value: number | bigint, size: number): Buffer => {
  const made = Buffer.alloc(8)
  made.writeBigInt64LE(BigInt.asIntN(64, BigInt(value)))
  return made.subarray(0, size)
}
export const uint16 = (value: number): Buffer => littleEndian(value, 2)
export const int32 = (value: number): Buffer => littleEndian(value, 4)
export const int64 = (value: number | bigint): Buffer => littleEndian(value, 8)

export function double(value: number): Buffer {
  const made = Buffer.alloc(8)
  made.writeDoubleLE(value)
  return made
}

/** A length in the shortest form. */
export function length(value: number | bigint): Buffer {
  if (value < 64) return Buffer.from([Number(value)])
  if (value < 16_384) return Buffer.from([64 | (Number(value) >> 8), Number(value) & 255])
  const made = Buffer.alloc(9)
  made[0] = value < 2 ** 32 ? 0x80 : 0x81
  if (value < 2 ** 32) made.writeUInt32BE(Number(value), 1)
  else made.writeBigUInt64BE(BigInt(value), 1)
  return made.subarray(0, value < 2 ** 32 ? 5 : 9)
}

/** A string as it is. */
export const string = (text: string | Uint8Array): Buffer => bytes(length(text.length), text)

const magic = (version: number): string =>
  version >= 80 ? `VALKEY${String(version).padStart(3, '0')}` : `REDIS${String(version).padStart(4, '0')}`

/** A whole file, with its checksum where the version has one. */
export function file(version: number, ...records: readonly Piece[]): Buffer {
  const body = bytes(magic(version), ...records, 0xff)
  if (version < 5) return body
  const sum = Buffer.alloc(8)
  new Crc64().update(body).writeTo(sum, 0)
  return bytes(body, sum)
}

/** A DUMP payload of a type and a value. */
export function payload(version: number, ...value: readonly Piece[]): Buffer {
  const body = bytes(...value, uint16(version))
  const sum = Buffer.alloc(8)
  new Crc64().update(body).writeTo(sum, 0)
  return bytes(body, sum)
}

/** A record: type, key, value. */
export const value = (type: number, key: string, ...parts: readonly Piece[]): Buffer =>
  bytes(type, string(key), ...parts)

// --- packed forms

/** A ziplist; numbers are integers in the narrowest encoding. */
export function ziplist(...items: readonly (string | number | bigint)[]): Buffer {
  const entries: Buffer[] = []
  for (const item of items) {
    const before = entries.at(-1)?.length ?? 0
    entries.push(bytes(before < 254 ? before : [254, int32(before)], ziplistData(item)))
  }
  const body = bytes(...entries)
  const tail = 10 + body.length - (entries.at(-1)?.length ?? 0)
  return bytes(int32(body.length + 11), int32(tail), uint16(items.length), body, 255)
}

function ziplistData(item: string | number | bigint): Piece {
  if (typeof item === 'string') {
    if (item.length < 64) return [item.length, item]
    if (item.length < 16_384) return [64 | (item.length >> 8), item.length & 255, item]
    const size = Buffer.alloc(4)
    size.writeUInt32BE(item.length)
    return [0x80, size, item]
  }
  const fits = (bits: number): boolean => BigInt.asIntN(bits, BigInt(item)) === BigInt(item)
  if (item >= 0 && item <= 12) return 0xf1 + Number(item)
  if (fits(8)) return [0xfe, littleEndian(item, 1)]
  if (fits(16)) return [0xc0, littleEndian(item, 2)]
  if (fits(24)) return [0xf0, littleEndian(item, 3)]
  return fits(32) ? [0xd0, littleEndian(item, 4)] : [0xe0, littleEndian(item, 8)]
}

/** A listpack; numbers are integers in the narrowest encoding. */
export function listpack(...items: readonly (string | number | bigint)[]): Buffer {
  const body = bytes(
    ...items.map((item) => {
      const data = bytes(listpackData(item))
      return [data, backLength(data.length)]
    }),
  )
  return bytes(int32(body.length + 7), uint16(items.length), body, 255)
}

function listpackData(item: string | number | bigint): Piece {
  if (typeof item === 'string') {
    if (item.length < 64) return [0x80 | item.length, item]
    if (item.length < 4096) return [0xe0 | (item.length >> 8), item.length & 255, item]
    return [0xf0, int32(item.length), item]
  }
  const fits = (bits: number): boolean => BigInt.asIntN(bits, BigInt(item)) === BigInt(item)
  if (item >= 0 && item <= 127) return Number(item)
  if (fits(13)) return [0xc0 | ((Number(item) >> 8) & 31), Number(item) & 255]
  if (fits(16)) return [0xf1, littleEndian(item, 2)]
  if (fits(24)) return [0xf2, littleEndian(item, 3)]
  return fits(32) ? [0xf3, littleEndian(item, 4)] : [0xf4, littleEndian(item, 8)]
}

/** The length of an element, seven bits a byte, to be read from behind: all bytes but the first say that more come. */
function backLength(size: number): Buffer {
  const made = [size & 127]
  for (let rest = size >> 7; rest > 0; rest >>= 7) {
    made[0] |= 128
    made.unshift(rest & 127)
  }
  return Buffer.from(made)
}

/** An intset of integers in ascending order. */
export function intset(width: 2 | 4 | 8, ...integers: readonly (number | bigint)[]): Buffer {
  return bytes(int32(width), int32(integers.length), ...integers.map((integer) => littleEndian(integer, width)))
}

/** A zipmap; each value has some unused bytes behind it. */
export function zipmap(fields: Readonly<Record<string, string>>, unused = 0): Buffer {
  const pairs = Object.entries(fields)
  const size = (text: string): Piece => (text.length < 254 ? text.length : [254, int32(text.length)])
  return bytes(
    pairs.length,
    ...pairs.map(([field, text]) => [size(field), field, size(text), unused, text, '\0'.repeat(unused)]),
    255,
  )
}

/** An ID of 16 bytes. */
export function rawId(ms: number, sequence: number): Buffer {
  const made = Buffer.alloc(16)
  made.writeBigUInt64BE(BigInt(ms))
  made.writeBigUInt64BE(BigInt(sequence), 8)
  return made
}

/** A stream's chunk of entries with the same one field, at `ms`-0, `ms`-1 and so on. */
export function streamChunk(ms: number, field: string, ...texts: readonly string[]): Piece {
  const entries = texts.flatMap((text, i) => [2, 0, i, text, 4])
  return [string(rawId(ms, 0)), string(listpack(texts.length, 0, 1, field, 0, ...entries))]
}
