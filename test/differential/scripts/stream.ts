import { each, lines, words } from '../../support/templates.js'
import type { Scripts } from './script.js'

/** Texts that are IDs, nearly IDs, and IDs at their limits. */
const ids = words`
  0 0-0 0-1 1 1-0 1-1 1- -1 - + ( (1 (1-1 (- (+ ((1 1-* *-1 $ > 01-1 1-01 +1-1 1-+1 1--1 "1- 1" " 1-1" "1-1 " "" "\x00"
  "1-1\x00x" 1-1-1 1--0 1--9223372036854775808 1--9223372036854775809 1--18446744073709551616 "1- -5" " -7" abc 1-abc 1.5
  18446744073709551615 18446744073709551615-18446744073709551615
  18446744073709551615-0 18446744073709551616 1-18446744073709551615 1-18446744073709551616 9223372036854775808-5
  (0-0 (18446744073709551615-18446744073709551615 (5-18446744073709551615 1-9223372036854775808 1e3 0x10
  12345678901234567-123456789012345678 "1-\x00" 999999999999999-999999999999999 9999999999999999-1
`

const integers = words`0 -1 1 5 abc 1.5 "" 9223372036854775807 -9223372036854775808 9223372036854775808`

/** Those that do not pass by chance while a script runs. */
const idleTimes = integers.filter((integer) => integer !== '1' && integer !== '5')

const fill = (key: string, count: number, fields = 1): string[] =>
  Array.from({ length: count }, (_, i) => {
    const pairs = Array.from({ length: fields }, (_unused, f) => `f${f} v${i}`).join(' ')
    return `XADD ${key} ${i + 1}-0 ${pairs}`
  })

const show = (key: string): string[] => [
  `XLEN ${key}`,
  `XINFO STREAM ${key}`,
  `XINFO STREAM ${key} FULL COUNT 3`,
  `XINFO GROUPS ${key}`,
  `DEBUG DIGEST-VALUE ${key}`,
]

const names = words`xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim`

export const streamScripts: Scripts = {
  'COMMAND INFO and DOCS': each(names, 'COMMAND INFO $', 'COMMAND DOCS $'),
  'XADD and its IDs': [
    ...each(ids, 'XADD s $ f v', 'XINFO STREAM s'),
    ...each(ids, 'DEL t', 'XADD t 5-5 f v', 'XADD t $ f v', 'XRANGE t - +'),
    ...lines`
      XADD n 9999999999999-5 f v
      XADD n * f v
      XADD n * f v a b
      XADD n 9999999999999-* f v
      XADD n 99999999999999-* f v
      XADD n 99999999999998-* f v
      XADD m 0-* f v
      XADD m 0-* f v
      XADD l 1-18446744073709551615 f v
      XADD l 2-* f v
      XADD z 18446744073709551615-18446744073709551615 f v
      XADD z * f v
      XADD z 1-1 f v
      XADD z 18446744073709551615-* f v
      XADD none NOMKSTREAM 1-1 f v
      EXISTS none
      XADD n NOMKSTREAM 999999999999999-1 f v
      XADD
      XADD k
      XADD k *
      XADD k * f
      XADD k * f v g
      XADD k 1-1 f v g
      XADD k NOMKSTREAM
      XADD k NOMKSTREAM NOMKSTREAM
      XADD k NOMKSTREAM f v g
      XADD k nomkstream 1-1 a b
      XADD k MAXLEN 5
      XADD k MAXLEN 5 1-1
      XADD k MAXLEN 5 1-1 a
      XADD k 0-0 a b c
      XADD k 0-0 a b
      EXISTS k
      SET str v
      XADD str 1-1 f v
      XADD str NOMKSTREAM 1-1 f v
      XADD str 0-0 f v
      XADD str 1-1 f
      XADD e 1-1 "" ""
      XADD e 1-2 "\x00\xff\r\n" "\x00\r\n\xfe"
      XRANGE e - +
      TYPE e
      OBJECT ENCODING e
    `,
  ],
  'Fields and values that are numbers stay as they were written': [
    ...each(
      words`0 -0 1 -1 127 128 -128 4095 4096 -4096 -4097 32767 32768 -32768 -32769 8388607 8388608 -8388608 -8388609
        2147483647 2147483648 -2147483648 -2147483649 9007199254740993 9223372036854775807 9223372036854775808
        -9223372036854775808 -9223372036854775809 007 +1 1.0 "1 " " 1" 1e3 18446744073709551615 - ""`,
      'XADD n 5000000000000-* $ $ x $',
      'XADD n 5000000000000-* $ $ x $',
      'XADD n 5000000000000-* $ y z $',
    ),
    'XRANGE n - +',
    'XREVRANGE n + -',
    ...show('n'),
  ],
  'Entries of other fields than the first': [
    ...lines`
      XADD s 1-1 a 1 b 2
      XADD s 2-1 a 3 b 4
      XADD s 2-2 b 3 a 4
      XADD s 3-1 a 1
      XADD s 3-2 a 1 b 2 c 3
      XADD s 18446744073709551615-1 a 1 b 2
      XADD s 18446744073709551615-18446744073709551615 a 1 b 2
      XRANGE s - +
      XREVRANGE s + -
      XRANGE s 2 3
      XREVRANGE s 3 2
    `,
    ...show('s'),
  ],
  'XRANGE and XREVRANGE': [
    ...fill('s', 8),
    'XDEL s 3-0 8-0',
    ...each(ids, 'XRANGE s $ +', 'XRANGE s - $', 'XREVRANGE s $ -', 'XREVRANGE s + $', 'XRANGE s $ $'),
    ...each(integers, 'XRANGE s - + COUNT $', 'XREVRANGE s + - COUNT $', 'XRANGE none - + COUNT $'),
    ...lines`
      XRANGE s 2 5
      XRANGE s (2 5
      XRANGE s (2-0 (5-0
      XRANGE s 5 2
      XREVRANGE s 5 2
      XREVRANGE s (5 (2
      XRANGE s - + COUNT
      XRANGE s - + COUNT 2 COUNT 3
      XRANGE s - + COUNT 2 x
      XRANGE s - + x
      XRANGE s - + LIMIT 1
      XRANGE none - +
      XRANGE none x +
      XRANGE s -
      XRANGE
      SET str v
      XRANGE str - +
      XRANGE str - + COUNT 0
      XREVRANGE str + -
      XLEN str
      XLEN none
      XLEN
      XLEN s s
    `,
  ],
  'Many chunks': [
    ...fill('s', 350, 3),
    ...lines`
      XINFO STREAM s
      XRANGE s 99 102
      XREVRANGE s 202 199
      XRANGE s (100-0 (101-0
      XRANGE s 1-1 + COUNT 1
      XDEL s 100-0 101-0 102-0 1-0 350-0
      XINFO STREAM s
      XRANGE s 99 104
      XREVRANGE s + - COUNT 3
      XADD s 350-* f v
      XADD s 351-1 f v
      XADD t 1-1 f v
      CONFIG SET stream-node-max-entries 3
      XADD t 2-1 f v
      XADD t 3-1 f v
      XADD t 4-1 f v
      XADD t 5-1 f v
      XINFO STREAM t
      CONFIG SET stream-node-max-bytes 50
      XADD t 6-1 f v
      XADD t 7-1 f 01234567890123456789
      XADD t 8-1 f v
      XADD t 9-1 f v
      XINFO STREAM t
      CONFIG SET stream-node-max-bytes 0 stream-node-max-entries 0
    `,
    ...fill('u', 200),
    'XINFO STREAM u',
    ...lines`
      CONFIG SET stream-node-max-bytes 4096 stream-node-max-entries 100
      CONFIG GET stream-node-*
      COPY s copy
      XRANGE copy - + COUNT 4
    `,
    ...show('copy'),
    ['XADD', 'b', '1-1', 'f', 'v'.repeat(70_000)],
    ['XADD', 'b', '1-2', 'f', 'w'.repeat(5000)],
    ['XADD', 'b', '1-3', 'f'.repeat(5000), 'w'],
    ['XADD', 'b', '1-4', 'f', 'x'.repeat(1_200_000)],
    'XRANGE b - +',
    'XREVRANGE b + -',
    'XINFO STREAM b',
    'XDEL b 1-2 1-4',
    'XRANGE b - +',
    'DEL s copy b',
  ],
  'Radix tree nodes': [
    ...lines`
      CONFIG SET stream-node-max-entries 1
      XGROUP CREATE s g $ MKSTREAM
      XINFO STREAM s
    `,
    ...words`0-1 0-2 0-255 0-256 0-65536 1-0 1-1 256-1 257-1 4294967296-1 72057594037927936-1 72057594037927936-4294967296
      18446744073709551615-0 18446744073709551615-18446744073709551615`.flatMap((id) => [
      `XADD s ${id} f v`,
      'XINFO STREAM s',
    ]),
    ...words`0-2 0-256 1-0 4294967296-1 72057594037927936-4294967296 0-1 0-255 18446744073709551615-18446744073709551615 1-1`.flatMap(
      (id) => [`XDEL s ${id}`, 'XINFO STREAM s'],
    ),
    'CONFIG SET stream-node-max-entries 100',
  ],
  'XDEL and what is remembered of it': [
    ...fill('s', 5),
    ...each(ids, 'XDEL s $', 'XDEL none $'),
    ...show('s'),
    ...lines`
      XDEL s 2 3
      XDEL s 2 3 x
      XDEL s 4-0 4-0 9-9
      XINFO STREAM s
      XDEL s 5-0
      XINFO STREAM s
      XADD s 5-0 f v
      XADD s 6-0 f v
      XINFO STREAM s
      XDEL s
      XDEL
      SET str v
      XDEL str 1-1
      XDEL str x
      DEL s
      EXISTS s
    `,
  ],
  'XTRIM and trimming by XADD': [
    ...['MAXLEN', 'MINID'].flatMap((strategy) =>
      each(
        integers,
        `XTRIM none ${strategy} $`,
        `XTRIM none ${strategy} ~ $`,
        `XTRIM none ${strategy} = 1 LIMIT $`,
        `XTRIM none ${strategy} ~ 1 LIMIT $`,
      ),
    ),
    ...each(ids, 'XTRIM none MINID $', 'XTRIM none MINID ~ $'),
    ...lines`
      XTRIM none
      XTRIM none MAXLEN
      XTRIM none MAXLEN =
      XTRIM none MAXLEN ~
      XTRIM none MAXLEN = ~
      XTRIM none MINID ~
      XTRIM none LIMIT 5
      XTRIM none LIMIT 0
      XTRIM none LIMIT
      XTRIM none MAXLEN 5 MINID 5
      XTRIM none MINID 5 MAXLEN 5
      XTRIM none MAXLEN 5 MAXLEN 6
      XTRIM none MAXLEN 5 LIMIT
      XTRIM none MAXLEN 5 x
      XTRIM none x MAXLEN 5
      XTRIM none NOMKSTREAM MAXLEN 5
      XTRIM none MAXLEN 5 *
      SET str v
      XTRIM str MAXLEN 5
      XTRIM str MAXLEN x
    `,
    ...fill('s', 12),
    ...lines`
      XTRIM s MAXLEN 20
      XTRIM s MAXLEN = 10
      XTRIM s MAXLEN ~ 5
      XTRIM s MINID 5
      XTRIM s MINID = 5-1
      XTRIM s MINID ~ 8
      XRANGE s - +
      XINFO STREAM s
      XTRIM s MAXLEN 0
      XINFO STREAM s
      XADD s 13-0 f v
      XADD s MAXLEN 1 14-0 f v
      XADD s MINID 15 14-5 f v
      XINFO STREAM s
      XADD s MAXLEN 0 16-0 f v
      XINFO STREAM s
      CONFIG SET stream-node-max-entries 10
    `,
    ...fill('t', 105),
    ...lines`
      XDEL t 5-0 15-0 16-0 25-0
      XTRIM t MAXLEN ~ 100
      XTRIM t MAXLEN ~ 95
      XTRIM t MAXLEN ~ 94
      XTRIM t MAXLEN ~ 93
      XTRIM t MAXLEN ~ 50 LIMIT 0
      XTRIM t MAXLEN ~ 10 LIMIT 9
      XTRIM t MAXLEN ~ 10 LIMIT 10
      XTRIM t MAXLEN ~ 10 LIMIT 25
      XINFO STREAM t
      XTRIM t MINID ~ 80
      XTRIM t MINID ~ 81-0
      XDEL t 90-0
      XTRIM t MINID ~ 90
      XTRIM t MINID ~ 90-1
      XTRIM t MAXLEN 12
      XRANGE t - +
      XINFO STREAM t
      XADD t MAXLEN ~ 5 200-1 f v
      XADD t MAXLEN ~ 5 LIMIT 3 200-2 f v
      XADD t MAXLEN = 5 LIMIT 3 200-3 f v
      XADD t LIMIT 3 200-3 f v
      XADD t LIMIT 0 200-3 f v
      XADD t MAXLEN ~ 5 LIMIT -1 200-3 f v
      XADD t MINID ~ 200-1 NOMKSTREAM 200-4 f v
      XADD t MAXLEN -1 200-5 f v
      XADD t MAXLEN x 200-5 f v
      XADD t MAXLEN 5 MINID 5 200-5 f v
      XADD t MINID x 200-5 f v
      XINFO STREAM t
      CONFIG SET stream-node-max-entries 0
      XTRIM t MAXLEN ~ 1
      CONFIG SET stream-node-max-entries 100
    `,
    ...show('t'),
  ],
  XSETID: [
    ...fill('s', 3),
    ...each(ids, 'XSETID none $', 'XSETID s $', 'XINFO STREAM s', 'XSETID s 100-0 MAXDELETEDID $'),
    ...each(
      integers,
      'XSETID s 18446744073709551615-1 ENTRIESADDED $',
      'XINFO STREAM s',
      'XSETID none 1-1 ENTRIESADDED $',
    ),
    ...lines`
      DEL t
      XADD t 5-5 f v
      XSETID t 5-4
      XSETID t 5-5 ENTRIESADDED 0
      XSETID t 5-5 ENTRIESADDED 1 MAXDELETEDID 5-6
      XSETID t 5-5 ENTRIESADDED 7 MAXDELETEDID 5-5
      XSETID t 6-0 MAXDELETEDID 0-0
      XSETID t 6-0 MAXDELETEDID
      XSETID t 6-0 ENTRIESADDED
      XSETID t 6-0 x 1
      XSETID t
      XSETID
      XINFO STREAM t
      XADD t 6-0 f v
      XADD t 6-1 f v
      XTRIM t MAXLEN 0
      XSETID t 1-1 ENTRIESADDED 0
      XINFO STREAM t
      XADD t 1-2 f v
      XINFO STREAM t
      SET str v
      XSETID str 1-1
      XSETID str x
    `,
  ],
}

/** Groups g and h of a stream of six, g's consumers having read four. */
const withGroup: readonly string[] = [
  ...fill('s', 6),
  ...lines`
    XGROUP CREATE s g 0
    XGROUP CREATE s h $
    XREADGROUP GROUP g alice COUNT 2 STREAMS s >
    XREADGROUP GROUP g bob COUNT 2 STREAMS s >
  `,
]

export const groupScripts: Scripts = {
  XGROUP: [
    ...lines`
      XGROUP
      XGROUP x
      XGROUP HELP
      XGROUP HELP x
      XGROUP CREATE
      XGROUP CREATE s g
      XGROUP CREATE s g $
      XGROUP CREATE s g x
      XGROUP CREATE s g $ MKSTREAM
      XGROUP CREATE s g $ MKSTREAM
      XGROUP CREATE s g2 x MKSTREAM
      XGROUP CREATE t g x MKSTREAM
      EXISTS t
      XGROUP CREATE t g 5-5 MKSTREAM ENTRIESREAD 7
      XGROUP CREATE t g2 5-5 mkstream entriesread -1
      XGROUP CREATE t g3 5-5 ENTRIESREAD -2
      XGROUP CREATE t g3 5-5 ENTRIESREAD x
      XGROUP CREATE t g3 5-5 ENTRIESREAD
      XGROUP CREATE t g3 5-5 ENTRIESREAD 9223372036854775807
      XGROUP CREATE t g4 5-5 x
      XGROUP CREATE t g4 5-5 MKSTREAM MKSTREAM MKSTREAM
      XGROUP CREATE t g5 5-5 MKSTREAM MKSTREAM MKSTREAM MKSTREAM
      XGROUP CREATE t g5 5-5 MKSTREAM ENTRIESREAD 5 MKSTREAM
      XGROUP CREATE t "" 0-0
      XGROUP CREATE t "a\x00b\r\n" 0-0
      XGROUP CREATE t - -
      XGROUP CREATE t + +
      XINFO GROUPS t
      XINFO STREAM t FULL
      XADD t 3-1 f v
      XADD t 7-1 f v
      XINFO GROUPS t
      XGROUP SETID t g $
      XGROUP SETID t g -
      XGROUP SETID t g +
      XGROUP SETID t g x
      XGROUP SETID t none 1
      XGROUP SETID none g 1
      XGROUP SETID t g 1 ENTRIESREAD 5
      XGROUP SETID t g 1 ENTRIESREAD -2
      XGROUP SETID t g 1 ENTRIESREAD 5 ENTRIESREAD 6
      XGROUP SETID t g 1 ENTRIESREAD
      XGROUP SETID t g 1 MKSTREAM
      XGROUP SETID t g
      XINFO GROUPS t
      XGROUP CREATECONSUMER t g alice
      XGROUP CREATECONSUMER t g alice
      XGROUP CREATECONSUMER t g ""
      XGROUP CREATECONSUMER t none alice
      XGROUP CREATECONSUMER none g alice
      XGROUP CREATECONSUMER t g
      XGROUP CREATECONSUMER t g a b
      XINFO CONSUMERS t g
      XGROUP DELCONSUMER t g alice
      XGROUP DELCONSUMER t g alice
      XGROUP DELCONSUMER t none alice
      XGROUP DELCONSUMER none g alice
      XGROUP DELCONSUMER t g
      XINFO CONSUMERS t g
      XGROUP DESTROY t g
      XGROUP DESTROY t g
      XGROUP DESTROY none g
      XGROUP DESTROY t
      XGROUP DESTROY t g x
      XINFO GROUPS t
      SET str v
      XGROUP CREATE str g $
      XGROUP CREATE str g $ MKSTREAM
      XGROUP CREATE str g x y
      XGROUP SETID str g 1
      XGROUP DESTROY str g
      XGROUP CREATECONSUMER str g c
      XGROUP DELCONSUMER str g c
    `,
    ...each(ids, 'XGROUP CREATE t $ $', 'XGROUP SETID t g2 $', 'XINFO GROUPS t'),
  ],
  'XREAD without waiting': [
    ...fill('s', 5),
    ...fill('t', 3),
    ...each(ids, 'XREAD STREAMS s $', 'XREAD COUNT 2 STREAMS s t $ 1', 'XREAD STREAMS none $'),
    ...each(integers, 'XREAD COUNT $ STREAMS s 0', 'XREAD COUNT $ STREAMS none 0'),
    ...lines`
      XREAD STREAMS s t 0 0
      XREAD STREAMS s none t 3 0 2
      XREAD STREAMS s s 3 4
      XREAD STREAMS s 5
      XREAD STREAMS s 4-0
      XREAD STREAMS s t 0
      XREAD STREAMS s
      XREAD STREAMS
      XREAD COUNT 1
      XREAD COUNT STREAMS s 0
      XREAD BLOCK STREAMS s 0
      XREAD BLOCK x STREAMS s 0
      XREAD BLOCK -1 STREAMS s 0
      XREAD BLOCK 1.5 STREAMS s 0
      XREAD BLOCK 9223372036854775808 STREAMS s 0
      XREAD BLOCK 0 STREAMS s 0
      XREAD BLOCK 1 STREAMS s $
      XREAD BLOCK 1 STREAMS none 0
      XREAD BLOCK 1 COUNT 1 STREAMS none s t 0 $ 99
      XREAD x STREAMS s 0
      XREAD NOACK STREAMS s 0
      XREAD GROUP g c STREAMS s 0
      XREAD GROUP g STREAMS
      XREAD STREAMS s >
      XREAD STREAMS s t > 0
      SET str v
      XREAD STREAMS str 0
      XREAD STREAMS s str 0 0
      XREAD STREAMS str x
      XDEL s 5-0
      XREAD STREAMS s 4
      XREAD STREAMS s 3
      XGROUP CREATE empty g $ MKSTREAM
      XREAD STREAMS empty 0
      XREAD STREAMS empty $
      COMMAND GETKEYS XREAD STREAMS a b c d
      COMMAND GETKEYS XREAD BLOCK 1 COUNT 2 STREAMS a b
      COMMAND GETKEYS XREADGROUP GROUP streams c STREAMS a b
      COMMAND GETKEYS XREAD STREAMS a b c
    `,
  ],
  'XREADGROUP without waiting': [
    ...withGroup,
    ...show('s'),
    ...each(ids, 'XREADGROUP GROUP g alice COUNT 2 STREAMS s $', 'XREADGROUP GROUP h carol STREAMS s $'),
    ...lines`
      XREADGROUP GROUP g alice COUNT 1 NOACK STREAMS s >
      XREADGROUP GROUP g dave NOACK STREAMS s >
      XREADGROUP GROUP g dave NOACK STREAMS s >
      XREADGROUP GROUP g eve NOACK STREAMS s 0
      XINFO STREAM s FULL
      XDEL s 1-0 3-0
      XREADGROUP GROUP g alice STREAMS s 0
      XREADGROUP GROUP g bob COUNT 1 STREAMS s 0
      XREADGROUP GROUP g bob COUNT 0 STREAMS s 3
      XGROUP SETID s g 0
      XREADGROUP GROUP g bob STREAMS s >
      XPENDING s g
      XINFO STREAM s FULL
      XREADGROUP GROUP none alice STREAMS s >
      XREADGROUP GROUP g alice STREAMS none >
      XREADGROUP GROUP g alice STREAMS s none > >
      XREADGROUP GROUP g alice STREAMS s $
      XREADGROUP GROUP g alice STREAMS s x
      XREADGROUP GROUP g alice STREAMS s
      XREADGROUP GROUP g alice BLOCK 1 STREAMS s >
      XREADGROUP GROUP g alice BLOCK 1 STREAMS s 0
      XREADGROUP GROUP g frank BLOCK 1 STREAMS s >
      XREADGROUP GROUP g alice COUNT x STREAMS s >
      XREADGROUP GROUP g alice x STREAMS s >
      XREADGROUP COUNT 1 GROUP g alice STREAMS s >
      XREADGROUP NOACK NOACK COUNT 1 STREAMS s >
      XREADGROUP COUNT 1 COUNT 1 STREAMS s >
      XREADGROUP GROUP g
      XREADGROUP
      SET str v
      XREADGROUP GROUP g alice STREAMS str >
      XREADGROUP GROUP g alice STREAMS s str > >
      XGROUP CREATE t g $ MKSTREAM
      XREADGROUP GROUP g alice STREAMS s t 0 0
      XREADGROUP GROUP g alice STREAMS t s > 0
      XADD s 7-0 f v
      XADD t 7-0 f v
      XREADGROUP GROUP g alice STREAMS t s > >
      XINFO STREAM t FULL
      XINFO CONSUMERS s g
    `,
  ],
  'XACK and XPENDING': [
    ...withGroup,
    ...each(ids, 'XPENDING s g $ + 10', 'XPENDING s g - $ 10', 'XACK s h $', 'XACK none g $'),
    ...each(integers, 'XPENDING s g - + $', 'XPENDING s none - + $'),
    ...each(idleTimes, 'XPENDING s g IDLE $ - + 10', 'XPENDING s g IDLE $ - + 10 bob'),
    ...lines`
      XPENDING s g
      XPENDING s h
      XPENDING s none
      XPENDING none g
      XPENDING s g - + 10 alice
      XPENDING s g - + 1 bob
      XPENDING s g - + 10 none
      XPENDING s g IDLE 0 - + 10 bob
      XPENDING s g IDLE 9999999 - + 10
      XPENDING s g IDLE 9999999 - + 10 bob
      XPENDING s g (1-0 (4-0 10
      XPENDING s g - +
      XPENDING s g -
      XPENDING s g IDLE 5 - +
      XPENDING s g IDLE 5 -
      XPENDING s g IDLE x - + 10
      XPENDING s g - + x
      XPENDING s g - + 10 alice x y
      XPENDING s g - + 10 alice x y z
      XPENDING s
      XPENDING
      XACK s g 1-0
      XACK s g 1-0 2-0 2-0 9-9
      XACK s g 3-0 x
      XPENDING s g
      XACK s none 1-0
      XACK s g
      XACK
      XPENDING s g - + 10
      XACK s g 3-0 4-0
      XPENDING s g
      XPENDING s g - + 10
      SET str v
      XACK str g 1-0
      XACK str g x
      XPENDING str g
      XPENDING str g - + x
    `,
    ...show('s'),
  ],
  XCLAIM: [
    ...withGroup,
    ...each(ids, 'XCLAIM s g carol 0 $', 'XCLAIM s g carol 0 1-0 LASTID $ JUSTID', 'XINFO GROUPS s'),
    ...each(idleTimes, 'XCLAIM s g carol $ 1-0 JUSTID'),
    ...each(
      integers,
      'XCLAIM s g carol 0 1-0 IDLE $ JUSTID',
      'XPENDING s g 1-0 1-0 1',
      'XCLAIM s g carol 0 1-0 TIME $ JUSTID',
      'XPENDING s g IDLE 1000000000 1-0 1-0 1',
      'XCLAIM s g carol 0 1-0 RETRYCOUNT $ JUSTID',
      'XPENDING s g 1-0 1-0 1',
    ),
    ...lines`
      XCLAIM s g alice 0 1-0 2-0 3-0 4-0 5-0
      XCLAIM s g bob 9999999 1-0 2-0
      XCLAIM s g bob 0 1-0 IDLE 100000
      XCLAIM s g bob 50000 1-0
      XCLAIM s g bob 0 5-0 FORCE
      XCLAIM s g bob 0 6-0 9-0 FORCE JUSTID
      XPENDING s g - + 10
      XCLAIM s g new 0 9-9 FORCE
      XINFO STREAM s FULL
      XDEL s 2-0 4-0
      XCLAIM s g dave 0 2-0 4-0 1-0 RETRYCOUNT 7
      XPENDING s g - + 10
      XCLAIM s g dave 0 1-0 x
      XCLAIM s g dave 0 1-0 FORCE 2-0
      XCLAIM s g dave 0 1-0 IDLE
      XCLAIM s g dave 0 1-0 IDLE x
      XCLAIM s g dave 0 1-0 TIME x
      XCLAIM s g dave 0 1-0 RETRYCOUNT x
      XCLAIM s g dave 0 1-0 LASTID x
      XCLAIM s g dave 0 1-0 "bad\x00opt"
      XCLAIM s g dave 0 FORCE
      XCLAIM s g dave x 1-0
      XCLAIM s g dave -5 1-0
      XCLAIM s none dave 0 1-0
      XCLAIM none g dave 0 1-0
      XCLAIM none g dave x 1-0
      XCLAIM s g dave 0
      XCLAIM
      XCLAIM s g dave 0 LASTID 99-0
      XINFO GROUPS s
      SET str v
      XCLAIM str g dave 0 1-0
    `,
    ...show('s'),
  ],
  XAUTOCLAIM: [
    ...withGroup,
    ...each(ids, 'XAUTOCLAIM s g carol 0 $ COUNT 1 JUSTID', 'XAUTOCLAIM none g carol 0 $'),
    ...each(idleTimes, 'XAUTOCLAIM s g carol $ 0'),
    ...each(integers, 'XAUTOCLAIM s g carol 0 0 COUNT $', 'XAUTOCLAIM none g carol 0 0 COUNT $'),
    ...lines`
      XAUTOCLAIM s g alice 0 0 COUNT 1
      XAUTOCLAIM s g alice 0 2-0 COUNT 1
      XAUTOCLAIM s g alice 0 - COUNT 2 JUSTID
      XAUTOCLAIM s g alice 0 (1-0 JUSTID
      XAUTOCLAIM s g alice 9999999 0
      XAUTOCLAIM s g new 9999999 0
      XINFO CONSUMERS s g
      XDEL s 1-0 3-0
      XAUTOCLAIM s g bob 0 0 COUNT 1
      XAUTOCLAIM s g bob 0 0 COUNT 2
      XAUTOCLAIM s g bob 0 0
      XPENDING s g - + 10
      XAUTOCLAIM s g bob 0 + 
      XAUTOCLAIM s g bob 0 0 COUNT
      XAUTOCLAIM s g bob 0 0 x
      XAUTOCLAIM s g bob 0 0 JUSTID COUNT 5 JUSTID
      XAUTOCLAIM s g bob 0 0 COUNT 576460752303423487
      XAUTOCLAIM s g bob 0 0 COUNT 576460752303423488
      XAUTOCLAIM s none bob 0 0
      XAUTOCLAIM s g bob 0
      XAUTOCLAIM
      SET str v
      XAUTOCLAIM str g bob 0 0
      XAUTOCLAIM str g bob x 0
      XAUTOCLAIM str g bob 0 x
    `,
    ...show('s'),
  ],
  'XINFO and how far groups are': [
    ...lines`
      XINFO
      XINFO x
      XINFO HELP
      XINFO HELP x
      XINFO STREAM
      XINFO STREAM none
      XINFO STREAM none FULL
      XINFO GROUPS none
      XINFO CONSUMERS none g
      XINFO GROUPS
      XINFO CONSUMERS none
      XGROUP CREATE s g $ MKSTREAM
      XINFO STREAM s FULL COUNT
      XINFO STREAM s x
      XINFO STREAM s FULL x 1
      XINFO STREAM s FULL COUNT x
      XINFO STREAM s FULL COUNT 1 x
      XINFO STREAM s FULL COUNT -1
      XINFO STREAM s FULL COUNT 0
      XINFO STREAM s full count 1
      XINFO GROUPS s x
      XINFO CONSUMERS s
      XINFO CONSUMERS s none
      XINFO CONSUMERS s g
      SET str v
      XINFO STREAM str
      XINFO GROUPS str
      XINFO CONSUMERS str g
      XADD s 1-0 f v
      XADD s 2-0 f v
      XADD s 3-0 f v
      XADD s 4-0 f v
      XADD s 5-0 f v
      XGROUP CREATE s a 0
      XGROUP CREATE s b 1-0
      XGROUP CREATE s c 2-0
      XGROUP CREATE s d 5-0
      XGROUP CREATE s e 9-0
      XGROUP CREATE s f 2-0 ENTRIESREAD 2
      XINFO GROUPS s
      XREADGROUP GROUP a x COUNT 1 STREAMS s >
      XREADGROUP GROUP b x COUNT 1 STREAMS s >
      XREADGROUP GROUP c x COUNT 1 STREAMS s >
      XREADGROUP GROUP g x COUNT 1 STREAMS s >
      XINFO GROUPS s
      XDEL s 3-0
      XINFO GROUPS s
      XREADGROUP GROUP a x COUNT 1 STREAMS s >
      XREADGROUP GROUP b x COUNT 1 STREAMS s >
      XREADGROUP GROUP g x STREAMS s >
      XINFO GROUPS s
      XDEL s 1-0
      XTRIM s MAXLEN 2
      XINFO GROUPS s
      XREADGROUP GROUP a x STREAMS s >
      XREADGROUP GROUP c x NOACK STREAMS s >
      XINFO GROUPS s
      XTRIM s MAXLEN 0
      XINFO GROUPS s
      XADD s 6-0 f v
      XINFO GROUPS s
      XREADGROUP GROUP b x COUNT 1 STREAMS s >
      XREADGROUP GROUP g x COUNT 1 STREAMS s >
      XINFO GROUPS s
      XSETID s 8-0 ENTRIESADDED 100 MAXDELETEDID 7-0
      XINFO GROUPS s
      XADD s 9-0 f v
      XREADGROUP GROUP a x COUNT 1 STREAMS s >
      XINFO GROUPS s
      XSETID s 9-0 ENTRIESADDED 9223372036854775807
      XINFO GROUPS s
    `,
    ...show('s'),
  ],
  'A stream as a value among others': [
    ...withGroup,
    ...lines`
      COPY s t
      XDEL s 1-0
      XACK s g 2-0
      XINFO STREAM t FULL
      XPENDING t g - + 10
      XACK t g 1-0
      XREADGROUP GROUP g alice STREAMS t 0
      RENAME s u
      XINFO STREAM u FULL
      EXPIRE u 100000
      XADD u 9-0 f v
      COPY u v
      TTL v
      OBJECT ENCODING v
      OBJECT REFCOUNT v
      TYPE v
      SCAN 0 TYPE stream COUNT 1000
      MEMORY USAGE v
      DEBUG DIGEST-VALUE t u v
      DEBUG DIGEST
      DEBUG OBJECT v
      MOVE v 1
      DEL t
      UNLINK u
      EXISTS s t u v
      SET str v
      COPY str w
      GET w
      XADD w 1-1 f v
      DEL w
      XADD w 1-1 f v
      SET w v
      GET w
      XADD x 1-1 f v
      XDEL x 1-1
      EXISTS x
      TYPE x
      COPY x y
      XINFO STREAM y
      DEBUG DIGEST-VALUE x y
      DBSIZE
      APPEND x v
      HSET x f v
      GET x
    `,
  ],
}
