import { excusedIn, excuses } from './excuses.js'
import { knownUnits, readLedger } from './ledger.js'

/** Units about features that are still to come. */
const later = ['unit/functions', 'unit/scripting']

test('every excuse is for a test that Redis passes, and for no test there are two', () => {
  for (const unit of new Set(excuses.flatMap(({ tests }) => Object.keys(tests)))) {
    const ledger = readLedger(unit)
    const names = excuses.flatMap(({ tests }) => tests[unit] ?? [])
    expect(names.filter((name) => !ledger.has(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  }
})

test.each(knownUnits().filter((unit) => !later.includes(unit)))('of %s every test passes or has its excuse', (unit) => {
  const excused = excusedIn(unit)
  const without = [...readLedger(unit)].filter(([name, { here, inRedis }]) => here < inRedis && !excused.has(name))
  expect(without.map(([name]) => name)).toEqual([])
})
