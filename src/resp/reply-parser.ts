import { ReplyReader } from './reply-reader.js'
import type { Reply, ReplyFormat } from './reply.js'

/**
 * Reads one reply of RESP2 or RESP3 from the start of `bytes`.
 *
 * @returns the reply and the bytes it took, or null when its end has not come
 * @throws {Error} bytes that are no reply
 */
export function readReply(bytes: Buffer, format: ReplyFormat = {}): { reply: Reply; length: number } | null {
  const reader = new ReplyReader(format)
  reader.feed(bytes)
  const reply = reader.next()
  return reply === undefined ? null : { reply, length: bytes.length - reader.unread }
}
