import { borrowed, type Slice } from '../base/index.js'
import { Flag, Table, type Ref } from '../memory/index.js'
import { typeNames } from '../values/index.js'
import { Expiry } from './effects.js'
import type { Keyspace } from './keyspace.js'

/** No key of any call. */
const nothing = borrowed()

/**
 * Finds the entries of one database and says what changed of them. Lookups delete what is past its deadline on the way.
 *
 * `find` looks and leaves no trace; `read` counts a hit or a miss and renews the time of last access. What they return,
 * and every slice from here, is good until the next change and never beyond the loop turn.
 */
export class EntryLookups {
  readonly index: number
  protected readonly keyspace: Keyspace
  protected table: Table
  /** Hash of the key last looked up: where `insert` puts it. */
  protected foundHash = 0
  /** The key last remembered, and whether its place is still known; see `findAndRemember`. */
  #remembered: Slice = nothing
  #rememberedRef: Ref = 0
  #isRemembered = false

  constructor(keyspace: Keyspace, index: number) {
    this.keyspace = keyspace
    this.index = index
    this.table = new Table(keyspace.records, keyspace.seed)
    this.table.create()
  }

  /** The entry of `key`, or 0. Deletes it when its deadline has passed. */
  find(key: Slice): Ref {
    if (this.#isRemembered) {
      this.#isRemembered = false
      if (key === this.#remembered) return this.#rememberedRef
    }
    const table = this.table
    const hash = table.hash(key)
    this.foundHash = hash
    const ref = table.find(key, hash)
    if (ref === 0) return 0
    const { arena } = this.keyspace
    const { words } = arena.regions[ref >>> 20]
    const word = (ref & 0xfffff) << 1
    if ((words[word + 1] & Flag.deadline) === 0) return ref
    if (words[word + 3] * 0x1_0000_0000 + (words[word + 2] >>> 0) >= this.keyspace.nowMs) return ref
    return this.#expire(key, ref)
  }

  /** The entry of `key`, or 0, even when its deadline has passed: for tools that look at what is in memory. */
  findInMemory(key: Slice): Ref {
    this.#isRemembered = false
    return this.table.find(key, this.table.hash(key))
  }

  /**
   * The entry of `key`, or 0, for observers, who look while a handler is at work: leaves the place that was last found
   * remembered, and an entry past its deadline where it is.
   */
  peek(key: Slice): Ref {
    return this.table.peek(key, this.table.hash(key))
  }

  /**
   * As `find`, for a client that means to write: renews the time of last access, even if nothing comes of the write, and
   * counts neither hit nor miss.
   */
  findToWrite(key: Slice): Ref {
    const ref = this.find(key)
    if (ref !== 0 && this.keyspace.touching) this.touch(ref)
    return ref
  }

  /** As `find`, and the place is known to the next lookup of the same slice, which must come within the same call. */
  findAndRemember(key: Slice): Ref {
    this.#isRemembered = false
    const ref = this.find(key)
    if (this.#remembered !== key) this.#remembered = key // seldom: calls use the same slices
    this.#rememberedRef = ref
    this.#isRemembered = true
    return ref
  }

  /** Forgets what `findAndRemember` knows: the slice may show other bytes from now on. */
  forget(): void {
    this.#isRemembered = false
  }

  /** As `find`, for a client that reads: counts a hit or a miss and renews the time of last access. */
  read(key: Slice): Ref {
    const ref = this.find(key)
    const { stats } = this.keyspace
    if (ref === 0) {
      stats.misses++
      this.keyspace.onMiss?.(this.index, key)
      return 0
    }
    stats.hits++
    if (this.keyspace.touching) this.touch(ref)
    return ref
  }

  /**
   * As `read`, for a client that looks at the entry and not at its value: the time of last access stays.
   *
   * @param tells whether a miss is an event (`keymiss`), as it is for all but OBJECT
   */
  look(key: Slice, tells = true): Ref {
    const ref = this.find(key)
    const { stats } = this.keyspace
    if (ref === 0) {
      stats.misses++
      if (tells) this.keyspace.onMiss?.(this.index, key)
    } else stats.hits++
    return ref
  }

  /** Says that a call is about to change, make or delete the entry of the last lookup: before it does. */
  protected aboutToChange(): void {
    this.keyspace.imaging?.touch(this.table, this.foundHash)
  }

  /** As `aboutToChange`, of a string that is to be changed where it stands: `ref`, which the last lookup answered. */
  aboutToEdit(ref: Ref): void {
    const { imaging, records } = this.keyspace
    if (imaging === null) return
    imaging.touch(this.table, this.foundHash)
    if ((records.flags(ref) & Flag.kept) !== 0) imaging.settle(ref)
  }

  /** Renews the time of last access. */
  touch(ref: Ref): void {
    const { records, access, accessClock } = this.keyspace
    if (access.countsFrequency) records.setAccess(ref, access.renewed(records.access(ref)))
    else records.setAccess(ref, accessClock)
  }

  type(ref: Ref): number {
    return this.keyspace.records.flags(ref) & Flag.type
  }

  /** Whether an origin has ever filled or confirmed the entry. */
  isCopy(ref: Ref): boolean {
    return (this.keyspace.records.flags(ref) & Flag.copy) !== 0
  }

  typeName(ref: Ref): string {
    return typeNames[this.type(ref)]
  }

  /** The last Unix millisecond of the entry's life, or 0 for no end. Rounded where it is beyond 2^53. */
  deadline(ref: Ref): number {
    return this.keyspace.records.deadline(ref)
  }

  /** As `deadline`, to the millisecond however far away it is. */
  exactDeadline(ref: Ref): bigint {
    return this.keyspace.records.exactDeadline(ref)
  }

  /** Whether the entry is past its deadline and only waits to be swept. */
  isExpired(ref: Ref): boolean {
    const atMs = this.keyspace.records.deadline(ref)
    return atMs !== 0 && atMs < this.keyspace.nowMs
  }

  // --- what changed

  /**
   * Says that a call changed `key`, after it did, by the event's name (https://redis.io/docs/latest/develop/use/keyspace-notifications/).
   *
   * @param count changes to count; with 0 nothing happened and nothing is told
   */
  changed(event: string, key: Slice, count = 1): void {
    const keyspace = this.keyspace
    keyspace.changes += count
    if (keyspace.isWatched && count !== 0) keyspace.tellChanged(this.index, key, event)
  }

  /** Says that a call changed how `key` is stored, and nothing that has an event. */
  changedSilently(key: Slice): void {
    const keyspace = this.keyspace
    keyspace.changes++
    if (keyspace.isWatched) keyspace.tellChanged(this.index, key, '')
  }

  /**
   * Says that a change which is counted already concerned another key too, or has a further event; or that a key went
   * without a change to count: `expired`, `evicted`.
   */
  alsoChanged(event: string, key: Slice): void {
    const keyspace = this.keyspace
    if (keyspace.isWatched) keyspace.tellChanged(this.index, key, event)
  }

  /**
   * Says that a call changed what goes along with `key` but is no part of its value: consumer groups, pending entries. It
   * is counted and has its event, if any (null: none), but for whoever watches or tracks the key nothing happened, as in Redis.
   */
  changedBeside(event: string | null, key: Slice, count = 1): void {
    const keyspace = this.keyspace
    keyspace.changes += count
    if (keyspace.isWatched && event !== null && count !== 0) keyspace.tellBeside(this.index, key, event)
  }

  /** Says that a key which was to be deleted was not there: no change, but what is asked of its origin is void. */
  protected tellMissing(key: Slice): void {
    const keyspace = this.keyspace
    if (keyspace.isWatched) keyspace.tellChanged(this.index, key, null)
  }

  /** Does what is to be done with an entry past its deadline; the entry where it is still there for the caller, or 0. */
  #expire(key: Slice, ref: Ref): Ref {
    const keyspace = this.keyspace
    if (keyspace.expiry !== Expiry.deletes) return keyspace.expiry === Expiry.hides ? 0 : ref
    this.aboutToChange()
    this.table.remove()
    keyspace.stats.expired++
    // while the key's bytes, which may be the record's own, are still there
    keyspace.effects?.deleted(this.index, key)
    this.alsoChanged('expired', key)
    keyspace.freeRecord(ref)
    this.table.find(key, this.foundHash) // the place where the key would be inserted now
    return 0
  }
}
