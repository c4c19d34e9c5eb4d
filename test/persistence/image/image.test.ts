import { OutOfMemory, SeededRandom, Slice } from '../../../src/base/index.js'
import { Copies } from '../../../src/keyspace/index.js'
import type { Imager } from '../../../src/persistence/index.js'
import { RdbLoader } from '../../../src/persistence/index.js'
import { Collector } from './collector.js'
import { Redis, Rig } from './rig.js'

/** A file in a keyspace of its own, to be asked. */
function loaded(file: Buffer): { rig: Rig; loader: RdbLoader; aux: Map<string, string> } {
  const rig = new Rig()
  const aux = new Map<string, string>()
  const loader = new RdbLoader(rig.keyspace, { origin: 'file', onAux: (name, value) => aux.set(name, value) })
  loader.push(file)
  loader.end()
  return { rig, loader, aux }
}

const manyFields = (count: number): string[] => Array.from({ length: count * 2 }, (_, i) => `f${i >> 1}`)

function started(
  rig: Rig,
  request: Parameters<Imager['start']>[0] = {},
): { sink: Collector; image: ReturnType<Imager['start']> } {
  const sink = new Collector()
  return { sink, image: rig.imager.start(request, [sink]) }
}

describe('an image', () => {
  test('is of version 12 only where a field of a hash has a deadline, and keeps these to the millisecond', () => {
    const rig = new Rig()
    rig.run(['HSET', 'small', ...manyFields(5)])
    rig.run(['HSET', 'table', ...manyFields(1000)])
    rig.run(['HSET', 'large', ...manyFields(10_000)])
    const plain = started(rig)
    plain.image.run()
    expect(plain.sink.file.subarray(0, 9).toString()).toBe('REDIS0010')
    for (const key of ['small', 'table', 'large']) {
      rig.run(['HPEXPIREAT', key, '9000000000123', 'FIELDS', '1', 'f1'])
      rig.run(['HPEXPIREAT', key, '9000000000124', 'FIELDS', '1', 'f3'])
    }
    expect(rig.imager.firstHashWithDeadlines()?.db).toBe(0)
    const { image, sink } = started(rig)
    rig.run(['HPERSIST', 'large', 'FIELDS', '1', 'f1'])
    image.run()
    expect(sink.file.subarray(0, 9).toString()).toBe('REDIS0012')
    const copy = loaded(sink.file).rig
    for (const key of ['small', 'table', 'large']) {
      expect(copy.run(['HPEXPIRETIME', key, 'FIELDS', '4', 'f0', 'f1', 'f2', 'f3'])).toBe(
        '*4\r\n:-1\r\n:9000000000123\r\n:-1\r\n:9000000000124\r\n',
      )
      expect(copy.run(['HLEN', key])).toBe(rig.run(['HLEN', key]))
    }
    expect(rig.run(['HPEXPIRETIME', 'large', 'FIELDS', '1', 'f1'])).toBe('*1\r\n:-1\r\n')
  })

  test('is of version 10 again when notes of deadlines are all that is left of such hashes', () => {
    const rig = new Rig()
    rig.run(['HSET', 'hash', 'f', 'v'])
    rig.run(['HPEXPIREAT', 'hash', '9000000000123', 'FIELDS', '1', 'f'])
    rig.run(['DEL', 'hash'])
    const { image, sink } = started(rig)
    image.run()
    expect(sink.file.subarray(0, 9).toString()).toBe('REDIS0010')
  })

  test('says what it belongs to, and hands function libraries on as they were loaded', () => {
    const libraries = [Buffer.from('#!lua name=one\n...'), Buffer.from('#!lua name=two\n...')]
    const rig = new Rig({ functions: () => libraries })
    const id = 'a'.repeat(40)
    const { image, sink } = started(rig, { isAofBase: true, replication: { db: 3, id, offset: 12_345_678_901 } })
    image.run()
    const { loader, aux } = loaded(sink.file)
    expect(loader.functions).toEqual(libraries)
    expect(Object.fromEntries(aux)).toEqual({
      'redis-ver': '7.0.15',
      'redis-bits': '64',
      ctime: '1700000000',
      'used-mem': '1000000',
      'repl-stream-db': '3',
      'repl-id': id,
      'repl-offset': '12345678901',
      'aof-base': '1',
    })
  })

  test.each([
    ['time', 'IDLETIME', ':7\r\n'],
    ['frequency', 'FREQ', ':5\r\n'],
  ] as const)('says of keys what eviction by %s counts', (evictsBy, subcommand, reply) => {
    const rig = new Rig({ evictsBy: () => evictsBy })
    rig.keyspace.countFrequency(evictsBy === 'frequency')
    rig.run(['SET', 'k', 'v'])
    rig.runner.clock.advance(7000)
    rig.keyspace.tick()
    const { image, sink } = started(rig)
    image.run()
    const copy = new Rig()
    copy.keyspace.countFrequency(evictsBy === 'frequency')
    const loader = new RdbLoader(copy.keyspace, { origin: 'file' })
    loader.push(sink.file)
    loader.end()
    expect(copy.run(['OBJECT', subcommand, 'k'])).toBe(reply)
  })

  test('is the same for all its sinks, rests while one of them does, and goes on without one that left', () => {
    const rig = new Rig()
    for (let i = 0; i < 5000; i++) rig.run(['SET', `k${i}`, `value ${i}`])
    const sinks = [new Collector(), new Collector()]
    const image = rig.imager.start({}, sinks)
    sinks[1].isReady = false
    while (image.slice() && !image.isResting);
    const { bytes } = image
    expect(image.slice()).toBe(true)
    expect(image.bytes).toBe(bytes)
    rig.run(['SET', 'k1', 'changed meanwhile'])
    sinks[1].isReady = true
    image.resume(sinks[1])
    while (image.slice());
    expect(sinks[0].file).toEqual(sinks[1].file)
    expect(image.keysDone).toBe(5000)
    expect(image.isDone).toBe(true)
    const other = rig.imager.start({}, sinks)
    other.leave(sinks[0])
    other.leave(sinks[1])
    expect(other.isRunning).toBe(false)
    expect(rig.keyspace.imaging).toBe(null)
  })

  test('ends with FLUSHALL and says why; FLUSHDB leaves it what it had', () => {
    const rig = new Rig()
    rig.run(['HSET', 'large', ...manyFields(10_000)])
    rig.run(['SET', 'k', 'v'], 1)
    const { digest } = rig
    const first = started(rig)
    rig.run(['FLUSHDB'])
    rig.run(['FLUSHDB'], 1)
    rig.run(['SET', 'new', 'v'])
    first.image.run()
    expect(loaded(first.sink.file).rig.digest).toBe(digest)
    rig.run(['HSET', 'large', ...manyFields(10_000)])
    const second = started(rig)
    second.image.slice()
    rig.run(['HSET', 'large', 'f1', 'changed'])
    rig.keyspace.flushAll()
    expect(second.sink.reason?.message).toBe('all keys were deleted')
    expect(rig.keyspace.imaging).toBe(null)
    rig.run(['SET', 'k', 'v'])
    expect(second.image.slice()).toBe(false)
  })

  test('ends where memory for what is about to change cannot be had, and the change is made', () => {
    const rig = new Rig()
    rig.run(['SET', 'k', 'v'])
    rig.run(['HSET', 'large', ...manyFields(10_000)])
    const { image, sink } = started(rig)
    const { arena } = rig.keyspace
    const { allocate } = arena
    arena.allocate = () => {
      throw new OutOfMemory('full')
    }
    expect(rig.run(['DEL', 'k'])).toBe(':1\r\n')
    arena.allocate = allocate
    expect(image.isRunning).toBe(false)
    expect(sink.reason?.message).toBe('full')
    expect(rig.run(['HSET', 'large', 'f1', 'x'])).toBe(':0\r\n')
  })

  test('never sees what stands in a key’s place for the length of a call', () => {
    const rig = new Rig()
    rig.run(['SET', 'k', 'held'])
    const { digest } = rig
    const { image, sink } = started(rig)
    const copies = new Copies(rig.keyspace)
    const undo = copies.substitute(0, Slice.from('k'), { kind: 'string', bytes: Buffer.from('shown') })
    rig.run(['APPEND', 'k', '!'])
    undo()
    const undoMissing = copies.substitute(0, Slice.from('missing'), { kind: 'string', bytes: Buffer.from('shown') })
    undoMissing()
    image.run()
    expect(loaded(sink.file).rig.digest).toBe(digest)
  })

  test('of a large hash under writes takes steps of a bounded size, and less than a tenth of its memory', () => {
    const rig = new Rig()
    const random = new SeededRandom(5)
    for (let from = 0; from < 100_000; from += 10_000) {
      rig.run(['HSET', 'hash', ...Array.from({ length: 20_000 }, (_, i) => `f${from + (i >> 1)}`)])
    }
    const used = rig.keyspace.arena.usedBytes
    const { image, sink } = started(rig)
    const { digest } = rig
    let most = 0
    while (image.isRunning) {
      for (let i = 0; i < 100; i++) rig.run(['HSET', 'hash', `f${random.below(120_000)}`, `v${i}`])
      const { bytes } = image
      image.slice()
      most = Math.max(most, image.bytes - bytes)
    }
    expect(most).toBeLessThan(65_536)
    expect(image.bytesBesideMost).toBeLessThan(used / 10)
    expect(image.bytesBesideMost).toBeGreaterThan(0)
    expect(loaded(sink.file).rig.digest).toBe(digest)
  })

  test('groups, consumers and pending entries are those of the moment', async () => {
    const redis = await Redis.start()
    try {
      const rig = new Rig()
      for (const key of ['short', 'long']) {
        for (let i = 1; i <= (key === 'long' ? 5000 : 20); i++) rig.run(['XADD', key, `${i}-0`, 'f', `v${i}`])
        rig.run(['XGROUP', 'CREATE', key, 'g', '0'])
        rig.run(['XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', '3', 'STREAMS', key, '>'])
        rig.run(['XREADGROUP', 'GROUP', 'g', 'bob', 'COUNT', '2', 'STREAMS', key, '>'])
      }
      const { image, sink } = started(rig)
      for (const key of ['short', 'long']) {
        rig.run(['XACK', key, 'g', '1-0', '4-0'])
        rig.run(['XREADGROUP', 'GROUP', 'g', 'carol', 'COUNT', '7', 'STREAMS', key, '>'])
        rig.run(['XCLAIM', key, 'g', 'bob', '0', '2-0'])
        rig.run(['XGROUP', 'DESTROY', key, 'g'])
      }
      image.run()
      await redis.digestOf(sink.file)
      for (const key of ['short', 'long']) {
        const info = await redis.ask('XPENDING', key, 'g')
        expect(info.replaceAll('\r\n', ' ')).toContain('1-0 $3 5-0')
        expect(info).toContain('alice')
        expect(info).not.toContain('carol')
      }
    } finally {
      await redis.stop()
    }
  })
})

test('a file written at once does not disturb an image that is being written', () => {
  const rig = new Rig()
  for (let i = 0; i < 3000; i++) rig.run(['SET', `k${i}`, `value ${i}`])
  rig.run(['HSET', 'large', ...manyFields(10_000)])
  const { digest } = rig
  const { image, sink } = started(rig)
  image.slice()
  rig.run(['HSET', 'large', 'f1', 'changed'])
  const now = rig.digest
  const other = new Collector()
  rig.imager.write({}, [other])
  rig.run(['DEL', 'large'])
  image.run()
  expect(loaded(sink.file).rig.digest).toBe(digest)
  expect(loaded(other.file).rig.digest).toBe(now)
})
