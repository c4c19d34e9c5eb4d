import { copyBytes, equalBytes, type Slice } from '../base/index.js'

/*
 * A small collection as one sequence of bytes: a count (16 bits), then its strings, each behind its length: one byte, or
 * 255 and four bytes more. A hash has field, value, field, value…; a set its members. Where a field of a hash has a
 * deadline each value is followed by eight bytes: Unix milliseconds as a double, 0 for none.
 */

export const packedHeaderBytes = 2

/** The most that the count can say, and the most bytes a sequence gets, as Redis's listpacks, whatever is configured. */
export const packedCountMax = 0xffff
export const packedBytesMax = 1 << 30

const long = 255

/** Bytes that a string of `length` takes in the sequence. */
export const packedBytes = (length: number): number => length + (length < long ? 1 : 5)

/** Number of entries. */
export const packedCount = (sequence: Slice): number => sequence.region.view.getUint16(sequence.start, true)

export function setPackedCount(sequence: Slice, count: number): void {
  sequence.region.view.setUint16(sequence.start, count, true)
}

/** Walks a sequence: `next` points `item` at the following string. Positions count from the region's start. */
export class PackedCursor {
  /** Where the string just read begins, its length included. */
  itemAt = 0
  at = 0
  end = 0

  start(sequence: Slice): this {
    this.at = sequence.start + packedHeaderBytes
    this.end = sequence.start + sequence.length
    return this
  }

  next(sequence: Slice, item: Slice): boolean {
    if (this.at >= this.end) return false
    const { region } = sequence
    this.itemAt = this.at
    let length = region.bytes[this.at++]
    if (length === long) {
      length = region.view.getUint32(this.at, true)
      this.at += 4
    }
    item.set(region, this.at, length)
    this.at += length
    return true
  }
}

/** Writes a string with its length at `at`; returns the place behind it. */
export function writePacked(sequence: Slice, at: number, item: Slice): number {
  const { region } = sequence
  const { length } = item
  if (length < long) region.bytes[at++] = length
  else {
    region.bytes[at] = long
    region.view.setUint32(at + 1, length, true)
    at += 5
  }
  copyBytes(item.region, item.start, region, at, length)
  return at + length
}

/** Finds `item` among all strings. Returns the place where its length stands, or -1. */
export function findPackedItem(sequence: Slice, item: Slice): number {
  const { region } = sequence
  const { bytes, view } = region
  const end = sequence.start + sequence.length
  for (let at = sequence.start + packedHeaderBytes; at < end;) {
    const itemAt = at
    let length = bytes[at++]
    if (length === long) {
      length = view.getUint32(at, true)
      at += 4
    }
    if (length === item.length && equalBytes(region, at, item.region, item.start, length)) return itemAt
    at += length
  }
  return -1
}

/**
 * Finds `field` among the even strings. Returns the place where its length stands, or -1; points `value` at the string
 * that follows it.
 *
 * @param tail bytes behind each value
 */
export function findPacked(sequence: Slice, field: Slice, value: Slice, tail = 0): number {
  const { region } = sequence
  const { bytes, view } = region
  const end = sequence.start + sequence.length
  for (let at = sequence.start + packedHeaderBytes; at < end;) {
    const itemAt = at
    let length = bytes[at++]
    if (length === long) {
      length = view.getUint32(at, true)
      at += 4
    }
    const matches = length === field.length && equalBytes(region, at, field.region, field.start, length)
    at += length
    length = bytes[at++]
    if (length === long) {
      length = view.getUint32(at, true)
      at += 4
    }
    if (matches) {
      value.set(region, at, length)
      return itemAt
    }
    at += length + tail
  }
  return -1
}
