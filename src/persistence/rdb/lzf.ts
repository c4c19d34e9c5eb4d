import type { Region } from '../../base/index.js'

/*
 * LZF, as liblzf writes and reads it, without a header: the format around it says both lengths.
 *
 *   000LLLLL                    L + 1 bytes follow as they are
 *   LLLOOOOO OOOOOOOO           L + 2 bytes as they stood O + 1 bytes before, L from 1 to 6
 *   111OOOOO LLLLLLLL OOOOOOOO  the same of L + 9 bytes
 *
 * See http://oldhome.schmorp.de/marc/liblzf.html and lzf_c.c, lzf_d.c in https://github.com/redis/redis/tree/7.0.15/src
 */

const literalsMax = 32
const offsetMax = 1 << 13
const referenceMax = (1 << 8) + (1 << 3)
const uncountedBytes = 16
const hashBits = 16
const hashMask = (1 << hashBits) - 1

/** The most bytes that one byte of LZF stands for: a reference of three bytes makes `referenceMax`. */
export const lzfRatioMax = referenceMax / 3

/** By hash of three bytes: where they were seen last, counted through many calls, so that hardly one need clear it. */
const seen = new Int32Array(1 << hashBits)
/** Where the present call's input begins in that count. */
let origin = 0
const originMax = 0x7fffffff

/** The two bytes at `at`, for the hash of three that begin there. */
const firstTwo = (bytes: Buffer, at: number): number => (bytes[at] << 8) | bytes[at + 1]

const slot = (hash: number): number => ((hash >>> 8) - Math.imul(hash, 5)) & hashMask

/**
 * Compresses `length` bytes into at most `room`; returns how many they became, or 0 where they do not fit. The regions must
 * not overlap.
 */
export function compressLzf(
  from: Region,
  start: number,
  length: number,
  to: Region,
  target: number,
  room: number,
): number {
  const input = from.bytes
  const output = to.bytes
  if (origin + length > originMax) {
    seen.fill(0)
    origin = 0
  }
  const base = origin - start
  origin += length
  const end = start + length
  const outEnd = target + room
  if (length < 4) return 0
  let at = start
  let out = target + 1 // behind the length of the literals to come
  let literals = 0
  let hash = firstTwo(input, at)
  while (at < end - 2) {
    hash = (hash << 8) | input[at + 2]
    const place = slot(hash)
    const reference = seen[place] - base
    seen[place] = at + base
    const offset = at - reference - 1
    if (
      reference > start &&
      offset < offsetMax &&
      input[reference + 2] === input[at + 2] &&
      input[reference + 1] === input[at + 1] &&
      input[reference] === input[at]
    ) {
      if (out - (literals === 0 ? 1 : 0) + 4 >= outEnd) return 0
      output[out - literals - 1] = literals - 1
      if (literals === 0) out--
      const matched = matchLength(input, reference, at, end)
      const coded = matched - 2
      if (coded < 7) output[out++] = (offset >> 8) + (coded << 5)
      else {
        output[out++] = (offset >> 8) + (7 << 5)
        output[out++] = coded - 7
      }
      output[out++] = offset & 255
      literals = 0
      out++
      at += matched
      if (at >= end - 2) break
      // the last two places of the match are noted as well
      hash = firstTwo(input, at - 2)
      hash = (hash << 8) | input[at]
      seen[slot(hash)] = at - 2 + base
      hash = (hash << 8) | input[at + 1]
      seen[slot(hash)] = at - 1 + base
    } else {
      if (out >= outEnd) return 0
      literals++
      output[out++] = input[at++]
      if (literals === literalsMax) {
        output[out - literals - 1] = literals - 1
        literals = 0
        out++
      }
    }
  }
  if (out + 3 > outEnd) return 0
  while (at < end) {
    literals++
    output[out++] = input[at++]
    if (literals === literalsMax) {
      output[out - literals - 1] = literals - 1
      literals = 0
      out++
    }
  }
  output[out - literals - 1] = literals - 1
  if (literals === 0) out--
  return out - target
}

/**
 * How many bytes at `at` stand at `reference` as well: the first three do. Not the last two, but where more than 18 bytes
 * are left liblzf looks at 16 of them before it asks how many, and so must we to write what it writes.
 */
function matchLength(input: Buffer, reference: number, at: number, end: number): number {
  const most = Math.min(end - at - 2, referenceMax)
  let length = 3
  if (most > uncountedBytes) {
    while (length < uncountedBytes + 3 && input[reference + length] === input[at + length]) length++
    if (length < uncountedBytes + 3) return length
  }
  while (length < most && input[reference + length] === input[at + length]) length++
  return length
}

/**
 * Decompresses `length` bytes into exactly `expected`, for which `target` must have room; whether the input was good and
 * made just as many. Reads and writes nothing beyond. The regions must not overlap.
 */
export function decompressLzf(
  from: Region,
  start: number,
  length: number,
  to: Region,
  target: number,
  expected: number,
): boolean {
  const input = from.bytes
  const output = to.bytes
  const end = start + length
  const outEnd = target + expected
  let at = start
  let out = target
  while (at < end) {
    const control = input[at++]
    if (control < literalsMax) {
      const count = control + 1
      if (at + count > end || out + count > outEnd) return false
      for (let i = 0; i < count; i++) output[out++] = input[at++]
      continue
    }
    let count = (control >> 5) + 2
    if (count === 9) {
      if (at >= end) return false
      count += input[at++]
    }
    if (at >= end) return false
    let reference = out - ((control & 0x1f) << 8) - input[at++] - 1
    if (reference < target || out + count > outEnd) return false
    for (let i = 0; i < count; i++) output[out++] = output[reference++]
  }
  return out === outEnd
}
