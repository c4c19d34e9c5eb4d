import {
  OutOfMemory,
  Region,
  Slice,
  borrowed,
  copyBytes,
  moveBytes,
  type HashSeed,
  type Random,
} from '../base/index.js'
import { Flag, Members, Table, type Mover, type Records, type Ref } from '../memory/index.js'
import { PackedCursor, findPackedItem, packedBytes, packedCount, packedHeaderBytes, setPackedCount, writePacked } from './packed.js' // prettier-ignore
import {
  IntegerCursor,
  clearIntegers,
  integerCount,
  integerWidth,
  integersBytes,
  integersHeaderBytes,
  removeInteger,
  writeIntegers,
} from './sorted-integers.js'
import { TableRemains } from './table-remains.js'
import { Layout, Type, type Collection, type RecordOwner, type Remains, type ValueGuard } from './types.js'

/** When a set of integers leaves its record. Changed live by CONFIG SET. */
export interface SetLimits {
  /** `set-max-intset-entries` */
  integersMax: number
}

/** However many are configured, as in Redis. */
const integersMost = 1 << 30

/**
 * A few short strings stay in the record as well: a table takes 160 bytes before its first member. Both are small enough
 * that looking through all of them costs no more than a lookup in a table that is not in the processor's cache.
 */
const stringsMax = 64
const stringBytesMax = 64

/** Where the integers of a set stand while their record is written anew as strings. */
const spare = new Slice(Region.allocate(integersBytes(stringsMax, 8)))

/** Where a member's text stands on its way to another place in the same set. */
const spareText = borrowed()

/**
 * A set. Integers are a sorted sequence in the record while there are few of them; a few short strings a sequence of
 * strings; all others a table of their own in the arena, with a record per member that is nothing but its bytes.
 *
 * One object serves all sets, one at a time: `open` turns it to another. What it returns are slices of the arena or of its
 * own, good until the next change or question.
 */
export class SetValue implements Collection {
  readonly #records: Records
  readonly #members: Members
  readonly #limits: SetLimits
  readonly #table: Table
  readonly #sequence = borrowed()
  readonly #member = borrowed()
  readonly #cursor = new PackedCursor()
  readonly #integer = new IntegerCursor()
  #owner: RecordOwner | null = null
  #ref: Ref = 0
  #layout: number = Layout.packed
  /** What `draw` drew: an integer's index, a string's place counted from the sequence's start, or a record. */
  #drawn = 0

  constructor(records: Records, seed: HashSeed, limits: SetLimits) {
    this.#records = records
    this.#members = new Members(records.arena)
    this.#limits = limits
    this.#table = new Table(this.#members, seed)
  }

  create(key: Slice, access: number): Ref {
    const ref = this.#records.create(key, integersHeaderBytes, Type.set | Layout.packed, access)
    clearIntegers(this.#records.value(ref, this.#sequence))
    return ref
  }

  open(ref: Ref, owner: RecordOwner | null): this {
    this.#ref = ref
    this.#owner = owner
    this.#layout = this.#records.flags(ref) & Flag.layout
    const value = this.#records.value(ref, this.#sequence)
    if (this.#layout === Layout.table) this.#table.open(value.region.view.getInt32(value.start, true))
    return this
  }

  get encoding(): 'intset' | 'hashtable' {
    return this.#layout === Layout.packed ? 'intset' : 'hashtable'
  }

  get length(): number {
    if (this.#layout === Layout.table) return this.#table.size
    return this.#layout === Layout.packed ? integerCount(this.#sequence) : packedCount(this.#sequence)
  }

  /** Bytes of each integer; 0 where the set is not kept as integers. */
  get integerWidth(): number {
    return this.#layout === Layout.packed ? integerWidth(this.#sequence) : 0
  }

  has(member: Slice): boolean {
    if (this.#layout === Layout.table) return this.#table.find(member, this.#table.hash(member)) !== 0
    if (this.#layout === Layout.strings) return findPackedItem(this.#sequence, member) >= 0
    return this.#integer.read(member) && this.#integer.find(this.#sequence) >= 0
  }

  /**
   * Adds `member`; false when it was there.
   *
   * @throws {OutOfMemory} the members are those that were, and a set that was to get its first one is gone
   */
  add(member: Slice): boolean {
    try {
      return this.#add(member)
    } catch (error) {
      if (this.length === 0) this.#owner?.recordUnused(this.#ref)
      throw error
    }
  }

  #add(member: Slice): boolean {
    if (this.#layout === Layout.table) return this.#addToTable(member)
    return this.#layout === Layout.packed ? this.#addToIntegers(member) : this.#addToStrings(member)
  }

  guard({ table }: ValueGuard): void {
    if (this.#layout === Layout.table) this.#table.guard = table ?? null
  }

  /** Whether so many members may stay in the record as strings, and whether one of them may be this. */
  allowsStrings(members: number): boolean {
    return members <= stringsMax
  }

  allowsAsString(member: Slice): boolean {
    return member.length <= stringBytesMax
  }

  /**
   * Takes over a sequence of members, short strings of which not all are integers, in place of none.
   *
   * @throws {OutOfMemory} nothing has changed, and the set, which was to get its first member, is gone
   */
  adoptStrings(sequence: Slice): void {
    try {
      this.#resize(sequence.length)
    } catch (error) {
      this.#owner?.recordUnused(this.#ref)
      throw error
    }
    const { region, start } = this.#sequence
    copyBytes(sequence.region, sequence.start, region, start, sequence.length)
    this.#setLayout(Layout.strings)
  }

  relocate(mover: Mover, cursor: number): number {
    if (this.#layout !== Layout.table) return 0
    const sequence = this.#sequence
    if (cursor === 0) sequence.region.view.setInt32(sequence.start, this.#table.relocate(mover), true)
    return this.#table.rewrite(cursor, mover, (ref) => this.#members.relocate(ref, mover))
  }

  #addToTable(member: Slice): boolean {
    const table = this.#table
    const hash = table.hash(member)
    if (table.find(member, hash) !== 0) return false
    table.insert(hash, this.#members.create(member))
    return true
  }

  #addToIntegers(member: Slice): boolean {
    const integer = this.#integer
    if (!integer.read(member)) {
      this.#integersToStrings(member.length)
      return this.#add(member)
    }
    const found = integer.find(this.#sequence)
    if (found >= 0) return false
    const count = integerCount(this.#sequence)
    if (count >= Math.min(this.#limits.integersMax, integersMost)) {
      this.#integersToStrings(member.length)
      return this.#add(member)
    }
    const width = integerWidth(this.#sequence)
    this.#resize(integersBytes(count + 1, Math.max(width, integer.width)))
    integer.insert(this.#sequence, ~found, count, width)
    return true
  }

  #addToStrings(member: Slice): boolean {
    const sequence = this.#sequence
    if (findPackedItem(sequence, member) >= 0) return false
    const count = packedCount(sequence)
    if (count >= stringsMax || member.length > stringBytesMax) {
      this.#toTable()
      return this.#addToTable(member)
    }
    const end = sequence.length
    this.#resize(end + packedBytes(member.length))
    setPackedCount(sequence, count + 1)
    writePacked(sequence, sequence.start + end, member)
    return true
  }

  /** Deletes `member`; whether it was there. A set without members must be deleted by the caller. */
  delete(member: Slice): boolean {
    if (this.#layout === Layout.table) {
      this.#drawn = this.#table.find(member, this.#table.hash(member))
      if (this.#drawn === 0) return false
    } else if (this.#layout === Layout.strings) {
      const at = findPackedItem(this.#sequence, member)
      if (at < 0) return false
      this.#drawn = at - this.#sequence.start
    } else {
      this.#drawn = this.#integer.read(member) ? this.#integer.find(this.#sequence) : -1
      if (this.#drawn < 0) return false
    }
    this.deleteDrawn()
    return true
  }

  /** A member drawn at random from a set that has some. */
  draw(random: Random): Slice {
    if (this.#layout === Layout.table) {
      this.#drawn = this.#table.random(random)
      return this.#members.key(this.#drawn, this.#member)
    }
    const skip = random.below(this.length)
    if (this.#layout === Layout.packed) {
      this.#drawn = skip
      return this.#integer.text(this.#sequence, skip, this.#member)
    }
    const cursor = this.#cursor.start(this.#sequence)
    for (let i = 0; i <= skip; i++) cursor.next(this.#sequence, this.#member)
    this.#drawn = cursor.itemAt - this.#sequence.start
    return this.#member
  }

  /** Deletes what `draw` just drew. */
  deleteDrawn(): void {
    const sequence = this.#sequence
    if (this.#layout === Layout.table) {
      this.#table.remove()
      this.#members.free(this.#drawn)
    } else if (this.#layout === Layout.packed) {
      removeInteger(sequence, this.#drawn)
      this.#resize(sequence.length - integerWidth(sequence))
    } else {
      const { bytes } = sequence.region
      const at = sequence.start + this.#drawn
      const itemBytes = packedBytes(bytes[at]) // none is so long that its length takes more than a byte
      moveBytes(sequence.region, at, at + itemBytes, sequence.start + sequence.length)
      setPackedCount(sequence, packedCount(sequence) - 1)
      this.#resize(sequence.length - itemBytes)
    }
  }

  /** Calls `visit` with each member. The slice is the same one each time; the set must not change. */
  forEach(visit: (member: Slice) => void): void {
    if (this.#layout === Layout.table) this.#table.forEach((ref) => visit(this.#members.key(ref, this.#member)))
    else if (this.#layout === Layout.packed) {
      const count = integerCount(this.#sequence)
      for (let i = 0; i < count; i++) visit(this.#integer.text(this.#sequence, i, this.#member))
    } else {
      const cursor = this.#cursor.start(this.#sequence)
      while (cursor.next(this.#sequence, this.#member)) visit(this.#member)
    }
  }

  /** As Table.scan; what is in the record is visited whole at once. */
  scan(cursor: number, count: number, visit: (member: Slice) => void): number {
    if (this.#layout === Layout.table) {
      return this.#table.scan(cursor, count, (ref) => visit(this.#members.key(ref, this.#member)))
    }
    this.forEach(visit)
    return 0
  }

  /**
   * Lays the set out as its members would be laid out in a new set: for when most of them were deleted. Where there is no
   * memory for that, or somebody is told of changes of its table, it stays as it is.
   */
  layOutAnew(): void {
    const { length } = this
    if (this.#layout === Layout.table && this.#table.guard !== null) return
    if (this.#layout === Layout.packed || length > Math.max(stringsMax, this.#limits.integersMax)) return
    const integers: bigint[] = []
    const strings: Slice[] = []
    let bytes = packedHeaderBytes
    let width = 2
    this.forEach((member) => {
      strings.push(Slice.from(member.toBuffer()))
      bytes += member.length > stringBytesMax ? Infinity : packedBytes(member.length)
      if (!this.#integer.read(member)) return
      integers.push(this.#integer.value)
      width = Math.max(width, this.#integer.width)
    })
    const areIntegers = integers.length === length && length <= this.#limits.integersMax
    if (!areIntegers && (this.#layout === Layout.strings || length > stringsMax || bytes === Infinity)) return
    const remains = this.release()
    try {
      this.#resize(areIntegers ? integersBytes(length, width) : bytes)
    } catch (error) {
      if (error instanceof OutOfMemory) return
      throw error
    }
    while (remains?.dropPiece() === true);
    this.#setLayout(areIntegers ? Layout.packed : Layout.strings)
    if (areIntegers) writeIntegers(this.#sequence, width, integers)
    else this.#writeStrings(strings)
  }

  #writeStrings(strings: readonly Slice[]): void {
    setPackedCount(this.#sequence, strings.length)
    let at = this.#sequence.start + packedHeaderBytes
    for (const member of strings) at = writePacked(this.#sequence, at, member)
  }

  copyUnder(key: Slice, access: number, flags = 0): Ref {
    const records = this.#records
    if (this.#layout !== Layout.table) return records.copyUnder(this.#ref, key, flags | Type.set | this.#layout, access)
    const table = new Table(this.#members, this.#table.seed)
    let copy: Ref = 0
    const header = table.createWith(() => {
      this.#table.forEachSlot((ref, hash) => {
        const member = this.#members.key(ref, this.#member)
        table.find(member, hash)
        table.insert(hash, this.#members.create(member))
      })
      copy = records.create(key, 4, flags | Type.set | Layout.table, access)
    })
    const value = records.value(copy, this.#sequence)
    value.region.view.setInt32(value.start, header, true)
    return copy
  }

  release(): Remains | null {
    if (this.#layout !== Layout.table) return null
    const members = this.#members
    return new TableRemains(members, this.#table.seed, this.#table.header, (ref) => members.free(ref))
  }

  bytesBeside(samples: number): number {
    return this.#layout === Layout.table ? this.#table.bytesWithRecords(samples) : 0
  }

  /** Writes integers as strings, in a table if they are many or the next one, of `length` bytes, is long. */
  #integersToStrings(length: number): void {
    const sequence = this.#sequence
    const integer = this.#integer
    const count = integerCount(sequence)
    if (count >= stringsMax || length > stringBytesMax) {
      this.#toTable()
      return
    }
    copyBytes(sequence.region, sequence.start, spare.region, 0, sequence.length)
    spare.length = sequence.length
    let bytes = packedHeaderBytes
    for (let i = 0; i < count; i++) bytes += packedBytes(integer.text(spare, i, spareText).length)
    this.#resize(bytes)
    setPackedCount(sequence, count)
    let at = sequence.start + packedHeaderBytes
    for (let i = 0; i < count; i++) at = writePacked(sequence, at, integer.text(spare, i, spareText))
    this.#setLayout(Layout.strings)
  }

  /** Moves all members to a table of their own. */
  #toTable(): void {
    const header = this.#table.createWith(() => {
      const table = this.#table
      this.forEach((member) => {
        const hash = table.hash(member)
        table.find(member, hash)
        table.insert(hash, this.#members.create(member))
      })
      this.#resize(4)
    })
    this.#setLayout(Layout.table)
    this.#sequence.region.view.setInt32(this.#sequence.start, header, true)
  }

  #setLayout(layout: number): void {
    this.#layout = layout
    this.#records.setKind(this.#ref, Type.set | layout)
  }

  /** Gives the record's value `length` bytes and points `#sequence` at them. */
  #resize(length: number): void {
    const ref = this.#records.resize(this.#ref, length, length > this.#sequence.length)
    if (ref !== this.#ref) {
      this.#ref = ref
      this.#owner?.recordMoved(ref)
    }
    this.#records.value(ref, this.#sequence)
  }
}
