import type { Clock, Log } from '../base/index.js'
import type { Client, Clients } from '../command/index.js'
import { Compaction, Eviction, type CompactionLimits, type Keyspace } from '../keyspace/index.js'
import type { Statistics } from '../observe/index.js'
import { Layout } from '../values/index.js'
import { ClientMemory } from './client-memory.js'
import { collectGarbage } from './collect-garbage.js'
import type { Config } from './config/index.js'
import type { Output } from './output.js'

/** V8 is asked to collect when so much memory was dropped: until it does, the system does not have it back. */
const droppedBytesMax = 64 << 20

export interface MemoryKeeperOptions {
  readonly clock: Clock
  readonly config: Config
  readonly keyspace: Keyspace
  readonly output: Output
  readonly clients: Clients
  readonly statistics: Statistics
  readonly log: Log
  /** Whether clients are held back: then the keyspace stands still. */
  isPaused(): boolean
  /** Bytes of the replication stream that are kept: for the backlog, and beyond it for replicas that are behind. */
  streamBytes(): { readonly backlog: number; readonly beyond: number }
  /** Has the jobs that run in slices run. */
  slice(): void
  /** An eviction took so long. */
  evictionTook(ms: number): void
}

/** Keeps what is used within the limits of the configuration: evicts keys and clients, compacts, gives back. */
export class MemoryKeeper {
  readonly eviction: Eviction
  readonly compaction: Compaction
  readonly #options: MemoryKeeperOptions
  readonly #clients = new ClientMemory()
  /** Whether each change of a client's buffers is counted, since there is a limit that asks. */
  #countsClients = false
  #willEvictClients = false
  /** Bytes of memory that had been dropped when V8 was last asked to collect. */
  #collectedBytes = 0

  constructor(options: MemoryKeeperOptions) {
    const { clock, keyspace, output } = options
    this.#options = options
    this.eviction = new Eviction(
      keyspace,
      clock,
      // what replicas that are behind make the server keep is no reason to evict keys: their deletions are streamed, too
      () => keyspace.arena.usedBytes + output.bufferBytes + this.#clients.bytes + options.streamBytes().backlog,
      (ms) => options.evictionTook(ms),
    )
    this.compaction = new Compaction(keyspace, clock)
    this.#followConfig()
  }

  /** Bytes in use: arena, tables, buffers. */
  usedBytes(): number {
    const { keyspace, output, clients } = this.#options
    const { backlog, beyond } = this.#options.streamBytes()
    let bytes = keyspace.arena.usedBytes + output.bufferBytes + backlog + beyond
    for (const client of clients.all()) bytes += client.memoryBytes
    return bytes
  }

  /** Evicts what has to go before a command; whether nothing was left that may go, and memory is full. */
  isFull(): boolean {
    if (this.#options.isPaused()) return false
    const room = this.eviction.makeRoom()
    if (room === 'working') this.#options.slice()
    return room === 'full'
  }

  /** A client's buffers have grown or shrunk. */
  resized(client: Client): void {
    if (!this.#countsClients) return
    this.#clients.note(client)
    if (!this.#clients.isExceeded || this.#willEvictClients) return
    this.#willEvictClients = true
    setImmediate(() => {
      this.#willEvictClients = false
      this.evictClients()
    })
  }

  /** Gives up clients while all together hold too much. O(1) while they do not. */
  evictClients(): void {
    if (!this.#clients.isExceeded) return
    const { clients, statistics, log } = this.#options
    this.#clients.evict(clients.all(), (client) => {
      statistics.evictedClients++
      log.notice(`Evicting client: ${client.address} (${client.memoryBytes} bytes)`)
      client.cut()
    })
  }

  forget(client: Client): void {
    this.#clients.forget(client)
  }

  /** What is looked at some times a second. */
  tick(): void {
    const { statistics, clients, keyspace } = this.#options
    statistics.peakMemory = Math.max(statistics.peakMemory, this.usedBytes())
    for (const client of clients.all()) this.resized(client)
    const { droppedBytes } = keyspace.arena
    if (droppedBytes - this.#collectedBytes < droppedBytesMax) return
    this.#collectedBytes = droppedBytes
    collectGarbage()
  }

  /** Gives back to the system what is free in whole chunks. */
  purge(): void {
    const { arena } = this.#options.keyspace
    arena.purge()
    this.#collectedBytes = arena.droppedBytes
    collectGarbage()
  }

  resetStatistics(): void {
    this.eviction.resetStatistics()
    this.compaction.stats.reset()
  }

  /** `active-defrag-*`, or null under `activedefrag no`. */
  compactionLimits(): CompactionLimits | null {
    const { values } = this.#options.config
    if (!values.activedefrag) return null
    return {
      ignoreBytes: values.activeDefragIgnoreBytes,
      thresholdLower: values.activeDefragThresholdLower,
      thresholdUpper: values.activeDefragThresholdUpper,
      cycleMin: values.activeDefragCycleMin,
      cycleMax: values.activeDefragCycleMax,
    }
  }

  #followConfig(): void {
    const { config } = this.#options
    const apply = (): void => this.#apply()
    this.eviction.setPolicy(config.values.maxmemoryPolicy)
    apply()
    config.onChange('maxmemoryPolicy', (policy) => {
      this.eviction.setPolicy(policy)
      apply()
    })
    config.onChange('maxmemory', () => {
      apply()
      this.#options.slice()
    })
    config.onChange('maxmemorySamples', apply)
    config.onChange('maxmemoryEvictionTenacity', apply)
    config.onChange('maxmemoryClients', apply)
    config.onChange('lfuLogFactor', apply)
    config.onChange('lfuDecayTime', apply)
  }

  #apply(): void {
    const { config, keyspace, clients } = this.#options
    const { values } = config
    const { eviction } = this
    eviction.limitBytes = values.maxmemory
    eviction.samples = values.maxmemorySamples
    eviction.tenacity = values.maxmemoryEvictionTenacity
    keyspace.access.logFactor = values.lfuLogFactor
    keyspace.access.decayMinutes = values.lfuDecayTime
    const notesAccesses = values.maxmemory !== 0 && /lru|lfu/.test(values.maxmemoryPolicy)
    keyspace.stringLayout = notesAccesses ? Layout.copied : Layout.plain
    this.#clients.setLimit(values.maxmemoryClients, values.maxmemory)
    this.#countsClients = values.maxmemory !== 0 || values.maxmemoryClients !== 0
    for (const client of clients.all()) this.resized(client)
  }
}
