import { setTimeout as delay } from 'node:timers/promises'
import type { HttpOriginQuestions } from '../programs/http-origin.js'
import { keyAt } from './loads.js'
import { originWords } from './origin-scene.js'
import { Program } from './programs.js'
import type { Bench } from './question.js'
import { judgedColumns, showCount, type Report } from './report.js'
import { RespClient, encode } from './resp-client.js'
import { showCommand, startServer, type RunningServer } from './servers.js'
import { percentile } from './statistics.js'
import { targets } from './targets.js'

const herdConnections = 200
const herdReads = 10_000
/** As long as ten thousand reads may take to arrive. */
const gatherMsMax = 10_000

/** Reads of one cold key on many connections, its origin's answer withheld until all of them wait. */
export async function herd(bench: Bench, report: Report): Promise<void> {
  bench.progress('origins: herd')
  await withOrigin(bench, report, [], async (web, server) => {
    const clients = await Promise.all(Array.from({ length: herdConnections }, () => RespClient.connect(server.port)))
    await web.ask('requests', null)
    await web.ask('hold', null)
    const each = herdReads / herdConnections
    const request = encode('GET', keyAt(1, 'bnd'))
    const replies = clients.map((client) => client.calls(Array<string>(each).fill(request)))
    await gathered(server)
    await web.ask('release', null)
    const values = new Set((await Promise.all(replies)).flat())
    const requests = await web.ask('requests', null)
    for (const client of clients) client.close()
    report.text(
      `A herd: ${showCount(herdReads)} reads of one cold key over ${herdConnections} connections, the answer withheld until all wait. ` +
        'Over a primary and two followers the same is a test.',
    )
    report.table(
      ['reads', 'different replies', 'origin requests', ...judgedColumns],
      [
        [
          showCount(herdReads),
          String(values.size),
          String(requests),
          ...report.judge('herd', requests, targets.herdRequests),
        ],
      ],
    )
  })
}

/** Until every connection waits for the origin. */
async function gathered(server: RunningServer): Promise<void> {
  for (const deadlineMs = Date.now() + gatherMsMax; ; await delay(20)) {
    const text = String(await server.client.call('INFO', 'clients'))
    const waiting = Number(/clients_waiting_for_origins:(\d+)/.exec(text)?.[1] ?? NaN)
    if (waiting >= herdConnections) return
    if (Date.now() > deadlineMs) throw new Error(`${waiting} of ${herdConnections} connections wait`)
  }
}

const softMs = 50
const copies = 200
const pauseMs = 10

/** Reads of copies that stale-if-error permits, while their origin takes connections and answers nothing. */
export async function outage(bench: Bench, report: Report): Promise<void> {
  bench.progress('origins: outage')
  const options = ['validate', 'always', 'stale-if-error', '1h', 'soft-timeout', `${softMs}ms`, 'hard-timeout', '500ms']
  await withOrigin(bench, report, options, async (web, server) => {
    const clients = await Promise.all(Array.from({ length: 20 }, () => RespClient.connect(server.port)))
    for (let key = 0; key < copies; key++) await server.client.call('GET', keyAt(key, 'bnd'))
    await web.ask('silence', true)
    const latenciesMs: number[] = []
    let served = 0
    const reads = bench.quick ? 400 : 4_000
    const reader = async (client: RespClient, first: number): Promise<void> => {
      for (let read = first; read < reads; read += clients.length) {
        const sentMs = performance.now()
        const reply = await client.call('GET', keyAt(read % copies, 'bnd')).catch(() => null)
        latenciesMs.push(performance.now() - sentMs)
        if (reply !== null) served++
        await delay(pauseMs) // latency is asked for, not how much it bears
      }
    }
    await Promise.all(clients.map(reader))
    await web.ask('silence', false)
    const recoveredMs = await recovery(web, server)
    for (const client of clients) client.close()
    const beyond = percentile(latenciesMs, 99) - softMs
    const percent = (served / reads) * 100
    report.text(
      `An outage: the origin takes connections and answers nothing; ${showCount(reads)} reads of ${copies} permitted copies on 20 connections, ${pauseMs} ms between them in each, ` +
        `\`soft-timeout ${softMs}ms\`, \`hard-timeout 500ms\`. Recovered is when a read was answered by the origin again, without a restart.`,
    )
    report.table(
      ['measured', 'value', ...judgedColumns],
      [
        [
          'served',
          `${percent.toFixed(1)} %`,
          ...report.judge('served in an outage', percent, targets.outageServedPercent),
        ],
        ['p50', `${percentile(latenciesMs, 50).toFixed(2)} ms`, '', '', ''],
        [
          'p99 beyond the soft timeout',
          `${beyond.toFixed(2)} ms`,
          ...report.judge('p99 of an outage', beyond, targets.outageReadMs),
        ],
        ['recovered after', `${recoveredMs.toFixed(0)} ms`, '', '', ''],
      ],
    )
  })
}

async function recovery(web: Program<HttpOriginQuestions>, server: RunningServer): Promise<number> {
  const fromMs = performance.now()
  await web.ask('requests', null)
  for (;;) {
    await server.client.call('GET', keyAt(0, 'bnd')).catch(() => null)
    const text = String(await server.client.call('ORIGIN', 'EXPLAIN', keyAt(0, 'bnd')))
    if (/fwd-status=304/.test(text)) return performance.now() - fromMs
    if (performance.now() - fromMs > gatherMsMax) throw new Error('the origin is not asked again')
    await delay(5)
  }
}

async function withOrigin(
  bench: Bench,
  report: Report,
  options: readonly string[],
  measure: (web: Program<HttpOriginQuestions>, server: RunningServer) => Promise<void>,
): Promise<void> {
  const web = new Program<HttpOriginQuestions>('http-origin')
  try {
    const { port } = await web.ask('start', { valueBytes: 64 })
    const words = (at: number | string): string[] => originWords(`http://127.0.0.1:${at}/{key}`, ...options)
    report.commands.add(showCommand(bench.truedis, words('<port>')))
    const server = await startServer(bench.truedis, words(port))
    try {
      await measure(web, server)
    } finally {
      await server.stop()
    }
  } finally {
    await web.stop()
  }
}
