import type { Clock, Log, ReplyError, Slice } from '../base/index.js'
import { ReplayClient, snapshotFailed, type Dispatcher } from '../dispatch/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { InfoSection, LatencyMonitor, Statistics } from '../observe/index.js'
import { CommandSink, Imager, systemFiles, type Files } from '../persistence/index.js'
import type { Address, Replication } from '../replication/index.js'
import type { ClientRegistry } from './clients.js'
import type { Config } from './config/index.js'
import { ReplacedDataset } from './dataset.js'
import { Durability } from './durability.js'
import { FileImages } from './file-images.js'
import { OomScore } from './oom-score.js'
import type { Output } from './output.js'
import { ReplicaImages } from './replica-images.js'
import { evictsBy, joinReplication, replicationSection } from './replication.js'
import { ScratchFolder } from './scratch-folder.js'
import { SlicedImages } from './sliced-images.js'
import { redisVersion } from './version.js'

export interface OutsideParts {
  readonly clock: Clock
  readonly log: Log
  readonly config: Config
  readonly keyspace: Keyspace
  readonly dispatcher: Dispatcher
  readonly statistics: Statistics
  readonly clients: ClientRegistry
  readonly latency: LatencyMonitor
  readonly output: Output
  /** The files that are kept; null for none. */
  readonly files: Files | null
  port(): number
  usedMemory(): number
  /** It has become a replica, or a primary. */
  tookRole(isReplica: boolean): void
  /** Whom it follows, and whether the link to that is up; told again when nothing changed, too. */
  follows(primary: Address | null, isUp: boolean): void
  /** What snapshots are to leave out of the copies of origins' values; null: nothing. */
  leavesOut(): ((db: number, key: Slice) => boolean) | null
  /** The primary told the origin engine something. */
  told(message: Buffer): void
  /** DEBUG RELOAD or LOADAOF put what is on disk in place of the dataset. */
  reloaded(): void
  fatal(): void
}

/** Where the dataset goes, and comes from, beside clients: files, replicas, a primary. */
export interface Outside {
  readonly replication: Replication
  readonly durability: Durability
  readonly sections: readonly InfoSection[]
  /** Replied to writes while `Gate.diskError` is closed. */
  readonly diskError: ReplyError
  /** Whether a dataset is being loaded beside the one that is served. */
  readonly isLoadingAside: boolean
  /** The server has closed: nothing of it is left but what it is to keep. */
  removeScratch(): void
}

/** Joins persistence and replication: both make images of the same keyspace, and follow the same feed. */
export function joinOutside(parts: OutsideParts): Outside {
  const { clock, log, config, keyspace, dispatcher, output, statistics } = parts
  const { values } = config
  /** Code of functions, which is not run here: what came with a snapshot goes with the next one. */
  let functions: readonly Uint8Array[] = []
  let diskError: ReplyError = snapshotFailed
  const imager = new Imager(keyspace, clock, {
    redisVersion,
    compresses: () => values.rdbcompression,
    sums: () => values.rdbchecksum,
    evictsBy: () => evictsBy(values.maxmemoryPolicy),
    usedBytes: () => parts.usedMemory(),
    functions: () => functions,
  })
  const images = new SlicedImages(imager, {
    clock,
    keyDelayMicros: () => values.rdbKeySaveDelay,
    began: (micros) => {
      statistics.images++
      statistics.lastImageMicros = micros
    },
  })
  const dataset = new ReplacedDataset({
    keyspace,
    log,
    checksum: () => values.rdbchecksum,
    begun: (bytes, serves) => durability.loadingFromPrimary(bytes, serves),
    came: (bytes) => durability.loading.advanceTo(bytes),
    ended: () => durability.loadedFromPrimary(),
    functions: (code) => (functions = code),
    replaced: () => durability.replaced(),
  })
  const oomScore = new OomScore(config, log)
  const scratch = new ScratchFolder()
  const { replication, host } = joinReplication({
    ...{ clock, log, config, keyspace, dispatcher, dataset, scratch },
    keepsFiles: parts.files !== null,
    statistics,
    clients: parts.clients,
    port: () => parts.port(),
    tookRole: (isReplica) => {
      oomScore.isReplica = isReplica
      parts.tookRole(isReplica)
    },
    follows: (primary, isUp) => parts.follows(primary, isUp),
    told: (message) => parts.told(message),
    images: new ReplicaImages(images, imager),
    fatal: () => parts.fatal(),
    fedBytesOnDisk: () => durability.appendOnly.fedBytesOnDisk,
  })
  const durability: Durability = new Durability({
    ...{ clock, log, config, keyspace, dispatcher, output },
    latency: parts.latency,
    files: parts.files ?? systemFiles,
    keepsFiles: parts.files !== null,
    images: new FileImages({
      images,
      imager,
      saved: () => replication.saved(),
      leavesOut: () => parts.leavesOut(),
      asCommands: (sink) => new CommandSink(keyspace, clock, sink, values.aofTimestampEnabled),
    }),
    replay: () => new ReplayClient(parts.clients.nextId(), dispatcher, clock.unixMs()),
    functions: (code) => (functions = code),
    isImagingForReplicas: () => replication.primary.fullResyncs.target !== null,
    isReplica: () => replication.isReplica,
    reloaded: () => parts.reloaded(),
    restored: (history) => replication.restored(history),
    refuseWrites: (refusal) => (diskError = refusal),
    fatal: () => parts.fatal(),
  })
  const { appendOnly } = durability
  durability.onSafe = () => replication.flushedToDisk()
  output.barrier = {
    prepare: () => durability.endTurn(),
    get required() {
      return appendOnly.required
    },
  }
  return {
    replication,
    durability,
    sections: [replicationSection(replication, host), durability.section],
    get diskError() {
      return diskError
    },
    get isLoadingAside() {
      return dataset.isLoadingAside
    },
    removeScratch: () => scratch.remove(),
  }
}
