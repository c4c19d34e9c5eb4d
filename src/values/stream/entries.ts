import { borrowed, copyBytes, type Slice } from '../../base/index.js'
import type { Records, Ref } from '../../memory/index.js'
import { Chunk, entryBytesMax, entryElements, masterBytesMax, writeEntry, writeMaster, type Texts } from './chunk.js'
import { IdTree } from './id-tree.js'
import { createListpack, endListpack, listpackBytes, listpackEmptyBytes, listpackHeaderBytes } from './listpack.js'
import { StreamId } from './stream-id.js'
import type { StreamGuard } from '../types.js'

/** When a stream begins a new chunk. Changed live by CONFIG SET. */
export interface StreamLimits {
  /** `stream-node-max-bytes`; 0 is no limit of its own */
  nodeBytesMax: number
  /** `stream-node-max-entries`; 0 is none */
  nodeEntriesMax: number
}

/** A chunk, or the texts of one entry, are no longer, whatever is configured. */
export const chunkBytesMax = 1 << 30

/** Chunks grow by doubling up to about this. */
const growthMax = 4096

const noKey = borrowed()

/**
 * The entries of a stream, in chunks under an index of the IDs that these begin at. A chunk is a record without a key,
 * longer than its listpack while entries are added to it.
 */
export class StreamEntries {
  readonly #records: Records
  readonly #limits: StreamLimits
  /** The index, and the place in it of the chunk last opened. */
  readonly index: IdTree
  /** Who is told before chunks of the open stream change; nobody from `open` on. */
  guard: StreamGuard | null = null
  readonly #bytes = borrowed()
  readonly #chunk = new Chunk()
  readonly #master = new StreamId()

  constructor(records: Records, limits: StreamLimits) {
    this.#records = records
    this.#limits = limits
    this.index = new IdTree(records.arena, 1)
  }

  /** Turns to the entries whose index's words stand at `at`. */
  open(header: DataView, at: number): this {
    this.guard = null
    this.index.open(header, at)
    return this
  }

  /** The chunk at the index's place. */
  chunkRef(): Ref {
    return this.index.words[this.index.payloadAt]
  }

  /** Opens the chunk at the index's place with a reader; at first with this view's own. */
  openChunk(chunk = this.#chunk): Chunk {
    const first = this.index.readId(this.#master)
    if (this.guard !== null) this.guard.touch(first, this.chunkRef())
    return chunk.open(this.#records.value(this.chunkRef(), this.#bytes), first)
  }

  /**
   * Adds an entry under an ID beyond all others: fields and values among `texts`, of `textBytes` in all.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  append(id: StreamId, texts: Texts, from: number, to: number, textBytes: number): void {
    const { index } = this
    if (!index.last()) {
      this.#appendChunk(id, texts, from, to)
      return
    }
    const chunk = this.openChunk()
    const capacity = this.#bytes.length
    const used = listpackBytes(this.#bytes.region, this.#bytes.start)
    if (this.#isFull(used + textBytes, chunk)) {
      this.#appendChunk(id, texts, from, to)
      return
    }
    const needed = used + entryBytesMax(texts, from, to)
    if (needed > capacity) {
      const roomier = Math.max(needed, Math.min(capacity * 2, growthMax))
      const ref = this.#records.resize(this.chunkRef(), roomier, true)
      index.words[index.payloadAt] = ref
      this.openChunk()
    }
    const isSame = chunk.hasFields(texts, from, to)
    chunk.countAdded()
    const { region, start } = this.#bytes
    const at = start + listpackBytes(region, start) - 1
    const end = writeEntry(region, at, id, this.#master, isSame, texts, from, to)
    endListpack(region, start, end, entryElements((to - from) >> 1, isSame))
  }

  /** Whether a chunk takes no entry with which it would be of so many bytes. */
  #isFull(bytes: number, chunk: Chunk): boolean {
    const { nodeBytesMax, nodeEntriesMax } = this.#limits
    if (bytes >= (nodeBytesMax === 0 || nodeBytesMax > chunkBytesMax ? chunkBytesMax : nodeBytesMax)) return true
    return nodeEntriesMax !== 0 && chunk.count + chunk.deletedCount >= nodeEntriesMax
  }

  #appendChunk(id: StreamId, texts: Texts, from: number, to: number): void {
    const { index } = this
    const records = this.#records
    const hasTail = index.last()
    const tail = hasTail ? this.chunkRef() : 0
    if (hasTail && this.guard !== null) this.guard.touch(index.readId(this.#master), tail)
    const room = listpackEmptyBytes + masterBytesMax(texts, from, to) + entryBytesMax(texts, from, to)
    const ref = records.create(noKey, room, 0, 0)
    try {
      index.insert(id)
    } catch (error) {
      records.free(ref)
      throw error
    }
    index.words[index.payloadAt] = ref
    if (this.guard !== null) this.guard.made(id)
    const { region, start } = records.value(ref, this.#bytes)
    createListpack(region, start)
    let at = writeMaster(region, start + listpackHeaderBytes, texts, from, to)
    const fields = (to - from) >> 1
    at = writeEntry(region, at, id, id, true, texts, from, to)
    endListpack(region, start, at, 4 + fields + entryElements(fields, true))
    if (hasTail) this.#shrink(tail)
  }

  /**
   * Adds a chunk behind all others, a listpack that Redis wrote and that was looked through.
   *
   * @throws {OutOfMemory} nothing has changed
   */
  appendListpack(id: StreamId, listpack: Slice): void {
    const { length } = listpack
    const ref = this.#records.create(noKey, length + this.#chunk.open(listpack, id).countsGrowth, 0, 0)
    try {
      this.index.insert(id)
    } catch (error) {
      this.#records.free(ref)
      throw error
    }
    this.index.words[this.index.payloadAt] = ref
    const { region, start } = this.#records.value(ref, this.#bytes)
    copyBytes(listpack.region, listpack.start, region, start, length)
  }

  /** Takes the room that a chunk no longer needs. */
  #shrink(ref: Ref): void {
    const { region, start, length } = this.#records.value(ref, this.#bytes)
    const used = listpackBytes(region, start) + this.#chunk.open(this.#bytes, this.#master).countsGrowth
    if (used >= length) return
    const shrunk = this.#records.resize(ref, used)
    if (shrunk === ref) return
    const { index } = this
    if (index.last() && index.previous()) index.words[index.payloadAt] = shrunk
  }

  /** Goes to the entry `id`, deleted ones left out; whether there is one. Its chunk is returned. */
  find(id: StreamId): Chunk | null {
    if (!this.index.seekBack(id)) return null
    const chunk = this.openChunk()
    while (chunk.next()) {
      const order = chunk.id.compare(id)
      if (order >= 0) return order === 0 && !chunk.isDeleted ? chunk : null
    }
    return null
  }

  /** Deletes the entry that `find` went to. */
  deleteFound(chunk: Chunk): void {
    if (chunk.count === 1) this.dropChunk()
    else chunk.markDeleted()
  }

  /** Gives back the chunk at the index's place, which is lost. */
  dropChunk(): void {
    const first = this.index.readId(this.#master)
    if (this.guard !== null) this.guard.touch(first, this.chunkRef())
    this.#records.free(this.chunkRef())
    this.index.delete(first)
  }

  /** Bytes of the chunks; of many estimated from `samples` of them (0: all). */
  chunkBytes(samples: number): number {
    const { index } = this
    const most = samples === 0 ? Infinity : samples
    let seen = 0
    let bytes = 0
    for (let more = index.first(); more && seen < most; more = index.next()) {
      bytes += this.#records.bytes(this.chunkRef())
      seen++
    }
    return seen === 0 ? 0 : Math.round((bytes / seen) * index.size)
  }

  /** A copy of each chunk, under an index whose words stand at `at`. @throws {OutOfMemory} what is copied so far is there */
  copyTo(header: DataView, at: number): void {
    const copies = new IdTree(this.#records.arena, 1).open(header, at)
    const id = new StreamId()
    for (let more = this.index.first(); more; more = this.index.next()) {
      const ref = this.#records.copyUnder(this.chunkRef(), noKey, 0, 0)
      try {
        copies.insert(this.index.readId(id))
      } catch (error) {
        this.#records.free(ref)
        throw error
      }
      copies.words[copies.payloadAt] = ref
    }
  }

  /** Goes to the first chunk that begins at `id` or behind it, and says in `id` where; its listpack, or null behind the last. */
  chunkFrom(id: StreamId): Slice | null {
    const { index } = this
    if (!index.seek(id)) return null
    index.readId(id)
    return this.listpackOf(this.chunkRef())
  }

  /** The listpack in a chunk's record. */
  listpackOf(chunk: Ref): Slice {
    const { region, start } = this.#records.value(chunk, this.#bytes)
    return this.#bytes.set(region, start, listpackBytes(region, start))
  }

  /** Calls `visit` with the first ID of each chunk and its listpack. The slice is the same each time. */
  forEachChunk(visit: (id: StreamId, listpack: Slice) => void): void {
    const { index } = this
    for (let more = index.first(); more; more = index.next()) {
      const { region, start } = this.#records.value(this.chunkRef(), this.#bytes)
      visit(index.readId(this.#master), this.#bytes.set(region, start, listpackBytes(region, start)))
    }
  }
}
