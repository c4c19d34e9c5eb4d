import type { Protocol, ReplyWriter } from '../resp/index.js'

/**
 * CLIENT REPLY: everything is answered, nothing is, or all but one command: the next (`skip`), which is what the one at
 * hand asks for (`skip-next`).
 */
export type ReplyMode = 'on' | 'off' | 'skip' | 'skip-next'

/**
 * What the server knows of a client: a connection, or a caller in the same process.
 *
 * Commands read and change it; the connection (server/) and dispatch derive from it what to do.
 */
export abstract class Client {
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
  isMonitor = false
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

  /** What it waited for is there: executes what it has received and not yet executed. */
  abstract resume(): void

  /** Replies outside of a call: begins, lets `write` write, sends. */
  abstract send(write: (reply: ReplyWriter) => void): void

  /** Closes the connection: at once, or when its replies are sent. */
  abstract close(afterReplies: boolean): void
}
