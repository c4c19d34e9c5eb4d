import { form, type Form } from './forms.js'
import {
  anyKey,
  float,
  floatText,
  glob,
  index,
  integer,
  lexKey,
  scanEverything,
  setKey,
  sortedSetKey,
  valueBytes,
} from './material.js'
import { all, anyOrder, literal, maybe, oneOf, piece, repeat, token, type Phrase } from './phrase.js'

function memberText(phrase: Phrase): string | Buffer {
  const luck = phrase.random.below(100)
  if (luck < 55) return `m${phrase.random.below(20)}`
  if (luck < 75) return String(phrase.between(-20, 40))
  if (luck < 95) return `w${phrase.random.below(300)}`
  return luck < 99 ? phrase.pick(['', '\x00\xff', '007', 'x'.repeat(64), 'x'.repeat(65)]) : valueBytes(phrase)
}

const member = piece((phrase) => phrase.push(memberText(phrase)))

// No number so small that C's strtod says ERANGE: Redis's SORT takes that, left over from whichever command, for its own.
function scoreText(phrase: Phrase): string {
  const luck = phrase.random.below(100)
  if (luck < 60) return String(phrase.between(-20, 40))
  if (luck < 90) return floatText(phrase)
  return phrase.pick(['inf', '-inf', '-0', '1e17', '-1e300', '0x1p3', '+5', '1e-300', '123456789012345678'])
}

const score = piece((phrase) => phrase.push(scoreText(phrase)))
const scoreAndMember = all(score, member)

/** So many that the small encoding is left. */
const manyMembers = piece((phrase) => {
  for (let i = phrase.between(100, 400); i > 0; i--) {
    phrase.push(String(phrase.between(-50, 50) / phrase.pick([1, 4])))
    phrase.push(`w${i}`)
  }
})

/** Members of one score, as ranges of bytes want them. */
const lexMember = piece((phrase) => phrase.push(lexText(phrase)))
const zeroAndLexMember = all(literal('0'), lexMember)
const lexText = (phrase: Phrase): string =>
  Array.from({ length: phrase.random.below(4) }, () => phrase.pick(['a', 'b', 'c', '\xff', '\x00', 'm'])).join('')
const manyLexMembers = piece((phrase) => {
  for (let i = phrase.between(100, 300); i > 0; i--) {
    phrase.push('0')
    phrase.push(`${lexText(phrase)}${i}`)
  }
})

const scoreBound = piece((phrase) => {
  const text = phrase.chance(15) ? phrase.pick(['-inf', '+inf', 'inf']) : scoreText(phrase)
  phrase.push(phrase.chance(30) ? `(${text}` : text)
})

const lexBound = piece((phrase) => {
  if (phrase.chance(25)) phrase.push(phrase.pick(['-', '+']))
  else phrase.push(Buffer.from(phrase.pick(['[', '(']) + lexText(phrase), 'latin1'))
})

const count = piece((phrase) => phrase.push(String(phrase.between(-30, 30))))
const positive = piece((phrase) => phrase.push(String(phrase.between(1, 20))))
const limit = all(token('LIMIT'), count, count)

const order = maybe(token('REV'))
const byScore = [scoreBound, scoreBound]
const byLex = [lexBound, lexBound]

const range = oneOf(
  all(sortedSetKey, index, index, anyOrder(order, maybe(token('WITHSCORES')))),
  all(sortedSetKey, ...byScore, anyOrder(token('BYSCORE'), order, maybe(token('WITHSCORES')), maybe(limit))),
  all(lexKey, ...byLex, anyOrder(token('BYLEX'), order, maybe(limit))),
)

const storedRange = oneOf(
  all(sortedSetKey, sortedSetKey, index, index, order),
  all(sortedSetKey, sortedSetKey, ...byScore, anyOrder(token('BYSCORE'), order, maybe(limit))),
  all(lexKey, lexKey, ...byLex, anyOrder(token('BYLEX'), order, maybe(limit))),
)

const source = oneOf(sortedSetKey, sortedSetKey, sortedSetKey, setKey)
const sources = oneOf(
  all(literal('1'), source),
  all(literal('2'), source, source),
  all(literal('3'), source, source, source),
)

const weight = piece((phrase) => phrase.push(phrase.pick(['0', '1', '2', '-1', '0.5', '1.1', 'inf', '-inf', '1e10'])))
const weighed = oneOf(
  all(literal('1'), source, maybe(all(token('WEIGHTS'), weight))),
  all(literal('2'), source, source, maybe(all(token('WEIGHTS'), weight, weight))),
  all(literal('3'), source, source, source, maybe(all(token('WEIGHTS'), weight, weight, weight))),
)
const aggregate = maybe(all(token('AGGREGATE'), oneOf(token('SUM'), token('MIN'), token('MAX'))), 70)

const addOptions = oneOf(
  maybe(token('CH')),
  anyOrder(token('NX'), maybe(token('CH'))),
  anyOrder(token('XX'), maybe(token('CH')), maybe(oneOf(token('GT'), token('LT')))),
  anyOrder(token('GT'), maybe(token('CH'))),
  anyOrder(token('LT'), maybe(token('CH'))),
)

const addIncrement = anyOrder(token('INCR'), maybe(oneOf(token('NX'), token('XX'), token('GT'), token('LT'))))

const keys = oneOf(
  all(literal('1'), sortedSetKey),
  all(literal('2'), sortedSetKey, sortedSetKey),
  all(literal('2'), sortedSetKey, anyKey),
)
const end = oneOf(token('MIN'), token('MAX'))
/** Long enough for a reply that is there at once, so short that a wait for nothing is soon over. */
const timeout = literal('0.001')

export const sortedSetForms: readonly Form[] = [
  form('BZMPOP', [timeout, keys, end, maybe(all(token('COUNT'), positive))], { weight: 7, exact: true }),
  form('BZPOPMAX', [repeat(sortedSetKey, 1, 3), timeout], { weight: 3, exact: true }),
  form('BZPOPMIN', [repeat(sortedSetKey, 1, 3), timeout], { weight: 3, exact: true }),
  form('ZADD', [sortedSetKey, addOptions, repeat(scoreAndMember, 1, 8)], { weight: 60 }),
  form('ZADD', [sortedSetKey, addIncrement, scoreAndMember], { weight: 15 }),
  form('ZADD', [sortedSetKey, manyMembers], { weight: 2, exact: true }),
  form('ZADD', [lexKey, repeat(zeroAndLexMember, 1, 8)], { weight: 15, exact: true }),
  form('ZADD', [lexKey, manyLexMembers], { weight: 2, exact: true }),
  form('ZCARD', [sortedSetKey]),
  form('ZCOUNT', [sortedSetKey, ...byScore]),
  form('ZDIFF', [sources, maybe(token('WITHSCORES'))]),
  form('ZDIFFSTORE', [sortedSetKey, sources], { weight: 5 }),
  form('ZINCRBY', [sortedSetKey, oneOf(score, float, integer), member], { weight: 20 }),
  form('ZINTER', [weighed, anyOrder(aggregate, maybe(token('WITHSCORES')))]),
  form('ZINTERCARD', [
    sources,
    maybe(all(token('LIMIT'), piece((phrase) => phrase.push(String(phrase.between(-1, 12)))))),
  ]), // prettier-ignore
  form('ZINTERSTORE', [sortedSetKey, weighed, aggregate], { weight: 15 }),
  form('ZLEXCOUNT', [lexKey, ...byLex]),
  form('ZMPOP', [keys, end, maybe(all(token('COUNT'), positive))], { weight: 5 }),
  form('ZMSCORE', [sortedSetKey, repeat(member, 1, 6)]),
  form('ZPOPMAX', [sortedSetKey, maybe(positive)], { weight: 5 }),
  form('ZPOPMIN', [sortedSetKey, maybe(positive)], { weight: 5 }),
  form('ZRANDMEMBER', [sortedSetKey], { weight: 4 }),
  form('ZRANDMEMBER', [sortedSetKey, count, maybe(token('WITHSCORES'))], { exact: true }),
  form('ZRANGE', [range], { weight: 30 }),
  form('ZRANGEBYLEX', [lexKey, ...byLex, maybe(limit)]),
  form('ZRANGEBYSCORE', [sortedSetKey, ...byScore, anyOrder(maybe(token('WITHSCORES')), maybe(limit))]),
  form('ZRANGESTORE', [storedRange], { weight: 8 }),
  form('ZRANK', [sortedSetKey, member]),
  form('ZREM', [sortedSetKey, repeat(member, 1, 6)], { weight: 15 }),
  form('ZREMRANGEBYLEX', [lexKey, ...byLex], { weight: 3 }),
  form('ZREMRANGEBYRANK', [sortedSetKey, index, index], { weight: 3 }),
  form('ZREMRANGEBYSCORE', [sortedSetKey, ...byScore], { weight: 3 }),
  form('ZREVRANGE', [sortedSetKey, index, index, maybe(token('WITHSCORES'))]),
  form('ZREVRANGEBYLEX', [lexKey, ...byLex, maybe(limit)]),
  form('ZREVRANGEBYSCORE', [sortedSetKey, ...byScore, anyOrder(maybe(token('WITHSCORES')), maybe(limit))]),
  form('ZREVRANK', [sortedSetKey, member]),
  form(
    'ZSCAN',
    [sortedSetKey, literal('0'), anyOrder(all(token('COUNT'), scanEverything), maybe(all(token('MATCH'), glob)))],
    { exact: true },
  ),
  form('ZSCORE', [sortedSetKey, member], { weight: 15 }),
  form('ZUNION', [weighed, anyOrder(aggregate, maybe(token('WITHSCORES')))]),
  form('ZUNIONSTORE', [sortedSetKey, weighed, aggregate], { weight: 12 }),
]
