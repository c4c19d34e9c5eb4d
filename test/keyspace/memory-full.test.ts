import { ManualClock, OutOfMemory, SeededRandom, type ReplyError } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import type { Reply } from '../../src/resp/index.js'
import { DispatchBench } from '../origin/support/dispatch-bench.js'

/*
 * Memory that cannot be had, at any allocation: the call replies -OOM and has changed nothing, or it was done. Two servers
 * get the same calls; one has all the memory it wants, and is told only what the other one did.
 */

function setup(seed: number) {
  const bench = new DispatchBench({ commands: allCommands, clock: new ManualClock() })
  const client = bench.client()
  const random = new SeededRandom(seed)
  const { arena } = bench.keyspace
  let chance = 0
  const maybe = (): void => {
    if (random.below(100) < chance) throw new OutOfMemory('no more')
  }
  const { allocate, allocateBlock } = arena
  arena.allocate = (bytes) => (maybe(), allocate.call(arena, bytes))
  arena.allocateBlock = (bytes) => (maybe(), allocateBlock.call(arena, bytes))
  arena.ensureRoom = () => false
  const call = (...words: string[]): Reply => {
    client.request(words)
    return client.replies.pop()!
  }
  return {
    bench,
    call,
    scarce(...words: string[]): Reply {
      chance = 20
      const reply = call(...words)
      chance = 0
      return reply
    },
  }
}

const manyFields = (random: SeededRandom, count: number, names: number): string[] =>
  Array.from({ length: count }, () => [`f${random.below(names)}`, 'v'.repeat(random.below(100))]).flat()

const isFull = (reply: Reply): boolean => (reply as ReplyError | null)?.prefix === 'OOM'

test.each([1, 2, 3, 4])('a call that finds no memory changes nothing, in a random run (seed %d)', (seed) => {
  const scarce = setup(seed)
  const rich = setup(seed)
  const random = new SeededRandom(seed)
  const lengths = [1, 30, 100, 5000, 70_000, 140_000, 1_200_000]
  const text = (): string => 'abcdefg'[random.below(7)].repeat(lengths[Math.min(random.below(7), random.below(9))])
  const key = (): string => (random.below(40) === 0 ? 'long'.repeat(20_000) : `k${random.below(60)}`)
  let entries = 0
  const nextId = (): string => `${++entries}-0`
  const makers: (() => string[])[] = [
    () => ['SET', key(), text()],
    () => ['SET', key(), text(), 'PX', '100000'],
    () => ['SET', key(), text(), 'KEEPTTL'],
    () => ['APPEND', key(), text()],
    () => ['SETRANGE', key(), String(random.below(80_000)), 'xyz'],
    () => ['INCR', `n${random.below(5)}`],
    () => ['MSET', key(), text(), key(), text(), key(), text()],
    () => ['MSETNX', key(), text(), key(), text()],
    () => ['MSETEX', '2', key(), text(), key(), text(), 'PX', '100000'],
    () => ['MSETEX', '3', key(), text(), key(), text(), key(), text(), 'KEEPTTL'],
    () => ['SETBIT', key(), String(random.below(800_000)), '1'],
    () => ['BITOP', 'OR', key(), key(), key()],
    () => ['PFADD', `p${random.below(3)}`, `e${random.below(10_000)}`, `e${random.below(10_000)}`],
    () => ['PFMERGE', `p${random.below(3)}`, `p${random.below(3)}`],
    () => ['HSET', key(), `f${random.below(100)}`, text()],
    () => ['HSET', `big${random.below(2)}`, `f${random.below(3000)}`, 'v'.repeat(random.below(100))],
    () => ['HSET', `big${random.below(2)}`, `f${random.below(3000)}`, 'v'.repeat(random.below(100))],
    () => ['HSET', key(), 'a', text(), `f${random.below(20)}`, text(), 'a', text()],
    () => ['HSET', `small${random.below(4)}`, ...manyFields(random, 12, 20)],
    () => ['HMSET', `big${random.below(2)}`, ...manyFields(random, 40, 3000)],
    () => ['HDEL', `big${random.below(2)}`, `f${random.below(3000)}`],
    () => ['HDEL', key(), `f${random.below(100)}`],
    () => ['SADD', key(), text()],
    () => ['SADD', `set${random.below(3)}`, ...Array.from({ length: 4 }, () => `m${random.below(3000)}`)],
    () => ['SADD', `few${random.below(20)}`, ...Array.from({ length: 4 }, () => text())],
    () => ['DEL', `few${random.below(20)}`],
    () => ['SADD', `set${random.below(3)}`, String(random.below(2) ? random.below(700) : random.below(9) * 1e10)],
    () => ['SADD', `set${random.below(3)}`, `m${random.below(3000)}`],
    () => ['SADD', `small${random.below(9)}`, `m${random.below(30)}`],
    () => ['SADD', `small${random.below(9)}`, String(random.below(300) - 150)],
    () => ['SREM', `set${random.below(3)}`, `m${random.below(3000)}`],
    () => ['SREM', `small${random.below(9)}`, `m${random.below(30)}`],
    () => ['SMOVE', `set${random.below(3)}`, `small${random.below(9)}`, `m${random.below(3000)}`],
    () => ['SUNIONSTORE', key(), `set${random.below(3)}`, `small${random.below(9)}`],
    () => ['SDIFFSTORE', `small${random.below(9)}`, `set${random.below(3)}`, `small${random.below(9)}`],
    () => ['SINTERSTORE', `small${random.below(9)}`, `set${random.below(3)}`, `set${random.below(3)}`],
    () => ['ZADD', `sorted${random.below(2)}`, String(random.below(50)), `m${random.below(1000)}`],
    () => ['ZADD', `sorted${random.below(2)}`, String(random.below(50)), `m${random.below(1000)}`],
    () => ['ZINCRBY', `sorted${random.below(3)}`, '7', `m${random.below(1000)}`],
    () => ['ZREM', `sorted${random.below(2)}`, `m${random.below(1000)}`],
    () => ['ZREMRANGEBYRANK', `sorted${random.below(2)}`, String(random.below(100)), String(random.below(120))],
    () => ['ZUNIONSTORE', `sorted${random.below(3)}`, '2', 'sorted0', `sorted${random.below(3)}`],
    () => ['RPUSH', key(), text()],
    () => ['RPUSH', `list${random.below(3)}`, `m${random.below(3000)}`, text(), `m${random.below(3000)}`],
    () => ['LPUSH', `list${random.below(3)}`, ...manyFields(random, 60, 3000)],
    () => ['LPUSH', `few${random.below(9)}`, `m${random.below(30)}`, text()],
    () => ['LINSERT', `list${random.below(3)}`, 'BEFORE', `f${random.below(3000)}`, text()],
    () => ['LSET', `list${random.below(3)}`, String(random.below(3000)), text()],
    () => ['LSET', `few${random.below(9)}`, '0', text()],
    () => ['LREM', `list${random.below(3)}`, '0', `f${random.below(3000)}`],
    () => ['LPOP', `list${random.below(3)}`, String(random.below(90))],
    () => ['LMOVE', `list${random.below(3)}`, `few${random.below(9)}`, 'LEFT', 'RIGHT'],
    () => ['RPOPLPUSH', `few${random.below(9)}`, key()],
    () => ['LTRIM', `few${random.below(9)}`, '-5', '-1'],
    () => ['XADD', `x${random.below(2)}`, nextId(), 'field', 'v'.repeat(random.below(300))],
    () => ['XADD', `x${random.below(2)}`, nextId(), ...manyFields(random, 3, 5)],
    () => ['XADD', `y${random.below(40)}`, 'MAXLEN', '~', '5', nextId(), 'f', text()],
    () => ['XDEL', `x${random.below(2)}`, `${random.below(6000)}-0`],
    () => ['XREADGROUP', 'GROUP', 'g', `c${random.below(2)}`, 'COUNT', '1', 'STREAMS', `x${random.below(2)}`, '>'],
    () => [
      'XCLAIM',
      `x${random.below(2)}`,
      'g',
      `c${random.below(2)}`,
      '0',
      `${random.below(6000)}-0`,
      'FORCE',
      'JUSTID',
    ],
    () => ['XACK', `x${random.below(2)}`, 'g', `${random.below(6000)}-0`],
    () => ['XGROUP', 'CREATECONSUMER', `x${random.below(2)}`, 'g', `c${random.below(200)}`],
    () => ['XGROUP', 'CREATE', `y${random.below(40)}`, `g${random.below(9)}`, '0', 'MKSTREAM'],
    () => ['COPY', `x${random.below(2)}`, `y${random.below(40)}`, 'REPLACE'],
    () => ['RENAME', key(), key()],
    () => ['COPY', key(), key(), 'REPLACE'],
    () => ['MOVE', key(), '1'],
    () => ['PEXPIRE', key(), '100000'],
    () => ['PERSIST', key()],
    () => ['DEL', key()],
  ]
  for (const side of [scarce, rich]) {
    for (const name of ['x0', 'x1']) {
      side.call('XGROUP', 'CREATE', name, 'g', '0', 'MKSTREAM')
      for (const consumer of ['c0', 'c1']) side.call('XGROUP', 'CREATECONSUMER', name, 'g', consumer)
    }
  }
  let full = 0
  for (let round = 0; round < 6000; round++) {
    const words = round < 4500 || random.below(3) > 0 ? makers[random.below(makers.length)]() : ['DEL', key()]
    const reply = scarce.scarce(...words)
    if (isFull(reply)) full++
    else expect([words.slice(0, 2), rich.call(...words)]).toEqual([words.slice(0, 2), reply])
  }
  expect(scarce.bench.bugs).toEqual([])
  expect(full).toBeGreaterThan(100)
  for (const db of ['0', '1']) {
    for (const side of [scarce, rich]) side.call('SELECT', db)
    const keys = (rich.call('KEYS', '*') as string[]).sort()
    expect((scarce.call('KEYS', '*') as string[]).sort()).toEqual(keys)
    for (const name of keys) {
      const type = rich.call('TYPE', name)
      expect(scarce.call('TYPE', name)).toBe(type)
      expect(scarce.call('PTTL', name)).toBe(rich.call('PTTL', name))
      if (type === 'string') expect(scarce.call('GET', name)).toBe(rich.call('GET', name))
      else if (type === 'stream') {
        const all = ['XINFO', 'STREAM', name, 'FULL', 'COUNT', '0']
        expect(scarce.call(...all)).toEqual(rich.call(...all))
      } else if (type === 'zset') {
        const all = ['ZRANGE', name, '0', '-1', 'WITHSCORES']
        expect(scarce.call(...all)).toEqual(rich.call(...all))
      } else if (type === 'list') {
        const all = ['LRANGE', name, '0', '-1']
        expect(scarce.call(...all)).toEqual(rich.call(...all))
      } else if (type === 'set') {
        const sorted = (reply: Reply): string[] => (reply as string[]).sort()
        expect(sorted(scarce.call('SMEMBERS', name))).toEqual(sorted(rich.call('SMEMBERS', name)))
      } else {
        const sorted = (reply: Reply): string[] => (reply as string[]).sort()
        for (const what of ['HKEYS', 'HVALS'])
          expect(sorted(scarce.call(what, name))).toEqual(sorted(rich.call(what, name)))
      }
    }
    expect(scarce.bench.keyspace.databases[Number(db)].volatileSize).toBe(
      rich.bench.keyspace.databases[Number(db)].volatileSize,
    )
    for (const name of keys) scarce.call('DEL', name)
  }
  // and nothing of what failed is kept
  const { keyspace } = scarce.bench
  while (keyspace.freeSlice());
  const tables = keyspace.databases.reduce((bytes, { tableBytes }) => bytes + tableBytes, 0)
  expect(keyspace.arena.usedBytes).toBe(tables)
})
