import { SocketlessClient } from '../command/index.js'
import type { Dispatcher } from '../dispatch/index.js'
import { Args, readReply, type Reply, type ReplyFormat, type ReplyWriter } from '../resp/index.js'
import type { Clock } from '../base/index.js'
import type { Region } from '../base/index.js'
import { PendingMessages } from './messages.js'
import type { Output, Recipient } from './output.js'

export interface LocalHost {
  readonly clock: Clock
  readonly dispatcher: Dispatcher
  readonly output: Output
}

/** A client in the same process, answered without a socket: one call at a time. */
export class LocalClient extends SocketlessClient implements Recipient {
  readonly address = 'local:0'
  readonly localAddress = 'local:0'
  readonly replyBytesMax = Infinity
  outputRegion: Region | null = null
  outputStart = 0
  outputEnd = 0
  readonly pushed = new PendingMessages()
  heldBytes = 0
  readonly holdsItself = true
  override deniesBlocking = true
  readonly #host: LocalHost
  readonly #args = new Args()
  #pending: Buffer | null = null
  #parts: Buffer[] = []
  #resolve: ((reply: Buffer) => void) | null = null
  #reject: ((reason: Error) => void) | null = null
  readonly #gone: () => void

  /** @param gone called once, when it is closed and answered */
  constructor(id: number, host: LocalHost, gone: () => void) {
    super(id, host.clock.unixMs())
    this.#host = host
    this.#gone = gone
    this.protocol = 3
  }

  /**
   * Executes the command; the reply is what a RESP3 client would have read, null where it is not answered at all.
   *
   * @throws {Error} the client or the server is closed, or is while the call waits
   */
  call(values: readonly (string | Buffer)[], format: ReplyFormat): Promise<Reply> {
    if (this.closing) return Promise.reject(new Error('the client is closed'))
    this.#args.load(values)
    const { clock } = this.#host
    this.arrivedAtMs = clock.monotonicMs()
    this.lastActiveMs = clock.unixMs()
    return new Promise<Buffer>((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#execute()
    }).then((bytes) => readReply(bytes, format)?.reply ?? null)
  }

  resume(): void {
    if (!this.waiting) return
    this.waiting = false
    if (this.#pending !== null) this.#answer(this.#pending)
    else this.#execute()
  }

  send(write: (reply: ReplyWriter) => void): void {
    const { output } = this.#host
    write(output.use(this))
    if (this.waiting) this.#pending = this.#take()
  }

  push(): void {
    // nobody would read it: there are replies only
  }

  close(afterReplies: boolean): void {
    if (!afterReplies) this.#giveUp('the client was closed before it was answered')
    else if (!this.closing) {
      this.closing = true
      if (this.#resolve === null) this.#gone()
    }
  }

  /** The server ends: a call that still waits is told so. */
  abandon(): void {
    this.#giveUp('the server was closed before it could answer')
  }

  /** What was written is sent early, since others wrote much as well: kept until the call is answered. */
  transmit(region: Region, start: number, end: number): boolean {
    this.#parts.push(Buffer.from(region.bytes.subarray(start, end)))
    return false
  }

  overflowed(): void {
    // a caller in the same process may have as much as it asks for
  }

  flushed(): void {
    // replies are taken as soon as they are written
  }

  held(): void {
    // its answer is held back, not what it is made of
  }

  #execute(): void {
    const { dispatcher, output } = this.#host
    dispatcher.beginBatch()
    const outcome = dispatcher.execute(this, this.#args, output.use(this))
    dispatcher.endBatch()
    if (outcome === 'done') this.#answer(this.#take())
    else {
      this.#take()
      this.waiting = true
    }
  }

  /** All that was written for this call. */
  #take(): Buffer {
    const parts = this.#parts
    this.#parts = []
    parts.push(this.#host.output.take(this))
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }

  #answer(bytes: Buffer): void {
    const resolve = this.#resolve
    const isLast = this.closing
    this.#pending = this.#resolve = this.#reject = null
    if (resolve === null) return
    this.#host.output.whenSafe(() => {
      resolve(bytes)
      if (isLast) this.#gone()
    })
  }

  #giveUp(why: string): void {
    const reject = this.#reject
    if (this.closing && reject === null) return
    this.closing = true
    this.#resolve = this.#reject = null
    reject?.(new Error(why))
    this.#gone()
  }
}
