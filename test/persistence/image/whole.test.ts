import { SeededRandom } from '../../../src/base/index.js'
import { dataset, type Words } from '../datasets.js'
import { Collector } from './collector.js'
import { Redis, Rig } from './rig.js'

const seed = Number(process.env['IMAGE_SEED'] ?? 11)

describe(`a file written at once (seed ${seed})`, () => {
  let redis: Redis
  beforeAll(async () => {
    redis = await Redis.start()
  })
  afterAll(() => redis?.stop())

  function write(rig: Rig): Buffer {
    const sink = new Collector()
    rig.imager.write({}, [sink])
    expect(sink.isEnded).toBe(true)
    return sink.file
  }

  test('redis-server loads every type in every encoding, in all databases, and finds the same digest', async () => {
    const rig = new Rig()
    for (const db of [0, 3, 15]) {
      for (const words of dataset(new SeededRandom(seed + db)).requests) rig.run(words, db)
    }
    rig.run(['PEXPIREAT', 'string:1', '9000000000000'])
    rig.run(['PEXPIREAT', 'set:table', '9000000000001'], 3)
    const file = write(rig)
    expect(redis.check(file)).toContain('RDB looks OK')
    expect(await redis.digestOf(file)).toBe(rig.digest)
    expect(await redis.ask('PEXPIRETIME', 'string:1')).toBe('9000000000000')
  })

  test('an empty keyspace is a file, too', async () => {
    const rig = new Rig()
    const file = write(rig)
    expect(file.subarray(0, 9).toString()).toBe('REDIS0010')
    expect(redis.check(file)).toContain('RDB looks OK')
    expect(await redis.digestOf(file)).toBe('0'.repeat(40))
  })

  test('values and elements that are written piece by piece are whole', async () => {
    const rig = new Rig()
    const random = new SeededRandom(seed)
    const long = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random.below(256)))
    const huge = long(300_000)
    const many = (count: number, name: string): Words => Array.from({ length: count }, (_, i) => `${name}:${i}`)
    rig.run(['SET', 'string', huge])
    rig.run(['HSET', 'hash', ...many(20_000, 'f')])
    rig.run(['HSET', 'hash', huge, 'long field', 'long value', huge, 'both', 'short'])
    rig.run(['SADD', 'set', ...many(20_000, 'm'), huge])
    rig.run(['ZADD', 'zset', ...many(10_000, 'z').flatMap((member, i) => [String(i % 77), member]), '3.5', huge])
    rig.run(['RPUSH', 'list', ...many(50_000, 'e'), huge, 'after', long(70_000), long(9000)])
    for (let i = 1; i < 3000; i++) rig.run(['XADD', 'stream', `${i}-0`, 'field', `value ${i}`])
    rig.run(['XADD', 'stream', '5000-0', 'long', huge])
    rig.run(['XADD', 'stream', '5000-1', 'short', ''])
    rig.keyspace.limits.hash.packedEntriesMax = 60_000
    rig.run(['HSET', 'packed', ...many(20_000, 'p')])
    rig.run(['SET', 'small', 'x'])
    const file = write(rig)
    expect(redis.check(file)).toContain('RDB looks OK')
    expect(await redis.digestOf(file)).toBe(rig.digest)
  })

  test('without checksums and compression it is as good', async () => {
    const rig = new Rig({ sums: () => false, compresses: () => false })
    for (const words of dataset(new SeededRandom(seed)).requests) rig.run(words)
    const file = write(rig)
    expect(file.subarray(-8)).toEqual(Buffer.alloc(8))
    expect(await redis.digestOf(file)).toBe(rig.digest)
  })
})
