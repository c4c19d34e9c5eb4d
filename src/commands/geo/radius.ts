import { command, type KeySpec } from '../../command/index.js'
import { readKey } from '../key-specs.js'
import { search } from './search.js'

const cost =
  'O(N+log(M)) where N is the number of members in the squares of the grid that cover the circle and M that of members ' +
  'in the sorted set.'
const unit = 'unit=<M | KM | FT | MI>'
const details = '[WITHCOORD] [WITHDIST] [WITHHASH]'
const order = 'order=[ASC | DESC]'
const anySince = '[count={COUNT count:integer [ANY]@6.2.0}]'
const any = '[count={COUNT count:integer [ANY]}]'
const stored = '[STORE key#1] [STOREDIST key#2]'

/** The source, and what STORE or STOREDIST names, looked for from argument `from` on. */
const keysFrom = (from: number): readonly KeySpec[] => [
  { first: 1, access: 'RO', effects: ['access'] },
  { first: { keyword: 'STORE', from }, last: 0, access: 'OW', effects: ['update'] },
  { first: { keyword: 'STOREDIST', from }, last: 0, access: 'OW', effects: ['update'] },
]

export const GEORADIUS = command({
  name: 'GEORADIUS',
  group: 'geo',
  since: '3.2.0',
  summary: 'Returns, or stores, the members within a circle around a place.',
  complexity: cost,
  arity: -6,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: keysFrom(6),
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` argument' },
  history: [
    ['6.2.0', 'Added `ANY` for `COUNT`.'],
    ['7.0.0', 'Units may be in upper case.'],
  ],
  syntax: `key longitude:double latitude:double radius:double ${unit} ${details} ${anySince} ${order} ${stored}`,
  run: (call) => search(call, { center: 'place', source: 1, stores: 'option' }),
})

export const GEORADIUS_RO = command({
  name: 'GEORADIUS_RO',
  group: 'geo',
  since: '3.2.10',
  summary: 'Returns the members within a circle around a place.',
  complexity: cost,
  arity: -6,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` argument' },
  history: [['6.2.0', 'Added `ANY` for `COUNT`.']],
  syntax: `key longitude:double latitude:double radius:double ${unit} ${details} ${anySince} ${order}`,
  run: (call) => search(call, { center: 'place', source: 1, stores: 'never' }),
})

export const GEORADIUSBYMEMBER = command({
  name: 'GEORADIUSBYMEMBER',
  group: 'geo',
  since: '3.2.0',
  summary: 'Returns, or stores, the members within a circle around a member.',
  complexity: cost,
  arity: -5,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: keysFrom(5),
  deprecated: {
    since: '6.2.0',
    replacedBy: '`GEOSEARCH` and `GEOSEARCHSTORE` with the `BYRADIUS` and `FROMMEMBER` arguments',
  },
  history: [['7.0.0', 'Units may be in upper case.']],
  syntax: `key member radius:double ${unit} ${details} ${any} ${order} ${stored}`,
  run: (call) => search(call, { center: 'member', source: 1, stores: 'option' }),
})

export const GEORADIUSBYMEMBER_RO = command({
  name: 'GEORADIUSBYMEMBER_RO',
  group: 'geo',
  since: '3.2.10',
  summary: 'Returns the members within a circle around a member.',
  complexity: cost,
  arity: -5,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`GEOSEARCH` with the `BYRADIUS` and `FROMMEMBER` arguments' },
  syntax: `key member radius:double ${unit} ${details} ${any} ${order}`,
  run: (call) => search(call, { center: 'member', source: 1, stores: 'never' }),
})
