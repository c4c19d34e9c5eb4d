/**
 * A reader of RESP2 and RESP3 replies for the tests, independent of src/resp on purpose: what checks the server must
 * not share its mistakes.
 */

const CR = 13

/** The bytes that begin a reply which holds other replies; the number says how many replies one counted unit is. */
const aggregates: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 }

/** Whether the bytes that follow a `$`, `=` or `!` line are the payload that line announces. */
const isBlob = (kind: string): boolean => kind === '$' || kind === '=' || kind === '!'

/**
 * Where the reply that begins at `at` ends, or -1 when it is not complete.
 *
 * An attribute (`|`) is a prefix of the reply that follows, so both end together.
 *
 * @throws {Error} when the bytes are no reply
 */
export function replyEnd(bytes: Buffer, at: number, limit = bytes.length): number {
  for (let pending = 1; pending > 0; pending--) {
    const cr = bytes.indexOf(CR, at)
    if (cr < 0 || cr + 2 > limit) return -1
    const kind = String.fromCharCode(bytes[at])
    if (kind in aggregates || isBlob(kind)) {
      const count = Number(bytes.latin1Slice(at + 1, cr))
      if (!Number.isInteger(count)) throw new Error(`no RESP length: ${printable(bytes.subarray(at, cr))}`)
      at = cr + 2
      if (isBlob(kind)) at += count < 0 ? 0 : count + 2
      else pending += Math.max(0, count) * aggregates[kind] + (kind === '|' ? 1 : 0)
    } else {
      if (!'+-:_,#('.includes(kind)) throw new Error(`no RESP reply: ${printable(bytes.subarray(at, cr))}`)
      at = cr + 2
    }
    if (at > limit) return -1
  }
  return at
}

/** A reply taken apart: its first byte, and either the bytes it carries, or the replies it holds, or neither (nil). */
export interface Reply {
  readonly kind: string
  readonly text: string | null
  readonly items: readonly Reply[] | null
}

/** Takes one complete reply apart. Bytes become a latin1 string, so that equal strings are equal bytes. */
export function decodeReply(bytes: Buffer): Reply {
  return decodeAt(bytes, { at: 0 })
}

function decodeAt(bytes: Buffer, cursor: { at: number }): Reply {
  const kind = String.fromCharCode(bytes[cursor.at])
  const cr = bytes.indexOf(CR, cursor.at)
  const line = bytes.latin1Slice(cursor.at + 1, cr)
  cursor.at = cr + 2
  const count = Number(line)
  if (isBlob(kind)) {
    if (count < 0) return { kind, text: null, items: null }
    const text = bytes.latin1Slice(cursor.at, cursor.at + count)
    cursor.at += count + 2
    return { kind, text, items: null }
  }
  if (!(kind in aggregates)) return { kind, text: kind === '_' ? null : line, items: null }
  if (count < 0) return { kind, text: null, items: null }
  const items: Reply[] = []
  for (let i = 0; i < count * aggregates[kind]; i++) items.push(decodeAt(bytes, cursor))
  return { kind, text: null, items }
}

/** A request as RESP, the way every client sends it. */
export function encodeRequest(args: readonly (string | Uint8Array)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`)]
  for (const arg of args) {
    const bytes = typeof arg === 'string' ? Buffer.from(arg) : Buffer.from(arg)
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat(parts)
}

/** Bytes as one line a person can read, long ones cut in the middle. */
export function printable(bytes: Uint8Array, most = 300): string {
  const text = Array.from(bytes.length > most ? bytes.subarray(0, most) : bytes, (byte) => {
    if (byte === 13) return '\\r'
    if (byte === 10) return '\\n'
    if (byte === 92) return '\\\\'
    if (byte < 32 || byte > 126) return `\\x${byte.toString(16).padStart(2, '0')}`
    return String.fromCharCode(byte)
  }).join('')
  return bytes.length > most ? `${text}… (${bytes.length} bytes)` : text
}
