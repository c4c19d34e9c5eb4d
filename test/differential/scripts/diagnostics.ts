import { each, lines, words } from '../../support/templates.js'
import { type Scripts } from './script.js'

export const diagnosticScripts: Scripts = {
  'LATENCY, when nothing is slow': lines`
    LATENCY
    LATENCY RESET
    LATENCY LATEST
    LATENCY LATEST x
    LATENCY HISTORY
    LATENCY HISTORY command
    LATENCY HISTORY command x
    LATENCY GRAPH
    LATENCY GRAPH command
    LATENCY GRAPH "a\x00b"
    LATENCY GRAPH "a\r\nb"
    LATENCY RESET command nothing
    LATENCY DOCTOR
    LATENCY DOCTOR x
    LATENCY HELP
    LATENCY HELP x
    LATENCY FOO
    LATENCY HISTOGRAM nonsense
    LATENCY HISTOGRAM client|nonsense get|x a|b|c
    CONFIG GET latency-*
    CONFIG SET latency-monitor-threshold 100
    CONFIG GET latency-monitor-threshold
    LATENCY DOCTOR
    CONFIG SET latency-monitor-threshold -1
    CONFIG SET latency-monitor-threshold 0
  `,
  'LATENCY, when something is slow': lines`
    CONFIG SET latency-monitor-threshold 150
    DEBUG SLEEP 0.2
    LATENCY LATEST
    LATENCY HISTORY command
    LATENCY GRAPH command
    LATENCY DOCTOR
    LATENCY RESET COMMAND
    LATENCY LATEST
    CONFIG SET latency-monitor-threshold 0
    LATENCY RESET
  `,
  'LATENCY HISTOGRAM': lines`
    CONFIG RESETSTAT
    SET k v
    SET k w
    GET k
    INCR k
    HSET h f v
    CLIENT GETNAME
    CLIENT ID
    LATENCY HISTOGRAM set
    LATENCY HISTOGRAM SET get nonsense get
    LATENCY HISTOGRAM incr hset hget
    LATENCY HISTOGRAM client
    LATENCY HISTOGRAM client|id CLIENT|GETNAME
    LATENCY HISTOGRAM
    CONFIG SET latency-tracking no
    CONFIG RESETSTAT
    GET k
    LATENCY HISTOGRAM
    CONFIG SET latency-tracking yes
  `,
  'COMMAND of LATENCY': each(
    words`
      latency latency|doctor latency|graph latency|help latency|histogram latency|history latency|latest latency|reset
    `,
    'COMMAND INFO $',
    'COMMAND DOCS $',
  ),
  'DEBUG PROTOCOL': each(
    words`string integer double bignum null array set map attrib push verbatim true false STRING nonsense`,
    'DEBUG PROTOCOL $',
    'PING',
  ),
  'DEBUG ERROR, LOG, POPULATE and switches': lines`
    DEBUG ERROR "MYERR some text"
    DEBUG ERROR text
    DEBUG ERROR "a\r\nb"
    DEBUG ERROR ""
    DEBUG ERROR
    DEBUG ERROR a b
    DEBUG LOG "a message"
    DEBUG LOG
    DEBUG POPULATE 3
    DBSIZE
    MGET key:0 key:1 key:2 key:3
    OBJECT ENCODING key:0
    DEBUG POPULATE 4 "my key" 12
    GET "my key:3"
    SET s:0 mine
    DEBUG POPULATE 2 s 3
    MGET s:0 s:1
    DEBUG POPULATE 0
    DEBUG POPULATE -1
    DEBUG POPULATE abc
    DEBUG POPULATE 1 key -1
    DEBUG POPULATE 1 key abc
    DEBUG POPULATE
    DEBUG POPULATE 1 2 3 4
    DBSIZE
    DEBUG QUICKLIST-PACKED-THRESHOLD 1b
    DEBUG QUICKLIST-PACKED-THRESHOLD 100
    DEBUG QUICKLIST-PACKED-THRESHOLD 1kb
    DEBUG QUICKLIST-PACKED-THRESHOLD 4gb
    DEBUG QUICKLIST-PACKED-THRESHOLD 5000000000
    DEBUG QUICKLIST-PACKED-THRESHOLD abc
    DEBUG QUICKLIST-PACKED-THRESHOLD 1x
    DEBUG QUICKLIST-PACKED-THRESHOLD -1
    DEBUG QUICKLIST-PACKED-THRESHOLD 0
    DEBUG QUICKLIST-PACKED-THRESHOLD
    DEBUG PAUSE-CRON 1
    DEBUG PAUSE-CRON 0
    DEBUG PAUSE-CRON
  `,
}
