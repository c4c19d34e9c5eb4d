import { SeededRandom } from '../../src/base/index.js'
import { Arena, classBytes, pieceBytesMax } from '../../src/memory/index.js'

test('every size fits its class, classes are multiples of 8 and waste at most an eighth beyond 64 bytes', () => {
  let last = 0
  for (let bytes = 1; bytes <= pieceBytesMax; bytes += bytes < 5_000 ? 1 : 97) {
    const size = classBytes(bytes)
    expect(size).toBeGreaterThanOrEqual(bytes)
    expect(size % 8).toBe(0)
    expect(size).toBeGreaterThanOrEqual(last)
    if (bytes > 64) expect(size / bytes).toBeLessThan(1.13)
    last = size
  }
  expect(classBytes(pieceBytesMax)).toBe(pieceBytesMax)
})

test('pieces never overlap and freed ones are reused, in a random run', () => {
  const arena = new Arena()
  const random = new SeededRandom(42)
  let overlaps = 0
  const live: { ref: number; bytes: number; mark: number }[] = []
  for (let i = 0; i < 60_000; i++) {
    if (live.length > 0 && random.below(100) < 48) {
      const [piece] = live.splice(random.below(live.length), 1)
      const region = arena.regions[piece.ref >>> 20]
      const at = (piece.ref & 0xfffff) << 3
      // the last byte is written after the first four, so a piece of 12 bytes or more shows both
      if (region.view.getInt32(at, true) !== piece.mark) overlaps++
      if (region.bytes[at + piece.bytes - 1] !== (piece.mark & 0xff)) overlaps++
      arena.free(piece.ref, piece.bytes)
    } else {
      const bytes = 12 + random.below(random.below(50) === 0 ? 100_000 : 400)
      const ref = random.below(4) === 0 ? arena.allocateApart(bytes) : arena.allocate(bytes)
      const region = arena.regions[ref >>> 20]
      const at = (ref & 0xfffff) << 3
      region.view.setInt32(at, i, true)
      region.bytes[at + bytes - 1] = i & 0xff
      live.push({ ref, bytes, mark: i })
    }
  }
  expect(overlaps).toBe(0)
  for (const piece of live) arena.free(piece.ref, piece.bytes)
  expect(arena.usedBytes).toBe(0)
})

test('what is freed serves the next of its size, so that churn takes no more memory', () => {
  const arena = new Arena()
  const refs = Array.from({ length: 10_000 }, () => arena.allocate(100))
  const reserved = arena.reservedBytes
  for (let round = 0; round < 20; round++) {
    for (const ref of refs) arena.free(ref, 100)
    for (let i = 0; i < refs.length; i++) refs[i] = arena.allocate(100)
  }
  expect(arena.reservedBytes).toBe(reserved)
})

test('what belongs to a record is cut elsewhere, so that records stand close together', () => {
  const arena = new Arena()
  const records: number[] = []
  for (let i = 0; i < 1000; i++) {
    records.push(arena.allocate(104))
    arena.allocateApart(40)
  }
  const steps = records.slice(1).map((ref, i) => (ref - records[i]) * 8)
  expect(steps.filter((step) => step === 104).length).toBeGreaterThan(950)
  expect(arena.reservedBytes - arena.usedBytes).toBeLessThan(5000)
})

test('a block of its own holds what no chunk can, and its number is reused', () => {
  const arena = new Arena()
  const id = arena.allocateBlock(5_000_000)
  arena.block(id).bytes[4_999_999] = 7
  expect(arena.usedBytes).toBe(5_000_000)
  arena.freeBlock(id, 5_000_000)
  expect(arena.usedBytes).toBe(0)
  expect(arena.allocateBlock(2_000_000)).toBe(id)
})
