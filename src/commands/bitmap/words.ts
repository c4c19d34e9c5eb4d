import type { Slice } from '../../base/index.js'

/*
 * Bits of a string, counted from the left: bit 0 is the highest of the first byte. Long strings are read in aligned words
 * of 32 bits; what stands before and behind them byte by byte.
 */

/** Set bits of a byte. */
function bitsInByte(byte: number): number {
  byte -= (byte >>> 1) & 0x55
  byte = (byte & 0x33) + ((byte >>> 2) & 0x33)
  return (byte + (byte >>> 4)) & 0x0f
}

/** Set bits of each of the four bytes of a word. */
function bitsInBytes(word: number): number {
  word -= (word >>> 1) & 0x55555555
  word = (word & 0x33333333) + ((word >>> 2) & 0x33333333)
  return (word + (word >>> 4)) & 0x0f0f0f0f
}

/** So many words' counts fit in four bytes: 31 * 8 is below 256. */
const wordsAtOnce = 31

/** Number of set bits in the `count` bytes from the byte at `from` on. */
export function countBits(string: Slice, from: number, count: number): number {
  const { bytes, words } = string.region
  let at = string.start + from
  const end = at + count
  let bits = 0
  while (at < end && (at & 3) !== 0) bits += bitsInByte(bytes[at++])
  const wordsEnd = end >>> 2
  for (let word = at >>> 2; word < wordsEnd;) {
    const pause = Math.min(word + wordsAtOnce, wordsEnd)
    let sums = 0
    while (word < pause) sums += bitsInBytes(words[word++])
    bits += Math.imul((sums & 0x00ff00ff) + ((sums >>> 8) & 0x00ff00ff), 0x00010001) >>> 16
    at = word * 4
  }
  while (at < end) bits += bitsInByte(bytes[at++])
  return bits
}

/** The place of the first bit that is `bit` (0 or 1) among the `count` bytes from the byte at `from` on, or -1. */
export function findBit(string: Slice, from: number, count: number, bit: number): number {
  const { bytes, words } = string.region
  const start = string.start
  const end = start + from + count
  let at = start + from
  const skippedByte = bit === 0 ? 0xff : 0
  const skippedWord = bit === 0 ? -1 : 0
  while (at < end && (at & 3) !== 0 && bytes[at] === skippedByte) at++
  if ((at & 3) === 0) {
    const wordsEnd = end >>> 2
    let word = at >>> 2
    while (word < wordsEnd && words[word] === skippedWord) word++
    at = Math.max(at, word * 4)
  }
  while (at < end && bytes[at] === skippedByte) at++
  return at >= end ? -1 : (at - start) * 8 + firstBit(bytes[at], bit)
}

/** Number of set bits from bit `first` to bit `last`, both included and within the string. */
export function countBitsBetween(string: Slice, first: number, last: number): number {
  const from = Math.floor(first / 8)
  const to = Math.floor(last / 8)
  const before = string.byte(from) & ~(0xff >>> (first & 7)) & 0xff
  const behind = string.byte(to) & (0x7f >>> (last & 7))
  return countBits(string, from, to - from + 1) - bitsInByte(before) - bitsInByte(behind)
}

/** The place of the first bit that is `bit` from bit `first` to bit `last`, both included and within the string, or -1. */
export function findBitBetween(string: Slice, first: number, last: number, bit: number): number {
  const to = Math.floor(last / 8)
  let from = Math.floor(first / 8)
  if ((first & 7) !== 0) {
    const place = from * 8 + firstBit(hide(string.byte(from), ~(0xff >>> (first & 7)), bit), bit)
    if (place <= last && place < from * 8 + 8) return place
    from++
  }
  if (from > to) return -1
  const place = findBit(string, from, to - from + 1, bit)
  return place > last ? -1 : place
}

/** A byte whose bits under `mask` are none that is looked for. */
const hide = (byte: number, mask: number, bit: number): number => (bit === 0 ? byte | mask : byte & ~mask) & 0xff

/** The place in a byte of the first bit that is `bit`, 8 where none is. */
const firstBit = (byte: number, bit: number): number => Math.clz32(bit === 0 ? ~byte & 0xff : byte) - 24
