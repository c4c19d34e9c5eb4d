import type { Command } from '../../command/index.js'
import { DECR, DECRBY, INCR, INCRBY, INCRBYFLOAT } from './counters.js'
import { LCS } from './lcs.js'
import { MSET, MSETNX } from './many.js'
import { APPEND, GETRANGE, SETRANGE, SUBSTR } from './ranges.js'
import { GETEX, GETSET, PSETEX, SET, SETEX, SETNX } from './set.js'
import { GET, GETDEL, MGET, STRLEN } from './value.js'

export const stringCommands: readonly Command[] = [
  APPEND,
  DECR,
  DECRBY,
  GET,
  GETDEL,
  GETEX,
  GETRANGE,
  GETSET,
  INCR,
  INCRBY,
  INCRBYFLOAT,
  LCS,
  MGET,
  MSET,
  MSETNX,
  PSETEX,
  SET,
  SETEX,
  SETNX,
  SETRANGE,
  STRLEN,
  SUBSTR,
]
