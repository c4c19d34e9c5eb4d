import { lines } from '../../support/templates.js'
import { type Scripts } from './script.js'

export const transactionScripts: Scripts = {
  'MULTI and EXEC': lines`
    MULTI
    SET k 1
    INCR k
    GET k
    EXEC
    GET k
    MULTI
    EXEC
    EXEC
    DISCARD
    MULTI
    DISCARD
    EXEC
    MULTI
    multi
    SET k 5
    EXEC
    GET k
    MULTI
    PING
    ECHO x
    HGETALL h
    CONFIG GET maxmemory
    OBJECT HELP
    SELECT 3
    SET in3 x
    EXEC
    GET in3
    SELECT 0
    GET in3
  `,
  'errors inside of EXEC are elements': lines`
    SET s text
    MULTI
    INCR s
    SET t 1
    HSET s f v
    HSET x
    EXEC
    MULTI
    INCR s
    SET t 1
    HSET s f v
    SELECT 99
    EXPIRE t abc
    INCR t
    EXEC
    GET t
    INFO errorstats
  `,
  'a request that cannot be queued aborts': lines`
    MULTI
    SET a 1
    FOO
    SET b 1
    EXEC
    EXISTS a b
    MULTI
    GET
    EXEC
    MULTI
    CLIENT FOO
    EXEC
    MULTI
    CONFIG
    GET x
    EXEC
    MULTI
    FOO
    DISCARD
    EXEC
    MULTI
    FOO
    FOO
    EXEC
    EXEC
    MULTI
    SHUTDOWN NOSAVE
    EXEC
    PING
  `,
  'what is wrong with EXEC itself': lines`
    EXEC x
    MULTI
    EXEC x
    EXEC
    MULTI
    SET k v
    EXEC x
    SET l v
    GET k
    DISCARD x
    MULTI x
    UNWATCH x
    WATCH
    MULTI
    MULTI x
    EXEC
    MULTI
    WATCH
    EXEC
    MULTI
    DISCARD x
    EXEC
  `,
  'WATCH on one connection': lines`
    WATCH k
    SET k 1
    MULTI
    GET k
    EXEC
    MULTI
    GET k
    EXEC
    WATCH k l m
    SET x 1
    MULTI
    GET k
    EXEC
    WATCH k
    UNWATCH
    SET k 2
    MULTI
    GET k
    EXEC
    WATCH k
    SET k 3
    UNWATCH
    MULTI
    GET k
    EXEC
    WATCH k k
    MULTI
    WATCH k
    UNWATCH
    SET k 4
    EXEC
    WATCH k
    SET k 5
    WATCH l
    MULTI
    EXEC
    WATCH k
    SET k 6
    MULTI
    FOO
    EXEC
    WATCH k
    SET k 6
    MULTI
    DISCARD
    MULTI
    PING
    EXEC
    WATCH k
    DEL missing
    GET k
    TTL k
    EXPIRE k 10000
    MULTI
    EXEC
    WATCH missing
    DEL missing
    UNLINK missing
    EXPIRE missing 100
    MULTI
    PING
    EXEC
    WATCH k
    PERSIST k
    MULTI
    EXEC
    WATCH k
    PERSIST k
    MULTI
    EXEC
    WATCH to
    RENAME k to
    MULTI
    EXEC
    WATCH to
    COPY to other
    MULTI
    EXEC
    WATCH other
    COPY to other
    MULTI
    EXEC
    WATCH other
    COPY to other REPLACE
    MULTI
    EXEC
  `,
  'WATCH, whole databases': lines`
    SET k v
    WATCH k
    FLUSHDB
    MULTI
    EXEC
    WATCH k
    FLUSHDB
    MULTI
    EXEC
    WATCH k
    FLUSHALL
    MULTI
    EXEC
    SET k v
    SELECT 1
    SET other v
    WATCH other
    FLUSHALL
    MULTI
    EXEC
    SET other v
    SELECT 0
    SET k v
    WATCH k
    SELECT 1
    SET k w
    FLUSHDB
    MULTI
    EXEC
    SELECT 0
    WATCH k
    SWAPDB 2 3
    MULTI
    EXEC
    WATCH k
    SWAPDB 0 1
    MULTI
    EXEC
    WATCH missing
    SWAPDB 0 1
    MULTI
    EXEC
    FLUSHALL
    SELECT 1
    SET comes v
    SELECT 0
    WATCH comes
    SWAPDB 0 1
    MULTI
    EXEC
    WATCH comes
    SWAPDB 0 0
    MULTI
    EXEC
    WATCH comes
    MOVE comes 5
    MULTI
    EXEC
    FLUSHALL
    SELECT 0
  `,
  'WATCH and keys that expire': lines`
    DEBUG SET-ACTIVE-EXPIRE 0
    SET k v PX 1
    WATCH k
    DEBUG SLEEP 0.01
    MULTI
    PING
    EXEC
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    MULTI
    PING
    EXEC
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    EXISTS k
    MULTI
    PING
    EXEC
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    FLUSHDB
    MULTI
    PING
    EXEC
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    SET k w
    MULTI
    PING
    EXEC
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    SWAPDB 0 1
    MULTI
    PING
    EXEC
    FLUSHALL
    SET k v PX 1
    DEBUG SLEEP 0.01
    WATCH k
    SELECT 1
    SET k w PX 1
    DEBUG SLEEP 0.01
    SELECT 0
    SWAPDB 0 1
    MULTI
    PING
    EXEC
    FLUSHALL
    SELECT 1
    SET k w PX 1
    DEBUG SLEEP 0.01
    SELECT 0
    WATCH k
    SWAPDB 0 1
    MULTI
    PING
    EXEC
    FLUSHALL
    SET k v PX 5
    MULTI
    GET k
    DEBUG SLEEP 0.01
    GET k
    EXEC
    DEBUG SET-ACTIVE-EXPIRE 1
  `,
  'the connection inside of a transaction': lines`
    MULTI
    SET k v
    EXEC
    CLIENT INFO
    MULTI
    MONITOR
    AUTH default x
    CLIENT SETNAME me
    CLIENT GETNAME
    EXEC
    MULTI
    SET k w
    RESET
    EXEC
    GET k
    MULTI
    CLIENT REPLY FOO
    EXEC
    WATCH k
    SET k x
    CLIENT INFO
    MULTI
    CLIENT INFO
    RESET
    CLIENT INFO
    MULTI
    SET q v
    CLIENT NO-EVICT on
    CLIENT PAUSE 0
    CLIENT UNPAUSE
    EXEC
    MULTI
    HGETALL h
    GET missing
    EXEC
    MULTI
    SET k v
    QUIT
    GET k
  `,
  'what memory forbids is not queued': lines`
    SET old v
    CONFIG SET maxmemory 1
    MULTI
    GET old
    SET k v
    EXEC
    MULTI
    EXEC
    MULTI
    DISCARD
    WATCH old
    MULTI
    RESET
    CONFIG SET maxmemory 0
    MULTI
    CONFIG SET maxmemory 1
    SET k v
    GET old
    EXEC
    CONFIG SET maxmemory 0
    MULTI
    SET k w
    CONFIG SET maxmemory 0
    EXEC
    GET k
  `,
  'FLUSHALL and SWAPDB inside': lines`
    SET k v
    MULTI
    FLUSHALL
    SET k w
    SWAPDB 0 1
    GET k
    SELECT 1
    GET k
    DBSIZE
    EXEC
    DBSIZE
  `,
}
