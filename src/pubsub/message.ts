import { Slice } from '../base/index.js'
import type { Frame, ReplyWriter } from '../resp/index.js'

/** To whom a message goes: subscribers of its channel, of a pattern that matches it, of a shard channel. */
export type MessageKind = 'message' | 'pmessage' | 'smessage'

const kinds: Readonly<Record<MessageKind, Slice>> = {
  message: Slice.from('message'),
  pmessage: Slice.from('pmessage'),
  smessage: Slice.from('smessage'),
}

/** A name as text, a code unit a byte, and as bytes. */
export interface Named {
  readonly name: string
  readonly bytes: Slice
}

/**
 * One message to all who hear it by the same name. Names are latin1 text, a code unit a byte. Its bytes are borrowed from
 * whoever publishes it, and good while it is told: who needs them for longer says so by `keep`.
 */
export class Message implements Frame {
  readonly kind: MessageKind
  readonly channel: string
  readonly #by: Named | null
  readonly #channelBytes: Slice
  readonly #payload: Slice
  #kept: Buffer | null = null

  /** @param by the pattern by which it is heard; null for those who subscribed to the channel itself */
  constructor(kind: MessageKind, by: Named | null, channel: Named, payload: Slice) {
    this.kind = kind
    this.channel = channel.name
    this.#by = by
    this.#channelBytes = channel.bytes
    this.#payload = payload
  }

  /** The pattern by which it is heard; null for those who subscribed to the channel itself. */
  get pattern(): string | null {
    return this.#by === null ? null : this.#by.name
  }

  /** Its bytes, owned by the message. */
  get payload(): Buffer {
    return (this.#kept ??= this.#payload.toBuffer())
  }

  /** Has `payload`, `channel` and `pattern` stay what they are when the message has been told. */
  keep(): void {
    this.#kept ??= this.#payload.toBuffer()
  }

  /** The frame that carries it. While it is told only. */
  write(reply: ReplyWriter): void {
    const by = this.#by
    reply.push(by === null ? 3 : 4)
    reply.bulk(kinds[this.kind])
    if (by !== null) reply.bulk(by.bytes)
    reply.bulk(this.#channelBytes)
    reply.bulk(this.#payload)
  }
}
