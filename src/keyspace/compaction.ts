import { OutOfMemory, Slice, type Clock } from '../base/index.js'
import { Flag, Mover, type Ref } from '../memory/index.js'
import { Type } from '../values/index.js'
import type { Keyspace } from './keyspace.js'

/*
 * Freed pieces of memory serve their own size class only, so values that change their sizes leave holes behind. When the
 * holes are `active-defrag-threshold-lower` percent of what is used, and `active-defrag-ignore-bytes`, memory is
 * compacted: the chunks that hold least are closed for new pieces, all keys are walked in the order of their hashes, and
 * what they keep in those chunks moves elsewhere. A chunk that nothing is left in is given back.
 *
 * A pass empties chunks that hold a quarter of what is used at most, so that what it moves does not need much room of its
 * own meanwhile. Passes follow until the holes are few, or a pass gained nothing. A step does `piecesAStep` pieces of work,
 * some tens of microseconds; a slice ends after `sliceMs`, and slices take the share of time that lies between
 * `active-defrag-cycle-min` and `-max` as the holes lie between the two thresholds.
 */

const piecesAStep = 512
const sliceMs = 1
const movedBytesMin = 32 << 20
const movedPart = 0.25

/** `active-defrag-*`: bytes and percent. */
export interface CompactionLimits {
  readonly ignoreBytes: number
  readonly thresholdLower: number
  readonly thresholdUpper: number
  readonly cycleMin: number
  readonly cycleMax: number
}

/** What compaction counts, for INFO. */
export class CompactionStats {
  /** Pieces moved, and pieces that were left where they are. */
  hits = 0
  misses = 0
  /** Keys of which something was moved, and of which nothing was. */
  keyHits = 0
  keyMisses = 0
  /** Milliseconds since the start in which it was running. */
  runningMs = 0

  /** What CONFIG RESETSTAT resets. */
  reset(): void {
    this.hits = this.misses = this.keyHits = this.keyMisses = this.runningMs = 0
  }
}

/** Moves entries together, slice by slice, and gives back the chunks that become empty. */
export class Compaction {
  readonly #keyspace: Keyspace
  readonly #clock: Clock
  readonly #mover: Mover
  readonly #moveEntry: (ref: Ref) => Ref
  readonly stats = new CompactionStats()
  /** Percent of time that it takes while it runs; 0: it does not. As `active_defrag_running`. */
  share = 0
  #runningSinceMs = 0
  #database = 0
  #cursor = 0
  /** Whether the table of the database at hand has been begun. */
  #isInside = false
  /** A large value that is not finished, and how far it is. */
  #large: Slice | null = null
  #largeType = 0
  #largeCursor = 0
  #chunksBefore = 0

  constructor(keyspace: Keyspace, clock: Clock) {
    this.#keyspace = keyspace
    this.#clock = clock
    this.#mover = new Mover(keyspace.arena)
    this.#moveEntry = (ref) => this.#move(ref)
  }

  /** Bytes of holes, and their percentage of the bytes used. */
  holes(): { bytes: number; percent: number } {
    const { usedBytes, reservedBytes } = this.#keyspace.arena
    const bytes = Math.max(0, reservedBytes - usedBytes)
    return { bytes, percent: usedBytes === 0 ? 0 : (bytes * 100) / usedBytes }
  }

  /** Looks whether there is reason to begin, and how much time to take. Some times a second. */
  consider(limits: CompactionLimits): void {
    const { bytes, percent } = this.holes()
    if (this.#keyspace.imaging !== null) return // an image that is being written knows values by their places
    if (this.share === 0) {
      if (percent < limits.thresholdLower || bytes < limits.ignoreBytes) return
      if (!this.#beginPass()) return
      this.#runningSinceMs = this.#clock.monotonicMs()
    }
    const { thresholdLower: lower, thresholdUpper: upper, cycleMin, cycleMax } = limits
    const part = upper > lower ? (percent - lower) / (upper - lower) : 1
    const share = Math.round(cycleMin + part * (cycleMax - cycleMin))
    // it may become more eager in a pass, but not less
    this.share = Math.max(this.share, Math.min(Math.max(share, cycleMin), Math.max(cycleMin, cycleMax)))
  }

  /** Milliseconds it was running: in all, and now. */
  runningMs(): { total: number; current: number } {
    const current = this.share === 0 ? 0 : this.#clock.monotonicMs() - this.#runningSinceMs
    return { total: this.stats.runningMs + current, current }
  }

  /** Ends, wherever it is. */
  stop(): void {
    if (this.share === 0) return
    this.stats.runningMs += this.#clock.monotonicMs() - this.#runningSinceMs
    this.#keyspace.arena.endLeaving()
    this.share = 0
    this.#large = null
  }

  /** Works for a millisecond. Does nothing unless it is running; see `share`. */
  slice(limits: CompactionLimits): void {
    if (this.#keyspace.imaging !== null) this.stop()
    if (this.share === 0) return
    const endMs = this.#clock.monotonicMs() + sliceMs
    do {
      if (this.#step()) continue
      this.#endPass(limits)
      break
    } while (this.#clock.monotonicMs() < endMs)
  }

  #beginPass(): boolean {
    const { arena } = this.#keyspace
    this.#database = this.#cursor = 0
    this.#isInside = false
    this.#large = null
    this.#chunksBefore = arena.chunkCount
    return arena.beginLeaving(Math.max(movedBytesMin, (arena.usedBytes - arena.blockBytes) * movedPart)) > 0
  }

  #endPass({ ignoreBytes, thresholdLower }: CompactionLimits): void {
    const { arena } = this.#keyspace
    arena.endLeaving()
    const { bytes, percent } = this.holes()
    const hasGained = arena.chunkCount < this.#chunksBefore
    if (hasGained && percent >= thresholdLower && bytes >= ignoreBytes && this.#beginPass()) return
    this.stop()
  }

  /** Does some work; false when the pass is over. */
  #step(): boolean {
    const { arena, databases } = this.#keyspace
    if (arena.leavingCount === 0) return false
    const mover = this.#mover
    const { moved, kept } = mover
    mover.left = piecesAStep
    try {
      if (this.#large !== null) this.#goOnWithLarge(this.#large)
      else if (this.#database === databases.length) return false
      else this.#goOnWithTable()
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error
      return false // there is no room to move anything
    } finally {
      this.stats.hits += mover.moved - moved
      this.stats.misses += mover.kept - kept
    }
    return true
  }

  #goOnWithTable(): void {
    const database = this.#keyspace.databases[this.#database]
    if (!this.#isInside) database.relocateTable(this.#mover)
    this.#isInside = true
    this.#cursor = database.rewrite(this.#cursor, this.#mover, this.#moveEntry)
    if (this.#cursor === 0) this.#leaveTable()
  }

  /** The last entry of a table may be a large value, which is finished before the next table is begun. */
  #leaveTable(): void {
    if (this.#large !== null) return
    this.#database++
    this.#isInside = false
  }

  #move(ref: Ref): Ref {
    const keyspace = this.#keyspace
    const mover = this.#mover
    const { moved } = mover
    const to = keyspace.records.relocate(ref, mover)
    const flags = keyspace.records.flags(to)
    if ((flags & Flag.copy) !== 0) keyspace.relocateEvidence(to, mover)
    if ((flags & Flag.layout) !== 0 && (flags & Flag.type) !== Type.string) this.#moveValue(to, flags & Flag.type)
    if (mover.moved === moved) this.stats.keyMisses++
    else this.stats.keyHits++
    return to
  }

  #moveValue(ref: Ref, type: number): void {
    const view = this.#keyspace.views.of(type).open(ref, null)
    const cursor = view.relocate?.(this.#mover, 0) ?? 0
    if (cursor === 0) return
    // the rest in steps of its own, before the walk goes on
    this.#large = Slice.from(this.#keyspace.records.key(ref, new Slice(this.#keyspace.arena.regions[0])).toBuffer())
    this.#largeType = type
    this.#largeCursor = cursor
    this.#mover.left = 0
  }

  #goOnWithLarge(key: Slice): void {
    const { databases, views } = this.#keyspace
    const database = databases[this.#database]
    const ref = database.findInMemory(key)
    if (ref !== 0 && database.type(ref) === this.#largeType) {
      this.#largeCursor = views.of(this.#largeType).open(ref, null).relocate?.(this.#mover, this.#largeCursor) ?? 0
    } else this.#largeCursor = 0
    if (this.#largeCursor !== 0) return
    this.#large = null
    if (this.#cursor === 0) this.#leaveTable()
  }
}
