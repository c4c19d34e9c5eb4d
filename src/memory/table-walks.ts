import type { Random } from '../base/index.js'
import type { Ref } from './arena.js'
import type { Mover } from './mover.js'
import { TableSegments, headerBytes, unitMask, volatileBit, type Visit } from './table-segments.js'

/** Slots that are looked at together where some records stand for all. */
const slotsASample = 16

/**
 * Going through a table: by cursors, at random, whole. A cursor is a bound of hashes, which slots are in the order of: it
 * stays good however the table grows or shrinks.
 */
export class TableWalks extends TableSegments {
  /**
   * Visits the records whose home lies at or after `cursor`, a hash bound, for `count` slots at least, and returns the
   * bound to go on from, or 0 at the end. What is in the table from the first call to the last is visited at least
   * once, whatever grows, shrinks or moves in between.
   */
  scan(cursor: number, count: number, visit: Visit): number {
    let bound = cursor
    for (let slots = count; slots > 0; slots--) {
      const hash = bound | 0
      const entry = this.entryOf(hash)
      const depth = this.directory[entry + 1] & 31
      this.#visitHome(entry, hash, bound, visit)
      // the bound of the next home slot; both shifts stay below 32
      const width = 2 ** (this.homeShift - depth)
      bound = (Math.floor(bound / width) + 1) * width
      if (bound >= 0x1_0000_0000) return 0
    }
    return bound
  }

  /**
   * As `scan`, of at most `count` slots of one segment, and of no further ones as soon as `isEnough` says so behind one of
   * which something was visited.
   */
  scanWhile(cursor: number, count: number, visit: Visit, isEnough: () => boolean): number {
    const entry = this.entryOf(cursor | 0)
    const depth = this.directory[entry + 1] & 31
    const slots = this.segmentWords(this.directory[entry])
    const base = (this.directory[entry] & unitMask) << 1
    const first = ((cursor | 0) << depth) >>> this.homeShift
    const last = Math.min(first + count, (this.mask + 1) >>> 1)
    let home = first
    do {
      let isVisited = false
      for (let i = home << 1; slots[base + i + 1] !== 0; i = (i + 2) & this.mask) {
        const hash = slots[base + i]
        if ((hash << depth) >>> this.homeShift !== home || hash >>> 0 < cursor) continue
        isVisited = true
        visit(slots[base + i + 1], hash & ~volatileBit)
      }
      home++
      if (isVisited && isEnough()) break
    } while (home < last)
    return this.#boundAfter(cursor, depth, home - first)
  }

  /** Calls `visit` with the records of this very hash: one at most, unless hashes collide. */
  forEachOf(hash: number, visit: Visit): void {
    const entry = this.entryOf(hash)
    const depth = this.directory[entry + 1] & 31
    const slots = this.segmentWords(this.directory[entry])
    const base = (this.directory[entry] & unitMask) << 1
    for (let i = ((hash << depth) >>> this.homeShift) << 1; slots[base + i + 1] !== 0; i = (i + 2) & this.mask) {
      if (((slots[base + i] ^ hash) & ~volatileBit) === 0) visit(slots[base + i + 1], hash)
    }
  }

  /** Calls `visit` with every record. The table must not change meanwhile. */
  forEach(visit: Visit): void {
    this.forEachSlot(visit)
  }

  /** Calls `visit` with every record and its hash, segment by segment. The table must not change meanwhile. */
  forEachSlot(visit: (ref: Ref, hash: number) => void): void {
    const end = 2 << (31 - this.shift)
    for (let d = 0; d < end;) {
      const entry = this.directoryAt + d
      const slots = this.segmentWords(this.directory[entry])
      const base = (this.directory[entry] & unitMask) << 1
      for (let i = 0; i <= this.mask; i += 2) {
        if (slots[base + i + 1] !== 0) visit(slots[base + i + 1], slots[base + i] & ~volatileBit)
      }
      d += 2 << (31 - this.shift - (this.directory[entry + 1] & 31))
    }
  }

  /** Bytes of the table with its records, estimated from `samples` of them (0: all). */
  bytesWithRecords(samples: number): number {
    let seen = 0
    let bytes = 0
    const most = samples === 0 ? Infinity : samples
    for (let cursor = 0; seen < most;) {
      cursor = this.scan(cursor, slotsASample, (ref) => {
        seen++
        bytes += this.records.bytes(ref)
      })
      if (cursor === 0) break
    }
    return this.bytes + (seen === 0 ? 0 : Math.round((bytes / seen) * this.size))
  }

  /**
   * Collects the records with a deadline among the `count` slots after `cursor`, a hash bound; returns the next bound,
   * or 0 at the end. Reads slots in sequence, so that keys without a deadline cost a nanosecond each.
   */
  sweepVolatile(cursor: number, count: number, into: Ref[]): number {
    const hash = cursor | 0
    const entry = this.entryOf(hash)
    const depth = this.directory[entry + 1] & 31
    const slots = this.segmentWords(this.directory[entry])
    const base = (this.directory[entry] & unitMask) << 1
    const first = (hash << depth) >>> this.homeShift
    const last = Math.min(first + count, (this.mask + 1) >>> 1)
    for (let i = first << 1; i < last << 1; i += 2) {
      if (slots[base + i + 1] !== 0 && (slots[base + i] & volatileBit) !== 0) into.push(slots[base + i + 1])
    }
    return this.#boundAfter(cursor, depth, last - first)
  }

  /**
   * Collects up to `most` records, or only those with a deadline, with their hashes, among the `count` slots after
   * `cursor`, a hash bound; returns the next bound, or 0 at the end. Slots lie in the order of a hash that nobody can
   * foresee: a run of them is as good as a draw.
   */
  sample(cursor: number, count: number, most: number, onlyVolatile: boolean, refs: Ref[], hashes: number[]): number {
    const entry = this.entryOf(cursor | 0)
    const depth = this.directory[entry + 1] & 31
    const slots = this.segmentWords(this.directory[entry])
    const base = (this.directory[entry] & unitMask) << 1
    const first = ((cursor | 0) << depth) >>> this.homeShift
    const last = Math.min(first + count, (this.mask + 1) >>> 1)
    let slot = first
    for (; slot < last && refs.length < most; slot++) {
      const at = base + (slot << 1)
      if (slots[at + 1] === 0 || (onlyVolatile && (slots[at] & volatileBit) === 0)) continue
      refs.push(slots[at + 1])
      hashes.push(slots[at] & ~volatileBit)
    }
    return this.#boundAfter(cursor, depth, slot - first)
  }

  /**
   * A record drawn with nearly equal chances, or 0 from an empty table. Remembers the place, as `find` does, for a `remove`
   * that follows.
   */
  random(random: Random): Ref {
    if (this.size === 0) return 0
    for (;;) {
      const entry = this.entryOf(random.int32())
      const slots = this.segmentWords(this.directory[entry])
      const base = (this.directory[entry] & unitMask) << 1
      const count = this.directory[this.firstEntry(entry) + 1] >>> 5
      if (count === 0) continue
      this.entry = entry
      this.slots = slots
      this.base = base
      // at most 3 of 4 slots are taken, and a segment that is nearly empty is found by walking it once
      for (let tries = count * 64 > this.mask ? 256 : 0; tries > 0; tries--) {
        const slot = random.below((this.mask + 1) >>> 1) << 1
        const ref = slots[base + slot + 1]
        if (ref === 0) continue
        this.slot = slot
        return ref
      }
      let skip = random.below(count)
      for (let slot = 0; slot < this.mask; slot += 2) {
        if (slots[base + slot + 1] === 0 || skip-- !== 0) continue
        this.slot = slot
        return slots[base + slot + 1]
      }
    }
  }

  /**
   * Moves header and directory out of chunks that are being emptied, and stays open. Returns the header's reference,
   * which its owner must keep.
   */
  relocate(mover: Mover): Ref {
    const directory = this.headerWords[this.headerAt + 3]
    if (directory !== 0) {
      this.headerWords[this.headerAt + 3] = mover.piece(directory, 8 << (31 - this.shift))
    }
    return this.open(mover.piece(this.header, headerBytes)).header
  }

  /**
   * Goes over the slots from `cursor` on, a hash bound, while the mover may do more: moves segments, and notes where
   * `move` says that each record is now. Returns the next bound, or 0 at the end. What is shifted by changes between
   * two calls may be passed over.
   */
  rewrite(cursor: number, mover: Mover, move: (ref: Ref) => Ref): number {
    const entry = this.entryOf(cursor | 0)
    const depth = this.directory[entry + 1] & 31
    this.#relocateSegment(entry, mover)
    const slots = this.segmentWords(this.directory[entry])
    const base = (this.directory[entry] & unitMask) << 1
    const first = ((cursor | 0) << depth) >>> this.homeShift
    const end = (this.mask + 1) >>> 1
    let slot = first
    do {
      const at = base + (slot << 1) + 1
      const ref = slots[at]
      if (ref === 0) continue
      const moved = move(ref)
      if (moved !== ref) slots[at] = moved
    } while (++slot < end && mover.left > 0)
    return this.#boundAfter(cursor, depth, slot - first)
  }

  /** Moves the segment that an entry names, and says so in all entries that name it. */
  #relocateSegment(entry: number, mover: Mover): void {
    const directory = this.directory
    const segment = directory[entry]
    const moved = mover.piece(segment, (this.mask + 1) * 4)
    if (moved === segment) return
    const span = 2 << (31 - this.shift - (directory[entry + 1] & 31))
    const first = this.firstEntry(entry)
    for (let e = first; e < first + span; e += 2) directory[e] = moved
  }

  /** The bound `slots` slots behind the slot of `cursor`, or 0 at the end. Both shifts stay below 32. */
  #boundAfter(cursor: number, depth: number, slots: number): number {
    const width = 2 ** (this.homeShift - depth)
    const bound = (Math.floor(cursor / width) + slots) * width
    return bound >= 0x1_0000_0000 ? 0 : bound
  }

  /** Visits the records whose home slot is that of `hash` and whose hash is at or after `bound`. */
  #visitHome(entry: number, hash: number, bound: number, visit: Visit): void {
    const depth = this.directory[entry + 1] & 31
    const slots = this.segmentWords(this.directory[entry])
    const base = (this.directory[entry] & unitMask) << 1
    const home = (hash << depth) >>> this.homeShift
    for (let i = home << 1; slots[base + i + 1] !== 0; i = (i + 2) & this.mask) {
      const other = slots[base + i]
      if ((other << depth) >>> this.homeShift !== home || other >>> 0 < bound) continue
      visit(slots[base + i + 1], other & ~volatileBit)
    }
  }
}
