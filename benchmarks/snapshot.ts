import { setTimeout as delay } from 'node:timers/promises'
import { infoNumber } from './lib/info.js'
import { interleave } from './lib/interleave.js'
import { peakWhile } from './lib/memory-watch.js'
import { phase, showPhases, type Phase, type ProbeServer } from './lib/phases.js'
import { residentBytes } from './lib/process-stats.js'
import { Program } from './lib/programs.js'
import type { Bench, Question } from './lib/question.js'
import { loadArguments } from './lib/redis-benchmark.js'
import { judgedColumns, showSpread, type Report } from './lib/report.js'
import { RespClient } from './lib/resp-client.js'
import { removeScratch, scratchDirectory } from './lib/scratch.js'
import { showCommand, startServer, type RunningServer } from './lib/servers.js'
import { datasets, saveInBackground, type Dataset } from './lib/snapshots.js'
import { spread, ratios } from './lib/statistics.js'
import { SteadyLoad } from './lib/steady-load.js'
import { targets } from './lib/targets.js'

type Side = 'redis' | 'truedis'
type Metric = 'idleMs' | 'busyMs' | 'idleExtraPercent' | 'busyExtraPercent' | 'keptRate' | 'forkMs'

const sides: readonly Side[] = ['redis', 'truedis']

/** Snapshots in the background: how long, how much memory, how long nothing else happens. */
export const snapshot: Question = {
  title: 'Snapshots in the background',
  async answer(bench, report) {
    const saved = datasets(bench.quick ? 50_000 : 5_000_000)
    for (const { writes } of saved) {
      const shown = loadArguments({ ...writes, requests: 0 })
        .join(' ')
        .replace('-n 0', '-n <many>')
      report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${shown}`)
    }
    const rows: string[][] = []
    for (const dataset of saved) rows.push(...(await besideRedis(bench, report, dataset)))
    report.text(
      'BGSAVE of a server that has nothing else to do, and of one that redis-benchmark writes to, over all that is saved, 50 clients and P=16. ' +
        '*Extra memory*, in percent of what was resident: of Truedis the most by which RSS grew beyond what it was before (under load, beyond ' +
        'its most under the same load without a snapshot), of Redis the pages that its child and it no longer share (`rdb_last_cow_size`). ' +
        '*Rate kept*: requests/s meanwhile, of those without a snapshot. *Fork*: `latest_fork_usec`, during which Redis does nothing else.',
    )
    report.table(
      [
        'saved',
        'load',
        'Redis s',
        'Truedis s',
        'ratio',
        'Redis extra %',
        'Truedis extra %',
        ...judgedColumns,
        'Redis rate kept',
        'Truedis rate kept',
        'Redis fork ms',
      ],
      rows,
    )
    for (const dataset of saved) await turns(bench, report, dataset)
  },
}

async function besideRedis(bench: Bench, report: Report, dataset: Dataset): Promise<string[][]> {
  const directory = scratchDirectory()
  const servers = {} as Record<Side, RunningServer>
  try {
    for (const side of sides) {
      bench.progress(`snapshot: ${dataset.name} into ${side}`)
      const extra = ['--dir', directory, '--dbfilename', `${side}.rdb`]
      servers[side] = await startServer(bench[side], extra)
      report.commands.add(showCommand(bench[side], ['--dir', '<dir>', '--dbfilename', `${side}.rdb`]))
      await dataset.fill(servers[side].client)
    }
    for (const side of sides) await saveInBackground(servers[side].client) // warm
    const rounds = await interleave<Side, Metric>(sides, bench.rounds, (side) => {
      bench.progress(`snapshot: ${dataset.name} of ${side}`)
      return sample(servers[side], side, dataset, bench.quick ? 300 : 3000)
    })
    return [false, true].map((isBusy) => row(report, dataset, isBusy, rounds))
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()))
    removeScratch(directory)
  }
}

async function sample(
  server: RunningServer,
  side: Side,
  dataset: Dataset,
  loadMs: number,
): Promise<Record<Metric, number>> {
  const { client, pid } = server
  const restBytes = residentBytes(pid)
  let idleMs = 0
  const idlePeak = await peakWhile(pid, async () => (idleMs = await saveInBackground(client)))
  const idleCow = await copiedBytes(client, side)
  const load = new SteadyLoad(server.port, dataset.writes)
  await delay(loadMs / 3) // until it has connected, and the server is warm
  let freeRate = 0
  const loadPeak = await peakWhile(pid, async () => (freeRate = await rateWhile(client, () => delay(loadMs))))
  let busyMs = 0
  let busyRate = 0
  const busyPeak = await peakWhile(pid, async () => {
    busyRate = await rateWhile(client, async () => (busyMs = await saveInBackground(client)))
  })
  const busyCow = await copiedBytes(client, side)
  await load.stop()
  const percent = (bytes: number): number => (Math.max(0, bytes) / restBytes) * 100
  return {
    idleMs,
    busyMs,
    idleExtraPercent: percent(idleCow ?? idlePeak - restBytes),
    busyExtraPercent: percent(busyCow ?? busyPeak - loadPeak),
    keptRate: busyRate / freeRate,
    forkMs: side === 'redis' ? (await infoNumber(client, 'stats', 'latest_fork_usec')) / 1000 : 0,
  }
}

/** What Redis's child made it copy; null of a server that does not fork. */
function copiedBytes(client: RespClient, side: Side): Promise<number> | null {
  return side === 'redis' ? infoNumber(client, 'persistence', 'rdb_last_cow_size') : null
}

/** Requests a second that a server executes while something goes on. */
async function rateWhile(client: RespClient, run: () => Promise<unknown>): Promise<number> {
  const executed = (): Promise<number> => infoNumber(client, 'stats', 'total_commands_processed')
  const before = await executed()
  const startedMs = performance.now()
  await run()
  return ((await executed()) - before) / ((performance.now() - startedMs) / 1000)
}

function row(
  report: Report,
  { name }: Dataset,
  isBusy: boolean,
  { redis, truedis }: Awaited<ReturnType<typeof interleave<Side, Metric>>>,
): string[] {
  const time = isBusy ? 'busyMs' : 'idleMs'
  const extra = isBusy ? 'busyExtraPercent' : 'idleExtraPercent'
  const load = isBusy ? 'writes' : 'none'
  const seconds = (values: readonly number[]): string => (spread(values).median / 1000).toFixed(2)
  const most = spread(truedis[extra]).max
  return [
    name,
    load,
    seconds(redis[time]),
    seconds(truedis[time]),
    showSpread(ratios(truedis[time], redis[time])),
    showSpread(spread(redis[extra]), 1),
    showSpread(spread(truedis[extra]), 1),
    ...report.judge(`extra memory of a snapshot, ${name}, load: ${load}`, most, targets.snapshotMemoryPercent),
    isBusy ? showSpread(spread(redis.keptRate)) : '',
    isBusy ? showSpread(spread(truedis.keptRate)) : '',
    showSpread(spread(redis.forkMs), 1),
  ]
}

/** The longest times between two turns of the loop, seen from within. */
async function turns(bench: Bench, report: Report, dataset: Dataset): Promise<void> {
  bench.progress(`snapshot: loop turns, ${dataset.name}`)
  const directory = scratchDirectory()
  const probe: ProbeServer = new Program('probe-server')
  try {
    const { port } = await probe.ask('start', { options: { dir: directory } })
    const client = await RespClient.connect(port)
    await dataset.fill(client)
    await probe.ask('watchTurns', true)
    const measured = await turnPhases(bench, probe, client, port, dataset)
    client.close()
    report.text(`Longest times between two turns of the loop, ${dataset.name}, as in "Stalls":`)
    showPhases(report, dataset.name, targets.snapshotTurnMs, measured)
  } finally {
    await probe.stop()
    removeScratch(directory)
  }
}

async function turnPhases(
  bench: Bench,
  probe: ProbeServer,
  client: RespClient,
  port: number,
  { writes }: Dataset,
): Promise<Phase[]> {
  const snapshots = async (): Promise<void> => {
    for (let round = 0; round < bench.rounds; round++) await saveInBackground(client)
  }
  const loadMs = bench.quick ? 300 : 10_000
  await saveInBackground(client) // warm
  const idle = await phase(probe, `${bench.rounds} × BGSAVE`, snapshots)
  const load = new SteadyLoad(port, writes)
  await delay(loadMs / 3)
  const control = await phase(probe, 'writes alone', () => delay(loadMs))
  const busy = await phase(probe, `${bench.rounds} × BGSAVE under writes`, snapshots)
  await load.stop()
  return [idle, { ...control, isControl: true }, busy]
}
