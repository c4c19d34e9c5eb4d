import { OutOfMemory, borrowed, type Slice } from '../../base/index.js'
import { chunkHeaderBytes } from './chunk-reader.js'
import { Chunk } from './chunk.js'
import { Directory, type Places } from './directory.js'
import type { Item } from './item.js'
import type { ChunkLimits } from './limits.js'
import type { ChunkGuard } from '../types.js'

/** The first chunks of a list are no larger than they need to be; those of a long one are made whole at once. */
const firstChunkBytes = 512
const wholeFrom = 4
/** A chunk that has become nearly empty is made smaller, down to this. */
const shrinkBytesMin = 1024
/** Elements from which a chunk is looked through for what they have in common. */
const cutFrom = 8

const nothing = borrowed()

/** The chunks behind the slots of one directory: how they are made, grow, part and join. The item is what is to be written. */
export class Slots {
  protected readonly places: Places
  protected readonly limits: ChunkLimits
  protected readonly item: Item
  protected readonly directory: Directory
  /** Who is told before chunks of the open list change; nobody from `open` on. */
  guard: ChunkGuard | null = null
  protected readonly chunk = new Chunk()
  protected readonly other = new Chunk()
  readonly #third = new Chunk()
  readonly #prefix = borrowed()

  constructor(places: Places, limits: ChunkLimits, item: Item) {
    this.places = places
    this.limits = limits
    this.item = item
    this.directory = new Directory(places)
  }

  protected alone(slot: number, into: Slice): Slice {
    const bytes = this.directory.bytes(slot)
    const place = this.directory.place(slot)
    if (this.guard !== null) this.guard.touch(place, bytes)
    return into.set(this.places.region(place, bytes), this.places.base(place, bytes), bytes)
  }

  protected openSlot(slot: number, chunk = this.chunk): Chunk {
    const bytes = this.directory.bytes(slot)
    const place = this.directory.place(slot)
    if (this.guard !== null) this.guard.touch(place, bytes)
    return chunk.open(this.places.region(place, bytes), this.places.base(place, bytes), bytes)
  }

  protected format(chunk: Chunk, place: number, bytes: number, isBackward: boolean): Chunk {
    return chunk.format(this.places.region(place, bytes), this.places.base(place, bytes), bytes, isBackward)
  }

  /** Frees what a slot, which is to go, leads to. */
  protected freeSlot(slot: number): void {
    const place = this.directory.place(slot)
    const bytes = this.directory.bytes(slot)
    if (this.guard !== null) this.guard.touch(place, bytes)
    this.places.free(place, bytes)
  }

  /** @throws {OutOfMemory} */
  protected allocate(bytes: number): number {
    const place = this.places.allocate(bytes)
    if (this.guard !== null) this.guard.made(place, bytes)
    return place
  }

  /** Whether the item can stand in a chunk at all. */
  protected fitsAnywhere(): boolean {
    return chunkHeaderBytes + this.item.size + 1 <= this.limits.bytesMax
  }

  protected fits(chunk: Chunk): boolean {
    return this.limits.allow(chunk.count + 1, chunk.used + this.item.size + 1)
  }

  /** Makes room for so many bytes more in the open chunk of a slot, moving it to a larger place where there is none. */
  protected makeRoom(slot: number, more: number): void {
    const chunk = this.chunk
    if (chunk.makeRoom(more)) return
    const needed = chunk.used + more
    const bytes = Math.max(needed, Math.min(chunk.capacity * 2, this.limits.bytesMax))
    this.#moveTo(slot, this.allocate(bytes), bytes)
  }

  /** Moves the open chunk of a slot to a place of `bytes`, just allocated. */
  #moveTo(slot: number, place: number, bytes: number): void {
    const { directory } = this
    this.chunk.copyTo(this.format(this.other, place, bytes, false))
    this.freeSlot(slot)
    directory.set(slot, place, directory.count(slot), bytes)
    this.openSlot(slot)
  }

  /** Makes the open chunk smaller where most of it is empty. */
  protected shrink(slot: number): void {
    const { capacity, used } = this.chunk
    if (capacity < shrinkBytesMin || used * 4 >= capacity) return
    const place = this.#allocateIfAny(capacity >>> 1)
    if (place !== 0) this.#moveTo(slot, place, capacity >>> 1)
  }

  /** Has the strings of a chunk leave out what they all begin with, where that pays. */
  #cut(slot: number): void {
    const { directory } = this
    if (directory.isAlone(slot)) return
    const chunk = this.openSlot(slot)
    if (chunk.isCut || chunk.count < cutFrom) return
    const prefix = chunk.commonPrefix(this.#prefix)
    if (prefix.length > 0) this.#recode(slot, prefix)
  }

  /** Has the strings of a chunk begin as they do, so that others can be added. @throws {OutOfMemory} nothing has changed */
  protected uncut(slot: number): Chunk {
    const chunk = this.openSlot(slot)
    if (chunk.isCut && !this.#recode(slot, nothing)) throw new OutOfMemory('no room for a chunk of a list')
    return chunk
  }

  /** Rewrites the open chunk of a slot with another prefix; false where there is no memory for it. */
  #recode(slot: number, prefix: Slice): boolean {
    const { directory } = this
    const bytes = this.chunk.usedWith(prefix.length)
    const place = this.#allocateIfAny(bytes)
    if (place === 0) return false
    this.chunk.recodeTo(this.format(this.other, place, bytes, false), prefix)
    this.freeSlot(slot)
    directory.set(slot, place, directory.count(slot), bytes)
    this.openSlot(slot)
    return true
  }

  /** A piece, or 0: what only saves memory does without where there is none. */
  #allocateIfAny(bytes: number): number {
    try {
      return this.allocate(bytes)
    } catch (error) {
      if (error instanceof OutOfMemory) return 0
      throw error
    }
  }

  /** Puts the item into a new chunk before a slot. */
  protected insertChunk(slot: number, isBackward: boolean): void {
    const directory = this.directory
    const { bytesMax } = this.limits
    const needed = chunkHeaderBytes + this.item.size + 1
    const isWhole = directory.size >= wholeFrom && this.limits.isByBytes
    const bytes = isWhole ? bytesMax : Math.min(bytesMax, Math.max(needed * 2, firstChunkBytes))
    this.insertPlace(slot, bytes, (place) => {
      const chunk = this.format(this.chunk, place, bytes, isBackward)
      chunk.push(this.item, isBackward)
      chunk.save()
      directory.set(slot, place, 1, bytes)
    })
    // the end of the list was another chunk, to which nothing is added any more
    if (slot === 0 && directory.size > 1) this.#cut(1)
    else if (slot === directory.size - 1 && slot > 0) this.#cut(slot - 1)
  }

  /** Puts the item before a slot, alone. */
  protected insertAlone(slot: number): void {
    const bytes = this.item.lengthAlone
    this.insertPlace(slot, bytes, (place) => {
      this.item.writeAlone(this.places.region(place, bytes), this.places.base(place, bytes))
      this.directory.setAlone(slot, place, bytes)
    })
  }

  /** Allocates a place and a slot for it; both or, where there is no memory, neither. */
  protected insertPlace(slot: number, bytes: number, fill: (place: number) => void): void {
    const place = this.allocate(bytes)
    try {
      this.directory.insert(slot)
    } catch (error) {
      this.places.free(place, bytes)
      throw error
    }
    fill(place)
  }

  /** Puts the item before an element of a chunk; false where it does not fit. */
  protected insertInto(slot: number, inner: number): boolean {
    const directory = this.directory
    if (slot >= directory.size || directory.isAlone(slot)) return false
    const chunk = this.uncut(slot)
    if (!this.fits(chunk)) return false
    this.makeRoom(slot, this.item.size + 1)
    chunk.insert(this.item, inner)
    chunk.save()
    directory.setCount(slot, chunk.count)
    return true
  }

  protected appendTo(slot: number): boolean {
    return slot >= 0 && this.insertInto(slot, this.directory.count(slot))
  }

  /** Moves the elements of a chunk from number `inner` on to a new chunk behind it. */
  protected split(slot: number, inner: number): void {
    const directory = this.directory
    const chunk = this.uncut(slot)
    const { count } = chunk
    const bytes = chunk.bytesOf(inner, count)
    this.insertPlace(slot + 1, bytes, (place) => {
      chunk.copyTo(this.format(this.other, place, bytes, false), inner, count)
      directory.set(slot + 1, place, count - inner, bytes)
      chunk.drop(false, count - inner)
      chunk.save()
      directory.setCount(slot, inner)
    })
    directory.save()
  }

  /** Moves what two chunks hold to the first where one is enough for both; for want of memory they stay two. */
  protected join(first: number, second: number): boolean {
    const directory = this.directory
    if (directory.isAlone(first) || directory.isAlone(second)) return false
    const needed = this.openSlot(first).usedWith(0) + this.openSlot(second).usedWith(0) - chunkHeaderBytes
    const count = directory.count(first) + directory.count(second)
    if (!this.limits.allow(count, needed)) return false
    if (this.openSlot(second).isCut && !this.#recode(second, nothing)) return false
    if (this.openSlot(first).isCut && !this.#recode(first, nothing)) return false
    const head = this.openSlot(first)
    const tail = this.openSlot(second, this.other)
    if (head.isBackward || !head.makeRoom(tail.used - chunkHeaderBytes)) {
      const bytes = Math.min(needed * 2, this.limits.bytesMax)
      const place = this.#allocateIfAny(bytes)
      if (place === 0) return false
      const joined = this.format(this.#third, place, bytes, false)
      joined.append(head)
      joined.save()
      this.freeSlot(first)
      directory.set(first, place, count, bytes)
      this.openSlot(first)
    }
    head.append(tail)
    head.save()
    directory.setCount(first, count)
    this.freeSlot(second)
    return true
  }
}
