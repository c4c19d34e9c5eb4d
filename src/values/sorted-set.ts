import { borrowed, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Flag, Table, type Mover, type Records, type Ref } from '../memory/index.js'
import { packedBytesMax, packedCount, packedCountMax, packedHeaderBytes, setPackedCount } from './packed.js'
import {
  ScoreCursor,
  entryBytes,
  entryPlaces,
  findScore,
  memberAt,
  moveScore,
  packedMemberBytes,
  placeOfScore,
  scoreAt,
  writeScore,
} from './packed-scores.js'
import { isAboveMin, isBelowMax, type LexBound, type LexRange, type ScoreRange, type Span } from './score-ranges.js'
import { ScoreTree } from './score-tree.js'
import { SortedSetRemains } from './sorted-set-remains.js'
import { Layout, Type, type Collection, type RecordOwner, type Remains } from './types.js'

/** When a sorted set leaves its record for a table and a tree of its own. Changed live by CONFIG SET. */
export interface SortedSetLimits {
  /** `zset-max-listpack-entries` */
  packedEntriesMax: number
  /** `zset-max-listpack-value`, bytes of a member */
  packedMemberBytesMax: number
}

/** Told a member and its score; the slice is the same each time. */
export type VisitMember = (member: Slice, score: number) => void

/** What the record of a large one holds: references of its table's header and of its tree's root. */
const largeBytes = 8
const scoreBytes = 8

/** Cursors of `relocate` from here on are ranks in the tree, those below are the table's. */
const treeFrom = 2 ** 32

/**
 * A sorted set: members, each under a score, ordered by score and then by their bytes. Small ones are a sequence of bytes
 * in their record; of larger ones a table leads from a member to its record, which holds the score, and a tree of the same
 * records keeps the order.
 *
 * One object serves all sorted sets, one at a time: `open` turns it to another. What it returns are slices of the arena,
 * good until the next change. No score is NaN.
 */
export class SortedSetValue implements Collection {
  readonly #records: Records
  readonly #limits: SortedSetLimits
  readonly #table: Table
  readonly #tree: ScoreTree
  /** The record's value: the sequence, or the two references. */
  readonly #value = borrowed()
  readonly #member = borrowed()
  readonly #scoreSlice = borrowed()
  readonly #cursor = new ScoreCursor()
  #places: Int32Array = new Int32Array(0)
  #owner: RecordOwner | null = null
  #ref: Ref = 0
  #packed = true
  /** What `find` found: a record, or of a packed one a place counted from the sequence's start. */
  #found = 0
  /** Hash of the member last looked for in the table. */
  #hash = 0
  readonly #span: Span = { from: 0, count: 0 }
  /** Whether a packed one may hold a negative zero, as one in the making may; see `settle`. */
  keepsNegativeZero = false

  constructor(records: Records, seed: HashSeed, limits: SortedSetLimits) {
    this.#records = records
    this.#limits = limits
    this.#table = new Table(records, seed)
    this.#tree = new ScoreTree(records)
  }

  create(key: Slice, access: number): Ref {
    const ref = this.#records.create(key, packedHeaderBytes, Type.zset | Layout.packed, access)
    setPackedCount(this.#records.value(ref, this.#value), 0)
    return ref
  }

  open(ref: Ref, owner: RecordOwner | null): this {
    this.#ref = ref
    this.#owner = owner
    this.#packed = (this.#records.flags(ref) & Flag.layout) === Layout.packed
    const { region, start } = this.#records.value(ref, this.#value)
    if (!this.#packed) {
      this.#table.open(region.view.getInt32(start, true))
      this.#tree.open(region.view.getInt32(start + 4, true))
    }
    return this
  }

  get encoding(): 'listpack' | 'skiplist' {
    return this.#packed ? 'listpack' : 'skiplist'
  }

  get length(): number {
    return this.#packed ? packedCount(this.#value) : this.#table.size
  }

  // --- by member

  /** The score of `member`, NaN where it is missing. Remembers the place for an `insert` or `update` that follows. */
  find(member: Slice): number {
    if (this.#packed) {
      const at = findScore(this.#value, member)
      this.#found = at - this.#value.start
      return at < 0 ? NaN : scoreAt(this.#value, at)
    }
    this.#hash = this.#table.hash(member)
    this.#found = this.#table.find(member, this.#hash)
    return this.#found === 0 ? NaN : this.#scoreOf(this.#found)
  }

  /**
   * Adds `member`, which `find` has just not found.
   *
   * @throws {OutOfMemory} nothing has changed, and a sorted set that was to get its first member is gone
   */
  insert(member: Slice, score: number): void {
    try {
      if (this.#packed && this.#insertPacked(member, score)) return
      this.#insertLarge(member, score)
    } catch (error) {
      if (this.length === 0) this.#owner?.recordUnused(this.#ref)
      throw error
    }
  }

  /** Gives the member that `find` has just found another score. @throws {OutOfMemory} nothing has changed */
  update(member: Slice, score: number): void {
    if (this.#packed) moveScore(this.#value, this.#found + this.#value.start, this.#packedScore(score), member)
    else {
      const old = this.#scoreOf(this.#found)
      if (!this.#tree.rescore(old, member, score)) {
        // the new place first, since only that may need memory
        this.#tree.insert(score, member, this.#found)
        this.#tree.remove(old, member)
        this.#keepRoot()
      }
      this.#setScoreOf(this.#found, score)
    }
  }

  /** Adds `member`, or changes its score. @throws {OutOfMemory} as `insert` */
  set(member: Slice, score: number): void {
    const old = this.find(member)
    if (Number.isNaN(old)) this.insert(member, score)
    else if (old !== score) this.update(member, score)
  }

  /** Says that a value in the making is made: until now it kept negative zeros, since it might have become a large one. */
  settle(): void {
    if (!this.#packed) return
    const cursor = this.#cursor.start(this.#value)
    while (cursor.next(this.#value, this.#member)) {
      if (cursor.score === 0) writeScore(this.#value, cursor.entryAt, 0, this.#member)
    }
  }

  /** Deletes `member`; whether it was there. A sorted set without members must be deleted by the caller. */
  delete(member: Slice): boolean {
    const score = this.find(member)
    if (Number.isNaN(score)) return false
    if (this.#packed) {
      const at = this.#found + this.#value.start
      this.#cut(at, at + entryBytes(this.#value, at), 1)
    } else {
      this.#tree.remove(score, member)
      this.#keepRoot()
      this.#table.remove()
      this.#records.free(this.#found)
    }
    return true
  }

  /** How many members come before `member`, or -1 where it is missing. */
  rank(member: Slice): number {
    const score = this.find(member)
    if (Number.isNaN(score)) return -1
    if (!this.#packed) return this.#tree.rank(score, member)
    const found = this.#found + this.#value.start
    let rank = 0
    for (let at = this.#value.start + packedHeaderBytes; at < found; at += entryBytes(this.#value, at)) rank++
    return rank
  }

  // --- by rank

  /** Visits `count` members from a rank on, from the least to the greatest, or the other way with `reverse`. */
  forEachIn(from: number, count: number, reverse: boolean, visit: VisitMember): void {
    if (count <= 0) return
    if (!this.#packed) {
      this.#tree.visit(reverse ? from + count - 1 : from, count, reverse, (ref, score) =>
        visit(this.#records.key(ref, this.#member), score),
      )
      return
    }
    if (!reverse) {
      const cursor = this.#cursor.start(this.#value)
      for (let rank = 0; rank < from + count && cursor.next(this.#value, this.#member); rank++) {
        if (rank >= from) visit(this.#member, cursor.score)
      }
      return
    }
    const places = (this.#places = entryPlaces(this.#value, this.#places))
    for (let rank = from + count - 1; rank >= from; rank--) {
      visit(memberAt(this.#value, places[rank], this.#member), scoreAt(this.#value, places[rank]))
    }
  }

  /** Visits all members, from the least to the greatest. */
  forEach(visit: VisitMember): void {
    this.forEachIn(0, this.length, false, visit)
  }

  /** Deletes `count` members from a rank on, which must be there. */
  deleteRange(from: number, count: number): void {
    if (this.#packed) {
      const places = (this.#places = entryPlaces(this.#value, this.#places))
      const { start, length } = this.#value
      this.#cut(places[from], from + count < this.length ? places[from + count] : start + length, count)
      return
    }
    this.#tree.removeRange(from, count, this.#drop)
    this.#keepRoot()
  }

  /** The members in a range of scores. The span is good until the next question. */
  spanOfScores({ min, max, isMinOpen, isMaxOpen }: ScoreRange): Span {
    const from = this.#below(min, isMinOpen)
    const end = this.#below(max, !isMaxOpen)
    return this.#spanOf(from, end - from)
  }

  /**
   * The members in a range of bytes, all scores being the same. Where they are not, which the range then is of a packed one
   * depends on the end that is looked for first, as it does in Redis.
   */
  spanOfMembers({ min, max }: LexRange, reverse: boolean): Span {
    if (!this.#packed) {
      const from = min.end === 0 ? this.#tree.belowMember(min.member, min.isOpen) : min.end < 0 ? 0 : this.length
      const end = max.end === 0 ? this.#tree.belowMember(max.member, !max.isOpen) : max.end < 0 ? 0 : this.length
      return this.#spanOf(from, end - from)
    }
    return reverse ? this.#packedSpanFromEnd(min, max) : this.#packedSpan(min, max)
  }

  // --- in no order

  /** As Table.scan; a packed one is visited whole at once, in order. */
  scan(cursor: number, count: number, visit: VisitMember): number {
    if (!this.#packed) {
      return this.#table.scan(cursor, count, (ref) => visit(this.#records.key(ref, this.#member), this.#scoreOf(ref)))
    }
    this.forEach(visit)
    return 0
  }

  /** Calls `visit` with one member drawn at random. */
  random(random: Random, visit: VisitMember): void {
    if (this.#packed) {
      this.forEachIn(random.below(this.length), 1, false, visit)
      return
    }
    const ref = this.#table.random(random)
    visit(this.#records.key(ref, this.#member), this.#scoreOf(ref))
  }

  // --- Collection

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    if (this.#packed) return records.copyUnder(this.#ref, key, flags | Type.zset | Layout.packed, access)
    const table = new Table(records, this.#table.seed)
    const tree = new ScoreTree(records)
    let copy: Ref = 0
    const header = table.createWith(() => {
      tree.createWith(() => {
        this.#tree.visit(0, this.length, false, (member, score) => {
          const name = records.key(member, this.#member)
          const hash = table.hash(name)
          table.find(name, hash)
          const ref = records.copyUnder(member, name, 0, 0)
          table.insert(hash, ref)
          tree.insert(score, name, ref)
        })
        copy = records.create(key, largeBytes, flags | Type.zset | Layout.table, access)
      })
    })
    const { region, start } = records.value(copy, this.#value)
    region.view.setInt32(start, header, true)
    region.view.setInt32(start + 4, tree.root, true)
    return copy
  }

  release(): Remains | null {
    if (this.#packed) return null
    return new SortedSetRemains(this.#records, this.#table.seed, this.#table.header, this.#tree.root)
  }

  bytesBeside(samples: number): number {
    if (this.#packed) return 0
    let seen = 0
    let bytes = 0
    const most = samples === 0 ? Infinity : samples
    for (let cursor = 0; seen < most;) {
      cursor = this.#table.scan(cursor, 16, (ref) => {
        seen++
        bytes += this.#records.bytes(ref)
      })
      if (cursor === 0) break
    }
    const members = seen === 0 ? 0 : Math.round((bytes / seen) * this.#table.size)
    return this.#table.bytes + this.#tree.bytes + members
  }

  // --- packed ones

  /** False, and nothing, where the limits say that it is packed no longer: it is a large one from now on. */
  #insertPacked(member: Slice, score: number): boolean {
    const { packedEntriesMax, packedMemberBytesMax } = this.#limits
    const count = packedCount(this.#value)
    const { length } = this.#value
    const entry = packedMemberBytes(member.length)
    if (
      count >= Math.min(packedEntriesMax, packedCountMax) ||
      member.length > packedMemberBytesMax ||
      length + entry > packedBytesMax
    ) {
      this.#unpack()
      return false
    }
    const place = placeOfScore(this.#value, score, member) - this.#value.start
    this.#resize(length + entry)
    const { region, start } = this.#value
    region.bytes.copyWithin(start + place + entry, start + place, start + length)
    setPackedCount(this.#value, count + 1)
    writeScore(this.#value, start + place, this.#packedScore(score), member)
    return true
  }

  /** Redis keeps the scores of small sorted sets as text or integers, among which there is no negative zero. */
  #packedScore(score: number): number {
    return this.keepsNegativeZero ? score : score + 0
  }

  /** Takes `count` entries, from one place to another, out of the sequence. */
  #cut(from: number, to: number, count: number): void {
    const { region, start, length } = this.#value
    region.bytes.copyWithin(from, to, start + length)
    setPackedCount(this.#value, packedCount(this.#value) - count)
    this.#resize(length - (to - from))
  }

  #packedSpan(min: LexBound, max: LexBound): Span {
    const cursor = this.#cursor.start(this.#value)
    const member = this.#member
    let rank = 0
    while (cursor.next(this.#value, member) && !isAboveMin(min, member)) rank++
    if (rank === this.length) return this.#spanOf(0, 0)
    const from = rank
    while (isBelowMax(max, member)) {
      rank++
      if (!cursor.next(this.#value, member)) break
    }
    return this.#spanOf(from, rank - from)
  }

  #packedSpanFromEnd(min: LexBound, max: LexBound): Span {
    const places = (this.#places = entryPlaces(this.#value, this.#places))
    const memberOf = (rank: number): Slice => memberAt(this.#value, places[rank], this.#member)
    let last = this.length - 1
    while (last >= 0 && !isBelowMax(max, memberOf(last))) last--
    let from = last + 1
    while (from > 0 && isAboveMin(min, memberOf(from - 1))) from--
    return this.#spanOf(from, last + 1 - from)
  }

  /** Moves all members to a table and a tree. @throws {OutOfMemory} nothing has changed */
  #unpack(): void {
    const cursor = new ScoreCursor().start(this.#value)
    const member = borrowed()
    const header = this.#table.createWith(() => {
      this.#tree.createWith(() => {
        while (cursor.next(this.#value, member)) {
          this.#hash = this.#table.hash(member)
          this.#table.find(member, this.#hash)
          this.#insertRecord(member, cursor.score)
        }
        this.#resize(largeBytes)
      })
    })
    this.#records.setKind(this.#ref, Type.zset | Layout.table)
    this.#value.region.view.setInt32(this.#value.start, header, true)
    this.#packed = false
    this.#keepRoot()
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

  // --- large ones

  #insertLarge(member: Slice, score: number): void {
    this.#hash = this.#table.hash(member)
    this.#table.find(member, this.#hash)
    this.#insertRecord(member, score)
    this.#keepRoot()
  }

  /** Adds a member to the table, which has just not found it, and to the tree. @throws {OutOfMemory} neither has it */
  #insertRecord(member: Slice, score: number): void {
    const ref = this.#records.create(member, scoreBytes, 0, 0)
    this.#setScoreOf(ref, score)
    this.#table.insert(this.#hash, ref)
    try {
      this.#tree.insert(score, member, ref)
    } catch (error) {
      this.#table.find(member, this.#hash)
      this.#table.remove()
      this.#records.free(ref)
      throw error
    }
  }

  /** Changes may have given the tree another root. */
  relocate(mover: Mover, cursor: number): number {
    if (this.#packed) return 0
    const { region, start } = this.#value
    if (cursor === 0) region.view.setInt32(start, this.#table.relocate(mover), true)
    // of the table only its segments: the records are moved where the tree has them in their order
    if (cursor < treeFrom) return this.#table.rewrite(cursor, mover, (ref) => ref) || treeFrom
    let rank = cursor - treeFrom
    if (rank >= this.length) return 0
    try {
      do rank = this.#tree.relocate(rank, mover, (ref) => this.#moveRecord(ref, mover))
      while (rank !== 0 && mover.left > 0)
    } finally {
      this.#keepRoot()
    }
    return rank === 0 ? 0 : treeFrom + rank
  }

  /** Moves a member's record; the table's slot for it follows. */
  #moveRecord(ref: Ref, mover: Mover): Ref {
    const moved = this.#records.relocate(ref, mover)
    if (moved === ref) return ref
    this.#table.locate(ref, this.#table.hash(this.#records.key(moved, this.#member)))
    this.#table.replace(moved)
    return moved
  }

  #keepRoot(): void {
    this.#value.region.view.setInt32(this.#value.start + 4, this.#tree.root, true)
  }

  #scoreOf(ref: Ref): number {
    const { region, start } = this.#records.value(ref, this.#scoreSlice)
    return region.view.getFloat64(start, true)
  }

  #setScoreOf(ref: Ref, score: number): void {
    const { region, start } = this.#records.value(ref, this.#scoreSlice)
    region.view.setFloat64(start, score, true)
  }

  /** Takes the record of a member that the tree no longer has out of the table, and frees it. */
  readonly #drop = (ref: Ref): void => {
    const member = this.#records.key(ref, this.#member)
    this.#table.find(member, this.#table.hash(member))
    this.#table.remove()
    this.#records.free(ref)
  }

  #below(score: number, inclusive: boolean): number {
    if (!this.#packed) return this.#tree.below(score, inclusive)
    const cursor = this.#cursor.start(this.#value)
    let rank = 0
    while (cursor.next(this.#value, this.#member)) {
      if (cursor.score > score || (!inclusive && cursor.score === score)) break
      rank++
    }
    return rank
  }

  #spanOf(from: number, count: number): Span {
    this.#span.from = from
    this.#span.count = Math.max(0, count)
    return this.#span
  }
}
