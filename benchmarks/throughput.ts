import { interleave, type Rounds } from './lib/interleave.js'
import { loadKeys } from './lib/loads.js'
import { type Bench, type Question } from './lib/question.js'
import { loadArguments, runLoad, type Load, type LoadMetric } from './lib/redis-benchmark.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { startServer, showCommand, type RunningServer } from './lib/servers.js'
import { ratios, spread } from './lib/statistics.js'
import { targets, throughputTarget, type Target } from './lib/targets.js'

type Side = 'truedis' | 'redis'
type Servers = Readonly<Record<Side, RunningServer>>

interface Measured {
  readonly command: string
  readonly pipeline: number
  readonly valueBytes: number | null
  readonly rounds: Rounds<Side, LoadMetric>
}

const commands = ['GET', 'SET', 'INCR', 'HSET', 'MSET'] as const
const sides: readonly Side[] = ['redis', 'truedis']
const keys = 100_000

/** Requests that take Redis about a second, so that start-up and the clock's steps disappear. */
const requestsByPipeline: Readonly<Record<number, number>> = { 1: 120_000, 16: 1_000_000, 64: 1_500_000 }

/** Requests a second, server processor time a request, and latencies, against redis-server. */
export const throughput: Question = {
  title: 'Throughput, processor time and latency',
  async answer(bench, report) {
    const servers = { redis: await startServer(bench.redis), truedis: await startServer(bench.truedis) }
    try {
      const measured = await measureAll(bench, report, servers)
      show(report, measured)
    } finally {
      await Promise.all(sides.map((side) => servers[side].stop()))
    }
  },
}

async function measureAll(bench: Bench, report: Report, servers: Servers): Promise<Measured[]> {
  const measured: Measured[] = []
  for (const side of sides) report.commands.add(showCommand(bench[side]))
  for (const valueBytes of bench.quick ? [3] : [3, 64, 1024]) {
    for (const side of sides) {
      await servers[side].client.call('FLUSHALL')
      await loadKeys(servers[side].client, keys, valueBytes)
    }
    for (const pipeline of [1, 16, 64]) {
      for (const command of commands) {
        if (command === 'INCR' && valueBytes !== 3) continue // its value has no size
        const load = loadOf(bench, command, pipeline, valueBytes)
        bench.progress(`throughput: ${command} P=${pipeline} ${valueBytes} B`)
        report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${loadArguments(load).join(' ')}`)
        for (const side of sides) await runLoad(servers[side], { ...load, requests: Math.ceil(load.requests / 4) })
        const rounds = await interleave(sides, bench.rounds, (side) => runLoad(servers[side], load))
        measured.push({ command, pipeline, valueBytes: command === 'INCR' ? null : valueBytes, rounds })
      }
    }
  }
  return measured
}

function loadOf(bench: Bench, command: string, pipeline: number, valueBytes: number): Load {
  const full = requestsByPipeline[pipeline] / (command === 'MSET' ? 5 : 1)
  const requests = bench.quick ? full / 20 : full
  return { test: command.toLowerCase(), requests, pipeline, keys, valueBytes }
}

function show(report: Report, measured: readonly Measured[]): void {
  report.text(
    'Ratios Truedis / Redis of runs in the same round, median (min-max). *cpuX* is server processor time a request. ' +
      'MSET sets ten keys. 100,000 keys are resident; HSET writes one hash of as many fields.',
  )
  report.table(
    ['P', 'command', 'value', 'Redis req/s', 'Truedis req/s', 'ratio', ...judgedColumns, 'cpuX', ...judgedColumns],
    measured.map((entry) => throughputRow(report, entry)),
  )
  report.text(
    'Latency of a pipeline, Truedis / Redis; in brackets Truedis in ms. The targets are for the p99 at P=16 and 64.',
  )
  report.table(
    ['P', 'command', 'value', 'p50', 'p99', ...judgedColumns, 'p99.9', 'max'],
    measured.map((entry) => latencyRow(report, entry)),
  )
}

function throughputRow(report: Report, { command, pipeline, valueBytes, rounds }: Measured): string[] {
  const { truedis, redis } = rounds
  const rate = ratios(truedis.rps, redis.rps)
  const cpu = ratios(truedis.cpuMicros, redis.cpuMicros)
  const name = nameOf(command, pipeline, valueBytes)
  const cpuTarget = pipeline === 1 && (command === 'GET' || command === 'SET') ? targets.cpuUnpipelined : null
  return [
    ...head(command, pipeline, valueBytes),
    showCount(spread(redis.rps).median),
    showCount(spread(truedis.rps).median),
    showSpread(rate),
    ...report.judge(`${name} requests/s`, rate.median, throughputTarget(command, pipeline)),
    showSpread(cpu),
    ...report.judge(`${name} cpuX`, cpu.median, cpuTarget),
  ]
}

function latencyRow(report: Report, { command, pipeline, valueBytes, rounds }: Measured): string[] {
  const { truedis, redis } = rounds
  const cell = (metric: LoadMetric): string =>
    `${showSpread(ratios(truedis[metric], redis[metric]))} [${spread(truedis[metric]).median.toFixed(2)}]`
  const p99 = ratios(truedis.p99Ms, redis.p99Ms).median
  const target: Target | null = pipeline === 1 ? null : targets.p99Pipelined
  const judged = report.judge(`${nameOf(command, pipeline, valueBytes)} p99`, p99, target)
  return [
    ...head(command, pipeline, valueBytes),
    cell('p50Ms'),
    cell('p99Ms'),
    ...judged,
    cell('p999Ms'),
    cell('maxMs'),
  ]
}

function head(command: string, pipeline: number, valueBytes: number | null): string[] {
  return [String(pipeline), command, valueBytes === null ? '' : `${valueBytes} B`]
}

function nameOf(command: string, pipeline: number, valueBytes: number | null): string {
  return `P=${pipeline} ${command}${valueBytes === null ? '' : ` ${valueBytes} B`}`
}
