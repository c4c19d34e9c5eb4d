import type { Arena, Ref } from '../../memory/index.js'
import type { ByteCount } from './byte-count.js'

/** Entries of a table that share a bucket, about. */
const hashesABucket = 1024
const bucketBitsMax = 14
const slotsMin = 8
const unitMask = 0xfffff
/** Spreads what differs in the low bits, since a bucket's hashes begin alike. */
const spread = 0x9e3779b1 | 0

/**
 * A set of hashes of table entries (bit 0 of which says nothing), in the arena: four bytes each, at most half as many
 * again unused. By the first bits of a hash there are buckets, so that none takes long to grow, and that those which a
 * walk in the order of hashes has passed are given back.
 */
export class HashMarks {
  readonly #arena: Arena
  readonly #shift: number
  /** By bucket: its piece, 0 for none; its slots; how many are taken. */
  readonly #pieces: Int32Array
  readonly #slots: Int32Array
  readonly #counts: Int32Array
  /** Buckets before this one are given back. */
  #first = 0
  size = 0
  readonly #beside: ByteCount

  /** @param entries how many the table has */
  constructor(arena: Arena, entries: number, beside: ByteCount) {
    this.#arena = arena
    this.#beside = beside
    const bits = Math.max(0, Math.min(bucketBitsMax, Math.ceil(Math.log2((entries + 1) / hashesABucket))))
    this.#shift = 32 - bits
    this.#pieces = new Int32Array(1 << bits)
    this.#slots = new Int32Array(1 << bits)
    this.#counts = new Int32Array(1 << bits)
  }

  has(hash: number): boolean {
    const bucket = this.#bucketOf(hash)
    const piece = this.#pieces[bucket]
    if (piece === 0) return false
    const { words } = this.#arena.regions[piece >>> 20]
    return words[this.#find(words, piece, this.#slots[bucket], hash | 1)] !== 0
  }

  /** @throws {OutOfMemory} nothing has changed */
  add(hash: number): void {
    const bucket = this.#bucketOf(hash)
    if (this.#counts[bucket] * 4 >= this.#slots[bucket] * 3) this.#grow(bucket)
    const piece = this.#pieces[bucket]
    const { words } = this.#arena.regions[piece >>> 20]
    const at = this.#find(words, piece, this.#slots[bucket], hash | 1)
    if (words[at] !== 0) return
    words[at] = hash | 1
    this.#counts[bucket]++
    this.size++
  }

  /** Gives back what holds only hashes before `bound`, unsigned. */
  dropBelow(bound: number): void {
    const end = this.#shift === 32 ? Math.floor(bound / 2 ** 32) : Math.floor(bound / 2 ** this.#shift)
    for (; this.#first < end; this.#first++) this.#free(this.#first)
  }

  /** Gives back all. */
  drop(): void {
    this.dropBelow(2 ** 32)
  }

  #bucketOf(hash: number): number {
    return this.#shift === 32 ? 0 : hash >>> this.#shift
  }

  /** The word where a mark is, or where it belongs. */
  #find(words: Int32Array, piece: Ref, slots: number, mark: number): number {
    const base = (piece & unitMask) << 1
    const mask = slots - 1
    for (let i = (Math.imul(mark, spread) >>> 8) & mask; ; i = (i + 1) & mask) {
      const other = words[base + i]
      if (other === 0 || other === mark) return base + i
    }
  }

  #grow(bucket: number): void {
    const old = this.#pieces[bucket]
    const oldSlots = this.#slots[bucket]
    const slots = Math.max(slotsMin, oldSlots * 2)
    const piece = this.#arena.allocate(slots * 4)
    const { words } = this.#arena.regions[piece >>> 20]
    const base = (piece & unitMask) << 1
    words.fill(0, base, base + slots)
    this.#beside.add(slots * 4)
    if (old !== 0) {
      const from = this.#arena.regions[old >>> 20].words
      const fromBase = (old & unitMask) << 1
      for (let i = 0; i < oldSlots; i++) {
        const mark = from[fromBase + i]
        if (mark !== 0) words[this.#find(words, piece, slots, mark)] = mark
      }
      this.#arena.free(old, oldSlots * 4)
      this.#beside.add(-oldSlots * 4)
    }
    this.#pieces[bucket] = piece
    this.#slots[bucket] = slots
  }

  #free(bucket: number): void {
    const piece = this.#pieces[bucket]
    if (piece === 0) return
    this.#arena.free(piece, this.#slots[bucket] * 4)
    this.#beside.add(-this.#slots[bucket] * 4)
    this.size -= this.#counts[bucket]
    this.#pieces[bucket] = this.#slots[bucket] = this.#counts[bucket] = 0
  }
}
