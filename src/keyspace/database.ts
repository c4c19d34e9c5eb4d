import { wrongType, type Slice } from '../base/index.js'
import { Flag, type Ref } from '../memory/index.js'
import {
  Type,
  setFieldsOrNone,
  type Collection,
  type DeadlinePass,
  type HashValue,
  type Items,
  type ListValue,
  type RecordOwner,
  type SetValue,
  type StreamValue,
  type SortedSetValue,
} from '../values/index.js'
import type { Draft } from './draft.js'
import { Strings } from './strings.js'

/** A packed hash of empty fields and values, two bytes each, grows so many times by its deadlines. */
const deadlinesGrow = 5

/** One database: keys to entries (see Entries), strings (see Strings), and the other values. */
export class Database extends Strings implements RecordOwner {
  // --- collections: by type, each in the keyspace's one view of it; to be changed until the next lookup here, no longer

  readHash(key: Slice): HashValue | null {
    return this.#read(key, Type.hash, this.keyspace.hashes)
  }

  hashForWrite(key: Slice): HashValue | null {
    return this.#forWrite(key, Type.hash, this.keyspace.hashes)
  }

  /** As `hashForWrite`, for a call that changes deadlines of fields alone: an origin's copy stays what it is. */
  hashForDeadlines(key: Slice): HashValue | null {
    const ref = this.findToWrite(key)
    this.aboutToChange()
    return ref === 0 ? null : this.#openToChange(ref, Type.hash, this.keyspace.hashes)
  }

  hashForInsert(key: Slice): HashValue {
    return this.#forInsert(key, Type.hash, this.keyspace.hashes)
  }

  /**
   * Sets several fields of a hash that was just looked up: all of them or, where memory runs out, none.
   *
   * @param items fields and values in turn, from item `from` to before item `end`; a later equal field wins
   * @param atMs the deadline of each, in Unix milliseconds; 0 is none
   * @param keepDeadlines leaves each field the deadline it has, where `atMs` is 0
   * @returns how many fields are new
   * @throws {OutOfMemory} nothing has changed
   */
  setFields(hash: HashValue, items: Items, from: number, end: number, keepDeadlines = false, atMs = 0): number {
    // one field alone is set or not
    const isOne = end - from === 2 && atMs === 0
    const [times, growth] = atMs === 0 ? [1, 1] : [2, deadlinesGrow]
    if (!isOne && !this.ensureRoom(items, from, end, times, hash.packedBytes * growth))
      return setFieldsOrNone(hash, items, from, end, keepDeadlines, atMs)
    let added = 0
    for (let i = from; i < end; i += 2) {
      if (hash.set(items.at(i), items.at(i + 1), keepDeadlines || atMs !== 0)) added++
      if (atMs !== 0) hash.setDeadline(items.at(i), atMs)
    }
    return added
  }

  /** Tells of fields past their deadline whose places were taken by what `hash` was just set: nobody will see them expire later. */
  tellReplaced(hash: HashValue, key: Slice): void {
    if (hash.pastReplaced === 0) return
    this.keyspace.stats.expiredFields += hash.pastReplaced
    hash.pastReplaced = 0
    this.alsoChanged('hexpired', key)
  }

  /**
   * Deletes the fields past their deadline in a part of the hash under `key`, if there is one, and the key with the last
   * of them; see HashValue.dropExpired.
   */
  expireFields(key: Slice, cursor: number, slots: number, pass: DeadlinePass): number {
    const ref = this.find(key)
    if (ref === 0 || this.type(ref) !== Type.hash) return 0
    this.aboutToChange()
    const before = pass.expired
    const { effects } = this.keyspace
    const dropped: Buffer[] = []
    const hash = this.#openToChange(ref, Type.hash, this.keyspace.hashes)
    const told = effects === null ? pass : { ...pass, dropped: (field: Slice) => dropped.push(field.toBuffer()) }
    const next = hash.dropExpired(cursor, slots, told)
    const isEmpty = hash.length === 0
    pass.expired = told.expired
    pass.nearestMs = told.nearestMs
    if (pass.expired === before) return next
    effects?.add(this.index, ['HDEL', key, ...dropped])
    this.keyspace.stats.expiredFields += pass.expired - before
    this.alsoChanged('hexpired', key)
    const left = this.find(key)
    this.unconfirm(left)
    if (!isEmpty) return next
    this.delete(key)
    this.alsoChanged('del', key)
    return 0
  }

  readList(key: Slice): ListValue | null {
    return this.#read(key, Type.list, this.keyspace.views.lists)
  }

  listForWrite(key: Slice): ListValue | null {
    return this.#forWrite(key, Type.list, this.keyspace.views.lists)
  }

  listForInsert(key: Slice): ListValue {
    return this.#forInsert(key, Type.list, this.keyspace.views.lists)
  }

  readSet(key: Slice): SetValue | null {
    return this.#read(key, Type.set, this.keyspace.views.sets)
  }

  setForWrite(key: Slice): SetValue | null {
    return this.#forWrite(key, Type.set, this.keyspace.views.sets)
  }

  setForInsert(key: Slice): SetValue {
    return this.#forInsert(key, Type.set, this.keyspace.views.sets)
  }

  readStream(key: Slice): StreamValue | null {
    return this.#read(key, Type.stream, this.keyspace.views.streams)
  }

  /** As `readStream`, for a read that changes what goes along with the stream: its groups. */
  readStreamForWrite(key: Slice): StreamValue | null {
    const ref = this.read(key)
    if (ref === 0) return null
    this.aboutToChange()
    return this.#openToChange(ref, Type.stream, this.keyspace.views.streams)
  }

  streamForWrite(key: Slice): StreamValue | null {
    return this.#forWrite(key, Type.stream, this.keyspace.views.streams)
  }

  /** Unlike other values, a stream may stay without an entry. */
  streamForInsert(key: Slice): StreamValue {
    return this.#forInsert(key, Type.stream, this.keyspace.views.streams)
  }

  readSortedSet(key: Slice): SortedSetValue | null {
    return this.#read(key, Type.zset, this.keyspace.views.sortedSets)
  }

  sortedSetForWrite(key: Slice): SortedSetValue | null {
    return this.#forWrite(key, Type.zset, this.keyspace.views.sortedSets)
  }

  sortedSetForInsert(key: Slice): SortedSetValue {
    return this.#forInsert(key, Type.zset, this.keyspace.views.sortedSets)
  }

  /**
   * Puts a value that was made beside the keyspace under its key, whatever was there. The deadline goes.
   *
   * @throws {OutOfMemory} nothing has changed, and the value is gone
   */
  store(key: Slice, draft: Draft): void {
    const found = this.find(key)
    this.aboutToChange()
    if (found !== 0) {
      this.supersede(found, draft.ref)
      return
    }
    try {
      this.table.insert(this.foundHash, draft.ref, false, true)
    } catch (error) {
      draft.discard()
      throw error
    }
    this.keyspace.onNew?.(this.index, key)
  }

  /** The value under `key` for a client that reads, or null. */
  #read<T extends Collection>(key: Slice, type: number, view: T): T | null {
    const ref = this.read(key)
    return ref === 0 ? null : this.#open(ref, type, view)
  }

  /** The value under `key` to be changed, or null when the key is missing. */
  #forWrite<T extends Collection>(key: Slice, type: number, view: T): T | null {
    const ref = this.findToWrite(key)
    this.aboutToChange()
    if (ref === 0) return null
    const value = this.#openToChange(ref, type, view)
    this.unconfirm(ref)
    return value
  }

  /** The value under `key` to be changed, made when it is missing. It must have an element before the call ends. */
  #forInsert<T extends Collection>(key: Slice, type: number, view: T): T {
    const found = this.#forWrite(key, type, view)
    if (found !== null) return found
    const ref = view.create(key, this.keyspace.accessClock)
    this.table.insert(this.foundHash, ref)
    this.table.find(key, this.foundHash) // the insert may have moved it
    this.keyspace.onNew?.(this.index, key)
    return view.open(ref, this)
  }

  #open<T extends Collection>(ref: Ref, type: number, view: T): T {
    if ((this.keyspace.records.flags(ref) & Flag.type) !== type) throw wrongType
    return view.open(ref, this)
  }

  /** As `#open`, and an image that has yet to write the value is told before parts of it change. */
  #openToChange<T extends Collection>(ref: Ref, type: number, view: T): T {
    this.#open(ref, type, view)
    if ((this.keyspace.records.flags(ref) & Flag.kept) !== 0) this.keyspace.imaging!.guard(ref, view)
    return view
  }

  recordMoved(ref: Ref): void {
    this.table.replace(ref)
  }

  recordUnused(ref: Ref): void {
    this.table.remove()
    this.keyspace.freeRecord(ref)
  }
}
