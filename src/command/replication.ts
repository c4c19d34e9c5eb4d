import type { ReplyWriter } from '../resp/index.js'
import type { Later } from './call.js'
import type { Client } from './client.js'

/** The bytes of a connection, below requests and replies: what a replica is sent. */
export interface Wire {
  /** Sends bytes that nobody changes until `sent` is called: when the system has them, or the connection is gone. */
  write(bytes: Uint8Array, sent?: () => void): void
  /** Bytes given to `write` that the system has not taken yet. */
  readonly pendingBytes: number
  /** Whether small pieces are sent at once (TCP_NODELAY). */
  setNoDelay(on: boolean): void
}

/** A connection as replication sees it, once it has said something of itself by REPLCONF or asked for a resync. */
export interface Follower {
  /** Whether it is sent the dataset and the stream: it has asked for a resync. */
  readonly isAttached: boolean
  /** Bytes of the stream that wait to be sent to it. */
  readonly waitingBytes: number
}

/** What a connection says of itself by REPLCONF before it asks for a resync. Left out: nothing said of that. */
export interface FollowerSettings {
  port?: number
  address?: string
  /** It can tell the end of an image by a mark (`eof`), and goes on under another id (`psync2`). */
  canMark?: boolean
  canChangeId?: boolean
  /** Redis's version of it. */
  version?: string
  /** Greatest version of images that it said it loads. */
  rdbVersion?: number
  /** It wants the image and no stream. */
  imageOnly?: boolean
  /** Of the image it wants neither keys nor functions, or one of them only. */
  withoutKeys?: boolean
  withoutFunctions?: boolean
}

/** PSYNC: go on after a byte of a history, if that is still known; SYNC has no such wish. */
export interface ResyncRequest {
  readonly id: string
  /** Number of the first byte that is wanted; null: what was said is none. */
  readonly next: number | null
  /** The primary hands its role over (FAILOVER). */
  readonly isFailover: boolean
}

/** ROLE */
export type Role =
  | {
      readonly kind: 'primary'
      readonly offset: number
      readonly replicas: readonly { readonly address: string; readonly port: number; readonly offset: number }[]
    }
  | {
      readonly kind: 'replica'
      readonly host: string
      readonly port: number
      readonly link: LinkState
      readonly offset: number
    }

/** The link to the primary, in the words of ROLE. */
export type LinkState = 'connect' | 'connecting' | 'handshake' | 'sync' | 'connected'

/** FAILOVER: to which replica, and for how long it may take to catch up. */
export interface FailoverOptions {
  readonly target: { readonly host: string; readonly port: number } | null
  /** 0 waits for ever. */
  readonly timeoutMs: number
  /** When the time is up, hands over nevertheless. */
  readonly isForced: boolean
}

/** What WAIT and WAITAOF wait for. */
export interface DurabilityWish {
  /** Bytes of the feed that are to be acknowledged: see `Client.fedBytes`. */
  readonly fedBytes: number
  readonly replicas: number
  /** WAITAOF: whether this server's file counts, and replicas by what they have on disk. */
  readonly onDisk: boolean
  readonly local: number
  /** 0 waits for ever. */
  readonly timeoutMs: number
  readonly write: (reply: ReplyWriter, local: number, replicas: number) => void
}

/** A history as files keep it, to go on with it after a restart. */
export interface SavedHistory {
  readonly id: string
  readonly offset: number
  /** Database that the stream has chosen; -1: it begins with SELECT. */
  readonly database: number
}

/** What commands ask of replication. */
export interface ReplicationService {
  /** Whether it follows a primary. */
  readonly isReplica: boolean
  /** Whether deadlines of hash fields are refused, since replicas do not know them: `replica-compat`. */
  readonly refusesFieldDeadlines: boolean
  /** Follows a primary; false: it does already. @throws {ReplyError} a failover is under way */
  follow(host: string, port: number, asked: string): boolean
  /** Follows nobody any more. @throws {ReplyError} a failover is under way */
  promote(asked: string): void
  /** Takes the client for a replica that wants the dataset; null is SYNC. @throws {ReplyError} it cannot have it now */
  sync(client: Client, request: ResyncRequest | null, describe: () => string): void
  /** Notes what the client says of itself as a replica. */
  configure(client: Client, settings: FollowerSettings): void
  /** What a replica has applied, and what of it is on its disk. */
  acknowledge(client: Client, offset: number, onDiskOffset: number): void
  /** Tells the primary how far this replica is. */
  sendAcknowledgement(): void
  role(): Role
  /** @throws {ReplyError} */
  failOver(options: FailoverOptions): void
  /** @throws {ReplyError} none is under way */
  abortFailover(): void
  /** How many acknowledged so far: this server's file as 0 or 1, and replicas. */
  acknowledged(fedBytes: number, onDisk: boolean): { local: number; replicas: number }
  /** Settles when enough acknowledged, or the time is up. */
  wait(client: Client, wish: DurabilityWish, later: Later): void
  /** The history as it is to be saved; null where nobody could go on with it. */
  saved(): SavedHistory | null
  /** A file was loaded that was saved at this point of a history. */
  restored(history: SavedHistory): void
  /** Memory of the backlog, and of what is kept beyond it for replicas that are behind. */
  readonly streamBytes: { readonly backlog: number; readonly beyond: number }
}

/** Where MIGRATE sends keys. Words are byte strings. */
export interface MigrationTarget {
  readonly host: string
  readonly port: number
  readonly database: number
  /** For each step: connecting, and each reply. */
  readonly timeoutMs: number
  /** Password, or name and password. */
  readonly credentials: readonly string[] | null
}

export interface MigrationOutcome {
  /** Lines replied to the requests, in their order, as far as they came. */
  readonly replies: readonly string[]
  /** Why no more came. */
  readonly problem: 'connecting' | 'writing' | 'reading' | null
}

/** What MIGRATE asks: to have requests executed by another server. */
export interface MigrationService {
  send(target: MigrationTarget, restores: readonly Uint8Array[], done: (outcome: MigrationOutcome) => void): void
  readonly cachedConnections: number
}
