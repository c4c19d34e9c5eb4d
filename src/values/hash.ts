import { borrowed, copyBytes, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Flag, Table, type Mover, type Records, type Ref } from '../memory/index.js'
import { bytesOfFields, copyFields, dropPastFields } from './hash-table.js'
import {
  deadlineBehind,
  deadlineBytes,
  dropPast,
  insertDeadlines,
  packedDeadlines,
  removeDeadlines,
  setDeadlineBehind,
} from './packed-deadlines.js'
import {
  PackedCursor,
  findPacked,
  packedBytes,
  packedBytesMax,
  packedCount,
  packedCountMax,
  packedHeaderBytes,
  setPackedCount,
  writePacked,
} from './packed.js'
import { TableRemains } from './table-remains.js'
import { Layout, Type, type Collection, type RecordOwner, type Remains } from './types.js'

/** When a hash leaves its record for a table of its own. Changed live by CONFIG SET. */
export interface HashLimits {
  /** `hash-max-listpack-entries` */
  packedEntriesMax: number
  /** `hash-max-listpack-value`, bytes of a field or a value */
  packedValueBytesMax: number
}

/** Tells what time it is: Unix milliseconds, the same for a whole call. */
export interface Moment {
  readonly nowMs: number
}

/** What a visit is told of each field. A deadline of 0 is none. */
export type FieldVisit = (field: Slice, value: Slice, deadlineMs: number) => void

/** What a pass over fields with deadlines has found. */
export interface DeadlinePass {
  /** Fields that were past their deadline, and are deleted. */
  expired: number
  /** The nearest deadline of those that are left; Infinity where none has one. */
  nearestMs: number
}

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
export class HashValue implements Collection {
  readonly #records: Records
  readonly #limits: HashLimits
  readonly #time: Moment
  readonly #table: Table
  readonly #sequence = borrowed()
  readonly #field = borrowed()
  readonly #value = borrowed()
  readonly #cursor = new PackedCursor()
  #owner: RecordOwner | null = null
  #ref: Ref = 0
  #packed = true
  #hasDeadlines = false
  /** Bytes behind each packed value. */
  #tail = 0

  constructor(records: Records, seed: HashSeed, limits: HashLimits, time: Moment = { nowMs: 0 }) {
    this.#records = records
    this.#limits = limits
    this.#time = time
    this.#table = new Table(records, seed)
  }

  create(key: Slice, access: number): Ref {
    const ref = this.#records.create(key, packedHeaderBytes, Type.hash | Layout.packed, access)
    setPackedCount(this.#records.value(ref, this.#sequence), 0)
    return ref
  }

  open(ref: Ref, owner: RecordOwner | null): this {
    this.#ref = ref
    this.#owner = owner
    this.#readLayout(this.#records.flags(ref) & Flag.layout)
    const value = this.#records.value(ref, this.#sequence)
    if (!this.#packed) this.#table.open(value.region.view.getInt32(value.start, true))
    return this
  }

  get encoding(): 'listpack' | 'listpackex' | 'hashtable' {
    if (!this.#packed) return 'hashtable'
    return this.#hasDeadlines ? 'listpackex' : 'listpack'
  }

  /** Number of fields, those past their deadline and not yet deleted included. */
  get length(): number {
    return this.#packed ? packedCount(this.#sequence) : this.#table.size
  }

  /** Number of fields that can be seen. O(1) unless a field has a deadline. */
  get liveLength(): number {
    if (!this.#hasDeadlines) return this.length
    let count = 0
    this.forEach(() => count++)
    return count
  }

  /** Bytes of a packed hash, 0 of any other: what a change may have to move. */
  get packedBytes(): number {
    return this.#packed ? this.#sequence.length : 0
  }

  /** Whether a field has a deadline. */
  get hasDeadlines(): boolean {
    return this.#hasDeadlines
  }

  /** The value of `field`, or null. */
  get(field: Slice): Slice | null {
    if (this.#packed) {
      if (findPacked(this.#sequence, field, this.#value, this.#tail) < 0) return null
      return this.#hasDeadlines && this.#isPast(deadlineBehind(this.#value)) ? null : this.#value
    }
    const ref = this.#table.find(field, this.#table.hash(field))
    if (ref === 0 || (this.#hasDeadlines && this.#isPast(this.#records.deadline(ref)))) return null
    return this.#records.value(ref, this.#value)
  }

  /** The deadline of `field` in Unix milliseconds, 0 for none, or null where there is no such field. */
  deadline(field: Slice): number | null {
    if (this.get(field) === null) return null
    if (!this.#hasDeadlines) return 0
    if (this.#packed) return deadlineBehind(this.#value)
    return this.#records.deadline(this.#table.find(field, this.#table.hash(field)))
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

  /** Gives up a hash that was to get its first field and did not; whether it is gone. */
  dropIfEmpty(): boolean {
    if (this.length > 0) return false
    this.#owner?.recordUnused(this.#ref)
    return true
  }

  #set(field: Slice, value: Slice, keepDeadline: boolean): boolean {
    if (this.#packed) {
      const { packedValueBytesMax } = this.#limits
      if (field.length <= packedValueBytesMax && value.length <= packedValueBytesMax)
        return this.#setPacked(field, value, keepDeadline)
      this.#unpack()
    }
    return this.#setInTable(field, value, keepDeadline)
  }

  /**
   * Gives `field`, which must be there, a deadline in Unix milliseconds, or takes it away with 0.
   *
   * @throws {OutOfMemory} nothing has changed; never when the deadline is taken away, or was there
   */
  setDeadline(field: Slice, atMs: number): void {
    if (this.#packed) {
      if (!this.#hasDeadlines && atMs !== 0) this.#addDeadlines()
      if (!this.#hasDeadlines || findPacked(this.#sequence, field, this.#value, this.#tail) < 0) return
      setDeadlineBehind(this.#value, atMs)
    } else this.#setTableDeadline(this.#table.find(field, this.#table.hash(field)), atMs)
    if (atMs === 0) this.#forgetDeadlines()
  }

  #setTableDeadline(found: Ref, atMs: number): void {
    if (found === 0) return
    const flags = this.#records.flags(found)
    if ((flags & Flag.deadline) === 0) {
      if (atMs === 0) return
      const ref = this.#records.reshape(found, flags | Flag.deadline)
      this.#table.replace(ref)
      found = ref
    }
    // a record keeps its room for a deadline: what takes one away must not need memory
    this.#records.writeDeadline(found, atMs)
    this.#table.setVolatile(atMs !== 0)
    if (atMs !== 0) this.#setLayout(Layout.tableDeadlines)
  }

  /** Deletes `field`; whether it was there. A hash without fields must be deleted by the caller. */
  delete(field: Slice): boolean {
    if (!this.#packed) {
      const ref = this.#table.find(field, this.#table.hash(field))
      if (ref === 0 || (this.#hasDeadlines && this.#isPast(this.#records.deadline(ref)))) return false
      this.#table.remove()
      this.#records.free(ref)
    } else {
      const sequence = this.#sequence
      const at = findPacked(sequence, field, this.#value, this.#tail)
      if (at < 0 || (this.#hasDeadlines && this.#isPast(deadlineBehind(this.#value)))) return false
      const behind = this.#value.start + this.#value.length + this.#tail
      const count = packedCount(sequence) - 1
      sequence.region.bytes.copyWithin(at, behind, sequence.start + sequence.length)
      setPackedCount(sequence, count)
      this.#resize(sequence.length - (behind - at))
    }
    if (this.#hasDeadlines) this.#forgetDeadlines()
    return true
  }

  /**
   * Deletes the fields past their deadline among the `slots` after `cursor`, all of them in a packed hash; adds to `pass`
   * what it found. Returns where to go on, 0 at the end. A hash without fields must be deleted by the caller.
   */
  dropExpired(cursor: number, slots: number, pass: DeadlinePass): number {
    if (!this.#hasDeadlines) return 0
    let next = 0
    if (this.#packed) {
      const length = dropPast(this.#sequence, this.#time.nowMs, pass)
      if (length < this.#sequence.length) this.#resize(length)
    } else next = dropPastFields(this.#records, this.#table, cursor, slots, this.#time.nowMs, pass)
    this.#forgetDeadlines()
    return next
  }

  /** Calls `visit` with each field and value. The slices are the same ones each time; the hash must not change. */
  forEach(visit: FieldVisit): void {
    if (this.#packed) {
      const cursor = this.#cursor.start(this.#sequence)
      while (cursor.next(this.#sequence, this.#field)) {
        cursor.next(this.#sequence, this.#value)
        if (this.#tail === 0) visit(this.#field, this.#value, 0)
        else {
          cursor.at += this.#tail
          const deadlineMs = deadlineBehind(this.#value)
          if (!this.#isPast(deadlineMs)) visit(this.#field, this.#value, deadlineMs)
        }
      }
    } else if (this.#hasDeadlines) this.#table.forEach((ref) => this.#visitRecord(ref, visit))
    else {
      this.#table.forEach((ref) => visit(this.#records.key(ref, this.#field), this.#records.value(ref, this.#value), 0))
    }
  }

  /** As Table.scan; a packed hash is visited whole at once. */
  scan(cursor: number, count: number, visit: FieldVisit): number {
    if (!this.#packed) return this.#table.scan(cursor, count, (ref) => this.#visitRecord(ref, visit))
    this.forEach(visit)
    return 0
  }

  /** Calls `visit` with one field drawn at random, unless none can be seen. */
  random(random: Random, visit: FieldVisit): void {
    if (this.#hasDeadlines) this.#randomLive(random, visit)
    else if (!this.#packed) this.#visitRecord(this.#table.random(random), visit)
    else {
      const cursor = this.#cursor.start(this.#sequence)
      for (let skip = random.below(this.length); skip >= 0; skip--) {
        cursor.next(this.#sequence, this.#field)
        cursor.next(this.#sequence, this.#value)
      }
      visit(this.#field, this.#value, 0)
    }
  }

  /** Draws until it meets a field that can be seen; where few can, all are walked. */
  #randomLive(random: Random, visit: FieldVisit): void {
    for (let draws = this.#packed ? 0 : drawsMax; draws > 0; draws--) {
      const ref = this.#table.random(random)
      if (!this.#isPast(this.#records.deadline(ref))) return this.#visitRecord(ref, visit)
    }
    let skip = random.below(this.liveLength)
    this.forEach((field, value, deadlineMs) => {
      if (skip-- === 0) visit(field, value, deadlineMs)
    })
  }

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    const layout = records.flags(this.#ref) & Flag.layout
    if (this.#packed) return records.copyUnder(this.#ref, key, flags | Type.hash | layout, access)
    let copy: Ref = 0
    const header = copyFields(records, this.#table, () => {
      copy = records.create(key, 4, flags | Type.hash | layout, access)
    })
    const value = records.value(copy, this.#sequence)
    value.region.view.setInt32(value.start, header, true)
    return copy
  }

  release(): Remains | null {
    if (this.#packed) return null
    const records = this.#records
    return new TableRemains(records, this.#table.seed, this.#table.header, (ref) => records.free(ref))
  }

  bytesBeside(samples: number): number {
    return this.#packed ? 0 : bytesOfFields(this.#records, this.#table, samples)
  }

  relocate(mover: Mover, cursor: number): number {
    if (this.#packed) return 0
    const sequence = this.#sequence
    if (cursor === 0) sequence.region.view.setInt32(sequence.start, this.#table.relocate(mover), true)
    return this.#table.rewrite(cursor, mover, (ref) => this.#records.relocate(ref, mover))
  }

  #setPacked(field: Slice, value: Slice, keepDeadline: boolean): boolean {
    const sequence = this.#sequence
    const at = findPacked(sequence, field, this.#value, this.#tail)
    if (at >= 0) {
      const deadlineMs = this.#hasDeadlines ? deadlineBehind(this.#value) : 0
      const isPast = deadlineMs !== 0 && this.#isPast(deadlineMs)
      this.#replacePacked(value)
      if (deadlineMs !== 0 && (isPast || !keepDeadline)) this.setDeadline(field, 0)
      return isPast
    }
    const count = packedCount(sequence)
    const bytes = sequence.length + field.length + value.length
    if (count >= Math.min(this.#limits.packedEntriesMax, packedCountMax) || bytes > packedBytesMax) {
      this.#unpack()
      return this.#setInTable(field, value, false)
    }
    const end = sequence.length
    this.#resize(end + packedBytes(field.length) + packedBytes(value.length) + this.#tail)
    setPackedCount(sequence, count + 1)
    const behind = writePacked(sequence, writePacked(sequence, sequence.start + end, field), value)
    if (this.#tail !== 0) sequence.region.view.setFloat64(behind, 0, true)
    return true
  }

  /** Puts `value` in the place of the one that `#value` points at. */
  #replacePacked(value: Slice): void {
    const sequence = this.#sequence
    const old = this.#value
    if (old.length === value.length) {
      copyBytes(value.region, value.start, old.region, old.start, value.length)
      return
    }
    const oldBytes = packedBytes(old.length)
    const from = old.start + old.length - oldBytes - sequence.start
    const behind = from + oldBytes
    const newBytes = packedBytes(value.length)
    const { length } = sequence
    if (newBytes > oldBytes) this.#resize(length + newBytes - oldBytes)
    const { region, start } = sequence
    region.bytes.copyWithin(start + from + newBytes, start + behind, start + length)
    if (newBytes < oldBytes) this.#resize(length + newBytes - oldBytes)
    writePacked(sequence, sequence.start + from, value)
  }

  #setInTable(field: Slice, value: Slice, keepDeadline: boolean): boolean {
    const table = this.#table
    const records = this.#records
    const hash = table.hash(field)
    const found = table.find(field, hash)
    if (found === 0) {
      const ref = records.create(field, value.length, 0, 0)
      const to = records.value(ref, this.#value)
      copyBytes(value.region, value.start, to.region, to.start, value.length)
      table.insert(hash, ref)
      return true
    }
    const ref = records.resize(found, value.length)
    if (ref !== found) table.replace(ref)
    const to = records.value(ref, this.#value)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
    if (!this.#hasDeadlines) return false
    const isPast = this.#isPast(records.deadline(ref))
    if (isPast || !keepDeadline) {
      this.#setTableDeadline(ref, 0)
      this.#forgetDeadlines()
    }
    return isPast
  }

  /** Moves all fields to a table of their own. */
  #unpack(): void {
    const field = borrowed()
    const value = borrowed()
    const cursor = new PackedCursor().start(this.#sequence)
    const hasDeadlines = this.#hasDeadlines
    const tail = this.#tail
    const header = this.#table.createWith(() => {
      while (cursor.next(this.#sequence, field)) {
        cursor.next(this.#sequence, value)
        cursor.at += tail
        this.#insertUnpacked(field, value, tail === 0 ? 0 : deadlineBehind(value))
      }
      this.#resize(4)
    })
    this.#setLayout(hasDeadlines ? Layout.tableDeadlines : Layout.table)
    this.#sequence.region.view.setInt32(this.#sequence.start, header, true)
  }

  #insertUnpacked(field: Slice, value: Slice, deadlineMs: number): void {
    const records = this.#records
    const ref = records.create(field, value.length, deadlineMs === 0 ? 0 : Flag.deadline, 0)
    if (deadlineMs !== 0) records.writeDeadline(ref, deadlineMs)
    const to = records.value(ref, this.#value)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
    const hash = this.#table.hash(field)
    this.#table.find(field, hash)
    this.#table.insert(hash, ref, deadlineMs !== 0)
  }

  #visitRecord(ref: Ref, visit: FieldVisit): void {
    const deadlineMs = this.#hasDeadlines ? this.#records.deadline(ref) : 0
    if (this.#isPast(deadlineMs)) return
    visit(this.#records.key(ref, this.#field), this.#records.value(ref, this.#value), deadlineMs)
  }

  #isPast(deadlineMs: number): boolean {
    return deadlineMs !== 0 && deadlineMs < this.#time.nowMs
  }

  /** Makes room for a deadline behind each packed value. */
  #addDeadlines(): void {
    const { length } = this.#sequence
    this.#resize(length + packedCount(this.#sequence) * deadlineBytes)
    insertDeadlines(this.#sequence, length)
    this.#setLayout(Layout.packedDeadlines)
  }

  /** Goes back to the plain layout when no field has a deadline any more. */
  #forgetDeadlines(): void {
    if (!this.#packed) {
      if (this.#table.volatileSize === 0) this.#setLayout(Layout.table)
    } else if (this.#hasDeadlines && !packedDeadlines(this.#sequence)) {
      this.#setLayout(Layout.packed)
      this.#resize(removeDeadlines(this.#sequence))
    }
  }

  #setLayout(layout: number): void {
    this.#records.setKind(this.#ref, Type.hash | layout)
    this.#readLayout(layout)
  }

  #readLayout(layout: number): void {
    this.#packed = layout === Layout.packed || layout === Layout.packedDeadlines
    this.#hasDeadlines = layout >= Layout.packedDeadlines
    this.#tail = layout === Layout.packedDeadlines ? deadlineBytes : 0
  }

  /** Gives the record's value `length` bytes and points `#sequence` at them. */
  #resize(length: number): void {
    const ref = this.#records.resize(this.#ref, length)
    if (ref !== this.#ref) {
      this.#ref = ref
      this.#owner?.recordMoved(ref)
    }
    this.#records.value(ref, this.#sequence)
  }
}
