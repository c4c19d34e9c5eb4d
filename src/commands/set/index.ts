import type { Command } from '../../command/index.js'
import { SDIFF, SDIFFSTORE, SINTER, SINTERCARD, SINTERSTORE, SUNION, SUNIONSTORE } from './algebra.js'
import { SADD, SISMEMBER, SMISMEMBER, SMOVE, SREM } from './members.js'
import { SPOP, SRANDMEMBER } from './random.js'
import { SCARD, SMEMBERS, SSCAN } from './whole.js'

export const setCommands: readonly Command[] = [
  SADD,
  SCARD,
  SDIFF,
  SDIFFSTORE,
  SINTER,
  SINTERCARD,
  SINTERSTORE,
  SISMEMBER,
  SMEMBERS,
  SMISMEMBER,
  SMOVE,
  SPOP,
  SRANDMEMBER,
  SREM,
  SSCAN,
  SUNION,
  SUNIONSTORE,
]
