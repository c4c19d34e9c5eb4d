import { borrowed, type Region, type Slice } from '../base/index.js'
import { Flag, type Mover, type Records, type Ref } from '../memory/index.js'
import { Chunk } from './list/chunk.js'
import { ChunkedList } from './list/chunked.js'
import { Places, directoryBytes } from './list/directory.js'
import { Item } from './list/item.js'
import { ChunkLimits, type ListLimits } from './list/limits.js'
import { Layout, Type, type Collection, type RecordOwner, type Remains, type ValueGuard } from './types.js'

/** Bytes of a list that is just made: room for some small elements. */
const firstBytes = 32

/** How a list is kept, as DEBUG OBJECT tells. */
export interface ListShape {
  readonly nodes: number
  /** Bytes of their content. */
  readonly bytes: number
  /** `list-max-listpack-size` as it holds. */
  readonly listpackSize: number
}

/**
 * A list. While it fits one chunk, that is its record's value; a longer one has its chunks in the arena and in its record
 * what leads to them. It becomes long at Redis's limit for a node of its quicklists (`list-max-listpack-size`).
 *
 * One object serves all lists, one at a time: `open` turns it to another. Elements that it returns are good until the next
 * change, and until the next one is asked for. What is given to it must not lie in the arena.
 */
export class ListValue implements Collection {
  readonly #records: Records
  readonly #limits: ChunkLimits
  readonly #item = new Item()
  readonly #chunk = new Chunk()
  readonly #long: ChunkedList
  readonly #value = borrowed()
  readonly #found = borrowed()
  #owner: RecordOwner | null = null
  #ref: Ref = 0
  #packed = true

  constructor(records: Records, limits: ListLimits) {
    this.#records = records
    this.#limits = new ChunkLimits(limits)
    this.#long = new ChunkedList(new Places(records.arena), this.#limits, this.#item)
  }

  create(key: Slice, access: number): Ref {
    const ref = this.#records.create(key, firstBytes, Type.list | Layout.packed, access)
    const { region, start } = this.#records.value(ref, this.#value)
    this.#chunk.format(region, start, firstBytes, false)
    return ref
  }

  open(ref: Ref, owner: RecordOwner | null): this {
    this.#ref = ref
    this.#owner = owner
    this.#packed = (this.#records.flags(ref) & Flag.layout) === Layout.packed
    const value = this.#records.value(ref, this.#value)
    if (this.#packed) this.#chunk.open(value.region, value.start, value.length)
    else this.#long.open(value)
    return this
  }

  /** Redis 7.0 has no other. */
  get encoding(): 'quicklist' {
    return 'quicklist'
  }

  get length(): number {
    return this.#packed ? this.#chunk.count : this.#long.length
  }

  /** Number of chunks. */
  get chunkCount(): number {
    return this.#packed ? 1 : this.#long.chunks
  }

  /** `list-max-listpack-size` as it holds. */
  get listpackSize(): number {
    return this.#limits.effectiveSize
  }

  get shape(): ListShape {
    const { listpackSize } = this
    return this.#packed
      ? { nodes: 1, bytes: this.#chunk.used, listpackSize }
      : { nodes: this.#long.chunks, bytes: this.#long.usedBytes, listpackSize }
  }

  /** Adds an element. @throws {OutOfMemory} nothing has changed, and a list that was to get its first element is gone */
  push(value: Slice, atHead: boolean): void {
    this.#limits.follow()
    this.#item.set(value)
    try {
      if (this.#packed && this.#pushPacked(atHead)) return
      if (this.#packed) this.#unpack()
      this.#long.push(atHead)
    } catch (error) {
      if (this.length === 0) this.#owner?.recordUnused(this.#ref)
      throw error
    }
  }

  /** The first or the last element. */
  end(fromHead: boolean): Slice {
    if (!this.#packed) return this.#long.end(fromHead, this.#found)
    const chunk = this.#chunk.start(fromHead)
    chunk.next()
    return chunk.read(this.#found)
  }

  /** Takes away `count` elements, which must be there, from one end. A list without elements is the caller's to delete. */
  drop(fromHead: boolean, count: number): void {
    if (!this.#packed) {
      this.#long.drop(fromHead, count)
      return
    }
    this.#chunk.drop(fromHead, count)
    this.#chunk.save()
    this.#shrink()
  }

  /** The element of this number, or null. */
  at(index: number): Slice | null {
    if (index < 0 || index >= this.length) return null
    return this.#packed ? this.#chunk.seek(index).read(this.#found) : this.#long.at(index, this.#found)
  }

  /** Calls `visit` with `count` elements, which must be there, from number `index` on, towards the tail or the head. */
  walk(index: number, count: number, towardsTail: boolean, visit: (element: Slice) => void): void {
    if (count <= 0) return
    if (!this.#packed) {
      this.#long.walk(index, count, towardsTail, this.#found, visit)
      return
    }
    const chunk = this.#chunk.start(towardsTail).skip(towardsTail ? index : this.length - 1 - index)
    chunk.visit(count, this.#found, visit)
  }

  /**
   * Looks for elements equal to `value` among the first `limit` from one end; `visit` hears how many elements lie before
   * each, and says whether to go on.
   */
  search(value: Slice, fromHead: boolean, limit: number, visit: (passed: number) => boolean): void {
    this.#item.set(value)
    if (!this.#packed) {
      this.#long.search(fromHead, limit, visit)
      return
    }
    const chunk = this.#chunk.start(fromHead)
    for (let passed = 0; passed < limit;) {
      const steps = chunk.seekEqual(this.#item, limit - passed)
      if (steps === 0) return
      passed += steps
      if (!visit(passed - 1)) return
    }
  }

  /** Puts `value` in the place of an element, which must be there. @throws {OutOfMemory} nothing has changed */
  set(index: number, value: Slice): void {
    this.#limits.follow()
    this.#item.set(value)
    if (this.#packed && this.#setPacked(index)) return
    if (this.#packed) this.#unpack()
    this.#long.set(index)
  }

  /** Adds `value` before an element, which must be there, or at the end. @throws {OutOfMemory} nothing has changed */
  insert(index: number, value: Slice): void {
    if (index === this.length) {
      this.push(value, false)
      return
    }
    this.#limits.follow()
    this.#item.set(value)
    if (this.#packed && this.#insertPacked(index)) return
    if (this.#packed) this.#unpack()
    this.#long.insert(index)
  }

  /** Takes away elements equal to `value`, at most `most`, from one end on; how many. */
  removeEqual(value: Slice, fromHead: boolean, most: number): number {
    this.#limits.follow()
    this.#item.set(value)
    if (!this.#packed) return this.#long.removeEqual(fromHead, most)
    const chunk = this.#chunk.start(fromHead)
    const marks: number[] = []
    while (marks.length < most && chunk.seekEqual(this.#item, Infinity) > 0) marks.push(chunk.index)
    const removed = marks.length
    if (removed === 0) return 0
    chunk.removeMarked(marks)
    chunk.save()
    this.#shrink()
    return removed
  }

  /**
   * The chunks of a long list, in order, three numbers each: place, elements (-1: one that stands alone) and bytes. A copy.
   */
  chunkRows(): Int32Array {
    return this.#long.rows()
  }

  /** Calls `visit` with the elements of a chunk that stands anywhere. */
  visitChunk(region: Region, base: number, bytes: number, visit: (element: Slice) => void): void {
    const chunk = this.#chunk.open(region, base, bytes).start(true)
    while (chunk.next()) visit(chunk.read(this.#found))
  }

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    if (this.#packed) return records.copyUnder(this.#ref, key, flags | Type.list | Layout.packed, access)
    this.#long.copy(this.#value)
    try {
      const copy = records.create(key, directoryBytes, flags | Type.list | Layout.chunks, access)
      this.#long.settle(records.value(copy, this.#found))
      return copy
    } catch (error) {
      this.#long.discard()
      throw error
    }
  }

  release(): Remains | null {
    return this.#packed ? null : this.#long.release(this.#value)
  }

  bytesBeside(_samples: number): number {
    return this.#packed ? 0 : this.#long.bytes
  }

  guard({ chunks }: ValueGuard): void {
    if (!this.#packed) this.#long.guard = chunks ?? null
  }

  relocate(mover: Mover, cursor: number): number {
    return this.#packed ? 0 : this.#long.relocate(mover, cursor)
  }

  // --- the packed list

  #fits(entries: number, bytes: number): boolean {
    return this.#limits.allow(this.#chunk.count + entries, this.#chunk.used + bytes)
  }

  #pushPacked(atHead: boolean): boolean {
    const chunk = this.#chunk
    const bytes = this.#item.size + 1
    if (!this.#fits(1, bytes)) return false
    this.#makeRoom(bytes)
    if (chunk.count === 0) chunk.isBackward = atHead
    chunk.push(this.#item, atHead)
    chunk.save()
    return true
  }

  #setPacked(index: number): boolean {
    const chunk = this.#chunk.seek(index)
    const more = this.#item.size - chunk.size
    if (!this.#fits(0, more)) return false
    if (more > 0) {
      this.#makeRoom(more)
      chunk.seek(index)
    }
    chunk.replace(this.#item)
    chunk.save()
    return true
  }

  #insertPacked(index: number): boolean {
    const bytes = this.#item.size + 1
    if (!this.#fits(1, bytes)) return false
    this.#makeRoom(bytes)
    this.#chunk.insert(this.#item, index)
    this.#chunk.save()
    return true
  }

  /** Makes room for `bytes` more, and some to spare, so that pushing is linear. */
  #makeRoom(bytes: number): void {
    const chunk = this.#chunk
    if (chunk.makeRoom(bytes)) return
    const needed = chunk.used + bytes
    const capacity = Math.min(needed + (needed >> 2) + 16, Math.max(needed, this.#limits.bytesMax))
    this.#resize(capacity)
    chunk.moveTo(this.#value.region, this.#value.start, capacity)
  }

  /** Gives back room of a record that has become nearly empty. */
  #shrink(): void {
    const chunk = this.#chunk
    const { used } = chunk
    if (used * 4 >= chunk.capacity || chunk.capacity <= 2 * firstBytes) return
    chunk.squeeze(Math.max(used * 2, firstBytes))
    this.#resize(chunk.capacity)
    chunk.moveTo(this.#value.region, this.#value.start, chunk.capacity)
  }

  /** Moves the elements to chunks of their own. @throws {OutOfMemory} nothing has changed */
  #unpack(): void {
    this.#long.create(this.#chunk)
    this.#resize(directoryBytes)
    this.#records.setKind(this.#ref, Type.list | Layout.chunks)
    this.#long.settle(this.#value)
    this.#packed = false
  }

  /** Gives the record's value `length` bytes and points `#value` at them. */
  #resize(length: number): void {
    const ref = this.#records.resize(this.#ref, length)
    if (ref !== this.#ref) {
      this.#ref = ref
      this.#owner?.recordMoved(ref)
    }
    this.#records.value(ref, this.#value)
  }
}
