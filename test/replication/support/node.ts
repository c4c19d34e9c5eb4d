import type { ManualClock } from '../../../src/base/index.js'
import { Region, type ReplyError } from '../../../src/base/index.js'
import {
  Client,
  type ChangeFeed,
  type ChangeSink,
  type Replay,
  type SinkKind,
  type Wire,
  type Word,
} from '../../../src/command/index.js'
import {
  Replication,
  type ImageReceiver,
  type ImageWish,
  type Loading,
  type ReplicationHost,
  type ReplicationSettings,
} from '../../../src/replication/index.js'
import { RequestParser, type Args } from '../../../src/resp/index.js'
import type { Accepted, Network, ServerEnd } from './network.js'

export const encoded = (words: readonly (string | number)[]): Buffer =>
  Buffer.from(`*${words.length}\r\n${words.map((word) => `$${String(word).length}\r\n${word}\r\n`).join('')}`)

/** A feed that hands over what the test says was changed. */
class Feed implements ChangeFeed {
  bytes = 0
  #sinks: ChangeSink[] = []
  #isSelected = false
  readonly database = 0

  attach(sink: ChangeSink, _kind: SinkKind): void {
    this.#sinks.push(sink)
    this.#isSelected = false
  }

  detach(sink: ChangeSink): void {
    this.#sinks = this.#sinks.filter((one) => one !== sink)
  }

  reselect(): void {
    this.#isSelected = false
  }

  tell(words: readonly Word[]): void {
    this.#append(encoded(words.map(String)))
  }

  change(...units: (readonly string[])[]): void {
    const parts = units.map((words) => encoded(words))
    if (!this.#isSelected) parts.unshift(encoded(['SELECT', '0']))
    if (units.length > 1) {
      parts.splice(parts.length - units.length, 0, encoded(['MULTI']))
      parts.push(encoded(['EXEC']))
    }
    this.#isSelected = true
    this.#append(Buffer.concat(parts))
  }

  #append(bytes: Buffer): void {
    if (this.#sinks.length === 0) return
    this.bytes += bytes.length
    const region = Region.copyOf(bytes)
    for (const sink of this.#sinks) sink.append(region, 0, bytes.length)
  }
}

/** A client of a node that may become its replica. */
class Peer extends Client implements ServerEnd {
  readonly address = '127.0.0.1:1'
  readonly localAddress = ''
  readonly fileDescriptor = -1
  readonly isUnixSocket = false
  readonly queryBytes = 0
  readonly queryFreeBytes = 0
  readonly outputBytes = 0
  readonly #node: Node
  readonly #accepted: Accepted
  readonly #parser = new RequestParser({ bulkBytesMax: 1 << 20 })
  #kept = Buffer.alloc(0)

  constructor(node: Node, accepted: Accepted) {
    super(1, 0)
    this.#node = node
    this.#accepted = accepted
  }

  override wire(): Wire {
    const accepted = this.#accepted
    return {
      write: (bytes, sent) => accepted.write(bytes, sent),
      get pendingBytes() {
        return accepted.pendingBytes()
      },
      setNoDelay: () => {},
    }
  }

  received(region: Region, length: number): void {
    this.#kept = Buffer.concat([this.#kept, region.bytes.subarray(0, length)])
    const all = Region.copyOf(this.#kept)
    let at = 0
    for (;;) {
      const next = this.#parser.parse(all, at, this.#kept.length)
      if (next < 0) break
      at = next
      if (this.#parser.args.count > 0) this.#execute(this.#parser.args.toBuffers().map(String))
    }
    this.#kept = this.#kept.subarray(at)
  }

  closed(): void {
    this.closing = true
    this.#node.replication.forget(this)
  }

  #execute([name, ...words]: string[]): void {
    const { replication } = this.#node
    if (name === 'PING') return this.#accepted.write(Buffer.from('+PONG\r\n'))
    try {
      if (name === 'PSYNC') {
        return replication.sync(
          this,
          { id: words[0], next: Number(words[1]), isFailover: words[2] === 'FAILOVER' },
          () => '',
        )
      }
    } catch (error) {
      return this.#accepted.write(Buffer.from(`-${(error as ReplyError).text}\r\n`))
    }
    if (words[0] === 'ACK') return replication.acknowledge(this, Number(words[1]), -1)
    if (words[0] === 'listening-port') replication.configure(this, { port: Number(words[1]) })
    else replication.configure(this, { canMark: true, canChangeId: true, rdbVersion: 12 })
    this.#accepted.write(Buffer.from('+OK\r\n'))
  }

  resume(): void {}
  send(): void {}
  push(): void {}

  close(): void {
    this.#accepted.destroy()
  }
}

/**
 * A server as far as replication sees it: its dataset is a list of commands, an image of it the list as text, and its
 * connections are a test's network. Nothing in it depends on time or on a disk.
 */
export class Node implements Replay {
  readonly port: number
  readonly clock: ManualClock
  readonly logged: string[] = []
  readonly replication: Replication
  readonly statistics = {
    fullResyncs: 0,
    partialResyncs: 0,
    refusedPartialResyncs: 0,
    replicationBytesIn: 0,
    replicationBytesOut: 0,
  }
  readonly feed = new Feed()
  readonly gates = { isReplica: false, isLinkDown: false, isTooFew: false }
  settings: { -readonly [Name in keyof ReplicationSettings]: ReplicationSettings[Name] }
  /** What was executed, in order. */
  dataset: string[] = []
  database = 0
  inTransaction = false
  #queued: string[] = []
  #deferred: (() => void)[] = []
  #images: (() => void)[] = []

  constructor(network: Network, clock: ManualClock, port: number) {
    this.port = port
    this.clock = clock
    this.settings = { ...defaults, port }
    this.replication = new Replication(this.#host(network), () => port)
    this.replication.connect()
    network.listen(port, (accepted) => new Peer(this, accepted))
  }

  /** A client changes something. */
  write(...units: (readonly string[])[]): void {
    for (const words of units) this.dataset.push(words.join(' '))
    this.feed.change(...units)
  }

  /** Does what waits for the end of the loop turn; whether there was anything. */
  turn(): boolean {
    const jobs = [...this.#deferred.splice(0), ...this.#images.splice(0)]
    for (const job of jobs) job()
    return jobs.length > 0
  }

  /** CLIENT PAUSE. */
  readonly pause = {
    isActive: false,
    jobs: [] as (() => void)[],
    whenOver(job: () => void): void {
      this.jobs.push(job)
    },
    end(): void {
      this.isActive = false
      for (const job of this.jobs.splice(0)) job()
    },
  }

  get isUp(): boolean {
    return this.replication.link?.isUp === true
  }

  // --- Replay

  apply(args: Args): ReplyError | null {
    const words = args.toBuffers().map(String)
    if (words[0] === 'MULTI') this.inTransaction = true
    else if (words[0] === 'EXEC') {
      this.inTransaction = false
      this.dataset.push(...this.#queued.splice(0))
    } else if (words[0] !== 'SELECT' && words[0] !== 'PING') {
      ;(this.inTransaction ? this.#queued : this.dataset).push(words.join(' '))
    }
    return null
  }

  reset(): void {
    this.inTransaction = false
    this.#queued = []
  }

  // --- private

  #host(network: Network): ReplicationHost {
    const node = this as Node
    const log = (text: string): void => void this.logged.push(text)
    return {
      clock: this.clock,
      log: { debug: log, verbose: log, notice: log, warning: log },
      get settings() {
        return node.settings
      },
      statistics: this.statistics,
      feed: this.feed,
      replay: this,
      images: { isBusy: false, start: (wish, receiver) => this.#image(wish, receiver) },
      dataset: {
        get isEmpty() {
          return node.dataset.length === 0
        },
        flush: () => void (this.dataset = []),
        load: (_bytes, { aside }) => this.#load(aside),
        replaced: () => {},
      },
      gates: {
        setReplica: (on) => void (this.gates.isReplica = on),
        setPrimary: () => {},
        setLinkDown: (on) => void (this.gates.isLinkDown = on),
        setTooFewReplicas: (on) => void (this.gates.isTooFew = on),
      },
      directory: '/',
      hasDirectory: true,
      processId: 1,
      keepsFiles: false,
      fedBytesOnDisk: -1,
      connect: (_host, port, events) => network.connect(port, events),
      defer: (job) => void this.#deferred.push(job),
      enterPrimary: () => ({ seen: () => {}, leave: () => {} }),
      remember: () => {},
      pause: this.pause,
      pauseWrites: () => () => {},
      unblockClients: () => {},
      fatal: () => {},
    }
  }

  /** The list as it is now, in two pieces, each in a turn of its own. */
  #image(_wish: ImageWish, receiver: ImageReceiver): { resume(): void; cancel(): void } {
    const text = Buffer.from(JSON.stringify(this.dataset))
    const image = Buffer.concat([Buffer.from(`${text.length}\n`), text])
    const middle = image.length >> 1
    let isCancelled = false
    this.#images.push(() => {
      if (isCancelled) return
      receiver.write(image.subarray(0, middle))
      this.#images.push(() => {
        if (isCancelled) return
        receiver.write(image.subarray(middle))
        receiver.end()
      })
    })
    return { resume: () => {}, cancel: () => void (isCancelled = true) }
  }

  #load(aside: boolean): Loading {
    let bytes = Buffer.alloc(0)
    let length = Infinity
    const node = this as Node
    return {
      push(piece) {
        bytes = Buffer.concat([bytes, piece])
        const at = bytes.indexOf(10)
        if (at >= 0 && length === Infinity) length = at + 1 + Number(bytes.subarray(0, at).toString())
        if (Number.isNaN(length)) throw new Error('this is no image')
      },
      get isDone() {
        return bytes.length >= length
      },
      get rest() {
        return bytes.subarray(length)
      },
      keysLoaded: 0,
      finish() {
        node.dataset = JSON.parse(bytes.subarray(bytes.indexOf(10) + 1, length).toString()) as string[]
        return -1
      },
      abandon() {
        if (!aside) node.dataset = []
      },
    }
  }
}

const defaults: ReplicationSettings = {
  port: 0,
  masteruser: '',
  masterauth: Buffer.alloc(0),
  minReplicasToWrite: 0,
  minReplicasMaxLag: 10,
  replicaReadOnly: true,
  replicaServeStaleData: true,
  replicaPriority: 100,
  replicaAnnounced: true,
  replicaAnnounceIp: '',
  replicaAnnouncePort: 0,
  replDisklessSync: true,
  replDisklessSyncDelay: 0,
  replDisklessSyncMaxReplicas: 0,
  replDisklessLoad: 'swapdb',
  replDisableTcpNodelay: false,
  replBacklogSize: 1 << 20,
  replBacklogTtl: 3600,
  replTimeout: 60,
  replPingReplicaPeriod: 10,
  propagationErrorBehavior: 'ignore',
  replicaCompat: 'any',
  save: [],
  rdbDelSyncFiles: false,
  keyLoadDelay: 0,
  loadingProcessEventsIntervalBytes: 2 << 20,
  dbfilename: 'dump.rdb',
}
