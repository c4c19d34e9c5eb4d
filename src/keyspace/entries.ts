import { OutOfMemory, borrowed, type Slice } from '../base/index.js'
import { Flag, type Mover, type Ref, type Table } from '../memory/index.js'
import { Layout, Type } from '../values/index.js'
import { writeTimes } from './confirmation.js'
import { EntryLookups } from './entry-lookups.js'
import { FieldDeadlines } from './field-deadlines.js'
import type { Keyspace } from './keyspace.js'

const kindMask = Flag.type | Flag.layout

/** The entries of one database, whatever they hold: deadlines, names, walks, and what stands in place of them for a call. */
export class Entries extends EntryLookups {
  readonly #key = borrowed()
  /** Sum of remaining milliseconds over keys with a deadline, as the last sweep saw it. */
  averageTtlMs = 0
  /** Hashes whose fields have deadlines. */
  fieldDeadlines: FieldDeadlines

  constructor(keyspace: Keyspace, index: number) {
    super(keyspace, index)
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

  /** The table, for an image that walks through it. */
  get tableForImage(): Table {
    return this.table
  }

  /** Bytes of the table itself. */
  get tableBytes(): number {
    return this.table.bytes + this.fieldDeadlines.bytes
  }

  /** Deletes `key`; whether it was there. One that is missing is told of too: what is asked of its origin is void. */
  delete(key: Slice): boolean {
    const ref = this.find(key)
    if (ref === 0) {
      this.tellMissing(key)
      return false
    }
    this.aboutToChange()
    this.table.remove()
    this.keyspace.freeRecord(ref)
    return true
  }

  /** Sets the deadline of `key`, which must be there, in whole Unix milliseconds, or takes it away with 0. */
  setDeadline(key: Slice, atMs: number | bigint): void {
    const { records } = this.keyspace
    const found = this.find(key)
    this.aboutToChange()
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
    this.aboutToChange()
    const wasCopy = this.#unproven(found)
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
    this.aboutToChange()
    const { records } = this.keyspace
    const wasCopy = this.#unproven(ref)
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

  /** Deletes every key. Other databases keep theirs; the memory comes back in slices. */
  flush(): void {
    const keyspace = this.keyspace
    this.forget()
    // all at once is faster, but an image could not go on
    const isAlone = keyspace.databases.every(({ index, size }) => index === this.index || size === 0)
    if (isAlone && keyspace.imaging === null) {
      keyspace.flushAll()
      return
    }
    this.drop()
    keyspace.flushes++
    keyspace.tellFlushed(this.index)
  }

  /** Drops every key and tells nobody: of a database that is not among the keyspace's own. */
  drop(): void {
    const { keyspace } = this
    this.forget()
    const old = this.table.header
    this.table.create()
    if (keyspace.imaging?.takeTable(this.table, old) !== true) keyspace.discardKeys(old)
    const noted = this.fieldDeadlines.clear()
    if (noted !== 0) keyspace.discardKeys(noted)
  }

  /** Begins anew after the memory was reset. */
  renew(): void {
    this.forget()
    this.table.create()
    this.fieldDeadlines.clear()
  }

  static swap(a: Entries, b: Entries): void {
    const table = a.table
    a.table = b.table
    b.table = table
    a.forget()
    b.forget()
    const { averageTtlMs } = a
    a.averageTtlMs = b.averageTtlMs
    b.averageTtlMs = averageTtlMs
    const { fieldDeadlines } = a
    a.fieldDeadlines = b.fieldDeadlines
    b.fieldDeadlines = fieldDeadlines
  }

  // --- for sweeps, and for what stands in place for the length of a call

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
    this.forget()
    keyspace.imaging?.touch(this.table, this.table.hash(key))
    this.table.remove()
    keyspace.stats.evicted++
    keyspace.effects?.deleted(this.index, key) // while the key's bytes are still there
    this.alsoChanged('evicted', key)
    keyspace.freeRecord(ref)
  }

  /** Moves the table's own pieces out of chunks that are being emptied, but for what `rewrite` moves. */
  relocateTable(mover: Mover): void {
    this.forget()
    this.table.relocate(mover)
  }

  /** Goes over entries and notes where they are now; see Table.rewrite. */
  rewrite(cursor: number, mover: Mover, move: (ref: Ref) => Ref): number {
    return this.table.rewrite(cursor, mover, move)
  }

  /** Puts another entry (0: none) in place of the one of `key`, without a trace, and returns the one that was there. */
  exchange(key: Slice, ref: Ref): Ref {
    this.forget()
    const table = this.table
    const hash = table.hash(key)
    this.keyspace.imaging?.touch(table, hash)
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
    keyspace.freeEvidence(ref)
    writeTimes(keyspace.arena.regions[ref >>> 20], keyspace.records.confirmationAt(ref), -Infinity, 0)
  }

  /** Frees the evidence of an entry that is to be no copy any more; whether it is one. */
  #unproven(ref: Ref): boolean {
    const isCopy = (this.keyspace.records.flags(ref) & Flag.copy) !== 0
    if (isCopy) this.keyspace.freeEvidence(ref)
    return isCopy
  }

  /** Takes in a record whose key is missing here. */
  protected adopt(ref: Ref, key: Slice): void {
    const hash = this.table.hash(key)
    this.forget()
    this.keyspace.imaging?.touch(this.table, hash)
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
}
