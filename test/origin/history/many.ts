import { anySeed, programOptions } from '../../support/program-options.js'
import { modes, runHistory } from './run.js'

/** Steps of one run: enough to come to where it is dangerous, few enough to be read when it goes wrong. */
const steps = 600

const usage = `npm run histories -- [--reads N] [--seed N] [--mode M]

Reads, writes, invalidations, outages and changes of an origin by chance, on a primary and two servers that follow it or each
other: every reply must have been held by the origin when the mode promises. Time is injected: a run is repeated by its seed.

  --reads   how many at least, of all modes together (default 1000000)
  --seed    of the first run, the following ones count up from it; printed where none is given
  --mode    all (default), or one of ${modes.join(', ')}`

const options = programOptions(usage, { reads: 1_000_000, seed: anySeed(), mode: 'all' }, { mode: ['all', ...modes] })
const asked = modes.filter((mode) => options.mode === 'all' || options.mode === mode)
const startMs = performance.now()
const totals = {
  reads: 0,
  followerReads: 0,
  errors: 0,
  void: 0,
  passing: 0,
  primaryAsks: 0,
  primaryWaits: 0,
  followerStale: 0,
}
let violations = 0
let seed = options.seed
for (; totals.reads < options.reads; seed++) {
  for (const mode of asked) {
    const write = seed % 3 === 0 ? 'through' : 'local'
    const staleIfErrorMs = seed % 6 === 0 ? 100 : 0
    const options = { seed, mode, steps, write, followers: 2, isChain: seed % 2 === 0, staleIfErrorMs } as const
    const verdict = await runHistory(options)
    for (const violation of verdict.violations) process.stdout.write(`${violation}\n`)
    violations += verdict.violations.length
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += verdict[name]
  }
}
const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
const counted = Object.entries(totals).map(([name, count]) => `${name} ${count}`)
process.stdout.write(
  `${asked.join(', ')}, seeds ${options.seed} to ${seed - 1}, ${seconds} s: ${violations} violations; ${counted.join(', ')}\n`,
)
process.exit(violations === 0 ? 0 : 1)
