import { parseArgs } from 'node:util'
import type { ServerKind } from '../support/servers.js'
import { excusedIn } from './excuses.js'
import { knownUnits, readLedger, score, wantedFrom, withPasses, writeLedger, type Ledger } from './ledger.js'
import { suiteFolder, tclMissing } from './suite.js'
import { runUnit, type UnitResult } from './unit-run.js'

const usage = `usage: npm run conformance -- [--quick] [--excused] [--update | --redis] [unit...]
  unit      as in "unit/type/hash"; without any: all of them, some ten minutes
  --quick   leaves out the units that take longer than seconds
  --update  writes down which tests pass now
  --excused runs the tests that have an excuse too, which may spoil what comes after them
  --redis   runs redis-server instead, and writes down what it passes: what is wanted of Truedis`

/** Units that take long whatever the server does: Tcl itself is slow. */
const slowUnits: readonly string[] = [
  'integration/redis-cli',
  'unit/geo',
  'unit/hyperloglog',
  'unit/type/list-2',
  'unit/type/list-3',
  'unit/type/stream',
  'unit/type/zset',
]

/** Units that wait for scripts, a later feature. */
const laterUnits: readonly string[] = ['unit/functions', 'unit/scripting']

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      update: { type: 'boolean', default: false },
      excused: { type: 'boolean', default: false },
      redis: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const missing = tclMissing()
  if (missing !== null) {
    console.error(missing)
    return 1
  }
  const suite = suiteFolder()
  const units = unitsOf(positionals, values.quick)
  const kind: ServerKind = values.redis ? 'redis' : 'truedis'
  const total = new Total()
  for (const unit of units) {
    const leftOut = values.redis || values.excused ? undefined : excusedIn(unit)
    const result = await runUnit(kind, suite, unit, leftOut)
    if (kind === 'redis') noteRedis(unit, result)
    else total.add(unit, result, values.update)
  }
  return kind === 'redis' ? 0 : total.end()
}

/** @throws {Error} a unit that is unknown */
function unitsOf(named: readonly string[], quick: boolean): readonly string[] {
  const known = knownUnits()
  const unknown = named.find((unit) => !known.includes(unit))
  if (unknown !== undefined) throw new Error(`no unit '${unknown}'; there are: ${known.join(' ')}`)
  if (named.length > 0) return named
  return known.filter((unit) => !laterUnits.includes(unit) && !(quick && slowUnits.includes(unit)))
}

function noteRedis(unit: string, { passes, failures, seconds }: UnitResult): void {
  const before: Ledger = readLedger(unit)
  writeLedger(unit, wantedFrom(passes, before))
  const count = [...passes.values()].reduce((sum, each) => sum + each, 0)
  console.log(`${unit.padEnd(26)} ${count} pass, ${failures.size} fail  ${seconds.toFixed(0)} s`)
}

/** The units so far: one line each, and what is wrong with it. */
class Total {
  #wanted = 0
  #passed = 0
  #excused = 0
  #wrong = 0

  add(unit: string, result: UnitResult, update: boolean): void {
    const ledger = readLedger(unit)
    const { wanted, passed, excused, lost, missing, gained, needless } = score(ledger, result.passes, excusedIn(unit))
    this.#wanted += wanted
    this.#passed += passed
    this.#excused += excused
    const share = `${passed}/${wanted}`.padStart(9)
    const more = excused > 0 ? `, ${excused} excused` : ''
    console.log(`${unit.padEnd(26)} ${share}${more}  ${result.seconds.toFixed(0)} s`)
    if (result.death !== null) console.log(`  ${result.death}`)
    for (const text of new Set(result.broken)) console.log(`  outside of a test: ${text}`)
    const why = (name: string): string => `${name}: ${result.failures.get(name) ?? 'did not run'}`
    for (const name of missing) console.log(`  not passed: ${why(name)}`)
    for (const name of lost) console.log(`  PASSED BEFORE: ${why(name)}`)
    for (const name of needless) console.log(`  NEEDS NO EXCUSE: ${name}`)
    if (update) writeLedger(unit, withPasses(ledger, result.passes))
    else if (gained.length > 0) console.log(`  ${gained.length} pass that did not before: --update writes it down`)
    this.#wrong += (update ? 0 : lost.length) + needless.length
  }

  /** The exit code. */
  end(): number {
    const share = ((this.#passed / (this.#wanted - this.#excused)) * 100).toFixed(1)
    console.log(
      `conformance: ${this.#passed} of ${this.#wanted} tests pass, ${this.#excused} are excused: ${share} % of the rest`,
    )
    return this.#wrong > 0 ? 1 : 0
  }
}

// so that neither a server nor a driver is left behind
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
process.exitCode = await main()
