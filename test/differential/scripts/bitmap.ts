import { each, lines } from '../../support/templates.js'
import { integerTexts, type Scripts } from './script.js'

const widths = ['i1', 'u1', 'i5', 'u7', 'i8', 'u8', 'u31', 'i32', 'u52', 'i52', 'i53', 'u53', 'u63', 'i63', 'i64']
const extremes = ['0', '1', '-1', '127', '-128', '255', '4294967296', '9223372036854775807', '-9223372036854775808']

export const bitmapScripts: Scripts = {
  'SETBIT and GETBIT': lines`
    SETBIT b 7 1
    GET b
    SETBIT b 7 1
    SETBIT b 7 0
    SETBIT b 100 1
    STRLEN b
    OBJECT ENCODING b
    GETBIT b 0
    GETBIT b 7
    GETBIT b 100
    GETBIT b 101
    GETBIT b 4294967295
    GETBIT missing 9
    GETBIT b 4294967296
    SETBIT b 4294967296 1
    SETBIT b -1 1
    SETBIT b 1.5 1
    SETBIT b abc 1
    SETBIT b #1 1
    SETBIT b 1 2
    SETBIT b 1 -1
    SETBIT b 1 abc
    SETBIT b 1 ""
    SETBIT b
    SETBIT b 1
    SETBIT b 1 1 1
    GETBIT b
    GETBIT b 1 1
    SET n 123
    OBJECT ENCODING n
    GETBIT n 2
    SETBIT n 6 0
    GET n
    OBJECT ENCODING n
    SETBIT zero 12 0
    GET zero
    EXPIRE zero 10000
    SETBIT zero 1 1
    TTL zero
    HSET h f v
    SETBIT h 1 1
    GETBIT h 1
    SETBIT h x 1
  `,
  'offsets of every spelling': [...each(integerTexts, 'GETBIT b $'), 'SET b abc', ...each(integerTexts, 'BITFIELD b GET u8 $'), ...each(integerTexts.filter((n) => !n.startsWith('"')), 'BITFIELD b GET i5 #$')], // prettier-ignore
  'BITCOUNT and BITPOS': [
    'SET s foobar',
    'SET empty ""',
    String.raw`SET ones "\xff\xff\xff\xff\xff\xff\xff\xff\xff"`,
    String.raw`SET zeros "\x00\x00\x00\x00\x00\x00\x00\x00\x00"`,
    String.raw`SET mixed "\x00\xff\xf0\x01\x80"`,
    'SET n 12345',
    'HSET h f v',
    ...each(['s', 'empty', 'ones', 'zeros', 'mixed', 'n', 'missing', 'h'], 'BITCOUNT $'),
    ...each(['s', 'empty', 'ones', 'zeros', 'mixed', 'n', 'missing', 'h'], 'BITPOS $ 0'),
    ...each(['s', 'empty', 'ones', 'zeros', 'mixed', 'n', 'missing', 'h'], 'BITPOS $ 1'),
    ...['s', 'empty', 'ones', 'zeros', 'mixed'].flatMap((key) =>
      [
        '0 0',
        '0 -1',
        '1 3',
        '-2 -1',
        '-1 -2',
        '3 1',
        '0 100',
        '100 200',
        '-100 2',
        '5 30',
        '9 30',
        '7 8',
        '17 17',
      ].flatMap((range) => [
        `BITCOUNT ${key} ${range}`,
        `BITCOUNT ${key} ${range} BYTE`,
        `BITCOUNT ${key} ${range} bit`,
        ...['0', '1'].flatMap((bit) => ['', ' BYTE', ' BIT'].map((unit) => `BITPOS ${key} ${bit} ${range}${unit}`)),
      ]),
    ),
    ...['0', '1', '2', '-1', '8', '9', '-100', '100'].flatMap((start) =>
      ['ones', 'zeros', 'mixed', 'empty'].flatMap((key) => [`BITPOS ${key} 0 ${start}`, `BITPOS ${key} 1 ${start}`]),
    ),
    ...each(integerTexts, 'BITCOUNT s $ $'),
    ...each(integerTexts, 'BITPOS s 1 $ $ BIT'),
    ...each(integerTexts, 'BITPOS s $'),
    ...lines`
      BITCOUNT s -9223372036854775807 -9223372036854775808
      BITCOUNT s -9223372036854775808 -9223372036854775807
      BITCOUNT s 0
      BITCOUNT s 0 1 2
      BITCOUNT s 0 1 BITS
      BITCOUNT s 0 1 BIT x
      BITCOUNT missing 0 1 nonsense
      BITCOUNT s -1 -2 nonsense
      BITCOUNT h 0 x
      BITCOUNT
      BITPOS s
      BITPOS s 1 0 1 BITS
      BITPOS s 1 0 x BITS
      BITPOS s 1 x 0 BITS
      BITPOS s 1 0 1 BIT x
      BITPOS s 2 0 1 BIT x
      BITPOS missing 1 0 1 BIT x
      BITPOS h 1 x
    `,
  ],
  BITOP: lines`
    SET a "\x0f\xff\x01"
    SET b "\xf0\x0f"
    SET long 0123456789abcdef0123456789abcdef0123456789
    SET longer "the quick brown fox jumps over the lazy dog, twice over"
    SET n 12
    HSET h f v
    BITOP AND d a b
    GET d
    OBJECT ENCODING d
    BITOP or d a b
    GET d
    BITOP XOR d a b
    GET d
    BITOP NOT d a
    GET d
    BITOP NOT d long
    GET d
    BITOP AND d long longer
    GET d
    BITOP OR d longer long
    GET d
    BITOP XOR d long longer a
    GET d
    BITOP XOR long long longer
    GET long
    BITOP AND d long missing
    GET d
    BITOP OR d missing missing
    EXISTS d
    BITOP OR d missing missing
    BITOP NOT d missing
    BITOP NOT d a b
    BITOP NOT d
    BITOP NOPE d a
    BITOP AND d a h
    BITOP AND h a b
    TYPE h
    BITOP AND d n n
    GET d
    OBJECT ENCODING d
    EXPIRE d 10000
    BITOP OR d a
    TTL d
    BITOP AND d a a a a a a a a a a a a a a a a a a
    GET d
    BITOP AND d
    BITOP
  `,
  'BITFIELD: types, offsets, overflows': [
    ...widths.flatMap((type) => extremes.map((n) => `BITFIELD set:${type} SET ${type} 3 ${n} GET ${type} 3`)),
    ...['WRAP', 'SAT', 'FAIL'].flatMap((overflow) =>
      widths.flatMap((type) => [
        ...extremes.map((n) => `BITFIELD o OVERFLOW ${overflow} SET ${type} 5 ${n} INCRBY ${type} 5 ${n}`),
        ...extremes.map((n) => `BITFIELD o OVERFLOW ${overflow} INCRBY ${type} #1 ${n}`),
        'GET o',
      ]),
    ),
    ...each(['i0', 'u0', 'i65', 'u64', 'x8', 'i', 'u', '8', 'I8', 'U8', 'i08', 'i-1', 'i8x', '""', String.raw`"i8\x00x"`], 'BITFIELD t GET $ 0'), // prettier-ignore
    ...each(integerTexts, 'BITFIELD v SET i64 0 $'),
    ...each(integerTexts, 'BITFIELD v INCRBY u8 0 $'),
  ],
  'BITFIELD: the rest': lines`
    BITFIELD b
    BITFIELD missing GET u8 0 GET i64 100
    EXISTS missing
    BITFIELD b SET u8 0 255 GET u4 0 INCRBY u2 100 1
    GET b
    BITFIELD b OVERFLOW FAIL INCRBY u2 100 3 OVERFLOW SAT INCRBY u2 100 3 OVERFLOW WRAP INCRBY u2 100 3
    GET b
    BITFIELD fresh OVERFLOW FAIL SET u8 0 256
    GET fresh
    EXISTS fresh
    BITFIELD b SET u8 #3 7 GET u8 #3 GET u8 24
    BITFIELD b GET u8 0 OVERFLOW SAT
    BITFIELD b OVERFLOW NOPE
    BITFIELD b OVERFLOW
    BITFIELD b GET u8
    BITFIELD b GET
    BITFIELD b SET u8 0
    BITFIELD b INCRBY u8 0
    BITFIELD b NOPE u8 0
    BITFIELD b GET u8 0 NOPE
    BITFIELD b SET u8 0 1 GET u65 0
    GET b
    BITFIELD b SET u8 4294967295 1 GET u8 x
    BITFIELD b SET u8 4294967296 1
    BITFIELD b GET u8 -1
    BITFIELD b GET u63 4294967295
    BITFIELD_RO b GET u8 0 GET i8 0
    BITFIELD_RO missing GET u8 0
    BITFIELD_RO b SET u8 0 1
    BITFIELD_RO b OVERFLOW SAT GET u8 0
    BITFIELD_RO b INCRBY u8 0
    BITFIELD_RO b
    BITFIELD_RO
    BITFIELD
    SET n 5
    BITFIELD n GET u8 0
    OBJECT ENCODING n
    BITFIELD n SET u8 0 53
    OBJECT ENCODING n
    EXPIRE n 10000
    BITFIELD n INCRBY u8 0 1
    TTL n
    HSET h f v
    BITFIELD h GET u8 0
    BITFIELD h SET u8 0 1
    BITFIELD h
    BITFIELD_RO h GET u8 0
  `,
  'what COMMAND tells of them': [
    ...each(['setbit', 'getbit', 'bitcount', 'bitpos', 'bitop', 'bitfield', 'bitfield_ro'], 'COMMAND INFO $'), // prettier-ignore
    ...each(['setbit', 'getbit', 'bitcount', 'bitpos', 'bitop', 'bitfield', 'bitfield_ro'], 'COMMAND DOCS $'), // prettier-ignore
    ...lines`
      COMMAND GETKEYS BITOP AND d a b
      COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0
      COMMAND GETKEYSANDFLAGS BITFIELD k OVERFLOW SAT GET u8 0
      COMMAND GETKEYSANDFLAGS BITFIELD k GET u8 0 SET u8 0 1
      COMMAND GETKEYSANDFLAGS BITFIELD k NOPE
    `,
  ],
}
