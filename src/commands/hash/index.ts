import type { Command } from '../../command/index.js'
import { HINCRBY, HINCRBYFLOAT } from './counters.js'
import { HDEL, HEXISTS, HGET, HMGET, HMSET, HSET, HSETNX, HSTRLEN } from './fields.js'
import { HRANDFIELD } from './random.js'
import { HGETALL, HKEYS, HLEN, HSCAN, HVALS } from './whole.js'

export const hashCommands: readonly Command[] = [
  HDEL,
  HEXISTS,
  HGET,
  HGETALL,
  HINCRBY,
  HINCRBYFLOAT,
  HKEYS,
  HLEN,
  HMGET,
  HMSET,
  HRANDFIELD,
  HSCAN,
  HSET,
  HSETNX,
  HSTRLEN,
  HVALS,
]
