import type { Slice } from './bytes.js'

const star = 42
const dash = 45
const question = 63
const open = 91
const backslash = 92
const close = 93
const caret = 94

/** ASCII only, as tolower() has it in the C locale. */
const lower = (byte: number): number => (byte >= 65 && byte <= 90 ? byte + 32 : byte)

/** A byte as C's signed char: Redis compares the ends of a range as such. */
const signed = (byte: number): number => (byte << 24) >> 24

/**
 * Matches one byte against the class whose first byte behind `[` is `at`. A class that is not closed ends with the
 * pattern.
 *
 * @returns where the pattern goes on, times 2, plus 1 if the byte matched
 */
function matchClass(pattern: Uint8Array, at: number, end: number, byte: number, fold: boolean): number {
  const negated = at < end && pattern[at] === caret
  if (negated) at++
  let found = false
  for (; at < end; at++) {
    const first = pattern[at]
    if (first === backslash && end - at >= 2) {
      if (pattern[++at] === byte) found = true // Redis does not fold the case of an escaped byte
    } else if (first === close) {
      break
    } else if (end - at >= 3 && pattern[at + 1] === dash) {
      if (inRange(first, pattern[at + 2], byte, fold)) found = true
      at += 2
    } else if (fold ? lower(first) === lower(byte) : first === byte) {
      found = true
    }
  }
  const next = at < end ? at + 1 : end
  return next * 2 + (found !== negated ? 1 : 0)
}

function inRange(from: number, to: number, byte: number, fold: boolean): boolean {
  let low = signed(from)
  let high = signed(to)
  let value = signed(byte)
  if (low > high) [low, high] = [high, low]
  if (fold) {
    low = lower(low)
    high = lower(high)
    value = lower(value)
  }
  return value >= low && value <= high
}

/** As `matchClass`, for the element of any kind but `*` that starts at `at`. */
function matchElement(pattern: Uint8Array, at: number, end: number, byte: number, fold: boolean): number {
  let expected = pattern[at]
  if (expected === question) return (at + 1) * 2 + 1
  if (expected === open) return matchClass(pattern, at + 1, end, byte, fold)
  if (expected === backslash && end - at >= 2) expected = pattern[++at]
  return (at + 1) * 2 + ((fold ? lower(expected) === lower(byte) : expected === byte) ? 1 : 0)
}

/**
 * Redis's glob: `*`, `?`, `[a-z]`, `[^a]`, `\` before a byte, on bytes, with stringmatchlen's every answer (an empty
 * text matches only the empty pattern; an unclosed class ends with the pattern; ends of a range are signed chars).
 *
 * Every element but `*` takes exactly one byte, so after a mismatch only the last `*` need give way: the time is
 * at most the product of both lengths, for any pattern, without recursion.
 *
 * @param captures gets where the part taken by each `*` begins and ends in the text, the shortest first
 * @see redis 7.0.15, util.c, stringmatchlen
 */
export function matchGlob(pattern: Slice, text: Slice, fold = false, captures?: number[]): boolean {
  const glob = pattern.region.bytes
  const bytes = text.region.bytes
  const patternEnd = pattern.start + pattern.length
  const textEnd = text.start + text.length
  let at = pattern.start
  let from = text.start
  let afterStar = -1 // where the pattern goes on behind the last `*`
  let retryFrom = 0 // where in the text that rest was last tried
  if (from === textEnd) return at === patternEnd
  while (from < textEnd) {
    if (at < patternEnd && glob[at] === star) {
      if (captures !== undefined) closeCapture(captures, retryFrom)
      for (at++; at < patternEnd && glob[at] === star; at++) captures?.push(from, from)
      captures?.push(from, textEnd)
      if (at === patternEnd) return true
      afterStar = at
      retryFrom = from
      continue
    }
    const next = at < patternEnd ? matchElement(glob, at, patternEnd, bytes[from], fold) : 0
    if ((next & 1) === 1) {
      at = next >>> 1
      from++
    } else {
      if (afterStar < 0) return false
      at = afterStar
      from = ++retryFrom
    }
  }
  if (at === afterStar) return false // the rest was never tried: the text had no byte left for it
  if (captures !== undefined) closeCapture(captures, retryFrom)
  for (; at < patternEnd && glob[at] === star; at++) captures?.push(textEnd, textEnd)
  return at === patternEnd
}

/** The last `*` so far has taken what lies before `end`. */
function closeCapture(captures: number[], end: number): void {
  if (captures.length > 0) captures[captures.length - 1] = end
}

/**
 * One element of a pattern as the bytes it takes (256 flags), or `null` for a `*`. For reasoning about patterns, not
 * for matching.
 */
export type GlobElement = Uint8Array | null

export function globElements(pattern: Slice): GlobElement[] {
  const glob = pattern.region.bytes
  const end = pattern.start + pattern.length
  const elements: GlobElement[] = []
  for (let at = pattern.start; at < end;) {
    if (glob[at] === star) {
      elements.push(null)
      at++
      continue
    }
    const takes = new Uint8Array(256)
    let next = 0
    for (let byte = 0; byte < 256; byte++) {
      next = matchElement(glob, at, end, byte, false)
      takes[byte] = next & 1
    }
    elements.push(takes)
    at = next >>> 1
  }
  return elements
}
