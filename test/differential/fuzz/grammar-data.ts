import { form, type Form } from './forms.js'
import {
  anyKey,
  bitsKey,
  database,
  field,
  fieldAndValue,
  float,
  floatField,
  floatKey,
  floatValue,
  glob,
  hashKey,
  index,
  integer,
  integerField,
  integerValue,
  manyFields,
  milliseconds,
  millisecondsAt,
  numberKey,
  scanEverything,
  seconds,
  secondsAt,
  shortKey,
  shortValue,
  sketchKey,
  stringKey,
  twoKeys,
  value,
} from './material.js'
import { listForms } from './grammar-lists.js'
import { streamForms } from './grammar-streams.js'
import { setForms } from './grammar-sets.js'
import { sortForms } from './grammar-sort.js'
import { all, anyOrder, literal, maybe, oneOf, piece, repeat, token } from './phrase.js'

const deadline = oneOf(
  all(token('EX'), seconds),
  all(token('PX'), milliseconds),
  all(token('EXAT'), secondsAt),
  all(token('PXAT'), millisecondsAt),
)

const setOptions = anyOrder(
  maybe(oneOf(token('NX'), token('XX'))),
  maybe(token('GET'), 20),
  maybe(oneOf(deadline, deadline, token('KEEPTTL')), 30),
)

const string: readonly Form[] = [
  form('APPEND', [stringKey, value]),
  form('DECR', [numberKey]),
  form('DECRBY', [numberKey, integer]),
  form('GET', [stringKey], { weight: 30 }),
  form('GETDEL', [stringKey]),
  form('GETEX', [stringKey, maybe(oneOf(deadline, deadline, token('PERSIST')), 70)]),
  form('GETRANGE', [stringKey, index, index]),
  form('GETSET', [stringKey, value]),
  form('INCR', [numberKey]),
  form('INCRBY', [numberKey, integer]),
  form('INCRBYFLOAT', [floatKey, float], { weight: 20 }),
  form('LCS', [
    shortKey,
    shortKey,
    anyOrder(
      maybe(oneOf(token('LEN'), token('IDX'), token('IDX'))),
      maybe(
        all(
          token('MINMATCHLEN'),
          piece((phrase) => phrase.push(String(phrase.between(-1, 8)))),
        ),
      ),
      maybe(token('WITHMATCHLEN')),
    ),
  ]),
  form('MGET', [repeat(anyKey, 1, 8)]),
  form('MSET', [repeat(all(stringKey, value), 1, 12)], { weight: 15 }),
  form('MSETNX', [repeat(all(stringKey, value), 1, 3)]),
  form('PSETEX', [stringKey, milliseconds, value]),
  form('SET', [stringKey, value, setOptions], { weight: 60 }),
  form('SET', [numberKey, integerValue, setOptions], { weight: 15 }),
  form('SET', [floatKey, floatValue, setOptions], { weight: 15 }),
  form('SET', [shortKey, shortValue, setOptions], { weight: 10, exact: true }),
  form('SETEX', [stringKey, seconds, value]),
  form('SETNX', [stringKey, value]),
  form('SETRANGE', [
    stringKey,
    piece((phrase) => phrase.push(String(phrase.between(-1, phrase.pick([20, 100, 5000]))))),
    value,
  ]),
  form('STRLEN', [stringKey]),
  form('SUBSTR', [stringKey, index, index]),
]

const bitType = piece((phrase) =>
  phrase.push(`${phrase.pick(['i', 'u'])}${phrase.between(1, phrase.pick([8, 32, 63, 64]))}`),
)
const bitOffset = piece((phrase) =>
  phrase.push(phrase.chance(20) ? `#${phrase.random.below(20)}` : String(phrase.random.below(600))),
)
const unit = maybe(oneOf(token('BYTE'), token('BIT')))
const bitGet = all(token('GET'), bitType, bitOffset)
const bitWrite = all(
  maybe(all(token('OVERFLOW'), oneOf(token('WRAP'), token('SAT'), token('FAIL')))),
  oneOf(all(token('SET'), bitType, bitOffset, integer), all(token('INCRBY'), bitType, bitOffset, integer)),
)

const bitmap: readonly Form[] = [
  form('BITCOUNT', [bitsKey, maybe(all(index, index, unit), 80)]),
  form('BITFIELD', [bitsKey, repeat(oneOf(bitGet, bitWrite, bitWrite), 0, 4)], { weight: 30 }),
  form('BITFIELD_RO', [bitsKey, repeat(bitGet, 0, 3)]),
  form('BITOP', [oneOf(token('AND'), token('OR'), token('XOR')), bitsKey, repeat(oneOf(bitsKey, shortKey), 1, 5)], {
    weight: 15,
  }),
  form('BITOP', [token('NOT'), bitsKey, bitsKey]),
  form('BITPOS', [
    bitsKey,
    piece((phrase) => phrase.push(String(phrase.random.below(2)))),
    maybe(all(index, maybe(all(index, unit), 70)), 70),
  ]),
  form('GETBIT', [bitsKey, piece((phrase) => phrase.push(String(phrase.random.below(600))))]),
  form(
    'SETBIT',
    [
      bitsKey,
      piece((phrase) => phrase.push(String(phrase.random.below(600)))),
      piece((phrase) => phrase.push(String(phrase.random.below(2)))),
    ],
    { weight: 20 },
  ),
]

const element = piece((phrase) => phrase.push(`e${phrase.random.below(phrase.pick([10, 1000, 1_000_000]))}`))

const hyperloglog: readonly Form[] = [
  form('PFADD', [sketchKey, repeat(element, 0, 40)], { weight: 30 }),
  form('PFADD', [sketchKey, value], { weight: 5 }),
  form('PFCOUNT', [repeat(sketchKey, 1, 3)]),
  form('PFDEBUG', [oneOf(token('ENCODING'), token('DECODE')), sketchKey], { weight: 10 }),
  form('PFDEBUG', [oneOf(token('GETREG'), token('TODENSE')), sketchKey], { weight: 2 }),
  form('PFMERGE', [sketchKey, repeat(sketchKey, 0, 3)]),
  form('PFSELFTEST', [], { weight: 0.03, exact: true }),
]

const hash: readonly Form[] = [
  form('HDEL', [hashKey, repeat(field, 1, 6)]),
  form('HEXISTS', [hashKey, field]),
  form('HGET', [hashKey, field], { weight: 20 }),
  form('HGETALL', [hashKey]),
  form('HINCRBY', [hashKey, integerField, integer]),
  form('HINCRBYFLOAT', [hashKey, floatField, float], { weight: 20 }),
  form('HKEYS', [hashKey]),
  form('HLEN', [hashKey]),
  form('HMGET', [hashKey, repeat(field, 1, 8)]),
  form('HMSET', [hashKey, repeat(fieldAndValue, 1, 4)]),
  form('HRANDFIELD', [hashKey], { weight: 4 }),
  form(
    'HRANDFIELD',
    [hashKey, piece((phrase) => phrase.push(String(phrase.between(-30, 30)))), maybe(token('WITHVALUES'))],
    { exact: true },
  ),
  form(
    'HSCAN',
    [hashKey, literal('0'), anyOrder(all(token('COUNT'), scanEverything), maybe(all(token('MATCH'), glob)))],
    { exact: true },
  ),
  form('HSET', [hashKey, repeat(fieldAndValue, 1, 6)], { weight: 40 }),
  form('HSET', [hashKey, manyFields], { weight: 2, exact: true }),
  form('HSETNX', [hashKey, fieldAndValue]),
  form('HSTRLEN', [hashKey, field]),
  form('HVALS', [hashKey]),
]

/** NX goes with nothing else, GT not with LT; XX goes with either. */
const condition = maybe(
  oneOf(
    token('NX'),
    token('NX'),
    token('XX'),
    token('GT'),
    token('LT'),
    anyOrder(token('XX'), token('GT')),
    anyOrder(token('XX'), token('LT')),
    anyOrder(token('NX'), token('GT')),
    anyOrder(token('LT'), token('GT')),
  ),
  60,
)

const typeName = piece((phrase) =>
  phrase.push(
    phrase.pick(['string', 'hash', 'set', 'stream', 'STRING', 'Hash', 'SET', 'list', 'zset', 'ZSET', 'nonsense']),
  ),
)

const generic: readonly Form[] = [
  form('COPY', [twoKeys, anyOrder(maybe(all(token('DB'), database)), maybe(token('REPLACE'), 60))], { weight: 15 }),
  form('DEL', [repeat(anyKey, 1, 3)], { weight: 5 }),
  form('EXISTS', [repeat(anyKey, 1, 4)]),
  form('EXPIRE', [anyKey, seconds, condition], { weight: 14 }),
  form('EXPIREAT', [anyKey, secondsAt, condition], { weight: 14 }),
  form('EXPIRETIME', [anyKey]),
  form('KEYS', [glob]),
  form('MOVE', [anyKey, database]),
  form('OBJECT ENCODING', [anyKey], { weight: 20 }),
  form('OBJECT FREQ', [oneOf(literal('missing:0'), anyKey)]),
  form('OBJECT HELP', [], { weight: 2 }),
  form('OBJECT IDLETIME', [anyKey]),
  form('OBJECT REFCOUNT', [anyKey]),
  form('PERSIST', [anyKey]),
  form('PEXPIRE', [anyKey, milliseconds, condition], { weight: 14 }),
  form('PEXPIREAT', [anyKey, millisecondsAt, condition], { weight: 14 }),
  form('PEXPIRETIME', [anyKey]),
  form('PTTL', [anyKey]),
  form('RANDOMKEY'),
  form('RENAME', [twoKeys]),
  form('RENAMENX', [twoKeys]),
  form(
    'SCAN',
    [
      literal('0'),
      anyOrder(
        all(token('COUNT'), scanEverything),
        maybe(all(token('MATCH'), glob)),
        maybe(all(token('TYPE'), typeName)),
      ),
    ],
    { exact: true },
  ),
  form('TOUCH', [repeat(anyKey, 1, 4)]),
  form('TTL', [anyKey]),
  form('TYPE', [anyKey]),
  form('UNLINK', [repeat(anyKey, 1, 3)], { weight: 5 }),
  form('DBSIZE'),
  form('FLUSHALL', [maybe(oneOf(token('ASYNC'), token('SYNC')), 95)], { weight: 2.5 }),
  form('FLUSHDB', [maybe(oneOf(token('ASYNC'), token('SYNC')), 95)], { weight: 2.5 }),
  form('SWAPDB', [database, database]),
]

export const dataForms: readonly Form[] = [
  ...string,
  ...bitmap,
  ...hyperloglog,
  ...hash,
  ...listForms,
  ...setForms,
  ...sortForms,
  ...streamForms,
  ...generic,
]
