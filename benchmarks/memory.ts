import { setTimeout as delay } from 'node:timers/promises'
import { keyAt, loadHashes, loadKeys, loadList, loadSet, loadSortedSet, readKeys, valueOf } from './lib/loads.js'
import { residentBytes } from './lib/process-stats.js'
import { Program } from './lib/programs.js'
import type { Bench, Question } from './lib/question.js'
import { judgedColumns, showCount, type Report } from './lib/report.js'
import { encode, RespClient } from './lib/resp-client.js'
import { showCommand, startServer, type CommandTemplate, type RunningServer } from './lib/servers.js'
import { targets, type Target } from './lib/targets.js'
import type { ProbeQuestions } from './programs/probe-server.js'

interface Case {
  readonly name: string
  /** What the bytes are divided by. */
  readonly items: number
  readonly target: Target | null
  /** Whether used_memory is held against RSS: where V8's own heap is too small a part to matter. */
  readonly judgesUsed: boolean
  load(client: RespClient): Promise<void>
}

interface Growth {
  readonly residentBytes: number
  readonly usedBytes: number
}

const oneDay = ['EX', '86400']

function cases(quick: boolean): Case[] {
  const million = quick ? 20_000 : 1_000_000
  const strings = (name: string, items: number, target: Target | null, ...options: string[]): Case => ({
    name: `${showCount(items)} keys of 16 + 64 B${name}`,
    items,
    target,
    judgesUsed: target !== null,
    load: (client) => loadKeys(client, items, 64, ...options),
  })
  const hashes = (count: number, fields: number, fieldBytes: number, target: Target): Case => ({
    name: `${showCount(count)} × ${showCount(fields)} fields of ${fieldBytes} + 8 B`,
    items: fields < 100 ? count : count * fields,
    target,
    judgesUsed: false,
    load: (client) => loadHashes(client, count, fields, fieldBytes),
  })
  const whole = (name: string, load: (client: RespClient) => Promise<void>): Case => ({
    name: `1 ${name} of ${showCount(million)}`,
    items: million,
    target: targets.collectionMemory,
    judgesUsed: false,
    load,
  })
  return [
    strings('', million, null),
    strings('', 5 * million, targets.keyMemory),
    strings(' with a deadline', million, null, ...oneDay),
    strings(' with a deadline', 5 * million, targets.keyWithDeadlineMemory, ...oneDay),
    hashes(million, 10, 5, targets.smallHashMemory),
    hashes(million / 100, 200, 20, targets.mediumHashMemory),
    hashes(1, 2 * million, 20, targets.largeHashMemory),
    whole('list, 16 B each,', (client) => loadList(client, 'list', million)),
    whole('set, 16 B each,', (client) => loadSet(client, 'set', million)),
    whole('set of integers', (client) => loadSet(client, 'set', million, true)),
    whole('sorted set, 16 B each,', (client) => loadSortedSet(client, 'zset', million)),
  ]
}

/** Resident memory by which a server grows per key, hash or field, and what INFO says of it. */
export const memory: Question = {
  title: 'Memory',
  async answer(bench, report) {
    for (const side of [bench.redis, bench.truedis]) report.commands.add(showCommand(side))
    const rows: string[][] = []
    for (const one of cases(bench.quick)) {
      bench.progress(`memory: ${one.name}`)
      const redis = await growthOf(bench.redis, one)
      const truedis = await growthOf(bench.truedis, one)
      rows.push(row(report, one, redis, truedis))
    }
    report.text(
      'RSS growth of a fresh server in bytes a key (hashes of 10 fields: a hash; larger ones, lists and sets: a field or element), loaded over a socket ' +
        'after its code is warm. *used* is the growth of INFO used_memory, by RSS growth.',
    )
    report.table(
      ['what', 'Redis B', 'Truedis B', 'ratio', ...judgedColumns, 'Redis used', 'Truedis used', ...judgedColumns],
      rows,
    )
    await boundKeys(bench, report)
  },
}

function row(report: Report, { name, items, target, judgesUsed }: Case, redis: Growth, truedis: Growth): string[] {
  const ratio = truedis.residentBytes / redis.residentBytes
  const used = truedis.usedBytes / truedis.residentBytes
  const each = (bytes: number): string => (bytes / items).toFixed(1)
  return [
    name,
    each(redis.residentBytes),
    each(truedis.residentBytes),
    ratio.toFixed(2),
    ...report.judge(`memory of ${name}`, ratio, target),
    (redis.usedBytes / redis.residentBytes).toFixed(2),
    used.toFixed(2),
    ...report.judge(
      `used_memory of ${name}`,
      Math.max(used, 1 / used),
      judgesUsed ? targets.usedMemoryAgreement : null,
    ),
  ]
}

async function growthOf(template: CommandTemplate, one: Case): Promise<Growth> {
  const server = await startServer(template)
  try {
    await warm(server.client)
    const before = await sizeOf(server)
    await one.load(server.client)
    const after = await sizeOf(server)
    return {
      residentBytes: after.residentBytes - before.residentBytes,
      usedBytes: after.usedBytes - before.usedBytes,
    }
  } finally {
    await server.stop()
  }
}

/** Runs every path that a load takes, over a few keys, so that what grows later is data and not compiled code. */
async function warm(client: RespClient, rounds = 100_000): Promise<void> {
  await client.pipeline(rounds, (index) => encode('SET', keyAt(index % 100), valueOf(64), ...(index % 2 ? oneDay : [])))
  await client.pipeline(rounds / 10, (index) => encode('HSET', keyAt(index % 100, 'hsh'), `f${index % 600}`, 'value'))
  await loadList(client, 'warm list', rounds / 5)
  await loadSet(client, 'warm set', rounds / 5)
  await loadSortedSet(client, 'warm sorted set', rounds / 5)
  await client.call('FLUSHALL')
}

/** A second's rest first: a server may still be moving its table or returning memory. */
async function sizeOf({ pid, client }: Pick<RunningServer, 'pid' | 'client'>): Promise<Growth> {
  await delay(1000)
  const info = String(await client.call('INFO', 'memory'))
  const used = /used_memory:(\d+)/.exec(info)
  return { residentBytes: residentBytes(pid), usedBytes: used === null ? NaN : Number(used[1]) }
}

/** Keys that a read filled from an origin in the same process, which holds nothing itself. */
async function boundKeys(bench: Bench, report: Report): Promise<void> {
  const keys = bench.quick ? 20_000 : 1_000_000
  bench.progress(`memory: ${showCount(keys)} bound keys`)
  const program = new Program<ProbeQuestions>('probe-server')
  try {
    const { port } = await program.ask('start', { boundValueBytes: 64 })
    const client = await RespClient.connect(port)
    const size = async (): Promise<Growth> => {
      await program.ask('collectGarbage', null)
      return sizeOf({ pid: program.pid, client })
    }
    await warm(client)
    for (let round = 0; round < 20; round++) {
      await readKeys(client, 1000, 'bnd')
      await client.call('FLUSHALL')
    }
    const before = await size()
    await readKeys(client, keys, 'bnd')
    const after = await size()
    client.close()
    const bytes = (after.residentBytes - before.residentBytes) / keys
    const used = (after.usedBytes - before.usedBytes) / keys
    report.text(
      `A bound key, under an origin in the same process, \`validate 1h\`, ${showCount(keys)} of them, after a collection:`,
    )
    report.table(
      ['what', 'Truedis B', ...judgedColumns, 'used_memory B'],
      [
        [
          '16 + 64 B',
          bytes.toFixed(1),
          ...report.judge('memory of a bound key', bytes, targets.boundKeyBytes),
          used.toFixed(1),
        ],
      ],
    )
  } finally {
    await program.stop()
  }
}
