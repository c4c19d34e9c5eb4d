import { alternatives, each, lines, words } from '../../support/templates.js'
import { farIntegerTexts, type Scripts } from './script.js'

const big = 'x'.repeat(70_000)

export const stringScripts: Scripts = {
  'GET, SET and wrong arity': lines`
    GET
    GET a b
    GET missing
    SET
    SET k
    SET k v
    GET k
    set K V
    gEt K
    GET k
    SET k ""
    GET k
    SET "" empty-key
    GET ""
    SET "a\x00b\r\n\xff" "\x00\x01\r\n\xfe"
    GET "a\x00b\r\n\xff"
    SET k v a
    SET k v a b
  `,
  'SET with NX, XX and GET': lines`
    SET k 1 XX
    SET k 1 NX
    SET k 2 NX
    SET k 2 XX
    GET k
    SET k 3 GET
    SET missing 3 GET
    SET k 4 nx get
    SET k 4 NX GET
    GET k
    SET k 5 XX GET
    SET none 5 XX GET
    SET none 5 NX GET
    EXISTS none
    SET k 6 NX XX
    SET k 6 XX NX
    SET k 6 GET GET
    SET k 6 NX NX
    SET k 6 XX XX
    HSET h f v
    SET h 1 GET
    SET h 1 NX GET
    SET h 1 XX GET
    SET h 1 NX
    TYPE h
    SET h 1
    TYPE h
    SET j 1
    SET j 2 GETX
    SET j 2 NXX
    SET j 2 ""
  `,
  'SET with a deadline': [
    ...lines`
    SET k v EX 100000
    TTL k
    SET k v KEEPTTL
    TTL k
    SET k v
    TTL k
    SET k v PX 100000000
    PTTL k
    SET k v EXAT 4000000000
    EXPIRETIME k
    PEXPIRETIME k
    SET k v PXAT 4000000000123
    EXPIRETIME k
    PEXPIRETIME k
    SET k v XX KEEPTTL GET
    SET k v keepttl get xx
    PEXPIRETIME k
    SET k v EXAT 1
    GET k
    EXISTS k
    SET k v PXAT 1
    GET k
    SET k v EX
    SET k v PX
    SET k v EXAT
    SET k v PXAT
    SET k v EX 10 PX 10
    SET k v EX 10 EX 10
    SET k v EX 10 EXAT 10
    SET k v PXAT 10 EXAT 10
    SET k v EX 10 KEEPTTL
    SET k v KEEPTTL EX 10
    SET k v KEEPTTL PX 10
    SET k v PERSIST
    SET k v EX NX
    SET k v EX 100000 NX GET
    SET k v EX 0
    SET k v PX 0
    SET k v EXAT 0
    SET k v PXAT 0
    SET k v EX -1
    SET k v PX -1
    SET k v EXAT -1
    SET k v PXAT -1
    SET k v NX EX 0
    SET k v XX EX abc
  `,
    ...each(
      [...farIntegerTexts, ...words`9223372036854775 9223372036854776 9223370000000000 9223372036854774807`],
      'SET e v EX $',
      'SET e v PX $',
      'SET e v EXAT $',
      'SET e v PXAT $',
    ),
  ],
  'SETNX, SETEX and PSETEX': lines`
    SETNX k 1
    SETNX k 2
    GET k
    SETNX
    SETNX k
    SETNX k 1 2
    SETEX k 100000 v
    TTL k
    PSETEX k 100000000 v
    PTTL k
    SETEX k 0 v
    SETEX k -1 v
    PSETEX k 0 v
    PSETEX k -5 v
    SETEX k abc v
    PSETEX k 1.5 v
    SETEX k 9223372036854775807 v
    PSETEX k 9223372036854775807 v
    SETEX k 10
    PSETEX k 10
    SETEX k 10 v x
    HSET h f v
    SETNX h 1
    SETEX h 100000 v
    TYPE h
    HSET h2 f v
    PSETEX h2 100000000 v
    TYPE h2
  `,
  'GETSET, GETDEL and GETEX': lines`
    GETSET k 1
    GETSET k 2
    SETEX k 100000 3
    GETSET k 4
    TTL k
    GETSET k
    GETSET
    GETDEL k
    GETDEL k
    GETDEL
    GETDEL a b
    HSET h f v
    GETSET h 1
    GETDEL h
    GETEX h
    GETEX h PERSIST
    GETEX missing
    GETEX missing EX 100
    SET k v
    GETEX k
    GETEX k EX 100000
    TTL k
    GETEX k PX 100000000
    PTTL k
    GETEX k EXAT 4000000000
    EXPIRETIME k
    GETEX k PXAT 4000000000123
    PEXPIRETIME k
    GETEX k PERSIST
    TTL k
    GETEX k PERSIST
    GETEX k KEEPTTL
    GETEX k NX
    GETEX k XX
    GETEX k GET
    GETEX k EX
    GETEX k EX 10 PERSIST
    GETEX k PERSIST EX 10
    GETEX k PERSIST PERSIST
    GETEX k EX 10 PX 10
    GETEX k EX 0
    GETEX k PX -1
    GETEX k EX abc
    GETEX k EX 9223372036854775807
    GETEX k PXAT 0
    GETEX k EXAT 1
    EXISTS k
    SET k v
    GETEX k PXAT 1
    EXISTS k
    GETEX missing EX 0
    GETEX missing EX abc
    GETEX missing FOO
    GETEX
  `,
  'APPEND, STRLEN, SETRANGE': [
    ...lines`
      APPEND k abc
      APPEND k def
      GET k
      APPEND k ""
      APPEND empty ""
      EXISTS empty
      STRLEN k
      STRLEN missing
      STRLEN empty
      SET n 12345
      STRLEN n
      APPEND n 6
      GET n
      OBJECT ENCODING n
      INCR n
      OBJECT ENCODING n
      SETEX t 100000 a
      APPEND t b
      TTL t
      SETRANGE k 2 XY
      GET k
      SETRANGE k 10 end
      GET k
      SETRANGE missing 0 ""
      EXISTS missing
      SETRANGE missing 5 ""
      EXISTS missing
      SETRANGE missing 3 x
      GET missing
      SETRANGE k 0 ""
      SETRANGE k 100 ""
      SETRANGE k -1 x
      SETRANGE k abc x
      SETRANGE k 536870911 xy
      SETRANGE k 536870912 x
      SETRANGE k 536870912 ""
      SETRANGE k 9223372036854775807 x
      SETRANGE k 9223372036854775808 x
      SETRANGE none 536870912 x
      SETRANGE none -1 ""
      SET m 1234
      SETRANGE m 1 99
      GET m
      OBJECT ENCODING m
      SETRANGE t 0 zz
      TTL t
      HSET h f v
      APPEND h x
      STRLEN h
      SETRANGE h 0 x
      SETRANGE h 0 ""
      SETRANGE h -1 x
      SETRANGE h 536870912 x
      APPEND
      APPEND k
      APPEND k a b
      STRLEN
      STRLEN a b
      SETRANGE k 1
      SETRANGE k 1 x y
    `,
    ['SET', 'big', big],
    ['APPEND', 'big', big],
    'STRLEN big',
    'SETRANGE big 150000 tail',
    'GETRANGE big 139990 -1',
    ['SETRANGE', 'big', '65536', big],
    'STRLEN big',
    'GET big',
  ],
  'GETRANGE and SUBSTR': [
    'SET k "Hello, World"',
    'SET n 1234567890',
    'SET empty ""',
    'HSET h f v',
    ...alternatives`
      0 -1 | 0 0 | -1 -1 | -5 -1 | -100 -1 | 0 100 | 5 3 | -3 -5 | 100 200 | -100 -50 | 3 -3 | 1 3 | 0 -100 | -12 -12 | -13 -13 |
      12 12 | 11 11 | a 1 | 0 b | "" 1 | 1.5 2 | 9223372036854775807 -1 | 0 9223372036854775807 | 0 9223372036854775808 |
      -9223372036854775808 9223372036854775807 | -9223372036854775808 -9223372036854775808
    `.flatMap((range) =>
      ['k', 'n', 'empty', 'missing', 'h'].flatMap((key) => [`GETRANGE ${key} ${range}`, `SUBSTR ${key} ${range}`]),
    ),
    ...lines`
      GETRANGE k 0
      GETRANGE k 0 1 2
      SUBSTR k
      SUBSTR k 0
    `,
  ],
  'MGET, MSET and MSETNX': [
    ...lines`
      MSET a 1 b 2 c ""
      MGET a b c d
      MGET a a a
      HSET h f v
      MGET a h missing
      MSET h 1
      TYPE h
      MSET a 1 a 2
      GET a
      MSET a
      MSET a 1 b
      MSET
      MGET
      MSETNX x 1 y 2
      MSETNX y 3 z 4
      EXISTS z
      MSETNX z 1 z 2
      GET z
      MSETNX a
      MSETNX a 1 b
      MSETNX
      SETEX t 100000 v
      MSET t v2
      TTL t
    `,
    ['MSET', ...Array.from({ length: 2000 }, (_, i) => `key:${i >> 1}`)],
    ['MGET', ...Array.from({ length: 1000 }, (_, i) => `key:${i}`)],
  ],
  'LCS in all its forms': [
    ...lines`
      MSET a ohmytext b mynewtext
      LCS a b
      LCS a b LEN
      LCS a b IDX
      LCS a b IDX MINMATCHLEN 4
      LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN
      LCS a b IDX WITHMATCHLEN
      LCS a b WITHMATCHLEN
      LCS a b MINMATCHLEN 2
      LCS a b LEN MINMATCHLEN 2 WITHMATCHLEN
      LCS a b IDX MINMATCHLEN 0
      LCS a b IDX MINMATCHLEN -1
      LCS a b IDX MINMATCHLEN 100
      LCS a b IDX MINMATCHLEN abc
      LCS a b IDX MINMATCHLEN
      LCS a b MINMATCHLEN
      LCS a b IDX LEN
      LCS a b LEN IDX
      LCS a b FOO
      LCS a b idx len foo
      LCS a b len len
      LCS a b idx idx withmatchlen withmatchlen minmatchlen 1 minmatchlen 4
      LCS a
      LCS
      LCS missing b
      LCS missing none
      LCS missing none LEN
      LCS missing none IDX
      LCS a missing IDX WITHMATCHLEN
      SET n1 12345
      SET n2 1345
      LCS n1 n2
      LCS n1 n2 IDX
      LCS a a IDX WITHMATCHLEN
      SET e ""
      LCS a e
      LCS a e IDX
      HSET h f v
      LCS a h
      LCS h a
      LCS h h IDX LEN
      LCS missing h FOO
      MSET r1 abcabcabba r2 cbabac
      LCS r1 r2 IDX WITHMATCHLEN
      LCS r2 r1 IDX WITHMATCHLEN
      LCS r1 r2
      LCS r2 r1
      MSET s1 "a\x00b\x00c" s2 "\x00b\x00"
      LCS s1 s2 IDX
      LCS s1 s2
    `,
    ['SET', 'p', 'abcdefghij'.repeat(30)],
    ['SET', 'q', 'acegibdfhj'.repeat(30)],
    'LCS p q',
    'LCS p q IDX WITHMATCHLEN',
    'LCS p q IDX MINMATCHLEN 3 WITHMATCHLEN',
    'LCS q p LEN',
  ],
}
