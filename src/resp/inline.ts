/** What C's isspace takes for white space; a word without quotes ends only at the first four. */
const SPACE = new Set([32, 9, 10, 13, 11, 12])
const WORD_END = new Set([32, 9, 10, 13])
const QUOTE = 34
const APOSTROPHE = 39
const BACKSLASH = 92

const escapes = new Map<number, number>([
  [110, 10], // n
  [114, 13], // r
  [116, 9], // t
  [98, 8], // b
  [97, 7], // a
])

const hexDigit = (byte: number): number => {
  const digit = byte >= 48 && byte <= 57 ? byte - 48 : (byte | 32) - 87
  return digit >= 0 && digit <= 15 && (byte <= 57 || (byte | 32) >= 97) ? digit : -1
}

/**
 * Splits a line into words as redis-cli and redis.conf do: double quotes with `\n \r \t \b \a \xHH` escapes, single
 * quotes with `\'` only, and a closing quote must end its word. Null when quotes do not balance.
 */
export function splitInline(bytes: Uint8Array): Buffer[] | null {
  const nul = bytes.indexOf(0)
  const line = nul < 0 ? bytes : bytes.subarray(0, nul) // as a C string ends
  const words: Buffer[] = []
  let at = 0
  for (;;) {
    while (at < line.length && SPACE.has(line[at])) at++
    if (at >= line.length) return words
    const word: number[] = []
    while (at < line.length && !WORD_END.has(line[at])) {
      const byte = line[at]
      if (byte !== QUOTE && byte !== APOSTROPHE) {
        word.push(byte)
        at++
        continue
      }
      at = byte === QUOTE ? readDouble(line, at + 1, word) : readSingle(line, at + 1, word)
      if (at < 0 || (at < line.length && !SPACE.has(line[at]))) return null
    }
    words.push(Buffer.from(word))
  }
}

/** Reads up to the closing quote; returns the place behind it, or -1 when there is none. */
function readDouble(line: Uint8Array, at: number, word: number[]): number {
  for (; at < line.length; at++) {
    const byte = line[at]
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH || at + 1 >= line.length) {
      word.push(byte)
      continue
    }
    const next = line[++at]
    const high = hexDigit(line[at + 1] ?? 0)
    const low = hexDigit(line[at + 2] ?? 0)
    if (next === 120 && high >= 0 && low >= 0) {
      word.push(high * 16 + low)
      at += 2
    } else word.push(escapes.get(next) ?? next)
  }
  return -1
}

function readSingle(line: Uint8Array, at: number, word: number[]): number {
  for (; at < line.length; at++) {
    if (line[at] === APOSTROPHE) return at + 1
    if (line[at] === BACKSLASH && line[at + 1] === APOSTROPHE) at++
    word.push(line[at])
  }
  return -1
}
