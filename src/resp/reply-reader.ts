import { ReplyError } from '../base/index.js'
import { Push, readDouble, readError, readNumber } from './reply.js'
import type { Reply, ReplyFormat } from './reply.js'

/** Bytes of a line that opens a reply: an error's text, at most. */
const lineBytesMax = 64 * 1024

/** Replies within replies: no server nests as deep. */
const depthMax = 128

/** Stands in for a reply of more bytes than were to be kept. */
export const oversized = new ReplyError('TOOLARGE', 'the reply has more bytes than were to be read')

const CR = 13
const LF = 10
const BULK = 36
const ARRAY = 42
const VERBATIM = 61
const BULK_ERROR = 33
const SET = 126
const PUSH = 62
const MAP = 37
const ATTRIBUTE = 124

/** An aggregate whose elements are still coming. */
interface Frame {
  readonly type: number
  readonly items: Reply[]
  left: number
}

/** A bulk whose bytes are still coming; `bytes` is null where they are passed over. */
interface Bulk {
  readonly type: number
  readonly length: number
  readonly bytes: Buffer | null
  filled: number
}

const nothing = Buffer.alloc(0)

/** Said where a step ended without a value: an aggregate began, or an attribute is over. */
const begun = Symbol('begun')

/** What a step gave; undefined: more bytes have to come. */
type Step = Reply | typeof begun | undefined

/**
 * Reads replies of RESP2 and RESP3 from bytes that come in pieces. No byte is read twice, however they are cut, and a
 * bulk is copied once.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class ReplyReader {
  readonly #buffers: boolean
  readonly #bytesMax: number
  #chunk: Buffer = nothing
  #at = 0
  #bulk: Bulk | null = null
  readonly #frames: Frame[] = []
  /** Bytes of bulks in the reply that is being read, and how many it may have. */
  #size = 0
  #sizeMax: number

  /**
   * @param format.bytesMax bytes of bulks in one reply: those of a larger one are passed over as they come, and `oversized`
   *   stands in its place. Not of a push: nobody asked for it, so nobody could ask again
   */
  constructor({ buffers = false, bytesMax = Infinity }: ReplyFormat & { readonly bytesMax?: number } = {}) {
    this.#buffers = buffers
    this.#bytesMax = bytesMax
    this.#sizeMax = bytesMax
  }

  /** Bytes of the last chunk that are not read yet. */
  get unread(): number {
    return this.#chunk.length - this.#at
  }

  /** Takes bytes that came. They are read by `next`, and may not change until it has returned undefined. */
  feed(chunk: Buffer): void {
    this.#chunk = this.unread === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk])
    this.#at = 0
  }

  /**
   * The next reply; undefined where its end has not come.
   *
   * @throws {Error} bytes that are no reply: nothing after them can be read
   */
  next(): Reply | undefined {
    for (;;) {
      const value = this.#bulk === null ? this.#element() : this.#more(this.#bulk)
      if (value === undefined) return undefined
      if (value === begun) continue
      const reply = this.#close(value)
      if (reply === begun) continue
      const tooLarge = this.#size > this.#sizeMax
      this.#size = 0
      this.#sizeMax = this.#bytesMax
      return tooLarge ? oversized : reply
    }
  }

  /** One line and what belongs to it. */
  #element(): Step {
    const end = this.#lineEnd()
    if (end < 0) return undefined
    const from = this.#at
    const type = this.#chunk[from]
    this.#at = end + 2
    switch (type) {
      case BULK:
      case VERBATIM:
      case BULK_ERROR: {
        const length = this.#count(from, end)
        return length < 0 ? null : this.#begin(type, length)
      }
      case ARRAY:
      case SET:
      case PUSH:
      case MAP:
      case ATTRIBUTE: {
        const count = this.#count(from, end)
        if (count < 0) return null
        if (type === PUSH) this.#sizeMax = Infinity
        if (this.#frames.length === depthMax) throw new Error('replies are nested too deep')
        const left = type === MAP || type === ATTRIBUTE ? count * 2 : count
        this.#frames.push({ type, items: [], left })
        return left === 0 ? this.#pop() : begun
      }
      default:
        return scalar(type, this.#chunk.latin1Slice(from + 1, end))
    }
  }

  /** Where the line's CR is, -1 where it has not come. */
  #lineEnd(): number {
    const chunk = this.#chunk
    let at = this.#at
    const { length } = chunk
    while (at < length && chunk[at] !== CR) at++
    if (at + 1 < length) {
      if (chunk[at + 1] !== LF) throw new Error('not a reply: a line without its end')
      return at
    }
    if (length - this.#at > lineBytesMax) throw new Error('not a reply: a line without end')
    return -1
  }

  /** The number behind a type: a length or a count, -1 for null. */
  #count(from: number, end: number): number {
    const chunk = this.#chunk
    let value = 0
    let at = from + 1
    if (end - at === 2 && chunk[at] === 45 && chunk[at + 1] === 49) return -1
    if (end === at || end - at > 15) throw new Error('not a reply: no length')
    for (; at < end; at++) {
      const digit = chunk[at] - 48
      if (digit >>> 0 > 9) throw new Error('not a reply: no length')
      value = value * 10 + digit
    }
    return value
  }

  #begin(type: number, length: number): Step {
    this.#size += length
    const keep = this.#size <= this.#sizeMax
    const end = this.#at + length
    if (end + 2 <= this.#chunk.length && keep) {
      const value = this.#made(type, this.#chunk, this.#at, end)
      this.#at = end + 2
      return value
    }
    this.#bulk = { type, length, bytes: keep ? Buffer.allocUnsafe(length + 2) : null, filled: 0 }
    return this.#more(this.#bulk)
  }

  #more(bulk: Bulk): Step {
    const taken = Math.min(bulk.length + 2 - bulk.filled, this.unread)
    if (bulk.bytes !== null) this.#chunk.copy(bulk.bytes, bulk.filled, this.#at, this.#at + taken)
    this.#at += taken
    bulk.filled += taken
    if (bulk.filled < bulk.length + 2) return undefined
    this.#bulk = null
    return bulk.bytes === null ? null : this.#made(bulk.type, bulk.bytes, 0, bulk.length)
  }

  #made(type: number, bytes: Buffer, from: number, to: number): Reply {
    if (type === BULK_ERROR) return readError(bytes.utf8Slice(from, to))
    if (type === VERBATIM) return bytes.utf8Slice(from + 4, to)
    return this.#buffers ? Buffer.from(bytes.subarray(from, to)) : bytes.utf8Slice(from, to)
  }

  /** Puts a value where it belongs; returns the whole reply where it was the last of it. */
  #close(value: Reply): Reply | typeof begun {
    for (;;) {
      const frame = this.#frames.at(-1)
      if (frame === undefined) return value
      if (this.#size > this.#sizeMax) frame.items.length = 0
      else frame.items.push(value)
      if (--frame.left > 0) return begun
      const made = this.#pop()
      if (made === begun) return begun
      value = made
    }
  }

  /** Ends the innermost aggregate. An attribute is no value: it says something about the one that follows. */
  #pop(): Reply | typeof begun {
    const { type, items } = this.#frames.pop()!
    if (type === ATTRIBUTE) return begun
    if (type === ARRAY) return items
    if (type === SET) return new Set(items)
    if (type === PUSH) return new Push(items)
    const map = new Map<Reply, Reply>()
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1])
    return map
  }
}

function scalar(type: number, rest: string): Reply {
  switch (String.fromCharCode(type)) {
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
    default:
      throw new Error(`not a reply: ${JSON.stringify(String.fromCharCode(type) + rest.slice(0, 31))}`)
  }
}
