import { parseArgs } from 'node:util'
import type { ServerKind } from '../support/servers.js'
import { excusedIn, laterUnits } from './excuses.js'
import { knownUnits, readLedger, score, wantedFrom, withPasses, writeLedger, type Mode } from './ledger.js'
import { suiteFolder, tclMissing, unitsOfSuite } from './suite.js'
import { runUnit, type UnitResult } from './unit-run.js'

const usage = `usage: npm run conformance -- [--spawn] [--quick] [--excused] [--update | --redis] [unit...]
  unit      as in "unit/type/hash"; without any: all of them, some ten minutes, with --spawn half an hour
  --spawn   lets the suite start its servers itself, which opens more of its tests
  --quick   only units that take seconds; with --spawn, of them those that show more than without
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

/** Units that take seconds, and hold tests that only servers of the suite's own are asked. */
const quickSpawnUnits: readonly string[] = [
  'integration/aof',
  'integration/convert-zipmap-hash-on-load',
  'integration/logging',
  'integration/rdb',
  'integration/replication-2',
  'unit/auth',
  'unit/client-eviction',
  'unit/info',
  'unit/introspection',
  'unit/limits',
  'unit/networking',
  'unit/oom-score-adj',
  'unit/other',
  'unit/pendingquerybuf',
]

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      spawn: { type: 'boolean', default: false },
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
  const mode: Mode = values.spawn ? 'spawn' : 'external'
  const kind: ServerKind = values.redis ? 'redis' : 'truedis'
  const units = unitsOf(positionals, mode, values.redis ? unitsOfSuite(suite) : knownUnits(mode), values.quick)
  const total = new Total(mode)
  for (const unit of units) {
    const leftOut = values.redis || values.excused ? undefined : excusedIn(unit)
    const result = await runUnit(mode, kind, suite, unit, leftOut)
    if (kind === 'redis') noteRedis(mode, unit, result)
    else total.add(unit, result, values.update)
  }
  return kind === 'redis' ? 0 : total.end()
}

/** @throws {Error} a unit that is unknown */
function unitsOf(named: readonly string[], mode: Mode, known: readonly string[], quick: boolean): readonly string[] {
  const unknown = named.find((unit) => !known.includes(unit))
  if (unknown !== undefined) throw new Error(`no unit '${unknown}'; there are: ${known.join(' ')}`)
  if (named.length > 0) return named
  return known.filter((unit) => laterUnits[unit] === undefined && (!quick || isQuick(mode, unit)))
}

const isQuick = (mode: Mode, unit: string): boolean =>
  mode === 'spawn' ? quickSpawnUnits.includes(unit) : !slowUnits.includes(unit)

function noteRedis(mode: Mode, unit: string, { passes, failures, broken, seconds }: UnitResult): void {
  const before = knownUnits(mode).includes(unit) ? readLedger(mode, unit) : new Map()
  writeLedger(mode, unit, wantedFrom(passes, before))
  const count = [...passes.values()].reduce((sum, each) => sum + each, 0)
  console.log(`${unit.padEnd(width)} ${count} pass, ${failures.size} fail  ${seconds.toFixed(0)} s`)
  for (const [name, why] of failures) console.log(`  not passed: ${name}: ${why}`)
  for (const text of new Set(broken)) console.log(`  outside of a test: ${text}`)
}

/** Of a unit's name in a table. */
const width = 42

/** The units so far: one line each, and what is wrong with it. */
class Total {
  #wanted = 0
  #passed = 0
  #excused = 0
  #wrong = 0

  constructor(readonly mode: Mode) {}

  add(unit: string, result: UnitResult, update: boolean): void {
    const ledger = readLedger(this.mode, unit)
    const { wanted, passed, excused, lost, missing, gained, needless } = score(ledger, result.passes, excusedIn(unit))
    this.#wanted += wanted
    this.#passed += passed
    this.#excused += excused
    const share = `${passed}/${wanted}`.padStart(9)
    const more = excused > 0 ? `, ${excused} excused` : ''
    console.log(`${unit.padEnd(width)} ${share}${more}  ${result.seconds.toFixed(0)} s`)
    if (result.death !== null) console.log(`  ${result.death}`)
    for (const text of new Set(result.broken)) console.log(`  outside of a test: ${text}`)
    const why = (name: string): string => `${name}: ${result.failures.get(name) ?? 'did not run'}`
    for (const name of missing) console.log(`  not passed: ${why(name)}`)
    for (const name of lost) console.log(`  PASSED BEFORE: ${why(name)}`)
    // those that were run nevertheless
    for (const [name, reason] of result.failures)
      if (excusedIn(unit).has(name)) console.log(`  excused: ${name}: ${reason}`)
    for (const name of needless) console.log(`  NEEDS NO EXCUSE: ${name}`)
    if (update) writeLedger(this.mode, unit, withPasses(ledger, result.passes))
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
