import { ReplyError } from '../base/index.js'

/** A reply as JavaScript has it. Bulks and texts are Buffers or strings, as the reader was told. */
export type Reply =
  string | Buffer | number | bigint | boolean | null | ReplyError | Reply[] | Map<Reply, Reply> | Set<Reply> | Push

/** An out-of-band message of RESP3. */
export class Push {
  readonly items: Reply[]

  constructor(items: Reply[]) {
    this.items = items
  }
}

export interface ReplyFormat {
  /** Bulk replies as Buffers instead of UTF-8 text. */
  readonly buffers?: boolean
}

/** Thrown inside the reader when the bytes end in mid-reply. */
const incomplete = Symbol('incomplete')

/**
 * Reads one reply of RESP2 or RESP3 from the start of `bytes`.
 *
 * @returns the reply and the bytes it took, or null when its end has not come
 * @throws {Error} bytes that are no reply
 */
export function readReply(bytes: Buffer, format: ReplyFormat = {}): { reply: Reply; length: number } | null {
  const reader = new Reader(bytes, format.buffers === true)
  try {
    const reply = reader.read()
    return { reply, length: reader.at }
  } catch (error) {
    if (error === incomplete) return null
    throw error
  }
}

class Reader {
  at = 0
  readonly #bytes: Buffer
  readonly #buffers: boolean

  constructor(bytes: Buffer, buffers: boolean) {
    this.#bytes = bytes
    this.#buffers = buffers
  }

  read(): Reply {
    const line = this.#line()
    const rest = line.slice(1)
    switch (line[0]) {
      case '+':
        return Buffer.from(rest, 'latin1').toString()
      case '-':
        return readError(Buffer.from(rest, 'latin1').toString())
      case ':':
        return readNumber(rest)
      case '(':
        return BigInt(rest)
      case ',':
        return readDouble(rest)
      case '#':
        return rest === 't'
      case '_':
        return null
      case '$':
        return rest === '-1' ? null : this.#bulk(Number(rest))
      case '=':
        return this.#verbatim(Number(rest))
      case '!':
        return readError(String(this.#bulk(Number(rest))))
      case '*':
        return rest === '-1' ? null : this.#items(Number(rest))
      case '~':
        return new Set(this.#items(Number(rest)))
      case '>':
        return new Push(this.#items(Number(rest)))
      case '%':
        return this.#map(Number(rest))
      case '|':
        this.#map(Number(rest)) // attributes say something about the reply that follows
        return this.read()
      default:
        throw new Error(`not a reply: ${JSON.stringify(line.slice(0, 32))}`)
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf('\r\n', this.at, 'latin1')
    if (end < 0) throw incomplete
    const line = this.#bytes.latin1Slice(this.at, end)
    this.at = end + 2
    return line
  }

  #bulk(length: number): string | Buffer {
    const end = this.at + length
    if (end + 2 > this.#bytes.length) throw incomplete
    const value = this.#buffers ? Buffer.from(this.#bytes.subarray(this.at, end)) : this.#bytes.utf8Slice(this.at, end)
    this.at = end + 2
    return value
  }

  #verbatim(length: number): string {
    return String(this.#bulk(length)).slice(4)
  }

  #items(count: number): Reply[] {
    const items: Reply[] = []
    for (let i = 0; i < count; i++) items.push(this.read())
    return items
  }

  #map(count: number): Map<Reply, Reply> {
    const map = new Map<Reply, Reply>()
    for (let i = 0; i < count; i++) {
      const key = this.read()
      map.set(key, this.read())
    }
    return map
  }
}

function readNumber(text: string): number | bigint {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text)
}

function readDouble(text: string): number {
  if (text === 'inf') return Infinity
  if (text === '-inf') return -Infinity
  return Number(text)
}

function readError(text: string): ReplyError {
  const space = text.indexOf(' ')
  return space < 0 ? new ReplyError(text, '') : new ReplyError(text.slice(0, space), text.slice(space + 1))
}
