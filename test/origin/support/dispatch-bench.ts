import { SeededRandom, Slice, errorReply, systemClock, type Clock } from '../../../src/base/index.js'
import { Client, type Command, type Services, type Settling } from '../../../src/command/index.js'
import { CommandTable, Dispatcher, Propagation, Tracker, TransactionQueue } from '../../../src/dispatch/index.js'
import { type Copies, Keyspace } from '../../../src/keyspace/index.js'
import { LatencyMonitor, SlowLog, Statistics } from '../../../src/observe/index.js'
import {
  followersChannel,
  OriginCommands,
  OriginEngine,
  routeFromOptions,
  type OriginOptions,
  type RouteContext,
} from '../../../src/origin/index.js'
import type { Rules } from '../../../src/origin/rules.js'
import { Args, ReplyWriter, readReply, type Reply, type ReplyFormat } from '../../../src/resp/index.js'

/** A connection without a socket: requests in, replies out, in order. */
export class TestClient extends Client {
  readonly address: string = '127.0.0.1:1'
  readonly localAddress = '127.0.0.1:2'
  readonly fileDescriptor = 1
  readonly isUnixSocket = false
  readonly queryBytes = 0
  readonly queryFreeBytes = 0
  readonly outputBytes = 0
  readonly replies: Reply[] = []
  /** The same as they were sent. */
  readonly sent: string[] = []
  /** When each reply was written, monotonic. */
  readonly repliedAtMs: number[] = []
  readonly #bench: DispatchBench
  readonly #queue: { args: Args; arrivedAtMs: number }[] = []
  readonly #writer = new ReplyWriter()
  readonly #format: ReplyFormat
  /** Told of each reply. */
  onReply: (reply: Reply) => void = () => {}

  constructor(bench: DispatchBench, id: number, format: ReplyFormat) {
    super(id, bench.clock.unixMs())
    this.#bench = bench
    this.#format = format
  }

  /** Sends a pipeline: all of it arrives now, as one chunk. */
  request(...requests: (string | Buffer)[][]): void {
    const arrivedAtMs = this.#bench.clock.monotonicMs()
    for (const request of requests) {
      this.#queue.push({ args: new Args().load(request.map((word) => Slice.from(word))), arrivedAtMs })
    }
    this.#drain()
  }

  /** Lets go of the replies so far. */
  forget(): void {
    this.replies.length = this.sent.length = this.repliedAtMs.length = 0
  }

  resume(): void {
    if (!this.waiting) return
    this.waiting = false
    this.#drain()
  }

  send(write: (reply: ReplyWriter) => void): void {
    write(this.#writer)
    this.#collect()
  }

  push(): void {
    // nothing here is subscribed
  }

  close(): void {
    this.closing = true
    this.#bench.dispatcher.forget(this)
  }

  #drain(): void {
    const { dispatcher } = this.#bench
    if (this.waiting) return
    dispatcher.beginBatch()
    while (this.#queue.length > 0 && !this.waiting) {
      const [{ args, arrivedAtMs }] = this.#queue
      this.arrivedAtMs = arrivedAtMs
      const outcome = dispatcher.execute(this, args, this.#writer)
      if (outcome === 'done') {
        this.#queue.shift()
        this.#collect()
        continue
      }
      this.waiting = true
      if (outcome === 'later') this.#queue.shift()
      else this.#readAhead()
    }
    dispatcher.endBatch()
  }

  #readAhead(): void {
    const queue = this.#queue
    let at = -1
    this.#bench.dispatcher.readAhead(this, {
      next: () => queue[++at]?.args ?? null,
      skip: (count) => void (at += count),
      get arrivedAtMs() {
        return queue[at].arrivedAtMs
      },
    })
  }

  #collect(): void {
    const { region, position } = this.#writer
    const bytes = Buffer.from(region.bytes.subarray(0, position))
    this.#writer.reset(false)
    this.#writer.begin(this.protocol)
    if (bytes.length === 0) return
    const { reply } = readReply(bytes, this.#format)!
    this.replies.push(reply)
    this.sent.push(bytes.toString('latin1'))
    this.repliedAtMs.push(this.#bench.clock.monotonicMs())
    this.onReply(reply)
  }
}

export interface BenchOptions {
  readonly commands: readonly Command[]
  readonly clock?: Clock
  readonly config?: Record<string, string>
  readonly environment?: Record<string, string>
  readonly files?: Record<string, string>
  readonly defer?: (job: () => void) => void
  readonly rules?: Rules
  readonly copies?: (keyspace: Keyspace) => Copies
  /** What dispatch gets in place of the engine. */
  readonly settling?: (engine: Settling) => Settling
}

/** Dispatch, keyspace and origin engine joined as the server joins them, without a socket. */
export class DispatchBench {
  readonly clock: Clock
  readonly keyspace: Keyspace
  readonly origins: OriginEngine
  readonly #context: RouteContext
  readonly dispatcher: Dispatcher
  readonly propagation: Propagation
  readonly log: string[] = []
  readonly added: (readonly string[])[] = []
  readonly removed: string[] = []
  readonly bugs: unknown[] = []
  mayStore = true
  /** The replication offset. */
  offset = (): number => this.propagation.bytes
  #clients = 0

  constructor(options: BenchOptions) {
    this.clock = options.clock ?? systemClock
    const random = new SeededRandom(1)
    this.keyspace = new Keyspace({ clock: this.clock, random, databases: 4 })
    this.#context = {
      clock: this.clock,
      baseDirectory: '/nowhere',
      mayLoadCode: true,
      environment: options.environment ?? {},
      readFile: (path) => {
        const text = options.files?.[path]
        if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
        return text
      },
    }
    this.propagation = new Propagation(this.keyspace)
    this.origins = new OriginEngine({
      keyspace: this.keyspace,
      clock: this.clock,
      random,
      log: { notice: (text) => this.log.push(text), warning: (text) => this.log.push(text) },
      mayStore: () => this.mayStore,
      replicationOffset: () => this.offset(),
      tellFollowers: (message) => this.propagation.tell(['PUBLISH', followersChannel, message]),
      context: this.#context,
      onAdded: (words) => this.added.push(words),
      onRemoved: (name) => this.removed.push(name),
      ...(options.defer && { defer: options.defer }),
      ...(options.rules && { rules: options.rules }),
      ...(options.copies && { copies: options.copies(this.keyspace) }),
    })
    const table = new CommandTable(options.commands)
    const transactions = new TransactionQueue(this.keyspace, (call, command, args) =>
      this.dispatcher.executeQueued(call, command, args),
    )
    const services = {
      keyspace: this.keyspace,
      clock: this.clock,
      random,
      commands: table,
      config: { value: (name: string) => options.config?.[name] ?? '' },
      slowLog: new SlowLog(),
      latency: new LatencyMonitor(this.clock),
      statistics: new Statistics(),
      origin: new OriginCommands(this.origins),
      transactions,
      durability: { flushed: () => {} },
    } as unknown as Services
    const settling = options.settling?.(this.origins.resolver) ?? this.origins.resolver
    const clients = { size: 0, all: () => [], byId: () => undefined }
    const tracker = new Tracker({ keyspace: this.keyspace, clients, settling, clock: this.clock, wake: () => {} })
    this.dispatcher = new Dispatcher(
      services,
      { commands: table, settling, tracker, transactions, propagation: this.propagation },
      {
        monitor: () => {},
        bug: (error) => this.bugs.push(error),
        isMemoryFull: () => false,
        diskError: () => errorReply('no disk here'),
      },
    )
  }

  bindOrigin(options: OriginOptions): void {
    this.origins.resolver.addRoute(routeFromOptions(options, this.#context))
  }

  client(format: ReplyFormat = {}): TestClient {
    return new TestClient(this, ++this.#clients, format)
  }
}
