import { copyFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { interleave, type Rounds } from './lib/interleave.js'
import { timedMs } from './lib/info.js'
import { cpuSeconds } from './lib/process-stats.js'
import type { Bench, Question } from './lib/question.js'
import { judgedColumns, showSpread, type Report } from './lib/report.js'
import { removeScratch, scratchDirectory } from './lib/scratch.js'
import { showCommand, startServer, type CommandTemplate } from './lib/servers.js'
import { datasets, saveInBackground, type Dataset } from './lib/snapshots.js'
import { ratios, spread } from './lib/statistics.js'
import { targets } from './lib/targets.js'

type Side = 'redis' | 'truedis'
type Metric = 'readyMs' | 'cpuMs'

const sides: readonly Side[] = ['redis', 'truedis']

/** How long a server takes from the start of its process to its first reply, with a snapshot to load. */
export const load: Question = {
  title: 'Start with a snapshot',
  async answer(bench, report) {
    const saved = datasets(bench.quick ? 50_000 : 5_000_000)
    const rows: string[][] = []
    for (const dataset of saved) {
      for (const writer of sides) rows.push(await loadOf(bench, report, dataset, writer, dataset === saved[0]))
    }
    report.text(
      'From the start of the process to its first reply that is not `-LOADING`; each server loads the same file, written by one of them. ' +
        '*cpuX*: processor time of the process until then, Truedis / Redis.',
    )
    report.table(['loaded', 'written by', 'MB', 'Redis s', 'Truedis s', 'ratio', ...judgedColumns, 'cpuX'], rows)
  },
}

async function loadOf(
  bench: Bench,
  report: Report,
  dataset: Dataset,
  writer: Side,
  isJudged: boolean,
): Promise<string[]> {
  const directories = { redis: scratchDirectory(), truedis: scratchDirectory() }
  try {
    bench.progress(`load: ${dataset.name}, written by ${writer}`)
    await write(bench[writer], directories[writer], dataset)
    const file = (side: Side): string => join(directories[side], 'dump.rdb')
    for (const side of sides) if (side !== writer) copyFileSync(file(writer), file(side))
    for (const side of sides) {
      report.commands.add(showCommand(bench[side], ['--dir', '<dir>']))
      await start(bench[side], directories[side], dataset.keys) // the file is in the page cache from here on
    }
    const rounds = await interleave<Side, Metric>(sides, bench.rounds, (side) =>
      start(bench[side], directories[side], dataset.keys),
    )
    return row(report, dataset, writer, statSync(file(writer)).size, rounds, isJudged)
  } finally {
    for (const side of sides) removeScratch(directories[side])
  }
}

async function write(template: CommandTemplate, directory: string, dataset: Dataset): Promise<void> {
  const server = await startServer(template, ['--dir', directory])
  try {
    await dataset.fill(server.client)
    await saveInBackground(server.client)
  } finally {
    await server.stop()
  }
}

async function start(template: CommandTemplate, directory: string, keys: number): Promise<Record<Metric, number>> {
  let server: Awaited<ReturnType<typeof startServer>> | undefined
  try {
    const readyMs = await timedMs(async () => (server = await startServer(template, ['--dir', directory], 120_000)))
    if (server === undefined) throw new Error('unreachable')
    const cpuMs = cpuSeconds(server.pid) * 1000
    const loaded = await server.client.call('DBSIZE')
    if (loaded !== keys) throw new Error(`${String(loaded)} keys were loaded, not ${keys}`)
    return { readyMs, cpuMs }
  } finally {
    await server?.stop()
  }
}

function row(
  report: Report,
  { name }: Dataset,
  writer: Side,
  bytes: number,
  { redis, truedis }: Rounds<Side, Metric>,
  isJudged: boolean,
): string[] {
  const ratio = ratios(truedis.readyMs, redis.readyMs)
  const written = writer === 'redis' ? 'Redis' : 'Truedis'
  const seconds = (values: readonly number[]): string => (spread(values).median / 1000).toFixed(2)
  return [
    name,
    written,
    (bytes / 1e6).toFixed(0),
    seconds(redis.readyMs),
    seconds(truedis.readyMs),
    showSpread(ratio),
    ...report.judge(`load of ${name} written by ${written}`, ratio.median, isJudged ? targets.snapshotLoad : null),
    showSpread(ratios(truedis.cpuMs, redis.cpuMs)),
  ]
}
