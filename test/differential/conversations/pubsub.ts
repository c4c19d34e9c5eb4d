import { lines } from '../../support/templates.js'
import type { Conversation } from '../conversation.js'

export const pubsubConversations: Readonly<Record<string, Conversation>> = {
  channels: lines`
    s SUBSCRIBE one two one
    p PUBLISH one hello
    p PUBLISH two hello
    p PUBLISH three hello
    p PUBLISH one ""
    p PUBLISH "\x00\xff" x
    s UNSUBSCRIBE one
    p PUBLISH one unheard
    p PUBLISH two heard
    s UNSUBSCRIBE three
    s UNSUBSCRIBE
    s UNSUBSCRIBE
    p PUBLISH two unheard
    s PING
    s SUBSCRIBE "\x00\xff"
    p PUBLISH "\x00\xff" "\r\n\x00"
    p PUBLISH
    p PUBLISH one
    p PUBLISH one two three
    s SUBSCRIBE
  `,
  patterns: lines`
    s PSUBSCRIBE news.* h[ae]llo h\\i?lo
    p PUBLISH news.art x
    p PUBLISH hello x
    p PUBLISH hillo x
    p PUBLISH other x
    s PSUBSCRIBE news.*
    s SUBSCRIBE news.art
    p PUBLISH news.art both
    s PUNSUBSCRIBE news.*
    p PUBLISH news.art channel
    s PUNSUBSCRIBE nothing
    s PUNSUBSCRIBE
    s PUNSUBSCRIBE
    s UNSUBSCRIBE
    s PUNSUBSCRIBE
    p PUBLISH news.art nobody
  `,
  'shard channels': lines`
    s SSUBSCRIBE one two
    s SUBSCRIBE one
    s PSUBSCRIBE *
    p SPUBLISH one shard
    p PUBLISH one channel
    p SPUBLISH three x
    p PUBSUB SHARDCHANNELS t*
    p PUBSUB SHARDCHANNELS o*
    p PUBSUB SHARDNUMSUB one two three
    s SUNSUBSCRIBE one
    p SPUBLISH one nobody
    s SUNSUBSCRIBE
    s SUNSUBSCRIBE
    s UNSUBSCRIBE
    s PUNSUBSCRIBE
    s PING
  `,
  PUBSUB: lines`
    p PUBSUB CHANNELS
    p PUBSUB NUMPAT
    p PUBSUB NUMSUB
    p PUBSUB NUMSUB a b
    s SUBSCRIBE a
    t SUBSCRIBE a
    t PSUBSCRIBE a* b*
    s PSUBSCRIBE a*
    p PUBSUB CHANNELS
    p PUBSUB CHANNELS a*
    p PUBSUB CHANNELS b*
    p PUBSUB CHANNELS a b
    p PUBSUB NUMPAT
    p PUBSUB NUMPAT x
    p PUBSUB NUMSUB a b a
    p PUBSUB SHARDNUMSUB
    p PUBSUB SHARDCHANNELS
    p PUBSUB HELP
    p PUBSUB HELP x
    p PUBSUB FOO
    p PUBSUB
    p PUBLISH a x
    t RESET
    p PUBSUB NUMSUB a
    p PUBSUB NUMPAT
    s QUIT
    p PUBLISH a x
    p PUBSUB CHANNELS
    p COMMAND GETKEYS SPUBLISH a b
    p COMMAND GETKEYS SSUBSCRIBE a b
    p COMMAND GETKEYS WATCH a b
  `,
  'what a subscriber may say': lines`
    s SUBSCRIBE a
    s GET k
    s PING
    s PING hello
    s PING a b
    s CLIENT ID
    s client list x
    s FOO
    s GET
    s SSUBSCRIBE shard
    s MULTI
    s HELLO 3
    s SUBSCRIBE b
    s RESET
    s GET k
    s HELLO 3
    s SUBSCRIBE a
    s GET k
    s PING
    s PING hello
    s HELLO 2
    s GET k
    s PING
    s UNSUBSCRIBE
    s PING
    s GET k
    s SSUBSCRIBE a
    s GET k
    s SUNSUBSCRIBE a
    s GET k
  `,
  'to oneself': lines`
    s HELLO 3
    s SUBSCRIBE a
    s PUBLISH a one
    s PSUBSCRIBE a* b*
    s PUBLISH a two
    s SSUBSCRIBE a
    s SPUBLISH a three
    s ECHO end
  `,
  'in different protocols': lines`
    two SUBSCRIBE a
    two PSUBSCRIBE *
    three HELLO 3
    three SUBSCRIBE a
    three PSUBSCRIBE *
    p PUBLISH a x
    p PUBLISH b y
  `,
  'silent connections still hear': lines`
    s SUBSCRIBE a
    s RESET
    s HELLO 3
    s CLIENT REPLY OFF
    s SUBSCRIBE a
    p PUBLISH a x
    s CLIENT REPLY ON
    s CLIENT REPLY SKIP
    s SUBSCRIBE b
    s PING
  `,
  'as CLIENT LIST and INFO tell': lines`
    s SUBSCRIBE a b
    s PSUBSCRIBE c
    s SSUBSCRIBE d e f
    s CLIENT KILL TYPE normal
    p CLIENT KILL TYPE pubsub
    p PUBSUB CHANNELS
    p PUBSUB NUMPAT
    p PUBSUB SHARDCHANNELS
  `,
}
