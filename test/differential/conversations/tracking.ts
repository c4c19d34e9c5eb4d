import { lines } from '../../support/templates.js'
import type { Conversation } from '../conversation.js'

export const trackingConversations: Readonly<Record<string, Conversation>> = {
  'keys that were read': lines`
    t HELLO 3
    t CLIENT TRACKING on
    w MSET a 1 b 2 c 3
    t GET a
    t MGET a b missing
    t EXISTS c
    w SET a 2
    w SET a 3
    w DEL b
    w SET missing 1
    w DEL c
    w SET other 1
    t GET a
    w EXPIRE a 1000
    t GET a
    w PERSIST a
    t GET a
    w RENAME a z
    t TTL z
    w COPY z zz
    t CLIENT TRACKINGINFO
    t CLIENT GETREDIR
    t CLIENT TRACKING off
    w SET z 1
    t CLIENT TRACKINGINFO
    t CLIENT GETREDIR
  `,
  'a client that changes what it tracks': lines`
    t HELLO 3
    t CLIENT TRACKING on
    t SET a 1
    t GET a
    t SET a 2
    t GET a
    t MULTI
    t SET a 3
    t GET a
    t SET a 4
    t EXEC
    t CLIENT TRACKING on NOLOOP
    t GET a
    t SET a 5
    w SET a 6
    t GET a
    w SET a 7
    t FLUSHALL
    w FLUSHDB
    t ECHO end
  `,
  'redirected to a subscriber': lines`
    r SUBSCRIBE __redis__:invalidate
    t CLIENT TRACKING on REDIRECT {r}
    t CLIENT GETREDIR
    t CLIENT TRACKINGINFO
    w SET a 1
    t GET a
    w SET a 2
    t GET a
    w FLUSHALL
    r UNSUBSCRIBE
    w SET a 3
    t GET a
    w SET a 4
    r PING
  `,
  'redirected to one that is gone': lines`
    t HELLO 3
    r CLIENT ID
    t CLIENT TRACKING on REDIRECT {r}
    t GET a
    r QUIT
    w SET a 1
    t CLIENT TRACKINGINFO
    t CLIENT INFO x
    t CLIENT TRACKING on REDIRECT 99999
    t CLIENT TRACKING on
    t GET a
    w SET a 2
    t CLIENT TRACKINGINFO
  `,
  'OPTIN and OPTOUT': lines`
    t HELLO 3
    t CLIENT CACHING yes
    t CLIENT TRACKING on OPTIN
    t GET a
    w SET a 1
    t CLIENT CACHING yes
    t CLIENT TRACKINGINFO
    t GET a
    t GET b
    w MSET a 2 b 2
    t CLIENT CACHING yes
    t MULTI
    t GET a
    t GET b
    t EXEC
    t GET c
    w MSET a 3 b 3
    w SET c 3
    t CLIENT CACHING no
    t CLIENT CACHING maybe
    t CLIENT TRACKING on OPTOUT
    t CLIENT TRACKING off
    t CLIENT TRACKING on OPTOUT
    t GET a
    w SET a 4
    t CLIENT CACHING no
    t CLIENT TRACKINGINFO
    t GET a
    t GET b
    w SET a 5
    w SET b 5
    t CLIENT CACHING yes
    t ECHO end
  `,
  BCAST: lines`
    t HELLO 3
    t CLIENT TRACKING on BCAST PREFIX b: PREFIX a:
    t CLIENT TRACKINGINFO
    w SET a:1 x
    w SET b:1 x
    w SET c:1 x
    w SET a: x
    w MSET a:3 x a:2 x a:1 x
    t CLIENT TRACKING on BCAST PREFIX c:
    t CLIENT TRACKINGINFO
    w SET c:2 x
    t CLIENT TRACKING on
    t CLIENT TRACKING off
    w SET a:1 x
    t CLIENT TRACKING on BCAST NOLOOP
    t CLIENT TRACKINGINFO
    t SET mine x
    w SET theirs x
    w FLUSHALL
    t ECHO end
  `,
  'what is refused': lines`
    t CLIENT TRACKING
    t CLIENT TRACKING maybe
    t CLIENT TRACKING on FOO
    t CLIENT TRACKING on REDIRECT
    t CLIENT TRACKING on REDIRECT abc
    t CLIENT TRACKING on REDIRECT 0
    t CLIENT TRACKING on REDIRECT {t} REDIRECT {t}
    t CLIENT TRACKING on PREFIX
    t CLIENT TRACKING on PREFIX a
    t CLIENT TRACKING on OPTIN OPTOUT
    t CLIENT TRACKING on BCAST OPTIN
    t CLIENT TRACKING on BCAST PREFIX ab PREFIX a
    t CLIENT TRACKING on BCAST PREFIX a PREFIX a
    t CLIENT TRACKING on BCAST PREFIX foo
    t CLIENT TRACKING on BCAST PREFIX foobar
    t CLIENT TRACKING on BCAST PREFIX fo
    t CLIENT TRACKING off FOO
    t CLIENT TRACKING off
    t CLIENT CACHING
    t CLIENT CACHING yes
    t CLIENT TRACKING on
    t CLIENT CACHING yes
    t CLIENT CACHING no
    t CLIENT CACHING foo
    t CLIENT TRACKINGINFO x
    t CLIENT GETREDIR x
  `,
  'deadlines, and RESET': lines`
    t HELLO 3
    t CLIENT TRACKING on
    w DEBUG SET-ACTIVE-EXPIRE 0
    w SET k v PX 500
    t GET missing
    t GET k
    w DEBUG SLEEP 0.6
    w EXISTS k
    t GET missing
    t RESET
    w SET missing v
    t CLIENT TRACKINGINFO
    w DEBUG SET-ACTIVE-EXPIRE 1
  `,
}
