import type { Clock, Log, Random, ReplyError, Slice } from '../base/index.js'
import type { Compaction, Eviction, Keyspace } from '../keyspace/index.js'
import type { Call, Later } from './call.js'
import type { Client } from './client.js'
import type { Command } from './command.js'
import type { DurabilityService, ShutdownOptions } from './durability.js'
import type { ChangeFeed } from './feed.js'
import type { Dumper, Restorer } from './persistence.js'
import type { LatencyMonitor, SlowLog, Statistics } from '../observe/index.js'
import type { PubSub } from '../pubsub/index.js'
import type { MigrationService, ReplicationService } from './replication.js'
import type { TrackingOptions } from './tracking.js'

/** Every command by name, subcommands inside their containers. */
export interface Commands {
  readonly all: readonly Command[]
  /** The command named by `name` in any case, or null. */
  find(name: Slice): Command | null
  /** The command or subcommand that a call of these arguments runs, or null; `CLIENT` and `LIST`, say. */
  resolve(name: Slice, sub: Slice | null): Command | null
}

/**
 * Live configuration, as CONFIG sees it. Names and values are byte strings: each code unit is one byte.
 */
export interface ConfigService {
  /** Names and values of the parameters that match any of the glob patterns. */
  get(patterns: readonly string[]): [name: string, value: string][]
  /**
   * Sets all or none. The answer is a promise only where applying a value takes time (a new port).
   *
   * @param client `local`: connected over loopback or a unix socket
   * @returns the refusal, or undefined for OK
   */
  set(
    pairs: readonly (readonly [name: string, value: string])[],
    client: { readonly local: boolean },
  ): ReplyError | undefined | Promise<ReplyError | undefined>
  /**
   * Writes the file anew, with the parameters that have their default only where `all` are asked for. Returns the
   * refusal, or undefined for OK.
   */
  rewrite(all?: boolean): ReplyError | undefined
  /** The value as CONFIG GET prints it; '' for an unknown name. */
  value(name: string): string
  /** Whether the parameter's value is a secret, which must not be shown by MONITOR and SLOWLOG. */
  isSecret(name: string): boolean
}

/** All clients, in the order they came. */
export interface Clients {
  readonly size: number
  all(): Iterable<Client>
  byId(id: number): Client | undefined
}

/** Clients whose calls wait for keys (BLPOP and its like). */
export interface WaitingClients {
  readonly size: number
  /** How many of them wait no longer than some time. */
  readonly timed: number
  has(client: Client): boolean
  /** Ends the wait of a client, as when its time is up or by an error; false where it does not wait. */
  unblock(client: Client, by: 'timeout' | 'error'): boolean
}

export interface PauseOptions {
  readonly untilUnixMs: number
  readonly mode: 'write' | 'all'
}

/** The server as a process. */
export interface ServerControl {
  /** Truedis's own version, from package.json. */
  readonly version: string
  readonly runId: string
  readonly startedUnixMs: number
  readonly port: number
  readonly configFile: string
  readonly executable: string
  readonly log: Log
  /** Ends the process or the embedded server as SHUTDOWN asks. `done` is told why it cannot, or null when it is about to. */
  shutdown(options: ShutdownOptions, done: (refusal: ReplyError | null) => void): void
  /** Whether a shutdown was under way and is now called off. */
  abortShutdown(): boolean
  /** How long a shutdown still waits for replicas; null while none does. */
  readonly shutdownInMs: number | null
  /** Ends as a fault would, for DEBUG SEGFAULT. */
  crash(): void
  pause(options: PauseOptions): void
  unpause(): void
  /** Writes of clients wait until the result is called, whatever CLIENT UNPAUSE says. */
  holdWrites(): () => void
  /** Switches active expiry, for DEBUG SET-ACTIVE-EXPIRE. */
  setActiveExpiry(on: boolean): void
  /** Stops what the server does unasked, or goes on with it, for DEBUG PAUSE-CRON. */
  pausePeriodicJobs(paused: boolean): void
  /** Forgets what CONFIG RESETSTAT resets. */
  resetStatistics(): void
  /** The text of INFO for these section names (lower case); none means the default set. */
  info(sections: readonly string[]): string
  /** Clients whose call waits for an origin. */
  waitingForOrigins(): number
  /** Bytes in use: arena, tables, buffers. */
  usedMemory(): number
  /** Gives back to the system what is free in whole chunks, as far as it can. */
  purgeMemory(): void
}

/** Sends each executed command to the clients that asked by MONITOR. */
export interface Monitors {
  add(client: Client): void
  remove(client: Client): void
}

/** What clients do by MULTI, EXEC and WATCH. */
export interface Transactions {
  /** From now on the client's requests are queued. */
  begin(client: Client): void
  /** Runs what the caller has queued, and replies for all of it. @throws {ReplyError} it cannot be run */
  execute(call: Call): void
  /** Forgets what the client has queued, and what it watches. */
  discard(client: Client): void
  /** Watches the keys that are the arguments of the call. */
  watch(client: Client, call: Call): void
  unwatch(client: Client): void
}

/** CLIENT TRACKING: who is told of changes, and how much is remembered for it. */
export interface TrackingService {
  enable(client: Client, options: TrackingOptions, prefixes: readonly string[]): void
  disable(client: Client): void
  /** Clients under tracking, keys they may hold, these counted for each client, and prefixes under BCAST. */
  readonly clients: number
  readonly keys: number
  readonly items: number
  readonly prefixes: number
}

/** The origin engine, as the commands of the ORIGIN family see it; declared in full by the origin room's helper types. */
export interface OriginService {
  readonly routeCount: number
  /** Answers one ORIGIN subcommand, its name in upper case. */
  execute(subcommand: string, call: Call): void
  /**
   * The refusal of a client's write to `key`, or null. Asked before a write command runs, only when there are routes.
   */
  refuseWrite(db: number, key: Slice): ReplyError | null
}

/** What handlers may ask of the rooms above them. Joined in `server/`. */
export interface Services {
  readonly keyspace: Keyspace
  readonly eviction: Eviction
  readonly compaction: Compaction
  readonly clock: Clock
  readonly random: Random
  readonly commands: Commands
  readonly config: ConfigService
  readonly clients: Clients
  readonly waiting: WaitingClients
  readonly server: ServerControl
  readonly monitors: Monitors
  readonly transactions: Transactions
  readonly pubsub: PubSub
  readonly tracking: TrackingService
  readonly slowLog: SlowLog
  readonly latency: LatencyMonitor
  readonly statistics: Statistics
  readonly origin: OriginService
  readonly durability: DurabilityService
  /** What changes, for whoever follows. */
  readonly feed: ChangeFeed
  readonly dumper: Dumper
  readonly restorer: Restorer
  readonly replication: ReplicationService
  readonly migration: MigrationService
  /** Runs another command inside a call, for the same client; its reply goes where the outer call's goes. */
  execute(call: Call, args: readonly Buffer[]): void
}

export type { Later }
