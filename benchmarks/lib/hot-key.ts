import { readHotKey } from '../../test/origin/support/hot-key.js'
import type { Bench } from './question.js'
import { judgedColumns, showCount, type Report } from './report.js'
import { targets } from './targets.js'

const lifetimeMs = 10_000
const latencyMs = 100
const options = 'validate 10s refresh-ahead yes'

/** A key that is read a thousand times a second under `refresh-ahead`, by injected time: no machine's speed is in it. */
export async function hotKey(bench: Bench, report: Report): Promise<void> {
  bench.progress('origins: a hot key')
  const durationMs = bench.quick ? 60_000 : 3_600_000
  const { reads, blocked, wrong, requests } = await readHotKey({ options, durationMs, latencyMs })
  if (wrong > 0) throw new Error(`${wrong} reads of the hot key had a wrong reply`)
  const each = requests / (durationMs / lifetimeMs)
  report.text(
    `A hot key, \`${options}\`: 1,000 reads a second for ${durationMs / 60_000} minutes of injected time, through dispatch, engine and keyspace in process, ` +
      `the origin taking ${latencyMs} ms. The first read, which finds nothing, is not counted.`,
  )
  report.table(
    ['measured', 'value', ...judgedColumns],
    [
      ['reads', showCount(reads), '', '', ''],
      [
        'that waited',
        showCount(blocked),
        ...report.judge('blocked reads of a hot key', blocked, targets.hotKeyBlockedReads),
      ],
      ['origin requests', showCount(requests), '', '', ''],
      ['requests a lifetime', each.toFixed(3), ...report.judge('requests of a hot key', each, targets.hotKeyRequests)],
    ],
  )
}
