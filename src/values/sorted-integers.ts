import {
  Region,
  integerLength,
  moveBytes,
  readInt64,
  readSafeInteger,
  writeInteger,
  type Slice,
} from '../base/index.js'

/*
 * Signed 64-bit integers in ascending order, as one sequence of bytes: the width of each (one byte: 2, 4 or 8), then the
 * integers, little-endian. The width is that of the widest that ever was among them.
 */

export const integersHeaderBytes = 1
const twoTo32 = 0x1_0000_0000

/** Makes `sequence`, of `integersHeaderBytes`, an empty one. */
export function clearIntegers(sequence: Slice): void {
  sequence.region.bytes[sequence.start] = 2
}

export const integerWidth = (sequence: Slice): number => sequence.region.bytes[sequence.start]

export const integerCount = (sequence: Slice): number =>
  (sequence.length - integersHeaderBytes) / integerWidth(sequence)

/** Bytes of `count` integers of `width`. */
export const integersBytes = (count: number, width: number): number => integersHeaderBytes + count * width

/** One integer at a time: read from text, looked for, put in and taken out. Kept as two halves, so that none is a bigint. */
export class IntegerCursor {
  /** Bytes that the integer needs: 2, 4 or 8. */
  width = 2
  #high = 0
  #low = 0
  readonly #text = Region.allocate(24)

  /** Takes the integer that `text` writes out; false when it writes none. */
  read(text: Slice): boolean {
    if (text.length === 0 || text.length > 20) return false
    const first = text.byte(0)
    if (first > 57 || (first < 48 && first !== 45)) return false // most texts are told from their first byte
    const value = readSafeInteger(text)
    if (!Number.isNaN(value)) {
      this.#set(Math.floor(value / twoTo32), value | 0)
      return true
    }
    const exact = readInt64(text)
    if (exact === null) return false
    this.#set(Number(exact >> 32n), Number(BigInt.asIntN(32, exact)))
    return true
  }

  #set(high: number, low: number): void {
    this.#high = high
    this.#low = low
    if (high !== low >> 31) this.width = 8
    else this.width = low >= -0x8000 && low <= 0x7fff ? 2 : 4
  }

  get value(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low >>> 0)
  }

  /** The index of the integer; where it is missing the index it would have, complemented (`~index`). */
  find(sequence: Slice): number {
    const { region, start } = sequence
    const width = integerWidth(sequence)
    let low = 0
    let high = integerCount(sequence) - 1
    if (this.width > width) return this.#high < 0 ? ~0 : ~(high + 1)
    while (low <= high) {
      const middle = (low + high) >>> 1
      const order = this.#compare(region.view, start + integersBytes(middle, width), width)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return ~low
  }

  /** Order of the integer at `at` against this one. */
  #compare(view: DataView, at: number, width: number): number {
    if (width === 2) return view.getInt16(at, true) - this.#low
    if (width === 4) return view.getInt32(at, true) - this.#low
    const high = view.getInt32(at + 4, true)
    return high === this.#high ? view.getUint32(at, true) - (this.#low >>> 0) : high - this.#high
  }

  /** Puts the integer in at `index` of `sequence`, which held `count` of `width` and has room for one more already. */
  insert(sequence: Slice, index: number, count: number, width: number): void {
    const { region, start } = sequence
    const wide = Math.max(width, this.width)
    if (wide !== width) this.#widen(sequence, index, count, width, wide)
    else {
      const at = start + integersBytes(index, width)
      moveBytes(region, at + width, at, start + integersBytes(count, width))
    }
    writeHalves(region.view, start + integersBytes(index, wide), wide, this.#high, this.#low)
  }

  /** Spreads `count` integers, leaving out a place at `index`: from the last on, so that none is overwritten unread. */
  #widen({ region, start }: Slice, index: number, count: number, width: number, wide: number): void {
    const { view } = region
    for (let i = count - 1; i >= 0; i--) {
      const from = start + integersBytes(i, width)
      const low = width === 2 ? view.getInt16(from, true) : view.getInt32(from, true)
      writeHalves(view, start + integersBytes(i < index ? i : i + 1, wide), wide, low >> 31, low)
    }
    region.bytes[start] = wide
  }

  /** Points `into` at the text of the integer at `index`, good until the next one is asked for. */
  text(sequence: Slice, index: number, into: Slice): Slice {
    const width = integerWidth(sequence)
    const { view } = sequence.region
    const at = sequence.start + integersBytes(index, width)
    const { bytes } = this.#text
    const value = width === 2 ? view.getInt16(at, true) : width === 4 ? view.getInt32(at, true) : wideAt(view, at)
    if (Number.isSafeInteger(value)) {
      const length = integerLength(value)
      writeInteger(bytes, 0, value, length)
      return into.set(this.#text, 0, length)
    }
    return into.set(this.#text, 0, bytes.latin1Write(view.getBigInt64(at, true).toString(), 0))
  }
}

/** Fills a sequence of the right length with different integers, none of which needs more than `width` bytes. */
export function writeIntegers({ region, start }: Slice, width: number, integers: readonly bigint[]): void {
  region.bytes[start] = width
  const sorted = BigInt64Array.from(integers).sort()
  for (let i = 0; i < sorted.length; i++) {
    const low = Number(BigInt.asIntN(32, sorted[i]))
    writeHalves(region.view, start + integersBytes(i, width), width, Number(sorted[i] >> 32n), low)
  }
}

/** Takes the integer at `index` out of a sequence; its last bytes are then without meaning. */
export function removeInteger({ region, start, length }: Slice, index: number): void {
  const width = region.bytes[start]
  const at = start + integersBytes(index, width)
  moveBytes(region, at, at + width, start + length)
}

/** Rounded where it is beyond 2^53. */
const wideAt = (view: DataView, at: number): number => view.getInt32(at + 4, true) * twoTo32 + view.getUint32(at, true)

function writeHalves(view: DataView, at: number, width: number, high: number, low: number): void {
  if (width === 2) view.setInt16(at, low, true)
  else view.setInt32(at, low, true)
  if (width === 8) view.setInt32(at + 4, high, true)
}
