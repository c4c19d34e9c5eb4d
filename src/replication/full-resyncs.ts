import { join } from 'node:path'
import { rdbVersion, replicaRdbVersion } from './images.js'
import type { History } from './history.js'
import type { ReplicationHost } from './host.js'
import { unlink } from 'node:fs/promises'
import type { OutgoingStream } from './outgoing-stream.js'
import type { Replica } from './replica.js'
import { FileTransfer, SocketTransfer, sendFile, type Transfer, type TransferEvents } from './transfers.js'

/** What full resyncs ask of the primary they are part of. */
export interface FullResyncEvents {
  /** The replica has the image: the stream may follow. */
  online(replica: Replica): void
  /** It cannot be served, or got what it wanted: its connection ends. */
  close(replica: Replica): void
}

/**
 * Gives whole datasets to replicas: one image at a time, for all that wait when it begins.
 *
 * The image is that of one moment between two calls. The offset of that moment is what +FULLRESYNC says, and all that is
 * appended to the stream from then on is kept for those replicas, and begins with SELECT.
 */
export class FullResyncs implements TransferEvents {
  readonly #host: ReplicationHost
  readonly #history: History
  readonly #stream: OutgoingStream
  readonly #events: FullResyncEvents
  #transfer: Transfer | null = null
  /** Offset of the image being made. */
  #offset = 0
  /** The file in our directory was made for replicas only. */
  #ownsFile = false

  constructor(host: ReplicationHost, history: History, stream: OutgoingStream, events: FullResyncEvents) {
    this.#host = host
    this.#history = history
    this.#stream = stream
    this.#events = events
  }

  /** Where the image at hand goes; null for none. */
  get target(): Transfer['target'] | null {
    return this.#transfer?.target ?? null
  }

  /** A replica asks for the dataset. */
  request(replica: Replica): void {
    const { log, settings } = this.#host
    const transfer = this.#transfer
    if (transfer instanceof FileTransfer) return this.#join(transfer, replica)
    if (transfer !== null) {
      log.notice('Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC')
    } else if (settings.replDisklessSync && replica.settings.canMark === true && settings.replDisklessSyncDelay > 0) {
      log.notice('Delay next BGSAVE for diskless SYNC')
    } else if (this.#host.images.isBusy) {
      log.notice('No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed')
    } else this.#start()
  }

  remove(replica: Replica): void {
    const transfer = this.#transfer
    if (transfer === null || !transfer.replicas.has(replica)) return
    transfer.remove(replica)
    if (transfer.replicas.size > 0) return
    const { log, settings } = this.#host
    if (transfer.target === 'replicas') log.warning('Diskless rdb transfer, last replica dropped, killing fork child.')
    // the file is finished even for nobody where snapshots are wanted: it is one
    else if (settings.save.length > 0) return
    else log.notice('BGSAVE for SYNC given up: the last replica that waited for it is gone')
    this.#transfer = null
    transfer.cancel()
  }

  /** Looks whether those who wait have waited long enough, and who takes nothing. */
  everySecond(): void {
    if (this.#transfer === null && !this.#host.images.isBusy && this.#haveWaited()) this.#start()
    this.#dropStalled()
    this.#removeFile()
  }

  finished(transfer: Transfer): void {
    if (this.#transfer !== transfer) return
    this.#transfer = null
    if (transfer.target === 'replicas') {
      this.#host.log.notice(
        `Diskless rdb transfer, done reading from pipe, ${transfer.replicas.size} replicas still up.`,
      )
    } else this.#host.log.notice('Background saving terminated with success')
    for (const replica of [...transfer.replicas]) {
      if (transfer.target === 'disk') this.#sendFile(replica)
      else this.#streamed(replica)
    }
    if (!this.#host.images.isBusy && this.#haveWaited()) this.#start()
  }

  failed(transfer: Transfer, reason: string): void {
    if (this.#transfer !== transfer) return
    this.#transfer = null
    this.#host.log.warning(`BGSAVE for replication failed: ${reason}`)
    for (const replica of [...transfer.replicas]) {
      this.#host.log.warning('SYNC failed. BGSAVE child returned an error')
      this.#events.close(replica)
    }
  }

  // --- private

  /** An image for a file serves those who come while it is written, with what has changed since it began. */
  #join(transfer: FileTransfer, replica: Replica): void {
    const { log } = this.#host
    const [other] = [...transfer.replicas].filter((one) => one.state === 'saving' && needs(one) === needs(replica))
    // the stream since then must be kept for somebody
    if (other === undefined || (other.sent < 0 && replica.settings.imageOnly !== true)) {
      log.notice("Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC")
      return
    }
    transfer.add(replica)
    this.#prepare(replica)
    log.notice('Waiting for end of BGSAVE for SYNC')
  }

  #waiting(): Replica[] {
    const waiting = [...this.#stream.replicas].filter(({ state }) => state === 'waiting')
    // an image serves those who want the same of it as the first
    return waiting.filter((replica) => needs(replica) === needs(waiting[0]))
  }

  #haveWaited(): boolean {
    const { settings, clock } = this.#host
    const waiting = this.#waiting()
    if (waiting.length === 0) return false
    if (!settings.replDisklessSync) return true
    const most = settings.replDisklessSyncMaxReplicas
    if (most > 0 && waiting.length >= most) return true
    const firstMs = Math.min(...waiting.map(({ askedAtMs }) => askedAtMs))
    return clock.monotonicMs() - firstMs >= settings.replDisklessSyncDelay * 1000
  }

  #start(): void {
    const { log, settings, images, clock, hasDirectory, processId } = this.#host
    const replicas = this.#waiting()
    const { withoutKeys = false, withoutFunctions = false } = replicas[0].settings
    const toReplicas =
      (settings.replDisklessSync || !hasDirectory || withoutKeys || withoutFunctions) &&
      replicas.every((replica) => replica.settings.canMark === true)
    log.notice(`Starting BGSAVE for SYNC with target: ${toReplicas ? 'replicas sockets' : 'disk'}`)
    const transfer = toReplicas
      ? new SocketTransfer(replicas, this, () => clock.monotonicMs())
      : new FileTransfer(replicas, this, this.#path, `temp-sync-${clock.unixMs()}.${processId}.rdb`)
    const { id, offset } = this.#history
    const wish = {
      versionMax: Math.min(...replicas.map(replicaRdbVersion), rdbVersion),
      withoutKeys,
      withoutFunctions,
      // a stream that is handed on does not begin with SELECT
      history: { id, offset, database: this.#host.replay.database },
    }
    this.#transfer = transfer
    this.#offset = offset
    try {
      transfer.run = images.start(wish, transfer)
    } catch (error) {
      this.#refuse(replicas, (error as Error).message)
      return
    }
    log.notice(`Background ${toReplicas ? 'RDB transfer' : 'saving'} started by pid ${processId}`)
    this.#host.feed.reselect()
    for (const replica of replicas) this.#prepare(replica)
    if (transfer instanceof SocketTransfer) transfer.begin()
    else this.#ownsFile = this.#deletesFiles
  }

  #refuse(replicas: readonly Replica[], reason: string): void {
    this.#transfer = null
    this.#host.log.warning(`BGSAVE for replication failed: ${reason}`)
    for (const replica of replicas) {
      replica.say("-ERR BGSAVE failed, replication can't continue\r\n")
      this.#events.close(replica)
    }
  }

  /** An image begins that is for this replica. */
  #prepare(replica: Replica): void {
    replica.state = 'saving'
    if (replica.settings.imageOnly !== true) replica.follow(this.#stream.open(), this.#offset)
    if (!replica.isSilent) replica.say(`+FULLRESYNC ${this.#history.id} ${this.#offset}\r\n`)
  }

  /** The image was sent to its end. */
  #streamed(replica: Replica): void {
    this.#host.log.notice(
      `Streamed RDB transfer with replica ${replica.name} succeeded (socket). ` +
        'Waiting for REPLCONF ACK from slave to enable streaming',
    )
    // the end of an image is easier to find when nothing follows it
    replica.startsWhenHeard = true
    this.#events.online(replica)
  }

  #sendFile(replica: Replica): void {
    replica.state = 'sending'
    sendFile(this.#path, replica).then(
      () => {
        if (replica.isAttached) this.#events.online(replica)
      },
      (error: unknown) => {
        this.#host.log.warning(`Read error sending DB to replica: ${(error as Error).message}`)
        this.#events.close(replica)
      },
    )
  }

  #dropStalled(): void {
    const { clock, settings, log } = this.#host
    for (const replica of [...(this.#transfer?.replicas ?? [])]) {
      const { stalledAtMs } = replica
      if (stalledAtMs === null || clock.monotonicMs() - stalledAtMs <= settings.replTimeout * 1000) continue
      log.warning(`Disconnecting timedout replica (full sync): ${replica.name}`)
      this.#events.close(replica)
    }
  }

  /** Takes away the file that was made for replicas, where nobody wants snapshots on this disk. */
  #removeFile(): void {
    if (!this.#ownsFile || this.#host.keepsFiles || this.#transfer !== null) return
    if (!this.#deletesFiles) {
      this.#ownsFile = false
      return
    }
    const isNeeded = [...this.#stream.replicas].some(({ state }) => state !== 'online' && state !== 'done')
    if (isNeeded) return
    this.#ownsFile = false
    this.#host.log.notice('Removing the RDB file used to feed replicas in a persistence-less instance')
    unlink(this.#path).catch(() => undefined) // somebody else may have
  }

  get #deletesFiles(): boolean {
    return this.#host.settings.rdbDelSyncFiles || !this.#host.hasDirectory
  }

  get #path(): string {
    return join(this.#host.directory, this.#host.settings.dbfilename)
  }
}

/** What a replica wants of an image, to be compared. */
const needs = ({ settings }: Replica): number =>
  (settings.withoutKeys === true ? 1 : 0) + (settings.withoutFunctions === true ? 2 : 0)
