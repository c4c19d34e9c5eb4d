import { interleave } from './interleave.js'
import { readKeys } from './loads.js'
import { Program } from './programs.js'
import type { Bench } from './question.js'
import { judgedColumns, showCount, showSpread, type Report } from './report.js'
import { RespClient } from './resp-client.js'
import { showCommand, startServer } from './servers.js'
import { ratios, spread } from './statistics.js'
import { targets } from './targets.js'
import type { HttpOriginQuestions } from '../programs/http-origin.js'
import type { UndiciReaderQuestions } from '../programs/undici-reader.js'

const inFlight = 64
const connections = 8
const sides = ['undici', 'truedis'] as const

/** Reads under `validate always` of distinct keys, beside undici alone doing the same conditional requests. */
export async function validated(bench: Bench, report: Report): Promise<void> {
  const keys = bench.quick ? 2_000 : 10_000
  const web = new Program<HttpOriginQuestions>('http-origin')
  const undici = new Program<UndiciReaderQuestions>('undici-reader')
  try {
    const { port } = await web.ask('start', { valueBytes: 64 })
    const origin = (at: number | string): string[] => [
      '--origin',
      'web',
      'bnd:*',
      `http://127.0.0.1:${at}/{key}`,
      'validate',
      'always',
      'stale-if-error',
      '0', // what waits for long must not be served unvalidated
      'max-in-flight',
      String(inFlight),
    ]
    const truedis = await startServer(bench.truedis, origin(port))
    report.commands.add(showCommand(bench.truedis, origin('<port>')))
    const clients = await Promise.all(Array.from({ length: connections }, () => RespClient.connect(truedis.port)))
    try {
      const readers = {
        undici: () => undici.ask('read', { port, keys, inFlight }),
        truedis: () => readAll(clients, keys),
      }
      const run = async (side: (typeof sides)[number]): Promise<{ readsPerSecond: number; requests: number }> => {
        await web.ask('requests', null)
        const readsPerSecond = await readers[side]()
        return { readsPerSecond, requests: await web.ask('requests', null) }
      }
      bench.progress('bound: validate always')
      for (const side of sides) for (let i = 0; i < 6; i++) await run(side) // compiles, and fills
      show(report, keys, await interleave(sides, bench.quick ? 1 : bench.rounds * 6, run))
    } finally {
      for (const client of clients) client.close()
      await truedis.stop()
    }
  } finally {
    await Promise.all([web.stop(), undici.stop()])
  }
}

/** Reads each key once, spread over the connections; answers reads a second. */
async function readAll(clients: readonly RespClient[], keys: number): Promise<number> {
  const each = keys / clients.length
  const startedMs = performance.now()
  await Promise.all(clients.map((client, index) => readKeys(client, each, 'bnd', index * each)))
  return keys / ((performance.now() - startedMs) / 1000)
}

function show(
  report: Report,
  keys: number,
  rounds: Awaited<ReturnType<typeof interleave<'undici' | 'truedis', 'readsPerSecond' | 'requests'>>>,
): void {
  const ratio = ratios(rounds.truedis.readsPerSecond, rounds.undici.readsPerSecond)
  const cells = (side: (typeof sides)[number]): string[] => [
    showCount(spread(rounds[side].readsPerSecond).median),
    showCount(spread(rounds[side].requests).median),
  ]
  report.text(
    `\`validate always\`, ${showCount(keys)} distinct keys once each, a local HTTP origin in a process of its own that answers 304, ` +
      `${inFlight} requests in flight; undici alone makes the same requests from its own process.`,
  )
  report.table(
    ['reader', 'reads/s', 'origin requests', 'ratio', ...judgedColumns],
    [
      ['undici alone', ...cells('undici'), '', '', '', ''],
      [
        'Truedis',
        ...cells('truedis'),
        showSpread(ratio),
        ...report.judge('validated reads a second', ratio.median, targets.validatedReads),
      ],
    ],
  )
}
