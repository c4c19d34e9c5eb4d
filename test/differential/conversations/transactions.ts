import { lines } from '../../support/templates.js'
import type { Conversation } from '../conversation.js'

export const transactionConversations: Readonly<Record<string, Conversation>> = {
  'a watched key that another changes': lines`
    a SET k 1
    a WATCH k
    a MULTI
    a SET k 2
    b SET k 3
    a EXEC
    a GET k
    a MULTI
    a SET k 4
    a EXEC
    a WATCH k
    b SET k 4
    a CLIENT GETNAME
    a MULTI
    b GET k
    a EXEC
    a WATCH k
    a MULTI
    b GET k
    b SET other 1
    a EXEC
  `,
  'watched in one database, changed in another': lines`
    a SELECT 1
    a WATCH k
    b SET k 1
    a MULTI
    a PING
    a EXEC
    a WATCH k
    b SELECT 1
    b SET k 1
    a MULTI
    a PING
    a EXEC
    a WATCH k
    a SELECT 2
    b DEL k
    a MULTI
    a PING
    a EXEC
  `,
  'what another queues, nobody sees': lines`
    a SET k 1
    a MULTI
    a SET k 2
    b GET k
    a INCR k
    b GET k
    b SET k 10
    a EXEC
    b GET k
  `,
  'one that is gone watches nothing': lines`
    a WATCH k
    a QUIT
    b SET k 1
    b WATCH k
    c SET k 2
    c WATCH k
    b MULTI
    b EXEC
    c MULTI
    c PING
    c EXEC
  `,
  'pub/sub inside of a transaction': lines`
    s SUBSCRIBE news
    a MULTI
    a PUBLISH news one
    a PUBLISH news two
    a PUBSUB NUMSUB news
    a EXEC
    a MULTI
    a SSUBSCRIBE shard
    a EXEC
    a MULTI
    a SUBSCRIBE one
    a UNSUBSCRIBE one
    a EXEC
    a PING
    a MULTI
    a SUBSCRIBE one
    a EXEC
    a PING
  `,
}
