import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { builtUrl } from './lib/embedded.js'
import type { Question } from './lib/question.js'
import { judgedColumns, showSpread } from './lib/report.js'
import { spread } from './lib/statistics.js'
import { targets } from './lib/targets.js'

const execute = promisify(execFile)

/** One process: nothing loaded but the package, and no compiler in the way. */
const program = (url: string): string => `
  const startMs = performance.now()
  const { createServer } = await import(${JSON.stringify(url)})
  const importedMs = performance.now()
  const server = await createServer({ port: 0 })
  const listeningMs = performance.now()
  await server.call('PING')
  const answeredMs = performance.now()
  process.stdout.write(JSON.stringify({ importMs: importedMs - startMs, startMs: listeningMs - importedMs,
    firstReplyMs: answeredMs - importedMs, rssMiB: process.memoryUsage.rss() / 1048576 }))
  await server.close()`

type Start = Readonly<Record<'importMs' | 'startMs' | 'firstReplyMs' | 'rssMiB', number>>

/** How long an embedded server takes from its import to its port. */
export const start: Question = {
  title: 'Start of an embedded server',
  async answer(bench, report) {
    const starts: Start[] = []
    const url = builtUrl('index.js')
    for (let run = 0; run < (bench.quick ? 3 : 20); run++) {
      bench.progress(`start: process ${run + 1}`)
      const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', program(url)])
      starts.push(JSON.parse(stdout) as Start)
    }
    const of = (metric: keyof Start): ReturnType<typeof spread> => spread(starts.map((one) => one[metric]))
    const judged = report.judge('start of an embedded server', of('startMs').median, targets.embeddedStartMs)
    report.text(`${starts.length} processes, one server each; median (min-max).`)
    report.table(
      ['from … to', 'measured', ...judgedColumns],
      [
        ['import called … import done, ms', showSpread(of('importMs'), 1), '', '', ''],
        ['import done … createServer resolved, ms', showSpread(of('startMs'), 1), ...judged],
        ['import done … first reply, ms', showSpread(of('firstReplyMs'), 1), '', '', ''],
        ['resident memory then, MiB', showSpread(of('rssMiB'), 1), '', '', ''],
      ],
    )
  },
}
