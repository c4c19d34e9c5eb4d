import { countsOf, form, plain, type Form } from './forms.js'
import { anyKey, glob, integerLimits, integerText, scanEverything, setKey, valueBytes } from './material.js'
import { Phrase, all, anyOrder, literal, maybe, oneOf, piece, repeat, token, type Context } from './phrase.js'

/** Members by what the key holds: some keys hold integers only, so that they stay intsets for long. */
function memberText(phrase: Phrase, key: string): string | Buffer {
  const luck = phrase.random.below(100)
  const small = (): string => String(phrase.between(-40, 60))
  if (key.startsWith('i:')) {
    if (luck < 80) return small()
    return luck < 98 ? String(phrase.between(-50, 50) * phrase.pick([1000, 100_000, 10_000_000_000])) : integerText(phrase)
  } // prettier-ignore
  if (luck < 30) return small()
  if (luck < 85) return `m${phrase.random.below(phrase.pick([20, 20, 200]))}`
  return luck < 95 ? phrase.pick([...integerLimits, '', '-0', '+1', '007', '\x00\xff', 'x'.repeat(70)]) : valueBytes(phrase)
} // prettier-ignore

const lastKey = (phrase: Phrase): string => phrase.args[1].latin1Slice()

/** A member of the kind that the command's first key holds. */
const member = piece((phrase) => phrase.push(memberText(phrase, lastKey(phrase))))

/** So many integers that no intset holds them all. */
const manyMembers = piece((phrase) => {
  const prefix = phrase.pick(['', '', 'w'])
  for (let i = phrase.between(100, 600); i > 0; i--) phrase.push(prefix + String(i))
})

const sources = repeat(setKey, 1, 4)

/** Only what pops a whole set leaves both servers with the same. */
const popOne: Form = {
  name: 'SPOP',
  tokens: [],
  weight: 4,
  make(context: Context) {
    const phrase = new Phrase(context)
    phrase.push('SPOP')
    setKey.write(phrase)
    const [, key] = phrase.args
    const add = [...plain('SADD'), key, ...plain(phrase.pick(['1', '-70000', 'only', '9223372036854775807']))]
    return { requests: [[...plain('SPOP'), key, ...plain(99_999)], add, phrase.args], replies: [0, 1, 2], counts: countsOf('SPOP', []) } // prettier-ignore
  },
}

const count = piece((phrase) => phrase.push(String(phrase.between(-30, 30))))

export const setForms: readonly Form[] = [
  form('SADD', [setKey, repeat(member, 1, 6)], { weight: 60 }),
  form('SADD', [setKey, manyMembers], { weight: 2, exact: true }),
  form('SCARD', [setKey]),
  form('SDIFF', [sources]),
  form('SDIFFSTORE', [setKey, sources]),
  form('SINTER', [sources]),
  form('SINTERCARD', [
    oneOf(
      all(literal('1'), setKey),
      all(literal('2'), setKey, setKey),
      all(literal('3'), setKey, setKey, setKey),
      all(literal('2'), setKey, anyKey),
    ),
    maybe(all(token('LIMIT'), piece((phrase) => phrase.push(String(phrase.between(-1, 12)))))),
  ]), // prettier-ignore
  form('SINTERSTORE', [setKey, sources]),
  form('SISMEMBER', [setKey, member]),
  form('SMEMBERS', [setKey]),
  form('SMISMEMBER', [setKey, repeat(member, 1, 6)]),
  form('SMOVE', [setKey, setKey, member]),
  form('SPOP', [setKey, piece((phrase) => phrase.push(phrase.pick(['99999', '0', '-1', '9223372036854775807'])))], {
    weight: 2,
    exact: true,
  }),
  popOne,
  form('SRANDMEMBER', [setKey], { weight: 4 }),
  form('SRANDMEMBER', [setKey, count], { exact: true }),
  form('SREM', [setKey, repeat(member, 1, 6)], { weight: 20 }),
  form(
    'SSCAN',
    [setKey, literal('0'), anyOrder(all(token('COUNT'), scanEverything), maybe(all(token('MATCH'), glob)))],
    { exact: true },
  ),
  form('SUNION', [sources]),
  form('SUNIONSTORE', [setKey, sources]),
]
