import { each, lines, words } from '../../support/templates.js'
import { floatTexts, integerTexts, type Scripts } from './script.js'

const scored = (count: number, score: (i: number) => number | string = (i) => i, prefix = 'm'): string[] =>
  Array.from({ length: count }, (_, i) => [String(score(i)), `${prefix}${i}`]).flat()

/** Both encodings of one sorted set: a small one, and one that a long member has made large. */
const bothEncodings = (...content: string[]): string[][] => [
  ['ZADD', 'small', ...content],
  ['ZADD', 'large', '0', 'x'.repeat(65), ...content],
  ['ZREM', 'large', 'x'.repeat(65)],
]

const onBoth = (...templates: string[]): string[] =>
  templates.flatMap((template) => ['small', 'large', 'missing', 's'].map((key) => template.replaceAll('$', key)))

const scoreBounds = ['-inf', '+inf', '0', '-0', '(0', '2', '(2', '2.5', '(2.5', 'inf', '(inf', '(-inf', '1e1']
const oddBounds = ['', '(', '((1', 'abc', 'nan', '(nan', '1 ', ' 1', '"1\\x00"', '"1\\x00x"', '1e400', '[1', '0x2', '-']
const lexBounds = ['-', '+', '[c', '(c', '[', '(', '[cc', '(cc', '"[\\x00"', '"[\\xff"']
const oddLexBounds = ['', 'c', '++', '-x', '1', '"+\\x00"', '"-\\x00x"']

const pairs = (bounds: readonly string[]): string[] =>
  bounds.flatMap((min) => bounds.map((max) => `${quoted(min)} ${quoted(max)}`))

const quoted = (text: string): string =>
  text === '' || text.startsWith(' ') || text.endsWith(' ') ? `"${text}"` : text

const letters = ['a', 'b', 'bb', 'c', 'cc', 'd', 'e', 'f', 'g', 'h']

export const sortedSetScripts: Scripts = {
  'COMMAND INFO of sorted sets': each(
    words`
      bzmpop bzpopmax bzpopmin zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop
      zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex
      zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion zunionstore
    `,
    'COMMAND INFO $',
    'COMMAND DOCS $',
  ),
  'Keys of sorted set commands': each(
    [
      'ZADD z 1 a',
      'ZRANGE z 0 -1',
      'ZRANGESTORE d s 0 -1',
      'ZUNION 2 a b WEIGHTS 1 2',
      'ZUNIONSTORE d 2 a b',
      'ZDIFF 3 a b',
      'ZINTERCARD 1 a LIMIT 1',
      'ZMPOP 2 a b MIN',
      'BZMPOP 0 2 a b MAX',
      'BZPOPMIN a b 0',
      'ZRANDMEMBER z',
      'ZINTERSTORE d 0',
    ],
    'COMMAND GETKEYS $',
    'COMMAND GETKEYSANDFLAGS $',
  ),
  'BZPOPMIN, BZPOPMAX and BZMPOP that find something': [
    ...bothEncodings(
      '1',
      'a',
      '2',
      'b',
      '2.5',
      'c',
      '3',
      'd',
      '4',
      'e',
      '5',
      'f',
      '6',
      'g',
      '7',
      'h',
      '8',
      'i',
      '9',
      'j',
    ),
    'SET s v',
    ...['small', 'large'].flatMap((key) => [
      `BZPOPMIN ${key} 0`,
      `BZPOPMAX missing ${key} 0.01`,
      `BZMPOP 0 1 ${key} MIN`,
      `BZMPOP 1e3 2 missing ${key} MAX COUNT 3`,
      `BZPOPMIN ${key} s 0`,
      `BZPOPMIN s ${key} 0`,
      `BZMPOP 0 2 s ${key} MIN`,
    ]),
    ...each(
      ['-1', 'abc', 'inf', '-inf', '1e400', 'nan', '""', '9223372036854775807', '-0.0001'],
      'BZPOPMIN small $',
      'BZPOPMAX s $',
      'BZMPOP $ 1 small MIN',
      'BZMPOP $ 0 small MIN',
      'BZMPOP $ 1 small FOO',
    ),
    ...lines`
      BZPOPMIN small
      BZPOPMIN
      BZPOPMAX small
      BZMPOP 0 1 small
      BZMPOP 0 0 small MIN
      BZMPOP 0 x small MIN
      BZMPOP 0 3 small MIN
      BZMPOP 0 1 small MIN COUNT 0
      BZMPOP 0 1 small MIN COUNT x
      BZMPOP 0 1 small MIN COUNT 1 COUNT 1
      BZMPOP 0 1 small MIN FOO 1
      BZMPOP 0 1 small MAX COUNT 100
      BZMPOP 0.5 1 large MAX COUNT 100
      EXISTS small large
    `,
  ],
  'ZADD and ZSCORE': [
    ...each(
      [...floatTexts, ...integerTexts],
      'ZADD z $ m',
      'ZSCORE z m',
      'ZADD z INCR $ n',
      'ZSCORE z n',
      'ZINCRBY z $ i',
      'ZADD z INCR 1.1 i',
      'ZADD z 0.1 i',
      'ZINCRBY z $ i',
    ),
    ...lines`
      DEL z
      ZADD z 1 a 2 b 3 c
      ZADD z 1 a 5 b 4 d 4 d
      ZADD z CH 1 a 6 b 7 e
      ZADD z ch 1 a
      ZADD z NX 9 a 9 f
      ZADD z XX 9 a 9 g
      ZADD z XX CH 8 a 8 g
      ZADD z GT 7 a 10 b 1 new
      ZADD z GT CH 9 a 10 b
      ZADD z LT CH 9 a 3 b
      ZADD z XX GT CH 100 a 100 newer
      ZADD z LT XX CH 1 a 100 newer
      ZADD z INCR 5 a
      ZADD z NX INCR 5 a
      ZADD z NX INCR 5 h
      ZADD z XX INCR 5 i
      ZADD z XX INCR 5 a
      ZADD z GT INCR -5 a
      ZADD z GT INCR 5 a
      ZADD z LT INCR 5 a
      ZADD z LT INCR -5 a
      ZADD z INCR 0 a
      ZADD z CH INCR 1 a
      ZADD z 1 a 2 a 3 a
      ZADD z CH 1 a 2 a 2 a
      ZRANGE z 0 -1 WITHSCORES
      ZADD z NX XX 1 a
      ZADD z GT LT 1 a
      ZADD z NX GT 1 a
      ZADD z NX LT 1 a
      ZADD z NX XX GT 1 a
      ZADD z INCR 1 a 2 b
      ZADD z INCR INCR 1 a
      ZADD z NX NX XX XX 1
      ZADD z NX
      ZADD z NX CH
      ZADD z 1
      ZADD z 1 a 2
      ZADD z FOO 1 a
      ZADD z a 1
      ZADD z nx a
      ZADD z
      ZADD
      ZADD z 1 a abc b
      ZSCORE z a
      ZADD z nan a
      ZADD z inf p -inf q
      ZINCRBY z -inf p
      ZADD z INCR -inf p
      ZSCORE z p
      ZINCRBY z inf p
      ZADD none XX 1 a
      ZADD none XX INCR 1 a
      ZADD none XX nan a
      EXISTS none
      ZADD none GT 1 a
      ZADD none LT CH 2 b
      ZADD "" 1 ""
      ZSCORE "" ""
      ZADD bin 1 "\x00\xff\r\n" 2 "\x00"
      ZRANGE bin 0 -1
      ZSCORE bin "\x00\xff\r\n"
      SET s v
      ZADD s 1 a
      ZADD s x a
      ZADD s 1
      ZADD s XX 1 a
      ZSCORE s a
      ZSCORE none x
      ZSCORE missing x
      ZSCORE z
      ZSCORE z a b
      ZINCRBY z 1
      ZINCRBY z 1 a b
      ZINCRBY z abc a
      ZINCRBY z NX a
      ZINCRBY s 1 a
      ZINCRBY new 2.5 a
      ZINCRBY new 2.5 a
    `,
  ],
  'Negative zero, small and large': [
    ['ZADD', 'small', '-0', 'm'],
    ['ZADD', 'large', '-0', 'm', '1', 'x'.repeat(65)],
    ...lines`
      ZSCORE small m
      ZSCORE large m
      ZADD small INCR -0 n
      ZADD large INCR -0 n
      ZADD small 0 m
      ZADD large 0 m
      ZSCORE large m
      ZADD large CH 5 m
      ZADD large CH -0 m
      ZRANGE small 0 -1 WITHSCORES
      ZRANGE large 0 -1 WITHSCORES
      ZRANGEBYSCORE large -0 0
      ZRANGEBYSCORE large (-0 0
      ZUNION 1 small WEIGHTS -1 WITHSCORES
      ZUNION 1 large WEIGHTS -1 WITHSCORES
      ZUNIONSTORE u 1 small WEIGHTS -1
      ZRANGE u 0 -1 WITHSCORES
      ZUNIONSTORE u 1 large WEIGHTS -1
      ZRANGE u 0 -1 WITHSCORES
      ZUNIONSTORE u 2 small large WEIGHTS -1 -1
      ZRANGE u 0 -1 WITHSCORES
      ZRANGESTORE r large 0 -1
      ZRANGE r 0 -1 WITHSCORES
      ZRANGESTORE r small 0 -1
      ZRANGE r 0 -1 WITHSCORES
      DEBUG DIGEST
    `,
    ['ZADD', 'many', ...scored(200, () => 0)],
    'ZUNIONSTORE u 1 many WEIGHTS -1',
    'ZRANGE u 0 3 WITHSCORES',
    'ZUNION 2 u many WITHSCORES AGGREGATE MIN',
    'ZINTERSTORE i 2 u many WEIGHTS 1 1',
    'ZRANGE i 0 3 WITHSCORES',
    'DEBUG DIGEST',
  ],
  'ZCARD, ZMSCORE, ZRANK and ZREVRANK': [
    ...bothEncodings('1', 'a', '2', 'b', '2', 'c', '3.5', 'd', 'inf', 'e'),
    'SET s v',
    ...onBoth(
      'ZCARD $',
      'ZMSCORE $ a b x',
      'ZMSCORE $ x',
      'ZRANK $ a',
      'ZRANK $ c',
      'ZRANK $ e',
      'ZRANK $ x',
      'ZREVRANK $ a',
      'ZREVRANK $ e',
      'ZREVRANK $ x',
      'ZCARD $ x',
      'ZMSCORE $',
      'ZRANK $',
      'ZREVRANK $',
    ),
    ...lines`
      ZCARD
      ZMSCORE
      ZRANK
      ZREVRANK
    `,
  ],
  'ZREM deletes the empty sorted set': [
    ...bothEncodings('1', 'a', '2', 'b', '2', 'c', '3.5', 'd', 'inf', 'e'),
    'SET s v',
    ...onBoth('ZREM $ a', 'ZREM $ a x', 'ZREM $ b b c x', 'ZREM $ d e f', 'EXISTS $', 'ZREM $ a', 'ZREM $'),
    ...lines`
      ZREM
      ZADD t 1 a
      EXPIRE t 100000
      ZREM t a
      TTL t
      ZADD t 1 a
      TTL t
    `,
  ],
  'ZRANGE by rank and ZREVRANGE': [
    ...bothEncodings('1', 'a', '2', 'b', '2', 'c', '3.5', 'd', 'inf', 'e'),
    'SET s v',
    ...each(
      ['0 -1', '0 0', '1 2', '-2 -1', '-100 100', '3 1', '5 9', '4 9', '-1 -2', '0 -6', '9223372036854775807 -1'],
      ...onBoth(
        'ZRANGE $ #',
        'ZRANGE $ # WITHSCORES',
        'ZRANGE $ # REV',
        'ZRANGE $ # REV WITHSCORES',
        'ZREVRANGE $ #',
        'ZREVRANGE $ # withscores',
      ).map((line) => line.replaceAll('#', '$')),
    ),
    ...lines`
      ZRANGE small 0 -1 REV REV
      ZRANGE small 0 -1 WITHSCORES WITHSCORES
      ZRANGE small 0 -1 LIMIT 0 -1
      ZRANGE small 0 -1 LIMIT 0 1
      ZRANGE small 0 -1 LIMIT 0
      ZRANGE small 0 -1 LIMIT a 1
      ZRANGE small 0 -1 FOO
      ZRANGE small a -1
      ZRANGE small 0 b
      ZRANGE small 0 1.5
      ZRANGE s a -1
      ZRANGE missing a -1
      ZRANGE small 0 -1 BYSCORE BYSCORE
      ZRANGE small 0 -1 BYSCORE BYLEX
      ZRANGE small - + BYLEX WITHSCORES
      ZREVRANGE small 0 -1 REV
      ZREVRANGE small 0 -1 BYSCORE
      ZREVRANGE small 0 -1 LIMIT 0 1
      ZREVRANGE small 0 -1 LIMIT 0 -1
      ZRANGE small 0
      ZRANGE
      ZREVRANGE small 0
      ZREVRANGE
    `,
  ],
  'Ranges of scores': [
    ...bothEncodings('-inf', 'z', '-1', 'y', '0', 'a', '2', 'b', '2', 'c', '2.5', 'd', '10', 'e', 'inf', 'f'),
    'SET s v',
    ...each(
      pairs(scoreBounds),
      'ZCOUNT small $',
      'ZCOUNT large $',
      'ZRANGEBYSCORE small $ WITHSCORES',
      'ZREVRANGEBYSCORE large $',
      'ZRANGE large $ BYSCORE',
      'ZRANGE small $ BYSCORE REV WITHSCORES',
    ),
    ...each(
      oddBounds.flatMap((bound) => [`${quoted(bound)} 5`, `0 ${quoted(bound)}`]),
      ...['small', 'missing', 's'].flatMap((key) => [
        `ZCOUNT ${key} $`,
        `ZRANGEBYSCORE ${key} $`,
        `ZREVRANGEBYSCORE ${key} $`,
        `ZRANGE ${key} $ BYSCORE`,
        `ZRANGE ${key} $ REV BYSCORE`,
        `ZREMRANGEBYSCORE ${key} $`,
        `ZRANGESTORE dst ${key} $ BYSCORE`,
      ]),
    ),
    ...each(
      ['0 1', '1 2', '0 0', '5 5', '0 -1', '2 -1', '2 -5', '-1 2', '-1 -1', '8 1', '100 1', '0 9223372036854775807'],
      ...onBoth(
        'ZRANGEBYSCORE $ -inf inf LIMIT #',
        'ZRANGEBYSCORE $ (0 10 WITHSCORES LIMIT #',
        'ZREVRANGEBYSCORE $ inf -inf limit #',
        'ZREVRANGEBYSCORE $ 10 (0 LIMIT # WITHSCORES',
        'ZRANGE $ 0 10 BYSCORE LIMIT #',
        'ZRANGE $ 10 0 REV LIMIT # BYSCORE',
      ).map((line) => line.replaceAll('#', '$')),
    ),
    ...lines`
      ZRANGEBYSCORE small 0 10 LIMIT 0
      ZRANGEBYSCORE small 0 10 LIMIT
      ZRANGEBYSCORE small 0 10 LIMIT a b
      ZRANGEBYSCORE small 0 10 LIMIT 1 b
      ZRANGEBYSCORE small 0 10 LIMIT 0 1 LIMIT 1 1
      ZRANGEBYSCORE small 0 10 REV
      ZRANGEBYSCORE small 0 10 BYSCORE
      ZRANGEBYSCORE small 0 10 FOO
      ZRANGEBYSCORE small 0
      ZRANGEBYSCORE
      ZREVRANGEBYSCORE small 0
      ZREVRANGEBYSCORE
      ZCOUNT small 0
      ZCOUNT small 0 1 2
      ZCOUNT
      ZREMRANGEBYSCORE small (0 2
      ZREMRANGEBYSCORE large (0 2
      ZREMRANGEBYSCORE small 100 200
      ZREMRANGEBYSCORE large 5 1
      ZRANGE small 0 -1
      ZRANGE large 0 -1
      ZREMRANGEBYSCORE small -inf +inf
      ZREMRANGEBYSCORE large -inf +inf
      EXISTS small large
      ZREMRANGEBYSCORE small 0
      ZREMRANGEBYSCORE
    `,
  ],
  'Ranges of members': [
    ...bothEncodings(...letters.flatMap((letter) => ['0', letter])),
    'SET s v',
    ...each(
      pairs(lexBounds),
      'ZLEXCOUNT small $',
      'ZLEXCOUNT large $',
      'ZRANGEBYLEX small $',
      'ZREVRANGEBYLEX large $',
      'ZREVRANGEBYLEX small $',
      'ZRANGE large $ BYLEX',
      'ZRANGE small $ BYLEX REV',
    ),
    ...each(
      oddLexBounds.flatMap((bound) => [`${quoted(bound)} +`, `- ${quoted(bound)}`]),
      ...['small', 'missing', 's'].flatMap((key) => [
        `ZLEXCOUNT ${key} $`,
        `ZRANGEBYLEX ${key} $`,
        `ZREVRANGEBYLEX ${key} $`,
        `ZRANGE ${key} $ BYLEX`,
        `ZREMRANGEBYLEX ${key}x $`,
        `ZRANGESTORE dst ${key} $ BYLEX`,
      ]),
    ),
    ...each(
      ['0 1', '1 2', '0 0', '5 5', '0 -1', '2 -1', '-1 2', '9 5', '10 1'],
      ...onBoth(
        'ZRANGEBYLEX $ - + LIMIT #',
        'ZRANGEBYLEX $ [b (e LIMIT #',
        'ZREVRANGEBYLEX $ + - limit #',
        'ZREVRANGEBYLEX $ (e [b LIMIT #',
        'ZRANGE $ [b [e BYLEX LIMIT #',
        'ZRANGE $ [e [b REV LIMIT # BYLEX',
      ).map((line) => line.replaceAll('#', '$')),
    ),
    ...lines`
      ZRANGEBYLEX small - + WITHSCORES
      ZRANGEBYLEX small - + LIMIT 0
      ZRANGEBYLEX small - + FOO
      ZRANGEBYLEX small -
      ZREVRANGEBYLEX small + - WITHSCORES
      ZREVRANGEBYLEX small +
      ZLEXCOUNT small -
      ZREMRANGEBYLEX small (b [cc
      ZREMRANGEBYLEX large (b [cc
      ZREMRANGEBYLEX small [x [z
      ZREMRANGEBYLEX s - +
      ZRANGE small 0 -1
      ZRANGE large 0 -1
      ZREMRANGEBYLEX small - +
      ZREMRANGEBYLEX large - +
      EXISTS small large
      ZREMRANGEBYLEX small -
      ZADD mixed 3 a 2 b 1 c 5 d 4 e
      ZRANGEBYLEX mixed [b [d
      ZREVRANGEBYLEX mixed [d [b
      ZRANGEBYLEX mixed - +
      ZRANGEBYLEX mixed (a +
      ZREVRANGEBYLEX mixed (e -
      ZLEXCOUNT mixed [b [d
      ZLEXCOUNT mixed (b +
    `,
  ],
  ZREMRANGEBYRANK: [
    ...bothEncodings(...letters.flatMap((letter, i) => [String(i), letter])),
    'SET s v',
    ...onBoth(
      'ZREMRANGEBYRANK $ 1 2',
      'ZREMRANGEBYRANK $ -2 -1',
      'ZREMRANGEBYRANK $ 5 3',
      'ZREMRANGEBYRANK $ 100 200',
      'ZREMRANGEBYRANK $ -100 -100',
      'ZREMRANGEBYRANK $ a 1',
      'ZREMRANGEBYRANK $ 0 b',
      'ZREMRANGEBYRANK $ 0',
      'ZRANGE $ 0 -1',
      'ZREMRANGEBYRANK $ 0 -1',
      'EXISTS $',
    ),
    ['ZADD', 'big', ...scored(1000)],
    ...lines`
      ZREMRANGEBYRANK big 10 500
      ZCARD big
      ZRANK big m600
      ZREMRANGEBYRANK big 1 -2
      ZRANGE big 0 -1 WITHSCORES
      OBJECT ENCODING big
      DEBUG DIGEST-VALUE big
    `,
  ],
  ZRANGESTORE: [
    ...bothEncodings('1', 'a', '2', 'b', '2', 'c', '3.5', 'd', 'inf', 'e'),
    'SET s v',
    ...onBoth(
      'ZRANGESTORE dst $ 0 -1',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZRANGESTORE dst $ 1 2 REV',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZRANGESTORE dst $ (1 inf BYSCORE LIMIT 1 2',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZRANGESTORE dst $ inf 2 BYSCORE REV LIMIT 1 2',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZRANGESTORE dst $ 5 6',
      'EXISTS dst',
      'ZRANGESTORE dst $ 0 -1 WITHSCORES',
      'ZRANGESTORE $ $ 1 3',
      'ZRANGE $ 0 -1',
    ),
    ...lines`
      ZRANGESTORE dst small 0
      ZRANGESTORE dst
      ZRANGESTORE dst small 0 -1 LIMIT 0 1
      ZRANGESTORE dst small - + BYLEX
      SET str v
      EXPIRE str 100000
      ZRANGESTORE str small 0 -1
      TTL str
      TYPE str
      ZRANGESTORE str missing 0 -1
      EXISTS str
      ZRANGESTORE nothing missing 0 -1
    `,
    ['ZADD', 'big', ...scored(300)],
    'ZRANGESTORE dst big 0 127',
    'OBJECT ENCODING dst',
    'ZRANGESTORE dst big 0 128',
    'OBJECT ENCODING dst',
    'ZRANGESTORE dst big 0 250 BYSCORE',
    'OBJECT ENCODING dst',
    'DEBUG DIGEST',
  ],
  'ZPOPMIN, ZPOPMAX and ZMPOP': [
    ...bothEncodings(...letters.flatMap((letter, i) => [String(i / 2), letter])),
    'SET s v',
    ...onBoth(
      'ZPOPMIN $',
      'ZPOPMAX $',
      'ZPOPMIN $ 1',
      'ZPOPMAX $ 2',
      'ZPOPMIN $ 0',
      'ZPOPMIN $ -1',
      'ZPOPMIN $ a',
      'ZPOPMIN $ 1.5',
      'ZPOPMIN $ 1 2',
      'ZPOPMAX $ -1',
      'ZPOPMAX $ 99999999999999999999',
      'ZMPOP 1 $ MIN',
      'ZMPOP 2 missing $ MAX COUNT 2',
      'ZMPOP 1 $ min count 1',
      'ZCARD $',
      'ZPOPMAX $ 100',
      'EXISTS $',
      'ZMPOP 1 $ MIN',
    ),
    ...lines`
      ZPOPMIN
      ZPOPMAX
      ZADD a 1 x
      ZADD b 1 y 2 z
      ZMPOP 0 a MIN
      ZMPOP -1 a MIN
      ZMPOP a a MIN
      ZMPOP 1 a
      ZMPOP 2 a MIN
      ZMPOP 1 a FOO
      ZMPOP 1 a MIN COUNT
      ZMPOP 1 a MIN COUNT 0
      ZMPOP 1 a MIN COUNT -1
      ZMPOP 1 a MIN COUNT a
      ZMPOP 1 a MIN COUNT 1 COUNT 1
      ZMPOP 1 a MIN FOO
      ZMPOP 2 s a MIN
      ZMPOP 2 a s MIN
      ZMPOP 2 a b MIN COUNT 5
      ZMPOP 2 a b MIN COUNT 5
      ZMPOP 3 a b missing MAX
      ZMPOP
    `,
    ['ZADD', 'big', ...scored(500, (i) => (i * 7) % 100)],
    'ZPOPMIN big 100',
    'ZPOPMAX big 300',
    'ZMPOP 1 big MAX COUNT 50',
    'ZRANGE big 0 -1 WITHSCORES',
  ],
  ZRANDMEMBER: [
    ...lines`
      ZRANDMEMBER missing
      ZRANDMEMBER missing 3
      ZRANDMEMBER missing -3 WITHSCORES
      ZADD z 1 a
      ZRANDMEMBER z
      ZRANDMEMBER z 1
      ZRANDMEMBER z 5 WITHSCORES
      ZRANDMEMBER z -3
      ZRANDMEMBER z -3 WITHSCORES
      ZRANDMEMBER z 0
      ZRANDMEMBER z abc
      ZRANDMEMBER z 1.5
      ZRANDMEMBER z 1 WITHSCORE
      ZRANDMEMBER z 1 withscores x
      ZRANDMEMBER z WITHSCORES
      ZRANDMEMBER z 9223372036854775807
      ZRANDMEMBER z -9223372036854775808
      ZRANDMEMBER z -9223372036854775807 WITHSCORES
      ZRANDMEMBER z 4611686018427387904 WITHSCORES
      ZRANDMEMBER missing abc
      ZRANDMEMBER missing 1 x
      ZADD z 2 b 3 c 4 d 5 e
      ZRANDMEMBER z 3
      ZRANDMEMBER z 5
      ZRANDMEMBER z 10 WITHSCORES
      ZRANDMEMBER z -10 WITHSCORES
      ZRANDMEMBER
      SET s v
      ZRANDMEMBER s
      ZRANDMEMBER s 1
      ZRANDMEMBER s abc
    `,
  ],
  'ZUNION, ZINTER, ZDIFF and their kin': [
    ...lines`
      ZADD a 1 x 2 y 3 z
      ZADD b 10 y 20 z 30 w
      ZADD c inf x -inf y 0 z
      ZADD d -inf x inf y 5 z
      SET s v
      SADD set x y v
      SADD ints 1 2 3
      ZADD n 5 1 6 2 7 4
    `,
    ...each(
      [
        '2 set a',
        '3 a set b',
        '2 ints n',
        '2 n ints',
        '2 set ints',
        '1 set',
        '1 a',
        '2 a b',
        '3 a b c',
        '2 c d',
        '2 a missing',
        '2 missing a',
        '1 missing',
        '2 a a',
        '4 a b c d',
        '2 a s',
        '2 s a',
      ],
      'ZUNION $',
      'ZUNION $ WITHSCORES',
      'ZINTER $ WITHSCORES',
      'ZDIFF $ WITHSCORES',
      'ZDIFF $',
      'ZINTERCARD $',
      'ZINTERCARD $ LIMIT 1',
      'ZINTERCARD $ LIMIT 0',
      'ZUNION $ AGGREGATE MIN WITHSCORES',
      'ZUNION $ AGGREGATE MAX WITHSCORES',
      'ZUNION $ aggregate sum withscores',
      'ZINTER $ WITHSCORES AGGREGATE MIN',
      'ZINTER $ WITHSCORES AGGREGATE MAX',
      'ZUNIONSTORE dst $',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZINTERSTORE dst $',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZDIFFSTORE dst $',
      'ZRANGE dst 0 -1 WITHSCORES',
      'EXISTS dst',
    ),
    ...each(
      ['1 1', '2 3', '0 0', '-1 -1', 'inf 0', '0 inf', 'inf -inf', '0.1 0.2', '1e308 1e308'],
      'ZUNION 2 a b WEIGHTS $ WITHSCORES',
      'ZUNION 2 c d WEIGHTS $ WITHSCORES AGGREGATE MAX',
      'ZINTER 2 c d WEIGHTS $ WITHSCORES',
      'ZINTER 2 c d WEIGHTS $ WITHSCORES AGGREGATE MIN',
      'ZINTER 2 d c AGGREGATE MAX WEIGHTS $ WITHSCORES',
      'ZUNIONSTORE dst 2 c a WEIGHTS $',
      'ZRANGE dst 0 -1 WITHSCORES',
      'ZINTERSTORE dst 2 c b WEIGHTS $ AGGREGATE MIN',
      'ZRANGE dst 0 -1 WITHSCORES',
    ),
    ...each(
      ['ZUNION', 'ZINTER', 'ZDIFF', 'ZINTERCARD', 'ZUNIONSTORE dst', 'ZINTERSTORE dst', 'ZDIFFSTORE dst'],
      '$',
      '$ 1',
      '$ 0 a',
      '$ -1 a',
      '$ a a',
      '$ 1.5 a',
      '$ 99999999999999999999 a',
      '$ 2 a',
      '$ 3 a b',
      '$ 1 a b',
      '$ 1 a FOO',
      '$ 1 a WEIGHTS',
      '$ 1 a WEIGHTS 1 2',
      '$ 1 a WEIGHTS x',
      '$ 1 a WEIGHTS nan',
      '$ 2 a b WEIGHTS 1',
      '$ 1 a AGGREGATE',
      '$ 1 a AGGREGATE foo',
      '$ 1 a AGGREGATE SUM AGGREGATE MIN',
      '$ 1 a WITHSCORES',
      '$ 1 a WITHSCORES WITHSCORES',
      '$ 1 a LIMIT',
      '$ 1 a LIMIT -1',
      '$ 1 a LIMIT x',
      '$ 1 a LIMIT 1 LIMIT 2',
      '$ 1 s FOO',
      '$ 1 missing FOO',
    ),
    ...lines`
      SET dst v
      EXPIRE dst 100000
      ZUNIONSTORE dst 1 a
      TTL dst
      ZUNIONSTORE dst 1 missing
      EXISTS dst
      ZINTERSTORE nothing 1 missing
      ZUNIONSTORE a 2 a b
      ZRANGE a 0 -1 WITHSCORES
      ZDIFFSTORE a 2 a b
      ZRANGE a 0 -1 WITHSCORES
      ZADD f1 0.1 m 1e16 n
      ZADD f2 0.2 m 1 n 5 o
      ZADD f3 0.3 m 1 n 5 o 6 p
      ZUNION 3 f1 f2 f3 WITHSCORES
      ZUNION 3 f3 f1 f2 WITHSCORES
      ZINTER 3 f3 f2 f1 WITHSCORES
    `,
    ['ZADD', 'l1', ...scored(300, (i) => i / 3)],
    ['ZADD', 'l2', ...scored(200, (i) => i * 1.1)],
    ...lines`
      ZUNIONSTORE dst 2 l1 l2
      OBJECT ENCODING dst
      DEBUG DIGEST-VALUE dst
      ZINTERSTORE dst 2 l1 l2 WEIGHTS 0.5 0.25
      OBJECT ENCODING dst
      DEBUG DIGEST-VALUE dst
      ZDIFFSTORE dst 2 l1 l2
      OBJECT ENCODING dst
      ZCARD dst
      ZDIFFSTORE dst 3 l2 l1 a
      ZINTERCARD 2 l1 l2 LIMIT 50
      ZINTERCARD 2 l1 l2
    `,
  ],
  ZSCAN: [
    ...lines`
      ZADD z 1 a 2 b 3.5 ab 1e17 large 1e20 larger -1e17 negative inf infinite -0 zero 0.1 tenth
      ZSCAN z 0
      ZSCAN z 0 COUNT 100
      ZSCAN z 0 MATCH a*
      ZSCAN z 0 MATCH nothing
      ZSCAN z 0 MATCH
      ZSCAN z 0 COUNT 0
      ZSCAN z 0 COUNT abc
      ZSCAN z 0 TYPE string
      ZSCAN z 0 FOO 1
      ZSCAN z
      ZSCAN missing 0
      ZSCAN missing 0 COUNT 0
      ZSCAN missing abc
      ZSCAN z abc
      ZSCAN z 5
      SET s v
      ZSCAN s 0
      ZSCAN s abc
      ZADD n 4611686018427387904 a 4611686018427387905 b 9223372036854775807 c 4611686018427387000 d
      ZSCAN n 0
      ZRANGE n 0 -1 WITHSCORES
    `,
    ['ZADD', 'big', ...scored(600, (i) => (i % 7 === 0 ? 1e17 * i : i / 7))],
    'ZSCAN big 0 COUNT 100000',
    'ZSCAN big 0 MATCH m1* COUNT 100000',
  ],
  'OBJECT ENCODING of sorted sets': [
    ...[1, 127, 128, 129, 500].flatMap((count) => [
      ['ZADD', `n${count}`, ...scored(count)],
      `OBJECT ENCODING n${count}`,
      `COPY n${count} c${count}`,
      `OBJECT ENCODING c${count}`,
      `ZCARD c${count}`,
      `DEBUG DIGEST-VALUE n${count} c${count}`,
    ]),
    ...[63, 64, 65, 66].flatMap((length) => [
      ['ZADD', `m${length}`, '1', 'm'.repeat(length)],
      `OBJECT ENCODING m${length}`,
      ['ZADD', `a${length}`, '1', 'short'],
      ['ZINCRBY', `a${length}`, '1', 'm'.repeat(length)],
      `OBJECT ENCODING a${length}`,
      `ZUNIONSTORE u${length} 1 m${length}`,
      `OBJECT ENCODING u${length}`,
    ]),
    ...lines`
      ZREM m65 short
      CONFIG SET zset-max-listpack-entries 3 zset-max-listpack-value 5
      ZADD small 1 a 2 b 3 c
      OBJECT ENCODING small
      ZADD small 4 d
      OBJECT ENCODING small
      ZADD value 1 12345
      OBJECT ENCODING value
      ZADD value 1 123456
      OBJECT ENCODING value
      ZRANGESTORE r n128 0 2
      OBJECT ENCODING r
      ZRANGESTORE r n128 0 3
      OBJECT ENCODING r
      ZDIFFSTORE diff 2 small value
      OBJECT ENCODING diff
      ZINTERSTORE inter 2 small n128
      CONFIG SET zset-max-ziplist-entries 0
      ZADD none 1 a
      OBJECT ENCODING none
      CONFIG GET zset-max-*
      CONFIG SET zset-max-listpack-entries 128 zset-max-listpack-value 64
      OBJECT ENCODING small
      MEMORY USAGE small
      DEBUG DIGEST
    `,
  ],
  'A large sorted set': [
    ['ZADD', 'z', ...scored(5000, (i) => (i * 7919) % 1000)],
    ...lines`
      ZCARD z
      ZRANGE z 0 -1 WITHSCORES
      ZREVRANGE z 100 200
      ZRANGEBYSCORE z 100 (200 WITHSCORES LIMIT 17 400
      ZRANK z m1234
      ZREVRANK z m4321
      ZCOUNT z (100 500
      DEBUG DIGEST-VALUE z
    `,
    ['ZREM', 'z', ...Array.from({ length: 4000 }, (_, i) => `m${i}`)],
    ...lines`
      ZCARD z
      ZRANGE z 0 -1 WITHSCORES
      OBJECT ENCODING z
      ZINCRBY z 1000 m4500
      ZRANK z m4500
      ZINCRBY z -2000 m4500
      ZRANK z m4500
      COPY z copy
      DEBUG DIGEST-VALUE z copy
      DEL z
      DEBUG DIGEST
    `,
  ],
}
