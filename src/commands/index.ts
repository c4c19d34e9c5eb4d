import type { Command } from '../command/index.js'
import { bitmapCommands } from './bitmap/index.js'
import { connectionCommands } from './connection/index.js'
import { genericCommands } from './generic/index.js'
import { geoCommands } from './geo/index.js'
import { hashCommands } from './hash/index.js'
import { hyperloglogCommands } from './hyperloglog/index.js'
import { listCommands } from './list/index.js'
import { originCommands } from './origin/index.js'
import { replicationCommands } from './replication/index.js'
import { serverCommands } from './server/index.js'
import { setCommands } from './set/index.js'
import { streamCommands } from './stream/index.js'
import { sortedSetCommands } from './sorted-set/index.js'
import { stringCommands } from './string/index.js'
import { pubsubCommands } from './pubsub/index.js'
import { transactionCommands } from './transactions/index.js'

export { describeClientAt } from './connection/index.js'
export { standardInfoSections } from './server/index.js'

/** Every command, group by group. */
export const allCommands: readonly Command[] = [
  bitmapCommands,
  connectionCommands,
  genericCommands,
  geoCommands,
  hashCommands,
  hyperloglogCommands,
  listCommands,
  originCommands,
  replicationCommands,
  serverCommands,
  setCommands,
  streamCommands,
  sortedSetCommands,
  stringCommands,
  pubsubCommands,
  transactionCommands,
].flat() // prettier-ignore
