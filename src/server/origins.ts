import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { systemClock, type Clock, type Log, type Random, type Slice } from '../base/index.js'
import type { ChangeFeed } from '../command/index.js'
import type { Keyspace } from '../keyspace/index.js'
import {
  followersChannel,
  OriginCommands,
  OriginEngine,
  PrimaryClient,
  RouteError,
  RouteTable,
  parseRoute,
  routeFromOptions,
  type OriginOptions,
  type Resolver,
  type RouteContext,
} from '../origin/index.js'
import type { Address, Replication } from '../replication/index.js'
import { ConfigProblem, type Config, type OriginCheck } from './config/index.js'

export interface OriginsOptions {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly config: Config
  /** Whether an answer may be stored now. */
  readonly mayStore: () => boolean
  /** Joined later. */
  readonly replication: () => Replication
  readonly feed: () => ChangeFeed
}

/** What routes find their files and secrets by. @param baseDirectory what relative paths start from */
function contextOf(baseDirectory: string, clock: Clock, mayLoadCode = true): RouteContext {
  return {
    clock,
    baseDirectory,
    mayLoadCode,
    environment: process.env,
    readFile: (path) => readFileSync(resolve(baseDirectory, path), 'utf8'),
  }
}

/** Where paths of an `origin` line start from: the folder of the file that names them. */
const folderOf = (file: string | undefined, otherwise: string): string =>
  file === undefined ? otherwise : dirname(resolve(file))

/** Looks at all `origin` lines of a configuration without asking anything of the origins. */
export const checkOrigins: OriginCheck = (lines, directory) => {
  const table = new RouteTable()
  for (const origin of lines) {
    try {
      const route = parseRoute(origin.words, contextOf(folderOf(origin.file, directory), systemClock))
      table.add(route)
      void route.store.close()
    } catch (error) {
      if (error instanceof RouteError) return { origin, reason: error.message }
      throw error
    }
  }
  return undefined
}

/** The origin engine of a server: its routes out of configuration and options. */
export class Origins {
  readonly engine: OriginEngine
  /** What ORIGIN asks of it. */
  readonly service: OriginCommands
  readonly #options: OriginsOptions
  readonly #clock: Clock
  /** The primary that is asked, and whether the link to it is up. */
  #primary: Address | null = null
  #isUp = false
  readonly #config: Config
  readonly #log: Log
  #hasWarned = false

  /** @throws {ConfigProblem} an origin that cannot be */
  constructor(options: OriginsOptions) {
    const { config, replication, feed, ...parts } = options
    const { clock } = parts
    this.#options = options
    this.#clock = clock
    this.#config = config
    this.#log = parts.log
    this.engine = new OriginEngine({
      ...parts,
      tellFollowers: (message) => feed().tell(['PUBLISH', followersChannel, message]),
      replicationOffset: () => replication().history.offset,
      context: contextOf(config.originDirectory, clock, false), // ORIGIN ADD is a client's
      onAdded: (words) => {
        config.addOrigin(words)
        this.#warnOfLoss()
      },
      onRemoved: (name) => void config.removeOrigin(name),
      makesWrites: false, // before what is on disk is loaded
    })
    this.service = new OriginCommands(this.engine)
    for (const { words, where, file } of config.origins) {
      const folder = folderOf(file, config.originDirectory)
      this.#add(where, () => parseRoute(words, contextOf(folder, clock)))
    }
  }

  get resolver(): Resolver {
    return this.engine.resolver
  }

  /** What snapshots are to leave out of the copies: those of routes under `persist no`; null where there is none. */
  get leavesOut(): ((db: number, key: Slice) => boolean) | null {
    const { routes } = this.resolver
    if (routes.all.every(({ options }) => options.persist)) return null
    return (db, key) => routes.find(db, key)?.options.persist === false
  }

  /** What was on disk is in place, and this server writes the dataset: makes the writes that wait for their origins. */
  startWrites(): void {
    this.#warnOfLoss()
    this.engine.startWrites()
  }

  /** Another server does. */
  stopWrites(): void {
    this.engine.stopWrites()
  }

  /** Adds an origin that a program gives. @throws {ConfigProblem} */
  add(options: OriginOptions): void {
    this.#add('', () => routeFromOptions(options, contextOf(process.cwd(), this.#clock)))
  }

  /** Whom this server follows: that one is asked in place of the origins. */
  follows(primary: Address | null, isUp: boolean): void {
    const isAnother = primary?.host !== this.#primary?.host || primary?.port !== this.#primary?.port
    const isRelinked = isUp !== this.#isUp
    this.#primary = primary
    this.#isUp = isUp
    if (isAnother) this.resolver.follow(primary === null ? null : this.#clientOf(primary))
    else if (isRelinked) this.resolver.relinked()
  }

  get #isKept(): boolean {
    return this.#config.value('appendonly') === 'yes'
  }

  /** Said once. */
  #warnOfLoss(): void {
    const waits = this.resolver.routes.all.some(({ options }) => options.write === 'behind')
    if (!waits || this.#hasWarned || this.#isKept) return
    this.#hasWarned = true
    this.#log.warning("writes that wait for an origin end with this process: 'write behind' wants 'appendonly yes'")
  }

  #clientOf(address: Address): PrimaryClient {
    const { clock, random, config, replication } = this.#options
    return new PrimaryClient({
      address,
      credentials: () => {
        const { masteruser, masterauth } = config.values
        return { user: masteruser === '' ? null : masteruser, password: masterauth.length === 0 ? null : masterauth }
      },
      applied: {
        get offset() {
          return replication().applied.offset
        },
        when: (offset, job) => replication().applied.when(offset, job),
      },
      clock,
      random,
    })
  }

  /** Closes every store, and says which writes wait still. */
  async close(): Promise<void> {
    for (const { name, count } of this.engine.pendingWrites()) {
      const text = `pending writes of origin '${name}': ${count};`
      if (this.#isKept) this.#log.notice(`${text} they are made after the next start, out of the append-only file`)
      else this.#log.warning(`${text} without 'appendonly yes' only the last snapshot, or a replica, has them`)
    }
    await this.engine.close()
    this.resolver.follow(null)
  }

  #add(where: string, make: () => ReturnType<typeof parseRoute>): void {
    try {
      this.resolver.addRoute(make())
    } catch (error) {
      if (error instanceof RouteError) throw new ConfigProblem(where, error.message)
      throw error
    }
  }
}
