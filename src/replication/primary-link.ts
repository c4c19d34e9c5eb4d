import { Correspondence, Region } from '../base/index.js'
import type { LinkState } from '../command/index.js'
import { FullResync } from './full-resync.js'
import { Handshake, shown, type HandshakeResult, type Position } from './handshake.js'
import type { History } from './history.js'
import type { Link, ReplicationHost } from './host.js'
import type { OutgoingStream } from './outgoing-stream.js'
import { PrimaryStream } from './primary-stream.js'
import { joined } from './replica.js'

/** A line of a handshake beyond this is none. */
const lineBytesMax = 1024
/** Places of the file's that are remembered at a time. */
const placesMax = 1024
const LF = 10

export interface Address {
  readonly host: string
  readonly port: number
}

export interface PrimaryLinkEvents {
  /** The dataset is about to be another one: those who follow this server cannot go on. */
  replacing(): void
  /** The history goes on under another id: those who follow are to hear of it. */
  renamed(): void
  /** The stream may be handed on from now on. */
  streaming(): void
  /** The link came up or went down. */
  changed(): void
  /** More of the stream was executed. */
  advanced(): void
  /** The other side answered the request to take over (FAILOVER): whether it did. */
  handedOver(accepted: boolean): void
}

/** The link of a replica to its primary: connects, shakes hands, resyncs, executes the stream, and comes back when cut. */
export class PrimaryLink {
  readonly address: Address
  /** Asks the other side to take over: set while a FAILOVER is under way. */
  isFailover = false
  /** Where the stream was when the link was cut, or where a file ended: what can be gone on from. */
  position: Position | null = null
  readonly #host: ReplicationHost
  readonly #history: History
  readonly #events: PrimaryLinkEvents
  readonly #port: () => number
  readonly #stream: PrimaryStream
  #state: LinkState = 'connect'
  #link: Link | null = null
  #handshake: Handshake | null = null
  #resync: FullResync | null = null
  /** The point of a history that the resync at hand brings. */
  #target: Position | null = null
  #line = ''
  /** What came behind an image that is still being loaded. */
  #held: Buffer[] = []
  #isHeld = false
  /** The connection was lost while the image was loaded from a file. */
  #wasLost = false
  /** Monotonic milliseconds: of the last bytes, and since when the link is down (null: it never was up). */
  #heardAtMs = 0
  #downSinceMs: number | null = null
  #shown: { seen(): void; leave(): void } | null = null
  /** The primary knows no offsets (SYNC): it is told none. */
  #isSilent = false
  /** Bytes fed to the append-only file, and offsets of the stream. */
  readonly #onDisk = new Correspondence(0, placesMax)

  constructor(
    host: ReplicationHost,
    history: History,
    outgoing: OutgoingStream,
    address: Address,
    options: { readonly events: PrimaryLinkEvents; port(): number },
  ) {
    this.#host = host
    this.#history = history
    this.address = address
    this.#events = options.events
    this.#port = () => options.port()
    this.#stream = new PrimaryStream(host, {
      applied: (region, start, end) => {
        outgoing.append(region, start, end)
        this.#events.advanced()
      },
      asked: () => this.acknowledge(),
      hold: (on) => this.#hold(on),
      resumed: () => (this.#heardAtMs = this.#nowMs), // whoever was not read could not be heard
      broken: () => this.#lost(false),
    })
  }

  get state(): LinkState {
    return this.#state
  }

  get isUp(): boolean {
    return this.#state === 'connected'
  }

  /** The image at hand, for INFO. */
  get resync(): FullResync | null {
    return this.#resync
  }

  /** Bytes of the stream that were executed, and received. */
  get applied(): number {
    return this.isUp ? this.#history.offset : (this.position?.offset ?? 0)
  }

  get received(): number {
    return this.applied + this.#stream.pendingBytes
  }

  /** Whole seconds since the primary was heard of, -1 while the link is down; since when that is, -1 if it never was up. */
  get silentSeconds(): number {
    return this.isUp ? this.#secondsSince(this.#heardAtMs) : -1
  }

  get downSeconds(): number {
    return this.#downSinceMs === null ? -1 : this.#secondsSince(this.#downSinceMs)
  }

  /** Seconds since a byte of the image came. */
  get transferSilentSeconds(): number {
    return this.#secondsSince(this.#heardAtMs)
  }

  connect(): void {
    const { log } = this.#host
    const { host, port } = this.address
    this.#line = ''
    this.#state = 'connecting'
    this.#heardAtMs = this.#nowMs
    const link = this.#host.connect(host, port, {
      connected: () => {
        if (this.#link === link) this.#begin()
      },
      received: (region, length) => {
        if (this.#link === link) this.#take(region, 0, length)
      },
      closed: (reason) => {
        if (this.#link === link) this.#closed(reason)
      },
    })
    this.#link = link
    log.notice('MASTER <-> REPLICA sync started')
  }

  /** Gives the link up for good. */
  end(): void {
    this.#keepPosition()
    this.#disconnect()
    this.#state = 'connect'
  }

  /** Cuts the link; it is sought again at once. */
  cut(): void {
    if (this.isUp) this.#lost(true)
    else this.#again()
  }

  /** Tells the primary how far this replica is. */
  acknowledge(): void {
    if (!this.isUp || this.#isSilent) return
    const words = ['REPLCONF', 'ACK', String(this.#history.offset)]
    const onDisk = this.#offsetOnDisk
    if (onDisk >= 0) words.push('FACK', String(onDisk))
    this.#send(words)
  }

  everySecond(): void {
    const { log, settings } = this.#host
    const isLate = this.#nowMs - this.#heardAtMs > settings.replTimeout * 1000
    if (isLate && (this.#state === 'connecting' || this.#state === 'handshake')) {
      log.warning('Timeout connecting to the MASTER...')
      this.#again()
    } else if (isLate && this.#state === 'sync' && this.#resync?.isLoading !== true) {
      log.warning(
        'Timeout receiving bulk data from MASTER... If the problem persists try to set the ' +
          "'repl-timeout' parameter in redis.conf to a larger value.",
      )
      this.#again()
    } else if (isLate && this.isUp && !this.#isHeld) {
      log.warning('MASTER timeout: no data nor PING received...')
      this.#lost(true)
    }
    if (this.#state === 'connect') {
      log.notice(`Connecting to MASTER ${joined(this.address.host, this.address.port)}`)
      this.connect()
    }
    if (this.#resync?.isLoading === true) this.#link?.write('\n') // it takes long, and goes on
    this.acknowledge()
  }

  // --- private

  get #nowMs(): number {
    return this.#host.clock.monotonicMs()
  }

  #secondsSince(ms: number): number {
    return Math.floor((this.#nowMs - ms) / 1000)
  }

  /** What of the stream is in our append-only file, as an offset; -1 without such a file. */
  get #offsetOnDisk(): number {
    const { feed, fedBytesOnDisk } = this.#host
    if (fedBytesOnDisk < 0) return -1
    // the file counts bytes of its own: places of both are noted whenever the primary is told, and looked up later
    const places = this.#onDisk
    places.note(feed.bytes, this.#history.offset)
    places.reach(fedBytesOnDisk)
    return places.value
  }

  #send(words: readonly string[]): void {
    const parts = words.map((word) => `$${Buffer.byteLength(word, 'latin1')}\r\n${word}\r\n`)
    this.#link?.write(Buffer.from(`*${words.length}\r\n${parts.join('')}`, 'latin1'))
  }

  #begin(): void {
    this.#state = 'handshake'
    this.#handshake = new Handshake({
      log: this.#host.log,
      settings: this.#host.settings,
      port: this.#port(),
      position: this.position,
      isFailover: this.isFailover,
      send: (words) => this.#send(words),
    })
    this.#handshake.begin()
  }

  #take(region: Region, start: number, end: number): void {
    this.#heardAtMs = this.#nowMs
    this.#host.statistics.replicationBytesIn += end - start
    this.#shown?.seen()
    const link = this.#link
    while (start < end && this.#link === link) {
      if (this.isUp) return this.#stream.push(region, start, end)
      if (this.#resync !== null && !this.#resync.wantsLine) {
        const next = this.#resync.push(region, start, end)
        if (next === start) break
        start = next
      } else start = this.#takeLine(region, start, end)
    }
    // behind the image, and before it is loaded
    if (start < end && this.#link === link) this.#held.push(Buffer.from(region.bytes.subarray(start, end)))
  }

  /** Takes bytes up to a line's end, and the line if that is there. */
  #takeLine({ bytes }: Region, start: number, end: number): number {
    const at = bytes.subarray(start, end).indexOf(LF)
    const stop = at < 0 ? end : start + at
    this.#line += bytes.latin1Slice(start, stop)
    if (this.#line.length > lineBytesMax) {
      this.#host.log.warning(`Bad protocol from MASTER: a line without an end, '${shown(this.#line)}'`)
      this.#fail()
      return end
    }
    if (at < 0) return end
    const line = this.#line.replace(/\r$/, '')
    this.#line = ''
    if (this.#resync !== null) this.#resync.takeLine(line)
    else this.#shaken(this.#handshake!.take(line))
    return stop + 1
  }

  #shaken(result: HandshakeResult): void {
    if (result.kind === 'waiting') return
    if (this.isFailover) {
      this.isFailover = false
      const isAccepted = result.kind !== 'failed'
      this.#events.handedOver(isAccepted)
      if (!isAccepted) return
    }
    this.#handshake = null
    if (result.kind === 'failed') this.#fail()
    else if (result.kind === 'partial') this.#goOn(result.id)
    else this.#beginResync(result.position)
  }

  /** The primary goes on from where this replica was. */
  #goOn(id: string | null): void {
    const history = this.#history
    const position = this.position!
    if (id !== null && id !== position.id) {
      this.#host.log.warning(`Master replication ID changed to ${id}`)
      history.id = position.id
      history.continueAs(id)
      this.#events.renamed()
    }
    this.#connected(this.#host.replay.database)
    this.#host.log.notice('MASTER <-> REPLICA sync: Master accepted a Partial Resynchronization.')
  }

  #beginResync(position: Position | null): void {
    this.#state = 'sync'
    this.#target = position
    const isSameHistory = position !== null && position.id === this.#history.id
    this.#resync = new FullResync(this.#host, isSameHistory, {
      replacing: () => {
        if (this.position !== null) this.#host.log.notice('Discarding previously cached master state.')
        this.position = null
        this.#events.replacing()
      },
      loaded: (database, hasMark) => this.#loaded(database, hasMark),
      failed: () => {
        this.#resync = null
        this.#again()
      },
      hold: (on) => this.#hold(on),
    })
  }

  #loaded(database: number, hasMark: boolean): void {
    const { log, dataset } = this.#host
    this.#resync = null
    // without an offset nobody can go on from here, and no acknowledgement makes sense
    this.#isSilent = this.#target === null
    this.#onDisk.clear(0)
    this.#history.adopt(this.#target?.id ?? this.#history.id, this.#target?.offset ?? 0)
    if (this.#target === null) this.#history.renew()
    this.#connected(database)
    log.notice('MASTER <-> REPLICA sync: Finished with success')
    if (hasMark) this.acknowledge() // which the primary waits for
    dataset.replaced()
    if (this.#wasLost) return this.#lost(true)
    this.#hold(false)
    const held = this.#held.splice(0)
    const link = this.#link
    for (const bytes of held) {
      if (this.#link !== link) return
      this.#stream.push(Region.copyOf(bytes), 0, bytes.length)
    }
  }

  #connected(database: number): void {
    const { host, port } = this.address
    this.#state = 'connected'
    this.#downSinceMs = null
    this.#heardAtMs = this.#nowMs
    this.position = null
    this.#host.replay.reset(database)
    this.#shown = this.#host.enterPrimary(joined(host, port), () => this.cut())
    this.#events.streaming()
    this.#events.changed()
  }

  #hold(on: boolean): void {
    if (on === this.#isHeld) return
    this.#isHeld = on
    if (on) this.#link?.pause()
    else this.#link?.resume()
  }

  #closed(reason: string | null): void {
    const { log } = this.#host
    switch (this.#state) {
      case 'connected':
        return this.#lost(true)
      case 'sync':
        // what has come whole is loaded all the same: then it can be gone on from
        if (this.#resync!.hasAll) this.#wasLost = true
        else this.#resync!.lost(reason ?? 'connection lost')
        return
      case 'handshake':
        log.warning(`Failed to read response from the server: ${reason ?? 'connection lost'}`)
        log.warning('Master did not respond to command during SYNC handshake')
        return this.#fail()
      default:
        log.warning(`Error condition on socket for SYNC: ${reason ?? 'connection lost'}`)
        return this.#fail()
    }
  }

  /** The handshake did not succeed: the next second tries again. */
  #fail(): void {
    this.#disconnect()
    this.#state = 'connect'
  }

  /** A resync was broken off: tries again at once. */
  #again(): void {
    this.#disconnect()
    this.#state = 'connect'
    this.#host.log.notice(`Reconnecting to MASTER ${joined(this.address.host, this.address.port)} after failure`)
    this.connect()
  }

  /** The link that was up is cut: seeks it again at once, to go on from here if that is possible. */
  #lost(canContinue: boolean): void {
    const { log } = this.#host
    log.notice('Connection with master lost.')
    if (canContinue) {
      log.notice('Caching the disconnected master state.')
      this.#keepPosition()
    }
    this.#disconnect()
    this.#state = 'connect'
    this.#downSinceMs = this.#nowMs
    this.#events.changed()
    log.notice(`Reconnecting to MASTER ${joined(this.address.host, this.address.port)}`)
    this.connect()
  }

  /** Remembers where the stream is: what was received and not executed is asked for again. */
  #keepPosition(): void {
    if (!this.isUp || this.#isSilent) return
    const { id, offset } = this.#history
    this.position = { id, offset }
  }

  #disconnect(): void {
    const link = this.#link
    this.#link = null
    link?.destroy()
    this.#handshake = null
    this.#resync?.abandon()
    this.#resync = null
    this.#held = []
    this.#isHeld = this.#wasLost = false
    this.#stream.reset()
    this.#host.replay.reset(this.#host.replay.database)
    this.#shown?.leave()
    this.#shown = null
  }
}
