import type { Command } from '../../command/index.js'
import { PSYNC, REPLCONF, SYNC } from './resync.js'
import { FAILOVER, REPLICAOF, ROLE, SLAVEOF } from './roles.js'
import { WAIT, WAITAOF } from './waiting.js'

/** Commands about primaries and replicas. */
export const replicationCommands: readonly Command[] = [
  FAILOVER,
  PSYNC,
  REPLCONF,
  REPLICAOF,
  ROLE,
  SLAVEOF,
  SYNC,
  WAIT,
  WAITAOF,
]
