import { each, lines } from '../../support/templates.js'
import { floatTexts, integerTexts, type Scripts } from './script.js'

/** Strings as numbers, and how Redis keeps the short ones. */
export const numberScripts: Scripts = {
  'INCR, DECR, INCRBY and DECRBY': [
    ...each(
      integerTexts,
      'SET k $',
      'INCR k',
      'GET k',
      'SET k $',
      'DECR k',
      'SET k 10',
      'INCRBY k $',
      'DECRBY k $',
      'SET k -10',
      'INCRBY k $',
      'DECRBY k $',
      'GET k',
    ),
    ...lines`
      INCR new
      DECR new2
      INCRBY new3 5
      DECRBY new4 5
      SETEX t 100000 5
      INCR t
      TTL t
      DECRBY k -9223372036854775808
      DECRBY k2 -9223372036854775808
      INCRBY k3 -9223372036854775808
      DECR k3
      INCRBY k4 9223372036854775807
      INCR k4
      HSET h f v
      INCR h
      DECR h
      INCRBY h 1
      DECRBY h 1
      INCRBY h abc
      INCR
      INCR a b
      INCRBY k
      INCRBY k 1 2
      DECRBY k
      DECR
      SET long 00000000000000000000000000000000001
      INCR long
      SET long "                     1"
      INCR long
    `,
  ],
  'INCRBYFLOAT, digit by digit': [
    ...each(
      floatTexts,
      'SET k 0',
      'INCRBYFLOAT k $',
      'INCRBYFLOAT k 1.1',
      'SET k 10.5',
      'INCRBYFLOAT k $',
      'GET k',
      'SET k $',
      'INCRBYFLOAT k 0',
      'SET k $',
      'INCRBYFLOAT k -0.1',
      'INCRBYFLOAT k $',
    ),
    ...lines`
      DEL k
      INCRBYFLOAT k 0.1
      INCRBYFLOAT k 0.2
      INCRBYFLOAT k -0.3
      INCRBYFLOAT k 1e16
      INCRBYFLOAT k 0.5
      OBJECT ENCODING k
      SET k 3.0e3
      INCRBYFLOAT k 200
      INCR k
      OBJECT ENCODING k
      SET k 1e4932
      INCRBYFLOAT k 1e4932
      INCRBYFLOAT k 1e4932
      SETEX t 100000 1
      INCRBYFLOAT t 1
      TTL t
      HSET h f v
      INCRBYFLOAT h 1
      INCRBYFLOAT h abc
      INCRBYFLOAT k
      INCRBYFLOAT k 1 2
    `,
  ],
  'OBJECT ENCODING of strings': [
    ...each(integerTexts, 'SET k $', 'OBJECT ENCODING k', 'OBJECT REFCOUNT k'),
    ...[1, 19, 20, 21, 43, 44, 45, 46, 100, 70_000].flatMap((length) => [
      ['SET', 'k', 'y'.repeat(length)],
      'OBJECT ENCODING k',
      ['SETNX', `n${length}`, 'y'.repeat(length)],
      `OBJECT ENCODING n${length}`,
      ['APPEND', `a${length}`, 'y'.repeat(length)],
      `OBJECT ENCODING a${length}`,
      ['SETRANGE', `r${length}`, '0', 'y'.repeat(length)],
      `OBJECT ENCODING r${length}`,
      `COPY n${length} c${length}`,
      `OBJECT ENCODING c${length}`,
      `OBJECT REFCOUNT c${length}`,
    ]),
    ...lines`
      SET k 5
      OBJECT ENCODING k
      INCR k
      OBJECT ENCODING k
      OBJECT REFCOUNT k
      SET k 9999
      OBJECT REFCOUNT k
      INCR k
      OBJECT REFCOUNT k
      DECR k
      OBJECT REFCOUNT k
      COPY k kk
      OBJECT REFCOUNT kk
      OBJECT ENCODING kk
      RENAME kk kkk
      OBJECT REFCOUNT kkk
      APPEND k ""
      OBJECT ENCODING k
      APPEND newnumber 12
      OBJECT ENCODING newnumber
      APPEND newnumber 3
      OBJECT ENCODING newnumber
      COPY newnumber newnumber2
      OBJECT ENCODING newnumber2
      SETRANGE newnumber3 0 12
      OBJECT ENCODING newnumber3
      GETSET newnumber 77
      OBJECT ENCODING newnumber
      INCRBYFLOAT newnumber 1
      OBJECT ENCODING newnumber
      COPY newnumber newnumber4
      OBJECT ENCODING newnumber4
      MSET m1 1 m2 abc
      OBJECT ENCODING m1
      OBJECT ENCODING m2
      SETEX m1 100000 7
      OBJECT ENCODING m1
      OBJECT REFCOUNT m1
      SETRANGE m1 0 ""
      OBJECT ENCODING m1
      GETEX m1 PERSIST
      OBJECT ENCODING m1
    `,
  ],
}
