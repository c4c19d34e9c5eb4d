import { copyBytes, moveBytes, type Random, type Slice } from '../base/index.js'
import { Flag, type Ref } from '../memory/index.js'
import { HashBody, type DeadlinePass, type FieldVisit } from './hash-body.js'
import { dropPastFields } from './hash-table.js'
import { deadlineBehind, dropPast, setDeadlineBehind } from './packed-deadlines.js'
import {
  PackedCursor,
  findPacked,
  packedBytes,
  packedBytesMax,
  packedCount,
  packedCountMax,
  setPackedCount,
  writePacked,
} from './packed.js'
import { Layout, type Collection } from './types.js'

/** Draws that may meet fields past their deadline before all fields are walked instead. */
const drawsMax = 64

/**
 * A hash: fields to values. Small ones are a sequence of bytes in their record, larger ones a table of their own in the
 * arena, with a record per field. Where a field has a deadline the layout says so, and only then is anything asked about
 * deadlines. A field past its deadline is not seen by anyone; `dropExpired` deletes it.
 *
 * One object serves all hashes, one at a time: `open` turns it to another. What it returns are slices of the arena, good
 * until the next change.
 */
export class HashValue extends HashBody implements Collection {
  readonly #cursor = new PackedCursor()

  /** Number of fields that can be seen. O(1) unless a field has a deadline. */
  get liveLength(): number {
    if (!this.withDeadlines) return this.length
    let count = 0
    this.forEach(() => count++)
    return count
  }

  /** The value of `field`, or null. */
  get(field: Slice): Slice | null {
    if (this.isPacked) {
      if (findPacked(this.sequence, field, this.value, this.tail) < 0) return null
      return this.withDeadlines && this.isPast(deadlineBehind(this.value)) ? null : this.value
    }
    const ref = this.table.find(field, this.table.hash(field))
    if (ref === 0 || (this.withDeadlines && this.isPast(this.records.deadline(ref)))) return null
    return this.records.value(ref, this.value)
  }

  /** The deadline of `field` in Unix milliseconds, 0 for none, or null where there is no such field. */
  deadline(field: Slice): number | null {
    if (this.get(field) === null) return null
    if (!this.withDeadlines) return 0
    if (this.isPacked) return deadlineBehind(this.value)
    return this.records.deadline(this.table.find(field, this.table.hash(field)))
  }

  /**
   * Stores `value` under `field`; true when the field is new. Its deadline goes, unless it is kept.
   *
   * @throws {OutOfMemory} nothing has changed, and a hash that was to get its first field is gone
   */
  set(field: Slice, value: Slice, keepDeadline = false): boolean {
    try {
      return this.#set(field, value, keepDeadline)
    } catch (error) {
      this.dropIfEmpty()
      throw error
    }
  }

  #set(field: Slice, value: Slice, keepDeadline: boolean): boolean {
    if (this.isPacked) {
      if (this.allowsInPacked(field, value)) return this.#setPacked(field, value, keepDeadline)
      this.unpack()
    }
    return this.#setInTable(field, value, keepDeadline)
  }

  /**
   * Leaves the compact form where that does not allow what is to be set.
   *
   * @throws {OutOfMemory} nothing has changed, and a hash that was to get its first field is gone
   */
  makeWayFor(field: Slice, value: Slice): void {
    if (!this.isPacked || this.allowsInPacked(field, value)) return
    try {
      this.unpack()
    } catch (error) {
      this.dropIfEmpty()
      throw error
    }
  }

  /** Whether a packed hash may have so many fields, and whether one of them may be this. */
  allowsPacked(fields: number): boolean {
    return fields <= Math.min(this.limits.packedEntriesMax, packedCountMax)
  }

  allowsInPacked(field: Slice, value: Slice): boolean {
    const { packedValueBytesMax } = this.limits
    return field.length <= packedValueBytesMax && value.length <= packedValueBytesMax
  }

  /**
   * Takes over a sequence of fields and values that the limits allow, in place of none.
   *
   * @throws {OutOfMemory} nothing has changed, and the hash, which was to get its first field, is gone
   */
  adopt(sequence: Slice): void {
    try {
      this.resize(sequence.length)
    } catch (error) {
      this.dropIfEmpty()
      throw error
    }
    const { region, start } = this.sequence
    copyBytes(sequence.region, sequence.start, region, start, sequence.length)
  }

  /**
   * Gives `field`, which must be there, a deadline in Unix milliseconds, or takes it away with 0.
   *
   * @throws {OutOfMemory} nothing has changed; never when the deadline is taken away, or was there
   */
  setDeadline(field: Slice, atMs: number): void {
    if (this.isPacked) {
      if (!this.withDeadlines && atMs !== 0) this.addDeadlines()
      if (!this.withDeadlines || findPacked(this.sequence, field, this.value, this.tail) < 0) return
      setDeadlineBehind(this.value, atMs)
    } else this.#setTableDeadline(this.table.find(field, this.table.hash(field)), atMs)
    if (atMs === 0) this.forgetDeadlines()
  }

  #setTableDeadline(found: Ref, atMs: number): void {
    if (found === 0) return
    const flags = this.records.flags(found)
    if ((flags & Flag.deadline) === 0) {
      if (atMs === 0) return
      const ref = this.records.reshape(found, flags | Flag.deadline)
      this.table.replace(ref)
      found = ref
    }
    // a record keeps its room for a deadline: what takes one away must not need memory
    this.records.writeDeadline(found, atMs)
    this.table.setVolatile(atMs !== 0)
    if (atMs !== 0) this.setLayout(Layout.tableDeadlines)
  }

  /** Deletes `field`; whether it was there. A hash without fields must be deleted by the caller. */
  delete(field: Slice): boolean {
    if (!this.isPacked) {
      const ref = this.table.find(field, this.table.hash(field))
      if (ref === 0 || (this.withDeadlines && this.isPast(this.records.deadline(ref)))) return false
      this.table.remove()
      this.records.free(ref)
    } else {
      const sequence = this.sequence
      const at = findPacked(sequence, field, this.value, this.tail)
      if (at < 0 || (this.withDeadlines && this.isPast(deadlineBehind(this.value)))) return false
      const behind = this.value.start + this.value.length + this.tail
      const count = packedCount(sequence) - 1
      moveBytes(sequence.region, at, behind, sequence.start + sequence.length)
      setPackedCount(sequence, count)
      this.resize(sequence.length - (behind - at))
    }
    if (this.withDeadlines) this.forgetDeadlines()
    return true
  }

  /**
   * Deletes the fields past their deadline among the `slots` after `cursor`, all of them in a packed hash; adds to `pass`
   * what it found. Returns where to go on, 0 at the end. A hash without fields must be deleted by the caller.
   */
  dropExpired(cursor: number, slots: number, pass: DeadlinePass): number {
    if (!this.withDeadlines) return 0
    let next = 0
    if (this.isPacked) {
      const length = dropPast(this.sequence, this.time.nowMs, pass)
      if (length < this.sequence.length) this.resize(length)
    } else next = dropPastFields(this.records, this.table, cursor, slots, this.time.nowMs, pass)
    this.forgetDeadlines()
    return next
  }

  /** Calls `visit` with each field and value. The slices are the same ones each time; the hash must not change. */
  forEach(visit: FieldVisit): void {
    if (this.isPacked) {
      const cursor = this.#cursor.start(this.sequence)
      while (cursor.next(this.sequence, this.field)) {
        cursor.next(this.sequence, this.value)
        if (this.tail === 0) visit(this.field, this.value, 0)
        else {
          cursor.at += this.tail
          const deadlineMs = deadlineBehind(this.value)
          if (!this.isPast(deadlineMs)) visit(this.field, this.value, deadlineMs)
        }
      }
    } else if (this.withDeadlines) this.table.forEach((ref) => this.#visitRecord(ref, visit))
    else {
      this.table.forEach((ref) => visit(this.records.key(ref, this.field), this.records.value(ref, this.value), 0))
    }
  }

  /** As Table.scan; a packed hash is visited whole at once. */
  scan(cursor: number, count: number, visit: FieldVisit): number {
    if (!this.isPacked) return this.table.scan(cursor, count, (ref) => this.#visitRecord(ref, visit))
    this.forEach(visit)
    return 0
  }

  /** Calls `visit` with one field drawn at random; false where none can be seen. */
  random(random: Random, visit: FieldVisit): boolean {
    if (this.withDeadlines) return this.#randomLive(random, visit)
    if (!this.isPacked) this.#visitRecord(this.table.random(random), visit)
    else {
      const cursor = this.#cursor.start(this.sequence)
      for (let skip = random.below(this.length); skip >= 0; skip--) {
        cursor.next(this.sequence, this.field)
        cursor.next(this.sequence, this.value)
      }
      visit(this.field, this.value, 0)
    }
    return true
  }

  /** Draws until it meets a field that can be seen; where few can, all are walked. */
  #randomLive(random: Random, visit: FieldVisit): boolean {
    for (let draws = this.isPacked ? 0 : drawsMax; draws > 0; draws--) {
      const ref = this.table.random(random)
      if (this.isPast(this.records.deadline(ref))) continue
      this.#visitRecord(ref, visit)
      return true
    }
    const { liveLength } = this
    let skip = random.below(liveLength)
    this.forEach((field, value, deadlineMs) => {
      if (skip-- === 0) visit(field, value, deadlineMs)
    })
    return liveLength > 0
  }

  #setPacked(field: Slice, value: Slice, keepDeadline: boolean): boolean {
    const sequence = this.sequence
    const at = findPacked(sequence, field, this.value, this.tail)
    if (at >= 0) {
      const deadlineMs = this.withDeadlines ? deadlineBehind(this.value) : 0
      const isPast = deadlineMs !== 0 && this.isPast(deadlineMs)
      this.#replacePacked(value)
      if (isPast) this.pastReplaced++
      if (deadlineMs !== 0 && (isPast || !keepDeadline)) this.setDeadline(field, 0)
      return isPast
    }
    const count = packedCount(sequence)
    const bytes = sequence.length + field.length + value.length
    if (count >= Math.min(this.limits.packedEntriesMax, packedCountMax) || bytes > packedBytesMax) {
      this.unpack()
      return this.#setInTable(field, value, false)
    }
    const end = sequence.length
    this.resize(end + packedBytes(field.length) + packedBytes(value.length) + this.tail)
    setPackedCount(sequence, count + 1)
    const behind = writePacked(sequence, writePacked(sequence, sequence.start + end, field), value)
    if (this.tail !== 0) sequence.region.view.setFloat64(behind, 0, true)
    return true
  }

  /** Puts `value` in the place of the one that `value` points at. */
  #replacePacked(value: Slice): void {
    const sequence = this.sequence
    const old = this.value
    if (old.length === value.length) {
      copyBytes(value.region, value.start, old.region, old.start, value.length)
      return
    }
    const oldBytes = packedBytes(old.length)
    const from = old.start + old.length - oldBytes - sequence.start
    const behind = from + oldBytes
    const newBytes = packedBytes(value.length)
    const { length } = sequence
    if (newBytes > oldBytes) this.resize(length + newBytes - oldBytes)
    const { region, start } = sequence
    moveBytes(region, start + from + newBytes, start + behind, start + length)
    if (newBytes < oldBytes) this.resize(length + newBytes - oldBytes)
    writePacked(sequence, sequence.start + from, value)
  }

  #setInTable(field: Slice, value: Slice, keepDeadline: boolean): boolean {
    const table = this.table
    const records = this.records
    const hash = table.hash(field)
    const found = table.find(field, hash)
    if (found === 0) {
      const ref = records.create(field, value.length, 0, 0)
      const to = records.value(ref, this.value)
      copyBytes(value.region, value.start, to.region, to.start, value.length)
      table.insert(hash, ref)
      return true
    }
    const ref = records.resize(found, value.length)
    if (ref !== found) table.replace(ref)
    const to = records.value(ref, this.value)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
    if (!this.withDeadlines) return false
    const isPast = this.isPast(records.deadline(ref))
    if (isPast) this.pastReplaced++
    if (isPast || !keepDeadline) {
      this.#setTableDeadline(ref, 0)
      this.forgetDeadlines()
    }
    return isPast
  }

  #visitRecord(ref: Ref, visit: FieldVisit): void {
    const deadlineMs = this.withDeadlines ? this.records.deadline(ref) : 0
    if (this.isPast(deadlineMs)) return
    visit(this.records.key(ref, this.field), this.records.value(ref, this.value), deadlineMs)
  }
}
