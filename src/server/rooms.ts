import { systemClock, systemRandom, type Clock, type Log, type Random } from '../base/index.js'
import type { ServerControl, Services } from '../command/index.js'
import { standardInfoSections } from '../commands/index.js'
import { CommandTable, Dispatcher, Propagation, Tracker, TransactionQueue } from '../dispatch/index.js'
import { Keyspace } from '../keyspace/index.js'
import { InfoSections, LatencyMonitor, SlowLog, Statistics } from '../observe/index.js'
import { systemFiles } from '../persistence/index.js'
import { Notifications, PubSub } from '../pubsub/index.js'
import { Migration } from '../replication/index.js'
import { RequestParser } from '../resp/index.js'
import { Chores } from './chores.js'
import { ClientRegistry } from './clients.js'
import type { Config } from './config/index.js'
import { followLimits } from './follow-limits.js'
import { MemoryKeeper } from './memory-keeper.js'
import { MonitorList } from './monitors.js'
import { Origins } from './origins.js'
import { Output } from './output.js'
import { joinOutside, type Outside } from './outside.js'
import { connectOutward } from './outward.js'
import { Periodic } from './periodic.js'
import { persistenceServices } from './persistence.js'
import type { ServerOptions } from './server-options.js'

export interface RoomsHost extends ServerControl {
  /** It has become a replica, or a primary. */
  tookRole(isReplica: boolean): void
  /** DEBUG RELOAD or LOADAOF put what is on disk in place of the dataset. */
  reloaded(): void
  /** What was promised cannot be kept. */
  fatal(): void
}

/** What a server is made of, each room joined to those that it needs; the server itself opens and closes it. */
export class Rooms {
  readonly clock: Clock
  readonly log: Log
  readonly config: Config
  readonly keyspace: Keyspace
  readonly statistics = new Statistics()
  readonly output = new Output()
  readonly sections = new InfoSections()
  readonly pubsub = new PubSub()
  readonly clients = new ClientRegistry()
  readonly parser: RequestParser
  readonly aheadParser: RequestParser
  readonly origins: Origins
  readonly tracker: Tracker
  readonly transactions: TransactionQueue
  readonly propagation: Propagation
  readonly memory: MemoryKeeper
  readonly monitors: MonitorList
  readonly migration: Migration
  readonly services: Services
  readonly dispatcher: Dispatcher
  readonly outside: Outside
  readonly periodic: Periodic
  readonly #commands: CommandTable
  readonly #random: Random

  constructor(options: ServerOptions, host: RoomsHost) {
    const { config, log } = options
    const { values } = config
    this.clock = options.clock ?? systemClock
    this.log = log
    this.config = config
    this.#random = options.random ?? systemRandom()
    this.#commands = new CommandTable(options.commands)
    this.keyspace = new Keyspace({ clock: this.clock, random: this.#random, databases: values.databases })
    const requests = { bulkBytesMax: values.protoMaxBulkLen }
    this.parser = new RequestParser(requests)
    this.aheadParser = new RequestParser(requests)
    this.origins = this.#joinOrigins()
    this.tracker = this.#joinTracker()
    this.transactions = new TransactionQueue(this.keyspace, (call, command, args) =>
      this.dispatcher.executeQueued(call, command, args),
    )
    this.propagation = new Propagation(this.keyspace)
    this.memory = this.#joinMemory()
    this.monitors = new MonitorList(this.clock, (some) => (this.dispatcher.monitored = some))
    this.migration = new Migration({ clock: this.clock, connect: connectOutward })
    this.services = this.#joinServices(host)
    this.sections.add(...standardInfoSections(this.services), this.origins.engine)
    this.dispatcher = this.#joinDispatcher()
    this.outside = this.#joinOutside(options, host)
    this.sections.add(...this.outside.sections)
    this.periodic = this.#joinPeriodic()
    const notifications = new Notifications(this.pubsub, this.keyspace)
    const { services, tracker } = this
    const slowRequests = this.origins.resolver.slow.log
    followLimits({ ...this.#shared, requests, services, slowRequests, tracker, notifications })
  }

  get #shared(): Pick<
    Rooms,
    'clock' | 'log' | 'config' | 'keyspace' | 'dispatcher' | 'statistics' | 'clients' | 'output'
  > {
    const { clock, log, config, keyspace, dispatcher, statistics, clients, output } = this
    return { clock, log, config, keyspace, dispatcher, statistics, clients, output }
  }

  #joinOrigins(): Origins {
    const { clock, config, keyspace, log } = this
    return new Origins({
      ...{ clock, config, keyspace, log },
      random: this.#random,
      mayStore: () => !this.dispatcher.refusesWrites,
      replication: () => this.outside.replication,
      feed: () => this.dispatcher.propagation,
    })
  }

  #joinTracker(): Tracker {
    const { clients, clock, keyspace, output } = this
    const tracker = new Tracker({
      ...{ clients, clock, keyspace },
      settling: this.origins.resolver,
      wake: () => output.schedule(),
    })
    output.beforeSending = () => tracker.broadcast()
    return tracker
  }

  #joinMemory(): MemoryKeeper {
    return new MemoryKeeper({
      ...this.#shared,
      isPaused: () => this.dispatcher.pauses.active,
      streamBytes: () => this.outside.replication.streamBytes,
      slice: () => this.periodic.slice(),
      evictionTook: (ms) => this.services.latency.note('eviction-cycle', ms),
    })
  }

  #joinServices(host: ServerControl): Services {
    const { clients, clock, config, keyspace, log, memory, migration, monitors, pubsub, statistics, transactions } =
      this
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- a getter has a `this` of its own
    const rooms: Rooms = this
    return {
      ...{ clients, clock, config, keyspace, migration, monitors, pubsub, statistics, transactions },
      eviction: memory.eviction,
      compaction: memory.compaction,
      random: this.#random,
      commands: this.#commands,
      server: host,
      tracking: this.tracker,
      slowLog: new SlowLog(),
      latency: new LatencyMonitor(clock),
      origin: this.origins.service,
      feed: this.propagation,
      ...persistenceServices(keyspace, config, log),
      get waiting() {
        return rooms.dispatcher.blocked
      },
      get replication() {
        return rooms.outside.replication
      },
      get durability() {
        return rooms.outside.durability
      },
      execute: (call, args) => this.dispatcher.executeWithin(call, args),
    }
  }

  #joinDispatcher(): Dispatcher {
    const { log, memory, monitors, origins, propagation, tracker, transactions } = this
    return new Dispatcher(
      this.services,
      { commands: this.#commands, settling: origins.resolver, tracker, transactions, propagation },
      {
        monitor: (call) => monitors.show(call),
        bug: (error, command) => log.warning(`Bug in ${command.name}: ${(error as Error)?.stack ?? String(error)}`),
        isMemoryFull: () => !this.#leavesMemoryToPrimary && memory.isFull(),
        diskError: () => this.outside.diskError,
      },
    )
  }

  /** A replica evicts nothing, and refuses its primary nothing: `replica-ignore-maxmemory`. */
  get #leavesMemoryToPrimary(): boolean {
    return this.outside.replication.isReplica && this.config.values.replicaIgnoreMaxmemory
  }

  #joinOutside({ files }: ServerOptions, host: RoomsHost): Outside {
    return joinOutside({
      ...this.#shared,
      latency: this.services.latency,
      files: files === undefined ? systemFiles : files,
      port: () => host.port,
      usedMemory: () => this.memory.usedBytes(),
      follows: (primary, isUp) => this.origins.follows(primary, isUp),
      told: (message) => this.origins.resolver.told(message),
      tookRole: (isReplica) => host.tookRole(isReplica),
      reloaded: () => host.reloaded(),
      leavesOut: () => this.origins.leavesOut,
      fatal: () => host.fatal(),
    })
  }

  #joinPeriodic(): Periodic {
    const { clock, config, dispatcher, keyspace, memory, outside, services } = this
    const { durability, replication } = outside
    const chores = new Chores(this)
    const isAlive = (): boolean => !dispatcher.pauses.active && !durability.isLoading
    return new Periodic(
      { clock, keyspace, eviction: memory.eviction, compaction: memory.compaction },
      {
        perSecond: () => config.values.hz,
        // what is to go from a replica its primary says
        mayDelete: () => isAlive() && !replication.isReplica,
        sweepsLocally: () => isAlive() && replication.isReplica,
        compactionLimits: () => (outside.isLoadingAside ? null : memory.compactionLimits()),
        everyTick: () => chores.everyTick(),
        everySecond: () => chores.everySecond(),
        took: (event, ms) => services.latency.note(event, ms),
      },
    )
  }
}
