import { Region, SeededRandom } from '../../src/base/index.js'
import { Backlog } from '../../src/replication/index.js'

const append = (backlog: Backlog, bytes: Buffer): void => backlog.append(Region.copyOf(bytes), 0, bytes.length)

function readAll(backlog: Backlog, offset: number): Buffer {
  const parts: Buffer[] = []
  for (;;) {
    const piece = backlog.read(offset)
    if (piece === null) return Buffer.concat(parts)
    parts.push(Buffer.from(piece.bytes))
    offset += piece.bytes.length
    piece.release()
  }
}

/** Bytes that tell where they stand in the stream. */
const streamBytes = (from: number, length: number): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => ((from + i) * 31) & 255))

test('a backlog gives back the last bytes of a stream, from any offset that it holds', () => {
  const random = new SeededRandom(7)
  const backlog = new Backlog(1000, 64 * 1024)
  let end = 1000
  for (let i = 0; i < 400; i++) {
    const bytes = streamBytes(end, random.below(3000))
    append(backlog, bytes)
    end += bytes.length
    backlog.trim(Infinity)
  }
  expect(backlog.end).toBe(end)
  expect(backlog.length).toBeGreaterThanOrEqual(64 * 1024)
  expect(backlog.length).toBeLessThan(64 * 1024 + 16 * 1024)
  for (let i = 0; i < 20; i++) {
    const offset = backlog.start + random.below(backlog.length + 1)
    expect(readAll(backlog, offset).equals(streamBytes(offset, end - offset))).toBe(true)
  }
  expect(backlog.holds(backlog.start)).toBe(true)
  expect(backlog.holds(backlog.start - 1)).toBe(false)
  expect(backlog.holds(end)).toBe(true)
  expect(backlog.holds(end + 1)).toBe(false)
})

test('what a replica still needs is kept beyond the configured size', () => {
  const backlog = new Backlog(0, 16 * 1024)
  for (let i = 0; i < 100; i++) {
    append(backlog, streamBytes(backlog.end, 1024))
    backlog.trim(500)
  }
  expect(backlog.start).toBe(0)
  expect(readAll(backlog, 500).equals(streamBytes(500, 100 * 1024 - 500))).toBe(true)
  backlog.trim(Infinity)
  expect(backlog.length).toBeLessThan(48 * 1024)
})

test('a block whose bytes are still being read is not written again', () => {
  const backlog = new Backlog(0, 16 * 1024)
  append(backlog, streamBytes(0, 16 * 1024))
  const held = backlog.read(0)!
  for (let i = 0; i < 200; i++) {
    append(backlog, streamBytes(backlog.end, 4096))
    backlog.trim(Infinity)
  }
  expect(Buffer.from(held.bytes).equals(streamBytes(0, held.bytes.length))).toBe(true)
  held.release()
  expect(backlog.memoryBytes).toBeLessThan(16 * 16 * 1024) // dropped blocks serve again
})

test('a smaller size drops old bytes, a larger one keeps what is there', () => {
  const backlog = new Backlog(0, 256 * 1024)
  append(backlog, streamBytes(0, 200 * 1024))
  backlog.sizeBytes = 512 * 1024
  backlog.trim(Infinity)
  expect(backlog.start).toBe(0)
  backlog.sizeBytes = 32 * 1024
  backlog.trim(Infinity)
  expect(backlog.length).toBeLessThanOrEqual(32 * 1024 + 16 * 1024)
  expect(readAll(backlog, backlog.start).equals(streamBytes(backlog.start, backlog.length))).toBe(true)
})

test('memory that a slow connection still reads counts until it has read it', () => {
  const backlog = new Backlog(0, 16 * 1024)
  const bytes = Region.allocate(16 * 1024)
  for (let i = 0; i < 10; i++) backlog.append(bytes, 0, 16 * 1024)
  const pieces = Array.from({ length: 10 }, (_, i) => backlog.read(i * 16 * 1024)!)
  backlog.trim(Infinity)
  expect(backlog.memoryBytes).toBe(10 * 16 * 1024)
  for (const piece of pieces) piece.release()
  expect(backlog.memoryBytes).toBe(16 * 1024)
})
