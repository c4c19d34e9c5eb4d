import type { Clock, Log, Region } from '../base/index.js'
import type { ChangeFeed, Client, Replay } from '../command/index.js'

/** Directives that replication reads, live: each use sees their present values. */
export interface ReplicationSettings {
  readonly port: number
  readonly masteruser: string
  readonly masterauth: Buffer
  readonly minReplicasToWrite: number
  readonly minReplicasMaxLag: number
  readonly replicaReadOnly: boolean
  readonly replicaServeStaleData: boolean
  readonly replicaPriority: number
  readonly replicaAnnounced: boolean
  readonly replicaAnnounceIp: string
  readonly replicaAnnouncePort: number
  readonly replDisklessSync: boolean
  readonly replDisklessSyncDelay: number
  readonly replDisklessSyncMaxReplicas: number
  readonly replDisklessLoad: 'disabled' | 'on-empty-db' | 'swapdb'
  readonly replDisableTcpNodelay: boolean
  readonly replBacklogSize: number
  readonly replBacklogTtl: number
  readonly replTimeout: number
  readonly replPingReplicaPeriod: number
  readonly propagationErrorBehavior: 'ignore' | 'panic' | 'panic-on-replicas'
  readonly replicaCompat: 'any' | '7.0'
  readonly rdbDelSyncFiles: boolean
  /** Points at which snapshots are made. */
  readonly save: readonly object[]
  readonly keyLoadDelay: number
  readonly loadingProcessEventsIntervalBytes: number
  readonly dbfilename: string
}

/** What replication counts, for INFO. */
export interface ReplicationStatistics {
  fullResyncs: number
  partialResyncs: number
  refusedPartialResyncs: number
  replicationBytesIn: number
  replicationBytesOut: number
}

/** What is wanted of an image. */
export interface ImageWish {
  /** Greatest RDB version that everybody who gets it can load. */
  readonly versionMax: number
  readonly withoutKeys: boolean
  readonly withoutFunctions: boolean
  /** Auxiliary fields: the history that goes on behind it. */
  readonly history: {
    readonly id: string
    readonly offset: number
    /** Database that the stream has chosen. */
    readonly database: number
  }
}

/** Takes an image as it is written. */
export interface ImageReceiver {
  /** Takes bytes that nobody changes any more; false: not more for now, until `ImageRun.resume`. */
  write(bytes: Uint8Array): boolean
  end(): void
  /** It cannot be finished; the reason is for the log. */
  failed(reason: string): void
}

export interface ImageRun {
  /** The receiver takes more. */
  resume(): void
  /** Nobody wants it any more: the receiver hears nothing further. */
  cancel(): void
}

/** Where images of the dataset come from. */
export interface ImageSource {
  /** One is being written, for a file or for replicas: another cannot start. */
  readonly isBusy: boolean
  /** Begins the image of this very moment. @throws {Error} it cannot be made now; the reason is for the log */
  start(wish: ImageWish, receiver: ImageReceiver): ImageRun
}

/** A dataset being read from an image. Each `push` takes as long as its bytes ask for. */
export interface Loading {
  /** @throws {Error} the image is broken, or of something unknown */
  push(bytes: Uint8Array): void
  /** All of the image has come. What follows it is `rest`. */
  readonly isDone: boolean
  readonly rest: Uint8Array
  readonly keysLoaded: number
  /** It becomes the dataset, in the place of what was there. @returns the database that the stream has chosen, or -1 */
  finish(): number
  /** It is given up; what was loaded is dropped. */
  abandon(): void
}

/** The dataset, as far as it is replaced as a whole. */
export interface Dataset {
  readonly isEmpty: boolean
  /** Drops all keys. */
  flush(): void
  /**
   * Begins to load: into the emptied dataset, or beside the present one, whose place it takes at the end. While it loads
   * calls are refused, unless `serves`.
   *
   * @param bytes of the image; null where nobody knows
   */
  load(bytes: number | null, options: { readonly aside: boolean; readonly serves: boolean }): Loading
  /** Another dataset has taken the place of the former one, as a primary's: files begin anew. */
  replaced(): void
}

/** What hears of a connection that was asked for. */
export interface LinkEvents {
  connected(): void
  /** Bytes `0` to `length` of a buffer that is used again when this returns. */
  received(region: Region, length: number): void
  /** It is no more, or never was: why, or null for the other side's orderly end. */
  closed(reason: string | null): void
}

/** A connection to another server. */
export interface Link {
  write(bytes: Uint8Array | string): void
  /** Reads no more for now; what was read before may still come. */
  pause(): void
  resume(): void
  /** Gives it up: no event comes any more. */
  destroy(): void
}

export type Connect = (host: string, port: number, events: LinkEvents) => Link

/** What calls are refused for, by the server's role. */
export interface RoleGates {
  /** It follows a primary: clients may not write under `replica-read-only`. */
  setReplica(isReplica: boolean): void
  /** Whom it follows, whenever that may have changed, or the link to it came up or went down; null: nobody. */
  setPrimary(primary: { readonly host: string; readonly port: number } | null, isUp: boolean): void
  /** The link to the primary is down: under `replica-serve-stale-data no` nothing is served. */
  setLinkDown(isDown: boolean): void
  /** Fewer replicas keep up than `min-replicas-to-write` asks for. */
  setTooFewReplicas(tooFew: boolean): void
}

/** What replication needs of the rooms around it. Joined in `server/`. */
export interface ReplicationHost {
  readonly clock: Clock
  readonly log: Log
  readonly settings: ReplicationSettings
  readonly statistics: ReplicationStatistics
  readonly feed: ChangeFeed
  readonly replay: Replay
  readonly images: ImageSource
  readonly dataset: Dataset
  readonly gates: RoleGates
  /** Absolute path of the directory where images lie. */
  readonly directory: string
  /** Whether it is the server's own; otherwise it is a temporary one, where no image is left that is not needed. */
  readonly hasDirectory: boolean
  readonly processId: number
  /** Whether files are written for their own sake: snapshots by `save`, or an append-only file. */
  readonly keepsFiles: boolean
  /** Bytes of the feed that are on disk in the append-only file; -1: there is none. */
  readonly fedBytesOnDisk: number
  connect: Connect
  /** Runs a job at the end of this loop turn, when replies are sent. */
  defer(job: () => void): void
  /** Lists the link to the primary among the clients; the result takes it off. `close` cuts it. */
  enterPrimary(address: string, close: () => void): { seen(): void; leave(): void }
  /** Whom this server follows now, for its configuration. */
  remember(primary: { readonly host: string; readonly port: number } | null): void
  /** CLIENT PAUSE: what the primary sends waits too. */
  readonly pause: {
    readonly isActive: boolean
    /** Runs a job when it is over, in a loop turn of its own. */
    whenOver(job: () => void): void
  }
  /** Writes wait until the result is called. */
  pauseWrites(): () => void
  /** The dataset is not what it should be, and the process must end, as its owner asked. */
  fatal(): void
  /** Ends what blocked clients wait for, since the server is a replica from now on. */
  unblockClients(): void
}

export type { Client }
