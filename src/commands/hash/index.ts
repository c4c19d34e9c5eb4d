import type { Command } from '../../command/index.js'
import { HINCRBY, HINCRBYFLOAT } from './counters.js'
import { HEXPIRE, HEXPIREAT, HEXPIRETIME, HPERSIST, HPEXPIRE, HPEXPIREAT, HPEXPIRETIME, HPTTL, HTTL } from './expire.js'
import { HDEL, HEXISTS, HGET, HMGET, HMSET, HSET, HSETNX, HSTRLEN } from './fields.js'
import { HGETDEL, HGETEX, HSETEX } from './get-and-set.js'
import { HRANDFIELD } from './random.js'
import { HGETALL, HKEYS, HLEN, HSCAN, HVALS } from './whole.js'

export const hashCommands: readonly Command[] = [
  HDEL,
  HEXISTS,
  HEXPIRE,
  HEXPIREAT,
  HEXPIRETIME,
  HGET,
  HGETALL,
  HGETDEL,
  HGETEX,
  HINCRBY,
  HINCRBYFLOAT,
  HKEYS,
  HLEN,
  HMGET,
  HMSET,
  HPERSIST,
  HPEXPIRE,
  HPEXPIREAT,
  HPEXPIRETIME,
  HPTTL,
  HRANDFIELD,
  HSCAN,
  HSET,
  HSETEX,
  HSETNX,
  HSTRLEN,
  HTTL,
  HVALS,
]
