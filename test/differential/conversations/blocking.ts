import { lines } from '../../support/templates.js'
import type { Conversation } from '../conversation.js'

export const blockingConversations: Readonly<Record<string, Conversation>> = {
  'first come, first served': lines`
    a& BLPOP l 0
    b& BRPOP l 0
    c& BLPOP l 0
    p RPUSH l 1 2
    a<
    b<
    p LLEN l
    p RPUSH l 3 4 5
    c<
    p LRANGE l 0 -1
  `,
  'the key that was ready first, whatever was named first': lines`
    a& BLPOP x y z 0
    p MULTI
    p RPUSH z 1
    p RPUSH x 2
    p EXEC
    a<
    b& BLPOP x1 y1 0
    p MULTI
    p SET x1 text
    p RPUSH y1 1
    p DEL x1
    p RPUSH x1 2
    p EXEC
    b<
    c& BLPOP x2 y2 0
    p MULTI
    p RPUSH x2 1
    p DEL x2
    p RPUSH y2 1
    p RPUSH x2 2
    p EXEC
    c<
    p LRANGE x 0 -1
    p LRANGE x1 0 -1
    p LRANGE y2 0 -1
  `,
  'what is gone after a transaction': lines`
    a& BLPOP l 0
    p MULTI
    p LPUSH l a
    p DEL l
    p EXEC
    p MULTI
    p LPUSH l a
    p DEL l
    p SET l text
    p EXEC
    p DEL l
    p MULTI
    p LPUSH l a b c
    p LPOP l
    p EXEC
    a<
    p LRANGE l 0 -1
  `,
  'other keys of other types': lines`
    a& BLPOP x y 0
    p SET x text
    p SADD z m
    p RPUSH y 1
    a<
    b& BLPOP l 0
    p SADD l m
    p DEL l
    p HSET l f v
    p RENAME l other
    p RPUSH l 1
    b<
  `,
  'a key named twice': lines`
    a& BLPOP x y y x 0
    p RPUSH y 1
    a<
    p RPUSH x 1
    p RPUSH y 2
    a BLPOP x y y x 0
    a BLPOP x y y x 0
  `,
  'a list that comes by another way': lines`
    a& BLPOP l 0
    p RPUSH m 1 2
    p RENAME m l
    a<
    p DEL l
    a& BLPOP l 0
    p RPUSH m 3
    p COPY m l
    a<
    a& BRPOP l 0
    p LMOVE m l LEFT LEFT
    a<
    a& BRPOP l 0
    p SELECT 1
    p RPUSH l 4
    p MOVE l 0
    a<
    a& BLMPOP 0 2 k l LEFT
    p RPUSH l 5
    p SWAPDB 0 1
    a<
    p FLUSHALL
  `,
  'SWAPDB and a list whose time has come': lines`
    a& BLPOP l 0
    p DEBUG SET-ACTIVE-EXPIRE 0
    p SELECT 1
    p RPUSH l 1
    p PEXPIRE l 1
    p DEBUG SLEEP 0.005
    p SWAPDB 0 1
    p EXISTS l
    p SELECT 0
    p EXISTS l
    p RPUSH l 2
    a<
    p DEBUG SET-ACTIVE-EXPIRE 1
  `,
  'an expiry within the transaction that pushes': lines`
    a& BLPOP l 0
    p MULTI
    p RPUSH l 1
    p PEXPIRE l 1
    p DEBUG SLEEP 0.005
    p EXEC
    p EXISTS l
    p RPUSH l 2
    a<
  `,
  'moves in a chain': lines`
    a& BLMOVE one two RIGHT LEFT 0
    b& BLMOVE two three LEFT RIGHT 0
    c& BLPOP three 0
    p RPUSH one x
    a<
    b<
    c<
    p EXISTS one two three
  `,
  'moves in a circle': lines`
    a& BRPOPLPUSH one two 0
    b& BRPOPLPUSH two one 0
    p RPUSH one x
    a<
    b<
    p LRANGE one 0 -1
    c& BRPOPLPUSH self self 0
    p RPUSH self 1 2
    c<
    p LRANGE self 0 -1
  `,
  'moves to what is no list': lines`
    p SET wrong text
    a& BLMOVE l wrong LEFT LEFT 0
    b& BRPOPLPUSH l wrong 0
    c& BLMOVE l right LEFT RIGHT 0
    p RPUSH l 1 2
    a<
    b<
    c<
    p LRANGE l 0 -1
    p LRANGE right 0 -1
  `,
  'a move into a list for which another waits, and one beside it': lines`
    a& BLPOP target 0
    b& BLMOVE source target LEFT RIGHT 0
    c& BLPOP target 0
    p MULTI
    p RPUSH target 1
    p RPUSH source 2
    p EXEC
    a<
    b<
    c<
    p EXISTS source target
  `,
  'BLMPOP of several': lines`
    a& BLMPOP 0 2 x y LEFT COUNT 1
    b& BLMPOP 0 2 x y RIGHT COUNT 10
    c& BLMPOP 0 2 x y LEFT COUNT 10
    d& BLMPOP 0 2 x y RIGHT
    p MULTI
    p LPUSH x a b c d e
    p LPUSH y 1 2 3 4 5
    p EXEC
    a<
    b<
    c<
    p LPUSH y 1 2 3
    d<
    p LRANGE y 0 -1
  `,
  'times that are up': lines`
    a BLPOP l 0.01
    a BRPOP l m 0.01
    a BLMOVE l m LEFT LEFT 0.01
    a BRPOPLPUSH l m 0.01
    a BLMPOP 0.01 1 l LEFT COUNT 2
    a PING
  `,
  'nobody waits inside a transaction': lines`
    a MULTI
    a BLPOP l 0
    a BRPOP l 0
    a BLMOVE l m LEFT LEFT 0
    a BRPOPLPUSH l m 0
    a BLMPOP 0 1 l LEFT
    a RPUSH l 1 2 3
    a BLPOP l 0
    a BRPOPLPUSH l m 0
    a BLMPOP 0 1 l LEFT
    a BLPOP l 0
    a BLPOP l -1
    a EXEC
    a MULTI
    a BLPOP l
    a EXEC
  `,
  'what waits changes no watched key, what is served does': lines`
    a& BLMOVE source target LEFT LEFT 0
    w WATCH target
    w MULTI
    w GET k
    w EXEC
    w WATCH target
    w MULTI
    w GET k
    p RPUSH source 1
    a<
    w EXEC
  `,
  'CLIENT UNBLOCK': lines`
    a& BLPOP l 0
    p CLIENT UNBLOCK {a}
    a<
    a& BLPOP l 0
    p CLIENT UNBLOCK {a} TIMEOUT
    a<
    a& BLMOVE l m LEFT LEFT 0
    p CLIENT UNBLOCK {a} error
    a<
    p CLIENT UNBLOCK {a}
    p CLIENT UNBLOCK 999999999
    p CLIENT UNBLOCK abc
    p CLIENT UNBLOCK abc nonsense
    p CLIENT UNBLOCK {a} nonsense
    p CLIENT UNBLOCK {a} ERROR x
    p CLIENT UNBLOCK
    p CLIENT UNBLOCK {p}
    a& BLPOP l m 0
    p MULTI
    p CLIENT UNBLOCK {a}
    p RPUSH l 1
    p EXEC
    a<
    p LLEN l
    p CLIENT UNBLOCK {a}
    a PING
  `,
  'a client that is killed while it waits': lines`
    a& BLPOP l 0
    b& BLPOP l 0
    p CLIENT KILL ID {a}
    p RPUSH l 1
    b<
    p EXISTS l
  `,
  'databases of their own': lines`
    a SELECT 3
    a& BLPOP l 0
    b& BLPOP l 0
    p RPUSH l 1
    b<
    p SELECT 3
    p RPUSH l 2
    a<
    a PING
  `,
  'a move serves others although it did not wait': lines`
    a& BLPOP two 0
    p RPUSH one 1
    p RPOPLPUSH one two
    a<
    a& BLPOP two 0
    p RPUSH one 1
    p BLMOVE one two LEFT LEFT 0
    a<
    a& BRPOP two 0
    p RPUSH one 1
    p LMOVE one two LEFT LEFT
    a<
    p EXISTS one two
  `,
  'what stays waiting': lines`
    a& BLPOP l 0
    b& BLMOVE x y LEFT LEFT 0
    p RPUSH y 1
    p SET l text
    p FLUSHALL
    p PING
  `,
  'CLIENT REPLY and waiting': lines`
    a CLIENT REPLY SKIP
    a& BLPOP l 0
    p RPUSH l 1
    a PING
    p EXISTS l
  `,
}
