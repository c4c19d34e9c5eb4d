import { each, lines, words } from '../../support/templates.js'
import { type Scripts } from './script.js'

export const connectionScripts: Scripts = {
  'PING and ECHO': lines`
    PING
    PING hello
    PING ""
    PING "a\r\nb\x00"
    PING a b
    ping
    ECHO hello
    ECHO ""
    ECHO "\xff\x00"
    ECHO
    ECHO a b
  `,
  // No name with a zero byte: Redis compares names as C strings but hashes them whole, so that `GET\0` is GET whenever its
  // random hash seed puts both into one bucket.
  'Unknown commands and subcommands': [
    ...lines`
      FOO
      foo bar
      FOO a b c d
      FoO "a b" 'c'
      "FOO\r\nBAR" "x\r\ny"
      "" x
      GETT k
      CLIENT
      CLIENT FOO
      CLIENT foo bar
      CLIENT "fo\r\no"
      CONFIG
      CONFIG FOO
      CONFIG FOO a b
      COMMAND FOO
      COMMAND FOO a b
      OBJECT FOO
      DEBUG
      DEBUG FOO
      MEMORY
      MEMORY FOO
      SLOWLOG
      SLOWLOG FOO
      config
      config get
      Config Get
      client kill
      client setname
      memory usage
      object encoding
      slowlog get a b
    `,
    ['UNKNOWN', ...Array.from({ length: 60 }, (_, i) => `argument${i}`)],
    ['UNKNOWN', 'x'.repeat(300), 'y'],
    ['UNKNOWN', 'short', 'x'.repeat(120), 'y'],
    ['N'.repeat(300), 'x'],
    ['N'.repeat(127), 'x'],
    ['N'.repeat(128), 'x'],
    ['N'.repeat(129), 'x'],
    ['CLIENT', 'N'.repeat(300)],
    ['OBJECT', 'N'.repeat(128), 'x'],
  ],
  HELLO: lines`
    HELLO
    HELLO 2
    HELLO 3
    HELLO
    HELLO 2
    HELLO 1
    HELLO 4
    HELLO 0
    HELLO -1
    HELLO abc
    HELLO ""
    HELLO 3.0
    HELLO 9223372036854775808
    HELLO 3 FOO
    HELLO 3 SETNAME
    HELLO 3 SETNAME name
    CLIENT GETNAME
    HELLO 2 SETNAME "with space"
    HELLO 2 SETNAME "new\nline"
    CLIENT GETNAME
    HELLO 3 AUTH
    HELLO 3 AUTH default
    HELLO 3 AUTH default anything
    HELLO 3 AUTH nobody secret
    HELLO 3 AUTH default x SETNAME second
    CLIENT GETNAME
    HELLO 3 SETNAME third AUTH default y
    CLIENT GETNAME
    HELLO 3 AUTH nobody x SETNAME fourth
    CLIENT GETNAME
    HELLO 2 AUTH default x AUTH default y SETNAME a SETNAME b
    CLIENT GETNAME
    HELLO SETNAME x
    hello 2 setname ""
    CLIENT GETNAME
    HELLO 3
    HELLO 5
    PING
  `,
  'AUTH without a password': lines`
    AUTH
    AUTH x
    AUTH ""
    AUTH default x
    AUTH default ""
    AUTH nobody x
    AUTH a b c
    CLIENT LIST ID 0
  `,
  'AUTH with a password': lines`
    CONFIG SET requirepass secret
    PING
    RESET
    PING
    GET k
    FOO
    GET
    CLIENT FOO
    CLIENT
    ECHO
    HELLO
    HELLO 3
    HELLO 2 SETNAME x
    HELLO 3 FOO
    HELLO 9
    AUTH
    AUTH a b c
    AUTH wrong
    AUTH default wrong
    AUTH nobody secret
    AUTH secret
    PING
    RESET
    HELLO 3 AUTH default wrong
    HELLO 3 AUTH default secret
    RESET
    COMMAND
    COMMAND COUNT
    RESET
    AUTH default secret
    CONFIG GET requirepass
    CONFIG SET requirepass ""
    AUTH secret
    CONFIG GET requirepass
    RESET
    PING
  `,
  'CLIENT GETNAME, SETNAME, ID, GETREDIR': lines`
    CLIENT GETNAME
    CLIENT SETNAME me
    CLIENT GETNAME
    CLIENT SETNAME ""
    CLIENT GETNAME
    CLIENT SETNAME "a b"
    CLIENT SETNAME "a\nb"
    CLIENT SETNAME "caf\xc3\xa9"
    CLIENT SETNAME "tab\t"
    CLIENT SETNAME ~!@#
    CLIENT GETNAME
    CLIENT SETNAME
    CLIENT SETNAME a b
    CLIENT GETNAME x
    CLIENT ID
    CLIENT ID x
    CLIENT GETREDIR
    CLIENT GETREDIR x
    CLIENT HELP x
    CLIENT INFO
    CLIENT INFO x
  `,
  'CLIENT LIST': lines`
    CLIENT SETNAME lister
    SELECT 3
    CLIENT LIST TYPE normal
    CLIENT LIST TYPE NORMAL
    CLIENT LIST TYPE master
    CLIENT LIST TYPE replica
    CLIENT LIST TYPE slave
    CLIENT LIST TYPE pubsub
    CLIENT LIST TYPE foo
    CLIENT LIST TYPE
    CLIENT LIST TYPE normal x
    CLIENT LIST ID
    CLIENT LIST ID abc
    CLIENT LIST ID 0
    CLIENT LIST ID -1
    CLIENT LIST ID 99999999
    CLIENT LIST ID 99999999 99999998
    CLIENT LIST ID 99999999 x
    CLIENT LIST ID 9223372036854775808
    CLIENT LIST FOO
    CLIENT LIST FOO bar
    CLIENT LIST TYPE normal ID 1
    CLIENT LIST
  `,
  'CLIENT KILL that kills nobody': lines`
    CLIENT KILL
    CLIENT KILL 127.0.0.1:1
    CLIENT KILL foo
    CLIENT KILL ID
    CLIENT KILL ID 99999999
    CLIENT KILL ID abc
    CLIENT KILL ID 0
    CLIENT KILL ID -1
    CLIENT KILL ID 1.5
    CLIENT KILL TYPE foo
    CLIENT KILL TYPE master
    CLIENT KILL TYPE replica
    CLIENT KILL TYPE slave
    CLIENT KILL TYPE pubsub
    CLIENT KILL ADDR 127.0.0.1:1
    CLIENT KILL LADDR 127.0.0.1:1
    CLIENT KILL USER nobody
    CLIENT KILL USER default ID 99999999
    CLIENT KILL SKIPME yes ID 99999999
    CLIENT KILL SKIPME no ID 99999999
    CLIENT KILL SKIPME maybe
    CLIENT KILL SKIPME maybe ID 99999999
    CLIENT KILL ID 99999999 SKIPME
    CLIENT KILL FOO bar
    CLIENT KILL FOO bar baz
    CLIENT KILL ID 99999999 FOO bar
    CLIENT KILL TYPE normal ADDR 127.0.0.1:1
    CLIENT KILL ID 99999999 ADDR x LADDR y USER default TYPE normal SKIPME yes
    client kill id 99999999
    PING
  `,
  'CLIENT REPLY, PAUSE, UNPAUSE, NO-EVICT': lines`
    CLIENT REPLY
    CLIENT REPLY ON
    CLIENT REPLY on
    CLIENT REPLY FOO
    CLIENT REPLY ON x
    CLIENT PAUSE
    CLIENT PAUSE abc
    CLIENT PAUSE -1
    CLIENT PAUSE 1.5
    CLIENT PAUSE 0 FOO
    CLIENT PAUSE 0 ALL x
    CLIENT PAUSE 9223372036854775807
    CLIENT PAUSE 9223372036854775808
    CLIENT PAUSE 1 WRITE
    CLIENT UNPAUSE
    CLIENT PAUSE 1
    CLIENT UNPAUSE
    CLIENT PAUSE 1 ALL
    SET k v
    CLIENT UNPAUSE x
    CLIENT PAUSE 50 write
    GET k
    CLIENT UNPAUSE
    SET k w
    CLIENT NO-EVICT
    CLIENT NO-EVICT on
    CLIENT NO-EVICT OFF
    CLIENT NO-EVICT maybe
    CLIENT NO-EVICT on off
  `,
  'QUIT closes the connection after its reply': lines`
    PING
    QUIT
    PING
    SET k v
  `,
  'QUIT with arguments': lines`
    QUIT now please
    PING
  `,
  RESET: lines`
    SELECT 5
    CLIENT SETNAME me
    HELLO 3
    HGETALL missing
    RESET
    CLIENT GETNAME
    HGETALL missing
    CLIENT LIST TYPE normal
    SET k v
    SELECT 0
    GET k
    RESET x
    reset
  `,
  'Wrong arity, in the words of each command': each(
    words`
      AUTH CLIENT|ID ECHO HELLO PING SELECT COMMAND|COUNT COMMAND|GETKEYS COMMAND|GETKEYSANDFLAGS COMMAND|LIST
      CONFIG|GET CONFIG|SET CONFIG|RESETSTAT DBSIZE FLUSHALL FLUSHDB INFO LOLWUT MEMORY|USAGE SLOWLOG|GET
      SLOWLOG|LEN SLOWLOG|RESET SWAPDB TIME APPEND DECR DECRBY GET GETDEL GETEX GETRANGE GETSET INCR INCRBY
      INCRBYFLOAT LCS MGET MSET MSETNX PSETEX SET SETEX SETNX SETRANGE STRLEN SUBSTR HDEL HEXISTS HGET HGETALL
      HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HRANDFIELD HSCAN HSET HSETNX HSTRLEN HVALS COPY DEL EXISTS
      EXPIRE KEYS MOVE OBJECT|ENCODING PERSIST RANDOMKEY RENAME RENAMENX SCAN TOUCH TTL TYPE UNLINK
    `.map((name) => name.replace('|', ' ')),
    '$',
    '$ a b c d e f g',
  ).filter(
    (line) =>
      !/^(FLUSHALL|FLUSHDB|COMMAND GETKEYS|DEL|UNLINK|EXISTS|TOUCH|INFO|HELLO|LOLWUT|COMMAND LIST) a/.test(line),
  ),
}
