import { OutOfMemory, sipHash, type Slice } from '../base/index.js'
import type { Ref } from './arena.js'
import { unitMask, volatileBit } from './table-segments.js'
import { TableWalks } from './table-walks.js'

/** Records found by their keys: looking, adding, removing. How a table lies in the arena stands in `table-segments.ts`. */
export class Table extends TableWalks {
  hash(key: Slice): number {
    return sipHash(key.region, key.start, key.length, this.seed) & ~volatileBit
  }

  /** The record of `key`, or 0. Remembers the place for the `insert`, `replace` or `remove` that follows. */
  find(key: Slice, hash: number): Ref {
    if (this.guard !== null) this.guard.touch(hash)
    const entry = this.directoryAt + (((hash >>> 1) >>> this.shift) << 1)
    const directory = this.directory
    const segment = directory[entry]
    const slots = this.records.arena.regions[segment >>> 20].words
    const base = (segment & unitMask) << 1
    const mask = this.mask
    this.entry = entry
    this.slots = slots
    this.base = base
    for (let i = ((hash << directory[entry + 1]) >>> this.homeShift) << 1; ; i = (i + 2) & mask) {
      const ref = slots[base + i + 1]
      if (ref === 0 || (((slots[base + i] ^ hash) & ~volatileBit) === 0 && this.records.hasKey(ref, key))) {
        this.slot = i
        return ref
      }
    }
  }

  /** As `find`, but the place that the last `find` remembered stays: for who looks while somebody else is at work here. */
  peek(key: Slice, hash: number): Ref {
    const slots = this.slots
    const base = this.base
    const slot = this.slot
    const entry = this.entry
    const ref = this.find(key, hash)
    this.slots = slots
    this.base = base
    this.slot = slot
    this.entry = entry
    return ref
  }

  /** Looks for the very record `ref` under its hash; whether it is there, for the `remove` that follows. */
  locate(ref: Ref, hash: number): boolean {
    const entry = this.entryOf(hash)
    const directory = this.directory
    this.entry = entry
    this.slots = this.segmentWords(directory[entry])
    this.base = (directory[entry] & unitMask) << 1
    for (let i = ((hash << directory[entry + 1]) >>> this.homeShift) << 1; ; i = (i + 2) & this.mask) {
      const other = this.slots[this.base + i + 1]
      if (other === 0) return false
      if (other === ref && ((this.slots[this.base + i] ^ hash) & ~volatileBit) === 0) {
        this.slot = i
        return true
      }
    }
  }

  /**
   * Adds a record, with a deadline or without, at the place where `find` just answered 0 for its key.
   *
   * @param isMoved it comes from elsewhere and must not be lost: takes even the last places of a table that cannot grow
   * @throws {OutOfMemory} the table is nearly full and cannot grow: the record was freed
   */
  insert(hash: number, ref: Ref, isVolatile = false, isMoved = false): void {
    const at = this.base + this.slot
    this.slots[at] = isVolatile ? hash | volatileBit : hash
    if (isVolatile) this.headerWords[this.headerAt + 6]++
    this.slots[at + 1] = ref
    this.headerWords[this.headerAt]++
    const directory = this.directory
    const entry = this.firstEntry(this.entry)
    const count = (directory[entry + 1] += 32) >>> 5
    if (count * 8 > (this.mask + 1) * 3) this.#growOrBear(entry, count, isMoved)
  }

  /** Grows. Where there is no memory for that a segment is filled to seven eighths, and further with what was moved. */
  #growOrBear(entry: number, count: number, isMoved: boolean): void {
    try {
      this.grow(entry)
    } catch (error) {
      const slots = (this.mask + 1) >>> 1
      if (error instanceof OutOfMemory && (count * 8 <= slots * 7 || (isMoved && count + 1 < slots))) return
      const ref = this.slots[this.base + this.slot + 1]
      this.remove()
      if (!isMoved) this.records.free(ref)
      throw error
    }
  }

  /** Says where the record that `find` just found is now. */
  replace(ref: Ref): void {
    this.slots[this.base + this.slot + 1] = ref
  }

  /** Notes whether the record that `find` just found has a deadline. */
  setVolatile(on: boolean): void {
    const at = this.base + this.slot
    if (((this.slots[at] & volatileBit) !== 0) === on) return
    this.slots[at] ^= volatileBit
    this.headerWords[this.headerAt + 6] += on ? 1 : -1
  }

  /** Takes out the record that `find` just found; freeing it is the caller's. */
  remove(): void {
    const slots = this.slots
    const base = this.base
    const mask = this.mask
    const directory = this.directory
    const depth = directory[this.entry + 1]
    let hole = this.slot
    if (this.guard !== null) this.guard.touch(slots[base + hole] & ~volatileBit)
    if ((slots[base + hole] & volatileBit) !== 0) this.headerWords[this.headerAt + 6]--
    // closes the gap: each later slot of the run moves up unless that would take it before its home
    for (let i = (hole + 2) & mask; slots[base + i + 1] !== 0; i = (i + 2) & mask) {
      const home = ((slots[base + i] << depth) >>> this.homeShift) << 1
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[base + hole] = slots[base + i]
        slots[base + hole + 1] = slots[base + i + 1]
        hole = i
      }
    }
    slots[base + hole + 1] = 0
    this.headerWords[this.headerAt]--
    const entry = this.firstEntry(this.entry)
    const count = (directory[entry + 1] -= 32) >>> 5
    if (count * 16 <= this.mask && this.shift !== 31) this.merge(entry)
  }
}
