import { ReplyWriter, type Protocol } from '../resp/index.js'
import type { Region } from '../base/index.js'

/** Replies of all clients beyond this are sent before the loop turn ends: a larger buffer would be a new one each turn. */
const earlyBytes = 1 << 17

/** Whoever replies are written for. */
export interface Recipient {
  readonly protocol: Protocol
  /** Where its replies of this loop turn stand; `outputEnd` 0 is none. */
  outputRegion: Region | null
  outputStart: number
  outputEnd: number
  /** Sends bytes `start` to `end`; whether somebody may still read them there when this returns. */
  transmit(region: Region, start: number, end: number): boolean
  /** All of the loop turn was transmitted. */
  flushed(): void
}

/**
 * Gathers the replies of all clients in one buffer and sends them once per client and loop turn.
 *
 * Sending in `setImmediate`, when every socket that was readable has been read, saves a system call per request of a
 * client that pipelines, and costs one that does not nothing.
 */
export class Output {
  readonly reply = new ReplyWriter()
  #current: Recipient | null = null
  #waiting: Recipient[] = []
  #spare: Recipient[] = []
  #scheduled = false
  /** Somebody may still read the buffer: the next turn needs another. */
  #shared = false

  /** From now on `reply` writes for `recipient`. */
  use(recipient: Recipient): ReplyWriter {
    const { reply } = this
    if (this.#current !== recipient) {
      // much to send already: it goes now, and the same buffer serves the clients that follow
      if (reply.position > earlyBytes) this.#send()
      else this.#close()
      this.#current = recipient
      reply.begin(recipient.protocol)
      if (!this.#scheduled) {
        this.#scheduled = true
        setImmediate(this.#flush)
      }
    } else if (reply.protocol !== recipient.protocol) reply.protocol = recipient.protocol
    return reply
  }

  /** Bytes written for the current recipient and not yet sent. */
  get pendingBytes(): number {
    return this.reply.mark
  }

  /** Bytes of the buffer that replies are written to. */
  get bufferBytes(): number {
    return this.reply.capacity
  }

  /** Sends what was written so far, before the loop turn ends. */
  readonly flush = (): void => this.#send()

  /** Takes away what was written for a recipient in this loop turn, as a copy. */
  take(recipient: Recipient): Buffer {
    const { reply } = this
    const parts: Buffer[] = []
    if (recipient.outputEnd !== 0) {
      // others wrote in between: its first part was already put aside
      parts.push(recipient.outputRegion!.bytes.subarray(recipient.outputStart, recipient.outputEnd))
      recipient.outputEnd = 0
    }
    if (this.#current === recipient) {
      parts.push(reply.region.bytes.subarray(reply.start, reply.position))
      reply.rewind(0)
    }
    return Buffer.concat(parts)
  }

  /** Makes sure that the recipient hears that all was sent, even if there is nothing to send. */
  finish(recipient: Recipient): void {
    this.use(recipient)
    this.#waiting.push(recipient)
  }

  /** Forgets a recipient that is gone. */
  drop(recipient: Recipient): void {
    if (this.#current === recipient) this.#close()
    recipient.outputEnd = 0
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    this.#send()
  }

  /** Ends the turn of the current recipient and notes where its replies stand. */
  #close(): void {
    const recipient = this.#current
    if (recipient === null) return
    this.#current = null
    const { reply } = this
    if (reply.position === reply.start) return
    if (recipient.outputEnd !== 0) {
      if (recipient.outputRegion === reply.region && recipient.outputEnd === reply.start) {
        recipient.outputEnd = reply.position
        return
      }
      // it had its turn before, and others wrote in between: the first part goes now, to keep the order
      this.#transmit(recipient)
    } else this.#waiting.push(recipient)
    recipient.outputRegion = reply.region
    recipient.outputStart = reply.start
    recipient.outputEnd = reply.position
  }

  #send(): void {
    this.#close()
    const waiting = this.#waiting
    this.#waiting = this.#spare
    this.#spare = waiting
    for (const recipient of waiting) {
      this.#transmit(recipient)
      recipient.flushed()
    }
    waiting.length = 0
    this.reply.reset(this.#shared)
    this.#shared = false
  }

  #transmit(recipient: Recipient): void {
    if (recipient.outputEnd === 0) return
    const { outputRegion, outputStart, outputEnd } = recipient
    recipient.outputEnd = 0
    if (recipient.transmit(outputRegion!, outputStart, outputEnd)) this.#shared = true
  }
}
