import type { Clock, Log, ReplyError } from '../base/index.js'
import { Gate, type Client } from '../command/index.js'
import { ReplayClient, instanceChanged, type Dispatcher } from '../dispatch/index.js'
import { Expiry, type Keyspace } from '../keyspace/index.js'
import type { Statistics } from '../observe/index.js'
import { followersChannel } from '../origin/index.js'
import {
  Replication,
  replicationSection,
  type Address,
  type ImageSource,
  type ReplicationHost,
} from '../replication/index.js'
import type { Args } from '../resp/index.js'
import type { ClientRegistry } from './clients.js'
import type { Config, OutputLimit } from './config/index.js'
import type { ReplacedDataset } from './dataset.js'
import { outwardFrom } from './outward.js'
import { PrimaryClient } from './primary-client.js'
import type { ScratchFolder } from './scratch-folder.js'

export interface ReplicationParts {
  readonly clock: Clock
  readonly log: Log
  readonly config: Config
  readonly keyspace: Keyspace
  readonly dispatcher: Dispatcher
  readonly statistics: Statistics
  readonly clients: ClientRegistry
  readonly images: ImageSource
  readonly dataset: ReplacedDataset
  /** Whether files are kept at all; images that need one are in a temporary folder where not. */
  readonly keepsFiles: boolean
  readonly scratch: ScratchFolder
  /** The port that clients reach this server by. */
  port(): number
  /** It has become a replica, or a primary. */
  tookRole(isReplica: boolean): void
  /** Whom it follows, and whether the link to that is up; told again when nothing changed, too. */
  follows(primary: Address | null, isUp: boolean): void
  /** The primary told the origin engine something. */
  told(message: Buffer): void
  /** The process must end. */
  fatal(): void
  /** Bytes of the feed that the append-only file has on disk; -1 without one. */
  fedBytesOnDisk(): number
}

/** Executes a primary's stream, but for what that tells the origin engine. */
class PrimaryReplay extends ReplayClient {
  #told: (message: Buffer) => void = () => {}

  hearing(told: (message: Buffer) => void): this {
    this.#told = told
    return this
  }

  override apply(args: Args): ReplyError | null {
    if (args.count !== 3 || !args.at(0).is('PUBLISH') || args.at(1).toLatin1() !== followersChannel) {
      return super.apply(args)
    }
    this.#told(args.at(2).toBuffer())
    return null
  }
}

/** Joins replication with the rooms around it. */
export function joinReplication(parts: ReplicationParts): { replication: Replication; host: ReplicationHost } {
  const { clock, log, config, dispatcher, statistics, images, dataset } = parts
  const host: ReplicationHost = {
    clock,
    log,
    settings: config.values,
    statistics,
    feed: dispatcher.propagation,
    replay: new PrimaryReplay(0, dispatcher, clock.unixMs(), 'primary').hearing((message) => parts.told(message)),
    images,
    dataset,
    gates: gatesOf(parts),
    get directory() {
      return parts.keepsFiles ? config.resolvePath('.') : parts.scratch.path
    },
    hasDirectory: parts.keepsFiles,
    processId: process.pid,
    get keepsFiles() {
      return parts.keepsFiles && (config.values.save.length > 0 || config.value('appendonly') === 'yes')
    },
    get fedBytesOnDisk() {
      return parts.fedBytesOnDisk()
    },
    connect: outwardFrom(() => config.values.bindSourceAddr),
    defer: (job) => void setImmediate(job),
    enterPrimary: (address, cut) => enterPrimary(parts, address, cut),
    remember: (primary) => config.remember('replicaof', primary),
    pause: {
      get isActive() {
        return dispatcher.pauses.active
      },
      whenOver: (job) => dispatcher.pauses.whenOver(job),
    },
    pauseWrites: () => dispatcher.pauses.holdWrites(),
    fatal: () => parts.fatal(),
    // whoever asks for it is still to be replied to
    unblockClients: () => void setImmediate(() => dispatcher.blocked.disconnectAll(instanceChanged)),
  }
  const replication = new Replication(host, () => parts.port())
  follow(config, replication)
  replication.start(config.values.replicaof)
  return { replication, host }
}

export { replicationSection }

/** A replica's limit of replies: what the backlog holds anyway is never too much, as in Redis. */
export function replicaLimit(limit: OutputLimit, backlogBytes: number): OutputLimit {
  const { hardBytes } = limit
  return hardBytes !== 0 && hardBytes < backlogBytes ? { ...limit, hardBytes: backlogBytes } : limit
}

function gatesOf({ config, dispatcher, keyspace, tookRole, follows }: ReplicationParts): ReplicationHost['gates'] {
  return {
    setReplica(isReplica) {
      dispatcher.setGate(Gate.replica, isReplica && config.values.replicaReadOnly)
      keyspace.expiryOfClients = isReplica ? Expiry.hides : Expiry.deletes
      keyspace.expiry = keyspace.expiryOfClients
      if (!isReplica) keyspace.localDeadlines.clear() // all that expires is deleted now
      tookRole(isReplica)
    },
    setPrimary: (primary, isUp) => follows(primary, isUp),
    setLinkDown(isDown) {
      dispatcher.setGate(Gate.stale, isDown && !config.values.replicaServeStaleData)
    },
    setTooFewReplicas(tooFew) {
      dispatcher.setGate(Gate.fewReplicas, tooFew)
    },
  }
}

function enterPrimary(
  { clients, clock }: ReplicationParts,
  address: string,
  cut: () => void,
): { seen(): void; leave(): void } {
  const client: Client = new PrimaryClient(clients.nextId(), clock.unixMs(), address, cut)
  clients.add(client)
  return {
    seen() {
      client.lastActiveMs = clock.unixMs()
    },
    leave: () => clients.remove(client),
  }
}

/** Directives that something is reckoned from when they change; the others are read at each use. */
function follow(config: Config, replication: Replication): void {
  const again = (): void => replication.configured()
  config.onChange('replBacklogSize', again)
  config.onChange('minReplicasToWrite', again)
  config.onChange('minReplicasMaxLag', again)
  config.onChange('replicaReadOnly', again)
  config.onChange('replicaServeStaleData', again)
}

/** What an image notes of each key's last accesses, as the policy of eviction asks. */
export const evictsBy = (policy: string): 'time' | 'frequency' | null =>
  policy.endsWith('-lru') ? 'time' : policy.endsWith('-lfu') ? 'frequency' : null
