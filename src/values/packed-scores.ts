import { compareBytes, equalBytes, moveBytes, type Slice } from '../base/index.js'
import { packedBytes, packedCount, packedHeaderBytes, writePacked } from './packed.js'

/*
 * A small sorted set as one sequence of bytes: a count (16 bits), then its members in order, each a score (a double) and
 * the member behind its length: one byte, or 255 and four bytes more.
 */

const scoreBytes = 8
const long = 255

/** Bytes that a member of `length` takes in the sequence, its score included. */
export const packedMemberBytes = (length: number): number => scoreBytes + packedBytes(length)

/** Walks the members of a sequence. Positions count from the region's start. */
export class ScoreCursor {
  /** Where the entry just read begins. */
  entryAt = 0
  score = 0
  /** Where the next entry begins. */
  at = 0
  #end = 0

  start(sequence: Slice): this {
    this.at = sequence.start + packedHeaderBytes
    this.#end = sequence.start + sequence.length
    return this
  }

  /** Points `member` at the next one and reads its score; false at the end. */
  next(sequence: Slice, member: Slice): boolean {
    if (this.at >= this.#end) return false
    const { region } = sequence
    this.entryAt = this.at
    this.score = region.view.getFloat64(this.at, true)
    let at = this.at + scoreBytes
    let length = region.bytes[at++]
    if (length === long) {
      length = region.view.getUint32(at, true)
      at += 4
    }
    member.set(region, at, length)
    this.at = at + length
    return true
  }
}

/** Where the entry of `member` begins, or -1. */
export function findScore(sequence: Slice, member: Slice): number {
  const { region } = sequence
  const { bytes, view } = region
  const end = sequence.start + sequence.length
  for (let at = sequence.start + packedHeaderBytes; at < end;) {
    const entryAt = at
    at += scoreBytes
    let length = bytes[at++]
    if (length === long) {
      length = view.getUint32(at, true)
      at += 4
    }
    if (length === member.length && equalBytes(region, at, member.region, member.start, length)) return entryAt
    at += length
  }
  return -1
}

/** Where an entry of this score and member belongs. */
export function placeOfScore(sequence: Slice, score: number, member: Slice): number {
  const { region } = sequence
  const { bytes, view } = region
  const end = sequence.start + sequence.length
  for (let at = sequence.start + packedHeaderBytes; at < end;) {
    const entryAt = at
    const other = view.getFloat64(at, true)
    at += scoreBytes
    let length = bytes[at++]
    if (length === long) {
      length = view.getUint32(at, true)
      at += 4
    }
    if (other > score) return entryAt
    if (other === score && compareBytes(region, at, length, member.region, member.start, member.length) > 0) {
      return entryAt
    }
    at += length
  }
  return end
}

/** Bytes of the entry at `at`. */
export function entryBytes({ region }: Slice, at: number): number {
  const length = region.bytes[at + scoreBytes]
  return packedMemberBytes(length === long ? region.view.getUint32(at + scoreBytes + 1, true) : length)
}

export const scoreAt = ({ region }: Slice, at: number): number => region.view.getFloat64(at, true)

/** Writes an entry at `at`, where there is room for it. */
export function writeScore(sequence: Slice, at: number, score: number, member: Slice): void {
  sequence.region.view.setFloat64(at, score, true)
  writePacked(sequence, at + scoreBytes, member)
}

/** Moves the entry at `from`, under another score, to where it belongs then. Its member may not be elsewhere meanwhile. */
export function moveScore(sequence: Slice, from: number, score: number, member: Slice): void {
  const { region } = sequence
  const { bytes } = region
  const size = entryBytes(sequence, from)
  const to = placeOfScore(sequence, score, member)
  if (to < from) {
    const entry = Buffer.from(bytes.subarray(from, from + size))
    moveBytes(region, to + size, to, from)
    bytes.set(entry, to)
    region.view.setFloat64(to, score, true)
  } else if (to > from + size) {
    const entry = Buffer.from(bytes.subarray(from, from + size))
    moveBytes(region, from, from + size, to)
    bytes.set(entry, to - size)
    region.view.setFloat64(to - size, score, true)
  } else region.view.setFloat64(from, score, true)
}

/** Where each entry begins, in order; valid until the sequence changes. */
export function entryPlaces(sequence: Slice, into: Int32Array): Int32Array {
  const count = packedCount(sequence)
  const places = into.length >= count ? into : new Int32Array(count * 2)
  let at = sequence.start + packedHeaderBytes
  for (let i = 0; i < count; i++) {
    places[i] = at
    at += entryBytes(sequence, at)
  }
  return places
}

/** Points `member` at the one of the entry at `at`. */
export function memberAt({ region }: Slice, at: number, member: Slice): Slice {
  const length = region.bytes[at + scoreBytes]
  if (length !== long) return member.set(region, at + scoreBytes + 1, length)
  return member.set(region, at + scoreBytes + 5, region.view.getUint32(at + scoreBytes + 1, true))
}
