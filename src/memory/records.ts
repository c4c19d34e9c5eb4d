import { OutOfMemory, borrowed, copyBytes, equalBytes, type Region, type Slice } from '../base/index.js'
import { classBytes, pieceBytesMax, type Arena, type Ref } from './arena.js'
import type { Mover } from './mover.js'

/*
 * A record is a key, a value and what is known of them, in one piece of the arena:
 *
 *   word 0   key length (16 bits) | value length << 16
 *   word 1   flags (8 bits) | last access << 8 (24 bits, the server's access clock)
 *   8 bytes  the deadline, a signed 64-bit number of Unix milliseconds: only under `Flag.deadline`
 *   16 bytes what the origin confirmed, its time first, a double: only under `Flag.copy`
 *   key, at once followed by the value
 *
 * A length of 0xffff says that the bytes stand elsewhere, and an extent in their place: {place, length, capacity}, three
 * words. Up to 1 MiB of capacity the place is a reference into the arena, beyond that the number of a block.
 */

export const Flag = {
  /** Bits 0 to 2: the type of the value. */
  type: 0x07,
  /** Bits 3 and 4: how the type is laid out. */
  layout: 0x18,
  deadline: 0x20,
  copy: 0x40,
  /** An image that is being written has yet to write the value: see `RecordKeeper`. */
  kept: 0x80,
} as const

/** Told where kept records go. */
export interface RecordKeeper {
  recordMoved(from: Ref, to: Ref): void
}

export const layoutShift = 3

/** How old a confirmation may be. An object that has the number, for to give a fraction to a function may cost an allocation. */
export interface AgeLimit {
  /** Monotonic milliseconds: it must have been asked for later. */
  readonly afterMs: number
}

/** Bytes that a copy of an origin's value carries. */
export const confirmationBytes = 16

const elsewhere = 0xffff
const extentBytes = 12
const unitMask = 0xfffff

// what is exported is looked up each time it is used, what is not V8 knows
const { copy: copyFlag, deadline: deadlineFlag } = Flag
const extraFlags = copyFlag | deadlineFlag

/** Bytes between the header and the key: a quarter of each flag that says of some. */
const extrasBytes = (flags: number): number => (flags & extraFlags) >>> 2

const inlineBytes = (lengthField: number): number => (lengthField === elsewhere ? extentBytes : lengthField)

/** Reads, makes and resizes records. Holds no state of its own but the arena. */
export class Records {
  readonly arena: Arena
  /** Who knows kept records by their references, while there are any. */
  keeper: RecordKeeper | null = null
  readonly #from = borrowed()
  readonly #to = borrowed()

  constructor(arena: Arena) {
    this.arena = arena
  }

  /** A record with `key`, room for `valueLength` bytes of value (not cleared), and `flags`. */
  create(key: Slice, valueLength: number, flags: number, access: number): Ref {
    const keyField = key.length < elsewhere ? key.length : elsewhere
    const valueField = valueLength < elsewhere ? valueLength : elsewhere
    const extras = extrasBytes(flags)
    const ref = this.arena.allocate(8 + extras + inlineBytes(keyField) + inlineBytes(valueField))
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    region.words[word] = keyField | (valueField << 16)
    region.words[word + 1] = flags | (access << 8)
    const at = (word << 2) + 8 + extras
    if (keyField !== elsewhere) copyBytes(key.region, key.start, region, at, key.length)
    if (keyField === elsewhere || valueField === elsewhere) this.#createElsewhere(ref, at, key, valueLength)
    return ref
  }

  /** Makes room for a long key and a long value of a new record. Where there is none, the record is gone again. */
  #createElsewhere(ref: Ref, at: number, key: Slice, valueLength: number): void {
    const region = this.arena.regions[ref >>> 20]
    const keyBytes = key.length < elsewhere ? key.length : extentBytes
    const valueBytes = valueLength < elsewhere ? valueLength : extentBytes
    let isKeyThere = false
    try {
      if (key.length >= elsewhere) this.#writeLong(region, at, key)
      isKeyThere = true
      if (valueLength >= elsewhere) this.#extend(region, at + keyBytes, valueLength, valueLength)
    } catch (error) {
      if (isKeyThere && key.length >= elsewhere) this.#freeExtent(region, at)
      this.arena.free(ref, at - ((ref & unitMask) << 3) + keyBytes + valueBytes)
      throw error
    }
  }

  /** Frees the record and its bytes elsewhere; what the value refers to is its type's business. */
  free(ref: Ref): void {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const lengths = region.words[word]
    const keyField = lengths & 0xffff
    const valueField = lengths >>> 16
    const at = (word << 2) + 8 + extrasBytes(region.words[word + 1])
    if (keyField === elsewhere) this.#freeExtent(region, at)
    if (valueField === elsewhere) this.#freeExtent(region, at + inlineBytes(keyField))
    this.arena.free(ref, at - (word << 2) + inlineBytes(keyField) + inlineBytes(valueField))
  }

  flags(ref: Ref): number {
    return this.arena.regions[ref >>> 20].words[((ref & unitMask) << 1) + 1] & 0xff
  }

  /** Replaces type and layout; the flags that shape the record stay. */
  setKind(ref: Ref, kind: number): void {
    const words = this.arena.regions[ref >>> 20].words
    const at = ((ref & unitMask) << 1) + 1
    words[at] = (words[at] & ~(Flag.type | Flag.layout)) | kind
  }

  /** Says whether an image has yet to write the value. */
  setKept(ref: Ref, on: boolean): void {
    const words = this.arena.regions[ref >>> 20].words
    const at = ((ref & unitMask) << 1) + 1
    words[at] = on ? words[at] | Flag.kept : words[at] & ~Flag.kept
  }

  access(ref: Ref): number {
    return this.arena.regions[ref >>> 20].words[((ref & unitMask) << 1) + 1] >>> 8
  }

  setAccess(ref: Ref, access: number): void {
    const words = this.arena.regions[ref >>> 20].words
    const at = ((ref & unitMask) << 1) + 1
    const word = (words[at] & 0xff) | (access << 8)
    if (words[at] !== word) words[at] = word
  }

  /** Unix milliseconds, or 0 for none. Rounded where it is beyond 2^53: see `exactDeadline`. */
  deadline(ref: Ref): number {
    const { words } = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    if ((words[word + 1] & Flag.deadline) === 0) return 0
    return words[word + 3] * 0x1_0000_0000 + (words[word + 2] >>> 0)
  }

  /** As `deadline`, to the millisecond however far away it is. */
  exactDeadline(ref: Ref): bigint {
    const { words, view } = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    return (words[word + 1] & Flag.deadline) === 0 ? 0n : view.getBigInt64((word << 2) + 8, true)
  }

  /** Sets the deadline, whole Unix milliseconds, of a record that has room for one. */
  writeDeadline(ref: Ref, atMs: number | bigint): void {
    const { words, view } = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    if (typeof atMs === 'bigint') view.setBigInt64((word << 2) + 8, atMs, true)
    else {
      words[word + 2] = atMs
      words[word + 3] = Math.floor(atMs / 0x1_0000_0000)
    }
  }

  /** Where the confirmation begins, in bytes from the start of the region. */
  confirmationAt(ref: Ref): number {
    const word = (ref & unitMask) << 1
    return (word << 2) + 8 + ((this.arena.regions[ref >>> 20].words[word + 1] & Flag.deadline) >>> 2)
  }

  /** Whether the record carries a confirmation, and its time is after the limit: the one look that every fresh read takes. */
  isConfirmedAfter(ref: Ref, limit: AgeLimit): boolean {
    const { words, view } = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const flags = words[word + 1]
    if ((flags & copyFlag) === 0) return false
    return view.getFloat64((word << 2) + 8 + ((flags & deadlineFlag) >>> 2), true) > limit.afterMs
  }

  /** Points `into` at the key. */
  key(ref: Ref, into: Slice): Slice {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const length = region.words[word] & 0xffff
    const at = (word << 2) + 8 + extrasBytes(region.words[word + 1])
    return length === elsewhere ? this.#extent(region, at, into) : into.set(region, at, length)
  }

  /** Points `into` at the value. */
  value(ref: Ref, into: Slice): Slice {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const lengths = region.words[word]
    const at = (word << 2) + 8 + extrasBytes(region.words[word + 1]) + inlineBytes(lengths & 0xffff)
    const length = lengths >>> 16
    return length === elsewhere ? this.#extent(region, at, into) : into.set(region, at, length)
  }

  valueLength(ref: Ref): number {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const lengths = region.words[word]
    const length = lengths >>> 16
    if (length !== elsewhere) return length
    const at = (word << 2) + 8 + extrasBytes(region.words[word + 1]) + inlineBytes(lengths & 0xffff)
    return region.view.getUint32(at + 4, true)
  }

  /** Whether the record's key is `key`. */
  hasKey(ref: Ref, key: Slice): boolean {
    const { words, view } = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const length = key.length
    const field = words[word] & 0xffff
    const flags = words[word + 1]
    let at = (word << 2) + 8 + extrasBytes(flags)
    if (field !== length || length >= elsewhere) return field === elsewhere && this.#hasLongKey(ref, key)
    const other = key.region.view
    let offset = key.start
    const end = offset + (length & ~3)
    for (; offset < end; at += 4, offset += 4) {
      if (view.getInt32(at, true) !== other.getInt32(offset, true)) return false
    }
    const rest = (length & 3) << 3
    return rest === 0 || ((view.getInt32(at, true) ^ other.getInt32(offset, true)) & ((1 << rest) - 1)) === 0
  }

  /**
   * Gives the value `length` bytes, keeping as many of its first bytes as fit. Returns the record's reference, which
   * changes when it had to move. With `slack` a long value that outgrows its room gets more than it needs, so that
   * appending is linear.
   *
   * @throws {OutOfMemory} nothing has changed; never when the value gets shorter
   */
  resize(ref: Ref, length: number, slack = false): Ref {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const lengths = region.words[word]
    const keyField = lengths & 0xffff
    const valueField = lengths >>> 16
    const at = (word << 2) + 8 + extrasBytes(region.words[word + 1]) + inlineBytes(keyField)
    if (valueField !== elsewhere && length < elsewhere) {
      const head = at - (word << 2)
      if (classBytes(head + length) === classBytes(head + valueField)) {
        region.words[word] = keyField | (length << 16)
        return ref
      }
    } else if (valueField === elsewhere && length >= elsewhere) {
      this.#resizeExtent(region, at, length, slack)
      return ref
    }
    try {
      return this.#move(ref, length, region.words[word + 1] & 0xff)
    } catch (error) {
      if (!(error instanceof OutOfMemory) || length > this.valueLength(ref)) throw error
      this.#shorten(ref, length)
      return ref
    }
  }

  /** Gives the value fewer bytes where it stands. */
  #shorten(ref: Ref, length: number): void {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const keyField = region.words[word] & 0xffff
    const valueField = region.words[word] >>> 16
    const head = 8 + extrasBytes(region.words[word + 1]) + inlineBytes(keyField)
    if (valueField === elsewhere) region.view.setUint32((word << 2) + head + 4, length, true)
    else {
      this.arena.trim(ref, head + valueField, head + length)
      region.words[word] = keyField | (length << 16)
    }
  }

  /** Gives the record another set of flags, with room for what they say. Returns its reference, which may change. */
  reshape(ref: Ref, flags: number): Ref {
    if (extrasBytes(flags) !== extrasBytes(this.flags(ref))) return this.#move(ref, this.valueLength(ref), flags)
    const words = this.arena.regions[ref >>> 20].words
    const at = ((ref & unitMask) << 1) + 1
    words[at] = (words[at] & ~0xff) | flags
    return ref
  }

  /** Gives the record another key. Its value stays where it is; deadline and access go along. Returns its reference. */
  rekey(ref: Ref, key: Slice): Ref {
    const old = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const lengths = old.words[word]
    const flags = old.words[word + 1] & 0xff & ~Flag.copy
    const valueField = lengths >>> 16
    const inline = inlineBytes(valueField)
    const renamed = this.create(key, Math.min(inline, elsewhere - 1), flags, this.access(ref))
    if ((flags & Flag.deadline) !== 0) this.copyDeadline(ref, renamed)
    if ((flags & Flag.kept) !== 0) this.keeper!.recordMoved(ref, renamed)
    const region = this.arena.regions[renamed >>> 20]
    const to = this.value(renamed, this.#to).start
    const extras = extrasBytes(old.words[word + 1])
    const keyAt = (word << 2) + 8 + extras
    const keyField = lengths & 0xffff
    copyBytes(old, keyAt + inlineBytes(keyField), region, to, inline)
    const renamedWord = (renamed & unitMask) << 1
    region.words[renamedWord] = (region.words[renamedWord] & 0xffff) | (valueField << 16)
    if (keyField === elsewhere) this.#freeExtent(old, keyAt)
    this.arena.free(ref, 8 + extras + inlineBytes(keyField) + inline)
    return renamed
  }

  /** A copy of the record under another key; `flags` as for `create`. Deadline and confirmation are not copied. */
  copyUnder(ref: Ref, key: Slice, flags: number, access: number): Ref {
    const from = this.#from
    const length = this.value(ref, from).length
    const copy = this.create(key, length, flags, access)
    const to = this.value(copy, this.#to)
    copyBytes(from.region, from.start, to.region, to.start, length)
    return copy
  }

  /** Bytes that the record takes in the arena, those elsewhere included. */
  bytes(ref: Ref): number {
    const region = this.arena.regions[ref >>> 20]
    const word = (ref & unitMask) << 1
    const lengths = region.words[word]
    const keyField = lengths & 0xffff
    const valueField = lengths >>> 16
    const extras = extrasBytes(region.words[word + 1])
    const at = (word << 2) + 8 + extras
    let bytes = classBytes(8 + extras + inlineBytes(keyField) + inlineBytes(valueField))
    if (keyField === elsewhere) bytes += region.view.getUint32(at + 8, true)
    if (valueField === elsewhere) bytes += region.view.getUint32(at + inlineBytes(keyField) + 8, true)
    return bytes
  }

  /** Moves the record, and its bytes elsewhere, out of chunks that are being emptied. Returns its reference. */
  relocate(ref: Ref, mover: Mover): Ref {
    const word = (ref & unitMask) << 1
    const { words } = this.arena.regions[ref >>> 20]
    const keyField = words[word] & 0xffff
    const valueField = words[word] >>> 16
    const keyAt = 8 + extrasBytes(words[word + 1])
    const valueAt = keyAt + inlineBytes(keyField)
    const moved = mover.piece(ref, valueAt + inlineBytes(valueField))
    const region = this.arena.regions[moved >>> 20]
    const at = (moved & unitMask) << 3
    if (keyField === elsewhere) this.#relocateExtent(region, at + keyAt, mover)
    if (valueField === elsewhere) this.#relocateExtent(region, at + valueAt, mover)
    return moved
  }

  #relocateExtent({ view }: Region, at: number, mover: Mover): void {
    const capacity = view.getUint32(at + 8, true)
    if (capacity <= pieceBytesMax) view.setInt32(at, mover.piece(view.getInt32(at, true), capacity), true)
  }

  /** Rebuilds the record with another value length or other flags. */
  #move(ref: Ref, length: number, flags: number): Ref {
    const old = this.arena.regions[ref >>> 20]
    const oldFlags = this.flags(ref)
    const key = this.key(ref, this.#from)
    const moved = this.create(key, length, flags, this.access(ref))
    if ((flags & Flag.kept) !== 0) this.keeper!.recordMoved(ref, moved)
    if ((flags & oldFlags & Flag.deadline) !== 0) this.copyDeadline(ref, moved)
    if ((flags & oldFlags & Flag.copy) !== 0) {
      const region = this.arena.regions[moved >>> 20]
      copyBytes(old, this.confirmationAt(ref), region, this.confirmationAt(moved), confirmationBytes)
    }
    const from = this.value(ref, this.#from)
    const to = this.value(moved, this.#to)
    copyBytes(from.region, from.start, to.region, to.start, Math.min(length, from.length))
    this.free(ref)
    return moved
  }

  /** Gives `to`, which has room for it, the deadline of `from`. */
  copyDeadline(from: Ref, to: Ref): void {
    copyBytes(
      this.arena.regions[from >>> 20],
      ((from & unitMask) << 3) + 8,
      this.arena.regions[to >>> 20],
      ((to & unitMask) << 3) + 8,
      8,
    )
  }

  #hasLongKey(ref: Ref, key: Slice): boolean {
    const own = this.key(ref, this.#from)
    return own.length === key.length && equalBytes(own.region, own.start, key.region, key.start, key.length)
  }

  #writeLong(region: Region, at: number, bytes: Slice): void {
    this.#extend(region, at, bytes.length, bytes.length)
    const to = this.#extent(region, at, this.#to)
    copyBytes(bytes.region, bytes.start, to.region, to.start, bytes.length)
  }

  #extend(region: Region, at: number, length: number, capacity: number): void {
    const shared = capacity <= pieceBytesMax
    const place = shared ? this.arena.allocate(capacity) : this.arena.allocateBlock(capacity)
    region.view.setInt32(at, place, true)
    region.view.setUint32(at + 4, length, true)
    region.view.setUint32(at + 8, shared ? classBytes(capacity) : capacity, true)
  }

  #extent(region: Region, at: number, into: Slice): Slice {
    const { view } = region
    const place = view.getInt32(at, true)
    const length = view.getUint32(at + 4, true)
    if (view.getUint32(at + 8, true) > pieceBytesMax) return into.set(this.arena.block(place), 0, length)
    return into.set(this.arena.regions[place >>> 20], (place & unitMask) << 3, length)
  }

  #freeExtent(region: Region, at: number): void {
    const place = region.view.getInt32(at, true)
    const capacity = region.view.getUint32(at + 8, true)
    if (capacity > pieceBytesMax) this.arena.freeBlock(place, capacity)
    else this.arena.free(place, capacity)
  }

  #resizeExtent(region: Region, at: number, length: number, slack: boolean): void {
    const capacity = region.view.getUint32(at + 8, true)
    const oldLength = region.view.getUint32(at + 4, true)
    if (length <= capacity && length >= capacity >>> 1) {
      region.view.setUint32(at + 4, length, true)
      return
    }
    const wanted = slack ? length + Math.min(length, pieceBytesMax) : length
    const place = region.view.getInt32(at, true)
    const from = this.#extent(region, at, this.#from)
    const source = from.region
    const start = from.start
    try {
      this.#extend(region, at, length, wanted)
    } catch (error) {
      if (!(error instanceof OutOfMemory) || length > capacity) throw error
      region.view.setUint32(at + 4, length, true) // it gives back nothing then
      return
    }
    const to = this.#extent(region, at, this.#to)
    copyBytes(source, start, to.region, to.start, Math.min(length, oldLength))
    if (capacity > pieceBytesMax) this.arena.freeBlock(place, capacity)
    else this.arena.free(place, capacity)
  }
}
