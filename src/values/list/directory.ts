import type { Region, Slice } from '../../base/index.js'
import { classBytes, pieceBytesMax, type Arena, type Mover } from '../../memory/index.js'

/*
 * The directory of a list in chunks: a row of slots in memory of its own, one for each chunk, with free slots at both ends.
 *
 *   in the record   5 words: elements, where the row is, slots it has room for, first slot in use, end of those in use
 *   slot            3 words: where the chunk is, its elements (-1: one element that stands alone), its bytes
 *
 * Memory up to 1 MiB is a piece of the arena, and "where" its reference; beyond, a block and its number.
 */

export const directoryBytes = 20
const slotBytes = 12
const slotsMin = 4
const alone = -1

/** Memory of any size in the arena. */
export class Places {
  readonly arena: Arena

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** @throws {OutOfMemory} */
  allocate(bytes: number): number {
    return bytes <= pieceBytesMax ? this.arena.allocate(bytes) : this.arena.allocateBlock(bytes)
  }

  free(place: number, bytes: number): void {
    if (bytes <= pieceBytesMax) this.arena.free(place, bytes)
    else this.arena.freeBlock(place, bytes)
  }

  region(place: number, bytes: number): Region {
    return bytes <= pieceBytesMax ? this.arena.regions[place >>> 20] : this.arena.block(place)
  }

  /** Byte of the region where it begins. */
  base(place: number, bytes: number): number {
    return bytes <= pieceBytesMax ? (place & 0xfffff) << 3 : 0
  }

  /** Bytes it takes in truth. */
  bytes(bytes: number): number {
    return bytes <= pieceBytesMax ? classBytes(bytes) : bytes
  }
}

/** A view of one list's directory at a time. Slots are counted from the first in use. What changes it ends with `save`. */
export class Directory {
  readonly #places: Places
  /** Elements of the list. */
  length = 0
  /** Number of the element within its slot, as the last `locate` found it. */
  inner = 0
  #view: DataView = new DataView(new ArrayBuffer(0))
  #recordAt = 0
  #place = 0
  #capacity = 0
  #first = 0
  #end = 0
  #words: Int32Array = new Int32Array(0)
  /** Word of slot 0 of the row, in use or not. */
  #base = 0

  constructor(places: Places) {
    this.#places = places
  }

  /** Opens the directory that `record`, the value of a list's record, tells of. */
  open(record: Slice): this {
    const { view } = record.region
    const at = record.start
    this.length = view.getUint32(at, true)
    this.#place = view.getInt32(at + 4, true)
    this.#capacity = view.getUint32(at + 8, true)
    this.#first = view.getUint32(at + 12, true)
    this.#end = view.getUint32(at + 16, true)
    this.settle(record)
    this.#openRow()
    return this
  }

  /** Makes a row with no chunk. It is written by `save`, once `settle` said where. */
  create(): this {
    this.#place = this.#places.allocate(slotsMin * slotBytes)
    this.#capacity = slotsMin
    this.#first = this.#end = slotsMin >> 1
    this.length = 0
    this.#openRow()
    return this
  }

  /** Says where the record's value is now. */
  settle(record: Slice): void {
    this.#view = record.region.view
    this.#recordAt = record.start
  }

  save(): void {
    const view = this.#view
    const at = this.#recordAt
    view.setUint32(at, this.length, true)
    view.setInt32(at + 4, this.#place, true)
    view.setUint32(at + 8, this.#capacity, true)
    view.setUint32(at + 12, this.#first, true)
    view.setUint32(at + 16, this.#end, true)
  }

  /** Number of chunks. */
  get size(): number {
    return this.#end - this.#first
  }

  /** Bytes of the row. */
  get rowBytes(): number {
    return this.#capacity * slotBytes
  }

  place(slot: number): number {
    return this.#words[this.#base + (this.#first + slot) * 3]
  }

  count(slot: number): number {
    const count = this.#words[this.#base + (this.#first + slot) * 3 + 1]
    return count === alone ? 1 : count
  }

  /** Whether the slot is no chunk but one element. */
  isAlone(slot: number): boolean {
    return this.#words[this.#base + (this.#first + slot) * 3 + 1] === alone
  }

  bytes(slot: number): number {
    return this.#words[this.#base + (this.#first + slot) * 3 + 2] >>> 0
  }

  set(slot: number, place: number, count: number, bytes: number): void {
    const at = this.#base + (this.#first + slot) * 3
    this.#words[at] = place
    this.#words[at + 1] = count
    this.#words[at + 2] = bytes
  }

  setAlone(slot: number, place: number, bytes: number): void {
    this.set(slot, place, alone, bytes)
  }

  setPlace(slot: number, place: number): void {
    this.#words[this.#base + (this.#first + slot) * 3] = place
  }

  setCount(slot: number, count: number): void {
    this.#words[this.#base + (this.#first + slot) * 3 + 1] = count
  }

  /** A copy of the slots in use. */
  rows(): Int32Array {
    const from = this.#base + this.#first * 3
    return Int32Array.from(this.#words.subarray(from, from + this.size * 3))
  }

  /** Makes room for a slot before the one of this number, to be set at once. @throws {OutOfMemory} nothing has changed */
  insert(slot: number): void {
    const isNearFront = slot < this.size >>> 1 || slot === 0
    if (isNearFront ? this.#first === 0 : this.#end === this.#capacity) this.#makeRoom()
    const words = this.#words
    const first = this.#base + this.#first * 3
    const at = first + slot * 3
    if (isNearFront) {
      words.copyWithin(first - 3, first, at)
      this.#first--
    } else {
      words.copyWithin(at + 3, at, this.#base + this.#end * 3)
      this.#end++
    }
  }

  /** Takes out `count` slots from this one on; their memory is the caller's to free. */
  remove(slot: number, count: number): void {
    if (slot === 0) this.#first += count
    else {
      const at = this.#base + (this.#first + slot) * 3
      this.#words.copyWithin(at, at + count * 3, this.#base + this.#end * 3)
      this.#end -= count
    }
  }

  /** Which slot holds the element of this number; `inner` says where in it. */
  locate(index: number): number {
    const words = this.#words
    if (index < this.length >>> 1) {
      let at = this.#base + this.#first * 3 + 1
      for (let slot = 0; ; slot++, at += 3) {
        const count = words[at] === alone ? 1 : words[at]
        if (index < count) {
          this.inner = index
          return slot
        }
        index -= count
      }
    }
    let fromEnd = this.length - index
    let at = this.#base + this.#end * 3 - 2
    for (let slot = this.size - 1; ; slot--, at -= 3) {
      const count = words[at] === alone ? 1 : words[at]
      if (fromEnd <= count) {
        this.inner = count - fromEnd
        return slot
      }
      fromEnd -= count
    }
  }

  /** Moves the row out of a chunk of the arena that is being emptied. */
  relocate(mover: Mover): void {
    if (this.rowBytes > pieceBytesMax) return
    this.#place = mover.piece(this.#place, this.rowBytes)
    this.#openRow()
    this.save()
  }

  /** Frees the row. */
  free(): void {
    this.#places.free(this.#place, this.rowBytes)
  }

  #openRow(): void {
    this.#words = this.#places.region(this.#place, this.rowBytes).words
    this.#base = this.#places.base(this.#place, this.rowBytes) >>> 2
  }

  /** Puts the slots in use in the middle of the row, or of a longer one where they take more than half of it. */
  #makeRoom(): void {
    const { size } = this
    const oldPlace = this.#place
    const oldBytes = this.rowBytes
    const from = this.#base + this.#first * 3
    const old = this.#words
    const isLonger = size * 2 > this.#capacity
    if (isLonger) {
      this.#place = this.#places.allocate(oldBytes * 2)
      this.#capacity *= 2
      this.#openRow()
    }
    this.#first = (this.#capacity - size) >> 1
    this.#end = this.#first + size
    const to = this.#base + this.#first * 3
    if (isLonger) {
      this.#words.set(old.subarray(from, from + size * 3), to)
      this.#places.free(oldPlace, oldBytes)
    } else this.#words.copyWithin(to, from, from + size * 3)
  }
}
