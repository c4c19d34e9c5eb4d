import { sameReply } from './compare.js'
import { argumentsOf, type Request } from '../support/command-line.js'
import { RawConnection } from '../support/raw-connection.js'
import { encodeRequest, printable } from '../support/resp-frames.js'
import { startServer, subjectKind, type RunningServer, type ServerKind } from '../support/servers.js'

export type Protocol = 2 | 3

/** A line of a script: text as one would type it into redis-cli, or the arguments one by one. */
export type Line = string | Request

const closedConnection = Buffer.from('(connection closed)')

/** A redis-server and a Truedis side by side, told the same and asked for the same. */
export class Pair {
  #subject: RunningServer

  private constructor(
    readonly redis: RunningServer,
    subject: RunningServer,
    readonly options: readonly string[],
  ) {
    this.#subject = subject
  }

  get subject(): RunningServer {
    return this.#subject
  }

  static async start(options: readonly string[] = [], kind: ServerKind = subjectKind): Promise<Pair> {
    const redis = await startServer('redis', options)
    try {
      return new Pair(redis, await startServer(kind, options), options)
    } catch (error) {
      await redis.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.redis.stop(), this.subject.stop()])
  }

  /** Starts the subject again when it has died, so that its death can be replayed. */
  async revive(): Promise<void> {
    const alive = Symbol('alive')
    if ((await Promise.race([this.#subject.exited, Promise.resolve(alive)])) === alive) return
    await this.#subject.stop()
    this.#subject = await startServer(this.#subject.kind, this.options)
  }

  /** One connection to each. */
  async connect(): Promise<PairConnection> {
    const [redis, subject] = await Promise.all([this.redis, this.subject].map(({ port }) => RawConnection.open(port)))
    return new PairConnection(redis, subject)
  }

  /**
   * Empties both, sends every line to both over one new connection and compares reply by reply.
   *
   * A line whose connection is closed by an earlier one has the reply "(connection closed)" on that side.
   *
   * @throws {Error} that lists the differences
   */
  async same(lines: readonly Line[], protocol: Protocol = 2): Promise<void> {
    const connection = await this.connect()
    try {
      await connection.ask(['FLUSHALL'])
      if (protocol === 3) await connection.ask(['HELLO', '3'])
      const requests = lines.map(argumentsOf)
      const differences = await connection.differences(requests)
      if (differences.length > 0) throw new Error(report(differences))
    } finally {
      connection.destroy()
    }
  }
}

/** What one request was answered by each side, where the answers are not the same. */
export interface Difference {
  readonly request: readonly Buffer[]
  readonly redis: Buffer
  readonly subject: Buffer
}

/** Two connections of one client that is told the same by both servers. */
export class PairConnection {
  constructor(
    readonly redis: RawConnection,
    readonly subject: RawConnection,
  ) {}

  send(bytes: Uint8Array | string): void {
    this.redis.send(bytes)
    this.subject.send(bytes)
  }

  /** One request's two replies. */
  async ask(line: Line): Promise<[redis: Buffer, subject: Buffer]> {
    this.send(encodeRequest(argumentsOf(line)))
    const [[redis = closedConnection], [subject = closedConnection]] = await this.read(1)
    return [redis, subject]
  }

  async read(count: number): Promise<[redis: Buffer[], subject: Buffer[]]> {
    return Promise.all([this.redis.read(count), this.subject.read(count)])
  }

  /** Sends all in one pipeline, one reply each, and gives those that differ. */
  async differences(requests: readonly (readonly Buffer[])[]): Promise<Difference[]> {
    this.send(Buffer.concat(requests.map(encodeRequest)))
    const [redis, subject] = await this.read(requests.length)
    const differences: Difference[] = []
    requests.forEach((request, i) => {
      const difference = { request, redis: redis[i] ?? closedConnection, subject: subject[i] ?? closedConnection }
      if (!sameReply(request, difference.redis, difference.subject)) differences.push(difference)
    })
    return differences
  }

  destroy(): void {
    this.redis.destroy()
    this.subject.destroy()
  }
}

/** Differences for people, the first twenty of them. */
export function report(differences: readonly Difference[]): string {
  const shown = differences.slice(0, 20).map(({ request, redis, subject }) => {
    const words = request.map((arg) => printable(arg, 60)).join(' ')
    return `${words}\n    redis:   ${printable(redis)}\n    truedis: ${printable(subject)}`
  })
  return `${differences.length} differences\n${shown.join('\n')}`
}
