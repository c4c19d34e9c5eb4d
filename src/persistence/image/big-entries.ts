import { borrowed, type Slice } from '../../base/index.js'
import type { Keyspace } from '../../keyspace/index.js'
import { Flag, type RecordKeeper, type Ref } from '../../memory/index.js'
import { Layout, Places, Type, type Collection } from '../../values/index.js'
import { ListpackBuilder } from '../rdb/listpack-builder.js'
import { RdbOutput } from '../rdb/output.js'
import type { ValueWriter } from '../rdb/value-writer.js'
import { BigPacked, BigString } from './big-flat.js'
import { BigList } from './big-list.js'
import { BigStream } from './big-stream.js'
import { BigTable } from './big-table.js'
import type { BigContext, BigValue } from './big-value.js'
import type { ByteCount } from './byte-count.js'

/** What stands before a value. */
export interface EntryHead {
  /** The database's number when the image began. */
  readonly db: number
  readonly key: Slice
  /** Unix milliseconds, 0 for none. */
  readonly deadlineMs: bigint
  /** The 24 bits of the last access. */
  readonly access: number
}

/** An entry whose value waits for its turn. */
interface BigEntry {
  readonly head: EntryHead
  readonly value: BigValue
  /** Its record, 0 when that does not matter any more. */
  ref: Ref
  /** Bytes of the value where it is the image's own by now, no key leading to it; else 0. */
  ownBytes: number
}

/** Records of a collection of which so many are looked at to estimate its bytes. */
const samples = 16

/** Entries that are written piece by piece, in the order they were found. */
export class BigEntries implements RecordKeeper {
  readonly #keyspace: Keyspace
  readonly #writer: ValueWriter
  readonly #context: BigContext
  readonly #listpack = new ListpackBuilder()
  /** Whether entries may change meanwhile. */
  readonly #isLive: boolean
  /** Those that are done are null. */
  readonly #entries: (BigEntry | null)[] = []
  /** How many were begun; the last of them is at hand, or done. */
  #begun = 0
  readonly #byRecord = new Map<Ref, BigEntry>()

  /** @param failFor see BigContext */
  constructor(
    keyspace: Keyspace,
    writer: ValueWriter,
    compresses: boolean,
    beside: ByteCount,
    isLive: boolean,
    failFor: (error: unknown) => void,
  ) {
    const { records, seed, arena } = keyspace
    this.#keyspace = keyspace
    this.#writer = writer
    const scratch = new RdbOutput(compresses, null, false)
    this.#context = { records, seed, places: new Places(arena), scratch, beside, failFor }
    this.#isLive = isLive
    if (isLive) records.keeper = this
  }

  /** Puts the value in a record on the list. @throws {OutOfMemory} */
  add(head: EntryHead, ref: Ref): void {
    const entry: BigEntry = { head, value: this.#valueOf(ref), ref, ownBytes: 0 }
    this.#entries.push(entry)
    if (!this.#isLive) return
    this.#byRecord.set(ref, entry)
    this.#keyspace.records.setKept(ref, true)
  }

  #valueOf(ref: Ref): BigValue {
    const { records } = this.#keyspace
    const { views } = this.#writer
    const flags = records.flags(ref)
    const type = this.#writer.typeOf(ref)
    const layout = flags & Flag.layout
    switch (flags & Flag.type) {
      case Type.string:
        return new BigString(this.#context, ref)
      case Type.stream:
        return new BigStream(this.#context, views.streams, ref)
      case Type.list:
        if (layout !== Layout.chunks) break
        return new BigList(this.#context, views.lists.open(ref, null), this.#listpack)
      default:
        if (layout === Layout.table || layout === Layout.tableDeadlines) {
          const { region, start } = records.value(ref, borrowed())
          return new BigTable(this.#context, region.view.getInt32(start, true), type)
        }
    }
    return new BigPacked(this.#context, ref, type, (record) => this.#writer.write(record))
  }

  /** Goes to the next entry, for `step`; its head and the type of its value, or null at the end. */
  begin(): { head: EntryHead; type: number } | null {
    if (this.#begun === this.#entries.length) return null
    const { head, value } = this.#entries[this.#begun++]!
    return { head, type: value.type }
  }

  /** Writes a piece of the entry gone to; false when it is done. */
  step(output: RdbOutput, isFirst: boolean): boolean {
    const entry = this.#entries[this.#begun - 1]!
    if (isFirst) entry.value.begin(output)
    if (entry.value.step(output)) return true
    this.#entries[this.#begun - 1] = null
    this.#release(entry)
    return false
  }

  /** Lets go of all that is not written. */
  stop(): void {
    for (const entry of this.#entries) if (entry !== null) this.#release(entry)
    this.#entries.length = this.#begun = 0
    const { records } = this.#keyspace
    if (records.keeper === this) records.keeper = null
  }

  #release(entry: BigEntry): void {
    const { ref, value, ownBytes } = entry
    value.drop()
    if (!this.#isLive || ref === 0) return
    this.#forget(entry)
    if (ownBytes === 0) return
    this.#context.beside.add(-ownBytes)
    this.#keyspace.freeRecord(ref)
  }

  #forget(entry: BigEntry): void {
    this.#keyspace.records.setKept(entry.ref, false)
    this.#byRecord.delete(entry.ref)
    entry.ref = 0
  }

  // --- what happens to kept records

  recordMoved(from: Ref, to: Ref): void {
    const entry = this.#byRecord.get(from)
    if (entry === undefined) return
    this.#byRecord.delete(from)
    this.#byRecord.set(to, entry)
    entry.ref = to
    entry.value.moved(to)
  }

  guard(ref: Ref, view: Collection): void {
    const { guard } = this.#byRecord.get(ref)!.value
    if (guard === null) this.settle(ref)
    else view.guard(guard)
  }

  settle(ref: Ref): void {
    const entry = this.#byRecord.get(ref)!
    entry.value.settle()
    this.#forget(entry)
  }

  takeOver(ref: Ref): void {
    const entry = this.#byRecord.get(ref)!
    const { records } = this.#keyspace
    const flags = records.flags(ref)
    const isBeside = (flags & Flag.type) !== Type.string && (flags & Flag.layout) !== 0
    const beside = isBeside
      ? this.#writer.views
          .of(flags & Flag.type)
          .open(ref, null)
          .bytesBeside(samples)
      : 0
    entry.ownBytes = records.bytes(ref) + beside
    this.#context.beside.add(entry.ownBytes)
  }
}
