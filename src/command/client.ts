import type { Message, Subscriber, Subscriptions } from '../pubsub/index.js'
import type { Frame, Protocol, ReplyWriter } from '../resp/index.js'
import { Gate } from './command.js'
import type { Follower, Wire } from './replication.js'
import type { Tracking } from './tracking.js'
import type { Transaction, Watch } from './transaction.js'

/**
 * CLIENT REPLY: everything is answered, nothing is, or all but one command: the next (`skip`), which is what the one at
 * hand asks for (`skip-next`). `never` is a replica's: it is sent a stream, in which a reply would be garbage.
 */
export type ReplyMode = 'on' | 'off' | 'skip' | 'skip-next' | 'never'

/** What a watched key, a subscription or a prefix of keys that are tracked counts for, beside the name, which others may share. */
const namedKeyBytes = 64

/**
 * What the server knows of a client: a connection, or a caller in the same process.
 *
 * Commands read and change it; the connection (server/) and dispatch derive from it what to do.
 */
export abstract class Client implements Subscriber {
  readonly id: number
  readonly createdMs: number
  name = ''
  libraryName = ''
  libraryVersion = ''
  database = 0
  protocol: Protocol = 2
  user = 'default'
  /** Gate bits that this client brings to each of its calls. */
  gates = 0
  replyMode: ReplyMode = 'on'
  noEvict = false
  noTouch = false
  /** CLIENT NO-ORIGIN: its reads never ask an origin. */
  noOrigin = false
  /** CLIENT ORIGIN-STATUS: its replies say how fresh they are, in RESP3 attributes. */
  showsOrigin = false
  isMonitor = false
  /** It says what a primary or a file says: nothing is refused to it, and it decides what expires. */
  readonly isReplay: boolean = false
  /** Bytes that had been fed to followers (`ChangeFeed.bytes`) when its last write was: what WAIT waits for. */
  fedBytes = 0
  /** What it is to replication, since it spoke of itself as a replica. */
  replica: Follower | null = null
  /** Hears of what would be replied to a replica. */
  replied: (line: string) => void = () => {}
  /** It is the link to the primary. */
  readonly isPrimary: boolean = false
  /** Behind MULTI: what it has queued. */
  transaction: Transaction | null = null
  /** Behind WATCH: the keys it watches. */
  watch: Watch | null = null
  /** What it is subscribed to; null for nothing. */
  subscriptions: Subscriptions | null = null
  /** Behind CLIENT TRACKING ON. */
  tracking: Tracking | null = null
  /** It expects one reply to each call, at once or never: it can neither subscribe nor watch by MONITOR. */
  deniesBlocking = false
  /** The last command it ran, for CLIENT LIST. */
  lastCommand: { readonly fullName: string } | null = null
  /** Unix milliseconds of the last request. */
  lastActiveMs: number
  /** Its call waits for an origin, for keys, or for a reply that comes later. */
  waiting = false
  /** Requests that are over, refused ones included: the number of the one at hand, by which what it waits for is found. */
  requests = 0
  /** Monotonic milliseconds at which the bytes of the request being executed were read. */
  arrivedAtMs = 0
  /** `memoryBytes` as it was last counted for all clients together. */
  notedBytes = 0
  /** Set when the connection is to be closed once what was replied is sent. */
  closing = false

  constructor(id: number, nowMs: number) {
    this.id = id
    this.createdMs = nowMs
    this.lastActiveMs = nowMs
  }

  /** `ip:port` or the socket's path with `:0`; of both ends. */
  abstract readonly address: string
  abstract readonly localAddress: string
  abstract readonly fileDescriptor: number
  abstract readonly isUnixSocket: boolean
  /** Bytes received and not yet executed, room in that buffer, and bytes of replies not yet sent. */
  abstract readonly queryBytes: number
  abstract readonly queryFreeBytes: number
  abstract readonly outputBytes: number

  /** Bytes that it takes, its arguments at hand left out: `tot-mem` of CLIENT LIST. Objects of V8's heap count as none. */
  get memoryBytes(): number {
    const { subscriptions, tracking, transaction, watch } = this
    let bytes = this.queryBytes + this.queryFreeBytes + this.outputBytes
    if (transaction !== null) bytes += transaction.heldBytes
    if (watch !== null) bytes += watch.keys.size * namedKeyBytes
    if (tracking !== null) bytes += tracking.prefixes.length * namedKeyBytes
    if (subscriptions !== null) {
      bytes += (subscriptions.channel.size + subscriptions.pattern.size + subscriptions.shard.size) * namedKeyBytes
    }
    return bytes
  }

  /** What it waited for is there: executes what it has received and not yet executed. */
  abstract resume(): void

  /** Replies outside of a call: begins, lets `write` write, sends. */
  abstract send(write: (reply: ReplyWriter) => void): void

  /**
   * Sends a message out of band, whole, in this client's protocol: behind what was written for it so far, a reply that is
   * being written included, and before what will be. It is read before this returns.
   */
  abstract push(message: Uint8Array | Frame): void

  /** Writes messages that wait for the end of the reply at hand now, when none has begun. */
  writePushed(): void {
    // nothing waits but where replies are gathered
  }

  /** Closes the connection: at once, or when its replies are sent. */
  abstract close(afterReplies: boolean): void

  /** Closes the connection at once, and nobody meets it any more: of a client that is not in the midst of a call. */
  cut(): void {
    this.close(false)
  }

  /** Its bytes, for who sends it something else than replies; null where there are none. */
  wire(): Wire | null {
    return null
  }

  /**
   * From now on it is sent a stream: it cannot be replied to, nor look at keys.
   *
   * @param replied told when something would have been: the reply's first line
   */
  becomeReplica(replied: (line: string) => void): void {
    this.replyMode = 'never'
    this.replied = replied
    this.gates |= Gate.monitor
    this.deriveGates()
  }

  /** Gives it up where more waits for it than `client-output-buffer-limit` allows. */
  checkOutput(): void {
    // nothing waits but where replies are sent
  }

  hear(message: Message): void {
    this.push(message)
  }

  /** Whether it is subscribed to anything. */
  get isSubscribed(): boolean {
    return this.subscriptions !== null
  }

  /** Brings the gates in line with what makes this client's calls special. To be called when any of that changed. */
  deriveGates(): void {
    const isSpecial = this.replyMode !== 'on' || this.noTouch || (this.tracking !== null && !this.tracking.isBroadcast)
    this.#gate(Gate.special, isSpecial)
    this.#gate(Gate.transaction, this.transaction !== null)
    this.#gate(Gate.subscribed, this.isSubscribed && this.protocol === 2)
  }

  #gate(bit: number, isClosed: boolean): void {
    if (isClosed) this.gates |= bit
    else this.gates &= ~bit
  }
}
