import { words } from '../../support/templates.js'
import { type Phrase, type Piece, piece } from './phrase.js'

/** Databases the generator works in; the servers have 16. */
export const databases = 3

/**
 * Names of keys by what they mostly hold. LCS is quadratic, so that its family holds short texts only, and commands
 * that carry a value from key to key stay in one family.
 */
const families = {
  text: [...numbered('s:', 12), '', '\x00\xff\r\n', 'k'.repeat(300), 'user:1', 'user:{2}'],
  number: numbered('n:', 8),
  float: numbered('f:', 5),
  short: numbered('l:', 4),
  set: [...numbered('e:', 10), '\x00set'],
  integers: numbered('i:', 5),
  sortable: numbered('q:', 5),
  sorted: [...numbered('z:', 10), '\x00sorted'],
  lex: numbered('x:', 4),
  list: [...numbered('d:', 8), '\x00list'],
  geo: numbered('g:', 5),
  bits: numbered('b:', 5),
  sketch: numbered('p:', 6),
  stream: [...numbered('y:', 7), '\x00stream'],
  hash: [...numbered('h:', 10), 'hash\x00key', 'H'.repeat(100)],
} as const

export type Family = keyof typeof families

const familyNames = Object.keys(families) as Family[]

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

/** A key that mostly is of one of `wanted`, at times of a type the command refuses, at times one never written. */
export function key(...wanted: readonly Family[]): Piece {
  return piece((phrase) => phrase.push(keyName(phrase, wanted)))
}

/**
 * Families that never mix: SORT of a sorted set leaves it in Redis's large encoding for good, and takes it in the order of
 * a hash table, so what SORT may read is never one.
 */
const sortedFamilies: readonly Family[] = ['sorted', 'lex', 'geo']
const sortFamilies: readonly Family[] = ['sortable', 'set', 'integers']

/** What a range of bytes is of members with several scores depends, in Redis, on the heights of its skip list. */
const isNoLexRange = (one: Family, other: Family): boolean =>
  one === 'lex' && other !== 'lex' && sortedFamilies.includes(other)

/**
 * Families that only their own commands are drawn for. A HyperLogLog whose bytes were changed is refused by PFADD at the place
 * where it is broken: Redis has changed it up to there by then, Truedis not at all.
 */
const guarded: readonly Family[] = ['short', 'lex', 'sketch']

const mix = (one: Family, other: Family): boolean =>
  !isNoLexRange(one, other) &&
  !(sortedFamilies.includes(one) && sortFamilies.includes(other)) &&
  !(sortFamilies.includes(one) && sortedFamilies.includes(other))

function keyName(phrase: Phrase, wanted: readonly Family[]): string {
  const luck = phrase.random.below(100)
  if (luck < 2) return `missing:${phrase.random.below(3)}`
  const others = familyNames.filter(
    (name) => (!guarded.includes(name) || wanted.includes(name)) && wanted.every((family) => mix(family, name)),
  )
  return phrase.pick<string>(families[luck < 6 ? phrase.pick(others) : phrase.pick(wanted)])
}

/** Strings of every kind but those kept short for LCS. */
export const stringKey = key('text', 'text', 'number', 'float')
export const numberKey = key('number')
export const floatKey = key('float')
export const hashKey = key('hash')
export const sortableKey = key('sortable')
export const listKey = key('list')
export const setKey = key('set', 'set', 'integers')
export const sortedSetKey = key('sorted')
/** Sorted sets whose members all have one score: what ranges of bytes are of others is not specified. */
export const lexKey = key('lex')
export const geoKey = key('geo')
/** Strings that hold bits, few bytes each, so that they can be compared whole. */
export const bitsKey = key('bits')
export const streamKey = key('stream')
export const sketchKey = key('sketch')
export const anyKey = key(
  'text',
  'number',
  'float',
  'hash',
  'hash',
  'short',
  'bits',
  'sketch',
  'set',
  'integers',
  'sorted',
  'sorted',
  'lex',
  'list',
  'stream',
  'geo',
)
/** Keys for LCS, and for nothing else that could make their values long. */
export const shortKey = piece((phrase) =>
  phrase.push(phrase.pick<string>(phrase.chance(95) ? families.short : families.hash)),
)

/** Two keys of one family, at times the same. */
export const twoKeys = piece((phrase) => {
  const family = families[phrase.pick(familyNames)]
  phrase.push(phrase.chance(3) ? 'missing:0' : phrase.pick<string>(family))
  phrase.push(phrase.pick<string>(family))
})

export const integerLimits = words`
  0 1 -1 9999 10000 2147483647 -2147483648 4294967296 9007199254740992 9007199254740993 -9007199254740993
  9223372036854775807 -9223372036854775808 9223372036854775806 1000000000000000000
`

const floats = words`
  0 1.5 -1.5 0.1 -0.1 0.3 3.14159265358979 1e5 1e-5 2.5e10 123456.789 -0.00001 1e17 99999999999999999.5
  12345678901234567890 1e20 5.0e3 .5 5. 0.1234567890123456789
`

export function bytes(phrase: Phrase, length: number): Buffer {
  const made = Buffer.allocUnsafe(length)
  for (let i = 0; i < length; i++) made[i] = phrase.random.int32() & 0xff
  return made
}

function letters(phrase: Phrase, length: number): string {
  const from = 'abcdefghijklmnopqrstuvwxyz      ABCDEF0123456789'
  return Array.from({ length: Math.min(length, 64) }, () => from[phrase.random.below(from.length)])
    .join('')
    .padEnd(length, 'truedis-')
}

export const integer = piece((phrase) => phrase.push(integerText(phrase)))
export const float = piece((phrase) => phrase.push(floatText(phrase)))

export function integerText(phrase: Phrase): string {
  if (phrase.chance(8)) return phrase.pick(integerLimits)
  const most = phrase.pick([10, 1000, 20_000, 4_000_000_000])
  return String((phrase.chance(30) ? -1 : 1) * phrase.random.below(most))
}

export function floatText(phrase: Phrase): string {
  if (phrase.chance(30)) return phrase.pick(floats)
  const whole = String(phrase.random.below(phrase.pick([10, 1000, 1_000_000_000])))
  const fraction = String(phrase.random.below(phrase.pick([10, 1000, 1_000_000_000])))
  return `${phrase.chance(30) ? '-' : ''}${whole}.${fraction}`
}

/** Lengths where an encoding changes or a buffer ends. */
const edges = [0, 1, 2, 11, 12, 20, 43, 44, 45, 63, 64, 65, 127, 128, 255, 256, 511, 512, 1000, 4095, 4096]
const long = [16_384, 32_768, 65_535, 65_536, 65_537, 80_000, 131_072]

/** A value of any size and kind: empty, a byte, binary, 64 KiB and more, like an integer or a float, or at int64's limits. */
export const value = piece((phrase) => phrase.push(valueBytes(phrase)))

export function valueBytes(phrase: Phrase): string | Buffer {
  const luck = phrase.random.below(1000)
  if (luck < 250) return integerText(phrase)
  if (luck < 330) return floatText(phrase)
  if (luck < 500) return letters(phrase, phrase.random.below(30))
  if (luck < 600) return bytes(phrase, phrase.random.below(40))
  if (luck < 650) return JSON.stringify({ id: phrase.random.below(1000), name: letters(phrase, 8) })
  if (luck < 990) return letters(phrase, phrase.pick(edges))
  return letters(phrase, phrase.pick(long))
}

export const shortValue = piece((phrase) => phrase.push(letters(phrase, phrase.random.below(60)).slice(0, 60)))
export const integerValue = piece((phrase) => phrase.push(phrase.chance(92) ? integerText(phrase) : valueBytes(phrase)))
export const floatValue = piece((phrase) => phrase.push(phrase.chance(92) ? floatText(phrase) : valueBytes(phrase)))

/** Fields by what they hold; `w` ones are many, so that hashes outgrow their small encoding. */
export const field = piece((phrase) => phrase.push(fieldName(phrase)))
export const integerField = piece((phrase) =>
  phrase.push(phrase.chance(95) ? `n${phrase.random.below(5)}` : fieldName(phrase)),
)
export const floatField = piece((phrase) =>
  phrase.push(phrase.chance(95) ? `d${phrase.random.below(5)}` : fieldName(phrase)),
)

export function fieldName(phrase: Phrase): string {
  const luck = phrase.random.below(100)
  if (luck < 60) return `f${phrase.random.below(10)}`
  if (luck < 75) return `n${phrase.random.below(5)}`
  if (luck < 85) return `d${phrase.random.below(5)}`
  if (luck < 97) return `w${phrase.random.below(200)}`
  return phrase.pick(['', '\x00\xff', 'long'.repeat(20)])
}

export function fieldValue(phrase: Phrase, name: string): string | Buffer {
  if (name.startsWith('n')) return integerText(phrase)
  return name.startsWith('d') ? floatText(phrase) : valueBytes(phrase)
}

/** Field and value, the value of the kind that the field's name promises. */
export const fieldAndValue = piece((phrase) => {
  const name = fieldName(phrase)
  phrase.push(name)
  phrase.push(fieldValue(phrase, name))
})

/** A whole series of fields, past the default limit of the small encoding. */
export const manyFields = piece((phrase) => {
  for (let i = phrase.between(100, 600); i > 0; i--) {
    phrase.push(`w${i}`)
    phrase.push('v'.repeat(phrase.random.below(10)))
  }
})

/**
 * Deadlines are so far away that none passes during a run, and those that count from now differ by thousands of
 * seconds, so that which of two is the later (GT, LT) does not depend on when either server read its clock.
 */
const farSeconds = (phrase: Phrase): number => 100_000 + 1000 * phrase.random.below(1_000_000)
const farMoment = (phrase: Phrase): number => 4_000_000_000 + phrase.random.below(100_000_000)

const fixedNumber = (draw: (phrase: Phrase) => number | string): Piece =>
  piece((phrase) => {
    phrase.fixed.add(phrase.args.length)
    phrase.push(String(draw(phrase)))
  })

/** Numbers that no deadline may be. */
const refused = ['0', '-1', '9223372036854775807', '9223372036854775808', 'abc', '', '1.5', '9223372036854775']

export const seconds = fixedNumber((phrase) => (phrase.chance(3) ? phrase.pick(refused) : farSeconds(phrase)))
export const milliseconds = fixedNumber((phrase) =>
  phrase.chance(3) ? phrase.pick(refused) : farSeconds(phrase) * 1000,
)
export const secondsAt = fixedNumber((phrase) =>
  phrase.chance(3) ? phrase.pick([...refused, '1', '1000000000']) : farMoment(phrase),
)
export const millisecondsAt = fixedNumber((phrase) =>
  phrase.chance(3)
    ? phrase.pick([...refused, '1', '1000000000000'])
    : farMoment(phrase) * 1000 + phrase.random.below(1000),
)

export const database = piece((phrase) =>
  phrase.push(
    phrase.chance(3) ? phrase.pick(['16', '-1', 'abc', '9999999999']) : String(phrase.random.below(databases)),
  ),
)

/** Where a range begins or ends. */
export const index = piece((phrase) => {
  if (phrase.chance(10)) return phrase.push(phrase.pick(integerLimits))
  phrase.push(String(phrase.between(-60, 60)))
})

const globs = [
  '*',
  's:*',
  'h:?',
  '[shn]:*',
  '*:1',
  'n:[0-4]',
  'n:[^0-4]',
  'f*',
  'w1*',
  '?',
  'user:{*}',
  '*\xff*',
  'nothing',
  '[',
  '\\*',
  'w[1-3]?',
  '**1',
  '',
]

export const glob = piece((phrase) => phrase.push(phrase.pick(globs)))

/** So many that one call scans everything: pages differ from server to server, the whole does not. */
export const scanEverything = piece((phrase) => phrase.push(phrase.pick(['100000', '1000000', '20000'])))

/** What a mutation puts in an argument's place. */
export const oddities = [
  '',
  '-1',
  '0',
  'abc',
  '9223372036854775808',
  '-9223372036854775809',
  '1.5',
  'nan',
  ' 1',
  '\x00',
  'NX',
  '1e400',
]
