import { ReplyError, errorReply, notAnInteger } from '../base/index.js'
import type { Client, FollowerSettings, ResyncRequest } from '../command/index.js'
import { FullResyncs } from './full-resyncs.js'
import type { History } from './history.js'
import type { ReplicationHost } from './host.js'
import { Laggards } from './laggards.js'
import { OutgoingStream } from './outgoing-stream.js'
import { Replica } from './replica.js'
import { Waits } from './waits.js'

const notDirect = errorReply('SYNC and PSYNC need a connection of their own')
const failingOver = new ReplyError('NOMASTERLINK', "Can't SYNC while failing over")
const filterNeedsMark = errorReply('Filtered replica requires EOF capability')

/** Where a replica wants to go on: the number of the first byte that it has not. */
interface Place {
  readonly id: string
  readonly next: number
}

/**
 * What a server is to those that follow it: it gives them the dataset, and from then on the stream of changes.
 *
 * A replica of another primary is one to its own replicas, too: it hands on the bytes that it gets.
 */
export class Primary {
  readonly stream: OutgoingStream
  readonly waits: Waits
  readonly fullResyncs: FullResyncs
  readonly laggards: Laggards
  /** Replicas that keep up, in the sense of `min-replicas-max-lag`. */
  goodReplicas = 0
  readonly #host: ReplicationHost
  readonly #history: History
  /** Clients that said something of themselves by REPLCONF. */
  readonly #known = new WeakMap<Client, Replica>()
  /** Whether the feed's bytes come here: not on a replica, which hands on its primary's. */
  #isFed = false
  #isReplica = false
  /** Monotonic milliseconds since which there is no replica. */
  #aloneSinceMs: number
  #seconds = 0
  /** Set while a failover holds writes back: a PING would keep offsets from becoming equal. */
  isQuiet = false

  constructor(host: ReplicationHost, history: History) {
    this.#host = host
    this.#history = history
    this.#aloneSinceMs = host.clock.monotonicMs()
    this.stream = new OutgoingStream({
      history,
      backlogBytes: () => host.settings.replBacklogSize,
      defer: (job) => host.defer(job),
      isTooMuch: (replica) => replica.client.checkOutput(),
    })
    this.waits = new Waits(host, history, this.stream)
    this.laggards = new Laggards(host, history, this)
    this.fullResyncs = new FullResyncs(host, history, this.stream, {
      online: (replica) => this.#online(replica),
      close: (replica) => this.close(replica),
    })
  }

  get replicas(): ReadonlySet<Replica> {
    return this.stream.replicas
  }

  /** Notes what a client says of itself. */
  configure(client: Client, settings: FollowerSettings): void {
    Object.assign(this.#replica(client).settings, settings)
  }

  /**
   * A client wants the dataset, or to go on where it is; null is SYNC.
   *
   * @param describe shows the client as CLIENT LIST does
   * @throws {ReplyError} it cannot have it now
   */
  sync(client: Client, request: ResyncRequest | null, describe: () => string): void {
    const replica = this.#replica(client)
    if (replica.isAttached) return // as Redis does with a second request
    const wire = client.wire()
    if (wire === null) throw notDirect
    if (this.isQuiet) throw failingOver
    const { withoutKeys, withoutFunctions, canMark } = replica.settings
    if ((withoutKeys === true || withoutFunctions === true) && canMark !== true) throw filterNeedsMark
    const { log } = this.#host
    if (request !== null && request.next === null) {
      log.warning(`Replica ${replica.name} asks for synchronization but with a wrong offset`)
      throw notAnInteger
    }
    const place = request === null ? null : { id: request.id, next: request.next! }
    log.notice(`Replica ${replica.name} asks for synchronization`)
    replica.wire = wire
    client.becomeReplica((line) => this.#replied(client, line, describe))
    // what was replied before is sent first
    this.#host.defer(() => {
      if (!client.closing) this.#begin(replica, place)
    })
  }

  /** A replica says how far it is. */
  acknowledge(client: Client, offset: number, onDisk: number): void {
    const replica = client.replica === null ? undefined : this.#known.get(client)
    if (replica === undefined || !replica.isAttached) return
    replica.acknowledged = Math.max(replica.acknowledged, offset)
    replica.onDisk = Math.max(replica.onDisk, onDisk)
    replica.heardAtMs = this.#host.clock.monotonicMs()
    if (replica.isOnline && replica.startsWhenHeard) {
      replica.startsWhenHeard = false
      this.stream.schedule()
    }
    this.waits.serve()
    this.laggards.changed()
  }

  /** The client is gone. */
  forget(client: Client): void {
    const replica = client.replica === null ? undefined : this.#known.get(client)
    if (replica === undefined || !this.stream.replicas.has(replica)) return
    this.fullResyncs.remove(replica)
    this.stream.remove(replica)
    this.#host.log.notice(`Connection with replica ${replica.name} lost.`)
    if (this.stream.replicas.size === 0) this.#aloneSinceMs = this.#host.clock.monotonicMs()
    this.countGood()
    this.laggards.changed()
  }

  close(replica: Replica): void {
    replica.client.close(false)
    this.forget(replica.client)
  }

  /** The server ends: replicas are sent what there is of the stream, as far as their connections take it at once. */
  stop(): void {
    for (const replica of [...this.stream.replicas]) {
      replica.pump()
      const { wire } = replica
      const hasAll = wire !== null && wire.pendingBytes === 0 && replica.waitingBytes === 0
      replica.client.close(hasAll)
      this.forget(replica.client)
    }
  }

  /** Ends the connections of all replicas, so that they ask anew. */
  closeAll(): void {
    for (const replica of [...this.stream.replicas]) this.close(replica)
  }

  /** Opens the backlog. On a primary it is the feed that fills it. */
  open(): void {
    this.stream.open()
    this.#attach()
  }

  /** Forgets the backlog: nobody can go on with what was. */
  drop(): void {
    this.stream.drop()
    this.#attach()
  }

  /** A replica hands on what it gets; a primary what its clients change. */
  setReplica(isReplica: boolean): void {
    this.#isReplica = isReplica
    if (!isReplica) this.#aloneSinceMs = this.#host.clock.monotonicMs()
    this.#attach()
    this.countGood()
  }

  everySecond(): void {
    const { settings, clock } = this.#host
    const { replicas } = this.stream
    if (++this.#seconds % settings.replPingReplicaPeriod === 0 && replicas.size > 0 && !this.isQuiet && this.#isFed) {
      this.#host.feed.tell(['PING'], 'replicas')
    }
    for (const replica of [...replicas]) {
      const isPreparing =
        replica.state === 'waiting' || (replica.state === 'saving' && this.fullResyncs.target === 'disk')
      if (isPreparing) replica.say('\n') // it shows that the link lives
      const isMissed = clock.monotonicMs() - replica.heardAtMs > settings.replTimeout * 1000
      if (replica.isOnline && !replica.isSilent && isMissed) {
        this.#host.log.warning(`Disconnecting timedout replica (streaming sync): ${replica.name}`)
        this.close(replica)
      }
    }
    this.#expireBacklog()
    this.fullResyncs.everySecond()
    this.stream.schedule()
    this.countGood()
  }

  /** Counts replicas that keep up, and refuses writes where they are too few. */
  countGood(): void {
    const { minReplicasToWrite, minReplicasMaxLag } = this.#host.settings
    let good = 0
    for (const replica of this.stream.replicas) if (replica.isOnline && this.lag(replica) <= minReplicasMaxLag) good++
    this.goodReplicas = good
    const asks = minReplicasToWrite > 0 && minReplicasMaxLag > 0
    this.#host.gates.setTooFewReplicas(asks && !this.#isReplica && good < minReplicasToWrite)
  }

  /** Whole seconds since a replica was last heard of. */
  lag(replica: Replica): number {
    return Math.floor((this.#host.clock.monotonicMs() - replica.heardAtMs) / 1000)
  }

  // --- private

  #replica(client: Client): Replica {
    let replica = this.#known.get(client)
    if (replica === undefined) {
      replica = new Replica(client)
      this.#known.set(client, replica)
      client.replica = replica
    }
    return replica
  }

  /** It asked for something in the midst of the stream: what was replied would be taken for a part of it. */
  #replied(client: Client, line: string, describe: () => string): void {
    const { log } = this.#host
    const name = client.lastCommand?.fullName ?? '<unknown>'
    if (line.startsWith('-')) {
      log.warning(
        `== CRITICAL == This master is sending an error to its replica: '${line.slice(1)}' after processing the command '${name}'`,
      )
    }
    log.warning(`Replica generated a reply to command '${name}', disconnecting it: ${describe()}`)
    client.close(false)
  }

  #begin(replica: Replica, place: Place | null): void {
    const { clock, statistics, settings, log } = this.#host
    replica.askedAtMs = replica.heardAtMs = clock.monotonicMs()
    if (place !== null && this.#canContinue(replica, place)) {
      statistics.partialResyncs++
      this.#continue(replica, place.next)
      return
    }
    if (place === null) replica.isSilent = true
    else if (place.id[0] !== '?') statistics.refusedPartialResyncs++
    statistics.fullResyncs++
    if (settings.replDisableTcpNodelay) replica.wire?.setNoDelay(false)
    this.stream.replicas.add(replica)
    if (this.stream.backlog === null) {
      this.#history.renew() // what was before is known to nobody
      this.open()
      const { id, secondId } = this.#history
      log.notice(`Replication backlog created, my new replication IDs are '${id}' and '${secondId}'`)
    }
    this.fullResyncs.request(replica)
  }

  #canContinue(replica: Replica, { id, next }: Place): boolean {
    const { log } = this.#host
    const history = this.#history
    if (!history.shares(id, next)) {
      log.notice(
        id[0] === '?'
          ? `Full resync requested by replica ${replica.name}`
          : id.toLowerCase() === history.secondId
            ? `Partial resynchronization not accepted: Requested offset for second ID was ${next}, ` +
              `but I can reply up to ${history.secondOffset}`
            : `Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '${id}', ` +
              `my replication IDs are '${history.id}' and '${history.secondId}')`,
      )
      return false
    }
    if (this.stream.backlog?.holds(next - 1) === true) return true
    log.notice(
      `Unable to partial resync with replica ${replica.name} for lack of backlog (Replica request was: ${next}).`,
    )
    if (next > history.offset) {
      log.warning(
        `Warning: replica ${replica.name} tried to PSYNC with an offset that is greater than the master replication offset.`,
      )
    }
    return false
  }

  #continue(replica: Replica, next: number): void {
    const backlog = this.stream.open()
    replica.say(replica.settings.canChangeId === true ? `+CONTINUE ${this.#history.id}\r\n` : '+CONTINUE\r\n')
    this.stream.replicas.add(replica)
    replica.follow(backlog, next - 1)
    replica.state = 'online'
    this.#host.log.notice(
      `Partial resynchronization request from ${replica.name} accepted. ` +
        `Sending ${replica.waitingBytes} bytes of backlog starting from offset ${next}.`,
    )
    this.countGood()
    this.stream.schedule()
  }

  /** A replica has its image. */
  #online(replica: Replica): void {
    const { log, clock } = this.#host
    if (replica.settings.imageOnly === true) {
      replica.state = 'done'
      log.notice(`RDB transfer completed, rdb only replica (${replica.name}) should be disconnected asap`)
      replica.client.close(true)
      this.forget(replica.client)
      return
    }
    replica.state = 'online'
    replica.heardAtMs = clock.monotonicMs()
    log.notice(`Synchronization with replica ${replica.name} succeeded`)
    this.countGood()
    this.stream.schedule()
  }

  #attach(): void {
    const isFed = this.stream.backlog !== null && !this.#isReplica
    if (isFed === this.#isFed) return
    this.#isFed = isFed
    if (isFed) this.#host.feed.attach(this.stream, 'replicas')
    else this.#host.feed.detach(this.stream)
  }

  /** Without replicas for long enough the backlog is forgotten, and the history with it: it counted its bytes. */
  #expireBacklog(): void {
    const { clock, log, settings } = this.#host
    const seconds = settings.replBacklogTtl
    if (this.stream.replicas.size > 0 || this.stream.backlog === null || seconds === 0 || this.#isReplica) return
    if (clock.monotonicMs() - this.#aloneSinceMs <= seconds * 1000) return
    this.#history.renew()
    this.drop()
    log.notice(`Replication backlog freed after ${seconds} seconds without connected replicas.`)
  }
}
