import { silentLog, type Clock, type Log, type Random } from '../base/index.js'
import { allCommands } from '../commands/index.js'
import type { OriginOptions } from '../origin/index.js'
import type { Reply } from '../resp/index.js'
import { Config, type ConfigOptions } from './config/index.js'
import { Server } from './server.js'

/** Options of an embedded server: every directive of redis.conf in camel case, and these. */
export interface CreateServerOptions extends Omit<ConfigOptions, 'port'> {
  /** TCP port; 0 takes a free one. Default: 6379. */
  readonly port?: number
  /** Origins, in the order in which they are tried. */
  readonly origins?: readonly OriginOptions[]
  /** Where the server writes what its owner should know. Default: nowhere. */
  readonly log?: Log
  /** Time and chance, for tests. Default: the machine's own. */
  readonly clock?: Clock
  readonly random?: Random
}

export interface CallFormat {
  /** Values as Buffers instead of UTF-8 text. */
  readonly buffers?: boolean
}

/** A server inside this process. */
export interface EmbeddedServer {
  /** The TCP port it listens on. */
  readonly port: number
  /** Executes a command without a socket. Errors are rejections; maps and sets are Map and Set. */
  call(...args: readonly (string | number | Buffer)[]): Promise<Reply>
  /** As `call`, with a choice of what values become. */
  callWith(format: CallFormat, ...args: readonly (string | number | Buffer)[]): Promise<Reply>
  /** Stops accepting, answers what was read, closes. */
  close(): Promise<void>
  /** Settles when the server has closed, whoever asked for it. */
  readonly closed: Promise<void>
}

/**
 * Starts a server inside this process.
 *
 * ```ts
 * const server = await createServer({ port: 0 })
 * await server.call('SET', 'k', 'v')
 * await server.close()
 * ```
 *
 * @throws {ConfigProblem} an option that is unknown or has a bad value
 * @throws {Error} the system's, for an address that cannot be listened on
 */
export async function createServer(options: CreateServerOptions = {}): Promise<EmbeddedServer> {
  const { port = 6379, origins = [], log = silentLog, clock, random, ...directives } = options
  const config = Config.fromOptions({ ...directives, port })
  return start({ config, log, origins, ...(clock && { clock }), ...(random && { random }) }, port === 0)
}

/** Starts the server that a command line or a file configures. */
export async function startServer(config: Config, log: Log): Promise<EmbeddedServer> {
  return start({ config, log }, false)
}

interface StartOptions {
  readonly origins?: readonly OriginOptions[]
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  readonly random?: Random
}

async function start(options: StartOptions, anyPort: boolean): Promise<EmbeddedServer> {
  let hasClosed = (): void => {}
  const closed = new Promise<void>((resolve) => (hasClosed = resolve))
  const server = new Server({ ...options, commands: allCommands, onClosed: hasClosed })
  for (const origin of options.origins ?? []) server.origins.add(origin)
  await server.listen(anyPort)
  const callWith: EmbeddedServer['callWith'] = (format, ...args) =>
    server.call(
      args.map((value) => (typeof value === 'number' ? String(value) : value)),
      format,
    )
  return {
    port: server.port,
    closed,
    call: (...args) => callWith({}, ...args),
    callWith,
    close: () => server.close(),
  }
}
