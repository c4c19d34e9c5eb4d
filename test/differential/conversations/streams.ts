import { lines } from '../../support/templates.js'
import type { Conversation } from '../conversation.js'

export const streamConversations: Readonly<Record<string, Conversation>> = {
  'a reader waits for what comes': lines`
    a& XREAD BLOCK 0 STREAMS s $
    b XADD s 1-1 f v
    a<
    a& XREAD BLOCK 0 STREAMS s 1-1
    b XADD s 1-2 f v
    a<
    a& XREAD BLOCK 0 STREAMS s $
    b XADD s 1-3 f v
    a<
    a XREAD BLOCK 0 STREAMS s 0
  `,
  '$ is the last ID at the time of asking, however long it takes': lines`
    b XADD s 5-0 f v
    b XDEL s 5-0
    a& XREAD BLOCK 0 STREAMS s $
    b XTRIM s MAXLEN 0
    b EXPIRE s 100000
    b PERSIST s
    b XGROUP CREATE s g 0
    b XSETID s 7-0
    b XADD s 8-0 f v
    a<
    b XADD s 9-0 f v
    a& XREAD BLOCK 0 COUNT 1 STREAMS s none $ $
    b DEL s
    b XADD s 1-0 f v
    b XADD none 1-0 f v
    a<
  `,
  'of several streams the one that changed is answered, and only that': lines`
    a& XREAD BLOCK 0 STREAMS s t u 0 0 0
    b MULTI
    b XADD u 1-0 f v
    b XADD s 1-0 f v
    b EXEC
    a<
    a& XREAD BLOCK 0 COUNT 1 STREAMS s s 5-0 2-0
    b XADD s 3-0 f v
    b XADD s 6-0 f v
    a<
  `,
  'all that wait are answered, each by its own ID, count and protocol': lines`
    a& XREAD BLOCK 0 STREAMS s 2-0
    b& XREAD BLOCK 0 STREAMS s $
    c& XREAD BLOCK 0 COUNT 1 STREAMS s 0
    d& XREAD BLOCK 0 STREAMS t s $ $
    e MULTI
    e XADD s 1-0 f v
    e XADD s 2-0 f v
    e EXEC
    b<
    c<
    d<
    e XADD s 3-0 f v
    a<
  `,
  'entries that come and go at once wake as well': lines`
    a& XREAD BLOCK 0 STREAMS s $
    b MULTI
    b XADD s 1-0 f v
    b XDEL s 1-0
    b EXEC
    a<
  `,
  'other types and other keys wake nobody': lines`
    a& XREAD BLOCK 0 STREAMS s 0
    b SET s v
    b DEL s
    b XADD t 1-1 f v
    b SADD s m
    b DEL s
    b RENAME t s
    a<
    a& XREAD BLOCK 0 STREAMS s $
    b XADD t 1-2 f v
    b COPY t s REPLACE
    a<
  `,
  'consumers of a group are served in turn': lines`
    a XGROUP CREATE s g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    b& XREADGROUP GROUP g bob BLOCK 0 COUNT 1 STREAMS s >
    d XINFO GROUPS s
    d XADD s 1-0 f v
    a<
    d MULTI
    d XADD s 2-0 f v
    d XADD s 3-0 f v
    d EXEC
    b<
    a XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    d XPENDING s g
    a& XREADGROUP GROUP g alice NOACK BLOCK 0 STREAMS s >
    d XADD s 4-0 f v
    a<
    d XPENDING s g
    d XINFO GROUPS s
  `,
  'a group that is gone, and other groups': lines`
    a XGROUP CREATE s g $ MKSTREAM
    a XGROUP CREATE s h $
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    b& XREADGROUP GROUP h bob BLOCK 0 STREAMS s >
    c XGROUP DESTROY s h
    b<
    c XGROUP CREATE s i 0
    c XGROUP SETID s g 0
    c XGROUP CREATECONSUMER s g alice
    c XADD s 1-0 f v
    a<
  `,
  'a key that is gone takes the readers of its groups with it, and no others': lines`
    a XGROUP CREATE s g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    b& XREAD BLOCK 0 STREAMS s $
    c DEL s
    a<
    c XADD s 1-0 f v
    b<
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c SET t v
    a<
    c DEL t
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c RENAME t u
    a<
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c FLUSHALL
    a<
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c FLUSHDB
    a<
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c SWAPDB 0 1
    a<
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c MULTI
    c DEL t
    c SADD t m
    c EXEC
    a<
    c DEL t
    a XGROUP CREATE t g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS t >
    c PEXPIREAT t 1
    a<
  `,
  'another stream in its place serves them, or has no such group': lines`
    a XGROUP CREATE s g $ MKSTREAM
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    b XGROUP CREATE t g $ MKSTREAM
    b XADD t 5-0 f v
    b RENAME t s
    a<
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    b XADD t 6-0 f v
    b RENAME t s
    a<
    b SELECT 1
    b XADD u 1-0 f v
    a& XREAD BLOCK 0 STREAMS u 0
    b SWAPDB 0 1
    a<
  `,
  'in a transaction nobody waits': lines`
    a MULTI
    a XREAD BLOCK 0 STREAMS s $
    a XADD s 1-0 f v
    a XGROUP CREATE s g $
    a XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    a XREAD BLOCK 0 STREAMS s 0
    a EXEC
    a XINFO GROUPS s
  `,
  'time is up, or another ends the wait': lines`
    a XREAD BLOCK 10 STREAMS s $
    a XGROUP CREATE s g $ MKSTREAM
    a XREADGROUP GROUP g alice BLOCK 10 STREAMS s >
    a& XREAD BLOCK 0 STREAMS s $
    b CLIENT UNBLOCK {a}
    a<
    a& XREADGROUP GROUP g alice BLOCK 0 STREAMS s >
    b CLIENT UNBLOCK {a} ERROR
    a<
    b XADD s 1-0 f v
    a XINFO CONSUMERS s g
  `,
  'what groups do is nothing to whoever watches the key': lines`
    a XADD s 1-0 f v
    a XGROUP CREATE s g 0
    a WATCH s
    b XREADGROUP GROUP g alice STREAMS s >
    b XACK s g 1-0
    b XCLAIM s g bob 0 1-0 FORCE
    b XAUTOCLAIM s g alice 0 0
    b XGROUP SETID s g 0
    b XGROUP CREATE s h 0
    b XGROUP CREATECONSUMER s g carol
    b XGROUP DELCONSUMER s g carol
    b XGROUP DESTROY s h
    b XSETID s 2-0
    b XTRIM s MAXLEN 5
    b XDEL s 9-9
    a MULTI
    a PING
    a EXEC
    a WATCH s
    b XADD s 3-0 f v
    a MULTI
    a EXEC
    a WATCH s
    b XDEL s 3-0
    a MULTI
    a EXEC
    a WATCH s
    b XTRIM s MAXLEN 0
    a MULTI
    a EXEC
    a WATCH t
    b XGROUP CREATE t g 0 MKSTREAM
    a MULTI
    a EXEC
  `,
}
