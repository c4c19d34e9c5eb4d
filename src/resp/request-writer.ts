import { Region, Slice, copyBytes, integerLength, writeInteger } from '../base/index.js'

const standardBytes = 1 << 16
/** A buffer that grew beyond this is given back when it is emptied. */
const keptBytesMax = 1 << 20

/** An argument: bytes, text (UTF-8), or a number in decimal. Borrowed: it is copied at once. */
export type Word = Slice | Uint8Array | string | number | bigint

/**
 * Writes requests one behind the other into one buffer, as clients send them: what files and replicas are told.
 *
 * @see https://redis.io/docs/latest/develop/reference/protocol-spec/
 */
export class RequestWriter {
  #region = Region.allocate(standardBytes)
  #capacity = standardBytes
  #end = 0

  /** Where the bytes written stand, from its beginning to before `end`; good until more is written. */
  get region(): Region {
    return this.#region
  }

  get end(): number {
    return this.#end
  }

  /** Begins anew. What was written stays where it was until something is. */
  reset(): void {
    this.#end = 0
    if (this.#capacity <= keptBytesMax) return
    this.#region = Region.allocate(standardBytes)
    this.#capacity = standardBytes
  }

  /** Begins a request of so many words, its name included. */
  begin(words: number): void {
    this.#header(42, words)
  }

  /** A request, whole. */
  request(words: readonly Word[]): void {
    this.begin(words.length)
    for (const word of words) this.word(word)
  }

  word(word: Word): void {
    if (typeof word !== 'object') this.#text(typeof word === 'string' ? word : String(word))
    else if (word instanceof Slice) this.slice(word)
    else this.#bytes(word)
  }

  slice({ region, start, length }: Slice): void {
    this.#header(36, length)
    this.#reserve(length + 2)
    copyBytes(region, start, this.#region, this.#end, length)
    this.#close(length)
  }

  /** Bytes that are no request, at `at` among what is written; what stands behind that moves on. */
  insert(at: number, bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#region.bytes.copyWithin(at + bytes.length, at, this.#end)
    this.#region.bytes.set(bytes, at)
    this.#end += bytes.length
  }

  #text(text: string): void {
    const length = Buffer.byteLength(text)
    this.#header(36, length)
    this.#reserve(length + 2)
    this.#region.bytes.utf8Write(text, this.#end)
    this.#close(length)
  }

  #bytes(bytes: Uint8Array): void {
    this.#header(36, bytes.length)
    this.#reserve(bytes.length + 2)
    this.#region.bytes.set(bytes, this.#end)
    this.#close(bytes.length)
  }

  #close(length: number): void {
    this.#end += length
    this.#lineEnd()
  }

  #header(kind: number, value: number): void {
    this.#reserve(24)
    const { bytes } = this.#region
    bytes[this.#end++] = kind
    const length = integerLength(value)
    writeInteger(bytes, this.#end, value, length)
    this.#end += length
    this.#lineEnd()
  }

  #lineEnd(): void {
    const { bytes } = this.#region
    bytes[this.#end++] = 13
    bytes[this.#end++] = 10
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#capacity) return
    const capacity = Math.max(this.#capacity * 2, this.#end + bytes)
    const larger = Region.allocate(capacity)
    this.#region.bytes.copy(larger.bytes, 0, 0, this.#end)
    this.#region = larger
    this.#capacity = capacity
  }
}
