import { OutOfMemory, borrowed, type Slice } from '../base/index.js'
import { Flag, Table, type Mover, type Ref } from '../memory/index.js'
import { Layout, Type, typeNames } from '../values/index.js'
import { Expiry } from './effects.js'
import { FieldDeadlines } from './field-deadlines.js'
import type { Keyspace } from './keyspace.js'

const kindMask = Flag.type | Flag.layout

/**
 * The entries of one database, whatever they hold: lookups, deadlines, names, and who is told of changes. Lookups delete
 * what is past its deadline on the way.
 *
 * `find` looks and leaves no trace; `read` counts a hit or a miss and renews the time of last access. What they return,
 * and every slice from here, is good until the next change and never beyond the loop turn.
 */
export class Entries {
  readonly index: number
  protected readonly keyspace: Keyspace
  protected table: Table
  /** Hash of the key last looked up: where `insert` puts it. */
  protected foundHash = 0
  readonly #key = borrowed()
  /** The key whose place is known from the last lookup; see `remember`. */
  #remembered: Slice | null = null
  #rememberedRef: Ref = 0
  /** Sum of remaining milliseconds over keys with a deadline, as the last sweep saw it. */
  averageTtlMs = 0
  /** Hashes whose fields have deadlines. */
  fieldDeadlines: FieldDeadlines

  constructor(keyspace: Keyspace, index: number) {
    this.keyspace = keyspace
    this.index = index
    this.table = new Table(keyspace.records, keyspace.seed)
    this.table.create()
    this.fieldDeadlines = new FieldDeadlines(keyspace.records, keyspace.seed)
  }

  /** Number of keys, those past their deadline and not yet swept included, as DBSIZE has it. */
  get size(): number {
    return this.table.size
  }

  /** Number of keys with a deadline. */
  get volatileSize(): number {
    return this.table.volatileSize
  }

  /** Bytes of the table itself. */
  get tableBytes(): number {
    return this.table.bytes + this.fieldDeadlines.bytes
  }

  /** The entry of `key`, or 0. Deletes it when its deadline has passed. */
  find(key: Slice): Ref {
    if (key === this.#remembered) {
      this.#remembered = null
      return this.#rememberedRef
    }
    const table = this.table
    const hash = table.hash(key)
    this.foundHash = hash
    this.#remembered = null
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
    this.#remembered = null
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
    this.#remembered = null
    const ref = this.find(key)
    this.#remembered = key
    this.#rememberedRef = ref
    return ref
  }

  /** Forgets what `findAndRemember` knows: the slice may show other bytes from now on. */
  forget(): void {
    this.#remembered = null
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

  // --- keys

  /** Deletes `key`; whether it was there. One that is missing is told of too: what is asked of its origin is void. */
  delete(key: Slice): boolean {
    const ref = this.find(key)
    if (ref === 0) {
      this.#tellMissing(key)
      return false
    }
    this.table.remove()
    this.keyspace.freeRecord(ref)
    return true
  }

  /** The last Unix millisecond of the entry's life, or 0 for no end. Rounded where it is beyond 2^53. */
  deadline(ref: Ref): number {
    return this.keyspace.records.deadline(ref)
  }

  /** As `deadline`, to the millisecond however far away it is. */
  exactDeadline(ref: Ref): bigint {
    return this.keyspace.records.exactDeadline(ref)
  }

  /** Sets the deadline of `key`, which must be there, in whole Unix milliseconds, or takes it away with 0. */
  setDeadline(key: Slice, atMs: number | bigint): void {
    const { records } = this.keyspace
    const found = this.find(key)
    const flags = records.flags(found)
    const ref = records.reshape(found, atMs === 0 ? flags & ~Flag.deadline : flags | Flag.deadline)
    if (ref !== found) this.table.replace(ref)
    if (atMs !== 0) records.writeDeadline(ref, atMs)
    this.table.setVolatile(atMs !== 0)
  }

  /** Moves the entry of `from`, which must be there, to `to`, deleting what is there. The deadline goes along. */
  rename(from: Slice, to: Slice): void {
    // what needs memory comes first: it is there, or nothing has changed
    const found = this.find(from)
    const wasCopy = this.#unvalidated(found)
    const moved = this.keyspace.records.rekey(found, to)
    if (wasCopy) this.keyspace.copyCount--
    this.table.remove()
    this.delete(to)
    this.adopt(moved, to)
    this.alsoChanged('new', to)
  }

  /** Moves the entry of `key`, which must be there, to another database that does not have it. */
  moveTo(target: Entries, key: Slice): void {
    const ref = this.find(key)
    const { records } = this.keyspace
    const wasCopy = this.#unvalidated(ref)
    const moved = records.reshape(ref, records.flags(ref) & ~Flag.copy)
    if (wasCopy) this.keyspace.copyCount--
    this.table.remove()
    target.adopt(moved, key)
    target.alsoChanged('new', key)
  }

  /** Copies the entry of `key`, which must be there, with its deadline, over whatever `to` is in `target`. */
  copyTo(target: Entries, key: Slice, to: Slice): void {
    const { records, views, accessClock } = this.keyspace
    const ref = this.find(key)
    const flags = records.flags(ref)
    const kind = flags & kindMask
    const deadline = flags & Flag.deadline
    const copied = kind === (Type.string | Layout.plain) ? Type.string | Layout.copied : kind
    const copy =
      (flags & Flag.type) === Type.string
        ? records.copyUnder(ref, to, copied | deadline, accessClock)
        : views
            .of(flags & Flag.type)
            .open(ref, null)
            .copyUnder(to, accessClock, deadline)
    if (deadline !== 0) records.copyDeadline(ref, copy)
    target.delete(to)
    target.adopt(copy, to)
    target.alsoChanged('new', to)
  }

  /** A key drawn at random whose deadline has not passed, or null. The slice is good until the next change. */
  randomKey(): Slice | null {
    const { records, random, nowMs } = this.keyspace
    for (let tries = 0; this.size > 0; tries++) {
      const ref = this.table.random(random)
      const key = records.key(ref, this.#key)
      const atMs = records.deadline(ref)
      if (atMs === 0 || atMs >= nowMs) return key
      // as Redis does: where all keys are volatile, and perhaps none is left, one that expired is answered in the end
      if (tries >= 100 && this.volatileSize === this.size) return key
      this.find(key)
    }
    return null
  }

  /**
   * Visits keys from `cursor` on as Table.scan does; returns the next cursor, 0 at the end. The slice is the same each
   * time; nothing may change meanwhile.
   */
  scan(cursor: number, count: number, visit: (key: Slice, ref: Ref) => void): number {
    const { records } = this.keyspace
    return this.table.scan(cursor, count, (ref) => visit(records.key(ref, this.#key), ref))
  }

  forEach(visit: (key: Slice, ref: Ref) => void): void {
    const { records } = this.keyspace
    this.table.forEach((ref) => visit(records.key(ref, this.#key), ref))
  }

  /** Whether the entry is past its deadline and only waits to be swept. */
  isExpired(ref: Ref): boolean {
    const atMs = this.keyspace.records.deadline(ref)
    return atMs !== 0 && atMs < this.keyspace.nowMs
  }

  /** Deletes every key. Other databases keep theirs; the memory comes back in slices. */
  flush(): void {
    const keyspace = this.keyspace
    this.#remembered = null
    if (keyspace.databases.every(({ index, size }) => index === this.index || size === 0)) {
      keyspace.flushAll()
      return
    }
    const old = this.table.header
    this.table.create()
    keyspace.discardKeys(old)
    const noted = this.fieldDeadlines.clear()
    if (noted !== 0) keyspace.discardKeys(noted)
    keyspace.flushes++
    keyspace.tellFlushed(this.index)
  }

  /** Begins anew after the memory was reset. */
  renew(): void {
    this.#remembered = null
    this.table.create()
    this.fieldDeadlines.clear()
  }

  static swap(a: Entries, b: Entries): void {
    const table = a.table
    a.table = b.table
    b.table = table
    a.#remembered = b.#remembered = null
    const { averageTtlMs } = a
    a.averageTtlMs = b.averageTtlMs
    b.averageTtlMs = averageTtlMs
    const { fieldDeadlines } = a
    a.fieldDeadlines = b.fieldDeadlines
    b.fieldDeadlines = fieldDeadlines
  }

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
  #tellMissing(key: Slice): void {
    const keyspace = this.keyspace
    if (keyspace.isWatched) keyspace.tellChanged(this.index, key, null)
  }

  // --- for the sweep, and for what stands in place for the length of a call

  /** Collects entries with a deadline; see Table.sweepVolatile. */
  sweepVolatile(cursor: number, slots: number, into: Ref[]): number {
    return this.table.sweepVolatile(cursor, slots, into)
  }

  /** Deletes the entry of `key` because its time came. */
  expireKey(key: Slice): void {
    this.find(key)
  }

  /** Collects entries that might be evicted, with their hashes; see Table.sample. */
  sample(cursor: number, slots: number, most: number, onlyVolatile: boolean, refs: Ref[], hashes: number[]): number {
    return this.table.sample(cursor, slots, most, onlyVolatile, refs, hashes)
  }

  /** Whether `ref` is still an entry here, under its hash. */
  locate(ref: Ref, hash: number): boolean {
    return this.table.locate(ref, hash)
  }

  /** Deletes the entry just located because memory ran out. */
  evictLocated(ref: Ref): void {
    const keyspace = this.keyspace
    const key = keyspace.records.key(ref, this.#key)
    this.#remembered = null
    this.table.remove()
    keyspace.stats.evicted++
    keyspace.effects?.deleted(this.index, key) // while the key's bytes are still there
    this.alsoChanged('evicted', key)
    keyspace.freeRecord(ref)
  }

  /** Moves the table's own pieces out of chunks that are being emptied, but for what `rewrite` moves. */
  relocateTable(mover: Mover): void {
    this.#remembered = null
    this.table.relocate(mover)
  }

  /** Goes over entries and notes where they are now; see Table.rewrite. */
  rewrite(cursor: number, mover: Mover, move: (ref: Ref) => Ref): number {
    return this.table.rewrite(cursor, mover, move)
  }

  /** Puts another entry (0: none) in place of the one of `key`, without a trace, and returns the one that was there. */
  exchange(key: Slice, ref: Ref): Ref {
    this.#remembered = null
    const table = this.table
    const hash = table.hash(key)
    const old = table.find(key, hash)
    if (old !== 0) {
      if (ref !== 0) {
        table.replace(ref)
        table.setVolatile((this.keyspace.records.flags(ref) & Flag.deadline) !== 0)
        this.#noteFields(ref, key)
      } else table.remove()
    } else if (ref !== 0) this.adopt(ref, key)
    return old
  }

  // --- private

  /** Notes that the value is no longer what the origin confirmed. */
  protected unconfirm(ref: Ref): void {
    const keyspace = this.keyspace
    if ((keyspace.records.flags(ref) & Flag.copy) === 0) return
    keyspace.freeValidator(ref)
    const region = keyspace.arena.regions[ref >>> 20]
    const at = keyspace.records.confirmationAt(ref)
    region.view.setFloat64(at, -Infinity, true)
    region.bytes.fill(0, at + 8, at + 48)
  }

  /** Frees the validator of an entry that is to be no copy any more; whether it is one. */
  #unvalidated(ref: Ref): boolean {
    const isCopy = (this.keyspace.records.flags(ref) & Flag.copy) !== 0
    if (isCopy) this.keyspace.freeValidator(ref)
    return isCopy
  }

  /** Takes in a record whose key is missing here. */
  protected adopt(ref: Ref, key: Slice): void {
    const hash = this.table.hash(key)
    this.#remembered = null
    this.table.find(key, hash)
    this.table.insert(hash, ref, (this.keyspace.records.flags(ref) & Flag.deadline) !== 0, true)
    this.#noteFields(ref, key)
  }

  /** Notes a hash whose fields have deadlines under the key it has come to. */
  #noteFields(ref: Ref, key: Slice): void {
    const flags = this.keyspace.records.flags(ref)
    if ((flags & Flag.type) !== Type.hash || (flags & Flag.layout) < Layout.packedDeadlines) return
    try {
      this.fieldDeadlines.note(key, 0)
    } catch (error) {
      // there is no memory to note it: its fields will not be seen beyond their deadlines, and go with it
      if (!(error instanceof OutOfMemory)) throw error
    }
  }

  /** Does what is to be done with an entry past its deadline; the entry where it is still there for the caller, or 0. */
  #expire(key: Slice, ref: Ref): Ref {
    const keyspace = this.keyspace
    if (keyspace.expiry !== Expiry.deletes) return keyspace.expiry === Expiry.hides ? 0 : ref
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
