import { alternatives, each, lines, words } from '../../support/templates.js'
import { type Scripts } from './script.js'

export const serverScripts: Scripts = {
  'COMMAND COUNT, LIST and unknown names': lines`
    COMMAND COUNT
    COMMAND COUNT x
    COMMAND LIST FILTERBY
    COMMAND LIST FILTERBY PATTERN
    COMMAND LIST FILTERBY PATTERN hget*
    COMMAND LIST FILTERBY PATTERN HSET*
    COMMAND LIST FILTERBY PATTERN nothing*
    COMMAND LIST FILTERBY PATTERN client|kill
    COMMAND LIST FILTERBY PATTERN config|*
    COMMAND LIST filterby pattern [gm]set
    COMMAND LIST FILTERBY ACLCAT hash
    COMMAND LIST FILTERBY ACLCAT string
    COMMAND LIST FILTERBY ACLCAT STRING
    COMMAND LIST FILTERBY ACLCAT foo
    COMMAND LIST FILTERBY MODULE foo
    COMMAND LIST FILTERBY FOO bar
    COMMAND LIST FOO
    COMMAND LIST FILTERBY PATTERN a b
    COMMAND INFO foo
    COMMAND INFO get foo set
    COMMAND INFO client|foo
    COMMAND INFO foo|bar
    COMMAND INFO get|foo
    COMMAND INFO "client|"
    COMMAND INFO client|kill client|id config|get object|encoding memory|usage slowlog|get command|getkeys
    COMMAND DOCS get set hset
    COMMAND DOCS foo
    COMMAND DOCS get foo
    COMMAND DOCS client|kill
    COMMAND HELP
    COMMAND HELP x
    COMMAND COUNT
  `,
  'COMMAND INFO of every command': each(
    words`
        append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget mset msetnx psetex
        set setex setnx setrange strlen substr hdel hexists hget hgetall hincrby hincrbyfloat hkeys hlen hmget
        hmset hrandfield hscan hset hsetnx hstrlen hvals copy del exists expire expireat expiretime keys move
        object object|encoding object|freq object|help object|idletime object|refcount persist pexpire pexpireat
        pexpiretime pttl randomkey rename renamenx scan touch ttl type unlink auth echo hello ping quit reset
        select client|caching client|tracking client|trackinginfo client|getname client|getredir client|help client|id client|info client|kill client|list
        client|no-evict client|pause client|reply client|setname client|unpause command|count command|docs
        command|getkeys command|getkeysandflags command|help command|info command|list config config|get
        config|help config|resetstat config|rewrite config|set dbsize debug flushall flushdb info lolwut
        memory memory|help memory|usage memory|doctor memory|malloc-stats memory|purge memory|stats monitor shutdown
        slowlog slowlog|get slowlog|help slowlog|len slowlog|reset
        module module|help module|list module|load module|loadex module|unload
        swapdb time command multi exec discard watch unwatch subscribe unsubscribe psubscribe punsubscribe
        ssubscribe sunsubscribe publish spublish pubsub pubsub|channels pubsub|help pubsub|numpat pubsub|numsub
        pubsub|shardchannels pubsub|shardnumsub
      `,
    'COMMAND INFO $',
    'COMMAND DOCS $',
  ),
  'MODULE, of which there is none': lines`
    MODULE
    MODULE LIST
    MODULE LIST x
    MODULE HELP
    MODULE HELP x
    MODULE LOAD
    MODULE LOAD /module.so
    MODULE LOAD /module.so a b
    MODULE LOADEX
    MODULE LOADEX /module.so CONFIG a b ARGS c
    MODULE UNLOAD
    MODULE UNLOAD name
    MODULE UNLOAD a b
    MODULE FOO
    MULTI
    MODULE LIST
    EXEC
    MULTI
    MODULE UNLOAD name
    EXEC
  `,
  'COMMAND GETKEYS and GETKEYSANDFLAGS': each(
    alternatives`
        GET k | get k | SET k v | SET k v GET | SET k v XX KEEPTTL | MSET a 1 b 2 | MSET a 1 b | MSETNX a 1 b 2 |
        MGET a b c | DEL a b | UNLINK a | EXISTS a b | RENAME a b | RENAMENX a b | COPY a b | COPY a b DB 1 |
        MOVE a 1 | HSET h f v | HGETALL h | HDEL h f | HMGET h f g | HINCRBY h f 1 | HRANDFIELD h | HSCAN h 0 |
        LCS a b LEN | GETEX k EX 1 | GETDEL k | GETSET k v | APPEND k v | SETRANGE k 0 v | INCR k | EXPIRE k 1 |
        PERSIST k | TOUCH a b | TYPE k | OBJECT ENCODING k | OBJECT FREQ k | object refcount k | MEMORY USAGE k |
        MEMORY USAGE k SAMPLES 5 | DUMPX k | FOO | PING | ECHO x | KEYS x | SCAN 0 | CLIENT ID | CONFIG GET x |
        CLIENT FOO | OBJECT | GET | GET a b | SET k | MGET | DBSIZE | RANDOMKEY | SELECT 1 | SUBSTR k 0 1 | ""
      `,
    'COMMAND GETKEYS $',
    'COMMAND GETKEYSANDFLAGS $',
  ),
  'CONFIG GET': [
    ...each(
      words`
        maxmemory MAXMEMORY databases timeout tcp-keepalive save appendonly maxclients requirepass hz
        lazyfree-lazy-* slowlog-* hash-max-* proto-max-bulk-len client-query-buffer-limit
        client-output-buffer-limit list-max-* set-max-* zset-max-* stream-node-* maxmemory-* lfu-*
        notify-keyspace-events protected-mode bind tcp-backlog unixsocketperm daemonize loglevel syslog-* repl-*
        replica-* slave-* min-replicas-* cluster-* activedefrag active-defrag-* io-threads* lua-* busy-* acl*
        latency-* rdb* aof-* append* no-appendfsync-on-rewrite auto-aof-* stop-writes-* enable-* tls-* oom-*
        disable-thp jemalloc-bg-thread crash-* dynamic-hz activerehashing tracking-table-max-keys shutdown-*
        set-proc-title proc-title-template hll-sparse-max-bytes dbfilename always-show-logo supervised
        maxmemory-policy foo foo* "" h? [h]z
      `,
      'CONFIG GET $',
    ),
    ...lines`
      CONFIG GET
      CONFIG GET maxmemory timeout
      CONFIG GET maxmemory maxmemory
      CONFIG GET maxmem* maxmemory foo
      config get hz
      CONFIG HELP
      CONFIG HELP x
    `,
  ],
  'CONFIG SET': lines`
    CONFIG SET
    CONFIG SET timeout
    CONFIG SET timeout 10 hz
    CONFIG SET foo bar
    CONFIG SET "fo\no" bar
    CONFIG SET foo bar timeout 10
    CONFIG GET timeout
    CONFIG SET timeout 10
    CONFIG GET timeout
    CONFIG SET TIMEOUT 0
    CONFIG GET timeout
    CONFIG SET timeout 5 timeout 6
    CONFIG SET timeout abc
    CONFIG SET timeout -1
    CONFIG SET timeout 99999999999
    CONFIG SET timeout ""
    CONFIG SET timeout 1.5
    CONFIG SET timeout 10 foo bar
    CONFIG SET timeout 10 maxclients abc
    CONFIG GET timeout
    CONFIG SET maxmemory abc
    CONFIG SET maxmemory -1
    CONFIG SET maxmemory 100mb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 1gb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 1g
    CONFIG GET maxmemory
    CONFIG SET maxmemory 1k
    CONFIG SET maxmemory 1GB
    CONFIG SET maxmemory 10xb
    CONFIG SET maxmemory 1.5mb
    CONFIG SET maxmemory 0
    CONFIG SET maxmemory-policy foo
    CONFIG SET appendonly maybe
    CONFIG SET lazyfree-lazy-user-del yes
    CONFIG GET lazyfree-lazy-user-del
    CONFIG SET lazyfree-lazy-user-del no
    CONFIG SET lazyfree-lazy-user-del YES
    CONFIG SET lazyfree-lazy-user-del no
    CONFIG SET lazyfree-lazy-user-del 1
    CONFIG SET hz 1
    CONFIG SET hz 1000
    CONFIG GET hz
    CONFIG SET hz 0
    CONFIG SET hz abc
    CONFIG SET hz 10
    CONFIG SET loglevel foo
    CONFIG SET loglevel notice
    CONFIG SET port abc
    CONFIG SET port 70000
    CONFIG SET databases 32
    CONFIG SET daemonize yes
    CONFIG SET bind "not an address"
    CONFIG SET unixsocket /tmp/x
    CONFIG SET tcp-backlog 100
    CONFIG SET enable-debug-command no
    CONFIG SET enable-protected-configs yes
    CONFIG SET enable-module-command yes
    CONFIG SET io-threads 2
    CONFIG SET proto-max-bulk-len 1
    CONFIG SET proto-max-bulk-len abc
    CONFIG SET client-query-buffer-limit 1
    CONFIG SET client-output-buffer-limit foo
    CONFIG SET client-output-buffer-limit "foo 0 0 0"
    CONFIG SET client-output-buffer-limit "normal 0 0"
    CONFIG SET client-output-buffer-limit "normal 1 2 3"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "normal -1 0 0"
    CONFIG SET client-output-buffer-limit "normal 0 0 0 pubsub 32mb 8mb 60"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "normal 0 0 0"
    CONFIG SET slowlog-log-slower-than -1
    CONFIG SET slowlog-log-slower-than -2
    CONFIG SET slowlog-max-len -1
    CONFIG SET slowlog-max-len 128 slowlog-log-slower-than -1
    CONFIG SET hash-max-listpack-entries -1
    CONFIG SET hash-max-listpack-entries 9223372036854775808
    CONFIG SET hash-max-listpack-value 10
    CONFIG GET hash-max-ziplist-value
    CONFIG SET hash-max-listpack-value 64
    CONFIG SET hash-max-listpack-value 1 hash-max-ziplist-value 2
    CONFIG GET hash-max-*-value
    CONFIG SET hash-max-listpack-value 64
    CONFIG SET save "900 1"
    CONFIG GET save
    CONFIG SET save "900 1 300 10"
    CONFIG GET save
    CONFIG SET save "900"
    CONFIG SET save "a b"
    CONFIG SET save "0 1"
    CONFIG SET save ""
    CONFIG GET save
    CONFIG SET notify-keyspace-events KEA
    CONFIG GET notify-keyspace-events
    CONFIG SET notify-keyspace-events Q
    CONFIG SET notify-keyspace-events ""
    CONFIG SET maxclients 0
    CONFIG SET maxclients abc
    CONFIG SET tcp-keepalive 60
    CONFIG GET tcp-keepalive
    CONFIG SET tcp-keepalive -1
    CONFIG SET tcp-keepalive 300
    CONFIG SET protected-mode foo
    CONFIG SET oom-score-adj-values "1 2"
    CONFIG RESETSTAT
    CONFIG RESETSTAT x
    CONFIG REWRITE
    CONFIG REWRITE x
  `,
  'INFO by its sections': [
    'INFO',
    ...each(
      alternatives`
        server | clients | memory | persistence | stats | replication | cpu | commandstats | errorstats |
        cluster | keyspace | SERVER | server clients | clients server | server server | foo | foo server |
        default | all | everything | all foo | latencystats | modules
      `,
      'INFO $',
    ),
  ],
  TIME: lines`
    TIME
    TIME x
  `,
  'SLOWLOG, when nothing is slow': lines`
    CONFIG SET slowlog-log-slower-than -1
    SLOWLOG RESET
    SLOWLOG LEN
    SLOWLOG GET
    SLOWLOG GET 10
    SLOWLOG GET 0
    SLOWLOG GET -1
    SLOWLOG GET -2
    SLOWLOG GET abc
    SLOWLOG GET 9223372036854775808
    SLOWLOG GET 1 2
    SLOWLOG LEN x
    SLOWLOG RESET x
    SLOWLOG HELP
    SLOWLOG HELP x
    CONFIG SET slowlog-log-slower-than -1
  `,
  'SLOWLOG, when everything is slow': [
    ...lines`
      CONFIG SET slowlog-log-slower-than 0
      SLOWLOG RESET
      SET k v
      SLOWLOG LEN
      GET k
      SLOWLOG GET 3
      SLOWLOG GET 1
      FOO
      SLOWLOG LEN
    `,
    ['MGET', ...Array.from({ length: 40 }, (_, i) => `key${i}`)],
    ['SET', 'long', 'x'.repeat(300)],
    'SLOWLOG GET 2',
    'CONFIG SET slowlog-max-len 2',
    'SLOWLOG LEN',
    'CONFIG SET slowlog-log-slower-than -1 slowlog-max-len 128',
    'SLOWLOG RESET',
  ],
  'MEMORY of the server': lines`
    MEMORY
    MEMORY STATS
    SET k v
    SELECT 3
    SET k v EX 100
    MEMORY STATS
    MEMORY DOCTOR
    MEMORY PURGE
    MEMORY MALLOC-STATS
    memory stats x
    MEMORY DOCTOR x
    MEMORY PURGE x
    MEMORY MALLOC-STATS x
    MEMORY FOO
    MEMORY HELP
    MEMORY HELP x
  `,
  'OBJECT FREQ, IDLETIME and REFCOUNT under each policy': [
    'CONFIG SET lfu-decay-time 0',
    ...each(
      words`allkeys-lru volatile-lru allkeys-lfu volatile-lfu allkeys-random volatile-random volatile-ttl noeviction`,
      'FLUSHALL',
      'CONFIG SET maxmemory-policy $',
      'CONFIG GET maxmemory-policy',
      'SET k v',
      'OBJECT FREQ k',
      'OBJECT IDLETIME k',
      'GET k',
      'OBJECT FREQ k',
      'OBJECT IDLETIME k',
      'OBJECT FREQ missing',
      'OBJECT IDLETIME missing',
      'COPY k m',
      'OBJECT FREQ m',
      'SET l 12',
      'OBJECT REFCOUNT l',
    ),
    'CONFIG SET lfu-decay-time 1',
    ...each(
      words`allkeys-lru volatile-lfu allkeys-random volatile-ttl noeviction`,
      'CONFIG SET maxmemory 1gb maxmemory-policy $',
      'SET n 12',
      'OBJECT REFCOUNT n',
      'INCR n',
      'OBJECT REFCOUNT n',
      'OBJECT ENCODING n',
      'CONFIG SET maxmemory 0',
      'OBJECT REFCOUNT n',
    ),
    'CONFIG SET maxmemory-policy noeviction',
  ],
  'a memory limit without anything to evict': lines`
    SET k v
    CONFIG SET maxmemory 1
    SET k w
    GET k
    DEL k
    APPEND k v
    HSET h f v
    EXPIRE h 100
    GETSET k v
    CONFIG SET maxmemory-policy volatile-lru
    SET k v
    CONFIG SET maxmemory 0
    SET k v
    GET k
    CONFIG SET maxmemory-policy noeviction
  `,
  'MEMORY USAGE': lines`
    MEMORY USAGE missing
    SET k v
    HSET h f v
    MEMORY USAGE k
    MEMORY USAGE h
    MEMORY USAGE h SAMPLES 5
    MEMORY USAGE h SAMPLES 0
    MEMORY USAGE h SAMPLES -1
    MEMORY USAGE h SAMPLES abc
    MEMORY USAGE h SAMPLES
    MEMORY USAGE h FOO 1
    MEMORY USAGE h samples 5 x
    MEMORY USAGE missing SAMPLES abc
    MEMORY USAGE missing FOO
    MEMORY USAGE
    MEMORY FOO
    MEMORY
  `,
  'SHUTDOWN refuses nonsense': lines`
    SHUTDOWN FOO
    SHUTDOWN ABORT
    SHUTDOWN ABORT NOW
    SHUTDOWN NOSAVE SAVE
    SHUTDOWN SAVE NOSAVE
    SHUTDOWN ABORT ABORT
    SHUTDOWN NOW ABORT
    PING
  `,
  LOLWUT: lines`
    LOLWUT
    LOLWUT VERSION 5
    LOLWUT VERSION 5 10 2 2
    LOLWUT VERSION 6
    LOLWUT VERSION 6 20 5
    LOLWUT VERSION 7
    LOLWUT VERSION 99
    LOLWUT VERSION abc
    LOLWUT VERSION
    LOLWUT FOO
    LOLWUT VERSION 5 abc
    LOLWUT VERSION 6 abc
  `,
  'DEBUG DIGEST and DIGEST-VALUE': [
    ...lines`
      DEBUG DIGEST
      DEBUG DIGEST-VALUE
      DEBUG DIGEST-VALUE missing
      SET k v
      DEBUG DIGEST
      DEBUG DIGEST-VALUE k
      DEBUG DIGEST-VALUE k k missing
      SET n 12345
      DEBUG DIGEST-VALUE n
      DEBUG DIGEST
      SETRANGE raw 0 12345
      DEBUG DIGEST-VALUE raw
      INCRBYFLOAT n 1.5
      DEBUG DIGEST-VALUE n
      EXPIREAT n 4000000000
      DEBUG DIGEST-VALUE n
      DEBUG DIGEST
      HSET h a 1 b 2
      DEBUG DIGEST-VALUE h
      HSET h2 b 2 a 1
      DEBUG DIGEST-VALUE h h2
      DEBUG DIGEST
      EXPIREAT h 4000000000
      DEBUG DIGEST-VALUE h h2
      SELECT 3
      SET k v
      DEBUG DIGEST
      DEBUG DIGEST-VALUE k
      DEBUG DIGEST x
      SET "" ""
      SET "\x00\xff" "\xff\x00"
      DEBUG DIGEST-VALUE "" "\x00\xff"
      DEBUG DIGEST
      FLUSHALL
      DEBUG DIGEST
    `,
    ['SET', 'large', 'z'.repeat(1_000_000)],
    ['HSET', 'wide', ...Array.from({ length: 3000 }, (_, i) => `f${i >> 1}-${i & 1}`)],
    'DEBUG DIGEST-VALUE large wide',
    'DEBUG DIGEST',
  ],
  'DEBUG OBJECT, SLEEP and SET-ACTIVE-EXPIRE': lines`
    DEBUG OBJECT
    DEBUG OBJECT missing
    SET k v
    SET n 12345
    HSET h f v
    DEBUG OBJECT k
    DEBUG OBJECT n
    DEBUG OBJECT h
    DEBUG SLEEP 0
    DEBUG SLEEP 0.001
    DEBUG SLEEP
    DEBUG SLEEP 0 0
    DEBUG SET-ACTIVE-EXPIRE 0
    DEBUG SET-ACTIVE-EXPIRE 1
    DEBUG SET-ACTIVE-EXPIRE
    DEBUG SET-ACTIVE-EXPIRE 0 1
    DEBUG FOO
    DEBUG FOO bar
    debug sleep 0
    DEBUG
  `,
}
