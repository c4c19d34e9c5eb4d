import { ReplyError, errorReply } from '../base/index.js'
import type {
  Client,
  DurabilityWish,
  FailoverOptions,
  FollowerSettings,
  Later,
  ReplicationService,
  ResyncRequest,
  Role,
  SavedHistory,
} from '../command/index.js'
import { Applied } from './applied.js'
import { Failover } from './failover.js'
import { History } from './history.js'
import type { ReplicationHost } from './host.js'
import { Primary } from './primary.js'
import { PrimaryLink, type Address, type PrimaryLinkEvents } from './primary-link.js'
import { joined } from './replica.js'

const notWhileFailingOver = errorReply('REPLICAOF not allowed while failing over.')
const failoverOfReplica = errorReply('FAILOVER is not valid when server is a replica.')
const failoverToPrimary = errorReply("PSYNC FAILOVER can't be sent to a master.")
const failoverOfAnother = errorReply('PSYNC FAILOVER replid must match my replid.')
const notLinked = new ReplyError('NOMASTERLINK', "Can't SYNC while not connected with my master")

const nothing = { backlog: 0, beyond: 0 }

/** Replication as the rest of the server sees it: whom it follows, and who follows it. */
export class Replication implements ReplicationService {
  readonly history = new History()
  readonly primary: Primary
  readonly failover: Failover
  /** What of the primary's stream was executed here. */
  readonly applied = new Applied(() => this.link?.applied ?? 0)
  /** The link to the primary; null on a primary. */
  link: PrimaryLink | null = null
  readonly #host: ReplicationHost
  readonly #port: () => number
  readonly #linkEvents: PrimaryLinkEvents
  /** What files held is loaded: the primary may be sought. */
  #isReady = false

  /** @param port the port that clients reach this server by */
  constructor(host: ReplicationHost, port: () => number) {
    this.#host = host
    this.#port = port
    this.primary = new Primary(host, this.history)
    this.failover = new Failover(host, this.history, this.primary, {
      handOver: (target) => {
        this.#setPrimary(target)
        this.link!.isFailover = true
      },
      takeBack: () => this.#unsetPrimary(),
    })
    this.#linkEvents = {
      replacing: () => {
        this.primary.closeAll()
        this.primary.drop()
      },
      renamed: () => this.primary.closeAll(),
      streaming: () => this.primary.open(),
      changed: () => {
        this.#deriveGates()
        this.applied.advanced() // an image may have brought it
      },
      advanced: () => this.applied.advanced(),
      handedOver: (isAccepted) => this.failover.answered(isAccepted),
    }
  }

  get isReplica(): boolean {
    return this.link !== null
  }

  get refusesFieldDeadlines(): boolean {
    return this.#host.settings.replicaCompat === '7.0'
  }

  follow(host: string, port: number, asked: string): boolean {
    const { log } = this.#host
    if (this.failover.isUnderWay) throw notWhileFailingOver
    const { address } = this.link ?? {}
    if (address?.host.toLowerCase() === host.toLowerCase() && address.port === port) {
      log.notice(
        'REPLICAOF would result into synchronization with the master we are already connected with. ' +
          'No operation performed.',
      )
      return false
    }
    this.#setPrimary({ host, port })
    log.notice(`REPLICAOF ${joined(host, port)} enabled (user request from '${asked}')`)
    return true
  }

  promote(asked: string): void {
    if (this.failover.isUnderWay) throw notWhileFailingOver
    if (this.link === null) return
    this.#unsetPrimary()
    this.#host.log.notice(`MASTER MODE enabled (user request from '${asked}')`)
  }

  sync(client: Client, request: ResyncRequest | null, describe: () => string): void {
    if (client.replica?.isAttached === true) return
    if (request?.isFailover === true) this.#takeOver(request.id, describe)
    if (this.link !== null && !this.link.isUp) throw notLinked
    this.primary.sync(client, request, describe)
  }

  configure(client: Client, settings: FollowerSettings): void {
    this.primary.configure(client, settings)
  }

  acknowledge(client: Client, offset: number, onDiskOffset: number): void {
    this.primary.acknowledge(client, offset, onDiskOffset)
    this.failover.consider()
  }

  sendAcknowledgement(): void {
    this.link?.acknowledge()
  }

  role(): Role {
    const { link, history } = this
    if (link !== null) {
      const { address, state, isUp } = link
      return { kind: 'replica', ...address, link: state, offset: isUp ? history.offset : -1 }
    }
    const online = [...this.primary.replicas].filter((replica) => replica.isOnline)
    const replicas = online.map(({ address, port, acknowledged }) => ({ address, port, offset: acknowledged }))
    return { kind: 'primary', offset: history.offset, replicas }
  }

  failOver(options: FailoverOptions): void {
    if (this.link !== null && !this.failover.isUnderWay) throw failoverOfReplica
    this.failover.begin(options)
  }

  abortFailover(): void {
    this.failover.abort()
  }

  acknowledged(fedBytes: number, onDisk: boolean): { local: number; replicas: number } {
    return this.primary.waits.count(fedBytes, onDisk)
  }

  wait(client: Client, wish: DurabilityWish, later: Later): void {
    this.primary.waits.add(client, wish, later)
  }

  /** More of the feed is on disk. */
  flushedToDisk(): void {
    if (this.primary.waits.size > 0) this.primary.waits.serve()
  }

  saved(): SavedHistory | null {
    const { history, link } = this
    if (link !== null) {
      const position = link.isUp ? history : link.position
      return position === null
        ? null
        : { id: position.id, offset: position.offset, database: this.#host.replay.database }
    }
    // without a backlog no offset is counted, and the history is one of its own after each start
    if (this.primary.stream.backlog === null) return null
    return { id: history.id, offset: history.offset, database: this.#host.feed.database }
  }

  restored({ id, offset, database }: SavedHistory): void {
    const { link, history } = this
    if (link !== null) {
      history.adopt(id, offset)
      this.#host.replay.reset(database < 0 ? undefined : database)
      link.position = { id, offset }
      return
    }
    // whoever followed before the restart may go on; what is written from now on is another history
    history.offset = offset
    history.secondId = id
    history.secondOffset = offset + 1
    this.primary.open()
  }

  get streamBytes(): { backlog: number; beyond: number } {
    const { stream } = this.primary
    const { backlog, beyondBytes } = stream
    return backlog === null ? nothing : { backlog: backlog.memoryBytes - beyondBytes, beyond: beyondBytes }
  }

  /** Follows the primary that the configuration names, from when the server serves. */
  start(address: Address | null): void {
    if (address !== null) this.#setPrimary(address, false)
  }

  /** Connects to the primary, when all that a file held is loaded. */
  connect(): void {
    const { link } = this
    this.#isReady = true
    if (link === null) return
    this.#host.log.notice(`Connecting to MASTER ${joined(link.address.host, link.address.port)}`)
    link.connect()
  }

  /** A client is gone. */
  forget(client: Client): void {
    if (client.replica !== null) this.primary.forget(client)
  }

  everySecond(): void {
    this.failover.consider()
    if (this.#isReady) this.link?.everySecond()
    this.flushedToDisk()
    this.primary.everySecond()
  }

  /** The server ends. */
  stop(): void {
    this.link?.end()
    this.primary.stop()
  }

  /** A directive was changed that something was reckoned from. */
  configured(): void {
    this.primary.stream.resize()
    this.primary.countGood()
    this.#deriveGates()
  }

  // --- private

  #setPrimary(address: Address, connects = true): void {
    const { log } = this.#host
    const former = this.link
    former?.end()
    if (former === null) this.#host.unblockClients()
    const link = new PrimaryLink(this.#host, this.history, this.primary.stream, address, {
      events: this.#linkEvents,
      port: this.#port,
    })
    if (former !== null) link.position = former.position
    else if (connects) {
      log.notice(
        'Before turning into a replica, using my own master parameters to synthesize a cached master: ' +
          'I may be able to synchronize with the new master with just a partial transfer.',
      )
      link.position = { id: this.history.id, offset: this.history.offset }
    }
    this.link = link
    this.#host.remember(address)
    this.primary.setReplica(true)
    if (former === null) this.primary.waits.end()
    this.#deriveGates()
    if (connects) this.connect()
  }

  #unsetPrimary(): void {
    const { link, history } = this
    if (link === null) return
    link.end()
    this.link = null
    this.#host.remember(null)
    history.shift()
    this.#host.log.warning(
      `Setting secondary replication ID to ${history.secondId}, valid up to offset: ${history.secondOffset}. ` +
        `New replication ID is ${history.id}`,
    )
    this.primary.closeAll()
    this.primary.setReplica(false)
    this.#host.feed.reselect()
    this.#deriveGates()
  }

  /** The primary asks this replica to take its place. */
  #takeOver(id: string, describe: () => string): void {
    const { log } = this.#host
    log.warning(`Failover request received for replid ${id}.`)
    if (this.link === null) throw failoverToPrimary
    if (id.toLowerCase() !== this.history.id) throw failoverOfAnother
    this.#unsetPrimary()
    log.notice(`MASTER MODE enabled (failover request from '${describe()}')`)
  }

  #deriveGates(): void {
    const { gates } = this.#host
    gates.setReplica(this.link !== null)
    gates.setPrimary(this.link?.address ?? null, this.link?.isUp === true)
    gates.setLinkDown(this.link !== null && !this.link.isUp)
  }
}
