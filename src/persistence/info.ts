import type { InfoLine } from '../observe/index.js'
import type { AppendOnly } from './aof/append-only.js'
import type { Loading } from './loading.js'
import type { Snapshots } from './snapshots.js'

export interface InfoSources {
  readonly loading: Loading
  readonly snapshots: Snapshots
  readonly appendOnly: AppendOnly
  /** Whether `appendonly` is yes. */
  readonly isAppendOnly: boolean
  /** Replicas are being made a snapshot. */
  readonly isImagingForReplicas: boolean
  readonly nowSeconds: number
  /** Bytes of memory that the snapshot being made takes beside the keyspace: now, and the most there were. */
  readonly image: { readonly now: number; readonly most: number }
}

const bit = (on: boolean): number => (on ? 1 : 0)
const status = (hasFailed: boolean): string => (hasFailed ? 'err' : 'ok')

/** The section `persistence` of INFO. Where Redis tells of memory that a child copied, this is what an image took beside. */
export function persistenceLines(sources: InfoSources): InfoLine[] {
  const { loading, snapshots, appendOnly, nowSeconds, image } = sources
  const progress = snapshots.progress ?? appendOnly.rewriteProgress ?? { keysDone: 0, keysTotal: 0 }
  const percent = progress.keysTotal === 0 ? 0 : (progress.keysDone / progress.keysTotal) * 100
  return [
    ['loading', bit(loading.isActive && !loading.isAside)],
    ['async_loading', bit(loading.isActive && loading.isAside)],
    ['current_cow_peak', image.most],
    ['current_cow_size', image.now],
    ['current_cow_size_age', 0],
    ['current_fork_perc', percent.toFixed(2)],
    ['current_save_keys_processed', progress.keysDone],
    ['current_save_keys_total', progress.keysTotal],
    ['rdb_changes_since_last_save', snapshots.changes],
    ['rdb_bgsave_in_progress', bit(snapshots.isRunning || sources.isImagingForReplicas)],
    ['rdb_last_save_time', snapshots.lastSeconds],
    ['rdb_last_bgsave_status', status(snapshots.hasFailed)],
    ['rdb_last_bgsave_time_sec', snapshots.lastTookSeconds],
    ['rdb_current_bgsave_time_sec', snapshots.isRunning ? nowSeconds - snapshots.startSeconds : -1],
    ['rdb_saves', snapshots.saves],
    ['rdb_last_cow_size', snapshots.lastImageBytes],
    ['rdb_last_load_keys_expired', loading.keysExpired],
    ['rdb_last_load_keys_loaded', loading.keysLoaded],
    ['aof_enabled', appendOnly.state === 'off' ? 0 : 1],
    ['aof_rewrite_in_progress', appendOnly.isUnsettled ? 1 : 0],
    ['aof_rewrite_scheduled', appendOnly.isScheduled ? 1 : 0],
    ['aof_last_rewrite_time_sec', appendOnly.lastRewriteSeconds],
    ['aof_current_rewrite_time_sec', appendOnly.isRewriting ? nowSeconds - appendOnly.rewriteStartSeconds : -1],
    ['aof_last_bgrewrite_status', status(appendOnly.lastRewriteFailed)],
    ['aof_rewrites', appendOnly.rewrites],
    ['aof_rewrites_consecutive_failures', appendOnly.backoff.failures],
    ['aof_last_write_status', status(appendOnly.writer.writeError !== null || appendOnly.writer.syncError !== null)],
    ['aof_last_cow_size', appendOnly.lastImageBytes],
    ['module_fork_in_progress', 0],
    ['module_fork_last_cow_size', 0],
    ...(sources.isAppendOnly ? appendOnlyLines(appendOnly) : []),
    ...loading.lines(),
  ]
}

const appendOnlyLines = ({ bytes, isScheduled, rewrittenBytes, writer }: AppendOnly): InfoLine[] => [
  ['aof_current_size', bytes],
  ['aof_base_size', rewrittenBytes],
  ['aof_pending_rewrite', isScheduled ? 1 : 0],
  ['aof_buffer_length', writer.bufferedBytes],
  ['aof_pending_bio_fsync', writer.isSyncing ? 1 : 0],
  ['aof_delayed_fsync', writer.delayedSyncs],
]
