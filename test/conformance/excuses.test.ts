import { excusedIn, excuses, laterUnits } from './excuses.js'
import { knownUnits, readLedger, type Ledger, type Mode } from './ledger.js'

const modes: readonly Mode[] = ['external', 'spawn']

const ledgersOf = (unit: string): Ledger[] =>
  modes.filter((mode) => knownUnits(mode).includes(unit)).map((mode) => readLedger(mode, unit))

test('every excuse is for a test that Redis passes, and for no test there are two', () => {
  for (const unit of new Set(excuses.flatMap(({ tests }) => Object.keys(tests)))) {
    const ledgers = ledgersOf(unit)
    const names = excuses.flatMap(({ tests }) => tests[unit] ?? [])
    expect(names.filter((name) => !ledgers.some((ledger) => ledger.has(name)))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  }
})

test('every unit that waits for a feature is one of the suite', () => {
  const known = modes.flatMap(knownUnits)
  expect(Object.keys(laterUnits).filter((unit) => !known.includes(unit))).toEqual([])
})

const shown = modes.flatMap((mode) =>
  knownUnits(mode)
    .filter((unit) => laterUnits[unit] === undefined)
    .map((unit): [Mode, string] => [mode, unit]),
)

test.each(shown)('in %s mode every test of %s passes or has its excuse', (mode, unit) => {
  const excused = excusedIn(unit)
  const without = [...readLedger(mode, unit)].filter(
    ([name, { here, inRedis }]) => here < inRedis && !excused.has(name),
  )
  expect(without.map(([name]) => name)).toEqual([])
})
