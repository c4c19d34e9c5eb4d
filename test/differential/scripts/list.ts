import { each, lines } from '../../support/templates.js'
import { integerTexts, type Scripts } from './script.js'

const many = (count: number, of: (i: number) => string = (i) => `element ${i}`): string[] =>
  Array.from({ length: count }, (_, i) => of(i))

/** Elements of every kind: integers of each width, texts that only look like one, short and long strings. */
const kinds: readonly string[] = [
  ...integerTexts,
  ...['', 'a', 'a'.repeat(63), 'b'.repeat(64), 'c'.repeat(239), 'd'.repeat(240), 'e'.repeat(4096), 'f'.repeat(8192)],
  ...['\x00\xff\r\n', 'g'.repeat(20_000), '128', '-129', '32768', '-32769', '8388608', '-8388609', '549755813888'],
  ...['140737488355328', '-140737488355329', '4503599627370496', 'h'.repeat(8170), 'i'.repeat(8180)],
]

export const listScripts: Scripts = {
  'LPUSH, RPUSH, LPUSHX and RPUSHX': lines`
    LPUSH l a
    LPUSH l b c
    RPUSH l d e
    LRANGE l 0 -1
    LPUSHX l x y
    RPUSHX l z
    LRANGE l 0 -1
    LPUSHX missing x
    RPUSHX missing x y
    EXISTS missing
    LPUSH
    LPUSH l
    RPUSH l
    LPUSHX l
    RPUSHX
    RPUSH l "" "\x00\r\n\xff"
    LRANGE l -2 -1
    SET s v
    LPUSH s a
    RPUSH s a
    LPUSHX s a
    RPUSHX s a b
    EXPIRE l 100000
    RPUSH l still
    TTL l
    TYPE l
    OBJECT ENCODING l
  `,
  'elements of every kind come back as they were': [
    ['RPUSH', 'l', ...kinds],
    ['LPUSH', 'l', ...kinds],
    'LRANGE l 0 -1',
    'LLEN l',
    'DEBUG DIGEST-VALUE l',
    ...kinds.map((_, i) => ['LINDEX', 'l', String(i)]),
    ...kinds.map((_, i) => ['LINDEX', 'l', String(-1 - i)]),
    ...kinds.map((kind) => ['LPOS', 'l', kind, 'COUNT', '0']),
    ...kinds.map((kind) => ['LREM', 'l', '-1', kind]),
    'LRANGE l 0 -1',
    ...kinds.map((kind) => ['LSET', 'l', '7', kind]),
    ...kinds.map((kind) => ['LINSERT', 'l', 'BEFORE', kind, `before ${kind}`]),
    'LRANGE l 0 -1',
    'COPY l copy',
    'DEBUG DIGEST-VALUE copy',
    'LPOP l 20',
    'RPOP l 20',
    'LRANGE l 0 -1',
  ],
  'LPOP, RPOP and their count': [
    ...each(integerTexts, 'DEL l', 'RPUSH l a b c', 'LPOP l $', 'RPOP l $', 'LPOP missing $', 'LLEN l'),
    ...lines`
      DEL l
      RPUSH l a b c d e
      LPOP l
      RPOP l
      LPOP l 2
      RPOP l 0
      LPOP l 10
      EXISTS l
      LPOP l
      RPOP l 1
      LPOP missing
      RPOP missing 0
      LPOP
      RPOP
      LPOP l 1 2
      RPOP l a b
      SET s v
      LPOP s
      RPOP s 1
      LPOP s 0
      LPOP s -1
      LPOP s abc
      RPUSH l a
      EXPIRE l 1000
      RPOP l
      RPUSH l a
      TTL l
    `,
  ],
  'LLEN, LINDEX and LRANGE': [
    'RPUSH l a b c d e',
    ...each(integerTexts, 'LINDEX l $', 'LRANGE l $ -1', 'LRANGE l 0 $', 'LRANGE l $ $', 'LINDEX missing $'),
    ...lines`
      LLEN l
      LLEN missing
      LINDEX l 0
      LINDEX l -1
      LINDEX l 4
      LINDEX l 5
      LINDEX l -5
      LINDEX l -6
      LINDEX missing 0
      LRANGE l 1 3
      LRANGE l -100 100
      LRANGE l 3 1
      LRANGE l 10 20
      LRANGE l -2 -4
      LRANGE missing 0 -1
      LRANGE missing a b
      LLEN
      LLEN l x
      LINDEX l
      LINDEX l 0 0
      LRANGE l 0
      LRANGE l 0 1 2
      SET s v
      LLEN s
      LINDEX s 0
      LINDEX s abc
      LRANGE s 0 -1
      LRANGE s abc -1
    `,
  ],
  'LSET and LINSERT': [
    ...each(integerTexts, 'DEL l', 'RPUSH l a b c', 'LSET l $ x', 'LRANGE l 0 -1', 'LSET missing $ x'),
    ...lines`
      DEL l
      RPUSH l a b c b
      LSET l 0 A
      LSET l -1 B
      LSET l 4 x
      LSET l -5 x
      LINSERT l BEFORE b before
      LINSERT l after b after
      LINSERT l AFTER B end
      LINSERT l BEFORE A start
      LINSERT l BEFORE nothing x
      LINSERT l BESIDE b x
      LINSERT missing BEFORE a x
      LINSERT missing BESIDE a x
      LRANGE l 0 -1
      LSET l 0
      LSET l 0 a b
      LINSERT l BEFORE a
      LINSERT l BEFORE a b c
      SET s v
      LSET s 0 a
      LSET s abc a
      LINSERT s BEFORE a b
      LINSERT s BESIDE a b
    `,
  ],
  LREM: [
    ...each(integerTexts, 'DEL l', 'RPUSH l a b a c a a', 'LREM l $ a', 'LRANGE l 0 -1', 'LREM missing $ a'),
    ...lines`
      DEL l
      RPUSH l a b a c a a
      LREM l 1 a
      LREM l -1 a
      LRANGE l 0 -1
      LREM l 0 a
      LREM l 0 a
      LREM l 5 b
      LREM l -5 c
      EXISTS l
      LREM l 0
      LREM l 0 a b
      SET s v
      LREM s 0 a
      LREM s abc a
    `,
  ],
  LTRIM: [
    ...each(integerTexts, 'DEL l', 'RPUSH l a b c d', 'LTRIM l $ -1', 'LRANGE l 0 -1', 'LTRIM l 0 $', 'LRANGE l 0 -1'),
    ...lines`
      DEL l
      RPUSH l a b c d e
      LTRIM l 0 -1
      LTRIM l 1 -2
      LRANGE l 0 -1
      LTRIM l -1 -1
      LRANGE l 0 -1
      LTRIM l 1 0
      EXISTS l
      LTRIM missing 0 1
      LTRIM missing a 1
      LTRIM l 0
      LTRIM l 0 1 2
      SET s v
      LTRIM s 0 1
      LTRIM s a 1
      RPUSH l a b
      LTRIM l 5 10
      EXISTS l
    `,
  ],
  LPOS: [
    'RPUSH l a b c 1 2 3 c c',
    ...each(
      integerTexts,
      'LPOS l c RANK $',
      'LPOS l c COUNT $',
      'LPOS l c MAXLEN $',
      'LPOS l c RANK $ COUNT 0',
      'LPOS l c RANK -1 COUNT $',
      'LPOS missing c RANK $',
    ),
    ...lines`
      LPOS l c
      LPOS l nothing
      LPOS l 1
      LPOS l c RANK 2
      LPOS l c RANK 4
      LPOS l c RANK -1
      LPOS l c RANK -3
      LPOS l c RANK -4
      LPOS l c COUNT 2
      LPOS l c COUNT 0
      LPOS l c COUNT 2 RANK 2
      LPOS l c COUNT 2 RANK -1
      LPOS l c COUNT 0 RANK -2
      LPOS l nothing COUNT 0
      LPOS l nothing COUNT 0 MAXLEN 3
      LPOS l c COUNT 0 MAXLEN 3
      LPOS l c COUNT 0 MAXLEN 2
      LPOS l c MAXLEN 2
      LPOS l c RANK -1 COUNT 0 MAXLEN 2
      LPOS l c RANK -1 COUNT 0 MAXLEN 6 COUNT 1
      LPOS missing c
      LPOS missing c COUNT 1
      LPOS l c RANK
      LPOS l c RANK 1 COUNT
      LPOS l c FOO 1
      LPOS l c RANK 1 FOO
      LPOS l c rank 1 count 1 maxlen 100
      LPOS l
      LPOS
      SET s v
      LPOS s a
      LPOS s a COUNT 0
      LPOS s a RANK 0
    `,
  ],
  'LMOVE and RPOPLPUSH': [
    'RPUSH a 1 2 3 4 5',
    ...['LEFT', 'RIGHT'].flatMap((from) =>
      ['left', 'right'].flatMap((to) => [
        `LMOVE a b ${from} ${to}`,
        `LMOVE b b ${from} ${to}`,
        'LRANGE a 0 -1',
        'LRANGE b 0 -1',
      ]),
    ),
    ...lines`
      RPOPLPUSH a b
      EXISTS a
      RPOPLPUSH a b
      LMOVE a b LEFT LEFT
      LMOVE a b UP LEFT
      LMOVE a b LEFT
      LMOVE a b LEFT UP
      LMOVE a b LEFT RIGHT x
      RPOPLPUSH a
      RPOPLPUSH a b c
      RPUSH one x
      LMOVE one one LEFT RIGHT
      RPOPLPUSH one one
      LRANGE one 0 -1
      LMOVE one two RIGHT LEFT
      EXISTS one
      SET s v
      LMOVE s b LEFT LEFT
      LMOVE b s LEFT LEFT
      LMOVE missing s LEFT LEFT
      LMOVE s missing LEFT LEFT
      RPOPLPUSH b s
      RPOPLPUSH s b
      LRANGE b 0 -1
      EXPIRE b 1000
      LMOVE b c LEFT LEFT
      TTL c
      TTL b
    `,
    ['RPUSH', 'big', 'x'.repeat(100_000), '12345'],
    'LMOVE big other RIGHT LEFT',
    'LMOVE big other RIGHT LEFT',
    'LRANGE other 0 -1',
  ],
  LMPOP: [
    ...each(
      integerTexts,
      'DEL l',
      'RPUSH l a b c',
      'LMPOP $ l LEFT',
      'LMPOP 1 l LEFT COUNT $',
      'LMPOP 1 missing LEFT COUNT $',
    ),
    ...lines`
      DEL l
      RPUSH l a b c d e
      RPUSH m 1 2 3
      LMPOP 1 l LEFT
      LMPOP 1 l RIGHT
      LMPOP 2 missing l left COUNT 2
      LMPOP 2 l m RIGHT COUNT 10
      LMPOP 2 l m RIGHT count 10
      LMPOP 2 l m LEFT
      EXISTS l m
      LMPOP 2 l LEFT
      LMPOP 1 l m LEFT
      LMPOP 1 l UP
      LMPOP 1 l LEFT COUNT
      LMPOP 1 l LEFT COUNT 1 COUNT 2
      LMPOP 1 l LEFT COUNT 1 x
      LMPOP 1 l LEFT FOO 1
      LMPOP 0 LEFT COUNT 1
      LMPOP 1 l
      LMPOP
      LMPOP 3 l m LEFT
      RPUSH m 1
      SET s v
      LMPOP 2 s m LEFT
      LMPOP 2 m s LEFT
      LMPOP 2 m s LEFT
    `,
  ],
  'blocking commands that need not wait': lines`
    RPUSH l a b c d e f g h
    BLPOP l 0
    BRPOP l 0
    BLPOP missing l 1.5
    BLMPOP 0 1 l LEFT
    BLMPOP 0.5 2 missing l RIGHT COUNT 2
    BLMOVE l m LEFT RIGHT 0
    BRPOPLPUSH l m 0
    LRANGE m 0 -1
    EXISTS l
    SET s v
    BLPOP s 0
    BRPOP missing s l 0
    BLMPOP 0 2 missing s LEFT
    BLMOVE s m LEFT LEFT 0
    BLMOVE m s LEFT LEFT 0
    BRPOPLPUSH s m 0
    BRPOPLPUSH m s 0
    BLPOP
    BLPOP l
    BRPOP 0
    BLMOVE a b LEFT RIGHT
    BLMOVE a b LEFT UP 0
    BLMOVE a b UP LEFT abc
    BLMOVE a b LEFT RIGHT abc
    BRPOPLPUSH a b
    BRPOPLPUSH a b 0 0
    BLMPOP 0 1 l
    BLMPOP 0 0 l LEFT
    BLMPOP 0 abc l LEFT
    BLMPOP 0 2 l LEFT
    BLMPOP 0 1 l UP
    BLMPOP 0 1 l LEFT COUNT 0
    BLMPOP 0 1 l LEFT COUNT
    BLMPOP 0 1 l LEFT COUNT 1 1
    BLMPOP abc 1 l LEFT COUNT 0
    BLMPOP abc 1 l LEFT
    BLMPOP -1 1 s LEFT
    BLPOP s -1
    BRPOP s abc
    BRPOPLPUSH s m -1
  `,
  'times to wait': [
    'RPUSH l x',
    ...each(
      [
        ...[
          '0',
          '-0',
          '0.0',
          '1',
          '0.001',
          '0.0001',
          '1e3',
          '1e-10',
          '0x10',
          '-1',
          '-0.001',
          '-0.0001',
          '-0.0009',
          '1e100',
        ],
        ...[
          'inf',
          '-inf',
          'nan',
          'infinity',
          '""',
          '" 1"',
          '"1 "',
          'abc',
          '1x',
          '9223372036854775',
          '9223372036854776',
          '1e5000',
        ],
        ...[
          '9223372036854775.807',
          '9223372036854775.808',
          '9223372036854775807',
          '-9223372036854775808',
          '1e15',
          '1e16',
        ],
      ],
      'BLPOP l $',
      'RPUSH l x',
      'BLMOVE l l LEFT LEFT $',
      'BRPOPLPUSH l l $',
      'BLMPOP $ 1 l LEFT',
      'RPUSH l x',
    ),
  ],
  'what no client waits long for': lines`
    BLPOP missing 0.001
    BRPOP missing missing 0.001
    BLMOVE missing l LEFT LEFT 0.001
    BRPOPLPUSH missing l 0.0001
    BLMPOP 0.001 2 missing missing LEFT COUNT 3
    EXISTS l missing
  `,
  'long lists': [
    ['RPUSH', 'l', ...many(3000)],
    ['LPUSH', 'l', ...many(3000)],
    'LLEN l',
    ...[0, 1, 2999, 3000, 3001, 5999, -1, -2999, -3001].map((index) => `LINDEX l ${index}`),
    'LRANGE l 0 99',
    'LRANGE l 2950 3050',
    'LRANGE l -100 -1',
    ['LINSERT', 'l', 'AFTER', 'element 1500', 'inserted'],
    ['LINSERT', 'l', 'BEFORE', 'element 2999', 'inserted'],
    'LPOS l inserted COUNT 0',
    'LPOS l inserted RANK -1 COUNT 0',
    'LSET l 4000 set',
    ['LSET', 'l', '4001', 'x'.repeat(9000)],
    ['LSET', 'l', '4002', 'y'.repeat(3000)],
    'LRANGE l 3990 4010',
    'LREM l 0 inserted',
    ['LREM', 'l', '-2', 'element 7'],
    'LTRIM l 500 -500',
    'DEBUG DIGEST-VALUE l',
    'COPY l copy',
    'LPOP l 2000',
    'RPOP l 2000',
    'LRANGE l 0 -1',
    'RENAME copy l',
    'LLEN l',
    'RPOPLPUSH l l',
    'OBJECT ENCODING l',
    'DEBUG OBJECT l',
    'UNLINK l',
  ],
  'list-max-listpack-size in every form': [
    ...['-1', '-5', '1', '3', '0', '-9', '100000', '-2'].flatMap((size) => [
      `CONFIG SET list-max-listpack-size ${size}`,
      `CONFIG SET list-compress-depth 1`,
      ['RPUSH', 'l', ...many(300)],
      ['LPUSH', 'l', ...many(300), 'z'.repeat(5000)],
      ['LINSERT', 'l', 'BEFORE', 'element 150', 'new'],
      'LREM l 0 new',
      'LTRIM l 10 -10',
      'LRANGE l 0 -1',
      'DEBUG DIGEST-VALUE l',
      'OBJECT ENCODING l',
      'DEBUG OBJECT l',
    ]),
    'CONFIG GET list-*',
    'CONFIG SET list-max-listpack-size abc',
    'CONFIG SET list-compress-depth -1',
    'CONFIG SET list-compress-depth 0',
  ],
}
