import { borrowed, copyBytes, type HashSeed, type Random, type Slice } from '../base/index.js'
import { Flag, Table, type Mover, type Records, type Ref } from '../memory/index.js'
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

/**
 * A hash: fields to values. Small ones are a sequence of bytes in their record, larger ones a table of their own in the
 * arena, with a record per field.
 *
 * One object serves all hashes, one at a time: `open` turns it to another. What it returns are slices of the arena, good
 * until the next change.
 */
export class HashValue implements Collection {
  readonly #records: Records
  readonly #limits: HashLimits
  readonly #table: Table
  readonly #sequence = borrowed()
  readonly #field = borrowed()
  readonly #value = borrowed()
  readonly #cursor = new PackedCursor()
  #owner: RecordOwner | null = null
  #ref: Ref = 0
  #packed = true

  constructor(records: Records, seed: HashSeed, limits: HashLimits) {
    this.#records = records
    this.#limits = limits
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
    this.#packed = (this.#records.flags(ref) & Flag.layout) === Layout.packed
    const value = this.#records.value(ref, this.#sequence)
    if (!this.#packed) this.#table.open(value.region.view.getInt32(value.start, true))
    return this
  }

  get encoding(): 'listpack' | 'hashtable' {
    return this.#packed ? 'listpack' : 'hashtable'
  }

  get length(): number {
    return this.#packed ? packedCount(this.#sequence) : this.#table.size
  }

  /** The value of `field`, or null. */
  get(field: Slice): Slice | null {
    if (this.#packed) return findPacked(this.#sequence, field, this.#value) < 0 ? null : this.#value
    const ref = this.#table.find(field, this.#table.hash(field))
    return ref === 0 ? null : this.#records.value(ref, this.#value)
  }

  /**
   * Stores `value` under `field`; true when the field is new.
   *
   * @throws {OutOfMemory} nothing has changed, and a hash that was to get its first field is gone
   */
  set(field: Slice, value: Slice): boolean {
    try {
      return this.#set(field, value)
    } catch (error) {
      if (this.length === 0) this.#owner?.recordUnused(this.#ref)
      throw error
    }
  }

  #set(field: Slice, value: Slice): boolean {
    if (this.#packed) {
      const { packedValueBytesMax } = this.#limits
      if (field.length <= packedValueBytesMax && value.length <= packedValueBytesMax)
        return this.#setPacked(field, value)
      this.#unpack()
    }
    return this.#setInTable(field, value)
  }

  /** Deletes `field`; whether it was there. A hash without fields must be deleted by the caller. */
  delete(field: Slice): boolean {
    if (!this.#packed) {
      const ref = this.#table.find(field, this.#table.hash(field))
      if (ref === 0) return false
      this.#table.remove()
      this.#records.free(ref)
      return true
    }
    const sequence = this.#sequence
    const at = findPacked(sequence, field, this.#value)
    if (at < 0) return false
    const behind = this.#value.start + this.#value.length
    const count = packedCount(sequence) - 1
    sequence.region.bytes.copyWithin(at, behind, sequence.start + sequence.length)
    setPackedCount(sequence, count)
    this.#resize(sequence.length - (behind - at))
    return true
  }

  /** Calls `visit` with each field and value. The slices are the same ones each time; the hash must not change. */
  forEach(visit: (field: Slice, value: Slice) => void): void {
    if (this.#packed) {
      const cursor = this.#cursor.start(this.#sequence)
      while (cursor.next(this.#sequence, this.#field)) {
        cursor.next(this.#sequence, this.#value)
        visit(this.#field, this.#value)
      }
      return
    }
    this.#table.forEach((ref) => visit(this.#records.key(ref, this.#field), this.#records.value(ref, this.#value)))
  }

  /** As Table.scan; a packed hash is visited whole at once. */
  scan(cursor: number, count: number, visit: (field: Slice, value: Slice) => void): number {
    if (!this.#packed) {
      return this.#table.scan(cursor, count, (ref) =>
        visit(this.#records.key(ref, this.#field), this.#records.value(ref, this.#value)),
      )
    }
    this.forEach(visit)
    return 0
  }

  /** Calls `visit` with one field drawn at random. */
  random(random: Random, visit: (field: Slice, value: Slice) => void): void {
    if (!this.#packed) {
      const ref = this.#table.random(random)
      visit(this.#records.key(ref, this.#field), this.#records.value(ref, this.#value))
      return
    }
    let skip = random.below(this.length)
    const cursor = this.#cursor.start(this.#sequence)
    for (; skip >= 0; skip--) {
      cursor.next(this.#sequence, this.#field)
      cursor.next(this.#sequence, this.#value)
    }
    visit(this.#field, this.#value)
  }

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    if (this.#packed) return records.copyUnder(this.#ref, key, flags | Type.hash | Layout.packed, access)
    const table = new Table(records, this.#table.seed)
    let copy: Ref = 0
    const header = table.createWith(() => {
      this.#table.forEachSlot((field, hash) => {
        const name = records.key(field, this.#field)
        table.find(name, hash)
        table.insert(hash, records.copyUnder(field, name, 0, 0))
      })
      copy = records.create(key, 4, flags | Type.hash | Layout.table, access)
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
    if (this.#packed) return 0
    let seen = 0
    let bytes = 0
    const most = samples === 0 ? Infinity : samples
    for (let cursor = 0; seen < most;) {
      cursor = this.#table.scan(cursor, 16, (ref) => {
        seen++
        bytes += this.#records.bytes(ref)
      })
      if (cursor === 0) break
    }
    return this.#table.bytes + (seen === 0 ? 0 : Math.round((bytes / seen) * this.#table.size))
  }

  relocate(mover: Mover, cursor: number): number {
    if (this.#packed) return 0
    const sequence = this.#sequence
    if (cursor === 0) sequence.region.view.setInt32(sequence.start, this.#table.relocate(mover), true)
    return this.#table.rewrite(cursor, mover, (ref) => this.#records.relocate(ref, mover))
  }

  #setPacked(field: Slice, value: Slice): boolean {
    const sequence = this.#sequence
    const at = findPacked(sequence, field, this.#value)
    if (at >= 0) {
      this.#replacePacked(value)
      return false
    }
    const count = packedCount(sequence)
    const bytes = sequence.length + field.length + value.length
    if (count >= Math.min(this.#limits.packedEntriesMax, packedCountMax) || bytes > packedBytesMax) {
      this.#unpack()
      return this.#setInTable(field, value)
    }
    const end = sequence.length
    this.#resize(end + packedBytes(field.length) + packedBytes(value.length))
    setPackedCount(sequence, count + 1)
    writePacked(sequence, writePacked(sequence, sequence.start + end, field), value)
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

  #setInTable(field: Slice, value: Slice): boolean {
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
    return false
  }

  /** Moves all fields to a table of their own. */
  #unpack(): void {
    const field = borrowed()
    const value = borrowed()
    const cursor = new PackedCursor().start(this.#sequence)
    const header = this.#table.createWith(() => {
      while (cursor.next(this.#sequence, field)) {
        cursor.next(this.#sequence, value)
        this.#setInTable(field, value)
      }
      this.#resize(4)
    })
    this.#records.setKind(this.#ref, Type.hash | Layout.table)
    this.#sequence.region.view.setInt32(this.#sequence.start, header, true)
    this.#packed = false
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
