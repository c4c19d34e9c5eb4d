import { interleave, type Rounds } from './lib/interleave.js'
import { keyAt, loadList, loadSet, loadSortedSet } from './lib/loads.js'
import type { Bench, Question } from './lib/question.js'
import { loadArguments, runLoad, type Load, type LoadMetric } from './lib/redis-benchmark.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { encode, type RespClient } from './lib/resp-client.js'
import { showCommand, startServer, type RunningServer } from './lib/servers.js'
import { ratios, spread } from './lib/statistics.js'
import { Subscribers } from './lib/subscribers.js'
import { targets } from './lib/targets.js'

type Side = 'truedis' | 'redis'
type Servers = Readonly<Record<Side, RunningServer>>

/** One command as it is asked for again and again. */
interface Workload {
  readonly name: string
  readonly words: readonly string[]
  /** Requests of a run, against those of a command that costs little. */
  readonly share?: number
  /** Subscribers that hear what is published. */
  readonly subscribers?: number
  /** What must be there before a run of so many requests: a command that takes away must never find nothing. */
  prepare?(client: RespClient, requests: number): Promise<unknown>
}

interface Measured {
  readonly name: string
  readonly pipeline: number
  readonly rounds: Rounds<Side, LoadMetric>
}

const sides: readonly Side[] = ['redis', 'truedis']
const value = keyAt(0, 'val')
const random = '__rand_int__'
/** Elements of what is only read, and numbers that random members are drawn from. */
const elements = 100_000
const requestsByPipeline: Readonly<Record<number, number>> = { 1: 120_000, 64: 1_500_000 }

/** What a subscriber gets of one message. */
const messageBytes = encode('message', 'channel', value).length

const drop = (client: RespClient, key: string): Promise<unknown> => client.call('DEL', key)

const workloads: readonly Workload[] = [
  { name: 'LPUSH', words: ['LPUSH', 'list', value], prepare: (client) => drop(client, 'list') },
  {
    name: 'RPOP',
    words: ['RPOP', 'list'],
    prepare: (client, requests) => drop(client, 'list').then(() => loadList(client, 'list', requests)),
  },
  {
    name: 'LRANGE_100',
    words: ['LRANGE', 'list', '0', '99'],
    share: 0.1,
    prepare: (client) => drop(client, 'list').then(() => loadList(client, 'list', elements)),
  },
  { name: 'SADD', words: ['SADD', 'set', `member:${random}`], prepare: (client) => drop(client, 'set') },
  {
    name: 'SPOP',
    words: ['SPOP', 'set'],
    prepare: (client, requests) => drop(client, 'set').then(() => loadSet(client, 'set', requests)),
  },
  { name: 'ZADD', words: ['ZADD', 'zset', random, `member:${random}`], prepare: (client) => drop(client, 'zset') },
  {
    name: 'ZPOPMIN',
    words: ['ZPOPMIN', 'zset'],
    prepare: (client, requests) => drop(client, 'zset').then(() => loadSortedSet(client, 'zset', requests)),
  },
  {
    name: 'ZRANGE',
    words: ['ZRANGE', 'zset', '50000', '50009'],
    share: 0.5,
    prepare: (client) => drop(client, 'zset').then(() => loadSortedSet(client, 'zset', elements)),
  },
  { name: 'XADD', words: ['XADD', 'stream', '*', 'field', value], prepare: (client) => drop(client, 'stream') },
  { name: 'PUBLISH, 1 subscriber', words: ['PUBLISH', 'channel', value], subscribers: 1 },
  { name: 'PUBLISH, 100 subscribers', words: ['PUBLISH', 'channel', value], subscribers: 100, share: 0.05 },
]

/** Requests a second and server processor time of commands on lists, sets, sorted sets, streams and channels. */
export const collections: Question = {
  title: 'Lists, sets, sorted sets, streams and channels',
  async answer(bench, report) {
    const servers = { redis: await startServer(bench.redis), truedis: await startServer(bench.truedis) }
    try {
      for (const side of sides) report.commands.add(showCommand(bench[side]))
      const measured: Measured[] = []
      for (const pipeline of [1, 64]) {
        for (const workload of workloads) measured.push(await measure(bench, report, servers, workload, pipeline))
      }
      show(report, measured)
    } finally {
      await Promise.all(sides.map((side) => servers[side].stop()))
    }
  },
}

async function measure(
  bench: Bench,
  report: Report,
  servers: Servers,
  workload: Workload,
  pipeline: number,
): Promise<Measured> {
  const { name, words, share = 1, subscribers = 0 } = workload
  bench.progress(`collections: ${name} P=${pipeline}`)
  const requests = Math.ceil((requestsByPipeline[pipeline] * share) / (bench.quick ? 20 : 1))
  const load: Load = { test: words, requests, pipeline, keys: elements }
  report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${loadArguments(load).join(' ')}`)
  const run = async (side: Side, count: number) => {
    const server = servers[side]
    await workload.prepare?.(server.client, count)
    const listening = await Subscribers.listen(server.port, 'channel', subscribers)
    try {
      return await runLoad(server, { ...load, requests: count })
    } finally {
      await listening.leave(count * messageBytes)
    }
  }
  for (const side of sides) await run(side, Math.ceil(requests / 4))
  const rounds = await interleave(sides, bench.rounds, (side) => run(side, requests))
  for (const side of sides) await servers[side].client.call('FLUSHALL')
  return { name, pipeline, rounds }
}

function show(report: Report, measured: readonly Measured[]): void {
  report.text(
    'Ratios Truedis / Redis of runs in the same round, median (min-max). *cpuX* is server processor time a request. ' +
      'Elements are of 16 bytes and more. What is taken away was put there before each run, one element a request; ' +
      `LRANGE and ZRANGE read from ${showCount(elements)}, ZRANGE ten from the middle.`,
  )
  report.table(
    ['P', 'command', 'Redis req/s', 'Truedis req/s', 'ratio', ...judgedColumns, 'cpuX', 'p99'],
    measured.map((entry) => row(report, entry)),
  )
}

function row(report: Report, { name, pipeline, rounds: { truedis, redis } }: Measured): string[] {
  const rate = ratios(truedis.rps, redis.rps)
  const target = pipeline === 1 ? targets.collectionUnpipelined : targets.collectionPipelined
  return [
    String(pipeline),
    name,
    showCount(spread(redis.rps).median),
    showCount(spread(truedis.rps).median),
    showSpread(rate),
    ...report.judge(`P=${pipeline} ${name} requests/s`, rate.median, target),
    showSpread(ratios(truedis.cpuMicros, redis.cpuMicros)),
    showSpread(ratios(truedis.p99Ms, redis.p99Ms)),
  ]
}
