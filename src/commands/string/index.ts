import type { Command } from '../../command/index.js'
import { DELEX, DELIFEQ, DIGEST } from './conditional.js'
import { DECR, DECRBY, INCR, INCRBY, INCRBYFLOAT } from './counters.js'
import { LCS } from './lcs.js'
import { MSET, MSETEX, MSETNX } from './many.js'
import { APPEND, GETRANGE, SETRANGE, SUBSTR } from './ranges.js'
import { GETEX, GETSET, PSETEX, SET, SETEX, SETNX } from './set.js'
import { GET, GETDEL, MGET, STRLEN } from './value.js'

export const stringCommands: readonly Command[] = [
  APPEND,
  DECR,
  DECRBY,
  DELEX,
  DELIFEQ,
  DIGEST,
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
  MSETEX,
  MSETNX,
  PSETEX,
  SET,
  SETEX,
  SETNX,
  SETRANGE,
  STRLEN,
  SUBSTR,
]
