import { expect, test } from '@jest/globals'
import { Region, SeededRandom } from '../../src/base/index.js'
import { compressLzf, decompressLzf, lzfRatioMax } from '../../src/persistence/index.js'

const guard = 0xa5

const untouched = Buffer.alloc(8, guard)

/** Nothing was written around the `length` bytes at `at`. */
function expectUntouched({ bytes }: Region, at: number, length: number): void {
  if (untouched.compare(bytes, at - 8, at) !== 0) throw new Error('written before the room')
  if (untouched.compare(bytes, at + length, at + length + 8) !== 0) throw new Error('written behind the room')
}

/** What `bytes` become in at most `room`, or null. Nothing is written beyond. */
function compress(bytes: Buffer, room: number): Buffer | null {
  const to = Region.allocate(room + 16)
  to.bytes.fill(guard)
  const length = compressLzf(Region.copyOf(bytes), 0, bytes.length, to, 8, room)
  expectUntouched(to, 8, room)
  return length === 0 ? null : Buffer.from(to.bytes.subarray(8, 8 + length))
}

/** What LZF stands for, or null where it is refused. Nothing is written beyond. */
function decompress(bytes: Buffer, expected: number): Buffer | null {
  const to = Region.allocate(expected + 16)
  to.bytes.fill(guard)
  const isGood = decompressLzf(Region.copyOf(bytes), 0, bytes.length, to, 8, expected)
  expectUntouched(to, 8, expected)
  return isGood ? Buffer.from(to.bytes.subarray(8, 8 + expected)) : null
}

/** Bytes that repeat themselves at every distance, near and far. */
function repetitive(random: SeededRandom, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  const letters = 1 + random.below(40)
  for (let at = 0; at < length;) {
    const back = 1 + random.below(Math.min(at + 1, 20_000))
    const run = Math.min(1 + random.below(400), length - at)
    if (at >= back && random.below(3) > 0) for (let i = 0; i < run; i++, at++) bytes[at] = bytes[at - back]
    else for (let i = 0; i < Math.min(run, 40); i++) bytes[at++] = random.below(letters)
  }
  return bytes
}

test('what is compressed comes back, at every length, and nothing is written beyond the room given', () => {
  const random = new SeededRandom(5)
  const input = repetitive(random, 30_000)
  for (let length = 0; length < 1_200; length++) {
    const bytes = input.subarray(0, length)
    const packed = compress(bytes, Math.max(length - 4, 0))
    if (packed !== null) expect(decompress(packed, length)!.equals(bytes)).toBe(true)
  }
  for (let i = 0; i < 100; i++) {
    const bytes = repetitive(random, random.below(30_000))
    const packed = compress(bytes, bytes.length + 1_000)
    if (bytes.length >= 4) expect(decompress(packed!, bytes.length)!.equals(bytes)).toBe(true)
  }
})

test('liblzf makes the same bytes of the same text', () => {
  const text = Buffer.from('hello hello hello hello hello abcabcabcabcabc xyzzy xyzzy xyzzy')
  expect(compress(text, text.length - 4)?.toString('hex')).toBe(
    '0668656c6c6f2068e00e0502616263e00302052078797a7a79e00105017a79',
  )
})

test('a room that is one byte too small is refused, and never overrun', () => {
  const bytes = repetitive(new SeededRandom(9), 4_000)
  const length = compress(bytes, bytes.length)!.length
  expect(compress(bytes, length + 3)?.length).toBe(length)
  for (let room = 0; room < length; room++) expect(compress(bytes, room)).toBe(null)
})

test('a run of one byte is packed as tightly as the ratio says, and no tighter', () => {
  const zeros = Buffer.alloc(1 << 20)
  const packed = compress(zeros, zeros.length)!
  expect(zeros.length / packed.length).toBeLessThan(lzfRatioMax)
  expect(zeros.length / packed.length).toBeGreaterThan(lzfRatioMax * 0.95)
})

test('input that ends in the middle, refers before its beginning or makes another length is refused', () => {
  expect(decompress(Buffer.from([2, 97, 98, 99]), 3)?.toString()).toBe('abc')
  expect(decompress(Buffer.from([2, 97, 98, 99]), 2)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98, 99]), 4)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98]), 3)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98, 99, 0x20, 2]), 6)?.toString()).toBe('abcabc')
  expect(decompress(Buffer.from([2, 97, 98, 99, 0x20, 3]), 6)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98, 99, 0x20]), 6)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98, 99, 0xe0, 0]), 12)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98, 99, 0xe0]), 12)).toBe(null)
  expect(decompress(Buffer.from([2, 97, 98, 99, 0x20, 2]), 5)).toBe(null)
})

test('random bytes are refused or unpacked, whatever they say', () => {
  const random = new SeededRandom(11)
  for (let i = 0; i < 5_000; i++) {
    const bytes = Buffer.from(Array.from({ length: random.below(60) }, () => random.below(256)))
    decompress(bytes, random.below(300))
  }
})
