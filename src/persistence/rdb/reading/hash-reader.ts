import { borrowed, readSafeInteger, type Slice } from '../../../base/index.js'
import type { PackedBuilder } from '../../../values/index.js'
import { Type, builderBytesMax, type HashValue } from '../../../values/index.js'
import { ValueType, noDeadline } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { ListpackReader } from './listpack-reader.js'
import type { PackedReader } from './packed-reader.js'
import type { ValueReader, ValueTarget } from './value-reader.js'
import { ZipmapReader } from './zipmap-reader.js'
import { ZiplistReader } from './ziplist-reader.js'

/** Later than this no field's deadline is: Redis keeps 48 bits of it. */
const deadlineMaxMs = 2 ** 48 - 1

/** Valkey's `hash2`, told from what Redis calls by the same number. */
export const hash2Form = 0x100

/** Forms that are one piece, and what reads them. */
const packedForms: readonly number[] = [
  ValueType.hashZipmap,
  ValueType.hashZiplist,
  ValueType.hashListpack,
  ValueType.hashListpackEx,
  ValueType.hashListpackExPreGa,
]

/** Reads hashes: field by field or in one piece, with deadlines of fields or without. */
export class HashReader implements ValueReader {
  readonly type = Type.hash
  readonly #fieldText = new TextSlot()
  readonly #valueText = new TextSlot()
  readonly #field = borrowed()
  readonly #value = borrowed()
  readonly #deadline = borrowed()
  readonly #listpack = new ListpackReader()
  readonly #ziplist = new ZiplistReader()
  readonly #zipmap = new ZipmapReader()
  readonly #builder: PackedBuilder
  #form = 0
  /** Fields still to come; -1: their number is to be read. */
  #left = -1
  /** What deadlines are counted from, where they are not absolute. */
  #nearestMs = 0

  constructor(builder: PackedBuilder) {
    this.#builder = builder
  }

  begin(form: number): void {
    this.#form = form
    this.#left = -1
    this.#nearestMs = 0
  }

  read(input: Input, target: ValueTarget): void {
    if (packedForms.includes(this.#form)) {
      this.#readPacked(input, target)
      return
    }
    if (this.#left < 0) {
      if (this.#form === ValueType.hashMetadata) this.#nearestMs = input.int64()
      this.#left = input.length()
      input.commit()
    }
    let hash: HashValue | null = null
    for (; this.#left > 0; this.#left--) {
      let deadlineMs = this.#deadlineBefore(input)
      const field = input.string(this.#fieldText)
      const value = input.string(this.#valueText)
      if (this.#form === hash2Form) deadlineMs = this.#deadlineBehind(input)
      hash ??= target.hash()
      this.#add(hash, field, value, deadlineMs, target)
      input.commit()
    }
  }

  #deadlineBefore(input: Input): number {
    if (this.#form === ValueType.hashMetadataPreGa) return checked(input.length())
    if (this.#form !== ValueType.hashMetadata) return 0
    const distance = input.length()
    return distance === 0 ? 0 : checked(distance + this.#nearestMs - 1)
  }

  #deadlineBehind(input: Input): number {
    const atMs = input.exactInt64()
    return atMs === noDeadline ? 0 : checked(Number(atMs))
  }

  #readPacked(input: Input, target: ValueTarget): void {
    const form = this.#form
    // the nearest deadline is among the others
    if (form === ValueType.hashListpackEx) input.require(8)
    if (form === ValueType.hashListpackEx) input.at += 8
    const reader = this.#readerOf(form)
    const hasDeadlines = form === ValueType.hashListpackEx || form === ValueType.hashListpackExPreGa
    const packed = input.string(this.#fieldText)
    if (hasDeadlines || !this.#adopt(reader, packed, target)) this.#addEach(reader, packed, hasDeadlines, target)
    input.commit()
  }

  /** Makes a small hash without deadlines whole; false, and nothing, where it is none. */
  #adopt(reader: PackedReader, packed: Slice, target: ValueTarget): boolean {
    reader.open(packed)
    const fields = reader.claimed / 2
    if (fields === 0 || packed.length > builderBytesMax) return false
    const hash = target.hash()
    if (!hash.allowsPacked(fields)) return false
    const builder = this.#builder.begin(fields)
    let count = 0
    for (; reader.next(this.#field); count++) {
      reader.read(this.#value)
      if (count >= fields || !hash.allowsInPacked(this.#field, this.#value)) return false
      if (!builder.addKey(this.#field)) throw fieldTwice()
      builder.add(this.#value)
    }
    hash.adopt(builder.end(count))
    return true
  }

  #addEach(reader: PackedReader, packed: Slice, hasDeadlines: boolean, target: ValueTarget): void {
    reader.open(packed)
    if (reader.next(this.#field)) {
      const hash = target.hash()
      do {
        reader.read(this.#value)
        const deadlineMs = hasDeadlines ? checked(readSafeInteger(reader.read(this.#deadline))) : 0
        this.#add(hash, this.#field, this.#value, deadlineMs, target)
      } while (reader.next(this.#field))
    }
  }

  #readerOf(form: number): PackedReader {
    if (form === ValueType.hashZipmap) return this.#zipmap
    return form === ValueType.hashZiplist ? this.#ziplist : this.#listpack
  }

  #add(hash: HashValue, field: Slice, value: Slice, deadlineMs: number, target: ValueTarget): void {
    const before = hash.length
    hash.set(field, value)
    // a field past its deadline counts as new when it is set again, and is still the same
    if (hash.length === before) throw fieldTwice()
    if (deadlineMs === 0) return
    target.noteFieldDeadline(deadlineMs)
    hash.setDeadline(field, deadlineMs)
  }
}

const fieldTwice = (): RdbError => new RdbError('a hash has a field twice')

function checked(deadlineMs: number): number {
  if (!(deadlineMs >= 0 && deadlineMs <= deadlineMaxMs))
    throw new RdbError(`a field's deadline cannot be ${deadlineMs}`)
  return deadlineMs
}
