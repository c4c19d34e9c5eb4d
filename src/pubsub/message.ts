import type { Protocol } from '../resp/index.js'

/** To whom a message goes: subscribers of its channel, of a pattern that matches it, of a shard channel. */
export type MessageKind = 'message' | 'pmessage' | 'smessage'

/**
 * One message to all who hear it by the same name. Names are latin1 text, a code unit a byte. It is encoded once for each
 * version of the protocol, however many hear it.
 */
export class Message {
  readonly kind: MessageKind
  /** The pattern by which it is heard; null for those who subscribed to the channel itself. */
  readonly pattern: string | null
  readonly channel: string
  /** Its bytes, owned by the message. */
  readonly payload: Buffer
  readonly #encoded: [resp2: Buffer | null, resp3: Buffer | null] = [null, null]

  constructor(kind: MessageKind, pattern: string | null, channel: string, payload: Buffer) {
    this.kind = kind
    this.pattern = pattern
    this.channel = channel
    this.payload = payload
  }

  /** The frame that carries it, for all to send and nobody to change. */
  encoded(protocol: Protocol): Buffer {
    return (this.#encoded[protocol - 2] ??= this.#encode(protocol))
  }

  #encode(protocol: Protocol): Buffer {
    const { kind, pattern, channel, payload } = this
    const sign = protocol === 3 ? '>' : '*'
    const by = pattern === null ? '' : bulk(pattern)
    const head = `${sign}${pattern === null ? 3 : 4}\r\n${bulk(kind)}${by}${bulk(channel)}$${payload.length}\r\n`
    const frame = Buffer.allocUnsafe(head.length + payload.length + 2)
    frame.latin1Write(head, 0)
    payload.copy(frame, head.length)
    frame.latin1Write('\r\n', head.length + payload.length)
    return frame
  }
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
