import { form, type Form } from './forms.js'
import { anyKey, index, integerLimits, integerText, listKey, valueBytes } from './material.js'
import { all, anyOrder, literal, maybe, oneOf, piece, repeat, token, type Phrase, type Piece } from './phrase.js'

/** Mostly of a few, so that what is looked for is found. */
function elementText(phrase: Phrase): string | Buffer {
  const luck = phrase.random.below(100)
  if (luck < 45) return `x${phrase.random.below(8)}`
  if (luck < 65) return String(phrase.between(-9, 9))
  if (luck < 80) return integerText(phrase)
  return luck < 86 ? phrase.pick([...integerLimits, '', '-0', '+1', '007', '\x00\xff', 'y'.repeat(240)]) : valueBytes(phrase)
} // prettier-ignore

const element = piece((phrase) => phrase.push(elementText(phrase)))

/** More than one chunk holds. */
const manyElements = piece((phrase) => {
  const prefix = phrase.pick(['', 'x', 'a longer element '])
  for (let i = phrase.between(100, 900); i > 0; i--) phrase.push(`${prefix}${i % 50}`)
})

/** Whatever number, but small ones most of the time. */
const count = piece((phrase) =>
  phrase.push(phrase.chance(6) ? phrase.pick(integerLimits) : String(phrase.between(-3, phrase.pick([3, 20, 200])))),
)

const end = oneOf(token('LEFT'), token('RIGHT'))
const keys = oneOf(
  all(literal('1'), listKey),
  all(literal('2'), listKey, listKey),
  all(literal('3'), listKey, anyKey, listKey),
)

/** So short that a call which finds nothing holds nobody up. */
const soon = piece((phrase) =>
  phrase.push(phrase.chance(90) ? '0.001' : phrase.pick(['-1', 'abc', 'inf', '', '0.0001'])),
)

/** A call that waits is never mutated: it might wait for ever. */
const blocking = (name: string, weight: number, ...pieces: readonly Piece[]): Form =>
  form(name, pieces, { exact: true, weight })

export const listForms: readonly Form[] = [
  form('LPUSH', [listKey, repeat(element, 1, 6)], { weight: 45 }),
  form('RPUSH', [listKey, repeat(element, 1, 6)], { weight: 45 }),
  form('LPUSH', [listKey, manyElements], { weight: 2, exact: true }),
  form('RPUSH', [listKey, manyElements], { weight: 3, exact: true }),
  form('LPUSHX', [listKey, repeat(element, 1, 4)]),
  form('RPUSHX', [listKey, repeat(element, 1, 4)]),
  form('LPOP', [listKey, maybe(count)], { weight: 15 }),
  form('RPOP', [listKey, maybe(count)], { weight: 15 }),
  form('LLEN', [listKey]),
  form('LINDEX', [listKey, index]),
  form('LSET', [listKey, index, element], { weight: 20 }),
  form('LINSERT', [listKey, oneOf(token('BEFORE'), token('AFTER')), element, element], { weight: 25 }),
  form('LRANGE', [listKey, index, index], { weight: 20 }),
  form('LREM', [listKey, count, element], { weight: 15 }),
  form('LTRIM', [listKey, index, piece((phrase) => phrase.push(String(phrase.between(-5, 500))))], { weight: 6 }),
  form('LTRIM', [listKey, piece((phrase) => phrase.push(String(phrase.between(-4, 4)))), literal('-1')]),
  form('LPOS', [
    listKey,
    element,
    anyOrder(
      maybe(all(token('RANK'), count)),
      maybe(all(token('COUNT'), count)),
      maybe(all(token('MAXLEN'), count)),
    ),
  ], { weight: 25 }), // prettier-ignore
  form('LMOVE', [listKey, listKey, end, end]),
  form('RPOPLPUSH', [listKey, listKey]),
  form('LMPOP', [keys, end, maybe(all(token('COUNT'), count))], { weight: 15 }),
  blocking('BLPOP', 6, repeat(listKey, 1, 3), soon),
  blocking('BRPOP', 6, repeat(listKey, 1, 3), soon),
  blocking('BLMOVE', 6, listKey, listKey, end, end, soon),
  blocking('BRPOPLPUSH', 6, listKey, listKey, soon),
  blocking('BLMPOP', 20, soon, keys, end, maybe(all(token('COUNT'), count))),
]
