import { Region, Slice, copyBytes, integerLength, writeInteger } from '../base/index.js'
import type { ChangeFeed, ChangeSink, SinkKind, Word } from '../command/index.js'
import type { Effects, Keyspace } from '../keyspace/index.js'
import type { Args } from '../resp/index.js'

const standardBytes = 1 << 16
/** A staging buffer that grew beyond this for one unit is given back behind it. */
const keptBytes = 1 << 20
const multi = Buffer.from('*1\r\n$5\r\nMULTI\r\n')
const exec = Buffer.from('*1\r\n$4\r\nEXEC\r\n')
const noDatabase = -1

/**
 * Encodes what calls changed, and hands it to whoever follows.
 *
 * What one call did is gathered in a staging buffer from `begin` to `end`: a handler's words or its arguments, and what
 * expired on the way. At the end it goes to the sinks as a unit, MULTI and EXEC around it where it is more than one
 * command. Outside of a call each command is a unit of its own.
 */
export class Propagation implements ChangeFeed, Effects {
  /** Somebody follows, and what happens now is to be told: what handlers and dispatch ask first. */
  isActive = false
  bytes = 0
  #sinks: readonly { readonly sink: ChangeSink; readonly kind: SinkKind }[] = []
  #isSuspended = false
  readonly #keyspace: Keyspace
  #region = Region.allocate(standardBytes)
  #capacity = standardBytes
  #end = 0
  /** Bytes of the SELECT that the buffer begins with, which stays before MULTI, as Redis has it. */
  #selectBytes = 0
  /** Commands in the buffer, and whether any of them is for others than replicas. */
  #commands = 0
  #isForAll = false
  /** Database of the last command. */
  #database = noDatabase
  #depth = 0

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace
  }

  attach(sink: ChangeSink, kind: SinkKind): void {
    this.#sinks = [...this.#sinks, { sink, kind }]
    this.reselect()
    this.#derive()
  }

  detach(sink: ChangeSink): void {
    this.#sinks = this.#sinks.filter((one) => one.sink !== sink)
    this.#derive()
  }

  reselect(): void {
    this.#database = noDatabase
  }

  /** Nothing is told while a file is loaded. */
  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended
    this.#derive()
  }

  tell(words: readonly Word[], kind: SinkKind = 'replicas'): void {
    if (!this.isActive) return
    this.begin()
    this.#request(words.length)
    for (const word of words) this.#word(word)
    if (kind === 'file') this.#isForAll = true
    this.end()
  }

  // --- by dispatch

  /** A call begins: what is added belongs together until the matching `end`. */
  begin(): void {
    this.#depth++
  }

  /** Ends it, and hands over what was added. */
  end(): void {
    if (--this.#depth > 0 || this.#commands === 0) return
    if (this.#commands > 1) this.#wrap()
    this.bytes += this.#end
    const isForAll = this.#isForAll
    const end = this.#end
    const region = this.#region
    this.#empty()
    for (const { sink, kind } of this.#sinks) if (isForAll || kind === 'replicas') sink.append(region, 0, end)
    if (this.#capacity > keptBytes) {
      this.#region = Region.allocate(standardBytes)
      this.#capacity = standardBytes
    }
  }

  /** Adds a call as its client sent it. */
  addCall(database: number, args: Args): void {
    this.begin()
    this.#select(database)
    this.#request(args.count)
    for (let i = 0; i < args.count; i++) this.#slice(args.at(i))
    this.#isForAll = true
    this.end()
  }

  /** Adds a command in these words. */
  add(database: number, words: readonly Word[]): void {
    this.begin()
    this.#select(database)
    this.#request(words.length)
    for (const word of words) this.#word(word)
    this.#isForAll = true
    this.end()
  }

  /** Adds a call that changed nothing here and is to be repeated by replicas: PUBLISH. */
  addMessage(args: Args): void {
    this.begin()
    this.#request(args.count)
    for (let i = 0; i < args.count; i++) this.#slice(args.at(i))
    this.end()
  }

  // --- Effects: what the keyspace does by itself

  deleted(database: number, key: Slice): void {
    this.begin()
    this.#select(database)
    this.#request(2)
    this.#word('DEL')
    this.#slice(key)
    this.#isForAll = true
    this.end()
  }

  // --- private

  #derive(): void {
    const isActive = this.#sinks.length > 0 && !this.#isSuspended
    if (isActive === this.isActive) return
    this.isActive = isActive
    this.#empty()
    this.reselect()
    this.#keyspace.effects = isActive ? this : null
  }

  #empty(): void {
    this.#end = 0
    this.#selectBytes = 0
    this.#commands = 0
    this.#isForAll = false
  }

  #wrap(): void {
    const { length } = multi
    this.#reserve(length + exec.length)
    const { bytes } = this.#region
    const at = this.#selectBytes
    bytes.copyWithin(at + length, at, this.#end)
    bytes.set(multi, at)
    bytes.set(exec, length + this.#end)
    this.#end += length + exec.length
  }

  #select(database: number): void {
    if (database === this.#database) return
    const isFirst = this.#end === 0
    this.#database = database
    this.#header(42, 2)
    this.#word('SELECT')
    this.#word(database)
    if (isFirst) this.#selectBytes = this.#end
  }

  #request(count: number): void {
    this.#commands++
    this.#header(42, count)
  }

  #word(word: Word): void {
    if (typeof word === 'object') {
      if (word instanceof Slice) this.#slice(word)
      else this.#bytes(word)
      return
    }
    const text = typeof word === 'string' ? word : String(word)
    const length = Buffer.byteLength(text)
    this.#header(36, length)
    this.#reserve(length + 2)
    this.#region.bytes.utf8Write(text, this.#end)
    this.#close(length)
  }

  #slice({ region, start, length }: Slice): void {
    this.#header(36, length)
    this.#reserve(length + 2)
    copyBytes(region, start, this.#region, this.#end, length)
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
