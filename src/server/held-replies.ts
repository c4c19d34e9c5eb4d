import type { Region } from '../base/index.js'
import type { Recipient } from './output.js'

/** Replies that are not to leave before the disk has what they speak of. */
export interface Barrier {
  /** Replies are about to be sent: begins to put on the disk what they depend on. */
  prepare(): void
  /** The position that must be safe before what was replied until now may leave; 0 where nothing must. */
  readonly required: number
}

/** Replies leave when they are written. */
export const noBarrier: Barrier = { prepare: () => {}, required: 0 }

/** Buffers kept for later, and how large one may be to be kept. */
const sparesMax = 4
const spareBytesMax = 1 << 19

interface Part {
  /** Null when it is gone. */
  recipient: Recipient | null
  readonly region: Region | null
  readonly start: number
  readonly end: number
  /** It is all of a loop turn for its recipient. */
  readonly isLast: boolean
  readonly then: (() => void) | null
}

/** What was replied in one loop turn, or up to where it was sent early. */
interface Turn {
  position: number
  /** Somebody else reads its buffers, too. */
  isShared: boolean
  readonly parts: Part[]
}

/**
 * Replies held back until a position of the append-only file is on the disk: turn by turn, in order, whoever they are for.
 *
 * All of a turn waits, replies of reads included: they may show what an unsafe write did.
 */
export class HeldReplies {
  readonly #turns: Turn[] = []
  #open: Turn | null = null
  readonly #spare: Region[] = []
  #isReleasing = false

  get isEmpty(): boolean {
    return this.#turns.length === 0 && this.#open === null
  }

  /** Bytes that are held. */
  bytes = 0

  /** Keeps bytes of the turn at hand. Nobody may write there until they are released. */
  add(recipient: Recipient, isLast: boolean): void {
    const { outputRegion: region, outputStart: start, outputEnd: end } = recipient
    recipient.outputEnd = 0
    const bytes = end === 0 ? 0 : end - start
    recipient.heldBytes += bytes
    this.bytes += bytes
    this.#parts.push({ recipient, region: bytes === 0 ? null : region, start, end, isLast, then: null })
  }

  /** Calls back when all that was held until now has left. */
  whenReleased(then: () => void): void {
    this.#parts.push({ recipient: null, region: null, start: 0, end: 0, isLast: false, then })
  }

  /** Ends the turn at hand, which is not to leave before `position` is safe. */
  endTurn(position: number, isShared: boolean): void {
    if (this.#open === null) return
    this.#open.isShared = isShared
    this.#open.position = Math.max(position, this.#turns.at(-1)?.position ?? 0)
    this.#turns.push(this.#open)
    this.#open = null
  }

  /** Sends what may leave. */
  release(safe: number): void {
    if (this.#isReleasing) return // what is sent may end a client, which ends here again
    this.#isReleasing = true
    while (this.#turns.length > 0 && this.#turns[0].position <= safe) this.#send(this.#turns.shift()!)
    this.#isReleasing = false
  }

  /** A buffer that is free to be written, if there is one. */
  takeSpare(): Region | undefined {
    return this.#spare.pop()
  }

  /** Forgets what is held for somebody who is gone. */
  drop(recipient: Recipient): void {
    if (recipient.heldBytes === 0 && this.isEmpty) return
    this.bytes -= recipient.heldBytes
    recipient.heldBytes = 0
    for (const { parts } of this.#open === null ? this.#turns : [...this.#turns, this.#open]) {
      for (const part of parts) if (part.recipient === recipient) part.recipient = null
    }
  }

  get #parts(): Part[] {
    this.#open ??= { position: 0, isShared: false, parts: [] }
    return this.#open.parts
  }

  #send({ parts, isShared }: Turn): void {
    const free = new Set<Region>()
    for (const { region } of parts) if (region !== null) free.add(region)
    for (const part of parts) {
      part.then?.()
      const { recipient, region, start, end } = part
      if (recipient === null) continue
      if (region !== null) {
        recipient.heldBytes -= end - start
        this.bytes -= end - start
        if (recipient.transmit(region, start, end)) free.delete(region)
      }
      if (part.isLast) recipient.flushed()
    }
    if (isShared) return
    for (const region of free) {
      if (this.#spare.length < sparesMax && region.bytes.length <= spareBytesMax) this.#spare.push(region)
    }
  }
}
