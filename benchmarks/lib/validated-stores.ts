import { Program } from './programs.js'
import { startProxies } from './http-proxies.js'
import { interleave, type Rounds } from './interleave.js'
import { keyAt } from './loads.js'
import { itemsUrl, originWords, startItems } from './origin-scene.js'
import type { Bench } from './question.js'
import { judgedColumns, showCount, showSpread, type Report } from './report.js'
import { RespClient, encode } from './resp-client.js'
import { showCommand, startServer, type RunningServer } from './servers.js'
import { spread } from './statistics.js'
import { targets, type Target } from './targets.js'
import type { CacheAsideQuestions } from '../programs/cache-aside.js'
import type { HttpOriginQuestions } from '../programs/http-origin.js'
import type { UndiciReaderQuestions } from '../programs/undici-reader.js'

const connections = 50
const pipeline = 16
const httpInFlight = 64

/** One way to read, how many requests its origin got, and what it should reach. */
interface Way {
  readonly name: string
  readonly target: Target | null
  /** Reads `keys` keys, each once, or one key as often; answers reads a second. */
  read(): Promise<number>
  /** Requests that the origin got since this was last asked; null where nobody counts. */
  requests(): Promise<number | null>
}

type Metric = 'readsPerSecond' | 'requests'

/** Reads under `validate always` over each kind of origin, beside what is built for that today. */
export async function validatedStores(bench: Bench, report: Report): Promise<void> {
  const keys = bench.quick ? 2_000 : 10_000
  const ends: (() => Promise<unknown>)[] = []
  try {
    const ways = [...(await httpWays(bench, report, keys, ends)), ...(await databaseWays(bench, report, keys, ends))]
    bench.progress('origins: validate always')
    const run = async (name: string): Promise<Record<Metric, number>> => {
      const way = ways.find((one) => one.name === name)!
      await way.requests()
      const readsPerSecond = await way.read()
      return { readsPerSecond, requests: (await way.requests()) ?? NaN }
    }
    const names = ways.map(({ name }) => name)
    for (const name of names) for (let i = 0; i < 6; i++) await run(name) // compiles, and fills
    show(report, keys, ways, await interleave<string, Metric>(names, bench.quick ? 1 : bench.rounds, run))
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

async function httpWays(bench: Bench, report: Report, keys: number, ends: (() => Promise<unknown>)[]): Promise<Way[]> {
  const web = new Program<HttpOriginQuestions>('http-origin')
  ends.push(() => web.stop())
  const { port } = await web.ask('start', { valueBytes: 64 })
  const requests = (): Promise<number> => web.ask('requests', null)
  const undici = new Program<UndiciReaderQuestions>('undici-reader')
  ends.push(() => undici.stop())
  const always = ['validate', 'always', 'stale-if-error', '0', 'max-in-flight', String(httpInFlight)]
  const serve = async (...options: string[]): Promise<Readers> => {
    report.commands.add(showCommand(bench.truedis, originWords('http://127.0.0.1:<port>/{key}', ...always, ...options)))
    const url = `http://127.0.0.1:${port}/{key}`
    return readersOf(await startServer(bench.truedis, originWords(url, ...always, ...options)), ends)
  }
  const [single, batched] = [await serve(), await serve('batch', '/batch')]
  const way = (name: string, target: Target | null, read: () => Promise<number>): Way => ({
    name,
    target,
    read,
    requests,
  })
  const proxies = await startProxies(port, ends)
  const ask = (at: number): Promise<number> => undici.ask('read', { port: at, keys, inFlight: httpInFlight })
  return [
    way('undici alone, HTTP', null, () => ask(port)),
    way('Truedis, HTTP', null, () => single.readAll(keys)),
    way('Truedis, HTTP with `batch`', targets.batchedHttpReads, () => batched.readAll(keys)),
    way('Truedis, HTTP, one hot key', targets.validatedHotKey, () => single.readOne(keys * 5)),
    ...proxies.map(({ name, port: at }) => way(name, null, () => ask(at))),
  ]
}

async function databaseWays(
  bench: Bench,
  report: Report,
  keys: number,
  ends: (() => Promise<unknown>)[],
): Promise<Way[]> {
  const items = await startItems(keys)
  if (items === null) {
    report.text('PostgreSQL is not installed here: its rows are left out.')
    return []
  }
  const { database, client } = items
  ends.push(async () => {
    await client.end()
    await database.remove()
  })
  const always = ['validate', 'always', 'stale-if-error', '0']
  report.commands.add(showCommand(bench.truedis, originWords(itemsUrl('<port>'), ...always)))
  const readers = await readersOf(
    await startServer(bench.truedis, originWords(itemsUrl(database.port), ...always)),
    ends,
  )
  const redis = await startServer(bench.redis)
  ends.push(() => redis.stop())
  const aside = new Program<CacheAsideQuestions>('cache-aside')
  ends.push(() => aside.stop())
  const ask = { redisPort: redis.port, databasePort: database.port, keys, readers: connections * pipeline }
  return [
    {
      name: 'Truedis, PostgreSQL',
      target: targets.validatedRows,
      read: () => readers.readAll(keys),
      requests: () => readers.requests(),
    },
    {
      name: 'cache-aside in Node: redis-server, a digest column, PostgreSQL',
      target: null,
      read: () => aside.ask('read', ask),
      requests: async () => null,
    },
  ]
}

interface Readers {
  readAll(keys: number): Promise<number>
  readOne(reads: number): Promise<number>
  /** Requests that the server's origin got since this was last asked. */
  requests(): Promise<number>
}

/** 50 connections to a server, each with 16 reads under way. */
async function readersOf(server: RunningServer, ends: (() => Promise<unknown>)[]): Promise<Readers> {
  const clients = await Promise.all(Array.from({ length: connections }, () => RespClient.connect(server.port)))
  ends.push(async () => {
    for (const client of clients) client.close()
    await server.stop()
  })
  const options = { batchRequests: pipeline, batchesInFlight: 1 }
  const timed = async (reads: number, requestAt: (index: number) => string): Promise<number> => {
    const each = reads / connections
    const startedMs = performance.now()
    await Promise.all(
      clients.map((client, index) => client.pipeline(each, (at) => requestAt(index * each + at), options)),
    )
    return reads / ((performance.now() - startedMs) / 1000)
  }
  const hot = encode('GET', keyAt(0, 'bnd'))
  const [before, after] = hot.split(keyAt(0, 'bnd'))
  return {
    readAll: (keys) => timed(keys, (index) => before + keyAt(index, 'bnd') + after),
    readOne: (reads) => timed(reads, () => hot),
    requests: async () => {
      const text = String(await server.client.call('INFO', 'origin'))
      await server.client.call('CONFIG', 'RESETSTAT')
      return Number(/requests=(\d+)/.exec(text)?.[1] ?? NaN)
    },
  }
}

function show(report: Report, keys: number, ways: readonly Way[], rounds: Rounds<string, Metric>): void {
  report.text(
    `\`validate always\`: ${showCount(keys)} distinct keys once each, ${connections} connections with ${pipeline} reads under way in each (undici and the proxies: ` +
      `${httpInFlight} requests). The HTTP origin is a process of its own that answers 304; PostgreSQL has rows of 100 bytes.`,
  )
  report.table(
    ['reader', 'reads/s', 'origin requests', 'reads a request', ...judgedColumns],
    ways.map(({ name, target }) => {
      const rate = spread(rounds[name].readsPerSecond)
      const requests = spread(rounds[name].requests).median
      const reads = name.includes('hot') ? keys * 5 : keys
      const counted = Number.isNaN(requests) ? ['', ''] : [showCount(requests), (reads / requests).toFixed(1)]
      return [name, showSpread(rate, 0), ...counted, ...report.judge(name, rate.median, target)]
    }),
  )
}
