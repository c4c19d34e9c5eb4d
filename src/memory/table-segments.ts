import type { HashSeed, Slice } from '../base/index.js'
import type { Arena, Ref } from './arena.js'

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

export const headerBytes = 32
export const unitMask = 0xfffff
const segmentBitsMin = 4
const segmentBitsMax = 13
export const volatileBit = 1

/** What is told of each record; by walks in the order of hashes, its hash as well. */
export type Visit = (ref: Ref, hash: number) => void

/** Told the hash of whatever is looked for in a table or taken out of it, before anything has changed. */
export interface TableGuard {
  touch(hash: number): void
}

/** What a table must know of the records that it leads to: `Records`, `Members`. */
export interface KeyedRecords {
  readonly arena: Arena
  /** Whether the key of a record is `key`. */
  hasKey(ref: Ref, key: Slice): boolean
  free(ref: Ref): void
  /** Bytes that a record takes. */
  bytes(ref: Ref): number
}

/** A view of a table: its header, directory and segments, how they come, grow, join and go. */
export class TableSegments {
  protected readonly records: KeyedRecords
  readonly seed: HashSeed
  /** Who is told before what is looked for in the open table may be changed; nobody from `open` on. */
  guard: TableGuard | null = null
  #header: Ref = 0
  protected headerWords: Int32Array = new Int32Array(8)
  protected headerAt = 0
  protected directory: Int32Array = new Int32Array(8)
  protected directoryAt = 0
  protected shift = 31
  protected homeShift = 28
  protected mask = 31
  // the place where the last `find` ended
  protected slots: Int32Array = this.directory
  protected base = 0
  protected slot = 0
  protected entry = 0

  constructor(records: KeyedRecords, seed: HashSeed) {
    this.records = records
    this.seed = seed
  }

  /** Makes an empty table in the arena, opens it, and returns the reference by which `open` finds it again. */
  create(): Ref {
    const { arena } = this.records
    const segment = this.newSegment(segmentBitsMin)
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
      while (this.dropSegment((ref) => this.records.free(ref)));
      throw error
    }
  }

  /** Turns this view to the table at `header`. */
  open(header: Ref): this {
    this.guard = null
    const words = this.records.arena.regions[header >>> 20].words
    const at = (header & unitMask) << 1
    this.#header = header
    this.headerWords = words
    this.headerAt = at
    const segmentBits = words[at + 2]
    this.shift = 31 - words[at + 1]
    this.homeShift = 32 - segmentBits
    this.mask = (2 << segmentBits) - 1
    const directory = words[at + 3]
    if (directory === 0) {
      this.directory = words
      this.directoryAt = at + 4
    } else {
      this.directory = this.records.arena.regions[directory >>> 20].words
      this.directoryAt = (directory & unitMask) << 1
    }
    return this
  }

  get header(): Ref {
    return this.#header
  }

  get size(): number {
    return this.headerWords[this.headerAt]
  }

  /** Number of records with a deadline. */
  get volatileSize(): number {
    return this.headerWords[this.headerAt + 6]
  }

  /** Bytes of header, directory and segments. */
  get bytes(): number {
    let bytes = headerBytes
    const entries = 1 << (31 - this.shift)
    if (entries > 1) bytes += entries * 8
    for (let d = 0; d < entries;) {
      bytes += (this.mask + 1) * 4
      d += 1 << (31 - this.shift - (this.directory[this.directoryAt + d * 2 + 1] & 31))
    }
    return bytes
  }

  /** Frees the next segment from the end with all it holds, `drop` being told each record; false when none is left. */
  dropSegment(drop: Visit): boolean {
    const words = this.headerWords
    if (this.#header === 0) return false
    const { arena } = this.records
    const entries = 1 << (31 - this.shift)
    // the header's last word counts the entries already dropped
    const done = words[this.headerAt + 7]
    const entry = this.directoryAt + done * 2
    const segment = this.directory[entry]
    const slots = this.segmentWords(segment)
    const base = (segment & unitMask) << 1
    for (let i = 1; i <= this.mask; i += 2)
      if (slots[base + i] !== 0) drop(slots[base + i], slots[base + i - 1] & ~volatileBit)
    arena.free(segment, (this.mask + 1) * 4)
    const next = done + (1 << (31 - this.shift - (this.directory[entry + 1] & 31)))
    words[this.headerAt + 7] = next
    if (next < entries) return true
    if (words[this.headerAt + 3] !== 0) arena.free(words[this.headerAt + 3], entries * 8)
    arena.free(this.#header, headerBytes)
    this.#header = 0
    return false
  }

  /** The directory's entry that a hash leads to. */
  protected entryOf(hash: number): number {
    return this.directoryAt + (((hash >>> 1) >>> this.shift) << 1)
  }

  protected segmentWords(segment: Ref): Int32Array {
    return this.records.arena.regions[segment >>> 20].words
  }

  /** The entry that counts for a segment: the first of all that name it. */
  protected firstEntry(entry: number): number {
    const span = 2 << (31 - this.shift - (this.directory[entry + 1] & 31))
    return this.directoryAt + ((entry - this.directoryAt) & -span)
  }

  protected newSegment(bits: number): Ref {
    const bytes = 8 << bits
    const ref = this.records.arena.allocate(bytes)
    const at = (ref & unitMask) << 1
    this.records.arena.regions[ref >>> 20].words.fill(0, at, at + (bytes >>> 2))
    return ref
  }

  protected grow(entry: number): void {
    const bits = 32 - this.homeShift
    const old = this.directory[entry]
    if (bits < segmentBitsMax) {
      // still one small segment: take one of twice the size
      const next = this.newSegment(bits + 1)
      this.headerWords[this.headerAt + 2] = bits + 1
      this.directory[entry] = next
      this.homeShift--
      this.mask = this.mask * 2 + 1
      this.#refill(old, 8 << bits, 0, next, next, 0)
      return
    }
    if ((this.directory[entry + 1] & 31) === 31 - this.shift) entry = this.#doubleDirectory(entry)
    const depth = this.directory[entry + 1] & 31
    const [low, high] = this.#twoSegments(bits)
    const moved = this.#refill(old, 8 << bits, depth + 1, low, high, 1 << (31 - depth))
    const total = this.directory[entry + 1] >>> 5
    const half = 1 << (31 - this.shift - depth)
    for (let e = 0; e < half; e += 2) this.#setEntry(entry + e, low, depth + 1, total - moved)
    for (let e = half; e < half * 2; e += 2) this.#setEntry(entry + e, high, depth + 1, moved)
  }

  #twoSegments(bits: number): [low: Ref, high: Ref] {
    const low = this.newSegment(bits)
    try {
      return [low, this.newSegment(bits)]
    } catch (error) {
      this.records.arena.free(low, 8 << bits)
      throw error
    }
  }

  #setEntry(entry: number, segment: Ref, depth: number, count: number): void {
    this.directory[entry] = segment
    this.directory[entry + 1] = depth | (count << 5)
  }

  /** Each entry twice. Returns the place of the entry that stood at `entry`. */
  #doubleDirectory(entry: number): number {
    const { arena } = this.records
    const entries = 1 << (31 - this.shift)
    const ref = arena.allocate(entries * 16)
    const words = arena.regions[ref >>> 20].words
    const at = (ref & unitMask) << 1
    for (let d = 0; d < entries; d++) {
      const from = this.directoryAt + d * 2
      for (let copy = 0; copy < 4; copy += 2) {
        words[at + d * 4 + copy] = this.directory[from]
        words[at + d * 4 + copy + 1] = this.directory[from + 1]
      }
    }
    const index = (entry - this.directoryAt) * 2
    if (entries > 1) arena.free(this.headerWords[this.headerAt + 3], entries * 8)
    this.headerWords[this.headerAt + 1]++
    this.headerWords[this.headerAt + 3] = ref
    this.entry = at + (this.entry - this.directoryAt) * 2
    this.directory = words
    this.directoryAt = at
    this.shift--
    return at + index
  }

  /** Moves all slots of `old`, freeing it; returns how many went to `high`. */
  #refill(old: Ref, bytes: number, depth: number, low: Ref, high: Ref, bit: number): number {
    const from = this.segmentWords(old)
    const start = (old & unitMask) << 1
    let moved = 0
    for (let at = start; at < start + (bytes >>> 2); at += 2) {
      const ref = from[at + 1]
      if (ref === 0) continue
      const hash = from[at]
      const segment = (hash & bit) === 0 ? low : high
      if (segment === high) moved++
      const slots = this.segmentWords(segment)
      const base = (segment & unitMask) << 1
      let i = ((hash << depth) >>> this.homeShift) << 1
      while (slots[base + i + 1] !== 0) i = (i + 2) & this.mask
      slots[base + i] = hash
      slots[base + i + 1] = ref
    }
    this.records.arena.free(old, bytes)
    return moved
  }

  /** Joins a nearly empty segment with its other half, when both together stay far from full. */
  protected merge(entry: number): void {
    const depth = this.directory[entry + 1] & 31
    if (depth === 0) return
    const span = 2 << (31 - this.shift - depth)
    const index = entry - this.directoryAt
    const first = this.directoryAt + (index & ~span)
    const other = this.directoryAt + (index ^ span)
    if ((this.directory[other + 1] & 31) !== depth) return
    const total = (this.directory[entry + 1] >>> 5) + (this.directory[other + 1] >>> 5)
    if (total * 8 > this.mask) return
    const bits = 32 - this.homeShift
    let joined: Ref
    try {
      joined = this.newSegment(bits)
    } catch {
      return // there is no memory for saving memory: the next removal tries again
    }
    const a = this.directory[entry]
    const b = this.directory[other]
    this.#refill(a, 8 << bits, depth - 1, joined, joined, 0)
    this.#refill(b, 8 << bits, depth - 1, joined, joined, 0)
    for (let e = 0; e < span * 2; e += 2) this.#setEntry(first + e, joined, depth - 1, total)
  }
}
