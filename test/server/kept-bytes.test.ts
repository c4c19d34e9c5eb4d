import { Region, SeededRandom } from '../../src/base/index.js'
import { KeptBytes } from '../../src/server/kept-bytes.js'

const text = ({ region, from, end }: KeptBytes): string => region?.bytes.latin1Slice(from, end) ?? ''

test('keeps what is appended, in order, whatever is executed in between', () => {
  const seed = 20261126
  const random = new SeededRandom(seed)
  const released: Region[] = []
  const kept = new KeptBytes((region) => released.push(region))
  const source = Region.copyOf(Buffer.from('abcdefghijklmnopqrstuvwxyz'.repeat(2000)))
  let model = ''
  for (let step = 0; step < 3000; step++) {
    const start = random.below(1000)
    const end = start + random.below(random.below(20) === 0 ? 50_000 : 2000)
    expect(kept.append(source, start, end, random.below(3) * 10_000)).toBe(true)
    model += source.bytes.latin1Slice(start, end)
    expect(kept.length).toBe(model.length)
    expect(kept.freeBytes).toBeGreaterThanOrEqual(0)
    if (text(kept) !== model) throw new Error(`step ${step} of seed ${seed}`)
    const done = random.below(4) === 0 ? model.length : random.below(model.length + 1)
    kept.advance(kept.from + done)
    model = model.slice(done)
  }
  expect(new Set(released).size).toBe(released.length)
})

test('a request that says how long it is gets just that room; the room goes when it is large and unused, or idle', () => {
  const released: Region[] = []
  const kept = new KeptBytes((region) => released.push(region))
  const source = Region.copyOf(Buffer.alloc(100_000))
  kept.append(source, 0, 100_000, 150_000)
  expect(kept.freeBytes).toBe(50_000)
  kept.shrink(true)
  kept.advance(100_000)
  kept.shrink(true)
  expect(released).toEqual([]) // it was used a moment ago
  kept.shrink(false)
  expect(released).toHaveLength(1)
  expect(kept.region).toBeNull()
  kept.append(source, 0, 10, 0)
  kept.advance(10)
  kept.shrink(false)
  kept.shrink(false)
  expect(released).toHaveLength(1) // small room stays while the client is busy
  kept.shrink(true)
  expect(released).toHaveLength(2)
})
