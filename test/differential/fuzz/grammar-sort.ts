import { countsOf, form, plain, type Form } from './forms.js'
import { key, sortableKey } from './material.js'
import {
  Phrase,
  all,
  anyOrder,
  literal,
  maybe,
  oneOf,
  piece,
  repeat,
  token,
  type Context,
  type Piece,
} from './phrase.js'

const number = (low: number, high: number): Piece => piece((phrase) => phrase.push(String(phrase.between(low, high))))

/** Elements so small that patterns name keys that are there. */
const elements = repeat(number(0, 14), 1, 12)
const texts = repeat(oneOf(number(0, 14), oneOf(...['a', 'b', 'a\x00b', 'a\x00', '', '\xff'].map(literal))), 1, 20)

const limit = all(token('LIMIT'), number(-2, 6), number(-2, 8))
const direction = oneOf(token('ASC'), token('DESC'))
const alpha = token('ALPHA')
const pattern = oneOf(...['n:*', 'n:*', 'f:*', 'h:*->f1', 'h:*->n2', 's:*', 'none:*', '*'].map(literal))
const got = oneOf(...['#', '#', 'n:*', 's:*', 'h:*->f1', 'h:*->', 'constant', 'h:*'].map(literal))
const by = all(token('BY'), pattern)
const gets = repeat(all(token('GET'), got), 1, 3)

const lists = sortableKey
const sets = key('integers')
const anySets = key('set', 'integers')

/** Numbers, and of equal ones the bytes, tell the order of whatever a key holds. */
const byNumber = all(oneOf(lists, lists, sets), anyOrder(maybe(by), maybe(limit), maybe(direction), maybe(gets)))
/** So do all the bytes of texts, but only what is stored is compared by them. */
const byBytes = all(anySets, anyOrder(alpha, maybe(limit), maybe(direction), maybe(gets)))
const store = all(token('STORE'), lists)
const unordered = all(token('BY'), literal('unordered'))

/**
 * Texts are of equal rank where what belongs to them is, or what stands before a NUL. Then their order before tells, which
 * only a list has: so there is one.
 */
function byText(name: string): Form {
  const options = anyOrder(alpha, maybe(by, 60), maybe(limit), maybe(direction), maybe(gets))
  return {
    name,
    tokens: options.tokens,
    weight: 8,
    make(context: Context) {
      const push = new Phrase(context)
      push.push('RPUSH')
      lists.write(push)
      const list = push.args[1]
      texts.write(push)
      const phrase = new Phrase(context)
      phrase.push(name)
      phrase.push(list)
      options.write(phrase)
      const requests = [[...plain('DEL'), list], push.args, phrase.args]
      return { requests, replies: [0, 1, 2], counts: countsOf(name, phrase.tokens) }
    },
  }
}

/** Redis's SORT takes ERANGE, left behind by a number of any earlier command, for its own: reading a score clears that. */
const afterScore = (sort: Form): Form => ({
  ...sort,
  make(context) {
    const step = sort.make(context)
    const score = plain('ZADD', 'missing:0', 'XX', 1, 'm')
    return { ...step, requests: [score, ...step.requests], replies: [0, ...step.replies.map((index) => index + 1)] }
  },
})

const sorts: readonly Form[] = [
  form('SORT', [byNumber], { weight: 15 }),
  form('SORT', [oneOf(byNumber, byBytes), store], { weight: 10 }),
  byText('SORT'),
  byText('SORT_RO'),
  form('SORT', [anySets, anyOrder(unordered, maybe(direction), maybe(alpha))], { weight: 3, exact: true }),
  form('SORT', [anySets, unordered, maybe(gets), store], { weight: 3 }),
  form('SORT_RO', [byNumber], { weight: 15 }),
]

export const sortForms: readonly Form[] = [form('RPUSH', [lists, elements], { weight: 15 }), ...sorts.map(afterScore)]
