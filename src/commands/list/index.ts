import type { Command } from '../../command/index.js'
import { BLMOVE, BLMPOP, BLPOP, BRPOP, BRPOPLPUSH } from './blocking.js'
import { LREM, LSET, LTRIM } from './change.js'
import { LMOVE, RPOPLPUSH } from './move.js'
import { LMPOP, LPOP, RPOP } from './pop.js'
import { LINSERT, LPUSH, LPUSHX, RPUSH, RPUSHX } from './push.js'
import { LINDEX, LLEN, LRANGE } from './read.js'
import { LPOS } from './search.js'

export const listCommands: readonly Command[] = [
  BLMOVE,
  BLMPOP,
  BLPOP,
  BRPOP,
  BRPOPLPUSH,
  LINDEX,
  LINSERT,
  LLEN,
  LMOVE,
  LMPOP,
  LPOP,
  LPOS,
  LPUSH,
  LPUSHX,
  LRANGE,
  LREM,
  LSET,
  LTRIM,
  RPOP,
  RPOPLPUSH,
  RPUSH,
  RPUSHX,
]
