import { setTimeout as delay } from 'node:timers/promises'
import { infoNumber, timedMs, until } from './lib/info.js'
import { interleave } from './lib/interleave.js'
import { keyAt, loadHashes, loadKeys } from './lib/loads.js'
import { phase, showPhases, type Phase, type ProbeServer } from './lib/phases.js'
import type { Pauses } from './lib/probe.js'
import { Program } from './lib/programs.js'
import type { Bench, Question } from './lib/question.js'
import { loadArguments, runLoad, type Load } from './lib/redis-benchmark.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { RespClient } from './lib/resp-client.js'
import { showCommand, startServer, type RunningServer } from './lib/servers.js'
import { ratios, spread } from './lib/statistics.js'
import { targets, type Target } from './lib/targets.js'

type Fill = (count: number, expireAtMs?: number) => Promise<void>

/** The longest times in which a server does nothing else. */
export const stalls: Question = {
  title: 'Stalls',
  async answer(bench, report) {
    const keys = bench.quick ? 100_000 : 10_000_000
    report.text(
      `The built server embedded in a process with a probe: collections as perf_hooks reports them, loop turns by a chain of ` +
        `\`setImmediate\`, after warm-up. ${showCount(keys)} keys of 16 + 64 B fill, all expire at one moment, fill again, are flushed. ` +
        'The chain makes garbage of its own: small collections in the idle phases are its doing.',
    )
    bench.progress('stalls: over a socket')
    report.text('One client that saturates the server over a socket, up to 20,000 requests unanswered:')
    await phases(report, 'socket', targets.loopTurnMs, (probe, client) =>
      lifeOfKeys(probe, client, keys, (count, expireAtMs) => loadKeys(client, count, 64, ...pxat(expireAtMs))),
    )
    bench.progress('stalls: in process')
    report.text('In process, 64 calls a loop turn, no sockets; a turn is a batch of calls and the jobs beside it:')
    await phases(report, 'in process', targets.batchOrJobMs, async (probe, client) => [
      ...(await lifeOfKeys(probe, client, keys, (count, expireAtMs) =>
        probe.ask('fill', { count, valueBytes: 64, ...(expireAtMs === undefined ? {} : { expireAtMs }) }),
      )),
      ...(await bigDelete(probe, client, keys / 10)),
    ])
    bench.progress('stalls: administration')
    report.text('What an administrator asks for, and what the server does unasked; long jobs go in slices:')
    await phases(report, 'administration', targets.batchOrJobMs, (probe, client) => administration(probe, client, keys))
    await resident(bench, report)
  },
}

function pxat(expireAtMs: number | undefined): string[] {
  return expireAtMs === undefined ? [] : ['PXAT', String(expireAtMs)]
}

/** Runs phases against a probed server of its own, and reports each. */
async function phases(
  report: Report,
  where: string,
  target: Target,
  run: (probe: ProbeServer, client: RespClient) => Promise<Phase[]>,
): Promise<void> {
  const probe: ProbeServer = new Program('probe-server')
  try {
    const { port } = await probe.ask('start', {})
    const client = await RespClient.connect(port)
    await probe.ask('watchTurns', true)
    const measured = await run(probe, client)
    client.close()
    showPhases(report, where, target, measured)
  } finally {
    await probe.stop()
  }
}

async function lifeOfKeys(probe: ProbeServer, client: RespClient, keys: number, fill: Fill): Promise<Phase[]> {
  const warmKeys = Math.min(keys, 300_000)
  const warmedMs = await timedMs(() => fill(warmKeys, Date.now() + 3_600_000))
  await flush(client, 'ASYNC')
  await timedMs(() => fill(warmKeys, Date.now() + 1))
  await untilEmpty(client)
  // Late enough that none expires while filling, even if growth slows it.
  const expireAtMs = Date.now() + Math.ceil((warmedMs * keys * 1.5) / warmKeys) + 2000
  return [
    await phase(probe, 'fill, with a deadline', () => fill(keys, expireAtMs)),
    await phase(probe, 'expire', async () => {
      await delay(Math.max(0, expireAtMs - Date.now() - 10))
      await untilEmpty(client)
    }),
    await phase(probe, 'fill again', () => fill(keys)),
    await phase(probe, 'FLUSHALL ASYNC', () => flush(client, 'ASYNC')),
    await phase(probe, 'fill once more', () => fill(keys)),
    await phase(probe, 'FLUSHALL', () => flush(client)),
  ]
}

/** A hash that is far too large to be freed in one step. */
async function bigDelete(probe: ProbeServer, client: RespClient, fields: number): Promise<Phase[]> {
  await loadHashes(client, 1, fields, 20)
  const rest = (): Promise<void> => delay(1000)
  return [
    await phase(probe, `DEL of a hash of ${showCount(fields)} fields`, async () => {
      await client.call('DEL', keyAt(0, 'hsh'))
      await rest() // what DEL put off runs behind the reply
    }),
  ]
}

/** What INFO counts of the connection that asks for it, at most. */
const askingBytes = 65_536

/** Jobs over all keys. */
async function administration(probe: ProbeServer, client: RespClient, keys: number): Promise<Phase[]> {
  await probe.ask('fill', { count: keys, valueBytes: 64 })
  const used = await infoNumber(client, 'memory', 'used_memory')
  return [
    await phase(probe, 'SCAN of all keys, COUNT 1000', () => scanAll(client)),
    await phase(probe, 'eviction down to a half', async () => {
      await client.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      await client.call('CONFIG', 'SET', 'maxmemory', Math.round(used / 2))
      await until(async () => (await infoNumber(client, 'memory', 'used_memory')) <= used / 2 + askingBytes)
    }),
    await phase(probe, 'fill at the limit', () => probe.ask('fill', { count: keys / 2, valueBytes: 64 })),
    await phase(probe, 'values that change their sizes', async () => {
      await client.call('CONFIG', 'SET', 'maxmemory', 0)
      await probe.ask('fill', { count: keys / 2, valueBytes: 400 })
      await probe.ask('fill', { count: keys / 2, valueBytes: 40 })
    }),
    await phase(probe, 'compaction', async () => {
      await client.call('CONFIG', 'SET', 'active-defrag-ignore-bytes', 1 << 20)
      await client.call('CONFIG', 'SET', 'activedefrag', 'yes')
      await until(async () => (await infoNumber(client, 'memory', 'active_defrag_running')) > 0)
      await until(async () => (await infoNumber(client, 'memory', 'active_defrag_running')) === 0)
    }),
    await phase(probe, 'FLUSHDB beside another database', async () => {
      await client.call('SELECT', 1)
      await client.call('SET', 'k', 'v')
      await client.call('SELECT', 0)
      await client.call('FLUSHDB', 'ASYNC')
      await until(async () => (await infoNumber(client, 'memory', 'lazyfree_pending_objects')) === 0)
    }),
  ]
}

async function scanAll(client: RespClient): Promise<void> {
  let cursor: unknown = '0'
  do [cursor] = (await client.call('SCAN', String(cursor), 'COUNT', 1000)) as [unknown]
  while (cursor !== '0')
}

/** Flushes, and rests while what was flushed is freed behind the reply. */
async function flush(client: RespClient, ...how: string[]): Promise<void> {
  await client.call('FLUSHALL', ...how)
  await delay(1000)
}

const untilEmpty = (client: RespClient): Promise<void> => until(async () => (await client.call('DBSIZE')) === 0, 50)

const residentSides = ['redis', 'truedis'] as const

/** Tail latency against Redis, and collections, while millions of keys lie in memory. */
async function resident(bench: Bench, report: Report): Promise<void> {
  const keys = bench.quick ? 50_000 : 5_000_000
  bench.progress(`stalls: ${showCount(keys)} keys resident`)
  const probe: ProbeServer = new Program('probe-server')
  const redis = await startServer(bench.redis)
  report.commands.add(showCommand(bench.redis))
  try {
    const { port } = await probe.ask('start', {})
    const client = await RespClient.connect(port)
    const truedis: RunningServer = { pid: probe.pid, port, client, stop: async () => client.close() }
    const servers = { redis, truedis }
    for (const side of residentSides) await loadKeys(servers[side].client, keys, 64)
    const rows: string[][] = []
    for (const pipeline of [1, 16, 64]) {
      for (const test of ['get', 'set']) {
        const requests = ({ 1: 120_000, 16: 1_000_000, 64: 2_000_000 }[pipeline] as number) / (bench.quick ? 20 : 1)
        const load: Load = { test, requests, pipeline, keys, valueBytes: 64 }
        report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${loadArguments(load).join(' ')}`)
        for (const side of residentSides) await runLoad(servers[side], load)
        await probe.ask('reset', null)
        const rounds = await interleave(residentSides, bench.rounds, (side) => runLoad(servers[side], load))
        const pauses = await probe.ask('read', null)
        rows.push(residentRow(report, load, rounds, pauses))
      }
    }
    client.close()
    report.text(
      `${showCount(keys)} keys of 16 + 64 B resident, 50 clients; latencies Truedis / Redis, in brackets Truedis in ms. p99.9 is judged at P=1, p99 at 16 and 64.`,
    )
    report.table(
      ['P', 'command', 'p99', 'p99.9', 'max', ...judgedColumns, 'longest GC ms', ...judgedColumns, 'GC ms in all'],
      rows,
    )
  } finally {
    await Promise.all([probe.stop(), redis.stop()])
  }
}

function residentRow(
  report: Report,
  { test, pipeline }: Load,
  { truedis, redis }: Awaited<ReturnType<typeof interleave<'redis' | 'truedis', 'p99Ms' | 'p999Ms' | 'maxMs'>>>,
  pauses: Pauses,
): string[] {
  const command = String(test).toUpperCase()
  const cell = (metric: 'p99Ms' | 'p999Ms' | 'maxMs'): string =>
    `${showSpread(ratios(truedis[metric], redis[metric]))} [${spread(truedis[metric]).median.toFixed(2)}]`
  const judgedMetric = pipeline === 1 ? 'p999Ms' : 'p99Ms'
  const target = pipeline === 1 ? targets.p999Unpipelined : targets.p99Pipelined
  const name = `resident keys, P=${pipeline} ${command}`
  return [
    String(pipeline),
    command,
    cell('p99Ms'),
    cell('p999Ms'),
    cell('maxMs'),
    ...report.judge(
      `${name} ${pipeline === 1 ? 'p99.9' : 'p99'}`,
      ratios(truedis[judgedMetric], redis[judgedMetric]).median,
      target,
    ),
    pauses.gcMaxMs.toFixed(2),
    ...report.judge(`${name} longest GC`, pauses.gcMaxMs, targets.gcPauseMs),
    pauses.gcTotalMs.toFixed(1),
  ]
}
