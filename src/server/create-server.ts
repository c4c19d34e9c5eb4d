import { type Clock, type Log, type Random } from '../base/index.js'
import { allCommands } from '../commands/index.js'
import type { OriginOptions } from '../origin/index.js'
import type { Files } from '../persistence/index.js'
import type { Reply } from '../resp/index.js'
import { Config, type ConfigOptions, ConfigProblem } from './config/index.js'
import type { BytesListener, MessageListener } from './local-listener.js'
import type { RunningServer } from './run.js'
import { Server } from './server.js'
import type { ShutdownSignal } from './shutdown.js'

/** Options of an embedded server: every directive of redis.conf in camel case, and these. */
export interface CreateServerOptions extends Omit<ConfigOptions, 'port'> {
  /** TCP port; 0 takes a free one. Default: 6379. */
  readonly port?: number
  /** Origins, in the order in which they are tried. */
  readonly origins?: readonly OriginOptions[]
  /** Hears what the server's owner should know, of the levels it has a method for: `{ warning: console.warn }`. Default: nothing. */
  readonly log?: Partial<Log>
  /** Where files are, for tests; null keeps none. Default: the machine's own, where `dir`, `save` or the like is given. */
  readonly files?: Files | null
  /** Time and chance, for tests. Default: the machine's own. */
  readonly clock?: Clock
  readonly random?: Random
}

export interface CallFormat {
  /** Values as Buffers instead of UTF-8 text. */
  readonly buffers?: boolean
}

/** Whoever executes commands in the same process. */
export interface Caller {
  /** Executes a command without a socket. Errors are rejections; maps and sets are Map and Set. */
  call(...args: readonly (string | number | Buffer)[]): Promise<Reply>
  /** As `call`, with a choice of what values become. */
  callWith(format: CallFormat, ...args: readonly (string | number | Buffer)[]): Promise<Reply>
}

/**
 * A client inside this process that stays: its calls run one behind the other, and what one asks for (SELECT, WATCH, MULTI)
 * holds for those that follow.
 */
export interface EmbeddedClient extends Caller {
  /** Its number, as CLIENT LIST shows it. */
  readonly id: number
  /** Ends it. A call that waits is rejected. */
  close(): void
}

export interface SubscribeOptions {
  /** The name is a pattern: messages of all channels that match it. */
  readonly pattern?: boolean
  /** Messages as Buffers instead of UTF-8 text. */
  readonly buffers?: boolean
}

/** A server inside this process. Each of its calls is a client of its own: none concerns another. */
export interface EmbeddedServer extends Caller {
  /** The TCP port it listens on. */
  readonly port: number
  /** A client that stays, for what takes several calls: a transaction, say. */
  connect(): EmbeddedClient
  /**
   * Calls `listener` with each message to a channel, keyspace notifications included, until the result is called. Messages
   * come in order, and never in the midst of a call.
   */
  subscribe(channel: string, listener: MessageListener, options?: SubscribeOptions & { buffers?: false }): () => void
  subscribe(channel: string, listener: BytesListener, options: SubscribeOptions & { buffers: true }): () => void
  /**
   * Stops accepting, answers what was read, saves where there are save points, closes.
   *
   * @param signal whose configuration decides what is saved
   * @throws {ShutdownRefused} something could not be saved, and there was a signal: the server goes on
   */
  close(signal?: ShutdownSignal): Promise<void>
  /** Settles when the server has closed, whoever asked for it. */
  readonly closed: Promise<void>
}

/**
 * Starts a server inside this process. It reads and writes files where it is told so: by `dir`, `save`, `appendonly` or
 * `dbfilename`.
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
  const { port = 6379, origins = [], log = {}, clock, random, files, ...directives } = options
  if (!Array.isArray(origins)) throw new ConfigProblem('', "'origins' is a list of origins")
  const keepsFiles = ['dir', 'save', 'appendonly', 'dbfilename'].some((name) => name in directives)
  const config = Config.fromOptions({ ...directives, port })
  const given = files !== undefined ? { files } : keepsFiles ? {} : { files: null }
  const startOptions = {
    config,
    log: wholeLog(log),
    origins,
    ...(clock && { clock }),
    ...(random && { random }),
    ...given,
  }
  return (await start(startOptions, port === 0)).embedded
}

const wholeLog = (log: Partial<Log>): Log => ({
  debug: (text) => log.debug?.(text),
  verbose: (text) => log.verbose?.(text),
  notice: (text) => log.notice?.(text),
  warning: (text) => log.warning?.(text),
})

/** Starts the server that a command line or a file configures. */
export async function startServer(config: Config, log: Log, process: StartListeners): Promise<RunningServer> {
  const { server, embedded } = await start({ config, log, ...process }, false)
  return { closed: embedded.closed, close: embedded.close, describe: () => server.describe() }
}

/** What the process around a server does for it. */
export interface StartListeners {
  /** It listens, and begins to load its files. */
  readonly hasAddresses?: () => void
  /** It is a replica, or a primary, from now on. */
  readonly tookRole?: (isReplica: boolean) => void
  /** Ends the process, since what was promised cannot be kept. */
  readonly onFatal?: () => void
  /** Ends the process as a fault would, for DEBUG SEGFAULT. */
  readonly onCrash?: () => void
}

interface StartOptions extends StartListeners {
  readonly origins?: readonly OriginOptions[]
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  readonly random?: Random
  readonly files?: Files | null
}

async function start(options: StartOptions, anyPort: boolean): Promise<{ server: Server; embedded: EmbeddedServer }> {
  let hasClosed = (): void => {}
  const closed = new Promise<void>((resolve) => (hasClosed = resolve))
  const server = new Server({ ...options, commands: allCommands, onClosed: hasClosed })
  for (const origin of options.origins ?? []) server.origins.add(origin)
  await server.start(anyPort, options.hasAddresses)
  const embedded: EmbeddedServer = {
    port: server.port,
    closed,
    ...caller((args, format) => server.call(args, format)),
    connect() {
      const session = server.connect()
      return {
        id: session.id,
        ...caller((args, format) => session.call(args, format)),
        close: () => session.close(),
      }
    },
    subscribe(channel: string, listener: MessageListener | BytesListener, options: SubscribeOptions = {}) {
      return server.subscribe(options.pattern === true ? 'pattern' : 'channel', channel, (message) => {
        const { payload, pattern } = message
        const name = Buffer.from(message.channel, 'latin1').toString()
        const by = pattern === null ? [] : [Buffer.from(pattern, 'latin1').toString()]
        if (options.buffers === true) (listener as BytesListener)(payload, name, ...by)
        else (listener as MessageListener)(payload.toString(), name, ...by)
      })
    },
    close: (signal) => server.end(signal),
  }
  return { server, embedded }
}

type Execute = (args: readonly (string | Buffer)[], format: CallFormat) => Promise<Reply>

function caller(execute: Execute): Caller {
  const callWith: Caller['callWith'] = (format, ...args) =>
    execute(
      args.map((value) => (typeof value === 'number' ? String(value) : value)),
      format,
    )
  return { call: (...args) => callWith({}, ...args), callWith }
}
