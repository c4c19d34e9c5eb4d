import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { append } from './append.js'
import { bound } from './bound.js'
import { collections } from './collections.js'
import { eviction } from './eviction.js'
import { endChildren } from './lib/children.js'
import { describeMachine } from './lib/machine.js'
import { readOptions, usage, type BenchOptions } from './lib/options.js'
import type { Bench, Question } from './lib/question.js'
import { Report, type Verdict } from './lib/report.js'
import { readResults, renderResults, renderSection, unexplained } from './lib/results.js'
import { load } from './load.js'
import { memory } from './memory.js'
import { origins } from './origins.js'
import { parser } from './parser.js'
import { replication } from './replication.js'
import { snapshot } from './snapshot.js'
import { stalls } from './stalls.js'
import { start } from './start.js'
import { throughput } from './throughput.js'

const questions: Readonly<Record<string, Question>> = {
  throughput,
  collections,
  memory,
  stalls,
  eviction,
  start,
  parser,
  bound,
  origins,
  snapshot,
  load,
  append,
  replication,
}
const names = Object.keys(questions)
const resultsFile = 'benchmarks/RESULTS.md'

/** Answers the questions one after the other; one that fails is reported and does not stop the others. */
async function run(options: BenchOptions): Promise<boolean> {
  const machine = describeMachine(options.redis[0])
  const bench: Bench = { ...options, progress: (line) => void process.stderr.write(`${line}\n`) }
  const earlier = readResults(existsSync(resultsFile) ? readFileSync(resultsFile, 'utf8') : '')
  const sections = new Map(earlier.sections)
  const verdicts: Verdict[] = []
  let complete = true
  for (const name of options.names) {
    const report = new Report(questions[name].title)
    try {
      await questions[name].answer(bench, report)
    } catch (error) {
      complete = false
      await endChildren()
      process.stderr.write(`${name} failed: ${error instanceof Error ? error.stack : String(error)}\n`)
      continue
    }
    const section = renderSection(report, machine, options.rounds)
    process.stdout.write(`${section}\n\n`)
    sections.set(name, section)
    verdicts.push(...report.verdicts)
    if (options.write) writeFileSync(resultsFile, renderResults({ ...earlier, sections }, names))
  }
  if (options.write) {
    for (const what of unexplained(verdicts, earlier.whyMissed)) {
      process.stderr.write(`missed, and "Why missed" has no line that names it: ${what}\n`)
    }
  }
  return complete
}

// Servers end with this process ('exit'), also when it is told to stop.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

try {
  const options = readOptions(process.argv.slice(2), names)
  if (options.help) process.stdout.write(`${usage(names)}\n`)
  else process.exitCode = (await run(options)) ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
