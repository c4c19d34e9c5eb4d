import { borrowed, copyBytes, type HashSeed, type Slice } from '../base/index.js'
import { Flag, Table, type Mover, type Records, type Ref } from '../memory/index.js'
import { copyFields } from './hash-table.js'
import { deadlineBehind, deadlineBytes, insertDeadlines, packedDeadlines, removeDeadlines } from './packed-deadlines.js'
import { PackedCursor, packedCount, packedHeaderBytes, setPackedCount } from './packed.js'
import { TableRemains } from './table-remains.js'
import { Layout, Type, type RecordOwner, type Remains, type ValueGuard } from './types.js'

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
  /** Told of each that is deleted, its name borrowed, where somebody wants to know. */
  readonly dropped?: ((field: Slice) => void) | null
}

/**
 * What a hash is made of, whatever its fields are asked for: its record, one of four layouts, and the ways between them.
 */
export class HashBody {
  protected readonly records: Records
  protected readonly limits: HashLimits
  protected readonly time: Moment
  protected readonly table: Table
  protected readonly sequence = borrowed()
  protected readonly field = borrowed()
  protected readonly value = borrowed()
  protected owner: RecordOwner | null = null
  protected ref: Ref = 0
  protected isPacked = true
  protected withDeadlines = false
  /** Fields past their deadline that `set` gave a new value since the hash was opened. */
  pastReplaced = 0
  /** Bytes behind each packed value. */
  protected tail = 0

  constructor(records: Records, seed: HashSeed, limits: HashLimits, time: Moment = { nowMs: 0 }) {
    this.records = records
    this.limits = limits
    this.time = time
    this.table = new Table(records, seed)
  }

  create(key: Slice, access: number): Ref {
    const ref = this.records.create(key, packedHeaderBytes, Type.hash | Layout.packed, access)
    setPackedCount(this.records.value(ref, this.sequence), 0)
    return ref
  }

  open(ref: Ref, owner: RecordOwner | null): this {
    this.ref = ref
    this.owner = owner
    this.pastReplaced = 0
    this.#readLayout(this.records.flags(ref) & Flag.layout)
    const value = this.records.value(ref, this.sequence)
    if (!this.isPacked) this.table.open(value.region.view.getInt32(value.start, true))
    return this
  }

  get encoding(): 'listpack' | 'listpackex' | 'hashtable' {
    if (!this.isPacked) return 'hashtable'
    return this.withDeadlines ? 'listpackex' : 'listpack'
  }

  /** Number of fields, those past their deadline and not yet deleted included. */
  get length(): number {
    return this.isPacked ? packedCount(this.sequence) : this.table.size
  }

  /** Bytes of a packed hash, 0 of any other: what a change may have to move. */
  get packedBytes(): number {
    return this.isPacked ? this.sequence.length : 0
  }

  /** Whether a field has a deadline. */
  get hasDeadlines(): boolean {
    return this.withDeadlines
  }

  /** Gives up a hash that was to get its first field and did not; whether it is gone. */
  dropIfEmpty(): boolean {
    if (this.length > 0) return false
    this.owner?.recordUnused(this.ref)
    return true
  }

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.records
    const layout = records.flags(this.ref) & Flag.layout
    if (this.isPacked) return records.copyUnder(this.ref, key, flags | Type.hash | layout, access)
    let copy: Ref = 0
    const header = copyFields(records, this.table, () => {
      copy = records.create(key, 4, flags | Type.hash | layout, access)
    })
    const value = records.value(copy, this.sequence)
    value.region.view.setInt32(value.start, header, true)
    return copy
  }

  release(): Remains | null {
    if (this.isPacked) return null
    const records = this.records
    return new TableRemains(records, this.table.seed, this.table.header, (ref) => records.free(ref))
  }

  bytesBeside(samples: number): number {
    return this.isPacked ? 0 : this.table.bytesWithRecords(samples)
  }

  guard({ table }: ValueGuard): void {
    if (!this.isPacked) this.table.guard = table ?? null
  }

  relocate(mover: Mover, cursor: number): number {
    if (this.isPacked) return 0
    const sequence = this.sequence
    if (cursor === 0) sequence.region.view.setInt32(sequence.start, this.table.relocate(mover), true)
    return this.table.rewrite(cursor, mover, (ref) => this.records.relocate(ref, mover))
  }

  /** Moves all fields to a table of their own. */
  protected unpack(): void {
    const field = borrowed()
    const value = borrowed()
    const cursor = new PackedCursor().start(this.sequence)
    const hasDeadlines = this.withDeadlines
    const tail = this.tail
    const header = this.table.createWith(() => {
      while (cursor.next(this.sequence, field)) {
        cursor.next(this.sequence, value)
        cursor.at += tail
        this.#insertUnpacked(field, value, tail === 0 ? 0 : deadlineBehind(value))
      }
      this.resize(4)
    })
    this.setLayout(hasDeadlines ? Layout.tableDeadlines : Layout.table)
    this.sequence.region.view.setInt32(this.sequence.start, header, true)
  }

  #insertUnpacked(field: Slice, value: Slice, deadlineMs: number): void {
    const records = this.records
    const ref = records.create(field, value.length, deadlineMs === 0 ? 0 : Flag.deadline, 0)
    if (deadlineMs !== 0) records.writeDeadline(ref, deadlineMs)
    const to = records.value(ref, this.value)
    copyBytes(value.region, value.start, to.region, to.start, value.length)
    const hash = this.table.hash(field)
    this.table.find(field, hash)
    this.table.insert(hash, ref, deadlineMs !== 0)
  }

  protected isPast(deadlineMs: number): boolean {
    return deadlineMs !== 0 && deadlineMs < this.time.nowMs
  }

  /** Makes room for a deadline behind each packed value. */
  protected addDeadlines(): void {
    const { length } = this.sequence
    this.resize(length + packedCount(this.sequence) * deadlineBytes)
    insertDeadlines(this.sequence, length)
    this.setLayout(Layout.packedDeadlines)
  }

  /** Goes back to the plain layout when no field has a deadline any more. */
  protected forgetDeadlines(): void {
    if (!this.isPacked) {
      if (this.table.volatileSize === 0) this.setLayout(Layout.table)
    } else if (this.withDeadlines && !packedDeadlines(this.sequence)) {
      this.setLayout(Layout.packed)
      this.resize(removeDeadlines(this.sequence))
    }
  }

  protected setLayout(layout: number): void {
    this.records.setKind(this.ref, Type.hash | layout)
    this.#readLayout(layout)
  }

  #readLayout(layout: number): void {
    this.isPacked = layout === Layout.packed || layout === Layout.packedDeadlines
    this.withDeadlines = layout >= Layout.packedDeadlines
    this.tail = layout === Layout.packedDeadlines ? deadlineBytes : 0
  }

  /** Gives the record's value `length` bytes and points `sequence` at them. */
  protected resize(length: number): void {
    const ref = this.records.resize(this.ref, length)
    if (ref !== this.ref) {
      this.ref = ref
      this.owner?.recordMoved(ref)
    }
    this.records.value(ref, this.sequence)
  }
}
