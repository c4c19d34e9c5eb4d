import { interleave, type Rounds } from './lib/interleave.js'
import { loadKeys, loadRandomValues } from './lib/loads.js'
import { caughtUp, follow, showNode, startNode, stillFollows } from './lib/pairs.js'
import { Program } from './lib/programs.js'
import type { Bench, Question } from './lib/question.js'
import { loadArguments, runLoad, type Load, type LoadMetric } from './lib/redis-benchmark.js'
import { watchLag } from './lib/replica-lag.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { RespClient } from './lib/resp-client.js'
import type { RunningServer } from './lib/servers.js'
import { percentile, ratios, spread } from './lib/statistics.js'
import { targets } from './lib/targets.js'
import type { PacedWriterQuestions } from './programs/paced-writer.js'

type Side = 'redis' | 'truedis'
type Run = 'alone' | 'followed'
type Nodes = Readonly<Record<Run | 'replica', RunningServer>>

const sides: readonly Side[] = ['redis', 'truedis']
const shown: Readonly<Record<Side, string>> = { redis: 'Redis', truedis: 'Truedis' }
const keys = 100_000

/** What a replica costs its primary, how far it is behind, and how long it takes to get everything. */
export const replication: Question = {
  title: 'Replication',
  async answer(bench, report) {
    for (const side of sides) report.commands.add(showNode(bench[side]))
    const throughputRows: string[][] = []
    const lagRows: string[][] = []
    for (const side of sides) {
      const nodes: Partial<Record<Run | 'replica', RunningServer>> = {}
      try {
        for (const role of ['alone', 'followed', 'replica'] as const) nodes[role] = await startNode(bench[side])
        const { rows, writesPerSecond } = await throughput(bench, report, side, nodes as Nodes)
        throughputRows.push(...rows)
        lagRows.push(await lag(bench, report, side, nodes as Nodes, writesPerSecond / 2))
      } finally {
        await Promise.all(Object.values(nodes).map((node) => node.stop()))
      }
    }
    showThroughput(report, throughputRows)
    showLag(report, lagRows)
    await fullResyncs(bench, report)
  },
}

async function throughput(
  bench: Bench,
  report: Report,
  side: Side,
  nodes: Nodes,
): Promise<{ readonly rows: string[][]; readonly writesPerSecond: number }> {
  for (const run of ['alone', 'followed'] as const) await loadKeys(nodes[run].client, keys, 64)
  await follow(nodes.replica, nodes.followed)
  const rows: string[][] = []
  let writesPerSecond = 0
  for (const pipeline of [1, 16]) {
    bench.progress(`replication: ${side}, writes with a replica, P=${pipeline}`)
    const full = { 1: 120_000, 16: 1_500_000 }[pipeline] as number
    const load: Load = { test: 'set', requests: bench.quick ? full / 40 : full, pipeline, keys, valueBytes: 64 }
    report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${loadArguments(load).join(' ')}`)
    const behindMs: number[] = []
    const run = async (which: Run): ReturnType<typeof runLoad> => {
      const sample = await runLoad(nodes[which], load)
      if (which === 'followed') behindMs.push(await caughtUp(nodes.followed))
      return sample
    }
    for (const which of ['alone', 'followed'] as const) await run(which) // warm
    const rounds = await interleave<Run, LoadMetric>(['alone', 'followed'], bench.rounds, run)
    rows.push(throughputRow(report, side, pipeline, rounds, behindMs))
    writesPerSecond = spread(rounds.followed.rps).median
  }
  await stillFollows(nodes.followed)
  return { rows, writesPerSecond }
}

function throughputRow(
  report: Report,
  side: Side,
  pipeline: number,
  { alone, followed }: Rounds<Run, LoadMetric>,
  behindMs: readonly number[],
): string[] {
  const rate = ratios(followed.rps, alone.rps)
  const target = side === 'truedis' ? targets.followedWrites : null
  return [
    shown[side],
    String(pipeline),
    showCount(spread(alone.rps).median),
    showCount(spread(followed.rps).median),
    showSpread(rate),
    ...report.judge(`P=${pipeline} SET with a replica, requests/s`, rate.median, target),
    showSpread(ratios(followed.cpuMicros, alone.cpuMicros)),
    showSpread(spread(behindMs), 1),
  ]
}

function showThroughput(report: Report, rows: readonly string[][]): void {
  report.text(
    `SET of 64 B over ${showCount(keys)} keys, 50 clients, on a server with one replica of its kind and on one without: ratios with / without. The ` +
      'replica takes part of the same processors. *cpuX*: processor time of the primary a request; *behind*: what the replica needs to have ' +
      'everything after the last reply.',
  )
  report.table(['servers', 'P', 'req/s without', 'req/s with', 'ratio', ...judgedColumns, 'cpuX', 'behind ms'], rows)
}

/** How long a write takes to be seen on the replica, while others are written at a pace. */
async function lag(
  bench: Bench,
  report: Report,
  side: Side,
  { followed, replica }: Nodes,
  requestsPerSecond: number,
): Promise<string[]> {
  bench.progress(`replication: ${side}, lag at ${showCount(requestsPerSecond)} writes/s`)
  const writer = new Program<PacedWriterQuestions>('paced-writer')
  const [writing, reading] = [await RespClient.connect(followed.port), await RespClient.connect(replica.port)]
  try {
    const load = { requestsPerSecond, pipeline: 16, clients: 50, keys, valueBytes: 64 }
    await writer.ask('start', { port: followed.port, ...load })
    await watchLag(writing, reading, bench.quick ? 20 : 500) // warm
    const seen = await watchLag(writing, reading, bench.quick ? 50 : 1000 * bench.rounds)
    const written = await writer.ask('stop', null)
    await stillFollows(followed)
    const replied = seen.map(({ repliedMs }) => repliedMs)
    const lags = seen.map(({ shownMs }) => shownMs)
    const p99 = percentile(lags, 99)
    return [
      shown[side],
      showCount(written),
      showCount(seen.length),
      percentile(replied, 50).toFixed(2),
      percentile(replied, 99).toFixed(2),
      percentile(lags, 50).toFixed(2),
      p99.toFixed(2),
      ...report.judge('replica lag p99', p99, side === 'truedis' ? targets.replicaLagMs : null),
      percentile(lags, 100).toFixed(2),
    ]
  } finally {
    writing.close()
    reading.close()
    await writer.stop()
  }
}

function showLag(report: Report, rows: readonly string[][]): void {
  report.text(
    'Lag at half the rate of the table above (P=16): from the writing of a request of a client of its own to the reply of the replica that shows ' +
      'its effect, and beside it to the reply of the primary. Both hold the way through the server and its queue.',
  )
  report.table(
    ['servers', 'writes/s', 'samples', 'reply p50 ms', 'p99 ms', 'lag p50 ms', 'p99 ms', ...judgedColumns, 'max ms'],
    rows,
  )
}

/** How long a replica with nothing takes until it has everything. */
async function fullResyncs(bench: Bench, report: Report): Promise<void> {
  const count = bench.quick ? 50_000 : 5_000_000
  const primaries = {} as Record<Side, RunningServer>
  try {
    for (const side of sides) {
      bench.progress(`replication: ${showCount(count)} keys into ${side}`)
      primaries[side] = await startNode(bench[side])
      await loadRandomValues(primaries[side].client, count, 64)
    }
    const ways = sides.flatMap((from) => sides.map((to) => `${from} ${to}` as const))
    const rounds = await interleave<(typeof ways)[number], 'ms'>(ways, bench.rounds, async (way) => {
      bench.progress(`replication: full resync, ${way.replace(' ', ' to ')}`)
      const [from, to] = way.split(' ') as [Side, Side]
      return { ms: await fullResync(bench, primaries[from], to, count) }
    })
    const base = rounds['redis redis'].ms
    report.text(
      `Full resync of ${showCount(count)} keys of 16 + 64 B: from REPLICAOF on an empty server to \`master_link_status:up\`, ` +
        '`repl-diskless-sync-delay 0`, all else by default; nothing else to do. Ratios to Redis on both sides.',
    )
    report.table(
      ['primary', 'replica', 's', 'ratio'],
      ways.map((way) => {
        const [from, to] = way.split(' ') as [Side, Side]
        const { ms } = rounds[way]
        return [shown[from], shown[to], (spread(ms).median / 1000).toFixed(2), showSpread(ratios(ms, base))]
      }),
    )
  } finally {
    await Promise.all(Object.values(primaries).map((primary) => primary.stop()))
  }
}

async function fullResync(bench: Bench, primary: RunningServer, to: Side, count: number): Promise<number> {
  const replica = await startNode(bench[to])
  try {
    const startedMs = performance.now()
    await follow(replica, primary)
    const tookMs = performance.now() - startedMs
    const arrived = await replica.client.call('DBSIZE')
    if (arrived !== count) throw new Error(`${String(arrived)} keys arrived, not ${count}`)
    return tookMs
  } finally {
    await replica.stop()
  }
}
