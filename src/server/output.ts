import { ReplyWriter, type Frame, type Protocol } from '../resp/index.js'
import type { Region } from '../base/index.js'
import { HeldReplies, noBarrier } from './held-replies.js'
import { Messages, type PendingMessages } from './messages.js'

/** Replies of all clients beyond this are sent before the loop turn ends: a larger buffer would be a new one each turn. */
const earlyBytes = 1 << 17

/** Messages out of band of at least this size are not copied behind the replies: they are sent from where they stand. */
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
  readonly pushed: PendingMessages
  /** Bytes of replies that are held back: see HeldReplies. */
  heldBytes: number
  /** Whether it is sent replies at once, whatever they depend on, and holds them back itself by `Output.whenSafe`. */
  readonly holdsItself: boolean
  /** Sends bytes `start` to `end`; whether somebody may still read them there when this returns. */
  transmit(region: Region, start: number, end: number): boolean
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
  readonly #messages = new Messages()
  #scheduled = false
  /** Called before what was written in a loop turn is sent: the last moment to add to it. */
  beforeSending: () => void = () => {}
  /** What replies must wait for. */
  barrier = noBarrier
  /** Somebody may still read the buffer, or that of the messages: the next turn needs another. */
  #shared = false
  #messagesShared = false
  readonly #held = new HeldReplies()

  /** From now on `reply` writes for `recipient`. */
  use(recipient: Recipient): ReplyWriter {
    const { reply } = this
    if (this.#current !== recipient) {
      // much to send already: it goes now, and the same buffer serves the clients that follow
      if (reply.position > earlyBytes || this.#messages.bytes > earlyBytes) this.#send()
      this.#turnTo(recipient)
      this.schedule()
    } else if (reply.protocol !== recipient.protocol) reply.protocol = recipient.protocol
    if (recipient.pushed.bytes !== 0) this.#writePushed(recipient)
    return reply
  }

  #turnTo(recipient: Recipient): void {
    this.#close()
    this.#current = recipient
    this.reply.begin(recipient.protocol, recipient.replyBytesMax)
  }

  /**
   * Sends a message out of band: behind all that is written for the recipient now, a reply in the midst of it included,
   * and before what will be. Messages wait for the end of the loop turn, so that many to one are one system call.
   */
  push(recipient: Recipient, message: Uint8Array | Frame): void {
    const { pushed } = recipient
    if (pushed.bytes === 0) {
      this.#pushing.push(recipient)
      this.schedule()
    }
    pushed.add(this.#messages.write(message, recipient.protocol))
  }

  /** Bytes not yet sent: written for the current recipient, and of messages to all. */
  get pendingBytes(): number {
    return this.reply.mark + this.#messages.bytes
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
    recipient.pushed.clear()
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
    recipient.pushed.take((region, start, end) => {
      if (end - start < directBytes) {
        this.reply.copied(region, start, end)
        return
      }
      this.#close()
      this.#transmit(recipient)
      point(recipient, region, start, end)
      this.#transmit(recipient)
      this.#waiting.push(recipient) // to hear that all was transmitted
      this.#turnTo(recipient)
    })
  }

  /** Sends the messages out of band of one to whom nothing else is to be sent. */
  #sendPushed(recipient: Recipient): void {
    const { pushed } = recipient
    if (this.#current === recipient || recipient.outputEnd !== 0 || !pushed.isOnePart) {
      if (this.#current !== recipient) this.#turnTo(recipient)
      this.#writePushed(recipient)
    } else if (pushed.bytes > recipient.replyBytesMax) {
      pushed.clear()
      recipient.overflowed()
    } else {
      pushed.take((region, start, end) => point(recipient, region, start, end))
      this.#waiting.push(recipient)
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
    point(recipient, reply.region, reply.start, reply.position)
  }

  /** Whether what is replied now depends on what the disk does not have. */
  get #mustHold(): boolean {
    return !this.#held.isEmpty || this.barrier.required !== 0
  }

  #send(): void {
    const pushing = this.#pushing
    this.#pushing = []
    for (const recipient of pushing) if (recipient.pushed.bytes !== 0) this.#sendPushed(recipient)
    this.#close()
    this.barrier.prepare()
    const waiting = this.#waiting
    this.#waiting = this.#spare
    this.#spare = waiting
    if (this.#mustHold) {
      for (const recipient of waiting) this.#hold(recipient)
      this.#held.endTurn(this.barrier.required, this.#shared || this.#pushing.length > 0)
      if (this.reply.position !== 0) this.reply.exchange(this.#held.takeSpare())
      if (this.#messages.bytes > 0) this.#messages.reset(true) // what is held is read where it stands
      if (this.barrier.required === 0) this.#held.release(Infinity)
    } else {
      for (const recipient of waiting) {
        this.#transmit(recipient)
        recipient.flushed()
      }
      this.reply.reset(this.#shared)
    }
    waiting.length = 0
    this.#shared = false
    if (this.#pushing.length > 0) return // messages that the others' end brought about
    this.#messages.reset(this.#messagesShared)
    this.#messagesShared = false
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
    if (this.#mustHold && !recipient.holdsItself) {
      this.barrier.prepare()
      if (this.#mustHold) return this.#held.add(recipient, false)
    }
    const { outputRegion, outputStart, outputEnd } = recipient
    recipient.outputEnd = 0
    if (!recipient.transmit(outputRegion!, outputStart, outputEnd)) return
    if (outputRegion === this.#messages.region) this.#messagesShared = true
    else this.#shared = true
  }
}

/** Notes what is to be transmitted to one of whom nothing else is noted. */
function point(recipient: Recipient, region: Region, start: number, end: number): void {
  recipient.outputRegion = region
  recipient.outputStart = start
  recipient.outputEnd = end
}
