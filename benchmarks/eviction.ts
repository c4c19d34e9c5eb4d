import { interleave } from './lib/interleave.js'
import { keyAt, valueOf } from './lib/loads.js'
import type { Bench, Question } from './lib/question.js'
import { judgedColumns, showCount, showSpread, type Report } from './lib/report.js'
import { encode } from './lib/resp-client.js'
import { showCommand, startServer, type CommandTemplate, type RunningServer } from './lib/servers.js'
import { median, ratios } from './lib/statistics.js'
import { targets } from './lib/targets.js'
import { Zipf, seeded } from './lib/zipf.js'

const policies = ['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-lfu', 'volatile-random', 'volatile-ttl'] as const // prettier-ignore
type Policy = (typeof policies)[number]

const sides = ['redis', 'truedis'] as const
type Side = (typeof sides)[number]

/** A trace: keys in the order in which they are asked for. */
interface Trace {
  readonly name: string
  readonly keys: Int32Array
  readonly isJudged: boolean
}

interface Size {
  readonly keys: number
  /** Keys for which there is memory. */
  readonly held: number
  readonly requests: number
}

const skew = 0.99
/** Times that the drifting trace changes what is popular. */
const drifts = 10
const valueBytes = 64
const batch = 64
/** Requests that fill the cache before hits are counted. */
const warmUpPart = 0.2

/** How often a cache finds what it is asked for, by policy, beside Redis on the same traces. */
export const eviction: Question = {
  title: 'Eviction',
  async answer(bench, report) {
    const size: Size = bench.quick
      ? { keys: 10_000, held: 1000, requests: 40_000 }
      : { keys: 200_000, held: 20_000, requests: 2_000_000 }
    report.text(
      `GET, and SET where it misses, ${showCount(size.requests)} requests to ${showCount(size.keys)} keys of 16 + 64 B; the first ` +
        `${warmUpPart * 100} % are not counted. Popularity follows Zipf's law with ${skew}; in the drifting trace other keys become the ` +
        `popular ones ${drifts} times. Each server's \`maxmemory\` is what it uses for ${showCount(size.held)} keys, so that both hold as ` +
        'many; keys have a deadline under the volatile policies, drawn by lot. The two run the same traces in turn. The drifting ' +
        'trace has no target: it rewards forgetting, and lfu and ttl forget the less the better they keep to their order.',
    )
    const servers = {
      redis: await start(bench.redis, report),
      truedis: await start(bench.truedis, report),
    }
    try {
      await compare(bench, report, servers, size)
    } finally {
      await Promise.all(sides.map((side) => servers[side].stop()))
    }
  },
}

async function start(template: CommandTemplate, report: Report): Promise<RunningServer> {
  report.commands.add(showCommand(template))
  return startServer(template)
}

async function compare(
  bench: Bench,
  report: Report,
  servers: Readonly<Record<Side, RunningServer>>,
  size: Size,
): Promise<void> {
  const traces = [steady(size), drifting(size)]
  const rows: string[][] = []
  for (const policy of policies) {
    const limits = {
      redis: await limitFor(servers.redis, policy, size.held),
      truedis: await limitFor(servers.truedis, policy, size.held),
    }
    for (const trace of traces) {
      bench.progress(`eviction: ${policy}, ${trace.name}`)
      const { redis, truedis } = await interleave(sides, bench.rounds, async (side) => {
        return { hits: await play(servers[side], policy, limits[side], trace) }
      })
      const ratio = ratios(truedis.hits, redis.hits)
      rows.push([
        policy,
        trace.name,
        percent(median(redis.hits)),
        percent(median(truedis.hits)),
        showSpread(ratio, 3),
        ...report.judge(`hit ratio, ${policy}`, ratio.median, trace.isJudged ? targets.hitRatio : null),
      ])
    }
  }
  report.table(['policy', 'trace', 'Redis', 'Truedis', 'Truedis / Redis', ...judgedColumns], rows)
}

function steady({ keys, requests }: Size): Trace {
  const zipf = new Zipf(keys, skew, seeded(1))
  return { name: 'steady', keys: Int32Array.from({ length: requests }, () => zipf.next()), isJudged: true }
}

function drifting({ keys, requests }: Size): Trace {
  const zipf = new Zipf(keys, skew, seeded(2))
  const stretch = Math.ceil(requests / drifts)
  const shift = Math.floor(keys / drifts)
  const keyOf = (index: number): number => (zipf.next() + Math.floor(index / stretch) * shift) % keys
  return { name: 'drifting', keys: Int32Array.from({ length: requests }, (_, index) => keyOf(index)), isJudged: false }
}

/** SET of a key, under a volatile policy with a deadline drawn by lot, from an hour to a day ahead. */
function setOf(key: string, policy: Policy, random: () => number): string {
  if (!policy.startsWith('volatile')) return encode('SET', key, valueOf(valueBytes))
  return encode('SET', key, valueOf(valueBytes), 'EX', 3600 + Math.floor(random() * 82_800))
}

/** What the server uses when it holds so many keys. */
async function limitFor({ client }: RunningServer, policy: Policy, keys: number): Promise<number> {
  const random = seeded(3)
  await client.call('CONFIG', 'SET', 'maxmemory', 0)
  await client.call('FLUSHALL')
  await client.pipeline(keys, (index) => setOf(keyAt(index), policy, random))
  const used = /used_memory:(\d+)/.exec(String(await client.call('INFO', 'memory')))
  return Number(used?.[1])
}

/** Plays a trace; returns the share of requests that hit. */
async function play({ client }: RunningServer, policy: Policy, limit: number, { keys }: Trace): Promise<number> {
  await client.call('FLUSHALL')
  await client.call('CONFIG', 'SET', 'maxmemory-policy', policy)
  await client.call('CONFIG', 'SET', 'maxmemory', limit)
  const random = seeded(4)
  const countedFrom = Math.ceil(keys.length * warmUpPart)
  let hits = 0
  for (let from = 0; from < keys.length; from += batch) {
    const asked = keys.subarray(from, from + batch)
    const replies = await client.calls(Array.from(asked, (key) => encode('GET', keyAt(key))))
    const missed = new Set<number>()
    replies.forEach((reply, i) => {
      if (reply === null) missed.add(asked[i])
      else if (from >= countedFrom) hits++
    })
    if (missed.size > 0) await client.calls(Array.from(missed, (key) => setOf(keyAt(key), policy, random)))
  }
  return hits / (Math.floor((keys.length - 1 - countedFrom) / batch) * batch)
}

const percent = (part: number): string => `${(part * 100).toFixed(2)} %`
