import { borrowed, copyBytes, moveBytes, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Flag, type Mover, type Records, type Ref } from '../memory/index.js'
import { LargeSortedSet, largeBytes, type VisitMember } from './large-sorted-set.js'
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
import { Layout, Type, type Collection, type RecordOwner, type Remains, type ValueGuard } from './types.js'

export type { VisitMember } from './large-sorted-set.js'

/** When a sorted set leaves its record for a table and a tree of its own. Changed live by CONFIG SET. */
export interface SortedSetLimits {
  /** `zset-max-listpack-entries` */
  packedEntriesMax: number
  /** `zset-max-listpack-value`, bytes of a member */
  packedMemberBytesMax: number
}

/**
 * A sorted set: members, each under a score, ordered by score and then by their bytes. Small ones are a sequence of bytes
 * in their record, larger ones a table and a tree of their own in the arena.
 *
 * One object serves all sorted sets, one at a time: `open` turns it to another. What it returns are slices of the arena,
 * good until the next change. No score is NaN.
 */
export class SortedSetValue implements Collection {
  readonly #records: Records
  readonly #seed: HashSeed
  readonly #limits: SortedSetLimits
  readonly #large: LargeSortedSet
  /** The record's value: the sequence, or what `#large` keeps there. */
  readonly #value = borrowed()
  /** The member that a walk went to, or that was looked at last. */
  readonly member = borrowed()
  readonly #cursor = new ScoreCursor()
  #places: Int32Array = new Int32Array(0)
  /** Of a walk: members to come, the way it goes, and the index of the place that a packed one has come to in reverse. */
  #left = 0
  #isReverse = false
  #at = 0
  #owner: RecordOwner | null = null
  #ref: Ref = 0
  #packed = true
  /** What `find` found in a packed one: a place counted from the sequence's start. */
  #found = 0
  readonly #span: Span = { from: 0, count: 0 }
  /** Whether a packed one may hold a negative zero, as one in the making may; see `settle`. */
  keepsNegativeZero = false

  constructor(records: Records, seed: HashSeed, limits: SortedSetLimits) {
    this.#records = records
    this.#seed = seed
    this.#limits = limits
    this.#large = new LargeSortedSet(records, seed)
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
    this.#records.value(ref, this.#value)
    if (!this.#packed) this.#large.open(this.#value)
    return this
  }

  get encoding(): 'listpack' | 'skiplist' {
    return this.#packed ? 'listpack' : 'skiplist'
  }

  get length(): number {
    return this.#packed ? packedCount(this.#value) : this.#large.size
  }

  // --- by member

  /** The score of `member`, NaN where it is missing. Remembers the place for an `insert` or `update` that follows. */
  find(member: Slice): number {
    if (!this.#packed) return this.#large.find(member)
    const at = findScore(this.#value, member)
    this.#found = at - this.#value.start
    return at < 0 ? NaN : scoreAt(this.#value, at)
  }

  /**
   * Adds `member`, which `find` has just not found.
   *
   * @throws {OutOfMemory} nothing has changed, and a sorted set that was to get its first member is gone
   */
  insert(member: Slice, score: number): void {
    try {
      if (this.#packed) {
        if (this.#insertPacked(member, score)) return
        this.#large.find(member)
      }
      this.#large.insert(member, score)
    } catch (error) {
      if (this.length === 0) this.#owner?.recordUnused(this.#ref)
      throw error
    }
  }

  /** Gives the member that `find` has just found another score. @throws {OutOfMemory} nothing has changed */
  update(member: Slice, score: number): void {
    if (!this.#packed) this.#large.update(member, score)
    else moveScore(this.#value, this.#found + this.#value.start, this.#packedScore(score), member)
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
    while (cursor.next(this.#value, this.member)) {
      if (cursor.score === 0) writeScore(this.#value, cursor.entryAt, 0, this.member)
    }
  }

  /** Whether a packed one may have so many members, and whether one of them may be this. */
  allowsPacked(members: number): boolean {
    return members <= Math.min(this.#limits.packedEntriesMax, packedCountMax)
  }

  allowsInPacked(member: Slice): boolean {
    return member.length <= this.#limits.packedMemberBytesMax
  }

  /**
   * Takes over a sequence of scores and members, in their order and as the limits allow, in place of none.
   *
   * @throws {OutOfMemory} nothing has changed, and the sorted set, which was to get its first member, is gone
   */
  adopt(sequence: Slice): void {
    try {
      this.#resize(sequence.length)
    } catch (error) {
      this.#owner?.recordUnused(this.#ref)
      throw error
    }
    const { region, start } = this.#value
    copyBytes(sequence.region, sequence.start, region, start, sequence.length)
  }

  /** Deletes `member`; whether it was there. A sorted set without members must be deleted by the caller. */
  delete(member: Slice): boolean {
    if (Number.isNaN(this.find(member))) return false
    if (this.#packed) {
      const at = this.#found + this.#value.start
      this.#cut(at, at + entryBytes(this.#value, at), 1)
    } else this.#large.deleteFound(member)
    return true
  }

  /** How many members come before `member`, or -1 where it is missing. */
  rank(member: Slice): number {
    if (Number.isNaN(this.find(member))) return -1
    if (!this.#packed) return this.#large.rankOfFound(member)
    const found = this.#found + this.#value.start
    let rank = 0
    for (let at = this.#value.start + packedHeaderBytes; at < found; at += entryBytes(this.#value, at)) rank++
    return rank
  }

  // --- by rank

  /**
   * Begins a walk of `count` members from a rank on, which must be there, from the least to the greatest, or the other way
   * with `reverse`; see `next`. There is one walk at a time, and the sorted set must not change meanwhile.
   */
  walk(from: number, count: number, reverse: boolean): void {
    this.#left = count
    this.#isReverse = reverse
    if (count <= 0) return
    if (!this.#packed) this.#large.walk(reverse ? from + count - 1 : from, reverse)
    else if (reverse) {
      this.#places = entryPlaces(this.#value, this.#places)
      this.#at = from + count
    } else {
      const cursor = this.#cursor.start(this.#value)
      for (let rank = 0; rank < from; rank++) cursor.next(this.#value, this.member)
    }
  }

  /** Goes to the next member of the walk, which `member` then is; false behind the last. */
  next(): boolean {
    if (this.#left <= 0) return false
    this.#left--
    if (!this.#packed) this.#large.step(this.member)
    else if (this.#isReverse) memberAt(this.#value, this.#places[--this.#at], this.member)
    else this.#cursor.next(this.#value, this.member)
    return true
  }

  /** The score of the member that `next` went to. */
  get score(): number {
    if (!this.#packed) return this.#large.steppedScore
    return this.#isReverse ? scoreAt(this.#value, this.#places[this.#at]) : this.#cursor.score
  }

  /** Visits `count` members in a walk. */
  forEachIn(from: number, count: number, reverse: boolean, visit: VisitMember): void {
    this.walk(from, count, reverse)
    while (this.next()) visit(this.member, this.score)
  }

  /** Visits all members, from the least to the greatest. */
  forEach(visit: VisitMember): void {
    this.forEachIn(0, this.length, false, visit)
  }

  /** Deletes `count` members from a rank on, which must be there. */
  deleteRange(from: number, count: number): void {
    if (!this.#packed) {
      this.#large.deleteRange(from, count)
      return
    }
    const places = (this.#places = entryPlaces(this.#value, this.#places))
    const { start, length } = this.#value
    this.#cut(places[from], from + count < this.length ? places[from + count] : start + length, count)
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
  spanOfMembers(range: LexRange, reverse: boolean): Span {
    if (this.#packed) {
      return reverse ? this.#packedSpanFromEnd(range.min, range.max) : this.#packedSpan(range.min, range.max)
    }
    const [from, end] = this.#large.endsOf(range)
    return this.#spanOf(from, end - from)
  }

  // --- in no order

  /** As Table.scan; a packed one is visited whole at once, in order. */
  scan(cursor: number, count: number, visit: VisitMember): number {
    if (!this.#packed) return this.#large.scan(cursor, count, visit)
    this.forEach(visit)
    return 0
  }

  /** Calls `visit` with one member drawn at random. */
  random(random: Random, visit: VisitMember): void {
    if (this.#packed) this.forEachIn(random.below(this.length), 1, false, visit)
    else this.#large.random(random, visit)
  }

  // --- Collection

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    if (this.#packed) return records.copyUnder(this.#ref, key, flags | Type.zset | Layout.packed, access)
    const made = new LargeSortedSet(records, this.#seed)
    let copy: Ref = 0
    made.createWith(() => {
      this.forEach((member, score) => {
        made.find(member)
        made.add(member, score)
      })
      copy = records.create(key, largeBytes, flags | Type.zset | Layout.table, access)
    })
    made.keep(records.value(copy, borrowed()))
    return copy
  }

  release(): Remains | null {
    return this.#packed ? null : this.#large.release()
  }

  bytesBeside(samples: number): number {
    return this.#packed ? 0 : this.#large.bytes(samples)
  }

  guard({ table }: ValueGuard): void {
    if (!this.#packed) this.#large.guard(table ?? null)
  }

  relocate(mover: Mover, cursor: number): number {
    return this.#packed ? 0 : this.#large.relocate(mover, cursor)
  }

  /** Makes a packed one large, though no limit asks for it. @throws {OutOfMemory} nothing has changed */
  enlarge(): void {
    if (this.#packed) this.#unpack()
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
    moveBytes(region, start + place + entry, start + place, start + length)
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
    moveBytes(region, from, to, start + length)
    setPackedCount(this.#value, packedCount(this.#value) - count)
    this.#resize(length - (to - from))
  }

  #packedSpan(min: LexBound, max: LexBound): Span {
    const cursor = this.#cursor.start(this.#value)
    const member = this.member
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
    const memberOf = (rank: number): Slice => memberAt(this.#value, places[rank], this.member)
    let last = this.length - 1
    while (last >= 0 && !isBelowMax(max, memberOf(last))) last--
    let from = last + 1
    while (from > 0 && isAboveMin(min, memberOf(from - 1))) from--
    return this.#spanOf(from, last + 1 - from)
  }

  #below(score: number, inclusive: boolean): number {
    if (!this.#packed) return this.#large.below(score, inclusive)
    const cursor = this.#cursor.start(this.#value)
    let rank = 0
    while (cursor.next(this.#value, this.member)) {
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

  /** Moves all members to a table and a tree. @throws {OutOfMemory} nothing has changed */
  #unpack(): void {
    const cursor = new ScoreCursor().start(this.#value)
    const member = borrowed()
    const large = this.#large
    large.createWith(() => {
      while (cursor.next(this.#value, member)) {
        large.find(member)
        large.add(member, cursor.score)
      }
      this.#resize(largeBytes)
    })
    this.#records.setKind(this.#ref, Type.zset | Layout.table)
    large.keep(this.#value)
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
