import { borrowed, type Region, type Slice } from '../../base/index.js'
import {
  digitsRegion,
  integerBytesMax,
  isListpackEnd,
  isText,
  listpackBytes,
  listpackHeaderBytes,
  previousElement,
  readInteger,
  readIntegerWords,
  readText,
  replaceSmall,
  skipElement,
  skipElements,
  smallBytes,
  textBytesMax,
  writeIntegerWords,
  writeSmall,
  writeText,
  type Int64,
} from './listpack.js'
import { StreamId } from './stream-id.js'

/*
 * A chunk: entries in one listpack, as Redis writes it. First a master entry, whose ID is the key in the index and whose
 * fields later entries need not repeat; then the entries.
 *
 *   master   entries, deleted ones among them not counted | deleted ones | number of fields | fields | 0
 *   entry    flags | milliseconds beyond the master's | sequence beyond it | (number of fields) | (field) value … | elements
 *
 * What stands in brackets is left out under `sameFields`. The last element of an entry counts the others, so that entries
 * can be read from behind.
 */

const Flag = { deleted: 1, sameFields: 2 } as const

/** Where texts come from: the arguments of a call. */
export interface Texts {
  at(index: number): Slice
}

/** A reader of one chunk at a time, at one entry at a time. */
export class Chunk {
  /** The ID of the entry at hand, and its number of fields. */
  readonly id = new StreamId()
  fieldCount = 0
  isDeleted = false
  readonly field = borrowed()
  readonly value = borrowed()
  readonly #master = new StreamId()
  readonly #delta: Int64 = { high: 0, low: 0 }
  readonly #fieldDigits = digitsRegion()
  readonly #valueDigits = digitsRegion()
  #region!: Region
  #start = 0
  #masterFieldCount = 0
  #masterFieldsAt = 0
  /** Where the entry at hand begins. */
  #entryAt = 0
  #isSameFields = false
  /** Where the next field of the entry is read: the master's fields, and the entry's own elements. */
  #nextFieldAt = 0
  #nextAt = 0
  /** Elements of the entry from `#nextAt` on, the one that counts them left out. */
  #elementsLeft = 0

  /** Turns to the chunk in `bytes`, before its first entry. */
  open(bytes: Slice, master: StreamId): this {
    const { region, start } = bytes
    this.#region = region
    this.#start = start
    this.#master.copy(master)
    const at = skipElements(region, start + listpackHeaderBytes, 2)
    this.#masterFieldCount = readInteger(region, at)
    this.#masterFieldsAt = skipElement(region, at)
    this.#nextAt = this.#masterFieldsAt
    this.#elementsLeft = this.#masterFieldCount
    this.#entryAt = 0
    return this
  }

  /** Entries that are not deleted. */
  get count(): number {
    return readInteger(this.#region, this.#start + listpackHeaderBytes)
  }

  get deletedCount(): number {
    return readInteger(this.#region, skipElement(this.#region, this.#start + listpackHeaderBytes))
  }

  /** Goes to the next entry, deleted ones too; at first to the first one. */
  next(): boolean {
    const at = skipElements(this.#region, this.#nextAt, this.#elementsLeft + 1)
    if (isListpackEnd(this.#region, at)) return false
    this.#read(at)
    return true
  }

  /** Goes behind the last entry, for `previous`. */
  toEnd(): void {
    this.#entryAt = this.#start + listpackBytes(this.#region, this.#start) - 1
  }

  /** Goes to the entry before, deleted ones too. */
  previous(): boolean {
    const region = this.#region
    let at = previousElement(region, this.#entryAt)
    let elements = readInteger(region, at)
    if (elements === 0) return false // the master's end
    while (elements-- > 0) at = previousElement(region, at)
    this.#read(at)
    return true
  }

  #read(at: number): void {
    const region = this.#region
    const delta = this.#delta
    this.#entryAt = at
    const flags = readInteger(region, at)
    at = skipElement(region, at)
    readIntegerWords(region, at, delta)
    const { id } = this
    id.copy(this.#master)
    const msLow = (id.msLow >>> 0) + (delta.low >>> 0)
    id.msLow = msLow | 0
    id.msHigh = (id.msHigh + delta.high + (msLow >= 0x1_0000_0000 ? 1 : 0)) | 0
    at = skipElement(region, at)
    readIntegerWords(region, at, delta)
    const sequenceLow = (id.sequenceLow >>> 0) + (delta.low >>> 0)
    id.sequenceLow = sequenceLow | 0
    id.sequenceHigh = (id.sequenceHigh + delta.high + (sequenceLow >= 0x1_0000_0000 ? 1 : 0)) | 0
    at = skipElement(region, at)
    this.isDeleted = (flags & Flag.deleted) !== 0
    this.#isSameFields = (flags & Flag.sameFields) !== 0
    if (this.#isSameFields) this.fieldCount = this.#elementsLeft = this.#masterFieldCount
    else {
      this.fieldCount = readInteger(region, at)
      this.#elementsLeft = this.fieldCount * 2
      at = skipElement(region, at)
    }
    this.#nextFieldAt = this.#masterFieldsAt
    this.#nextAt = at
  }

  /** Reads the next field of the entry and its value, `fieldCount` times at most. The slices are the same each time. */
  readPair(): void {
    const region = this.#region
    if (this.#isSameFields) {
      readText(region, this.#nextFieldAt, this.field, this.#fieldDigits)
      this.#nextFieldAt = skipElement(region, this.#nextFieldAt)
    } else {
      readText(region, this.#nextAt, this.field, this.#fieldDigits)
      this.#nextAt = skipElement(region, this.#nextAt)
      this.#elementsLeft--
    }
    readText(region, this.#nextAt, this.value, this.#valueDigits)
    this.#nextAt = skipElement(region, this.#nextAt)
    this.#elementsLeft--
  }

  /** Marks the entry at hand, which is not yet, as deleted. Other readers of the chunk must open it anew. */
  markDeleted(): void {
    const region = this.#region
    region.bytes[this.#entryAt] |= Flag.deleted // flags take a byte
    this.isDeleted = true
    this.#setCounts(this.count - 1, this.deletedCount + 1)
  }

  /** Both counts. What stands behind them moves when one takes more bytes or fewer. */
  #setCounts(count: number, deleted: number): void {
    const region = this.#region
    const start = this.#start
    const at = start + listpackHeaderBytes
    const before = listpackBytes(region, start)
    // the shorter one first, so that no byte more is needed for a moment
    replaceSmall(region, start, at, count)
    replaceSmall(region, start, skipElement(region, at), deleted)
    const moved = listpackBytes(region, start) - before
    this.#masterFieldsAt += moved
    this.#nextFieldAt += moved
    this.#nextAt += moved
    this.#entryAt += moved
  }

  /** Bytes by which the two counts may get longer when entries are deleted: each may become as long as their sum. */
  get countsGrowth(): number {
    return smallBytes(this.count + this.deletedCount) - smallBytes(0)
  }

  /** Whether the fields among `texts` from `from` to `to`, every other one, are the master's. */
  hasFields(texts: Texts, from: number, to: number): boolean {
    if (to - from !== this.#masterFieldCount * 2) return false
    let at = this.#masterFieldsAt
    for (let i = from; i < to; i += 2) {
      if (!isText(this.#region, at, texts.at(i))) return false
      at = skipElement(this.#region, at)
    }
    return true
  }

  /** Counts one entry more. There must be a byte of room. */
  countAdded(): void {
    const { bytes } = this.#region
    const at = this.#start + listpackHeaderBytes
    // a count below 128 is a byte of its own
    if (bytes[at] < 127) bytes[at]++
    else this.#setCounts(this.count + 1, this.deletedCount)
  }
}

/** The most by which the chunk's two counts may get longer, one entry more and all deletions to come included. */
const countsGrowthMax = 6

/** The most bytes of an entry's elements beside its texts, and of the growth of the chunk's counts. */
const entryBytesBeside = 2 + 2 * integerBytesMax + 2 * 6 + countsGrowthMax

/** The most bytes that the entry `texts` takes. */
export function entryBytesMax(texts: Texts, from: number, to: number): number {
  let bytes = entryBytesBeside
  for (let i = from; i < to; i++) bytes += textBytesMax(texts.at(i).length)
  return bytes
}

/** The most bytes of a master entry with the fields among `texts`. */
export function masterBytesMax(texts: Texts, from: number, to: number): number {
  let bytes = 4 * 6
  for (let i = from; i < to; i += 2) bytes += textBytesMax(texts.at(i).length)
  return bytes
}

/** Writes a master entry for one entry; returns the place behind it. */
export function writeMaster(region: Region, at: number, texts: Texts, from: number, to: number): number {
  at = writeSmall(region, at, 1)
  at = writeSmall(region, at, 0)
  at = writeSmall(region, at, (to - from) >> 1)
  for (let i = from; i < to; i += 2) at = writeText(region, at, texts.at(i))
  return writeSmall(region, at, 0)
}

/** Elements of an entry of so many fields, with the one that counts them. */
export const entryElements = (fields: number, isSame: boolean): number => (isSame ? fields : fields * 2 + 1) + 4

/** Writes an entry under `id`; returns the place behind it. */
export function writeEntry(
  region: Region,
  at: number,
  id: StreamId,
  master: StreamId,
  isSame: boolean,
  texts: Texts,
  from: number,
  to: number,
): number {
  const fields = (to - from) >> 1
  at = writeSmall(region, at, isSame ? Flag.sameFields : 0)
  at = writeDifference(region, at, id.msHigh, id.msLow, master.msHigh, master.msLow)
  at = writeDifference(region, at, id.sequenceHigh, id.sequenceLow, master.sequenceHigh, master.sequenceLow)
  if (!isSame) at = writeSmall(region, at, fields)
  for (let i = from; i < to; i += 2) {
    if (!isSame) at = writeText(region, at, texts.at(i))
    at = writeText(region, at, texts.at(i + 1))
  }
  return writeSmall(region, at, entryElements(fields, isSame) - 1)
}

/** Writes a - b, numbers of 64 bits. */
function writeDifference(region: Region, at: number, aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  const borrow = aLow >>> 0 < bLow >>> 0 ? 1 : 0
  return writeIntegerWords(region, at, (aHigh - bHigh - borrow) | 0, (aLow - bLow) | 0)
}
