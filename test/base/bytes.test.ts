import { Region, Slice, SlicePool, copyBytes, moveBytes } from '../../src/base/index.js'

const kinds = [ArrayBuffer, SharedArrayBuffer]
/** About the lengths at which another way of copying is taken, and far beyond. */
const lengths = [1, 7, 8, 63, 160, 161, 511, 512, 513, 1024, 70_000]
const alignments = [0, 1, 3, 4, 7]

/** A region whose bytes differ from their neighbours', so that a shift by any distance shows. */
function filled(kind: typeof ArrayBuffer | typeof SharedArrayBuffer, bytes: number): Region {
  const region = Region.allocate(bytes, kind)
  for (let i = 0; i < bytes; i++) region.bytes[i] = (i * 7 + (i >>> 8)) & 0xff
  return region
}

/** What a region holds, in memory of its own. */
const contents = (region: Region): Buffer => Buffer.from(Array.from(region.bytes))

test.each(lengths)('%i bytes are copied as they are between plain and shared memory, wherever they stand', (length) => {
  for (const fromKind of kinds) {
    for (const toKind of kinds) {
      const from = filled(fromKind, length + 16)
      for (const at of alignments) {
        for (const offset of alignments) {
          const to = Region.allocate(length + 16, toKind)
          copyBytes(from, at, to, offset, length)
          const wanted = Buffer.alloc(to.bytes.length)
          contents(from).copy(wanted, offset, at, at + length)
          expect(contents(to).equals(wanted)).toBe(true) // nothing before and behind is touched
        }
      }
    }
  }
})

test.each(lengths)('%i bytes are moved by any distance, over themselves too', (length) => {
  for (const kind of kinds) {
    for (const distance of [-length, -9, -8, -5, -1, 0, 1, 5, 8, 9, length]) {
      const region = filled(kind, length * 3 + 16)
      const start = length + 8
      if (start + distance < 0) continue
      const wanted = contents(region).copyWithin(start + distance, start, start + length)
      moveBytes(region, start + distance, start, start + length)
      expect(contents(region).equals(wanted)).toBe(true)
    }
  }
})

test.each([100, 1000])('a slice of %i bytes is copied to memory of its own', (length) => {
  const region = filled(SharedArrayBuffer, length + 8)
  const copy = new Slice(region, 3, length).toBuffer()
  expect(copy.equals(contents(region).subarray(3, 3 + length))).toBe(true)
  region.bytes.fill(0)
  expect(copy[1]).not.toBe(0)
})

test('slices of a pool are copies that share regions, and keep what they hold', () => {
  const pool = new SlicePool()
  const texts = Array.from({ length: 3000 }, (_, i) => `key ${i} `.repeat(1 + (i % 9)))
  const slices = texts.map((text) => {
    const bytes = Buffer.from(text)
    const slice = pool.copyOf(bytes)
    bytes.fill(0)
    return slice
  })
  expect(slices.map((slice) => slice.toUtf8())).toEqual(texts)
  expect(new Set(slices.map(({ region }) => region)).size).toBeLessThan(20)
  const long = pool.copyOf(Buffer.alloc(100_000, 'x')) // has a region of its own
  expect(long.toUtf8()).toBe('x'.repeat(100_000))
  expect(slices.some(({ region }) => region === long.region)).toBe(false)
  expect(pool.copyOf(Buffer.alloc(0)).length).toBe(0)
  for (const { region, start, length } of slices)
    expect(start + length).toBeLessThanOrEqual(region.bytes.length - Region.spareBytes)
})
