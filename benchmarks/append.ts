import { interleave, type Rounds } from './lib/interleave.js'
import { infoNumber, until } from './lib/info.js'
import { loadKeys } from './lib/loads.js'
import type { Bench, Question } from './lib/question.js'
import { loadArguments, runLoad, type Load, type LoadMetric } from './lib/redis-benchmark.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { removeScratch, scratchDirectory } from './lib/scratch.js'
import { showCommand, startServer, type RunningServer } from './lib/servers.js'
import { ratios, spread } from './lib/statistics.js'
import { targets } from './lib/targets.js'

type Side = 'redis' | 'truedis'
type Setting = 'no' | 'everysec' | 'always'

const sides: readonly Side[] = ['redis', 'truedis']
const keys = 100_000

/** Requests by setting and pipeline: about a second each where a disk takes its time for an fsync. */
const requests: Readonly<Record<Setting, Readonly<Record<number, number>>>> = {
  no: { 1: 120_000, 16: 1_000_000 },
  everysec: { 1: 120_000, 16: 1_000_000 },
  always: { 1: 40_000, 16: 400_000 },
}

/** Writes a second with an append-only file. */
export const append: Question = {
  title: 'Writes with an append-only file',
  async answer(bench, report) {
    const rows: string[][] = []
    for (const setting of ['no', 'everysec', 'always'] as const)
      rows.push(...(await writesWith(bench, report, setting)))
    report.text(
      `SET of 64 B over ${showCount(keys)} keys, 50 clients, each side with the same setting (no: \`appendonly no\`). Files grow without being ` +
        'rewritten. *cpuX*: processor time of the process a request, all its threads; p99 of a pipeline, in brackets Truedis in ms.',
    )
    report.table(
      ['appendfsync', 'P', 'Redis req/s', 'Truedis req/s', 'ratio', ...judgedColumns, 'cpuX', 'p99', 'max'],
      rows,
    )
  },
}

async function writesWith(bench: Bench, report: Report, setting: Setting): Promise<string[][]> {
  const directories = { redis: scratchDirectory(), truedis: scratchDirectory() }
  const servers = {} as Record<Side, RunningServer>
  try {
    for (const side of sides) {
      servers[side] = await startServer(bench[side], argumentsOf(setting, directories[side]))
      report.commands.add(showCommand(bench[side], argumentsOf(setting, '<dir>')))
      await loadKeys(servers[side].client, keys, 64)
      if (setting !== 'no') await until(() => isQuiet(servers[side]))
    }
    const rows: string[][] = []
    for (const pipeline of [1, 16]) {
      bench.progress(`append: ${setting}, P=${pipeline}`)
      const full = requests[setting][pipeline]
      const load: Load = { test: 'set', requests: bench.quick ? full / 40 : full, pipeline, keys, valueBytes: 64 }
      report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${loadArguments(load).join(' ')}`)
      for (const side of sides) await runLoad(servers[side], { ...load, requests: Math.ceil(load.requests / 4) })
      const rounds = await interleave(sides, bench.rounds, (side) => runLoad(servers[side], load))
      rows.push(row(report, setting, pipeline, rounds))
    }
    return rows
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()))
    for (const side of sides) removeScratch(directories[side])
  }
}

function argumentsOf(setting: Setting, directory: string): string[] {
  const common = ['--dir', directory]
  if (setting === 'no') return common
  return [...common, '--appendonly', 'yes', '--appendfsync', setting, '--auto-aof-rewrite-percentage', '0']
}

/** Whether writes go to the file and nothing rewrites it. */
async function isQuiet({ client }: RunningServer): Promise<boolean> {
  const enabled = await infoNumber(client, 'persistence', 'aof_enabled')
  if (enabled !== 1) throw new Error('the server appends to no file')
  return (await infoNumber(client, 'persistence', 'aof_rewrite_in_progress')) === 0
}

function row(
  report: Report,
  setting: Setting,
  pipeline: number,
  { redis, truedis }: Rounds<Side, LoadMetric>,
): string[] {
  const rate = ratios(truedis.rps, redis.rps)
  const target = setting === 'no' ? null : targets.appendedWrites
  const cell = (metric: LoadMetric): string =>
    `${showSpread(ratios(truedis[metric], redis[metric]))} [${spread(truedis[metric]).median.toFixed(2)}]`
  return [
    setting,
    String(pipeline),
    showCount(spread(redis.rps).median),
    showCount(spread(truedis.rps).median),
    showSpread(rate),
    ...report.judge(`P=${pipeline} SET, appendfsync ${setting}, requests/s`, rate.median, target),
    showSpread(ratios(truedis.cpuMicros, redis.cpuMicros)),
    cell('p99Ms'),
    cell('maxMs'),
  ]
}
