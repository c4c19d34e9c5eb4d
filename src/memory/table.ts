import { OutOfMemory, sipHash, type HashSeed, type Random, type Slice } from '../base/index.js'
import type { Arena, Ref } from './arena.js'
import type { Mover } from './mover.js'

/*
 * Extendible hashing over records, wholly in the arena. A directory, indexed by the top bits of a key's hash, names
 * segments; a segment is open-addressed and keeps its slots in the order of their hashes. A full segment is split in two,
 * so the largest step of growth moves some 6,000 slots, and no key is ever looked for in two places. A small table is one
 * segment that doubles from 16 slots up to 2^13.
 *
 *   header      8 words: size, directory bits, segment bits, directory reference, entry 0 while there is one, volatile size, -
 *   directory   per entry two words: segment reference, depth | count << 5 (counted in the first entry of a segment only)
 *   slot        two words: hash, record reference; a reference of 0 is an empty slot
 *
 * Bit 0 of a slot's hash is not hash: it says that the record has a deadline, so that a sweep for what expired reads
 * slots in sequence and touches no other record.
 */

const headerBytes = 32
const unitMask = 0xfffff
const segmentBitsMin = 4
const segmentBitsMax = 13
const volatileBit = 1

/** What `scan` and `sweep` tell for each record: return false to be asked no more. */
export type Visit = (ref: Ref) => void

/** What a table must know of the records that it leads to: `Records`, `Members`. */
export interface KeyedRecords {
  readonly arena: Arena
  /** Whether the key of a record is `key`. */
  hasKey(ref: Ref, key: Slice): boolean
  free(ref: Ref): void
}

export class Table {
  readonly #records: KeyedRecords
  readonly seed: HashSeed
  #header: Ref = 0
  #headerWords: Int32Array = new Int32Array(8)
  #headerAt = 0
  #directory: Int32Array = new Int32Array(8)
  #directoryAt = 0
  #shift = 31
  #homeShift = 28
  #mask = 31
  // where the last `find` ended
  #slots: Int32Array = this.#directory
  #base = 0
  #slot = 0
  #entry = 0

  constructor(records: KeyedRecords, seed: HashSeed) {
    this.#records = records
    this.seed = seed
  }

  /** Makes an empty table in the arena, opens it, and returns the reference by which `open` finds it again. */
  create(): Ref {
    const { arena } = this.#records
    const segment = this.#newSegment(segmentBitsMin)
    let header: Ref
    try {
      header = arena.allocate(headerBytes)
    } catch (error) {
      arena.free(segment, 8 << segmentBitsMin)
      throw error
    }
    const words = arena.regions[header >>> 20].words
    const at = (header & unitMask) << 1
    words.fill(0, at, at + 8)
    words[at + 2] = segmentBitsMin
    words[at + 4] = segment
    this.open(header)
    return header
  }

  /** As `create`, and has it filled with plain records; where that fails, all of it is freed again. */
  createWith(fill: () => void): Ref {
    const header = this.create()
    try {
      fill()
      return header
    } catch (error) {
      while (this.dropSegment((ref) => this.#records.free(ref)));
      throw error
    }
  }

  /** Turns this view to the table at `header`. */
  open(header: Ref): this {
    const words = this.#records.arena.regions[header >>> 20].words
    const at = (header & unitMask) << 1
    this.#header = header
    this.#headerWords = words
    this.#headerAt = at
    const segmentBits = words[at + 2]
    this.#shift = 31 - words[at + 1]
    this.#homeShift = 32 - segmentBits
    this.#mask = (2 << segmentBits) - 1
    const directory = words[at + 3]
    if (directory === 0) {
      this.#directory = words
      this.#directoryAt = at + 4
    } else {
      this.#directory = this.#records.arena.regions[directory >>> 20].words
      this.#directoryAt = (directory & unitMask) << 1
    }
    return this
  }

  get header(): Ref {
    return this.#header
  }

  get size(): number {
    return this.#headerWords[this.#headerAt]
  }

  /** Number of records with a deadline. */
  get volatileSize(): number {
    return this.#headerWords[this.#headerAt + 6]
  }

  hash(key: Slice): number {
    return sipHash(key.region, key.start, key.length, this.seed) & ~volatileBit
  }

  /** The record of `key`, or 0. Remembers the place for the `insert`, `replace` or `remove` that follows. */
  find(key: Slice, hash: number): Ref {
    const entry = this.#directoryAt + (((hash >>> 1) >>> this.#shift) << 1)
    const directory = this.#directory
    const segment = directory[entry]
    const slots = this.#records.arena.regions[segment >>> 20].words
    const base = (segment & unitMask) << 1
    const mask = this.#mask
    this.#entry = entry
    this.#slots = slots
    this.#base = base
    for (let i = ((hash << directory[entry + 1]) >>> this.#homeShift) << 1; ; i = (i + 2) & mask) {
      const ref = slots[base + i + 1]
      if (ref === 0 || (((slots[base + i] ^ hash) & ~volatileBit) === 0 && this.#records.hasKey(ref, key))) {
        this.#slot = i
        return ref
      }
    }
  }

  /** As `find`, but the place that the last `find` remembered stays: for who looks while somebody else is at work here. */
  peek(key: Slice, hash: number): Ref {
    const slots = this.#slots
    const base = this.#base
    const slot = this.#slot
    const entry = this.#entry
    const ref = this.find(key, hash)
    this.#slots = slots
    this.#base = base
    this.#slot = slot
    this.#entry = entry
    return ref
  }

  /**
   * Adds a record, with a deadline or without, at the place where `find` just answered 0 for its key.
   *
   * @param isMoved it comes from elsewhere and must not be lost: takes even the last places of a table that cannot grow
   * @throws {OutOfMemory} the table is nearly full and cannot grow: the record was freed
   */
  insert(hash: number, ref: Ref, isVolatile = false, isMoved = false): void {
    const at = this.#base + this.#slot
    this.#slots[at] = isVolatile ? hash | volatileBit : hash
    if (isVolatile) this.#headerWords[this.#headerAt + 6]++
    this.#slots[at + 1] = ref
    this.#headerWords[this.#headerAt]++
    const directory = this.#directory
    const entry = this.#firstEntry(this.#entry)
    const count = (directory[entry + 1] += 32) >>> 5
    if (count * 8 > (this.#mask + 1) * 3) this.#growOrBear(entry, count, isMoved)
  }

  /** Grows. Where there is no memory for that a segment is filled to seven eighths, and further with what was moved. */
  #growOrBear(entry: number, count: number, isMoved: boolean): void {
    try {
      this.#grow(entry)
    } catch (error) {
      const slots = (this.#mask + 1) >>> 1
      if (error instanceof OutOfMemory && (count * 8 <= slots * 7 || (isMoved && count + 1 < slots))) return
      const ref = this.#slots[this.#base + this.#slot + 1]
      this.remove()
      if (!isMoved) this.#records.free(ref)
      throw error
    }
  }

  /** Says where the record that `find` just found is now. */
  replace(ref: Ref): void {
    this.#slots[this.#base + this.#slot + 1] = ref
  }

  /** Notes whether the record that `find` just found has a deadline. */
  setVolatile(on: boolean): void {
    const at = this.#base + this.#slot
    if (((this.#slots[at] & volatileBit) !== 0) === on) return
    this.#slots[at] ^= volatileBit
    this.#headerWords[this.#headerAt + 6] += on ? 1 : -1
  }

  /** Takes out the record that `find` just found; freeing it is the caller's. */
  remove(): void {
    const slots = this.#slots
    const base = this.#base
    const mask = this.#mask
    const directory = this.#directory
    const depth = directory[this.#entry + 1]
    let hole = this.#slot
    if ((slots[base + hole] & volatileBit) !== 0) this.#headerWords[this.#headerAt + 6]--
    // closes the gap: each later slot of the run moves up unless that would take it before its home
    for (let i = (hole + 2) & mask; slots[base + i + 1] !== 0; i = (i + 2) & mask) {
      const home = ((slots[base + i] << depth) >>> this.#homeShift) << 1
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[base + hole] = slots[base + i]
        slots[base + hole + 1] = slots[base + i + 1]
        hole = i
      }
    }
    slots[base + hole + 1] = 0
    this.#headerWords[this.#headerAt]--
    const entry = this.#firstEntry(this.#entry)
    const count = (directory[entry + 1] -= 32) >>> 5
    if (count * 16 <= this.#mask && this.#shift !== 31) this.#merge(entry)
  }

  /**
   * Visits the records whose home lies at or after `cursor`, a hash bound, for `count` slots at least, and returns the
   * bound to go on from, or 0 at the end. What is in the table from the first call to the last is visited at least
   * once, whatever grows, shrinks or moves in between.
   */
  scan(cursor: number, count: number, visit: Visit): number {
    let bound = cursor
    for (let slots = count; slots > 0; slots--) {
      const hash = bound | 0
      const entry = this.#directoryAt + (((hash >>> 1) >>> this.#shift) << 1)
      const depth = this.#directory[entry + 1] & 31
      this.#visitHome(entry, hash, bound, visit)
      // the bound of the next home slot; both shifts stay below 32
      const width = 2 ** (this.#homeShift - depth)
      bound = (Math.floor(bound / width) + 1) * width
      if (bound >= 0x1_0000_0000) return 0
    }
    return bound
  }

  /** Calls `visit` with every record. The table must not change meanwhile. */
  forEach(visit: Visit): void {
    this.forEachSlot((ref) => visit(ref))
  }

  /** Calls `visit` with every record and its hash, segment by segment. The table must not change meanwhile. */
  forEachSlot(visit: (ref: Ref, hash: number) => void): void {
    const end = 2 << (31 - this.#shift)
    for (let d = 0; d < end;) {
      const entry = this.#directoryAt + d
      const slots = this.#segmentWords(this.#directory[entry])
      const base = (this.#directory[entry] & unitMask) << 1
      for (let i = 0; i <= this.#mask; i += 2) {
        if (slots[base + i + 1] !== 0) visit(slots[base + i + 1], slots[base + i] & ~volatileBit)
      }
      d += 2 << (31 - this.#shift - (this.#directory[entry + 1] & 31))
    }
  }

  /**
   * Collects the records with a deadline among the `count` slots after `cursor`, a hash bound; returns the next bound,
   * or 0 at the end. Reads slots in sequence, so that keys without a deadline cost a nanosecond each.
   */
  sweepVolatile(cursor: number, count: number, into: Ref[]): number {
    const hash = cursor | 0
    const entry = this.#directoryAt + (((hash >>> 1) >>> this.#shift) << 1)
    const depth = this.#directory[entry + 1] & 31
    const slots = this.#segmentWords(this.#directory[entry])
    const base = (this.#directory[entry] & unitMask) << 1
    const first = (hash << depth) >>> this.#homeShift
    const last = Math.min(first + count, (this.#mask + 1) >>> 1)
    for (let i = first << 1; i < last << 1; i += 2) {
      if (slots[base + i + 1] !== 0 && (slots[base + i] & volatileBit) !== 0) into.push(slots[base + i + 1])
    }
    return this.#boundAfter(cursor, depth, last - first)
  }

  /**
   * A record drawn with nearly equal chances, or 0 from an empty table. Remembers the place, as `find` does, for a `remove`
   * that follows.
   */
  random(random: Random): Ref {
    if (this.size === 0) return 0
    for (;;) {
      const entry = this.#directoryAt + (((random.int32() >>> 1) >>> this.#shift) << 1)
      const slots = this.#segmentWords(this.#directory[entry])
      const base = (this.#directory[entry] & unitMask) << 1
      const count = this.#directory[this.#firstEntry(entry) + 1] >>> 5
      if (count === 0) continue
      this.#entry = entry
      this.#slots = slots
      this.#base = base
      // at most 3 of 4 slots are taken, and a segment that is nearly empty is found by walking it once
      for (let tries = count * 64 > this.#mask ? 256 : 0; tries > 0; tries--) {
        const slot = random.below((this.#mask + 1) >>> 1) << 1
        const ref = slots[base + slot + 1]
        if (ref === 0) continue
        this.#slot = slot
        return ref
      }
      let skip = random.below(count)
      for (let slot = 0; slot < this.#mask; slot += 2) {
        if (slots[base + slot + 1] === 0 || skip-- !== 0) continue
        this.#slot = slot
        return slots[base + slot + 1]
      }
    }
  }

  /**
   * Collects up to `most` records, or only those with a deadline, with their hashes, among the `count` slots after
   * `cursor`, a hash bound; returns the next bound, or 0 at the end. Slots lie in the order of a hash that nobody can
   * foresee: a run of them is as good as a draw.
   */
  sample(cursor: number, count: number, most: number, onlyVolatile: boolean, refs: Ref[], hashes: number[]): number {
    const entry = this.#directoryAt + ((((cursor | 0) >>> 1) >>> this.#shift) << 1)
    const depth = this.#directory[entry + 1] & 31
    const slots = this.#segmentWords(this.#directory[entry])
    const base = (this.#directory[entry] & unitMask) << 1
    const first = ((cursor | 0) << depth) >>> this.#homeShift
    const last = Math.min(first + count, (this.#mask + 1) >>> 1)
    let slot = first
    for (; slot < last && refs.length < most; slot++) {
      const at = base + (slot << 1)
      if (slots[at + 1] === 0 || (onlyVolatile && (slots[at] & volatileBit) === 0)) continue
      refs.push(slots[at + 1])
      hashes.push(slots[at] & ~volatileBit)
    }
    return this.#boundAfter(cursor, depth, slot - first)
  }

  /** Looks for the very record `ref` under its hash; whether it is there, for the `remove` that follows. */
  locate(ref: Ref, hash: number): boolean {
    const entry = this.#directoryAt + (((hash >>> 1) >>> this.#shift) << 1)
    const directory = this.#directory
    this.#entry = entry
    this.#slots = this.#segmentWords(directory[entry])
    this.#base = (directory[entry] & unitMask) << 1
    for (let i = ((hash << directory[entry + 1]) >>> this.#homeShift) << 1; ; i = (i + 2) & this.#mask) {
      const other = this.#slots[this.#base + i + 1]
      if (other === 0) return false
      if (other === ref && ((this.#slots[this.#base + i] ^ hash) & ~volatileBit) === 0) {
        this.#slot = i
        return true
      }
    }
  }

  /**
   * Moves header and directory out of chunks that are being emptied, and stays open. Returns the header's reference,
   * which its owner must keep.
   */
  relocate(mover: Mover): Ref {
    const directory = this.#headerWords[this.#headerAt + 3]
    if (directory !== 0) {
      this.#headerWords[this.#headerAt + 3] = mover.piece(directory, 8 << (31 - this.#shift))
    }
    return this.open(mover.piece(this.#header, headerBytes)).header
  }

  /**
   * Goes over the slots from `cursor` on, a hash bound, while the mover may do more: moves segments, and notes where
   * `move` says that each record is now. Returns the next bound, or 0 at the end. What is shifted by changes between
   * two calls may be passed over.
   */
  rewrite(cursor: number, mover: Mover, move: (ref: Ref) => Ref): number {
    const entry = this.#directoryAt + ((((cursor | 0) >>> 1) >>> this.#shift) << 1)
    const depth = this.#directory[entry + 1] & 31
    this.#relocateSegment(entry, mover)
    const slots = this.#segmentWords(this.#directory[entry])
    const base = (this.#directory[entry] & unitMask) << 1
    const first = ((cursor | 0) << depth) >>> this.#homeShift
    const end = (this.#mask + 1) >>> 1
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
    const directory = this.#directory
    const segment = directory[entry]
    const moved = mover.piece(segment, (this.#mask + 1) * 4)
    if (moved === segment) return
    const span = 2 << (31 - this.#shift - (directory[entry + 1] & 31))
    const first = this.#firstEntry(entry)
    for (let e = first; e < first + span; e += 2) directory[e] = moved
  }

  /** The bound `slots` slots behind the slot of `cursor`, or 0 at the end. Both shifts stay below 32. */
  #boundAfter(cursor: number, depth: number, slots: number): number {
    const width = 2 ** (this.#homeShift - depth)
    const bound = (Math.floor(cursor / width) + slots) * width
    return bound >= 0x1_0000_0000 ? 0 : bound
  }

  /** Bytes of header, directory and segments. */
  get bytes(): number {
    let bytes = headerBytes
    const entries = 1 << (31 - this.#shift)
    if (entries > 1) bytes += entries * 8
    for (let d = 0; d < entries;) {
      bytes += (this.#mask + 1) * 4
      d += 1 << (31 - this.#shift - (this.#directory[this.#directoryAt + d * 2 + 1] & 31))
    }
    return bytes
  }

  /** Frees the next segment from the end with all it holds, `drop` being told each record; false when none is left. */
  dropSegment(drop: Visit): boolean {
    const words = this.#headerWords
    if (this.#header === 0) return false
    const { arena } = this.#records
    const entries = 1 << (31 - this.#shift)
    // the header's last word counts the entries already dropped
    const done = words[this.#headerAt + 7]
    const entry = this.#directoryAt + done * 2
    const segment = this.#directory[entry]
    const slots = this.#segmentWords(segment)
    const base = (segment & unitMask) << 1
    for (let i = 1; i <= this.#mask; i += 2) if (slots[base + i] !== 0) drop(slots[base + i])
    arena.free(segment, (this.#mask + 1) * 4)
    const next = done + (1 << (31 - this.#shift - (this.#directory[entry + 1] & 31)))
    words[this.#headerAt + 7] = next
    if (next < entries) return true
    if (words[this.#headerAt + 3] !== 0) arena.free(words[this.#headerAt + 3], entries * 8)
    arena.free(this.#header, headerBytes)
    this.#header = 0
    return false
  }

  /** Visits the records whose home slot is that of `hash` and whose hash is at or after `bound`. */
  #visitHome(entry: number, hash: number, bound: number, visit: Visit): void {
    const depth = this.#directory[entry + 1] & 31
    const slots = this.#segmentWords(this.#directory[entry])
    const base = (this.#directory[entry] & unitMask) << 1
    const home = (hash << depth) >>> this.#homeShift
    for (let i = home << 1; slots[base + i + 1] !== 0; i = (i + 2) & this.#mask) {
      const other = slots[base + i]
      if ((other << depth) >>> this.#homeShift === home && other >>> 0 >= bound) visit(slots[base + i + 1])
    }
  }

  #segmentWords(segment: Ref): Int32Array {
    return this.#records.arena.regions[segment >>> 20].words
  }

  /** The entry that counts for a segment: the first of all that name it. */
  #firstEntry(entry: number): number {
    const span = 2 << (31 - this.#shift - (this.#directory[entry + 1] & 31))
    return this.#directoryAt + ((entry - this.#directoryAt) & -span)
  }

  #newSegment(bits: number): Ref {
    const bytes = 8 << bits
    const ref = this.#records.arena.allocate(bytes)
    const at = (ref & unitMask) << 1
    this.#records.arena.regions[ref >>> 20].words.fill(0, at, at + (bytes >>> 2))
    return ref
  }

  #grow(entry: number): void {
    const bits = 32 - this.#homeShift
    const old = this.#directory[entry]
    if (bits < segmentBitsMax) {
      // still one small segment: take one of twice the size
      const next = this.#newSegment(bits + 1)
      this.#headerWords[this.#headerAt + 2] = bits + 1
      this.#directory[entry] = next
      this.#homeShift--
      this.#mask = this.#mask * 2 + 1
      this.#refill(old, 8 << bits, 0, next, next, 0)
      return
    }
    if ((this.#directory[entry + 1] & 31) === 31 - this.#shift) entry = this.#doubleDirectory(entry)
    const depth = this.#directory[entry + 1] & 31
    const [low, high] = this.#twoSegments(bits)
    const moved = this.#refill(old, 8 << bits, depth + 1, low, high, 1 << (31 - depth))
    const total = this.#directory[entry + 1] >>> 5
    const half = 1 << (31 - this.#shift - depth)
    for (let e = 0; e < half; e += 2) this.#setEntry(entry + e, low, depth + 1, total - moved)
    for (let e = half; e < half * 2; e += 2) this.#setEntry(entry + e, high, depth + 1, moved)
  }

  #twoSegments(bits: number): [low: Ref, high: Ref] {
    const low = this.#newSegment(bits)
    try {
      return [low, this.#newSegment(bits)]
    } catch (error) {
      this.#records.arena.free(low, 8 << bits)
      throw error
    }
  }

  #setEntry(entry: number, segment: Ref, depth: number, count: number): void {
    this.#directory[entry] = segment
    this.#directory[entry + 1] = depth | (count << 5)
  }

  /** Each entry twice. Returns the place of the entry that stood at `entry`. */
  #doubleDirectory(entry: number): number {
    const { arena } = this.#records
    const entries = 1 << (31 - this.#shift)
    const ref = arena.allocate(entries * 16)
    const words = arena.regions[ref >>> 20].words
    const at = (ref & unitMask) << 1
    for (let d = 0; d < entries; d++) {
      const from = this.#directoryAt + d * 2
      for (let copy = 0; copy < 4; copy += 2) {
        words[at + d * 4 + copy] = this.#directory[from]
        words[at + d * 4 + copy + 1] = this.#directory[from + 1]
      }
    }
    const index = (entry - this.#directoryAt) * 2
    if (entries > 1) arena.free(this.#headerWords[this.#headerAt + 3], entries * 8)
    this.#headerWords[this.#headerAt + 1]++
    this.#headerWords[this.#headerAt + 3] = ref
    this.#entry = at + (this.#entry - this.#directoryAt) * 2
    this.#directory = words
    this.#directoryAt = at
    this.#shift--
    return at + index
  }

  /** Moves all slots of `old`, freeing it; returns how many went to `high`. */
  #refill(old: Ref, bytes: number, depth: number, low: Ref, high: Ref, bit: number): number {
    const from = this.#segmentWords(old)
    const start = (old & unitMask) << 1
    let moved = 0
    for (let at = start; at < start + (bytes >>> 2); at += 2) {
      const ref = from[at + 1]
      if (ref === 0) continue
      const hash = from[at]
      const segment = (hash & bit) === 0 ? low : high
      if (segment === high) moved++
      const slots = this.#segmentWords(segment)
      const base = (segment & unitMask) << 1
      let i = ((hash << depth) >>> this.#homeShift) << 1
      while (slots[base + i + 1] !== 0) i = (i + 2) & this.#mask
      slots[base + i] = hash
      slots[base + i + 1] = ref
    }
    this.#records.arena.free(old, bytes)
    return moved
  }

  /** Joins a nearly empty segment with its other half, when both together stay far from full. */
  #merge(entry: number): void {
    const depth = this.#directory[entry + 1] & 31
    if (depth === 0) return
    const span = 2 << (31 - this.#shift - depth)
    const index = entry - this.#directoryAt
    const first = this.#directoryAt + (index & ~span)
    const other = this.#directoryAt + (index ^ span)
    if ((this.#directory[other + 1] & 31) !== depth) return
    const total = (this.#directory[entry + 1] >>> 5) + (this.#directory[other + 1] >>> 5)
    if (total * 8 > this.#mask) return
    const bits = 32 - this.#homeShift
    let joined: Ref
    try {
      joined = this.#newSegment(bits)
    } catch {
      return // there is no memory for saving memory: the next removal tries again
    }
    const a = this.#directory[entry]
    const b = this.#directory[other]
    this.#refill(a, 8 << bits, depth - 1, joined, joined, 0)
    this.#refill(b, 8 << bits, depth - 1, joined, joined, 0)
    for (let e = 0; e < span * 2; e += 2) this.#setEntry(first + e, joined, depth - 1, total)
  }
}
