declare global {
  /** Node's native conversions, public on every Buffer but missing from its type declarations. */
  interface Buffer {
    latin1Slice(start?: number, end?: number): string
    utf8Slice(start?: number, end?: number): string
    latin1Write(text: string, offset?: number, length?: number): number
    utf8Write(text: string, offset?: number, length?: number): number
  }
}

/** Memory that cannot be had. Dispatch replies it as -OOM: whoever throws it has changed nothing. */
export class OutOfMemory extends Error {}

/**
 * Bytes seen three ways. `words` and `view` read the same memory as `bytes`.
 *
 * A buffer of `length` usable bytes carries `spareBytes` more at its end, so that a word may be read past the last
 * usable byte without a bounds check on the way.
 */
export class Region {
  readonly bytes: Buffer
  readonly view: DataView
  readonly words: Int32Array

  constructor(buffer: ArrayBufferLike) {
    this.bytes = Buffer.from(buffer as ArrayBuffer)
    this.view = new DataView(buffer as ArrayBuffer)
    this.words = new Int32Array(buffer as ArrayBuffer)
  }

  /** A region of its own with room for `usableBytes`. @throws {OutOfMemory} the system has no such room */
  static allocate(usableBytes: number, Kind: typeof ArrayBuffer | typeof SharedArrayBuffer = ArrayBuffer): Region {
    const bytes = Math.ceil(usableBytes / 8) * 8 + Region.spareBytes
    try {
      return new Region(new Kind(bytes))
    } catch (error) {
      if (error instanceof RangeError) throw new OutOfMemory(`no room for ${bytes} bytes`)
      throw error
    }
  }

  /** A region that holds a copy of `bytes` from its first byte on. */
  static copyOf(bytes: Uint8Array): Region {
    const region = Region.allocate(bytes.length)
    region.bytes.set(bytes)
    return region
  }

  static readonly spareBytes = 8
}

/**
 * A borrowed view of bytes in a region: what `subarray` gives, without the 100 ns it costs.
 *
 * A slice of a read buffer dies when its command returns or starts to wait; a slice of the arena dies with the loop
 * turn. Whoever keeps bytes copies them (`toBuffer`).
 */
export class Slice {
  region: Region
  start: number
  length: number

  constructor(region: Region, start = 0, length = 0) {
    this.region = region
    this.start = start
    this.length = length
  }

  /** A slice over bytes of its own, a copy of `value` (text as UTF-8). */
  static from(value: string | Uint8Array): Slice {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    return new Slice(Region.copyOf(bytes), 0, bytes.length)
  }

  set(region: Region, start: number, length: number): this {
    if (this.region !== region) this.region = region // a pointer store has a write barrier
    this.start = start
    this.length = length
    return this
  }

  byte(index: number): number {
    return this.region.bytes[this.start + index]
  }

  /** A copy that the caller owns. */
  toBuffer(): Buffer {
    const { region, start, length } = this
    const bytes = region.bytes.subarray(start, start + length)
    return length > wordCopyMax ? Buffer.allocUnsafe(length).fill(bytes) : Buffer.from(bytes)
  }

  /** Each byte as the code unit of the same number: exact for any bytes, text only for ASCII. */
  toLatin1(): string {
    return this.region.bytes.latin1Slice(this.start, this.start + this.length)
  }

  toUtf8(): string {
    return this.region.bytes.utf8Slice(this.start, this.start + this.length)
  }

  equals(other: Slice): boolean {
    return this.length === other.length && equalBytes(this.region, this.start, other.region, other.start, this.length)
  }

  /** Order of the bytes as unsigned numbers, a prefix first, as memcmp has it. */
  compare(other: Slice): number {
    return compareBytes(this.region, this.start, this.length, other.region, other.start, other.length)
  }

  /** Whether the bytes are `upper`, which is in upper case, in any case of theirs. */
  is(upper: string): boolean {
    if (this.length !== upper.length) return false
    const { bytes } = this.region
    for (let i = 0, at = this.start; i < upper.length; i++, at++) {
      let byte = bytes[at]
      if (byte >= 97 && byte <= 122) byte -= 32
      if (byte !== upper.charCodeAt(i)) return false
    }
    return true
  }
}

const nothing = Region.allocate(0)

/** A slice to be pointed at something later. */
export const borrowed = (): Slice => new Slice(nothing)

const poolBytes = 16 * 1024

/**
 * Copies bytes into regions that they share, at a tenth of what a region of their own costs. For what is held briefly:
 * one slice keeps all of its region.
 */
export class SlicePool {
  #region = nothing
  #end = 0

  copyOf(bytes: Uint8Array): Slice {
    const { length } = bytes
    if (length > poolBytes / 8) return Slice.from(bytes)
    if (this.#end + length > this.#region.bytes.length - Region.spareBytes) {
      this.#region = Region.allocate(poolBytes)
      this.#end = 0
    }
    this.#region.bytes.set(bytes, this.#end)
    const slice = new Slice(this.#region, this.#end, length)
    this.#end += length
    return slice
  }
}

/** Up to here a copy by words beats a native one, whose call costs some 100 ns. */
const wordCopyMax = 160

/**
 * Copies `length` bytes between places that do not overlap.
 *
 * Long ones by `Buffer.fill`, which is a memcpy. `Buffer.copy` and `TypedArray.set` go byte by byte where one side is
 * shared memory, as the arena is: a kilobyte took 0.75 µs instead of 0.4, 64 KiB 18 instead of 5.
 */
export function copyBytes(from: Region, at: number, to: Region, offset: number, length: number): void {
  if (length > wordCopyMax) {
    to.bytes.fill(new Uint8Array(from.bytes.buffer, at, length), offset, offset + length)
    return
  }
  const source = from.view
  const target = to.view
  const end = at + length
  for (; at + 8 <= end; at += 8, offset += 8) {
    const word = source.getInt32(at, true)
    const next = source.getInt32(at + 4, true)
    target.setInt32(offset, word, true)
    target.setInt32(offset + 4, next, true)
  }
  if (at + 4 <= end) {
    target.setInt32(offset, source.getInt32(at, true), true)
    at += 4
    offset += 4
  }
  while (at < end) target.setUint8(offset++, source.getUint8(at++))
}

/** Moves within shared memory of so many bytes on go by way of `detour`, unless they keep their alignment to words. */
const detourMin = 512
const detour = Region.allocate(1 << 16)

/** Moves the bytes `start` to `end` of a region to `to`, where they may overlap with what they were. */
export function moveBytes(region: Region, to: number, start: number, end: number): void {
  const length = end - start
  if (length < detourMin || ((to - start) & 7) === 0 || length > detour.bytes.length) {
    region.bytes.copyWithin(to, start, end)
    return
  }
  // byte by byte, as V8 does it, a kilobyte would take 0.3 to 0.6 µs
  copyBytes(region, start, detour, 0, length)
  copyBytes(detour, 0, region, to, length)
}

export function equalBytes(a: Region, at: number, b: Region, offset: number, length: number): boolean {
  if (length > wordCopyMax) {
    return a.bytes.compare(b.bytes, offset, offset + length, at, at + length) === 0
  }
  const one = a.view
  const other = b.view
  const end = at + length
  for (; at + 4 <= end; at += 4, offset += 4) {
    if (one.getInt32(at, true) !== other.getInt32(offset, true)) return false
  }
  while (at < end) if (one.getUint8(at++) !== other.getUint8(offset++)) return false
  return true
}

/** Order of two byte strings as unsigned numbers, a prefix first: negative, 0 or positive. */
export function compareBytes(
  a: Region,
  at: number,
  length: number,
  b: Region,
  offset: number,
  otherLength: number,
): number {
  const shared = Math.min(length, otherLength)
  if (shared > wordCopyMax) return a.bytes.compare(b.bytes, offset, offset + otherLength, at, at + length)
  const one = a.view
  const other = b.view
  const end = at + shared
  for (; at + 4 <= end; at += 4, offset += 4) {
    const word = one.getInt32(at)
    const otherWord = other.getInt32(offset)
    if (word !== otherWord) return word >>> 0 < otherWord >>> 0 ? -1 : 1
  }
  for (; at < end; at++, offset++) {
    const difference = one.getUint8(at) - other.getUint8(offset)
    if (difference !== 0) return difference
  }
  return length - otherLength
}
