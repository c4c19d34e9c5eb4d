import type { ReplyError } from '../base/index.js'
import { secretBytes, type Clock, type Log } from '../base/index.js'
import type { Client, PauseOptions, Services, Settling, ShutdownOptions } from '../command/index.js'
import { describeClientAt } from '../commands/index.js'
import type { Dispatcher, Tracker } from '../dispatch/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { InfoSections, Statistics } from '../observe/index.js'
import type { Message, PubSub } from '../pubsub/index.js'
import type { Replication } from '../replication/index.js'
import type { Reply, ReplyFormat, RequestParser } from '../resp/index.js'
import type { ConnectionHost, OutputLimits } from './connection-host.js'
import { Connection } from './connection.js'
import type { Durability } from './durability.js'
import type { LocalClient } from './local-client.js'
import { LocalClients } from './local-clients.js'
import type { LocalSession } from './local-session.js'
import type { Origins } from './origins.js'
import type { Output } from './output.js'
import { Reception } from './reception.js'
import { replicaLimit } from './replication.js'
import { Rooms, type RoomsHost } from './rooms.js'
import type { ServerOptions } from './server-options.js'
import { Shutdown, ShutdownRefused, onSignal, type ShutdownSignal } from './shutdown.js'
import { truedisVersion } from './version.js'

/** Clients that have not read their replies this long after the server began to close are cut off. */
const closeMs = 3000

/** A server: it opens the rooms to clients, and closes them. */
export class Server implements ConnectionHost, RoomsHost {
  readonly clock: Clock
  readonly keyspace: Keyspace
  readonly statistics: Statistics
  readonly dispatcher: Dispatcher
  readonly settling: Settling
  readonly parser: RequestParser
  readonly aheadParser: RequestParser
  readonly output: Output
  readonly log: Log
  readonly services: Services
  readonly origins: Origins
  readonly sections: InfoSections
  readonly pubsub: PubSub
  readonly tracker: Tracker
  readonly replication: Replication
  readonly durability: Durability
  readonly version = truedisVersion
  readonly runId = secretBytes(20).toString('hex')
  readonly startedUnixMs: number
  readonly executable = process.argv[1] ?? ''
  readonly #options: ServerOptions
  readonly #rooms: Rooms
  readonly #reception: Reception
  readonly #local: LocalClients
  readonly #shutdown: Shutdown
  #closed: Promise<void> | null = null
  #isReplica = false
  /** What was on disk is in place. */
  #hasLoaded = false

  constructor(options: ServerOptions) {
    this.#options = options
    const rooms = new Rooms(options, this)
    this.#rooms = rooms
    this.clock = rooms.clock
    this.startedUnixMs = this.clock.unixMs()
    this.log = rooms.log
    this.keyspace = rooms.keyspace
    this.statistics = rooms.statistics
    this.dispatcher = rooms.dispatcher
    this.settling = rooms.origins.resolver
    this.parser = rooms.parser
    this.aheadParser = rooms.aheadParser
    this.output = rooms.output
    this.services = rooms.services
    this.origins = rooms.origins
    this.sections = rooms.sections
    this.pubsub = rooms.pubsub
    this.tracker = rooms.tracker
    this.replication = rooms.outside.replication
    this.durability = rooms.outside.durability
    this.#local = new LocalClients(this, rooms.clients, this.pubsub)
    this.#reception = new Reception(rooms, this)
    const { laggards } = this.replication.primary
    this.#shutdown = new Shutdown({
      clock: this.clock,
      log: this.log,
      timeoutMs: () => options.config.values.shutdownTimeout * 1000,
      laggards,
      holdWrites: () => this.holdWrites(),
      files: this.durability,
      close: () => void this.close(),
    })
    laggards.changed = () => this.#shutdown.consider()
  }

  /**
   * Begins to serve, and loads what is on disk; clients that come meanwhile are told so.
   *
   * @throws {Error} an address that cannot be listened on
   * @throws {LoadError} files that cannot be loaded
   */
  async start(anyPort = false, hasAddresses = (): void => {}): Promise<void> {
    await this.durability.lock()
    try {
      await this.#reception.open(anyPort)
      this.statistics.startMemory = this.usedMemory()
      this.#rooms.periodic.start()
      hasAddresses()
      await this.durability.load()
      this.#hasLoaded = true
      this.#makeWrites()
    } catch (problem) {
      this.#stop()
      await this.close() // the directory is free for the next one
      throw problem
    }
    this.replication.connect()
  }

  /** A primary with its dataset in place makes what waits to be written to origins; nobody else does. */
  #makeWrites(): void {
    if (!this.#hasLoaded) return
    if (this.#isReplica) this.origins.stopWrites()
    else this.origins.startWrites()
  }

  /** The TCP port, 0 without one. */
  get port(): number {
    return this.#reception.port
  }

  get configFile(): string {
    return this.#options.config.configFile ?? ''
  }

  /** See LocalClients. */
  call(args: readonly (string | Buffer)[], format: ReplyFormat = {}): Promise<Reply> {
    return this.#local.call(args, format)
  }

  connect(): LocalSession {
    return this.#local.connect()
  }

  subscribe(kind: 'channel' | 'pattern', name: string, tell: (message: Message) => void): () => void {
    return this.#local.subscribe(kind, name, tell)
  }

  /**
   * Ends as SHUTDOWN does, or, without a signal, whatever cannot be saved.
   *
   * @throws {ShutdownRefused} it goes on
   */
  async end(signal?: ShutdownSignal): Promise<void> {
    const { shutdownOnSigterm, shutdownOnSigint } = this.#options.config.values
    if (this.#closed !== null) return this.#closed
    if (signal === undefined) {
      await this.durability.drain()
      if (this.#closed === null) this.durability.saveAtEnd({ save: 'default', force: true })
      return this.close()
    }
    const options = onSignal(signal === 'SIGTERM' ? shutdownOnSigterm : shutdownOnSigint)
    const refusal = await new Promise<ReplyError | null>((resolve) => this.#shutdown.begin(options, resolve))
    if (refusal !== null) throw new ShutdownRefused(refusal.message)
    await this.close()
  }

  /** What INFO and CLIENT LIST tell now, for a report. */
  describe(): { readonly info: string; readonly clients: string } {
    const nowMs = this.clock.unixMs()
    const clients = [...this.#rooms.clients.all()].map((client) => describeClientAt(client, nowMs))
    return { info: this.info(['everything']), clients: clients.join('\n') }
  }

  /** Accepts nobody any more, answers what was read, closes. Can be called again. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  // --- ConnectionHost

  queryBytesMax(): number {
    return this.#options.config.values.clientQueryBufferLimit
  }

  outputLimit(client: Client): OutputLimits {
    const { normal, pubsub, replica } = this.#options.config.values.clientOutputBufferLimit
    if (client.replica?.isAttached === true) return replicaLimit(replica, this.#options.config.values.replBacklogSize)
    return client.isSubscribed ? pubsub : normal
  }

  resized(client: Client): void {
    this.#rooms.memory.resized(client)
  }

  evictClients(): void {
    this.#rooms.memory.evictClients()
  }

  closed(client: Client): void {
    this.#rooms.memory.forget(client)
    this.#rooms.clients.remove(client)
  }

  gone(client: Client): void {
    this.closed(client)
    this.#rooms.monitors.remove(client)
    this.pubsub.leave(client)
    this.tracker.disable(client)
    this.dispatcher.forget(client)
    this.replication.forget(client)
    this.output.drop(client as Connection | LocalClient)
  }

  // --- RoomsHost

  tookRole(isReplica: boolean): void {
    this.#options.tookRole?.(isReplica)
    this.#isReplica = isReplica
    this.#makeWrites()
  }

  reloaded(): void {
    this.#makeWrites()
  }

  fatal(): void {
    const { onFatal } = this.#options
    if (onFatal === undefined) this.#stop()
    else onFatal()
  }

  // --- ServerControl

  shutdown(options: ShutdownOptions, done: (refusal: ReplyError | null) => void): void {
    this.#shutdown.begin(options, done)
  }

  abortShutdown(): boolean {
    return this.#shutdown.abort()
  }

  get shutdownInMs(): number | null {
    return this.#shutdown.remainingMs
  }

  crash(): void {
    const { onCrash } = this.#options
    if (onCrash === undefined) this.#stop()
    else onCrash()
  }

  pause(options: PauseOptions): void {
    this.dispatcher.pauses.pause(options)
  }

  unpause(): void {
    this.dispatcher.pauses.unpause()
  }

  holdWrites(): () => void {
    return this.dispatcher.pauses.holdWrites()
  }

  setActiveExpiry(on: boolean): void {
    this.#rooms.periodic.activeExpiry = on
  }

  pausePeriodicJobs(paused: boolean): void {
    this.#rooms.periodic.isPaused = paused
  }

  resetStatistics(): void {
    this.statistics.reset()
    this.keyspace.stats.reset()
    this.#rooms.memory.resetStatistics()
    this.origins.engine.resetStatistics()
  }

  info(sections: readonly string[]): string {
    return this.sections.render(sections)
  }

  waitingForOrigins(): number {
    let count = 0
    for (const client of this.#rooms.clients.all()) if (client.waiting && this.dispatcher.isSettling(client)) count++
    return count
  }

  usedMemory(): number {
    return this.#rooms.memory.usedBytes()
  }

  purgeMemory(): void {
    this.#rooms.memory.purge()
  }

  // --- private

  /** Ends at once: nobody is answered any more. */
  #stop(): void {
    for (const client of [...this.#rooms.clients.all()]) client.close(false)
    this.#local.abandon()
    void this.close()
  }

  async #close(): Promise<void> {
    this.replication.stop()
    const closed = this.#reception.close()
    for (const client of [...this.#rooms.clients.all()]) if (client instanceof Connection) client.end()
    this.output.flush()
    const late = this.clock.schedule(closeMs, () => {
      for (const client of [...this.#rooms.clients.all()]) client.close(false)
    })
    await closed
    late.cancel()
    this.#rooms.periodic.stop()
    await this.durability.close()
    this.#rooms.outside.removeScratch()
    await this.origins.close()
    this.#local.abandon()
    this.#options.onClosed?.()
  }
}
