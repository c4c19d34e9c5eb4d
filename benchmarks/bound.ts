import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { interleave, type Rounds } from './lib/interleave.js'
import { keyAt, loadKeys, readKeys, valueOf } from './lib/loads.js'
import { Program } from './lib/programs.js'
import type { Bench, Question } from './lib/question.js'
import { loadArguments, runLoad, type LoadMetric } from './lib/redis-benchmark.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { showCommand, startServer, type RunningServer } from './lib/servers.js'
import { ratios } from './lib/statistics.js'
import { targets, type Target } from './lib/targets.js'
import { validated } from './lib/validated-reads.js'
import type { ProbeQuestions } from './programs/probe-server.js'

/** `plain` twice: what two equal processes differ by is the noise that the other ratios have to be read with. */
const sides = ['plain', 'control', 'bound', 'beside'] as const
type Side = (typeof sides)[number]

const keys = 100_000
const prefixes: Readonly<Record<Side, string>> = { plain: 'key', control: 'key', bound: 'bnd', beside: 'key' }
const compared: readonly (readonly [side: Side, what: string, target: Target | null])[] = [
  ['bound', 'fresh bound read', targets.freshBoundRead],
  ['beside', 'plain GET, 20 origins configured', targets.plainReadBesideOrigins],
  ['control', 'plain GET, an equal process (the noise)', null],
]

/** What an origin costs: a fresh bound read, the plain GET beside routes, a read that is validated each time. */
export const bound: Question = {
  title: 'Bound reads',
  async answer(bench, report) {
    const folder = await mkdtemp(join(tmpdir(), 'truedis-bench-'))
    try {
      const file = join(folder, 'origin.json')
      const value = valueOf(64)
      const entries = Array.from({ length: keys }, (_, index) => [keyAt(index, 'bnd'), value])
      await writeFile(file, JSON.stringify(Object.fromEntries(entries)))
      await overSockets(bench, report, file)
      await inProcess(bench, report, file)
    } finally {
      await rm(folder, { recursive: true })
    }
    await validated(bench, report)
  },
}

/** Ten patterns that begin as the plain keys do, ten that do not: none of them matches. */
function besidePatterns(): string[] {
  return Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? `key${index}:*` : `other${index}:*`))
}

function originArguments(side: Side, file: string): string[] {
  const origin = (name: string, pattern: string): string[] => [
    '--origin',
    name,
    pattern,
    `file:${file}`,
    'validate',
    '1h',
  ]
  if (side === 'bound') return origin('bound', 'bnd:*')
  if (side === 'beside') return besidePatterns().flatMap((pattern, index) => origin(`o${index}`, pattern))
  return []
}

async function overSockets(bench: Bench, report: Report, file: string): Promise<void> {
  const servers = {} as Record<Side, RunningServer>
  try {
    for (const side of sides) {
      const extra = originArguments(side, file)
      servers[side] = await startServer(bench.truedis, extra)
      report.commands.add(showCommand(bench.truedis, originArguments(side, '<file>')))
      if (side === 'bound') await readKeys(servers[side].client, keys, 'bnd')
      else await loadKeys(servers[side].client, keys, 64)
    }
    const rows: string[][] = []
    for (const pipeline of [1, 64]) {
      bench.progress(`bound: P=${pipeline}`)
      const rounds = await readRounds(bench, report, servers, pipeline)
      for (const [side, what, target] of compared) rows.push(socketRow(report, pipeline, what, target, rounds, side))
    }
    report.text(
      `Time and server processor time of a read, against a plain GET on a process without origins; ${keys} keys of 16 + 64 B in each, ` +
        'interleaved, median (min-max) of three times the rounds. Bound keys come from a file under `validate 1h`, all fresh.',
    )
    report.table(['P', 'read', 'time', ...judgedColumns, 'cpuX'], rows)
  } finally {
    await Promise.all(Object.values(servers).map((server) => server.stop()))
  }
}

/** Three times the rounds of other questions: the effect is a hundredth. */
async function readRounds(
  bench: Bench,
  report: Report,
  servers: Readonly<Record<Side, RunningServer>>,
  pipeline: number,
): Promise<Rounds<Side, LoadMetric>> {
  const requests = (pipeline === 1 ? 120_000 : 1_500_000) / (bench.quick ? 20 : 1)
  const run = (side: Side): ReturnType<typeof runLoad> => {
    const load = { test: ['GET', `${prefixes[side]}:__rand_int__`], requests, pipeline, keys }
    report.commands.add(`redis-benchmark -h 127.0.0.1 -p <port> ${loadArguments(load).join(' ')}`)
    return runLoad(servers[side], load)
  }
  for (const side of sides) await run(side)
  return interleave(sides, bench.quick ? 1 : bench.rounds * 3, run)
}

function socketRow(
  report: Report,
  pipeline: number,
  what: string,
  target: Target | null,
  rounds: Rounds<Side, LoadMetric>,
  side: Side,
): string[] {
  const time = ratios(rounds.plain.rps, rounds[side].rps)
  const cpu = ratios(rounds[side].cpuMicros, rounds.plain.cpuMicros)
  const judged = report.judge(`${what}, P=${pipeline}`, time.median, target)
  return [String(pipeline), what, showSpread(time, 3), ...judged, showSpread(cpu, 3)]
}

async function inProcess(bench: Bench, report: Report, file: string): Promise<void> {
  bench.progress('bound: in process')
  const programs = {} as Record<Side, Program<ProbeQuestions>>
  const reads = bench.quick ? 64_000 : 320_000
  const url = `file:${file}`
  try {
    for (const side of sides) {
      programs[side] = new Program('probe-server')
      const origins = besidePatterns().map((pattern, index) => ({ name: `o${index}`, pattern, url, validate: '1h' }))
      const options = side === 'beside' ? { options: { origins } } : side === 'bound' ? { boundValueBytes: 64 } : {}
      await programs[side].ask('start', options)
      if (side !== 'bound') await programs[side].ask('fill', { count: keys, valueBytes: 64 })
    }
    const run = async (side: Side): Promise<{ nanos: number }> => ({
      nanos: await programs[side].ask('timeReads', { prefix: prefixes[side], keys, reads }),
    })
    for (const side of sides) for (let i = 0; i < 2; i++) await run(side) // compiles, and fills what is bound
    const rounds = await interleave(sides, bench.quick ? 1 : bench.rounds * 2, run)
    report.text(`The same through \`server.call\`, without sockets, ${showCount(reads)} reads a run:`)
    report.table(
      ['read', 'time', ...judgedColumns],
      compared.map(([side, what, target]) => {
        const time = ratios(rounds[side].nanos, rounds.plain.nanos)
        return [what, showSpread(time, 3), ...report.judge(`${what}, in process`, time.median, target)]
      }),
    )
  } finally {
    await Promise.all(Object.values(programs).map((program) => program.stop()))
  }
}
