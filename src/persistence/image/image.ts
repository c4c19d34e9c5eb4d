import { OutOfMemory, Slice, borrowed } from '../../base/index.js'
import type { Imaging, Keyspace } from '../../keyspace/index.js'
import { Flag, Table, type Ref, type Visit } from '../../memory/index.js'
import { Layout, Type, type Collection } from '../../values/index.js'
import { Opcode } from '../rdb/format.js'
import { RdbOutput, outputChunkBytes, tooLarge } from '../rdb/output.js'
import { ValueWriter } from '../rdb/value-writer.js'
import { BigEntries } from './big-entries.js'
import { ByteCount } from './byte-count.js'
import { writeHeader, type ImageOptions } from './image-header.js'
import { KeysDeleted, type ImageSink } from './sink.js'
import { TableWalk } from './table-walk.js'

/*
 * An image goes through the tables of all databases in the order of hashes, and writes each entry as it was at the start.
 * Whoever is about to change an entry ahead of that walk tells (`Imaging.touch`), and the entry is written first; marks of
 * hashes say that the walk is to pass it over, and what is new with it. Values that are too large to be written in one step
 * wait until all others are written, so that these never have to wait for the middle of such a value.
 */

/**
 * A slice ends after so many bytes of output, or so much work: a step over slots of a table of keys is one, a step within a
 * large value many.
 */
const sliceBytes = 1 << 15
const stepSlots = 512
const sliceWork = 64
const bigStepWork = 21
/** What takes more, in bytes of output or of what is compressed, is written piece by piece. */
const entryBytesMax = 1 << 16
const elementsMax = 4096
const streamChunksMax = 16
const listChunksMax = 16

/** A database of the image. */
interface Part {
  readonly db: number
  readonly size: number
  readonly volatileSize: number
  readonly walk: TableWalk
  /** Writes an entry of it. */
  readonly write: Visit
  /** The header of a table that no database has any more. */
  ownHeader: Ref
}

/** A point-in-time image of the keyspace, in the making. Made by `Imager`. */
export class Image implements Imaging {
  readonly #keyspace: Keyspace
  readonly #options: ImageOptions
  readonly #sinks: Set<ImageSink>
  /** Sinks that asked to rest. */
  readonly #resting = new Set<ImageSink>()
  readonly #output: RdbOutput
  readonly #writer: ValueWriter
  readonly #bigs: BigEntries
  readonly #parts: Part[] = []
  readonly #byTable = new Map<Table, Part>()
  readonly #beside = new ByteCount()
  readonly #onEnd: () => void
  /** Bytes and keys written at which the slice at hand is over. */
  #enoughAt = 0
  #enoughKeys = Infinity
  readonly #isEnough = (): boolean => this.#output.written >= this.#enoughAt || this.keysDone >= this.#enoughKeys
  #part = 0
  /** The database that what is written belongs to. */
  #selected = -1
  readonly #isSized = new Set<number>()
  #isInBig = false
  #state: 'running' | 'done' | 'failed' = 'running'
  readonly #slice = borrowed()
  /** Keys written, and keys there were at the start. */
  keysDone = 0
  readonly keysTotal: number
  /** Keys that were written because they were about to change. */
  keysTouched = 0

  /** @param isLive whether keys may change before it is done */
  constructor(
    keyspace: Keyspace,
    options: ImageOptions,
    sinks: readonly ImageSink[],
    isLive: boolean,
    onEnd: () => void,
  ) {
    this.#keyspace = keyspace
    this.#options = options
    this.#sinks = new Set(sinks)
    this.#onEnd = onEnd
    this.#output = new RdbOutput(options.compresses, (bytes) => this.#hand(bytes), options.sums)
    this.#writer = new ValueWriter(keyspace, this.#output)
    this.#bigs = new BigEntries(keyspace, this.#writer, options.compresses, this.#beside, isLive, (error) =>
      this.#failFor(error),
    )
    for (const { index: db, size, volatileSize, tableForImage: table } of keyspace.databases) {
      if (size === 0 || options.withoutKeys) continue
      const walk = new TableWalk(keyspace.arena, table, this.#beside)
      const part = { db, size, volatileSize, walk, write: (ref: Ref) => this.#writeEntry(db, ref), ownHeader: 0 }
      this.#parts.push(part)
      this.#byTable.set(table, part)
    }
    this.keysTotal = this.#parts.reduce((sum, { size }) => sum + size, 0)
    writeHeader(this.#output, options)
  }

  /** Whether there is more to do, now or when the sinks are ready. */
  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** Whether all was written. */
  get isDone(): boolean {
    return this.#state === 'done'
  }

  /** Whether a sink asked to rest. */
  get isResting(): boolean {
    return this.#resting.size > 0
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#output.written
  }

  /** Bytes of memory that it takes beside the keyspace, now. */
  get bytesBeside(): number {
    return this.#beside.now
  }

  /** The most of them that there were. */
  get bytesBesideMost(): number {
    return this.#beside.most
  }

  /**
   * Goes on, for less than a millisecond; whether there is more to do. Does nothing while a sink rests.
   *
   * @param keysMost no more keys are begun in this slice
   */
  slice(keysMost = Infinity): boolean {
    if (this.#state !== 'running' || this.#resting.size > 0) return this.isRunning
    try {
      this.#enoughAt = this.#output.written + sliceBytes
      this.#enoughKeys = this.keysDone + keysMost
      for (let work = sliceWork; work > 0 && !this.#isEnough(); work -= this.#isInBig ? bigStepWork : 1) {
        if (this.#step()) continue
        this.#finish()
        break
      }
      this.#flushIfFull()
    } catch (error) {
      this.#failFor(error)
    }
    return this.isRunning
  }

  /** Goes on to the end, however long that takes and whatever sinks say. */
  run(): void {
    while (this.isRunning) {
      this.#resting.clear()
      this.slice()
    }
  }

  /** A sink that asked to rest is ready for more. */
  resume(sink: ImageSink): void {
    this.#resting.delete(sink)
  }

  /** Writes no more to a sink. Without any the image ends. */
  leave(sink: ImageSink): void {
    this.#sinks.delete(sink)
    this.#resting.delete(sink)
    if (this.#sinks.size === 0) this.abort(new Error('nobody waits for the image any more'))
  }

  /** Ends it. Sinks hear why. */
  abort(reason: Error): void {
    if (this.#state !== 'running') return
    this.#state = 'failed'
    this.#release()
    for (const sink of this.#sinks) sink.failed(reason)
  }

  // --- Imaging

  touch(table: Table, hash: number): void {
    const part = this.#byTable.get(table)
    if (part === undefined) return
    try {
      if (!part.walk.claim(hash)) return
      this.keysTouched++
      part.walk.table.forEachOf(hash, part.write)
      this.#flushIfFull()
    } catch (error) {
      this.#failFor(error)
    }
  }

  guard(ref: Ref, view: Collection): void {
    this.#orFail(() => this.#bigs.guard(ref, view))
  }

  settle(ref: Ref): void {
    this.#orFail(() => this.#bigs.settle(ref))
  }

  takeOver(ref: Ref): void {
    this.#bigs.takeOver(ref)
  }

  takeTable(table: Table, header: Ref): boolean {
    const part = this.#byTable.get(table)
    if (part === undefined || part.walk.isDone) return false
    this.#byTable.delete(table)
    part.walk.table = new Table(this.#keyspace.records, this.#keyspace.seed).open(header)
    part.ownHeader = header
    return true
  }

  stop(): void {
    this.abort(new KeysDeleted())
  }

  #orFail(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#failFor(error)
    }
  }

  /** Memory that cannot be had ends the image, and not the call that changes something. */
  #failFor(error: unknown): void {
    if (!(error instanceof OutOfMemory)) throw error
    this.abort(error)
  }

  // --- writing

  /** Does a little; false when all is done. */
  #step(): boolean {
    if (this.#part < this.#parts.length) {
      const part = this.#parts[this.#part]
      if (!part.walk.step(stepSlots, part.write, this.#isEnough)) this.#leavePart(part)
      return true
    }
    if (this.#isInBig) {
      this.#isInBig = this.#bigs.step(this.#output, false)
      return true
    }
    const big = this.#bigs.begin()
    if (big === null) return false
    const { db, key, deadlineMs, access } = big.head
    this.#select(db)
    this.#writeHead(key, deadlineMs, access, big.type)
    this.keysDone++
    this.#isInBig = this.#bigs.step(this.#output, true)
    return true
  }

  #leavePart(part: Part): void {
    part.walk.stop()
    this.#byTable.delete(part.walk.table)
    if (part.ownHeader !== 0) this.#keyspace.discardKeys(part.ownHeader)
    part.ownHeader = 0
    this.#part++
  }

  /** Writes an entry, or has it wait where it is large. */
  #writeEntry(db: number, ref: Ref): void {
    const output = this.#output
    const { records } = this.#keyspace
    const key = records.key(ref, this.#slice)
    const { leavesOut } = this.#options
    if (leavesOut !== null && (records.flags(ref) & Flag.copy) !== 0 && leavesOut(db, key)) return
    const deadlineMs = (records.flags(ref) & Flag.deadline) === 0 ? 0n : records.exactDeadline(ref)
    const access = records.access(ref)
    if (!this.#isLarge(ref)) {
      this.#select(db)
      const mark = output.at
      try {
        output.limitAt = mark + entryBytesMax
        this.#writeHead(key, deadlineMs, access, this.#writer.typeOf(ref))
        this.#writer.write(ref)
        output.limitAt = Infinity
        this.keysDone++
        return
      } catch (error) {
        output.rewind(mark)
        if (error !== tooLarge) throw error
      }
    }
    this.#bigs.add({ db, key: Slice.from(key.toBuffer()), deadlineMs, access }, ref)
  }

  #isLarge(ref: Ref): boolean {
    const { records } = this.#keyspace
    if (records.valueLength(ref) > entryBytesMax) return true
    const flags = records.flags(ref)
    const type = flags & Flag.type
    if (type === Type.string || (flags & Flag.layout) === Layout.packed) return false
    if (type === Type.stream) return this.#writer.views.streams.open(ref, null).chunkCount > streamChunksMax
    if (type === Type.list) return this.#writer.views.lists.open(ref, null).chunkCount > listChunksMax
    return this.#writer.views.of(type).open(ref, null).length > elementsMax
  }

  #writeHead(key: Slice, deadlineMs: bigint, access: number, type: number): void {
    const output = this.#output
    if (deadlineMs !== 0n) {
      output.byte(Opcode.expireTimeMs)
      output.int64(deadlineMs)
    }
    const { evictsBy } = this.#options
    if (evictsBy === 'time') {
      output.byte(Opcode.idle)
      output.length(this.#keyspace.access.idleSeconds(access))
    } else if (evictsBy === 'frequency') {
      output.byte(Opcode.frequency)
      output.byte(this.#keyspace.access.frequency(access))
    }
    output.byte(type)
    output.string(key)
  }

  #select(db: number): void {
    if (this.#selected === db) return
    const output = this.#output
    this.#selected = db
    output.byte(Opcode.selectDb)
    output.length(db)
    if (this.#isSized.has(db)) return
    this.#isSized.add(db)
    const { size, volatileSize } = this.#parts.find((part) => part.db === db)!
    output.byte(Opcode.resizeDb)
    output.length(size)
    output.length(volatileSize)
  }

  #finish(): void {
    this.#output.byte(Opcode.end)
    this.#output.writeSum()
    this.#output.flush()
    if (!this.isRunning) return // a sink has left, and it was the last
    this.#state = 'done'
    this.#release()
    for (const sink of this.#sinks) sink.end()
  }

  #flushIfFull(): void {
    if (this.#output.at >= outputChunkBytes) this.#output.flush()
  }

  #hand(bytes: Buffer): void {
    for (const sink of [...this.#sinks]) if (!sink.write(bytes)) this.#resting.add(sink)
  }

  #release(): void {
    for (const part of this.#parts) {
      part.walk.stop()
      if (part.ownHeader !== 0) this.#keyspace.discardKeys(part.ownHeader)
      part.ownHeader = 0
    }
    this.#byTable.clear()
    this.#bigs.stop()
    this.#onEnd()
  }
}
