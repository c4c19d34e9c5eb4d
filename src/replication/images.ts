import type { Replica } from './replica.js'

/** RDB version that Redis 7.0 and later load. */
const commonRdbVersion = 10
/** The version that has deadlines of hash fields (Redis 7.4). */
export const rdbVersion = 12

/** The word after `REPLCONF capa` by which a replica says that it loads version 12. Redis passes over what it does not know. */
export const loadsFieldDeadlines = 'rdb12'

/** The greatest version that a replica has said it loads. */
export const replicaRdbVersion = ({ settings }: Replica): number =>
  settings.rdbVersion === rdbVersion ? rdbVersion : commonRdbVersion
