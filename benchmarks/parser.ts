import { importBuilt } from './lib/embedded.js'
import { interleave } from './lib/interleave.js'
import { keyAt, valueOf } from './lib/loads.js'
import { RedisParser, RespParser } from './lib/peers.js'
import type { Question } from './lib/question.js'
import { showCount, showSpread } from './lib/report.js'
import { encode } from './lib/resp-client.js'
import { ratios, spread } from './lib/statistics.js'
import type { Region } from '../src/base/index.js'
import type { RequestParser } from '../src/resp/index.js'

const sides = ['truedis', 'redis-parser', 'respjs'] as const
type Side = (typeof sides)[number]

/** Parses one chunk of whole requests and answers how many there were. */
type Parse = () => number

/** The modules of the build, by the types of their sources. */
interface Built {
  readonly Region: typeof Region
  readonly RequestParser: typeof RequestParser
}

/** About what one read of the server's buffer holds. */
const chunkBytes = 16 * 1024

const pipelines: readonly (readonly [name: string, requestAt: (index: number) => string])[] = [
  ['PING', () => encode('PING')],
  ['GET, 16 B', (index) => encode('GET', keyAt(index))],
  ['SET, 16 + 3 B', (index) => encode('SET', keyAt(index), valueOf(3))],
  ['SET, 16 + 64 B', (index) => encode('SET', keyAt(index), valueOf(64))],
  ['SET, 16 + 1024 B', (index) => encode('SET', keyAt(index), valueOf(1024))],
  ['MSET of ten, 16 + 3 B', (index) => encode('MSET', ...tenPairs(index))],
]

/** The server's request parser against the parsers of two clients, on the same bytes. */
export const parser: Question = {
  title: 'Request parser',
  async answer(bench, report) {
    const built = { ...(await importBuilt<Built>('base/index.js')), ...(await importBuilt<Built>('resp/index.js')) }
    const rows: string[][] = []
    for (const [name, requestAt] of pipelines) {
      bench.progress(`parser: ${name}`)
      const { chunk, requests } = chunkOf(requestAt)
      const parses = parsersOf(built, chunk)
      for (const side of sides) {
        const parsed = parses[side]()
        if (parsed !== requests) throw new Error(`${side} found ${parsed} requests in a chunk of ${requests}`)
      }
      const forMs = bench.quick ? 10 : 300
      for (const side of sides) timeOf(parses[side], requests, forMs)
      const rounds = await interleave(sides, bench.rounds, async (side) => timeOf(parses[side], requests, forMs))
      const { truedis } = rounds
      rows.push([
        name,
        showSpread(spread(truedis.nanos), 0),
        showCount(1e9 / spread(truedis.nanos).median),
        ...(['redis-parser', 'respjs'] as const).flatMap((side) => [
          spread(rounds[side].nanos).median.toFixed(0),
          showSpread(ratios(rounds[side].nanos, truedis.nanos), 1),
        ]),
      ])
    }
    report.text(
      `Whole requests in one chunk of about ${chunkBytes / 1024} KiB, ns a request. Ours yields offsets; redis-parser and respjs, as ` +
        'they come, make an array of strings. *times* is their time by ours.',
    )
    report.table(['requests', 'Truedis ns', 'requests/s', 'redis-parser ns', 'times', 'respjs ns', 'times'], rows)
  },
}

function tenPairs(from: number): string[] {
  return Array.from({ length: 10 }, (_, index) => [keyAt(from * 10 + index), valueOf(3)]).flat()
}

function chunkOf(requestAt: (index: number) => string): { chunk: Buffer; requests: number } {
  let text = ''
  let requests = 0
  while (text.length < chunkBytes) text += requestAt(requests++)
  return { chunk: Buffer.from(text, 'latin1'), requests }
}

function parsersOf({ Region, RequestParser }: Built, chunk: Buffer): Readonly<Record<Side, Parse>> {
  const region = Region.copyOf(chunk)
  const ours = new RequestParser({ bulkBytesMax: 512 * 1024 * 1024 })
  let found = 0
  const redisParser = new RedisParser({
    returnReply: () => found++,
    returnError: (error) => {
      throw error
    },
  })
  const respjs = new RespParser()
  respjs.on('data', () => found++)
  const counted = (feed: () => void) => (): number => {
    found = 0
    feed()
    return found
  }
  return {
    truedis: () => {
      let requests = 0
      for (let at = 0; at >= 0 && at < chunk.length; requests++) at = ours.parse(region, at, chunk.length)
      return requests
    },
    'redis-parser': counted(() => redisParser.execute(chunk)),
    respjs: counted(() => respjs.write(chunk)),
  }
}

/** Repeats for about `forMs`; answers nanoseconds a request. */
function timeOf(parse: Parse, requests: number, forMs: number): { nanos: number } {
  const startedMs = performance.now()
  let parsed = 0
  let tookMs: number
  do {
    for (let i = 0; i < 16; i++) parsed += parse()
    tookMs = performance.now() - startedMs
  } while (tookMs < forMs)
  if (parsed % requests !== 0) throw new Error('a chunk was parsed in part')
  return { nanos: (tookMs * 1e6) / parsed }
}
