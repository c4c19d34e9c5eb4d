import { alternatives, each, lines } from '../../support/templates.js'
import { farIntegerTexts, type Scripts } from './script.js'

/** Deadlines: how they are set, shown and refused, and what a key past its own is. */
export const expiryScripts: Scripts = {
  'EXPIRE, PEXPIRE, EXPIREAT, PEXPIREAT': [
    ...lines`
      EXPIRE missing 100
      SET k v
      EXPIRE k 100000
      TTL k
      PEXPIRE k 100000000
      PTTL k
      EXPIREAT k 4000000000
      EXPIRETIME k
      PEXPIRETIME k
      PEXPIREAT k 4000000000999
      EXPIRETIME k
      PEXPIRETIME k
      PERSIST k
      PERSIST k
      PERSIST missing
      TTL k
      PTTL k
      EXPIRETIME k
      PEXPIRETIME k
      TTL missing
      PTTL missing
      EXPIRETIME missing
      PEXPIRETIME missing
      HSET h f v
      EXPIRE h 100000
      HSET h g w
      TTL h
      EXPIRE k -1
      EXISTS k
      SET k v
      EXPIRE k 0
      EXISTS k
      SET k v
      PEXPIRE k 0
      EXISTS k
      SET k v
      EXPIREAT k 0
      EXISTS k
      SET k v
      EXPIREAT k 1
      EXISTS k
      SET k v
      PEXPIREAT k -1
      EXISTS k
      SET k v
    `,
    ...each(
      farIntegerTexts,
      'SET k v',
      'EXPIRE k $',
      'EXISTS k',
      'SET k v',
      'PEXPIRE k $',
      'SET k v',
      'EXPIREAT k $',
      'SET k v',
      'PEXPIREAT k $',
      'EXPIRE missing $',
    ),
    ...each(
      [
        '9223372036854775',
        '9223372036854776',
        '-9223372036854775',
        '-9223372036854776',
        '9223370000000000',
        '9223372036854770000',
        '-9223372036854770000',
      ],
      'SET k v',
      'EXPIRE k $',
      'SET k v',
      'PEXPIRE k $',
      'SET k v',
      'EXPIREAT k $',
      'EXPIRETIME k',
      'SET k v',
      'PEXPIREAT k $',
      'PEXPIRETIME k',
    ),
    ...['EXPIRE', 'PEXPIRE', 'EXPIREAT', 'PEXPIREAT', 'TTL', 'PTTL', 'EXPIRETIME', 'PEXPIRETIME', 'PERSIST'].flatMap(
      (name) => [name, `${name} k`, `${name} k 1000000000000 x`, `${name} k 4000000000 NX x`],
    ),
  ],
  'EXPIRE with NX, XX, GT and LT': [
    ...[
      ['EXPIRE', '100000', '200000', '50000'],
      ['PEXPIRE', '100000000', '200000000', '50000000'],
      ['EXPIREAT', '4000000000', '4000100000', '3900000000'],
      ['PEXPIREAT', '4000000000000', '4000100000000', '3900000000000'],
    ].flatMap(([name, middle, later, sooner]) => [
      'SET k v',
      ...each(['XX', 'GT', 'NX', 'NX', 'XX', 'xx'], `${name} k ${middle} $`, 'TTL k'),
      ...each(
        [`${later} LT`, `${later} GT`, `${sooner} GT`, `${sooner} LT`, `${later} XX GT`, `${sooner} XX LT`],
        `${name} k $`,
        'TTL k',
      ),
      ...each(
        [
          'NX XX',
          'NX GT',
          'NX LT',
          'GT LT',
          'LT GT',
          'XX GT LT',
          'NX NX',
          'GT GT',
          'XX XX',
          'FOO',
          'NX FOO',
          '""',
          'NX XX GT LT',
        ],
        `${name} k ${middle} $`,
      ),
      'PERSIST k',
      ...each(['LT', 'GT'], `${name} k ${middle} $`, 'TTL k', 'PERSIST k'),
      `${name} missing ${middle} NX`,
      `${name} missing ${middle} FOO`,
      `${name} missing abc FOO`,
      `${name} k abc NX`,
      ...each(['NX', 'XX', 'GT', 'LT'], 'SET k v', `${name} k -1 $`, 'EXISTS k'),
      ...each(['NX', 'XX', 'GT', 'LT'], 'SET k v EX 100000', `${name} k -1 $`, 'EXISTS k'),
    ]),
    ...lines`
      SET k v
      EXPIREAT k 4000000000
      EXPIREAT k 4000000000 GT
      EXPIREAT k 4000000000 LT
      EXPIREAT k 4000000000 XX LT
    `,
  ],
  'A key past its deadline is gone for whoever looks': [
    'DEBUG SET-ACTIVE-EXPIRE 0',
    ...alternatives`
      GET k | EXISTS k | TYPE k | TTL k | PTTL k | EXPIRETIME k | PERSIST k | EXPIRE k 100000 | OBJECT ENCODING k | OBJECT IDLETIME k | MEMORY USAGE k | DEBUG OBJECT k | DEBUG DIGEST-VALUE k |
      DEL k | UNLINK k | TOUCH k | KEYS * | SCAN 0 COUNT 1000 | RANDOMKEY | DBSIZE | COPY k l | RENAME k l | RENAMENX l k | COPY l k | MOVE k 1 | SETNX k w |
      SET k w NX | SET k w XX | SET k w GET | SET k w KEEPTTL | GETSET k w | GETDEL k | GETEX k PERSIST | APPEND k w | STRLEN k | SETRANGE k 2 w | GETRANGE k 0 -1 |
      INCR k | INCRBYFLOAT k 1 | MGET k l | MSETNX k w l w | LCS k k | HSET k f w | HSETNX k f w | HGET k f | HGETALL k | HINCRBY k f 1 | HDEL k f | HLEN k |
      HSCAN k 0 | HRANDFIELD k | FLUSHDB | SWAPDB 0 1
    `.flatMap((look) => ['SET k v PX 1', 'DEBUG SLEEP 0.002', look, 'DBSIZE', 'GET k', 'DBSIZE', 'TTL k', 'FLUSHALL']),
    ...['HGETALL h', 'HSET h g w', 'HSETNX h f w', 'HDEL h f', 'HINCRBY h f 1', 'TYPE h', 'SET h v', 'HLEN h'].flatMap(
      (look) => ['HSET h f v', 'PEXPIRE h 1', 'DEBUG SLEEP 0.002', look, 'HGETALL h', 'TTL h', 'FLUSHALL'],
    ),
    'DEBUG SET-ACTIVE-EXPIRE 1',
  ],
}
