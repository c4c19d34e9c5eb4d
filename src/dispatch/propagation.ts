import type { Slice } from '../base/index.js'
import type { ChangeFeed, ChangeSink, SinkKind, Word } from '../command/index.js'
import type { Effects, Keyspace } from '../keyspace/index.js'
import { RequestWriter, type Args } from '../resp/index.js'

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
  database = noDatabase
  #sinks: readonly { readonly sink: ChangeSink; readonly kind: SinkKind }[] = []
  #isSuspended = false
  readonly #keyspace: Keyspace
  readonly #writer = new RequestWriter()
  /** Bytes of the SELECT that the buffer begins with, which stays before MULTI, as Redis has it. */
  #selectBytes = 0
  /** Commands in the buffer, and whether any of them is for others than replicas. */
  #commands = 0
  #isForAll = false
  /** A message chose a database, of which only replicas hear. */
  #hasMessageChosen = false
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
    this.database = noDatabase
  }

  /** Nothing is told while a file is loaded. */
  suspend(isSuspended: boolean): void {
    this.#isSuspended = isSuspended
    this.#derive()
  }

  tell(words: readonly Word[], kind: SinkKind = 'replicas'): void {
    if (!this.isActive) return
    this.begin()
    this.#request(words)
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
    const isForAll = this.#isForAll
    const { region, end } = this.#writer
    this.bytes += end
    // files have not heard which database a message has chosen
    if (!isForAll && this.#hasMessageChosen && this.#hasFiles) this.reselect()
    this.#empty()
    for (const { sink, kind } of this.#sinks) if (isForAll || kind === 'replicas') sink.append(region, 0, end)
  }

  /** Adds a call as its client sent it. */
  addCall(database: number, args: Args): void {
    this.begin()
    this.#select(database)
    this.#call(args)
    this.#isForAll = true
    this.end()
  }

  /** Adds a command in these words. */
  add(database: number, words: readonly Word[]): void {
    this.begin()
    this.#select(database)
    this.#request(words)
    this.#isForAll = true
    this.end()
  }

  /** Adds a call that changed nothing here and is to be repeated by replicas: PUBLISH. */
  addMessage(database: number, args: Args): void {
    this.begin()
    const before = this.database
    this.#select(database)
    this.#hasMessageChosen ||= before !== database
    this.#call(args)
    this.end()
  }

  // --- Effects: what the keyspace does by itself

  deleted(database: number, key: Slice): void {
    this.begin()
    this.#select(database)
    this.#commands++
    this.#writer.begin(2)
    this.#writer.word('DEL')
    this.#writer.slice(key)
    this.#isForAll = true
    this.end()
  }

  // --- private

  get #hasFiles(): boolean {
    return this.#sinks.some(({ kind }) => kind === 'file')
  }

  #derive(): void {
    const isActive = this.#sinks.length > 0 && !this.#isSuspended
    if (isActive === this.isActive) return
    this.isActive = isActive
    this.#empty()
    this.reselect()
    this.#keyspace.effects = isActive ? this : null
  }

  #empty(): void {
    this.#writer.reset()
    this.#selectBytes = 0
    this.#commands = 0
    this.#isForAll = false
    this.#hasMessageChosen = false
  }

  #wrap(): void {
    this.#writer.insert(this.#selectBytes, multi)
    this.#writer.insert(this.#writer.end, exec)
  }

  #select(database: number): void {
    if (database === this.database) return
    const writer = this.#writer
    const isFirst = writer.end === 0
    this.database = database
    writer.begin(2)
    writer.word('SELECT')
    writer.word(database)
    if (isFirst) this.#selectBytes = writer.end
  }

  #request(words: readonly Word[]): void {
    this.#commands++
    this.#writer.request(words)
  }

  #call(args: Args): void {
    const writer = this.#writer
    this.#commands++
    writer.begin(args.count)
    for (let i = 0; i < args.count; i++) writer.slice(args.at(i))
  }
}
