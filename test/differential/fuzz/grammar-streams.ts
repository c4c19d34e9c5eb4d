import { countsOf, form, plain, type Form } from './forms.js'
import { fieldAndValue, integerLimits, shortValue, streamKey } from './material.js'
import { Phrase, all, anyOrder, literal, maybe, oneOf, piece, repeat, token, type Context } from './phrase.js'

/** A moment far away: behind it `*` counts on and asks no clock. */
const far = '5000000000000'

const oddIds = [
  ...['0-1', '1-1', '1', '0', `${far}-*`, `${Number(far) + 1}-0`, '', 'abc', '-', '+', '(1-1', '1-abc', '-1'],
  ...['18446744073709551615-18446744073709551615', '18446744073709551616-0', '1-18446744073709551616'],
]

const idText = (phrase: Phrase): string =>
  phrase.chance(93) ? `${far}-${phrase.random.below(phrase.pick([4, 40, 400]))}` : phrase.pick(oddIds)

const id = piece((phrase) => phrase.push(idText(phrase)))

/** The ID of a new entry: nearly always the next one. */
const newId = piece((phrase) => phrase.push(phrase.chance(90) ? `${far}-*` : idText(phrase)))

/** Where a range begins or ends. */
const bound = (end: string) =>
  piece((phrase) => phrase.push(phrase.chance(40) ? end : (phrase.chance(25) ? '(' : '') + idText(phrase)))

const group = piece((phrase) => phrase.push(phrase.chance(97) ? `g${phrase.random.below(3)}` : 'nobody'))
const consumer = piece((phrase) => phrase.push(phrase.chance(97) ? `c${phrase.random.below(4)}` : ''))

const numberUpTo = (most: number) =>
  piece((phrase) => phrase.push(phrase.chance(95) ? String(phrase.random.below(most)) : phrase.pick(integerLimits)))

const few = numberUpTo(12)

/** Times that no run takes: what is pending is idle for less, or for longer. */
const idleTime = piece((phrase) => phrase.push(phrase.pick(['0', '0', '0', '-1', '9000000000000', 'abc'])))

const trimming = all(
  oneOf(
    all(token('MAXLEN'), maybe(oneOf(token('='), token('~'), token('~')), 70), numberUpTo(150)),
    all(token('MINID'), maybe(oneOf(token('='), token('~'), token('~')), 70), id),
  ),
)
const limited = all(
  oneOf(token('MAXLEN'), token('MAXLEN')),
  token('~'),
  numberUpTo(60),
  token('LIMIT'),
  numberUpTo(200),
)
const fields = oneOf(
  all(literal('a'), shortValue),
  all(literal('a'), shortValue, literal('b'), shortValue),
  repeat(fieldAndValue, 1, 4),
)

/** `*` behind an ID that is far away, so that both servers give the same. */
const addNext: Form = {
  name: 'XADD',
  tokens: ['*'],
  weight: 8,
  make(context: Context) {
    const phrase = new Phrase(context)
    streamKey.write(phrase)
    const [key] = phrase.args
    const first = [...plain('XADD'), key, ...plain(`${far}-*`, 'f', 'v')]
    const next = [...plain('XADD'), key, ...plain('NOMKSTREAM', '*', 'f', phrase.random.below(1000))]
    return { requests: [first, next], replies: [0, 1], counts: countsOf('XADD', ['*']) }
  },
}

const readCount = maybe(all(token('COUNT'), few))
/** So short that whoever finds nothing holds nobody up. */
const readBlock = maybe(all(token('BLOCK'), literal('1')), 18)

const streams = oneOf(
  all(token('STREAMS'), streamKey, id),
  all(token('STREAMS'), streamKey, oneOf(literal('0'), literal('$'))),
  all(token('STREAMS'), streamKey, streamKey, id, literal('0-0')),
)
const groupStreams = oneOf(
  all(token('STREAMS'), streamKey, literal('>')),
  all(token('STREAMS'), streamKey, literal('>')),
  all(token('STREAMS'), streamKey, id),
  all(token('STREAMS'), streamKey, streamKey, literal('>'), literal('0')),
)

const reading: readonly Form[] = [
  form('XLEN', [streamKey]),
  form('XRANGE', [streamKey, bound('-'), bound('+'), maybe(all(token('COUNT'), few))], { weight: 20 }),
  form('XREVRANGE', [streamKey, bound('+'), bound('-'), maybe(all(token('COUNT'), few))], { weight: 20 }),
  form('XREAD', [anyOrder(readCount, readBlock), streams], { weight: 15, exact: true }),
  form('XINFO STREAM', [streamKey, maybe(all(token('FULL'), maybe(all(token('COUNT'), few))), 50)], { weight: 20 }),
  form('XINFO GROUPS', [streamKey], { weight: 12 }),
  form('XINFO CONSUMERS', [streamKey, group]),
  form('XINFO HELP', [], { weight: 4 }),
]

const changing: readonly Form[] = [
  form('XADD', [streamKey, newId, fields], { weight: 90 }),
  form('XADD', [streamKey, maybe(token('NOMKSTREAM')), trimming, newId, fields], { weight: 25 }),
  form('XADD', [streamKey, limited, newId, fields], { weight: 8 }),
  addNext,
  form('XDEL', [streamKey, repeat(id, 1, 4)], { weight: 20 }),
  form('XTRIM', [streamKey, oneOf(trimming, trimming, limited)], { weight: 25 }),
  form(
    'XSETID',
    [
      streamKey,
      piece((phrase) => phrase.push(phrase.chance(80) ? `${far}-${phrase.between(100, 600)}` : idText(phrase))),
      anyOrder(maybe(all(token('ENTRIESADDED'), numberUpTo(2000))), maybe(all(token('MAXDELETEDID'), id))),
    ],
    { weight: 20 },
  ),
]

const groups: readonly Form[] = [
  form(
    'XGROUP CREATE',
    [
      streamKey,
      group,
      oneOf(literal('0'), token('$'), id),
      anyOrder(maybe(token('MKSTREAM'), 60), maybe(all(token('ENTRIESREAD'), few), 25)),
    ],
    { weight: 25 },
  ),
  form('XGROUP CREATECONSUMER', [streamKey, group, consumer]),
  form('XGROUP DELCONSUMER', [streamKey, group, consumer], { weight: 14 }),
  form('XGROUP DESTROY', [streamKey, group], { weight: 3 }),
  form('XGROUP HELP', [], { weight: 4 }),
  form('XGROUP SETID', [streamKey, group, oneOf(literal('0'), token('$'), id), maybe(all(token('ENTRIESREAD'), few))], {
    weight: 36,
  }),
  form(
    'XREADGROUP',
    [anyOrder(all(token('GROUP'), group, consumer), readCount, readBlock, maybe(token('NOACK'), 15)), groupStreams],
    { weight: 60, exact: true },
  ),
  form('XACK', [streamKey, group, repeat(id, 1, 6)], { weight: 20 }),
  form('XPENDING', [streamKey, group], { weight: 12 }),
  form(
    'XPENDING',
    [streamKey, group, maybe(all(token('IDLE'), idleTime)), bound('-'), bound('+'), few, maybe(consumer)],
    { weight: 25 },
  ),
  form(
    'XCLAIM',
    [
      streamKey,
      group,
      consumer,
      idleTime,
      repeat(id, 1, 5),
      anyOrder(
        maybe(oneOf(all(token('IDLE'), literal('100000000')), all(token('TIME'), literal('1000000000000'))), 60),
        maybe(all(token('RETRYCOUNT'), few)),
        maybe(token('FORCE')),
        maybe(token('JUSTID')),
        maybe(all(token('LASTID'), id), 30),
      ),
    ],
    { weight: 50 },
  ),
  form(
    'XAUTOCLAIM',
    [
      streamKey,
      group,
      consumer,
      idleTime,
      bound('-'),
      anyOrder(
        maybe(
          all(
            token('COUNT'),
            piece((phrase) => phrase.push(String(phrase.between(0, 6)))),
          ),
        ),
        maybe(token('JUSTID')),
      ),
    ],
    { weight: 30 },
  ),
]

export const streamForms: readonly Form[] = [...reading, ...changing, ...groups]
