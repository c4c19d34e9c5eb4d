import { isDeepStrictEqual } from 'node:util'
import { ManualClock, SeededRandom, Slice } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { Compaction, Copies } from '../../src/keyspace/index.js'
import type { Reply } from '../../src/resp/index.js'
import { DispatchBench } from '../origin/support/dispatch-bench.js'

const limits = { ignoreBytes: 1, thresholdLower: 5, thresholdUpper: 100, cycleMin: 1, cycleMax: 25 }

/** Each look at the clock takes its time, so that slices end. */
class PassingClock extends ManualClock {
  override monotonicMs(): number {
    this.advance(0.3)
    return super.monotonicMs()
  }
}

function setup(compactionClock: ManualClock = new PassingClock()) {
  const bench = new DispatchBench({ commands: allCommands, clock: new ManualClock() })
  const client = bench.client()
  const { keyspace } = bench
  const compaction = new Compaction(keyspace, compactionClock)
  return {
    bench,
    keyspace,
    compaction,
    call(...words: string[]): Reply {
      client.request(words)
      return client.replies.pop()!
    },
    /** Until there is nothing to gain. */
    compact(): void {
      for (let rounds = 0; rounds < 50; rounds++) {
        compaction.consider(limits)
        if (compaction.share === 0) return
        while (compaction.share !== 0) compaction.slice(limits)
      }
    },
  }
}

/** How the value of a type is read whole. */
const reading: Readonly<Record<string, readonly string[]>> = {
  string: ['GET'],
  hash: ['HGETALL'],
  set: ['SMEMBERS'],
  zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
  list: ['LRANGE', '0', '-1'],
  stream: ['XRANGE', '-', '+'],
}

/** Replies of tables have no order. */
const sorted = (reply: Reply): Reply => (Array.isArray(reply) ? ([...reply].sort() as Reply) : reply)

test('holes that changed sizes left are closed, and chunks given back', () => {
  const { keyspace, compaction, compact, call } = setup()
  const { arena } = keyspace
  for (let i = 0; i < 60_000; i++) call('SET', `key:${i}`, 'x'.repeat(600))
  for (let i = 0; i < 60_000; i++) if (i % 10 !== 0) call('SET', `key:${i}`, 'short')
  const { usedBytes, chunkCount } = arena
  expect(compaction.holes().percent).toBeGreaterThan(200)
  compact()
  expect(arena.usedBytes).toBe(usedBytes)
  expect(arena.chunkCount).toBeLessThan(chunkCount / 3)
  expect(compaction.holes().percent).toBeLessThan(limits.thresholdLower)
  expect(arena.leavingCount).toBe(0)
  expect(compaction.stats.hits).toBeGreaterThan(5000)
  expect(compaction.stats.keyHits).toBeGreaterThan(5000)
  for (let i = 0; i < 60_000; i += 997) expect(call('GET', `key:${i}`)).toBe(i % 10 === 0 ? 'x'.repeat(600) : 'short')
})

test('chunks in which nothing is left are given back without compaction', () => {
  const { keyspace, call } = setup()
  const empty = keyspace.arena.chunkCount
  for (let i = 0; i < 20_000; i++) call('SET', `key:${i}`, 'x'.repeat(4000))
  expect(keyspace.arena.chunkCount).toBeGreaterThan(empty + 8)
  for (let i = 0; i < 20_000; i++) call('DEL', `key:${i}`)
  expect(keyspace.arena.chunkCount).toBeLessThan(empty + 5) // the table's segments lie among the keys
})

test('it begins at the lower threshold, takes its share of time between the two, and ends when it is told to', () => {
  const clock = new ManualClock()
  const { keyspace, compaction, call } = setup(clock)
  compaction.consider({ ...limits, thresholdLower: 1000 })
  expect(compaction.share).toBe(0)
  for (let i = 0; i < 60_000; i++) call('SET', `key:${i}`, 'x'.repeat(600))
  for (let i = 0; i < 60_000; i += 2) call('DEL', `key:${i}`)
  compaction.consider({ ...limits, ignoreBytes: 1 << 30 })
  expect(compaction.share).toBe(0)
  compaction.consider({ ...limits, thresholdLower: 0, thresholdUpper: 200 })
  expect(compaction.share).toBeGreaterThan(8)
  expect(compaction.share).toBeLessThan(18)
  expect(keyspace.arena.leavingCount).toBeGreaterThan(0)
  clock.advance(40)
  expect(compaction.runningMs()).toEqual({ total: 40, current: 40 })
  compaction.stop()
  expect([compaction.share, keyspace.arena.leavingCount]).toEqual([0, 0])
  expect(compaction.runningMs()).toEqual({ total: 40, current: 0 })
})

test.each([1, 2])(
  'values survive being moved between random commands (seed %d)',
  (seed) => {
    const { bench, keyspace, compaction, call } = setup()
    const random = new SeededRandom(seed)
    const twin = setup()
    const lengths = [3, 20, 60, 400, 3000, 70_000]
    const text = (): string => 'abcdefg'[random.below(7)].repeat(lengths[Math.min(random.below(6), random.below(8))])
    const key = (): string => (random.below(300) === 0 ? 'long'.repeat(20_000) : `k${random.below(4000)}`)
    const makers: (() => string[])[] = [
      () => ['SET', key(), text()],
      () => ['SET', key(), text()],
      () => ['SET', key(), text(), 'PX', '1000000'],
      () => ['APPEND', key(), text()],
      () => ['DEL', key()],
      () => ['PERSIST', key()],
      () => ['HSET', `h${random.below(200)}`, `f${random.below(30)}`, text()],
      () => ['HSET', `big${random.below(3)}`, `f${random.below(20_000)}`, text()],
      () => ['HDEL', `big${random.below(3)}`, `f${random.below(20_000)}`],
      () => ['SADD', `s${random.below(200)}`, String(random.below(100)), text()],
      () => ['SADD', `set${random.below(3)}`, `m${random.below(20_000)}`, text()],
      () => ['LINSERT', `list${random.below(3)}`, 'BEFORE', 'abc', text()],
      () => ['ZADD', `z${random.below(200)}`, String(random.below(100)), text()],
      () => ['ZADD', `zset${random.below(3)}`, String(random.below(500)), `m${random.below(20_000)}`],
      () => ['ZREM', `zset${random.below(3)}`, `m${random.below(20_000)}`],
      () => ['ZPOPMIN', `zset${random.below(3)}`, '5'],
      () => ['SREM', `set${random.below(3)}`, `m${random.below(20_000)}`],
      () => [random.below(2) === 0 ? 'LPUSH' : 'RPUSH', `l${random.below(200)}`, String(random.below(100)), text()],
      () => ['RPUSH', `list${random.below(3)}`, `m${random.below(20_000)}`, text()],
      () => [random.below(2) === 0 ? 'LPOP' : 'RPOP', `list${random.below(3)}`, String(random.below(60))],
      () => ['LREM', `list${random.below(3)}`, String(random.below(5)), `m${random.below(20_000)}`],
      () => ['XADD', `x${random.below(200)}`, '*', 'field', text()],
      () => ['XDEL', `stream${random.below(3)}`, `${random.below(20_000)}-1`],
      () => ['XACK', `stream${random.below(3)}`, 'group', `${random.below(4000)}-1`],
      () => ['RENAME', key(), key()],
      () => ['MOVE', key(), '1'],
      () => ['COPY', key(), key(), 'REPLACE'],
      () => ['GET', key()],
    ]
    const differences: string[][] = []
    const both = (...words: string[]): void => {
      if (!isDeepStrictEqual(call(...words), twin.call(...words))) differences.push(words)
    }
    for (let i = 0; i < 40_000; i++) both('HSET', `big${i % 3}`, `f${i >> 1}`, 'v'.repeat(i % 100))
    for (let i = 0; i < 12_000; i++) both('ZADD', `zset${i % 3}`, String((i * 7919) % 5000), `m${i}`)
    for (let i = 0; i < 20_000; i++) both('XADD', `stream${i % 3}`, `${i}-1`, 'field', 'v'.repeat(i % 100))
    for (let i = 0; i < 3; i++) {
      both('XGROUP', 'CREATE', `stream${i}`, 'group', '0')
      both('XREADGROUP', 'GROUP', 'group', 'one', 'COUNT', '2000', 'STREAMS', `stream${i}`, '>')
      both('XREADGROUP', 'GROUP', 'group', 'other', 'STREAMS', `stream${i}`, '>')
    }
    for (let i = 0; i < 40_000; i++) both('RPUSH', `list${i % 3}`, `m${i >> 1}`, 'v'.repeat(i % 100))
    for (let i = 0; i < 15_000; i++) {
      both(...makers[random.below(makers.length)]())
      if (i === 10_000) both('DEL', 'big1')
      if (i === 12_000) both('SWAPDB', '0', '1')
      if (random.below(4) === 0) keyspace.freeSlice()
      if (compaction.share === 0) compaction.consider({ ...limits, thresholdLower: 1 })
      else if (random.below(3) === 0) compaction.slice({ ...limits, thresholdLower: 1 })
    }
    expect([bench.bugs, differences]).toEqual([[], []])
    expect(compaction.stats.hits).toBeGreaterThan(10_000)
    for (const db of ['0', '1']) {
      both('SELECT', db)
      const keys = (twin.call('KEYS', '*') as string[]).sort()
      expect((call('KEYS', '*') as string[]).sort()).toEqual(keys)
      for (const name of keys) {
        both('TYPE', name)
        both('PTTL', name)
        const [how, ...rest] = reading[call('TYPE', name) as string]
        const content = [call, twin.call].map((ask) => sorted(ask(how, name, ...rest)))
        expect(content[0]).toEqual(content[1])
        if (how === 'XRANGE') both('XINFO', 'STREAM', name, 'FULL', 'COUNT', '0')
      }
      for (const name of keys) both('DEL', name)
    }
    expect(differences).toEqual([])
    while (keyspace.freeSlice());
    compaction.stop()
    expect(keyspace.arena.usedBytes).toBe(keyspace.databases.reduce((bytes, { tableBytes }) => bytes + tableBytes, 0))
  },
  120_000,
)

test('an origin’s copies keep what confirms them', () => {
  const { keyspace, compact, call } = setup()
  const copies = new Copies(keyspace)
  for (let i = 0; i < 40_000; i++) call('SET', `key:${i}`, 'x'.repeat(600))
  for (let i = 0; i < 40_000; i += 100) copies.confirm(0, Slice.from(`key:${i}`), 5, 7, null, `tag ${i}`)
  for (let i = 0; i < 40_000; i++) if (i % 100 !== 0) call('DEL', `key:${i}`)
  const { chunkCount } = keyspace.arena
  compact()
  expect(keyspace.arena.chunkCount).toBeLessThan(chunkCount)
  for (let i = 0; i < 40_000; i += 100) expect(copies.validator(0, Slice.from(`key:${i}`))).toBe(`tag ${i}`)
})
