import { borrowed, copyBytes, wrongType, type Slice } from '../base/index.js'
import { Flag, pieceBytesMax, type Ref } from '../memory/index.js'
import { Layout, Type, type Items } from '../values/index.js'
import { Entries } from './entries.js'

/** What an item takes at most beside its own bytes: its share of a record and of a place in the table. */
const recordBytes = 64
/** What a table takes to grow, whichever step it is at, and what is packed to grow class by class up to `packedMax`. */
const growthBytes = 3 << 20
const packedMax = 1 << 16
/** More than this may need blocks of its own. */
const piecesMax = pieceBytesMax >>> 1

/** The entries of a database that are strings: reading, storing one or several, and changing them in place. */
export class Strings extends Entries {
  readonly #value = borrowed()

  /** The string under `key` for a client that reads, or null. */
  readString(key: Slice): Slice | null {
    const ref = this.read(key)
    return ref === 0 ? null : this.#string(ref)
  }

  /** The string under `key`, or null, without a hit or a miss: for a write that looks first. */
  string(key: Slice): Slice | null {
    const ref = this.findToWrite(key)
    return ref === 0 ? null : this.#string(ref)
  }

  /** The string in an entry. @throws {ReplyError} the entry holds another type */
  stringAt(ref: Ref): Slice {
    return this.#string(ref)
  }

  /** Stores a string, whatever was there. The deadline goes, unless it is kept. */
  setString(key: Slice, value: Slice, keepDeadline = false): void {
    const to = this.setStringSpace(key, value.length, keepDeadline)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
  }

  /** As `setString`, of `length` bytes that the caller writes at once into the returned slice. */
  setStringSpace(key: Slice, length: number, keepDeadline = false): Slice {
    return this.keyspace.records.value(this.#setStringRecord(key, length, keepDeadline), this.#value)
  }

  /**
   * As `setStringSpace`, for a write that looked first: `ref` is what the last lookup, of this very key, answered. Spares
   * the second lookup.
   */
  setStringSpaceAt(ref: Ref, key: Slice, length: number, keepDeadline = false): Slice {
    return this.keyspace.records.value(this.#putString(ref, key, length, keepDeadline), this.#value)
  }

  /** As `setStringSpaceAt`, with a deadline, in whole Unix milliseconds: one record for both from the start. */
  setExpiringSpaceAt(ref: Ref, key: Slice, length: number, atMs: number | bigint): Slice {
    const { records } = this.keyspace
    const stored = this.#store(ref, key, length, Flag.deadline)
    records.writeDeadline(stored, atMs)
    return records.value(stored, this.#value)
  }

  /**
   * Stores several strings, whatever was there: all of them or, where memory runs out, none.
   *
   * @param items keys and values in turn, from item `from` to before item `end`; a later equal key wins
   * @param tell called with each key when it is stored and nothing can fail any more
   * @param atMs the deadline of each, in whole Unix milliseconds; 0 is none
   * @param keepDeadline leaves each key the deadline it has, where `atMs` is 0
   * @throws {OutOfMemory} nothing has changed
   */
  setStrings(
    items: Items,
    from: number,
    end: number,
    tell: (db: this, key: Slice) => void,
    atMs: number | bigint = 0,
    keepDeadline = false,
  ): void {
    if (!this.ensureRoom(items, from, end)) {
      const replaced = this.#setStringsOrNone(items, from, end, atMs, keepDeadline)
      replaced.forEach((ref, i) => {
        const key = items.at(from + i * 2)
        if (ref === 0) this.keyspace.onNew?.(this.index, key)
        tell(this, key)
      })
      for (const ref of replaced) if (ref !== 0) this.keyspace.freeRecord(ref)
      return
    }
    for (let i = from; i < end; i += 2) {
      const key = items.at(i)
      const value = items.at(i + 1)
      const to =
        atMs === 0
          ? this.setStringSpace(key, value.length, keepDeadline)
          : this.setExpiringSpaceAt(this.find(key), key, value.length, atMs)
      copyBytes(value.region, value.start, to.region, to.start, value.length)
      tell(this, key)
    }
  }

  /**
   * Makes sure that items can be stored, each so many times; false where that is not sure.
   *
   * @param packedBytes bytes of what is packed and grows with each of them
   */
  protected ensureRoom(items: Items, from: number, end: number, times = 1, packedBytes = 0): boolean {
    let bytes = (end - from) * recordBytes
    for (let i = from; i < end; i++) bytes += items.at(i).length
    bytes *= times
    if (bytes > piecesMax || (packedBytes > 0 && packedBytes + bytes > packedMax)) return false
    return this.keyspace.arena.ensureRoom(bytes + (bytes >>> 3) + growthBytes)
  }

  /**
   * Makes all records first and puts them in place then, so that what fails can be taken back. Returns what was there for
   * each, 0 for nothing: it is to be freed.
   */
  #setStringsOrNone(items: Items, from: number, end: number, atMs: number | bigint, keepDeadline: boolean): Ref[] {
    const made: Ref[] = []
    const replaced: Ref[] = []
    try {
      for (let i = from; i < end; i += 2) made.push(this.#makeString(items.at(i), items.at(i + 1), atMs, keepDeadline))
      for (let i = from; i < end; i += 2) replaced.push(this.exchange(items.at(i), made[replaced.length]))
    } catch (error) {
      while (replaced.length > 0) this.exchange(items.at(from + (replaced.length - 1) * 2), replaced.pop()!)
      for (const ref of made) this.keyspace.records.free(ref)
      throw error
    }
    return replaced
  }

  /** A record for a string that is not in the table yet. */
  #makeString(key: Slice, value: Slice, atMs: number | bigint, keepDeadline: boolean): Ref {
    const { records, access, accessClock, stringLayout } = this.keyspace
    const found = this.find(key)
    const kept = found === 0 || !keepDeadline ? 0 : records.flags(found) & Flag.deadline
    const deadline = atMs === 0 ? kept : Flag.deadline
    const bits = found !== 0 && access.countsFrequency ? records.access(found) : accessClock
    const ref = records.create(key, value.length, Type.string | stringLayout | deadline, bits)
    if (atMs !== 0) records.writeDeadline(ref, atMs)
    else if (kept !== 0) records.copyDeadline(found, ref)
    const to = records.value(ref, this.#value)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
    return ref
  }

  /** Notes that the string just stored under `key` is text that only looks like a number: see Layout.text. */
  markText(key: Slice): void {
    this.keyspace.records.setKind(this.find(key), Type.string | Layout.text)
  }

  /** Notes that the string just stored under `key` was computed byte by byte: see Layout.edited. */
  markEdited(key: Slice): void {
    this.keyspace.records.setKind(this.find(key), Type.string | Layout.edited)
  }

  /**
   * The string under `key` with `length` bytes, to be changed in place: what it held comes first, new bytes are zero.
   * The key is made when it is missing; the deadline stays. Its encoding is `raw` from now on.
   */
  editString(key: Slice, length: number): Slice {
    return this.editStringAt(this.find(key), key, length)
  }

  /** As `editString`, for a write that looked first: `found` is what the last lookup, of this very key, answered. */
  editStringAt(found: Ref, key: Slice, length: number): Slice {
    const { records } = this.keyspace
    const old = found === 0 ? 0 : this.#string(found).length
    const ref = found === 0 ? this.#putString(0, key, length, false) : this.#lengthen(found, length)
    records.setKind(ref, Type.string | Layout.edited)
    const value = records.value(ref, this.#value)
    if (length > old) value.region.bytes.fill(0, value.start + old, value.start + length)
    return value
  }

  /** Gives the found string another length, with room to grow. */
  #lengthen(found: Ref, length: number): Ref {
    this.aboutToEdit(found)
    const ref = this.keyspace.records.resize(found, length, true)
    if (ref !== found) this.table.replace(ref)
    this.unconfirm(ref)
    if (!this.keyspace.access.countsFrequency) this.touch(ref)
    return ref
  }

  /** How the string in an entry came about: one of Layout's first four. */
  stringLayout(ref: Ref): number {
    return this.keyspace.records.flags(ref) & Flag.layout
  }

  /** The record of a string of `length` bytes under `key`, made or taken over from what was there. */
  #setStringRecord(key: Slice, length: number, keepDeadline: boolean): Ref {
    const found = this.find(key)
    if (found !== 0 && this.keyspace.access.countsFrequency) this.touch(found)
    return this.#putString(found, key, length, keepDeadline)
  }

  #putString(found: Ref, key: Slice, length: number, keepDeadline: boolean): Ref {
    const kept = keepDeadline && found !== 0 ? this.keyspace.records.flags(found) & Flag.deadline : 0
    return this.#store(found, key, length, kept)
  }

  /** The same with or without room for a deadline, as a flag: one that was there is kept, a new one is to be written. */
  #store(found: Ref, key: Slice, length: number, deadline: number): Ref {
    const { records, access, accessClock, stringLayout } = this.keyspace
    const kind = Type.string | stringLayout | deadline
    this.aboutToChange()
    if (found === 0) {
      const ref = records.create(key, length, kind, accessClock)
      this.table.insert(this.foundHash, ref, deadline !== 0)
      this.keyspace.onNew?.(this.index, key)
      return ref
    }
    const flags = records.flags(found)
    // how often a key is asked for outlives its values
    const bits = access.countsFrequency ? records.access(found) : accessClock
    if (((flags ^ kind) & ~Flag.layout) !== 0) return this.supersede(found, records.create(key, length, kind, bits))
    const ref = records.resize(found, length)
    if (ref !== found) this.table.replace(ref)
    if (flags !== kind) records.setKind(ref, Type.string | stringLayout)
    records.setAccess(ref, bits)
    return ref
  }

  #string(ref: Ref): Slice {
    const { records } = this.keyspace
    if ((records.flags(ref) & Flag.type) !== Type.string) throw wrongType
    return records.value(ref, this.#value)
  }

  /** Puts a new record in the place of the found one, of whatever type, and gives it the deadline it has room for. */
  protected supersede(found: Ref, ref: Ref): Ref {
    const { records } = this.keyspace
    const flags = records.flags(ref)
    if ((flags & records.flags(found) & Flag.deadline) !== 0) records.copyDeadline(found, ref)
    this.table.replace(ref)
    this.table.setVolatile((flags & Flag.deadline) !== 0)
    this.keyspace.freeRecord(found)
    return ref
  }
}
