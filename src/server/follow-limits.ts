import type { Services } from '../command/index.js'
import type { Dispatcher, Tracker } from '../dispatch/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { SlowLog, Statistics } from '../observe/index.js'
import type { Notifications } from '../pubsub/index.js'
import type { Config } from './config/index.js'

export interface LimitedParts {
  readonly config: Config
  readonly keyspace: Keyspace
  /** Limits of requests, which both parsers read. */
  readonly requests: { bulkBytesMax: number }
  readonly dispatcher: Dispatcher
  readonly services: Pick<Services, 'slowLog' | 'latency'>
  /** Those to origins. */
  readonly slowRequests: SlowLog
  readonly statistics: Statistics
  readonly tracker: Tracker
  readonly notifications: Notifications
}

/** Directives that are copied to where they are read often, or need something done: applied now and whenever they change. */
export function followLimits(parts: LimitedParts): void {
  const { config, tracker, notifications } = parts
  const apply = (): void => applyLimits(parts)
  apply()
  for (const name of copied) config.onChange(name, apply)
  tracker.keysMax = config.values.trackingTableMaxKeys
  config.onChange('trackingTableMaxKeys', (keysMax) => {
    tracker.keysMax = keysMax
    tracker.limit()
  })
  notifications.configure(config.values.notifyKeyspaceEvents)
  config.onChange('notifyKeyspaceEvents', (letters) => notifications.configure(letters))
}

/** The directives that `applyLimits` reads. */
const copied = [
  'protoMaxBulkLen',
  'hashMaxListpackEntries',
  'hashMaxListpackValue',
  'listMaxListpackSize',
  'setMaxIntsetEntries',
  'hllSparseMaxBytes',
  'streamNodeMaxBytes',
  'streamNodeMaxEntries',
  'zsetMaxListpackEntries',
  'zsetMaxListpackValue',
  'slowlogLogSlowerThan',
  'slowlogMaxLen',
  'originSlowlogSlowerThan',
  'originSlowlogMaxLen',
  'latencyMonitorThreshold',
  'latencyTracking',
  'maxmemory',
] as const

function applyLimits({
  config,
  keyspace,
  requests,
  dispatcher,
  services,
  slowRequests,
  statistics,
}: LimitedParts): void {
  const { values } = config
  const { hash, list, set, sketch, stream, sortedSet } = keyspace.limits
  const { slowLog, latency } = services
  requests.bulkBytesMax = values.protoMaxBulkLen
  hash.packedEntriesMax = values.hashMaxListpackEntries
  hash.packedValueBytesMax = values.hashMaxListpackValue
  list.listpackSize = values.listMaxListpackSize
  set.integersMax = values.setMaxIntsetEntries
  sketch.sparseBytesMax = values.hllSparseMaxBytes
  stream.nodeBytesMax = values.streamNodeMaxBytes
  stream.nodeEntriesMax = values.streamNodeMaxEntries
  sortedSet.packedEntriesMax = values.zsetMaxListpackEntries
  sortedSet.packedMemberBytesMax = values.zsetMaxListpackValue
  slowLog.thresholdMicros = values.slowlogLogSlowerThan
  slowLog.lengthMax = values.slowlogMaxLen
  slowRequests.thresholdMicros = values.originSlowlogSlowerThan
  slowRequests.lengthMax = values.originSlowlogMaxLen
  latency.thresholdMs = values.latencyMonitorThreshold
  statistics.tracksLatency = values.latencyTracking
  dispatcher.setMemoryLimit(values.maxmemory)
}
