import { Region, copyBytes, type ReplyError, type Slice } from '../base/index.js'

/** The protocol's versions. A client starts with 2 and asks for 3 by HELLO. */
export type Protocol = 2 | 3

const standardBytes = 1 << 18
const CR_LF = 0x0a0d
/** Text up to this length is written without a native call. */
const shortText = 48
/** Characters that are no byte. */
const beyondBytes = /[^\0-\xff]/

/** What can be written as protocol text, as a message out of band in most cases. */
export interface Frame {
  write(reply: ReplyWriter): void
}

/**
 * Writes replies of one client after another into one buffer, in the client's protocol version.
 *
 * A *mark* is a place between replies of the current client; `rewind(mark)` takes back what came after it, so that a
 * command that fails half-way leaves no half reply. When the buffer is full, what the current client has in it moves to a
 * larger one: marks count from `start` and so stay true.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class ReplyWriter {
  /** Version of the client whose replies are being written. */
  protocol: Protocol = 2
  region = Region.allocate(standardBytes)
  /** Where the current client's replies begin. */
  start = 0
  /** Where the next byte goes. */
  position = 0
  #capacity = standardBytes
  /** Bytes of replies that the current client may have at once. What goes beyond is dropped, all of it. */
  #bytesMax = Infinity
  #hasDropped = false

  get mark(): number {
    return this.position - this.start
  }

  /** Bytes of the buffer. */
  get capacity(): number {
    return this.#capacity
  }

  rewind(mark: number): void {
    this.position = this.start + mark
  }

  /** The first line of what was written for the current client since `mark`. */
  lineAt(mark: number): string {
    const text = this.region.bytes.latin1Slice(this.start + mark, this.position)
    return text.slice(0, (text.indexOf('\r') + 1 || text.length + 1) - 1)
  }

  /** Begins the replies of a client, which may take `bytesMax`. */
  begin(protocol: Protocol, bytesMax = Infinity): void {
    this.protocol = protocol
    this.start = this.position
    this.#bytesMax = bytesMax
    this.#hasDropped = false
  }

  /** Whether there is a limit to what the current client may have. */
  get isLimited(): boolean {
    return this.#bytesMax !== Infinity
  }

  /**
   * Whether the current client has more than it may, and will get none of it. Handlers whose replies may be without
   * measure ask, and stop.
   */
  get isTooMuch(): boolean {
    return this.#hasDropped || this.position - this.start > this.#bytesMax
  }

  /** Starts over in another buffer, which was one of this class before; the one at hand is the caller's from now on. */
  exchange(region: Region | undefined): void {
    this.region = region ?? Region.allocate(standardBytes)
    this.#capacity = this.region.bytes.length - Region.spareBytes
    this.start = 0
    this.position = 0
  }

  /** Starts over; in a buffer of its own when somebody still reads the old one. */
  reset(shared: boolean): void {
    if (shared || this.#capacity > standardBytes * 4) {
      this.region = Region.allocate(standardBytes)
      this.#capacity = standardBytes
    }
    this.start = 0
    this.position = 0
  }

  /** `+OK` */
  ok(): void {
    this.#reserve(8)
    const { view } = this.region
    view.setInt32(this.position, 0x0d4b4f2b, true) // "+OK\r"
    view.setInt8(this.position + 4, 10)
    this.position += 5
  }

  /** A line of text without line breaks, such as PONG or a type's name. */
  simple(text: string): void {
    this.#line('+', text)
  }

  error(error: ReplyError): void {
    this.errorText(error.text)
  }

  /**
   * An error from its prefix on; line breaks, which would end it early, become spaces. A code unit is a byte, so that an
   * error repeats what a client sent byte by byte; text with characters beyond those is written as UTF-8.
   */
  errorText(text: string): void {
    const line = text.replace(/[\r\n]/g, ' ')
    this.#line('-', beyondBytes.test(line) ? Buffer.from(line).latin1Slice() : line, 'latin1')
  }

  integer(value: number): void {
    this.#reserve(24)
    this.#header(58, value)
  }

  bigInteger(value: bigint): void {
    this.#line(':', value.toString())
  }

  bulk(value: Slice): void {
    const { length } = value
    this.#reserve(length + 24)
    const { view } = this.region
    let at = this.position
    if (length < 10) {
      view.setInt32(at, 0x0a0d3024 + (length << 8), true) // "$0\r\n"
      at += 4
    } else if (length < 100) {
      const tens = (length / 10) | 0
      view.setInt32(at, 0x0d303024 + (tens << 8) + ((length - tens * 10) << 16), true) // "$00\r"
      view.setInt8(at + 4, 10)
      at += 5
    } else {
      this.#header(36, length)
      at = this.position
    }
    copyBytes(value.region, value.start, this.region, at, length)
    view.setInt16(at + length, CR_LF, true)
    this.position = at + length + 2
  }

  /** Text as UTF-8. */
  bulkText(text: string): void {
    const length = Buffer.byteLength(text)
    this.#reserve(length + 24)
    this.#header(36, length)
    this.region.bytes.utf8Write(text, this.position)
    this.#end(length)
  }

  bulkBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length + 24)
    this.#header(36, bytes.length)
    this.region.bytes.set(bytes, this.position)
    this.#end(bytes.length)
  }

  /** A bulk reply of `length` bytes that the caller writes at once into `region` from the returned place on. */
  bulkSpace(length: number): number {
    this.#reserve(length + 24)
    this.#header(36, length)
    const at = this.position
    this.#end(length)
    return at
  }

  /** No value. */
  null(): void {
    if (this.protocol === 3) {
      this.raw('_\r\n')
      return
    }
    this.#reserve(8)
    this.region.view.setInt32(this.position, 0x0d312d24, true) // "$-1\r"
    this.region.bytes[this.position + 4] = 10
    this.position += 5
  }

  /** No array: a timed out blocking read, a failed EXEC. */
  nullArray(): void {
    if (this.protocol === 3) this.raw('_\r\n')
    else this.raw('*-1\r\n')
  }

  /** Opens an array of `count` replies. */
  array(count: number): void {
    this.#reserve(24)
    this.#header(42, count)
  }

  /** Opens a map of `count` pairs; in RESP2 an array of twice as many. */
  map(count: number): void {
    this.#reserve(24)
    if (this.protocol === 3) this.#header(37, count)
    else this.#header(42, count * 2)
  }

  /** Opens an attribute of `count` pairs, which says something of the reply behind it. RESP3 alone has such. */
  attribute(count: number): void {
    this.#reserve(24)
    this.#header(124, count)
  }

  set(count: number): void {
    this.#reserve(24)
    this.#header(this.protocol === 3 ? 126 : 42, count)
  }

  /** Opens an out-of-band message. */
  push(count: number): void {
    this.#reserve(24)
    this.#header(this.protocol === 3 ? 62 : 42, count)
  }

  boolean(value: boolean): void {
    if (this.protocol === 3) this.raw(value ? '#t\r\n' : '#f\r\n')
    else this.integer(value ? 1 : 0)
  }

  /** A double by its shortest text; in RESP2 a bulk of it. */
  doubleText(text: string): void {
    if (this.protocol === 3) this.#line(',', text)
    else this.bulkText(text)
  }

  /** Text with a format of three letters; in RESP2 a bulk. */
  verbatim(text: string, format = 'txt'): void {
    if (this.protocol !== 3) {
      this.bulkText(text)
      return
    }
    const length = Buffer.byteLength(text) + 4
    this.#reserve(length + 24)
    this.#header(61, length)
    this.region.bytes.utf8Write(`${format}:${text}`, this.position)
    this.#end(length)
  }

  /** Protocol text written as it is, ASCII. */
  raw(text: string): void {
    this.#reserve(text.length)
    if (!this.#short(text)) this.position += this.region.bytes.latin1Write(text, this.position)
  }

  /** Puts protocol text, ASCII, before what was written since `mark`: a header whose counts are known only at the end. */
  insert(mark: number, text: string): void {
    this.#reserve(text.length)
    const at = this.start + mark
    this.region.bytes.copyWithin(at + text.length, at, this.position)
    this.region.bytes.latin1Write(text, at)
    this.position += text.length
  }

  /** Replies that were written elsewhere in this client's protocol. */
  encoded(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.region.bytes.set(bytes, this.position)
    this.position += bytes.length
  }

  /** As `encoded`, of bytes `start` to `end` of a region. */
  copied(region: Region, start: number, end: number): void {
    this.#reserve(end - start)
    copyBytes(region, start, this.region, this.position, end - start)
    this.position += end - start
  }

  #line(type: string, text: string, encoding: 'utf8' | 'latin1' = 'utf8'): void {
    // a character takes three bytes of UTF-8 at most
    this.#reserve(text.length * 3 + 3)
    this.region.bytes[this.position++] = type.charCodeAt(0)
    if (!this.#short(text)) {
      const { bytes } = this.region
      const at = this.position
      this.position += encoding === 'latin1' ? bytes.latin1Write(text, at) : bytes.utf8Write(text, at)
    }
    this.region.view.setInt16(this.position, CR_LF, true)
    this.position += 2
  }

  /** Writes short text byte by byte, which beats a native call; false, and nothing, where it is long or not ASCII. */
  #short(text: string): boolean {
    const { length } = text
    if (length > shortText) return false
    const { bytes } = this.region
    const at = this.position
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      bytes[at + i] = code
    }
    this.position = at + length
    return true
  }

  #end(length: number): void {
    this.position += length + 2
    this.region.view.setInt16(this.position - 2, CR_LF, true)
  }

  /** Type byte, number, line end. Room for them is reserved by the caller. */
  #header(type: number, value: number): void {
    const { bytes } = this.region
    let at = this.position
    bytes[at++] = type
    if (value >= 0 && value < 10) bytes[at++] = 48 + value
    else if (value >= 10 && value < 100) {
      bytes[at++] = 48 + ((value / 10) | 0)
      bytes[at++] = 48 + (value % 10)
    } else if (value > 0 && value < 1e9) {
      let digits = 3
      for (let rest = (value / 1000) | 0; rest > 0; rest = (rest / 10) | 0) digits++
      let rest = value | 0
      for (let place = at + digits - 1; place >= at; place--) {
        const quotient = (rest / 10) | 0
        bytes[place] = 48 + rest - quotient * 10
        rest = quotient
      }
      at += digits
    } else at += bytes.latin1Write(String(value), at)
    bytes[at] = 13
    bytes[at + 1] = 10
    this.position = at + 2
  }

  #reserve(bytes: number): void {
    if (this.position + bytes > this.#capacity) this.#grow(bytes)
  }

  /** Moves the current client's replies to a buffer with room for `bytes` more. */
  #grow(bytes: number): void {
    let used = this.position - this.start
    if (used + bytes > this.#bytesMax) {
      this.#hasDropped = true
      this.position = this.start
      used = 0
      if (this.position + bytes <= this.#capacity) return
    }
    const capacity = Math.max(standardBytes, used * 2, used + bytes)
    const region = Region.allocate(capacity)
    this.region.bytes.copy(region.bytes, 0, this.start, this.position)
    this.region = region
    this.#capacity = capacity
    this.start = 0
    this.position = used
  }
}
