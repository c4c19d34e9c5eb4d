import { borrowed, type Slice } from '../../base/index.js'
import type { Mover, Records, Ref } from '../../memory/index.js'
import { Layout, Type, type Collection, type RecordOwner, type Remains, type ValueGuard } from '../types.js'
import type { Chunk, Texts } from './chunk.js'
import { copyGroups } from './copies.js'
import type { IdTree } from './id-tree.js'
import { StreamEntries, chunkBytesMax, type StreamLimits } from './entries.js'
import { StreamConsumer, StreamGroup, addOne } from './group.js'
import { Names } from './names.js'
import { radixNodes } from './radix-nodes.js'
import { GroupRemains, StreamRemains } from './remains.js'
import { StreamCursor } from './stream-cursor.js'
import { StreamId, idBytes } from './stream-id.js'
import { trim, type TrimRule } from './trimming.js'

/*
 * A stream's record:
 *
 *   last ID, first ID, highest deleted ID (16 bytes each), entries ever added (64 bits), length (32 bits),
 *   index of chunks (tree), groups (Names)
 */

const firstIdAt = idBytes
const maxDeletedAt = 2 * idBytes
const addedAt = 3 * idBytes
const lengthAt = addedAt + 8
const indexAt = lengthAt + 4
const groupsAt = indexAt + 8
const streamBytes = groupsAt + 4

const nothing = (): void => {}
const noOwner: RecordOwner = { recordMoved() {}, recordUnused() {} }

/**
 * A stream: entries under IDs that only grow, and consumer groups. It may be without entries, and is stored all the same.
 *
 * One object serves all streams, one at a time: `open` turns it to another. Its record never moves by what is done here.
 */
export class StreamValue implements Collection {
  readonly encoding = 'stream'
  readonly #records: Records
  readonly #header = borrowed()
  readonly #entries: StreamEntries
  readonly #cursor: StreamCursor
  readonly #groups: Names
  readonly #min = new StreamId().setMin()
  readonly #max = new StreamId().setMax()
  /** The group and the consumer last found or made. */
  readonly group: StreamGroup
  readonly consumer: StreamConsumer
  /** The last ID ever given, that of the first entry (0-0 where there is none), the highest that XDEL deleted. */
  readonly lastId = new StreamId()
  readonly firstId = new StreamId()
  readonly maxDeletedId = new StreamId()
  #owner: RecordOwner = noOwner
  #ref: Ref = 0

  constructor(records: Records, limits: StreamLimits) {
    this.#records = records
    this.#entries = new StreamEntries(records, limits)
    this.#cursor = new StreamCursor(records, limits)
    this.#groups = new Names(records)
    this.group = new StreamGroup(records)
    this.consumer = new StreamConsumer(records)
  }

  // --- Collection

  create(key: Slice, access: number): Ref {
    const ref = this.#records.create(key, streamBytes, Type.stream | Layout.table, access)
    const { region, start } = this.#records.value(ref, this.#header)
    region.bytes.fill(0, start, start + streamBytes)
    return ref
  }

  open(ref: Ref, owner: RecordOwner | null): this {
    this.#ref = ref
    this.#owner = owner ?? noOwner
    const { region, start } = this.#records.value(ref, this.#header)
    const { view } = region
    this.lastId.readBytes(view, start)
    this.firstId.readBytes(view, start + firstIdAt)
    this.maxDeletedId.readBytes(view, start + maxDeletedAt)
    this.#entries.open(view, start + indexAt)
    return this
  }

  get length(): number {
    return this.#header.region.view.getUint32(this.#header.start + lengthAt, true)
  }

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    const copy = records.copyUnder(this.#ref, key, flags | Type.stream | Layout.table, access)
    const { region, start } = records.value(copy, borrowed())
    region.bytes.fill(0, start + indexAt, start + streamBytes)
    try {
      this.#entries.copyTo(region.view, start + indexAt)
      copyGroups(records, this.#names, new Names(records).open(region.view, start + groupsAt))
    } catch (error) {
      const remains = new StreamRemains(records, region.view, start + indexAt, start + groupsAt)
      while (remains.dropPiece());
      records.free(copy)
      throw error
    }
    return copy
  }

  release(): Remains {
    const { region, start } = this.#header
    return new StreamRemains(this.#records, region.view, start + indexAt, start + groupsAt)
  }

  bytesBeside(samples: number): number {
    let bytes = this.#entries.index.bytes + this.#entries.chunkBytes(samples)
    const groups = this.#names
    bytes += groups.bytes
    for (let i = 0; i < groups.count; i++) {
      const { consumers, pending, ref } = this.group.open(groups.at(i))
      bytes += this.#records.bytes(ref) + pending.bytes + consumers.bytes
      for (let j = 0; j < consumers.count; j++) {
        const consumer = this.consumer.open(consumers.at(j))
        bytes += this.#records.bytes(consumer.ref) + consumer.pending.bytes
      }
    }
    return bytes
  }

  guard({ stream }: ValueGuard): void {
    this.#entries.guard = stream ?? null
  }

  /** The cursor counts leaves of the trees, one tree after the other. Groups and consumers themselves stay. */
  relocate(mover: Mover, cursor: number): number {
    let before = 0
    const relocateTree = (tree: IdTree, visit: (words: Int32Array, at: number) => void): boolean => {
      before += tree.relocate(mover, Math.max(0, cursor - before), visit)
      return mover.left > 0
    }
    const records = this.#records
    if (!relocateTree(this.#entries.index, (words, at) => (words[at] = records.relocate(words[at], mover))))
      return before
    const groups = this.#names
    for (let i = 0; i < groups.count; i++) {
      const { pending, consumers } = this.group.open(groups.at(i))
      if (!relocateTree(pending, nothing)) return before
      for (let j = 0; j < consumers.count; j++) {
        if (!relocateTree(this.consumer.open(consumers.at(j)).pending, nothing)) return before
      }
    }
    return 0
  }

  // --- what is known of it

  /** Entries ever added, those that are gone included. */
  get entriesAdded(): bigint {
    return this.#header.region.view.getBigInt64(this.#header.start + addedAt, true)
  }

  set entriesAdded(count: bigint) {
    this.#header.region.view.setBigInt64(this.#header.start + addedAt, count, true)
  }

  /** Whether no entry was ever added. */
  get isUnused(): boolean {
    const { region, start } = this.#header
    return (region.view.getInt32(start + addedAt, true) | region.view.getInt32(start + addedAt + 4, true)) === 0
  }

  setLastId(id: StreamId): void {
    this.lastId.copy(id).writeBytes(this.#header.region.view, this.#header.start)
  }

  setMaxDeletedId(id: StreamId): void {
    this.maxDeletedId.copy(id).writeBytes(this.#header.region.view, this.#header.start + maxDeletedAt)
  }

  #setFirstId(id: StreamId): void {
    this.firstId.copy(id).writeBytes(this.#header.region.view, this.#header.start + firstIdAt)
  }

  /** Number of chunks. */
  get chunkCount(): number {
    return this.#entries.index.size
  }

  /** Nodes of the radix tree that Redis would keep the chunks in. */
  get radixNodes(): number {
    return radixNodes(this.#entries.index)
  }

  /** Calls `visit` with the first ID of each chunk and its listpack, as Redis would write both. The slice is the same each time. */
  forEachChunk(visit: (id: StreamId, listpack: Slice) => void): void {
    this.#entries.forEachChunk(visit)
  }

  /** As StreamEntries.chunkFrom. */
  chunkFrom(id: StreamId): Slice | null {
    return this.#entries.chunkFrom(id)
  }

  /** The listpack in the record of a chunk of any stream. */
  listpackOf(chunk: Ref): Slice {
    return this.#entries.listpackOf(chunk)
  }

  // --- entries

  /** Walks from one ID to another, both included, or back; where they are left out over all. */
  walk(from = this.#min, to = this.#max, isReverse = false): StreamCursor {
    return this.#cursor.start(this.#header.region.view, this.#header.start + indexAt, from, to, isReverse)
  }

  /** The entry `id`, or null. */
  entry(id: StreamId): Chunk | null {
    return this.#entries.find(id)
  }

  /** Points `into` at the ID of the last entry; false where there is none. */
  readLastEntryId(into: StreamId): boolean {
    const cursor = this.walk(this.#min, this.#max, true)
    if (!cursor.next()) return false
    into.copy(cursor.entry.id)
    return true
  }

  /**
   * Adds an entry under an ID beyond `lastId`: fields and values among `texts`. False where they are too long.
   *
   * @throws {OutOfMemory} nothing has changed, and a stream that was to get its first entry ever is gone
   */
  append(id: StreamId, texts: Texts, from: number, to: number): boolean {
    let bytes = 0
    for (let i = from; i < to; i++) bytes += texts.at(i).length
    if (bytes > chunkBytesMax) return false
    try {
      this.#entries.append(id, texts, from, to, bytes)
    } catch (error) {
      this.#giveUp()
      throw error
    }
    const { region, start } = this.#header
    const length = this.length + 1
    region.view.setUint32(start + lengthAt, length, true)
    addOne(region.view, start + addedAt)
    this.setLastId(id)
    if (length === 1) this.#setFirstId(id)
    return true
  }

  /**
   * Adds entries as a snapshot has them, in a listpack that was looked through, behind all others. When all are added
   * `renewFirst` is to be called, and what is known of the stream said.
   *
   * @param count entries that are not deleted
   * @throws {OutOfMemory} nothing has changed
   */
  appendListpack(id: StreamId, listpack: Slice, count: number): void {
    this.#entries.appendListpack(id, listpack)
    this.#shorten(-count)
  }

  /**
   * Deletes the entry `id` as XDEL does, which remembers the highest such ID; whether it was there. When all are deleted
   * `renewFirst` is to be called.
   */
  delete(id: StreamId): boolean {
    const chunk = this.#entries.find(id)
    if (chunk === null) return false
    this.#entries.deleteFound(chunk)
    this.#shorten(1)
    if (id.compare(this.maxDeletedId) > 0) this.setMaxDeletedId(id)
    return true
  }

  /** Looks for the first entry anew. */
  renewFirst(): void {
    const cursor = this.walk()
    this.#setFirstId(cursor.next() ? cursor.entry.id : this.#min)
  }

  /** Deletes entries from the beginning on; returns how many. */
  trim(rule: TrimRule): number {
    const trimmed = trim(this, this.#entries, rule, (count) => this.#shorten(count))
    if (trimmed > 0 || this.length === 0) this.renewFirst()
    return trimmed
  }

  #shorten(by: number): void {
    this.#header.region.view.setUint32(this.#header.start + lengthAt, this.length - by, true)
  }

  // --- groups

  get #names(): Names {
    return this.#groups.open(this.#header.region.view, this.#header.start + groupsAt)
  }

  get groupCount(): number {
    return this.#names.count
  }

  /** The group at a place in the order of their names. */
  groupAt(index: number): StreamGroup {
    return this.group.open(this.#names.at(index))
  }

  findGroup(name: Slice): StreamGroup | null {
    const ref = this.#names.find(name)
    return ref === 0 ? null : this.group.open(ref)
  }

  /**
   * A new group, whose name must be free.
   *
   * @throws {OutOfMemory} nothing has changed, and a stream that was made for its sake is gone
   */
  addGroup(name: Slice): StreamGroup {
    let ref: Ref = 0
    try {
      ref = StreamGroup.create(this.#records, name)
      this.#names.add(ref)
    } catch (error) {
      if (ref !== 0) this.#records.free(ref)
      this.#giveUp()
      throw error
    }
    return this.group.open(ref)
  }

  /** Lets go of a stream of which nothing has come. */
  #giveUp(): void {
    if (this.isUnused && this.lastId.isMin && this.groupCount === 0) this.#owner.recordUnused(this.#ref)
  }

  /** Takes a group out of the stream; what it leaves is the caller's to give back. */
  removeGroup(group: StreamGroup): Remains {
    const { ref } = group
    this.#names.remove(group.name)
    return new GroupRemains(this.#records, ref)
  }

  /** Whether a group still has to do with the entry `id`: it waits to be delivered, or to be acknowledged. */
  isReferenced(id: StreamId): boolean {
    const groups = this.#names
    for (let i = 0; i < groups.count; i++) {
      const group = this.group.open(groups.at(i))
      if (group.lastId.compare(id) < 0 || group.pending.find(id)) return true
    }
    return false
  }

  /** Forgets the entry `id` in every group where it is pending; returns in how many it was. */
  dropReferences(id: StreamId): number {
    const groups = this.#names
    let dropped = 0
    for (let i = 0; i < groups.count; i++) if (this.group.open(groups.at(i)).acknowledge(id)) dropped++
    return dropped
  }

  // --- how far groups have come

  /** Whether an entry from `id` on was deleted, as far as is remembered. */
  hasGapFrom(id: StreamId): boolean {
    const { maxDeletedId } = this
    if (this.length === 0 || maxDeletedId.isMin || this.firstId.compare(maxDeletedId) > 0) return false
    return id.compare(maxDeletedId) <= 0
  }

  /** How many entries were ever added up to the ID, itself included; -1 where that cannot be known. */
  entriesUpTo(id: StreamId): bigint {
    const added = this.entriesAdded
    if (this.isUnused) return 0n
    const order = id.compare(this.lastId)
    if (order === 0 || (this.length === 0 && order < 0)) return added
    if (order > 0) return -1n
    const { firstId, maxDeletedId } = this
    if (!maxDeletedId.isMin && maxDeletedId.compare(firstId) >= 0) return -1n
    const toFirst = id.compare(firstId)
    if (toFirst > 0) return -1n
    return added - BigInt(this.length) + (toFirst === 0 ? 1n : 0n)
  }

  /** Entries that the group has yet to read; null where that cannot be known. */
  lag(group: StreamGroup): bigint | null {
    if (this.isUnused) return 0n
    if (group.knowsEntriesRead && !this.hasGapFrom(group.lastId))
      return BigInt.asIntN(64, this.entriesAdded - group.entriesRead)
    const read = this.entriesUpTo(group.lastId)
    return read === -1n ? null : this.entriesAdded - read
  }

  /** Notes that the group got the entry `id`, when that is further than it was. */
  advance(group: StreamGroup, id: StreamId): void {
    if (id.compare(group.lastId) <= 0) return
    if (group.knowsEntriesRead && !this.hasGapFrom(id)) group.countEntryRead()
    else if (!this.isUnused) group.entriesRead = this.entriesUpTo(id)
    group.setLastId(id)
  }
}
