import { ReplyWriter, type Protocol } from '../resp/index.js'
import type { Region } from '../base/index.js'
import { HeldReplies, noBarrier } from './held-replies.js'

/** Replies of all clients beyond this are sent before the loop turn ends: a larger buffer would be a new one each turn. */
const earlyBytes = 1 << 17

/** A message out of band of at least this size is not copied: it is sent as it is. */
const directBytes = 1 << 13

/** Whoever replies are written for. */
export interface Recipient {
  readonly protocol: Protocol
  /** Bytes of replies that it may be sent now; if there are more, it is sent none, and told so by `overflowed`. */
  readonly replyBytesMax: number
  /** Where its replies of this loop turn stand; `outputEnd` 0 is none. */
  outputRegion: Region | null
  outputStart: number
  outputEnd: number
  /** Messages out of band that are still to be written. */
  readonly pushed: Uint8Array[]
  /** Bytes of replies that are held back: see HeldReplies. */
  heldBytes: number
  /** Whether it is sent replies at once, whatever they depend on, and holds them back itself by `Output.whenSafe`. */
  readonly holdsItself: boolean
  /** Sends bytes `start` to `end`; whether somebody may still read them there when this returns. */
  transmit(region: Region, start: number, end: number): boolean
  /** Sends bytes that nobody changes. */
  transmitOwned(bytes: Uint8Array): void
  /** It had more replies than it may: they were dropped. */
  overflowed(): void
  /** All of the loop turn was transmitted. */
  flushed(): void
  /** The replies of the loop turn are held back. */
  held(): void
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
  /** Those with messages out of band, until they are written. */
  #pushing: Recipient[] = []
  #scheduled = false
  /** Called before what was written in a loop turn is sent: the last moment to add to it. */
  beforeSending: () => void = () => {}
  /** What replies must wait for. */
  barrier = noBarrier
  /** Somebody may still read the buffer: the next turn needs another. */
  #shared = false
  readonly #held = new HeldReplies()

  /** From now on `reply` writes for `recipient`. */
  use(recipient: Recipient): ReplyWriter {
    const { reply } = this
    if (this.#current !== recipient) {
      // much to send already: it goes now, and the same buffer serves the clients that follow
      if (reply.position > earlyBytes) this.#send()
      else this.#close()
      this.#current = recipient
      reply.begin(recipient.protocol, recipient.replyBytesMax)
      this.schedule()
    } else if (reply.protocol !== recipient.protocol) reply.protocol = recipient.protocol
    if (recipient.pushed.length !== 0) this.#writePushed(recipient)
    return reply
  }

  /**
   * Sends a message out of band: behind all that is written for the recipient now, a reply in the midst of it included,
   * and before what will be. Messages wait for the end of the loop turn, so that many to one are one system call.
   */
  push(recipient: Recipient, bytes: Uint8Array): void {
    if (recipient.pushed.push(bytes) > 1) return
    this.#pushing.push(recipient)
    this.schedule()
  }

  /** Bytes written for the current recipient and not yet sent. */
  get pendingBytes(): number {
    return this.reply.mark
  }

  /** Bytes of the buffer that replies are written to. */
  get bufferBytes(): number {
    return this.reply.capacity + this.#held.bytes
  }

  /** All that was promised up to `position` is on the disk: sends the replies that waited for it. */
  release(position: number): void {
    this.#held.release(position)
  }

  /** Calls back when all that was replied until now may be known outside: at once where nothing is held back. */
  whenSafe(then: () => void): void {
    if (!this.#mustHold) return then()
    this.#held.whenReleased(then)
    this.schedule()
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
    recipient.pushed.length = 0
    this.#held.drop(recipient)
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    this.beforeSending()
    this.#send()
  }

  /** Has what is written, and what `beforeSending` adds, sent at the end of this loop turn. */
  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  /** Writes the messages out of band of the current recipient, who has replied nothing since. */
  #writePushed(recipient: Recipient): void {
    const messages = recipient.pushed.splice(0)
    for (const bytes of messages) {
      if (bytes.length < directBytes || (this.#mustHold && !recipient.holdsItself)) {
        this.reply.encoded(bytes)
        continue
      }
      this.#close()
      this.#transmit(recipient)
      recipient.transmitOwned(bytes)
      this.#waiting.push(recipient) // to hear that all was transmitted
      this.#current = recipient
      this.reply.begin(recipient.protocol, recipient.replyBytesMax)
    }
  }

  /** Ends the turn of the current recipient and notes where its replies stand. */
  #close(): void {
    const recipient = this.#current
    if (recipient === null) return
    this.#current = null
    const { reply } = this
    if (reply.isTooMuch) {
      reply.rewind(0)
      recipient.overflowed()
      return
    }
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

  /** Whether what is replied now depends on what the disk does not have. */
  get #mustHold(): boolean {
    return !this.#held.isEmpty || this.barrier.required !== 0
  }

  #send(): void {
    const pushing = this.#pushing
    this.#pushing = []
    for (const recipient of pushing) if (recipient.pushed.length !== 0) this.use(recipient)
    this.#close()
    this.barrier.prepare()
    const waiting = this.#waiting
    this.#waiting = this.#spare
    this.#spare = waiting
    if (this.#mustHold) {
      for (const recipient of waiting) this.#hold(recipient)
      this.#held.endTurn(this.barrier.required, this.#shared)
      if (this.reply.position !== 0) this.reply.exchange(this.#held.takeSpare())
    } else {
      for (const recipient of waiting) {
        this.#transmit(recipient)
        recipient.flushed()
      }
      this.reply.reset(this.#shared)
    }
    waiting.length = 0
    this.#shared = false
  }

  #hold(recipient: Recipient): void {
    if (recipient.holdsItself) {
      this.#transmit(recipient)
      return recipient.flushed()
    }
    this.#held.add(recipient, true)
    recipient.held()
  }

  #transmit(recipient: Recipient): void {
    if (recipient.outputEnd === 0) return
    if (this.#mustHold && !recipient.holdsItself) return this.#held.add(recipient, false)
    const { outputRegion, outputStart, outputEnd } = recipient
    recipient.outputEnd = 0
    if (recipient.transmit(outputRegion!, outputStart, outputEnd)) this.#shared = true
  }
}
