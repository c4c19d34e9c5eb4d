import { each, lines } from '../../support/templates.js'
import { integerTexts, type Scripts } from './script.js'

const numbers = (count: number, first = 0): string => Array.from({ length: count }, (_, i) => first + i).join(' ')
const names = (count: number): string => Array.from({ length: count }, (_, i) => `m${i}`).join(' ')

/** Three sets of integers and two of others, some of their members in common. */
const fiveSets = lines`
  SADD a 1 2 3 4 5
  SADD b 3 4 5 6 70000
  SADD c 4 5 -9223372036854775808
  SADD d 4 x y ""
  SADD e 5 x
`

export const setScripts: Scripts = {
  'SADD, SREM, SISMEMBER, SMISMEMBER and SCARD': lines`
    SADD s a
    SADD s a b a c
    SCARD s
    SISMEMBER s a
    SISMEMBER s A
    SISMEMBER s ""
    SADD s "" "\x00\xff\r\n"
    SISMEMBER s ""
    SMISMEMBER s a z "" "\x00\xff\r\n" a
    SMEMBERS s
    SREM s a zz a
    SREM s b c "" "\x00\xff\r\n"
    EXISTS s
    SREM s a
    SCARD missing
    SISMEMBER missing a
    SMISMEMBER missing a b
    SMEMBERS missing
    SADD
    SADD s
    SREM
    SREM s
    SCARD
    SCARD s x
    SISMEMBER s
    SISMEMBER s a b
    SMISMEMBER s
    SMEMBERS
    SMEMBERS s x
    SET text v
    SADD text a
    SREM text a
    SCARD text
    SISMEMBER text a
    SMISMEMBER text a
    SMEMBERS text
    SADD t a
    EXPIRE t 100000
    SADD t b
    PERSIST t
    TYPE t
  `,
  'texts that are integers, or not': [
    ...each(integerTexts, 'SADD s $', 'OBJECT ENCODING s', 'SMEMBERS s', 'SISMEMBER s $', 'SISMEMBER s 1', 'SREM s $', 'DEL s'),
    ...each(integerTexts, 'SADD all 5 $', 'SISMEMBER all $'),
    'SMEMBERS all',
    'OBJECT ENCODING all',
  ], // prettier-ignore
  'an intset by its width and its size': [
    ...lines`
    SADD s 32767 -32768 1 0 -1
    SMEMBERS s
    SADD s 32768
    SMEMBERS s
    SADD s -32769 2147483647 -2147483648
    SMEMBERS s
    SADD s 2147483648
    SMEMBERS s
    SADD s 9007199254740993 9223372036854775807 -9223372036854775808
    SMEMBERS s
    SREM s 9223372036854775807 9007199254740992
    SMEMBERS s
    OBJECT ENCODING s
    SADD s x
    OBJECT ENCODING s
    SREM s x
    OBJECT ENCODING s
`,
    `SADD u ${numbers(512)}`,
    ...lines`
    OBJECT ENCODING u
    SADD u 511
    OBJECT ENCODING u
    SADD u 512
    OBJECT ENCODING u
    CONFIG SET set-max-intset-entries 3
    SADD v 1 2 3
    OBJECT ENCODING v
    SADD v 4
    OBJECT ENCODING v
    CONFIG SET set-max-intset-entries 0
    SADD w 1
    OBJECT ENCODING w
    SMEMBERS w
    CONFIG SET set-max-intset-entries 512
    SUNIONSTORE w2 w
    OBJECT ENCODING w2
`,
    `SADD many ${names(200)}`,
    ...lines`
    SCARD many
    SMEMBERS many
    OBJECT ENCODING many
  
`,
  ],
  SMOVE: lines`
    SADD a 1 2 x
    SADD b 2
    SMOVE a b 1
    SMOVE a b 2
    SMOVE a b missing
    SMOVE a a x
    SMOVE a a missing
    SMEMBERS a
    SMEMBERS b
    SMOVE a c x
    EXISTS a
    OBJECT ENCODING c
    SMOVE b d 1
    OBJECT ENCODING d
    SMOVE missing b 1
    SET text v
    SMOVE missing text 1
    SMOVE text b 1
    SMOVE b text missing
    SMOVE text text v
    SMOVE text missing v
    SMOVE a b
    SMOVE a b c d
  `,
  'SINTER, SINTERCARD and SINTERSTORE': [
    ...fiveSets,
    ...lines`
      SINTER a
      SINTER a b
      SINTER a b c
      SINTER a a
      SINTER a d
      SINTER d e
      SINTER a missing
      SINTER missing
      SINTER missing missing
      SINTERCARD 1 a
      SINTERCARD 2 a b
      SINTERCARD 2 a b LIMIT 2
      SINTERCARD 2 a b limit 0
      SINTERCARD 2 a b LIMIT 99
      SINTERCARD 2 a b LIMIT 2 LIMIT 1
      SINTERCARD 2 a missing
      SINTERCARD 0 a
      SINTERCARD -1 a
      SINTERCARD x a
      SINTERCARD 3 a b
      SINTERCARD 9223372036854775807 a b
      SINTERCARD 9223372036854775808 a b
      SINTERCARD 1 a b
      SINTERCARD 1 a LIMIT
      SINTERCARD 1 a LIMIT -1
      SINTERCARD 1 a LIMIT x
      SINTERCARD 1 a FOO 1
      SINTERCARD 1
      SINTERSTORE d2 a b
      SMEMBERS d2
      OBJECT ENCODING d2
      SINTERSTORE d2 d e
      SMEMBERS d2
      OBJECT ENCODING d2
      SINTERSTORE d2 a missing
      EXISTS d2
      SINTERSTORE d2 missing
      SINTERSTORE a a b
      SMEMBERS a
      SET text v
      SINTER text
      SINTER a text
      SINTER missing text
      SINTER text missing
      SINTERCARD 2 missing text
      SINTERSTORE d2 missing text
      SINTERSTORE text b
      TYPE text
      SET text v
      EXPIRE text 100000
      SINTERSTORE text b
      TTL text
      SET text v
      SINTERSTORE text missing
      EXISTS text
      SINTER
      SINTERSTORE a
      COMMAND GETKEYS SINTERCARD 2 a b LIMIT 1
      COMMAND GETKEYS SINTERCARD 3 a b
      COMMAND GETKEYS SINTERSTORE d a b
      COMMAND GETKEYSANDFLAGS SINTERSTORE d a b
    `,
  ],
  'SUNION, SDIFF and what they store': [
    ...fiveSets,
    ...lines`
      SUNION a
      SUNION a b c
      SUNION a d e
      SUNION missing
      SUNION missing a missing
      SDIFF a
      SDIFF a b
      SDIFF a b c
      SDIFF a a
      SDIFF a b a
      SDIFF d e
      SDIFF d a e
      SDIFF missing a
      SDIFF a missing
      SUNIONSTORE u a b
      OBJECT ENCODING u
      SMEMBERS u
      SUNIONSTORE u u d
      OBJECT ENCODING u
      SCARD u
      SUNIONSTORE u missing
      EXISTS u
      SDIFFSTORE v a b
      OBJECT ENCODING v
      SMEMBERS v
      SDIFFSTORE v d e
      OBJECT ENCODING v
      SDIFFSTORE v a a
      EXISTS v
      SDIFFSTORE a a b
      SMEMBERS a
      SET text v
      SUNION a text
      SUNION missing text
      SDIFF a text
      SDIFF missing text
      SDIFFSTORE x missing text
      SUNIONSTORE text b c
      TYPE text
      SUNION
      SUNIONSTORE a
      SDIFF
      SDIFFSTORE a
    `,
  ],
  'which way a difference is taken shows in its encoding': [
    `SADD big ${numbers(600)}`,
    `SADD most ${numbers(590)}`,
    'SADD few 1 2 3',
    `SADD mixed x y z ${numbers(20)}`,
    'SADD letters x y z',
    ...['big most', 'big few', 'big few most', 'big most most most', 'big most few few few few', 'mixed letters', 'mixed letters few few', 'mixed letters letters letters letters'].flatMap(
      (keys) => [`SDIFFSTORE d ${keys}`, 'OBJECT ENCODING d', 'SMEMBERS d'],
    ),
  ], // prettier-ignore
  'SPOP and SRANDMEMBER, as far as chance lets them be compared': [
    ...lines`
    SADD s 1
    SRANDMEMBER s
    SRANDMEMBER s 1
    SRANDMEMBER s 5
    SRANDMEMBER s -3
    SRANDMEMBER s 0
    SPOP s
    EXISTS s
    SPOP s
    SPOP missing 3
    SRANDMEMBER missing
    SRANDMEMBER missing 3
    SADD s 1 2 3
    SRANDMEMBER s 3
    SRANDMEMBER s 99
    SPOP s 0
    SPOP s 3
    EXISTS s
    SADD s a b c 5
    SPOP s 9223372036854775807
    SADD s a
    SPOP s -1
    SPOP s x
    SPOP s 9223372036854775808
    SPOP s 1 2
    SPOP s x y
    SRANDMEMBER s x
    SRANDMEMBER s 9223372036854775807
    SRANDMEMBER s -9223372036854775808
    SRANDMEMBER s 9223372036854775808
    SRANDMEMBER s 1 2
    SPOP missing x
    SRANDMEMBER missing x
    SRANDMEMBER missing -9223372036854775807
    SET text v
    SPOP text
    SPOP text 1
    SPOP text 0
    SPOP text x
    SRANDMEMBER text
    SRANDMEMBER text 1
    SPOP
    SRANDMEMBER
`,
    `SADD l ${numbers(600)}`,
    ...lines`
    SRANDMEMBER l 40
    SRANDMEMBER l 400
    OBJECT ENCODING l
  
`,
  ],
  SSCAN: [
    ...lines`
    SSCAN missing 0
    SSCAN missing x
    SSCAN missing 0 FOO
    SADD s 1 2 3
    SSCAN s 0
    SSCAN s 0 MATCH 2*
    SSCAN s 0 MATCH * COUNT 1
    SADD t a b c
    SSCAN t 0
    SSCAN t 0 MATCH [ab] COUNT 100
`,
    `SADD big ${names(300)}`,
    ...lines`
    SSCAN big 0 COUNT 10000
    SSCAN big 0 COUNT 10000 MATCH m1?
    SSCAN s x
    SSCAN s -1x
    SSCAN s 0 COUNT
    SSCAN s 0 COUNT 0
    SSCAN s 0 COUNT x
    SSCAN s 0 TYPE set
    SSCAN s 0 FOO bar
    SSCAN s
    SET text v
    SSCAN text 0
    SSCAN text x
    SCAN 0 TYPE set COUNT 1000
    SCAN 0 TYPE SET COUNT 1000
  
`,
  ],
  'a set under the commands of all types': [
    ...lines`
    SADD s 3 1 2
    SADD t x 1
    TYPE s
    COPY s s2
    SMEMBERS s2
    COPY t t2
    OBJECT ENCODING t2
    RENAME s2 s3
    SMEMBERS s3
    OBJECT REFCOUNT s
    DEBUG DIGEST-VALUE s t
    DEBUG DIGEST
`,
    `SADD big ${names(400)}`,
    ...lines`
    COPY big big2
    SCARD big2
    DEBUG DIGEST-VALUE big big2
    GET s
    HGET s f
    APPEND s x
    SET t v
    TYPE t
    GETSET s v
    SET s v GET
    DEL big
    UNLINK big2
    DBSIZE
    COMMAND INFO sadd srem sismember smismember scard smembers smove spop srandmember sinter
    COMMAND INFO sinterstore sintercard sunion sunionstore sdiff sdiffstore sscan
    COMMAND DOCS sadd srem sismember smismember scard smembers smove spop srandmember sinter
    COMMAND DOCS sinterstore sintercard sunion sunionstore sdiff sdiffstore sscan
  
`,
  ],
}
