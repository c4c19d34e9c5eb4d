import { form, type Form } from './forms.js'
import { key, sortableKey } from './material.js'
import { all, anyOrder, literal, maybe, oneOf, piece, repeat, token, type Piece } from './phrase.js'

const number = (low: number, high: number): Piece => piece((phrase) => phrase.push(String(phrase.between(low, high))))

/** Elements so small that patterns name keys that are there. */
const elements = repeat(number(0, 14), 1, 12)

const limit = all(token('LIMIT'), number(-2, 6), number(-2, 8))
const direction = oneOf(token('ASC'), token('DESC'))
const alpha = token('ALPHA')
const pattern = oneOf(...['n:*', 'n:*', 'f:*', 'h:*->f1', 'h:*->n2', 's:*', 'none:*', '*'].map(literal))
const got = oneOf(...['#', '#', 'n:*', 's:*', 'h:*->f1', 'h:*->', 'constant', 'h:*'].map(literal))
const by = all(token('BY'), pattern)
const gets = repeat(all(token('GET'), got), 1, 3)

/** What is drawn from sets has no order but that of numbers, or of texts that differ. */
const sets = key('integers')
const anySets = key('set', 'integers')
const lists = sortableKey

const readOptions = anyOrder(maybe(by), maybe(limit), maybe(direction), maybe(gets), maybe(alpha, 30))
const setOptions = anyOrder(maybe(by), maybe(limit), maybe(direction), maybe(gets))
const textOptions = anyOrder(alpha, maybe(limit), maybe(direction), maybe(gets))
const store = all(token('STORE'), lists)
const unordered = all(token('BY'), literal('unordered'))

const ordered = oneOf(
  all(lists, readOptions),
  all(lists, readOptions),
  all(sets, setOptions),
  all(anySets, textOptions),
)

export const sortForms: readonly Form[] = [
  form('RPUSH', [lists, elements], { weight: 15 }),
  form('SORT', [ordered], { weight: 15 }),
  form('SORT', [ordered, store], { weight: 10 }),
  form('SORT', [anySets, anyOrder(unordered, maybe(direction), maybe(alpha))], { weight: 3, exact: true }),
  form('SORT', [anySets, unordered, maybe(gets), store], { weight: 3 }),
  form('SORT_RO', [ordered], { weight: 15 }),
]
