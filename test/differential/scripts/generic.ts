import { each, lines, words } from '../../support/templates.js'
import { type Scripts } from './script.js'

export const genericScripts: Scripts = {
  'DEL, UNLINK, EXISTS and TOUCH': lines`
    MSET a 1 b 2 c 3
    HSET h f v
    EXISTS a
    EXISTS a a b missing h
    TOUCH a a b missing
    DEL a missing a
    UNLINK b h b
    EXISTS a b c h
    DEL
    UNLINK
    EXISTS
    TOUCH
    DEL missing
    UNLINK missing
  `,
  'TYPE and OBJECT': lines`
    SET s v
    HSET h f v
    TYPE s
    TYPE h
    TYPE missing
    TYPE
    TYPE a b
    OBJECT
    OBJECT FOO
    OBJECT FOO bar
    OBJECT ENCODING
    OBJECT ENCODING missing
    OBJECT ENCODING s x
    OBJECT REFCOUNT s
    OBJECT REFCOUNT h
    OBJECT REFCOUNT missing
    OBJECT REFCOUNT
    OBJECT IDLETIME s
    OBJECT IDLETIME missing
    OBJECT IDLETIME
    OBJECT FREQ s
    OBJECT FREQ missing
    OBJECT FREQ
    OBJECT HELP
    OBJECT HELP x
    object help
    object encoding s
    OBJECT "enc\x00ding" s
  `,
  'RENAME and RENAMENX': lines`
    SET a 1
    RENAME a b
    GET a
    GET b
    RENAME missing b
    RENAME missing missing
    RENAME b b
    RENAMENX b b
    RENAMENX missing b
    SETEX t 100000 v
    RENAME t b
    TTL b
    GET b
    SET plain v
    RENAME plain b
    TTL b
    SET c 1
    RENAMENX c b
    RENAMENX c d
    GET d
    HSET h f v
    RENAME h d
    TYPE d
    RENAME a
    RENAME
    RENAME a b c
    RENAMENX a
    RENAMENX a b c
  `,
  COPY: lines`
    SETEX a 100000 v
    COPY a b
    TTL b
    GET b
    COPY a b
    SET a w
    COPY a b REPLACE
    TTL b
    GET b
    COPY missing b
    COPY missing b REPLACE
    EXISTS b
    COPY a a
    COPY a a REPLACE
    COPY a a DB 0
    COPY a a DB 1
    COPY a a DB 1
    COPY a a DB 1 REPLACE
    COPY a b DB 1 REPLACE
    COPY a b REPLACE DB 1
    COPY a b DB 15
    COPY a b DB 16
    COPY a b DB -1
    COPY a b DB abc
    COPY a b DB 9223372036854775808
    COPY a b DB
    COPY a b FOO
    COPY a b REPLACE REPLACE
    COPY a b DB 1 DB 2
    COPY a
    COPY
    HSET h f v g w
    COPY h h2
    HGETALL h2
    HSET h f changed
    HGET h2 f
    COPY h a REPLACE
    TYPE a
    SELECT 1
    KEYS *
    SELECT 2
    KEYS *
    FLUSHALL
  `,
  MOVE: lines`
    SETEX a 100000 v
    MOVE a 1
    EXISTS a
    SELECT 1
    GET a
    TTL a
    SELECT 0
    SET a w
    MOVE a 1
    MOVE missing 1
    MOVE a 0
    MOVE missing 0
    MOVE a 16
    MOVE a -1
    MOVE a abc
    MOVE a 1.5
    MOVE a 9223372036854775808
    MOVE a 99999999999
    MOVE a
    MOVE
    MOVE a 1 2
    HSET h f v
    MOVE h 2
    SELECT 2
    HGETALL h
    FLUSHALL
  `,
  'KEYS and its patterns': [
    'MSET hello 1 hallo 1 hxllo 1 hllo 1 heello 1 "h*llo" 1 "h?llo" 1 "a\\\\b" 1 "[x]" 1 "" 1 "new\\nline" 1 "\\xff\\xfe" 1 a-c 1 abc 1 aBC 1',
    ...each(
      words`
        * ** ? ?? h?llo h*llo h[ae]llo h[^e]llo h[a-e]llo h[e-a]llo "h\\*llo" "h\\?llo" h[ h[a h[^ "h[\\" "" *llo h*l*o
        *********a [[]x] "\\[x]" [a-]bc []bc [^]bc "a\\\\b" "a\\b" "\\" "a[\x2d]c" "\xff*" "*\n*" [A-Z]* a[B-b]* hello HELLO "h[\\e]llo"
      `,
      'KEYS $',
      'SCAN 0 COUNT 1000 MATCH $',
    ),
    ...lines`
      KEYS
      KEYS a b
      SELECT 3
      KEYS *
      DBSIZE
    `,
  ],
  'SCAN finds each type by its name': lines`
    SET string v
    HSET hash f v
    SADD set a
    RPUSH list a
    ZADD zset 1 a
    XADD stream 1-1 f v
    SETBIT bits 1 1
    PFADD sketch a
    SCAN 0 COUNT 1000 TYPE string
    SCAN 0 COUNT 1000 TYPE hash
    SCAN 0 COUNT 1000 TYPE set
    SCAN 0 COUNT 1000 TYPE list
    SCAN 0 COUNT 1000 TYPE zset
    SCAN 0 COUNT 1000 TYPE stream
    SCAN 0 COUNT 1000 TYPE Stream MATCH s*
    SCAN 0 COUNT 1000 TYPE module
    SCAN 0 COUNT 1000 MATCH s* TYPE set
  `,
  'SCAN and its errors': lines`
    MSET a 1 b 2
    HSET h f v
    SCAN 0 COUNT 1000
    SCAN 0 COUNT 1000 TYPE string
    SCAN 0 COUNT 1000 TYPE hash
    SCAN 0 COUNT 1000 TYPE HASH
    SCAN 0 COUNT 1000 TYPE list
    SCAN 0 COUNT 1000 TYPE zset
    SCAN 0 COUNT 1000 TYPE foo
    SCAN 0 TYPE
    SCAN 0 MATCH
    SCAN 0 COUNT
    SCAN 0 COUNT 0
    SCAN 0 COUNT -5
    SCAN 0 COUNT abc
    SCAN 0 COUNT 9223372036854775807
    SCAN 0 COUNT 9223372036854775808
    SCAN 0 COUNT 10 COUNT 0
    SCAN 0 FOO
    SCAN 0 FOO bar
    SCAN 0 count 1000 match a type string
    SCAN 0 MATCH a MATCH b COUNT 1000
    SCAN
    SCAN abc
    SCAN ""
    SCAN " 0"
    SCAN "0 "
    SCAN 0x0
    SCAN 1.5
    SCAN 18446744073709551616
    SCAN 99999999999999999999999
    SCAN abc FOO
    SELECT 1
    SCAN 0
    SCAN 0 MATCH *
  `,
  'RANDOMKEY, DBSIZE, FLUSHDB, FLUSHALL and SWAPDB': lines`
    RANDOMKEY
    DBSIZE
    MSET a 1 b 2
    RANDOMKEY
    RANDOMKEY x
    DBSIZE
    DBSIZE x
    SELECT 1
    DBSIZE
    SET c 3
    SWAPDB 0 1
    DBSIZE
    KEYS *
    SELECT 0
    KEYS *
    SWAPDB 0 0
    SWAPDB 0 15
    SWAPDB 15 0
    SWAPDB 0 16
    SWAPDB 16 0
    SWAPDB -1 0
    SWAPDB 0 -1
    SWAPDB a 0
    SWAPDB 0 b
    SWAPDB a b
    SWAPDB 0 9223372036854775808
    SWAPDB 99999999999 0
    SWAPDB 0
    SWAPDB
    SWAPDB 0 1 2
    FLUSHDB
    DBSIZE
    SELECT 1
    DBSIZE
    FLUSHDB ASYNC
    DBSIZE
    SET k v
    FLUSHDB SYNC
    FLUSHDB foo
    FLUSHDB SYNC ASYNC
    FLUSHALL foo
    FLUSHALL SYNC x
    FLUSHALL ASYNC
    flushall sync
    FLUSHALL
    DBSIZE
  `,
  'Several databases keep their keys apart': lines`
    SET k zero
    SELECT 1
    GET k
    SET k one
    SELECT 15
    SET k fifteen
    SELECT 0
    GET k
    SELECT 1
    GET k
    SELECT 16
    GET k
    SELECT -1
    SELECT abc
    SELECT ""
    SELECT 9223372036854775808
    SELECT 1.0
    SELECT 99999999999
    SELECT
    SELECT 1 2
    GET k
  `,
}
