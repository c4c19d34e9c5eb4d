import { borrowed, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Table, type Mover, type Records, type Ref, type TableGuard } from '../memory/index.js'
import type { LexRange } from './score-ranges.js'
import { ScoreTree } from './score-tree.js'
import { SortedSetRemains } from './sorted-set-remains.js'

/** Told a member and its score; the slice is the same each time. */
export type VisitMember = (member: Slice, score: number) => void

/** What a sorted set's record holds of a large one: references of its table's header and of its tree's root. */
export const largeBytes = 8

const scoreBytes = 8

/** Cursors of `relocate` from here on are ranks in the tree, those below are the table's. */
const treeFrom = 2 ** 32

/**
 * A large sorted set: a table leads from a member to its record, which holds the score, and a tree of the same records keeps
 * the order. A view, turned to one at a time by `open`.
 */
export class LargeSortedSet {
  readonly #records: Records
  readonly #table: Table
  readonly #tree: ScoreTree
  readonly #member = borrowed()
  readonly #score = borrowed()
  /** Where the record keeps the two references. */
  #home: Slice = borrowed()
  /** What `find` found, and the hash of what it looked for. */
  #found: Ref = 0
  #hash = 0

  constructor(records: Records, seed: HashSeed) {
    this.#records = records
    this.#table = new Table(records, seed)
    this.#tree = new ScoreTree(records)
  }

  /** Turns to the one whose references stand in `home`, which stays theirs until the next `open`. */
  open(home: Slice): this {
    const { view } = home.region
    this.#home = home
    this.#table.open(view.getInt32(home.start, true))
    this.#tree.open(view.getInt32(home.start + 4, true))
    return this
  }

  /**
   * Makes one and has it filled, by `find` and `add`. Its references must be kept then: see `keep`.
   *
   * @throws {OutOfMemory} nothing is left of it
   */
  createWith(fill: () => void): void {
    this.#table.createWith(() => this.#tree.createWith(fill))
  }

  /** Writes the references of the one just made into `home`, and stays turned to it. */
  keep(home: Slice): void {
    this.#home = home
    home.region.view.setInt32(home.start, this.#table.header, true)
    this.#keepRoot()
  }

  get size(): number {
    return this.#table.size
  }

  /** The score of `member`, NaN where it is missing. Remembers the place for what follows. */
  find(member: Slice): number {
    this.#hash = this.#table.hash(member)
    this.#found = this.#table.find(member, this.#hash)
    return this.#found === 0 ? NaN : this.#scoreOf(this.#found)
  }

  /** Adds a member that `find` has just not found. @throws {OutOfMemory} nothing has changed */
  insert(member: Slice, score: number): void {
    this.add(member, score)
    this.#keepRoot()
  }

  /** As `insert`, while one is being made. */
  add(member: Slice, score: number): void {
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

  /** Gives the member that `find` has just found another score. @throws {OutOfMemory} nothing has changed */
  update(member: Slice, score: number): void {
    this.#tree.rescore(this.#scoreOf(this.#found), member, this.#found, score)
    this.#keepRoot()
    this.#setScoreOf(this.#found, score)
  }

  /** Deletes the member that `find` has just found. */
  deleteFound(member: Slice): void {
    this.#tree.remove(this.#scoreOf(this.#found), member, this.#found)
    this.#keepRoot()
    this.#table.remove()
    this.#records.free(this.#found)
  }

  /** How many members come before the one that `find` has just found. */
  rankOfFound(member: Slice): number {
    return this.#tree.rank(this.#scoreOf(this.#found), member)
  }

  /** Begins a walk from a rank on, upwards, or downwards with `reverse`; see `step`. */
  walk(rank: number, reverse: boolean): void {
    this.#tree.walk(rank, this.size, reverse)
  }

  /** Points `member` at the next member of a walk, which must be there. */
  step(member: Slice): void {
    this.#records.key(this.#tree.step(), member)
  }

  /** The score of the member that `step` went to. */
  get steppedScore(): number {
    return this.#tree.steppedScore
  }

  deleteRange(from: number, count: number): void {
    this.#tree.removeRange(from, count, this.size, this.#drop)
    this.#keepRoot()
  }

  /** How many members have a lower score; with `inclusive` also those that have this very score. */
  below(score: number, inclusive: boolean): number {
    return this.#tree.below(score, inclusive)
  }

  /** Ranks of the first member in a range of bytes, and of the first behind it, where all scores are the same. */
  endsOf({ min, max }: LexRange): [from: number, end: number] {
    const from = min.end === 0 ? this.#tree.belowMember(min.member, min.isOpen) : min.end < 0 ? 0 : this.size
    const end = max.end === 0 ? this.#tree.belowMember(max.member, !max.isOpen) : max.end < 0 ? 0 : this.size
    return [from, end]
  }

  scan(cursor: number, count: number, visit: VisitMember): number {
    return this.#table.scan(cursor, count, (ref) => visit(this.#records.key(ref, this.#member), this.#scoreOf(ref)))
  }

  random(random: Random, visit: VisitMember): void {
    const ref = this.#table.random(random)
    visit(this.#records.key(ref, this.#member), this.#scoreOf(ref))
  }

  release(): SortedSetRemains {
    return new SortedSetRemains(this.#records, this.#table.seed, this.#table.header, this.#tree.root)
  }

  bytes(samples: number): number {
    return this.#table.bytesWithRecords(samples) + this.#tree.bytes
  }

  /** As Collection's. */
  guard(guard: TableGuard | null): void {
    this.#table.guard = guard
  }

  /** As Collection's: first the table, by the order of hashes, then nodes and records as the tree has them, by rank. */
  relocate(mover: Mover, cursor: number): number {
    const { region, start } = this.#home
    if (cursor === 0) region.view.setInt32(start, this.#table.relocate(mover), true)
    // of the table only its segments: the records are moved where the tree has them in their order
    if (cursor < treeFrom) return this.#table.rewrite(cursor, mover, (ref) => ref) || treeFrom
    let rank = cursor - treeFrom
    if (rank >= this.size) return 0
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

  /** Changes may have given the tree another root. */
  #keepRoot(): void {
    this.#home.region.view.setInt32(this.#home.start + 4, this.#tree.root, true)
  }

  #scoreOf(ref: Ref): number {
    const { region, start } = this.#records.value(ref, this.#score)
    return region.view.getFloat64(start, true)
  }

  #setScoreOf(ref: Ref, score: number): void {
    const { region, start } = this.#records.value(ref, this.#score)
    region.view.setFloat64(start, score, true)
  }

  /** Takes the record of a member that the tree no longer has out of the table, and frees it. */
  readonly #drop = (ref: Ref): void => {
    this.#table.locate(ref, this.#table.hash(this.#records.key(ref, this.#member)))
    this.#table.remove()
    this.#records.free(ref)
  }
}
