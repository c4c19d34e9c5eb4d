import { ReplyError, Slice, type Region } from '../base/index.js'
import { Args } from './args.js'
import { splitInline } from './inline.js'

/** What a request may be, at most. Changed live by CONFIG SET. */
export interface RequestLimits {
  /** Bytes of one argument: `proto-max-bulk-len`. */
  bulkBytesMax: number
}

/** Bytes of an inline request, and of the line that opens a request or an argument. */
const lineBytesMax = 64 * 1024
/** Redis looks at arguments from this size on apart from what came before them. */
const largeArgumentBytes = 1 << 15
const argumentsMax = 0x7fffffff
/** Before AUTH nobody needs more (Redis 6.2.6 introduced both). */
const argumentsMaxBeforeAuth = 10
const bulkBytesMaxBeforeAuth = 16_384

const CR = 13
const LF = 10
const ASTERISK = 42
const DOLLAR = 36

const protocolError = (what: string): ReplyError => new ReplyError('ERR', `Protocol error: ${what}`)
const tooBigCount = protocolError('too big mbulk count string')
const badCount = protocolError('invalid multibulk length')
const countBeforeAuth = protocolError('unauthenticated multibulk length')
const tooBigBulkCount = protocolError('too big bulk count string')
const badBulk = protocolError('invalid bulk length')
const bulkBeforeAuth = protocolError('unauthenticated bulk length')
const tooBigInline = protocolError('too big inline request')

/** How far a request has come that arrives in pieces. Offsets count from the request's first byte. */
export class Progress {
  /** Arguments announced; -1 before the first line is complete. */
  count = -1
  /** Next byte to be read. */
  at = 0
  /** Bytes that must be there before going on is of any use. */
  needed = 0
  /** Bytes before an incomplete argument that is large enough to be looked at by itself. */
  readBytes = 0
  readonly starts: number[] = []
  readonly lengths: number[] = []
}

/**
 * Reads requests as offsets into the bytes they came in: no argument object, no copy.
 *
 * `parse` takes a request that is complete, in one pass. One that is not is kept by its connection together with a
 * `Progress`, from which `resume` goes on, so that a request cut into any pieces is read once.
 *
 * @throws {ReplyError} the client broke the protocol: reply it, then close, as Redis does
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class RequestParser {
  readonly args = new Args()
  readonly #limits: RequestLimits
  #number = 0

  constructor(limits: RequestLimits) {
    this.#limits = limits
  }

  /**
   * Reads the request at `from`, and returns where the next one begins, or -1 when its end has not come. An empty
   * request (a blank line, `*0`) leaves `args.count` 0.
   */
  parse(region: Region, from: number, end: number, authenticated = true): number {
    if (from >= end) return -1
    const { bytes, view } = region
    if (bytes[from] !== ASTERISK) return this.#inline(region, from, end)
    let count = bytes[from + 1] - 48
    let at = from + 4
    if (end - from < 4 || count >>> 0 > 9 || view.getInt16(from + 2, true) !== 0x0a0d) {
      at = this.#count(region, from, end, authenticated)
      if (at < 0) return -1
      count = this.#number
    }
    const args = this.args
    args.count = 0
    if (count <= 0) return at
    args.reserve(count < 1024 ? count : Math.min(count, (end - at) >>> 2))
    for (let i = 0; i < count; i++) {
      if (at + 4 > end) return -1
      const word = view.getInt32(at, true)
      let length = ((word >>> 8) & 255) - 48
      if ((word & 0xffff00ff) === 0x0a0d0024 && length >>> 0 <= 9) {
        at += 4 // "$d\r\n"
      } else {
        at = this.#bulk(region, at, end, authenticated)
        if (at < 0) return -1
        length = this.#number
      }
      if (at + length + 2 > end) return -1
      args.at(i).set(region, at, length)
      at += length + 2
    }
    args.count = count
    return at
  }

  /** Goes on with a request that begins at `from`; returns as `parse` does. */
  resume(progress: Progress, region: Region, from: number, end: number, authenticated = true): number {
    if (end - from < progress.needed) return -1
    if (progress.count < 0) {
      if (region.bytes[from] !== ASTERISK) return this.#inline(region, from, end)
      const next = this.#count(region, from, end, authenticated)
      if (next < 0) return -1
      progress.count = Math.max(0, this.#number)
      progress.at = next - from
    }
    const { starts, lengths, count } = progress
    while (starts.length < count) {
      const next = this.#bulk(region, from + progress.at, end, authenticated)
      if (next < 0) return -1
      const length = this.#number
      progress.needed = next - from + length + 2
      if (progress.needed > end - from) {
        // the argument's line is read again when the rest has come; its length is known to be right
        progress.readBytes = length >= largeArgumentBytes ? next - from : 0
        return -1
      }
      starts.push(next - from)
      lengths.push(length)
      progress.at = progress.needed
    }
    this.args.reserve(count)
    this.args.count = count
    for (let i = 0; i < count; i++) this.args.at(i).set(region, from + starts[i], lengths[i])
    return from + progress.at
  }

  /** The line `*<count>`. */
  #count(region: Region, from: number, end: number, authenticated: boolean): number {
    const next = this.#line(region, from, end, tooBigCount)
    if (next < 0) return -1
    if (this.#number > argumentsMax || Number.isNaN(this.#number)) throw badCount
    if (!authenticated && this.#number > argumentsMaxBeforeAuth) throw countBeforeAuth
    return next
  }

  /** The line `$<length>`. */
  #bulk(region: Region, from: number, end: number, authenticated: boolean): number {
    const next = this.#line(region, from, end, tooBigBulkCount)
    if (next < 0) return -1
    const first = region.bytes[from]
    if (first !== DOLLAR) throw protocolError(`expected '$', got '${String.fromCharCode(first)}'`)
    if (!(this.#number >= 0 && this.#number <= this.#limits.bulkBytesMax)) throw badBulk
    if (!authenticated && this.#number > bulkBytesMaxBeforeAuth) throw bulkBeforeAuth
    return next
  }

  /** Reads a line of one type byte and a number into `#number` (NaN when it is none); returns where the next begins. */
  #line({ bytes }: Region, from: number, end: number, tooBig: ReplyError): number {
    let at = from + 1
    while (at < end && bytes[at] !== CR) at++
    if (at >= end) {
      if (end - from > lineBytesMax) throw tooBig
      return -1
    }
    if (at + 2 > end) return -1
    this.#number = strictInteger(bytes, from + 1, at)
    return at + 2
  }

  #inline(region: Region, from: number, end: number): number {
    const { bytes } = region
    const limit = Math.min(end, from + lineBytesMax + 1)
    let at = from
    while (at < limit && bytes[at] !== LF) at++
    if (at >= limit) {
      if (end - from > lineBytesMax) throw tooBigInline
      return -1
    }
    const stop = at > from && bytes[at - 1] === CR ? at - 1 : at
    const words = splitInline(bytes.subarray(from, stop))
    if (words === null) throw protocolError('unbalanced quotes in request')
    this.args.load(words.map((word) => Slice.from(word)))
    return at + 1
  }
}

/** Whether 19 digits are no more than 64 bits hold. Digits of one length compare as text. */
const isInt64 = (digits: string, negative: boolean): boolean =>
  digits <= (negative ? '9223372036854775808' : '9223372036854775807')

/** A whole number without sign +, leading zero or space; NaN for anything else. Exact up to 2^53. */
function strictInteger(bytes: Buffer, from: number, to: number): number {
  const negative = bytes[from] === 45
  if (negative) from++
  const digits = to - from
  if (digits === 0 || digits > 19) return NaN
  if (bytes[from] === 48) return digits === 1 && !negative ? 0 : NaN
  let value = 0
  for (; from < to; from++) {
    const digit = bytes[from] - 48
    if (digit >>> 0 > 9) return NaN
    value = value * 10 + digit
  }
  if (digits === 19 && !isInt64(bytes.latin1Slice(to - digits, to), negative)) return NaN
  return negative ? -value : value
}
