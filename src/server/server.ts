import type net from 'node:net'
import type { ReplyError } from '../base/index.js'
import { secretBytes, systemClock, systemRandom, type Clock, type Log, type Random } from '../base/index.js'
import {
  Gate,
  type Client,
  type Command,
  type PauseOptions,
  type ShutdownOptions,
  type ServerControl,
  type Services,
  type Settling,
} from '../command/index.js'
import { describeClientAt, standardInfoSections } from '../commands/index.js'
import { CommandTable, Dispatcher, Propagation, Tracker, TransactionQueue } from '../dispatch/index.js'
import { Keyspace } from '../keyspace/index.js'
import { InfoSections, LatencyMonitor, SlowLog, Statistics } from '../observe/index.js'
import { systemFiles, type Files } from '../persistence/index.js'
import { Notifications, PubSub, type Message } from '../pubsub/index.js'
import { Migration, type Replication } from '../replication/index.js'
import { RequestParser, type Reply, type ReplyFormat } from '../resp/index.js'
import { ClientRegistry } from './clients.js'
import { BadValue, type Config } from './config/index.js'
import type { ConnectionHost, OutputLimits } from './connection-host.js'
import { Connection } from './connection.js'
import { Listener } from './listener.js'
import { followLimits } from './follow-limits.js'
import type { LocalClient } from './local-client.js'
import { LocalClients } from './local-clients.js'
import type { LocalSession } from './local-session.js'
import { MemoryKeeper } from './memory-keeper.js'
import { MonitorList } from './monitors.js'
import { refusalOf } from './front-door.js'
import { joinOutside, type Outside } from './outside.js'
import { connectOutward } from './outward.js'
import { Origins } from './origins.js'
import { Output } from './output.js'
import type { Durability } from './durability.js'
import { Periodic } from './periodic.js'
import { persistenceServices } from './persistence.js'
import { replicaLimit } from './replication.js'
import { Shutdown, ShutdownRefused, onSignal, type ShutdownSignal } from './shutdown.js'
import { truedisVersion } from './version.js'

export interface ServerOptions {
  readonly config: Config
  readonly log: Log
  readonly commands: readonly Command[]
  readonly clock?: Clock
  readonly random?: Random
  /** Called when the server has closed, whoever asked for it. */
  readonly onClosed?: () => void
  /** The files that it keeps; null for none. Default: the machine's. */
  readonly files?: Files | null
  /** Called when it becomes a replica, or a primary. */
  readonly tookRole?: (isReplica: boolean) => void
  /** Called when the server cannot keep what it promised, as when a write of `appendfsync always` fails. Default: it stops. */
  readonly onFatal?: () => void
  /** Ends what is around as a fault would, for DEBUG SEGFAULT. Default: it stops. */
  readonly onCrash?: () => void
}

/** Clients that have not read their replies this long after the server began to close are cut off. */
const closeMs = 3000

/** A server: the one place where the rooms are joined. */
export class Server implements ConnectionHost, ServerControl {
  readonly clock: Clock
  readonly keyspace: Keyspace
  readonly statistics = new Statistics()
  readonly dispatcher: Dispatcher
  readonly settling: Settling
  readonly parser: RequestParser
  readonly aheadParser: RequestParser
  readonly output = new Output()
  readonly log: Log
  readonly services: Services
  readonly origins: Origins
  readonly sections = new InfoSections()
  readonly pubsub = new PubSub()
  readonly tracker: Tracker
  readonly replication: Replication
  readonly durability: Durability
  readonly version = truedisVersion
  readonly runId = secretBytes(20).toString('hex')
  readonly startedUnixMs: number
  readonly executable = process.argv[1] ?? ''
  readonly #config: Config
  readonly #clients = new ClientRegistry()
  readonly #listener: Listener
  readonly #local: LocalClients
  readonly #periodic: Periodic
  readonly #monitors: MonitorList
  readonly #memory: MemoryKeeper
  readonly #outside: Outside
  readonly #migration: Migration
  readonly #shutdown: Shutdown
  readonly #onClosed: () => void
  readonly #onFatal: () => void
  readonly #onCrash: () => void
  #closed: Promise<void> | null = null
  #isReplica = false
  /** What was on disk is in place. */
  #hasLoaded = false

  constructor(options: ServerOptions) {
    const { config, log } = options
    const { values } = config
    const random = options.random ?? systemRandom()
    this.clock = options.clock ?? systemClock
    this.log = log
    this.#config = config
    this.#onClosed = options.onClosed ?? (() => {})
    this.#onFatal = options.onFatal ?? (() => this.#stop())
    this.#onCrash = options.onCrash ?? (() => this.#stop())
    this.startedUnixMs = this.clock.unixMs()
    this.keyspace = new Keyspace({
      clock: this.clock,
      random,
      databases: values.databases,
    })
    const limits = { bulkBytesMax: values.protoMaxBulkLen }
    this.parser = new RequestParser(limits)
    this.aheadParser = new RequestParser(limits)
    const commands = new CommandTable(options.commands)
    this.origins = new Origins({
      keyspace: this.keyspace,
      clock: this.clock,
      random,
      log,
      config,
      mayStore: () => !this.dispatcher.refusesWrites,
      replication: () => this.replication,
    })
    this.settling = this.origins.resolver
    this.tracker = new Tracker({
      keyspace: this.keyspace,
      clients: this.#clients,
      settling: this.settling,
      clock: this.clock,
      wake: () => this.output.schedule(),
    })
    this.output.beforeSending = () => this.tracker.broadcast()
    const transactions = new TransactionQueue(this.keyspace, (call, command, args) =>
      this.dispatcher.executeQueued(call, command, args),
    )
    const propagation = new Propagation(this.keyspace)
    this.#memory = new MemoryKeeper({
      clock: this.clock,
      config,
      keyspace: this.keyspace,
      output: this.output,
      clients: this.#clients,
      statistics: this.statistics,
      log,
      isPaused: () => this.dispatcher.pauses.active,
      streamBytes: () => this.replication.streamBytes,
      slice: () => this.#periodic.slice(),
      evictionTook: (ms) => this.services.latency.note('eviction-cycle', ms),
    })
    this.#monitors = new MonitorList(this.clock, (some) => (this.dispatcher.monitored = some))
    this.#local = new LocalClients(this, this.#clients, this.pubsub)
    this.#migration = new Migration({ clock: this.clock, connect: connectOutward })
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a getter has a `this` of its own
    const server: Server = this
    this.services = {
      keyspace: this.keyspace,
      eviction: this.#memory.eviction,
      compaction: this.#memory.compaction,
      clock: this.clock,
      random,
      commands,
      config,
      clients: this.#clients,
      get waiting() {
        return server.dispatcher.blocked
      },
      server: this,
      monitors: this.#monitors,
      transactions,
      pubsub: this.pubsub,
      tracking: this.tracker,
      slowLog: new SlowLog(),
      latency: new LatencyMonitor(this.clock),
      statistics: this.statistics,
      origin: this.origins.service,
      feed: propagation,
      ...persistenceServices(this.keyspace, config, log),
      get replication() {
        return server.replication
      },
      migration: this.#migration,
      get durability() {
        return server.durability
      },
      execute: (call, args) => this.dispatcher.executeWithin(call, args),
    }
    this.sections.add(...standardInfoSections(this.services), this.origins.engine)
    this.dispatcher = new Dispatcher(
      this.services,
      { commands, settling: this.settling, tracker: this.tracker, transactions, propagation },
      {
        monitor: (call) => this.#monitors.show(call),
        bug: (error, command) => log.warning(`Bug in ${command.name}: ${(error as Error)?.stack ?? String(error)}`),
        isMemoryFull: () => !this.#leavesMemoryToPrimary && this.#memory.isFull(),
        diskError: () => this.#outside.diskError,
      },
    )
    const { eviction, compaction } = this.#memory
    const { clock, keyspace } = this
    const outside = joinOutside({
      clock,
      log,
      config,
      keyspace,
      dispatcher: this.dispatcher,
      statistics: this.statistics,
      clients: this.#clients,
      latency: this.services.latency,
      output: this.output,
      files: options.files === undefined ? systemFiles : options.files,
      port: () => this.port,
      usedMemory: () => this.usedMemory(),
      follows: (primary, isUp) => this.origins.follows(primary, isUp),
      tookRole: (isReplica) => {
        options.tookRole?.(isReplica)
        this.#isReplica = isReplica
        this.#makeWrites()
      },
      reloaded: () => this.#makeWrites(),
      fatal: () => this.#onFatal(),
    })
    this.replication = outside.replication
    this.durability = outside.durability
    this.#outside = outside
    this.sections.add(...outside.sections)
    this.#shutdown = new Shutdown({
      clock,
      log,
      timeoutMs: () => values.shutdownTimeout * 1000,
      laggards: this.replication.primary.laggards,
      holdWrites: () => this.holdWrites(),
      files: this.durability,
      close: () => void this.close(),
    })
    this.replication.primary.laggards.changed = () => this.#shutdown.consider()
    this.#periodic = new Periodic(
      { clock, keyspace, eviction, compaction },
      {
        perSecond: () => values.hz,
        // what is to go from a replica its primary says
        mayDelete: () => !this.dispatcher.pauses.active && !this.replication.isReplica && !this.durability.isLoading,
        sweepsLocally: () => !this.dispatcher.pauses.active && this.replication.isReplica && !this.durability.isLoading,
        compactionLimits: () => (outside.isLoadingAside ? null : this.#memory.compactionLimits()),
        everyTick: () => this.#everyTick(),
        everySecond: () => this.#everySecond(),
        took: (event, ms) => this.services.latency.note(event, ms),
      },
    )
    this.#listener = new Listener(
      (socket, path) => this.#accept(socket, path),
      (problem) => this.log.warning(`a connection could not be accepted: ${problem.message}`),
    )
    const notifications = new Notifications(this.pubsub, keyspace)
    const { dispatcher, services, statistics, tracker } = this
    const slowRequests = this.origins.resolver.slow.log
    followLimits({
      config,
      keyspace,
      requests: limits,
      dispatcher,
      services,
      slowRequests,
      statistics,
      tracker,
      notifications,
    })
    this.#followConfig()
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
      await this.#listen(anyPort)
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
    if (this.#hasLoaded && !this.#isReplica) this.origins.startWrites()
    else this.origins.stopWrites()
  }

  async #listen(anyPort: boolean): Promise<void> {
    const { port, bind, unixsocket, unixsocketperm, tcpBacklog } = this.#config.values
    if (anyPort || port !== 0) {
      await this.#listener.listen({ addresses: bind, port: anyPort ? 0 : port, backlog: tcpBacklog })
    }
    if (unixsocket) {
      await this.#listener.listenUnix(unixsocket, unixsocketperm, tcpBacklog).catch(async (problem: unknown) => {
        await this.#listener.close() // it serves on all it was told to, or not at all
        throw problem
      })
    }
    this.statistics.startMemory = this.usedMemory()
    this.#periodic.start()
  }

  /** The TCP port, 0 without one. */
  get port(): number {
    return this.#listener.port
  }

  get configFile(): string {
    return this.#config.configFile ?? ''
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
    const { shutdownOnSigterm, shutdownOnSigint } = this.#config.values
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
    const clients = [...this.#clients.all()].map((client) => describeClientAt(client, nowMs))
    return { info: this.info(['everything']), clients: clients.join('\n') }
  }

  /** Accepts nobody any more, answers what was read, closes. Can be called again. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  // --- ConnectionHost

  queryBytesMax(): number {
    return this.#config.values.clientQueryBufferLimit
  }

  outputLimit(client: Client): OutputLimits {
    const { normal, pubsub, replica } = this.#config.values.clientOutputBufferLimit
    if (client.replica?.isAttached === true) return replicaLimit(replica, this.#config.values.replBacklogSize)
    return client.isSubscribed ? pubsub : normal
  }

  resized(client: Client): void {
    this.#memory.resized(client)
  }

  evictClients(): void {
    this.#memory.evictClients()
  }

  closed(client: Client): void {
    this.#memory.forget(client)
    this.#clients.remove(client)
  }

  gone(client: Client): void {
    this.closed(client)
    this.#monitors.remove(client)
    this.pubsub.leave(client)
    this.tracker.disable(client)
    this.dispatcher.forget(client)
    this.replication.forget(client)
    this.output.drop(client as Connection | LocalClient)
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
    this.#onCrash()
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
    this.#periodic.activeExpiry = on
  }

  pausePeriodicJobs(paused: boolean): void {
    this.#periodic.isPaused = paused
  }

  resetStatistics(): void {
    this.statistics.reset()
    this.keyspace.stats.reset()
    this.#memory.resetStatistics()
    this.origins.engine.resetStatistics()
  }

  info(sections: readonly string[]): string {
    return this.sections.render(sections)
  }

  waitingForOrigins(): number {
    let count = 0
    for (const client of this.#clients.all()) if (client.waiting && this.dispatcher.isSettling(client)) count++
    return count
  }

  usedMemory(): number {
    return this.#memory.usedBytes()
  }

  purgeMemory(): void {
    this.#memory.purge()
  }

  // --- private

  /** A replica evicts nothing, and refuses its primary nothing: `replica-ignore-maxmemory`. */
  get #leavesMemoryToPrimary(): boolean {
    return this.replication.isReplica && this.#config.values.replicaIgnoreMaxmemory
  }

  #accept(socket: net.Socket, path: string): Connection | null {
    const { values } = this.#config
    const refusal = refusalOf(socket.remoteAddress, path, values, this.#clients.size)
    if (refusal !== null) {
      this.statistics.rejectedConnections++
      socket.on('error', () => socket.destroy())
      socket.write(refusal)
      socket.destroySoon() // and do not wait for the client to close its side
      return null
    }
    this.statistics.connectionsReceived++
    socket.setNoDelay(true)
    if (values.tcpKeepalive > 0) socket.setKeepAlive(true, values.tcpKeepalive * 1000)
    const connection = new Connection(this.#clients.nextId(), socket, this, path)
    if (values.requirepass.length > 0) connection.gates |= Gate.auth
    this.#clients.add(connection)
    return connection
  }

  /** What CONFIG SET changes here; see `followLimits` for the rest. */
  #followConfig(): void {
    const config = this.#config
    config.onChange('clientOutputBufferLimit', () => {
      for (const client of this.#clients.all()) if (client instanceof Connection) client.limitReplies()
    })
    config.onChange('requirepass', (password) => {
      // without a password everybody is let in, those too who have not given the former one
      if (password.length === 0) for (const client of this.#clients.all()) client.gates &= ~Gate.auth
    })
    config.onChange('port', (port) => this.#moveListener(port, 'Unable to listen on this port. Check server logs.'))
    // the port may be one that the system chose
    config.onChange('bind', () => this.#moveListener(this.port, 'Failed to bind to specified addresses.'))
  }

  async #moveListener(port: number, refusal: string): Promise<void> {
    const { bind, tcpBacklog } = this.#config.values
    try {
      await this.#listener.move({ addresses: port === 0 ? [] : bind, port, backlog: tcpBacklog })
    } catch (problem) {
      this.log.warning(`${refusal}: ${(problem as Error).message}`)
      throw new BadValue(refusal)
    }
  }

  #everyTick(): void {
    this.durability.tick()
    if (this.dispatcher.blocked.isReady) this.dispatcher.blocked.serve() // by what the sweep deleted
    this.statistics.sample(this.clock.unixMs())
    for (const client of this.#clients.all()) if (client instanceof Connection) client.shrink()
    this.#memory.tick()
    this.tracker.limit()
  }

  #everySecond(): void {
    this.durability.everySecond()
    const { timeout } = this.#config.values
    const nowMs = this.clock.unixMs()
    this.replication.everySecond()
    this.#migration.everySecond()
    for (const client of this.#clients.all()) {
      if (!(client instanceof Connection)) continue
      client.checkOutputLimit()
      if (client.replica?.isAttached === true) continue
      const isIdle = timeout > 0 && nowMs - client.lastActiveMs > timeout * 1000
      if (isIdle && !client.waiting && !client.isMonitor) {
        this.log.verbose(`Closing idle client ${client.address}`)
        client.close(false)
      }
    }
  }

  /** Ends at once: nobody is answered any more. */
  #stop(): void {
    for (const client of [...this.#clients.all()]) client.close(false)
    this.#local.abandon()
    void this.close()
  }

  async #close(): Promise<void> {
    this.replication.stop()
    const closed = this.#listener.close()
    for (const client of [...this.#clients.all()]) if (client instanceof Connection) client.end()
    this.output.flush()
    const late = this.clock.schedule(closeMs, () => {
      for (const client of [...this.#clients.all()]) client.close(false)
    })
    await closed
    late.cancel()
    this.#periodic.stop()
    await this.durability.close()
    this.#outside.removeScratch()
    await this.origins.close()
    this.#local.abandon()
    this.#onClosed()
  }
}
