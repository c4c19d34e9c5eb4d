import { SeededRandom, Slice } from '../../../src/base/index.js'
import { ExpirySweep } from '../../../src/keyspace/index.js'
import { RdbLoader, type Image } from '../../../src/persistence/index.js'
import { beginning, beginningOf, change, large } from './changes.js'
import { Collector } from './collector.js'
import { Redis, Rig } from './rig.js'

const seeds = process.env['IMAGE_SEED'] === undefined ? [1, 2] : [Number(process.env['IMAGE_SEED'])]

/** A digest that servers and this test's model have in common, and what it leaves out: groups of a stream. */
const stateOf = (rig: Rig): string => `${rig.digest} ${rig.run(['XINFO', 'STREAM', 'L:stream', 'FULL', 'COUNT', '0'])}`

/** What a file holds. */
function stateIn(file: Buffer): string {
  const rig = new Rig()
  const loader = new RdbLoader(rig.keyspace, { origin: 'primary' })
  loader.push(file)
  loader.end()
  return stateOf(rig)
}

/** Evicts an entry, as memory that runs out would. */
function evict({ keyspace }: Rig, random: SeededRandom): void {
  const database = keyspace.databases[0]
  const refs: number[] = []
  const hashes: number[] = []
  database.sample(random.int32() >>> 0, 64, 1, false, refs, hashes)
  if (refs.length > 0 && database.locate(refs[0], hashes[0])) database.evictLocated(refs[0])
}

interface Begun {
  readonly rig: Rig
  readonly random: SeededRandom
  readonly digest: string
  readonly state: string
  readonly sink: Collector
  readonly image: Image
}

function filled(random: SeededRandom, only: string | null): Rig {
  const rig = new Rig()
  for (const words of only === null ? beginning(random) : beginningOf(random, only)) rig.run(words)
  const { hash } = rig.keyspace.limits
  hash.packedEntriesMax = 60_000
  if (only === null || only === 'L:packed') {
    rig.run(['HSET', 'L:packed', ...Array.from({ length: 12_000 }, (_, i) => `f${i}`)])
  }
  hash.packedEntriesMax = 512
  for (let i = 0; i < 500; i++) rig.run(['SET', `in another:${i}`, `${i}`], 1)
  for (let i = 0; i < 500; i++) rig.run(['SET', `in a third:${i}`, `${i}`], 2)
  return rig
}

function begun(seed: number, only: string | null = null): Begun {
  const random = new SeededRandom(seed)
  const rig = filled(random, only)
  const sink = new Collector()
  const { digest } = rig
  const state = stateOf(rig)
  return { rig, random, digest, state, sink, image: rig.imager.start({}, [sink]) }
}

/** Bytes of memory that are left when all keys are gone, after changes with an image or without. */
function bytesLeft(seed: number, withImage: boolean): number {
  const random = new SeededRandom(seed)
  const rig = filled(random, null)
  const image = withImage ? rig.imager.start({}, [new Collector()]) : null
  for (let i = 0; i < 1500; i++) {
    rig.run(change(random))
    if (image === null || i % 10 > 0) continue
    image.slice()
    if (seed % 2 === 0 && image.bytes > 700_000) image.abort(new Error('given up'))
  }
  image?.run()
  expect(image?.bytesBeside ?? 0).toBe(0)
  for (const database of rig.keyspace.databases) {
    const keys: Buffer[] = []
    database.forEach((key) => keys.push(key.toBuffer()))
    for (const key of keys) database.delete(Slice.from(key))
  }
  while (rig.keyspace.freeSlice());
  return rig.keyspace.arena.usedBytes
}

describe('an image that is written while keys change', () => {
  test.each(seeds)('is of the moment it began at (seed %d)', (seed) => {
    const { rig, random, state, sink, image } = begun(seed)
    const sweep = new ExpirySweep(rig.keyspace, rig.runner.clock)
    let slices = 0
    let most = 0
    while (image.isRunning) {
      const isEarly = random.below(4) === 0
      for (let i = random.below(isEarly ? 60 : 12); i > 0; i--) rig.run(change(random), random.below(20) === 0 ? 1 : 0)
      if (random.below(10) === 0) evict(rig, random)
      if (slices === 20) rig.runner.clock.advance(850_000_000_000) // keys expire
      if (slices % 7 === 0) sweep.slice()
      if (random.below(60) === 0) rig.run(['SWAPDB', '0', '1'])
      if (slices === 15) rig.run(['FLUSHDB'], 2)
      const before = image.bytes
      image.slice()
      most = Math.max(most, image.bytes - before)
      slices++
      if (slices % 5 === 0) rig.keyspace.freeSlice()
    }
    expect(sink.reason).toBe(null)
    expect(sink.isEnded).toBe(true)
    expect(stateIn(sink.file)).toBe(state)
    expect(slices).toBeGreaterThan(50)
    expect(most).toBeLessThan(4 * 65_536)
    expect(image.keysTouched).toBeGreaterThan(20)
    expect(image.bytesBeside).toBe(0)
  })

  test.each(seeds)('leaves no memory behind, done or given up (seed %d)', (seed) => {
    expect(bytesLeft(seed, true)).toBe(bytesLeft(seed, false))
  })

  test('redis-server loads it, and finds the digest of that moment', async () => {
    const redis = await Redis.start()
    try {
      const { rig, random, digest, sink, image } = begun(77)
      while (image.slice()) for (let i = 0; i < 20; i++) rig.run(change(random))
      expect(redis.check(sink.file)).toContain('RDB looks OK')
      expect(await redis.digestOf(sink.file)).toBe(digest)
    } finally {
      await redis.stop()
    }
  })

  test.each(large)('%s is as it was, however it is deleted, replaced, renamed or changed before its turn', (key) => {
    for (const first of [
      ['DEL', key],
      ['RENAME', key, 'renamed'],
      ['PEXPIREAT', key, '1'],
    ]) {
      const { rig, state, sink, image } = begun(3, key)
      rig.run(first)
      rig.run(['DEL', 'renamed'])
      image.run()
      expect([first, stateIn(sink.file)]).toEqual([first, state])
    }
  })
})
