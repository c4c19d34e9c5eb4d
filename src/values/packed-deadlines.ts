import { borrowed, moveBytes, type Slice } from '../base/index.js'
import type { DeadlinePass } from './hash-body.js'
import { PackedCursor, packedHeaderBytes, setPackedCount } from './packed.js'

/** What a deadline takes behind a packed value: a double. */
export const deadlineBytes = 8

const field = borrowed()
const value = borrowed()
const cursor = new PackedCursor()

/** The deadline that stands behind a packed value, Unix milliseconds or 0. */
export const deadlineBehind = ({ region, start, length }: Slice): number => region.view.getFloat64(start + length, true)

export function setDeadlineBehind({ region, start, length }: Slice, atMs: number): void {
  region.view.setFloat64(start + length, atMs, true)
}

/** Whether any field of a packed hash has a deadline. */
export function packedDeadlines(sequence: Slice): boolean {
  cursor.start(sequence)
  while (next(sequence)) if (deadlineBehind(value) !== 0) return true
  return false
}

/** Spreads the first `length` bytes, a sequence without deadlines, so that each value has one of 0 behind it. */
export function insertDeadlines(sequence: Slice, length: number): void {
  const { bytes } = sequence.region
  const old = Buffer.from(bytes.subarray(sequence.start, sequence.start + length))
  let from = packedHeaderBytes
  let to = sequence.start + packedHeaderBytes
  while (from < length) {
    const end = itemEnd(old, itemEnd(old, from))
    old.copy(bytes, to, from, end)
    to += end - from
    bytes.fill(0, to, to + deadlineBytes)
    to += deadlineBytes
    from = end
  }
}

/** Where the string ends whose length stands at `at`. */
const itemEnd = (bytes: Buffer, at: number): number =>
  bytes[at] < 255 ? at + 1 + bytes[at] : at + 5 + bytes.readUInt32LE(at + 1)

/** Closes the gaps that deadlines leave; returns the bytes that are left. */
export function removeDeadlines(sequence: Slice): number {
  return keep(sequence, () => true, 0)
}

/** Takes out the fields past their deadline; returns the bytes that are left. */
export function dropPast(sequence: Slice, nowMs: number, pass: DeadlinePass): number {
  let count = 0
  const length = keep(
    sequence,
    (deadlineMs) => {
      if (deadlineMs !== 0 && deadlineMs < nowMs) {
        pass.expired++
        pass.dropped?.(field)
        return false
      }
      if (deadlineMs !== 0 && deadlineMs < pass.nearestMs) pass.nearestMs = deadlineMs
      count++
      return true
    },
    deadlineBytes,
  )
  setPackedCount(sequence, count)
  return length
}

/** Moves what is kept, with `tail` bytes of each deadline, to the front; returns the bytes that are left. */
function keep(sequence: Slice, isKept: (deadlineMs: number) => boolean, tail: number): number {
  let to = sequence.start + packedHeaderBytes
  cursor.start(sequence)
  for (let from = cursor.at; next(sequence); from = cursor.at) {
    const end = value.start + value.length + tail
    if (!isKept(deadlineBehind(value))) continue
    moveBytes(sequence.region, to, from, end)
    to += end - from
  }
  return to - sequence.start
}

/** Goes on to the next field and its value. */
function next(sequence: Slice): boolean {
  if (!cursor.next(sequence, field)) return false
  cursor.next(sequence, value)
  cursor.at += deadlineBytes
  return true
}
