import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  errorReply,
  systemClock,
  type Clock,
  type Log,
  type Random,
  type ReplyError,
  type Slice,
} from '../base/index.js'
import type { Call, OriginService } from '../command/index.js'
import { Copies, type Keyspace } from '../keyspace/index.js'
import {
  Resolver,
  RouteError,
  RouteTable,
  parseRoute,
  routeFromOptions,
  type OriginOptions,
  type RouteContext,
} from '../origin/index.js'
import { ConfigProblem, type Config, type OriginCheck } from './config/index.js'

export interface OriginsOptions {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly config: Config
  /** Whether an answer may be stored now. */
  readonly mayStore: () => boolean
}

/** What routes find their files and secrets by. Relative paths start from the folder of the file that names them. */
function contextOf(file: string | undefined, clock: Clock): RouteContext {
  const baseDirectory = file === undefined ? process.cwd() : dirname(resolve(file))
  return {
    clock,
    baseDirectory,
    environment: process.env,
    readFile: (path) => readFileSync(resolve(baseDirectory, path), 'utf8'),
  }
}

/** Looks at all `origin` lines of a configuration without asking anything of the origins. */
export const checkOrigins: OriginCheck = (lines) => {
  const table = new RouteTable()
  for (const origin of lines) {
    try {
      const route = parseRoute(origin.words, contextOf(origin.file, systemClock))
      table.add(route)
      void route.store.close()
    } catch (error) {
      if (error instanceof RouteError) return { origin, reason: error.message }
      throw error
    }
  }
  return undefined
}

/** The origin engine of a server: its routes out of configuration and options, and what ORIGIN asks of it. */
export class Origins implements OriginService {
  readonly resolver: Resolver
  readonly #clock: Clock

  /** @throws {ConfigProblem} an origin that cannot be */
  constructor(options: OriginsOptions) {
    const { keyspace, clock, random, log, config, mayStore } = options
    this.#clock = clock
    this.resolver = new Resolver({
      keyspace,
      copies: new Copies(keyspace),
      clock,
      random,
      mayStore,
      log,
    })
    for (const { words, where, file } of config.origins) {
      this.#add(where, () => parseRoute(words, contextOf(file, clock)))
    }
  }

  get routeCount(): number {
    return this.resolver.routeCount
  }

  refuseWrite(db: number, key: Slice): ReplyError | null {
    return this.resolver.refuseWrite(db, key)
  }

  execute(_subcommand: string, _call: Call): void {
    throw errorReply('ORIGIN is not available')
  }

  /** Adds an origin that a program gives. @throws {ConfigProblem} */
  add(options: OriginOptions): void {
    this.#add('', () => routeFromOptions(options, contextOf(undefined, this.#clock)))
  }

  /** Closes every store. */
  async close(): Promise<void> {
    await Promise.all([...this.resolver.routes.all].map((route) => this.resolver.removeRoute(route)))
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
