import { formatLedger, parseLedger, score, wantedFrom, withPasses } from './ledger.js'

const ledger = parseLedger('1/1 always\n0/1 never\n2/3 often: "x" 1/2\n')
const passing = (counts: Record<string, number>): Map<string, number> => new Map(Object.entries(counts))
const nothing: ReadonlySet<string> = new Set()

test('a ledger reads what it writes, sorted by name', () => {
  expect(formatLedger(ledger)).toBe('1/1 always\n0/1 never\n2/3 often: "x" 1/2\n')
  expect(formatLedger(new Map([...ledger].reverse()))).toBe(formatLedger(ledger))
  expect(() => parseLedger('always')).toThrow('not a line of a ledger: always')
})

test('what passed and does not now is lost; what did not pass before is missing or gained', () => {
  const found = score(ledger, passing({ 'often: "x" 1/2': 3, unknown: 9 }), nothing)
  expect(found).toEqual({
    wanted: 5,
    passed: 3,
    excused: 0,
    lost: ['always'],
    missing: ['never'],
    gained: ['often: "x" 1/2'],
    needless: [],
  })
})

test('no more passes count than Redis has', () => {
  expect(score(ledger, passing({ always: 7 }), nothing)).toMatchObject({ passed: 1, gained: [] })
})

test('an excuse covers what does not pass, and is needless where all passes', () => {
  const excused = new Set(['never', 'always'])
  const found = score(ledger, passing({ always: 1, 'often: "x" 1/2': 2 }), excused)
  expect(found).toMatchObject({ excused: 1, missing: ['often: "x" 1/2'], needless: ['always'], lost: [] })
})

test('a run is written down, of Truedis beside what Redis passes, of Redis beside what Truedis passed', () => {
  const after = withPasses(ledger, passing({ always: 2, never: 1 }))
  expect(formatLedger(after)).toBe('1/1 always\n1/1 never\n0/3 often: "x" 1/2\n')
  const anew = wantedFrom(passing({ always: 1, 'often: "x" 1/2': 1, fresh: 2 }), ledger)
  expect(formatLedger(anew)).toBe('1/1 always\n0/2 fresh\n1/1 often: "x" 1/2\n')
})
