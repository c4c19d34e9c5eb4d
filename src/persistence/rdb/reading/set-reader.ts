import { borrowed, readInt64, type Slice } from '../../../base/index.js'
import type { PackedBuilder } from '../../../values/index.js'
import { Type, builderBytesMax } from '../../../values/index.js'
import { ValueType } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { IntsetReader } from './intset-reader.js'
import { ListpackReader } from './listpack-reader.js'
import type { PackedReader } from './packed-reader.js'
import type { ValueReader, ValueTarget } from './value-reader.js'

const memberTwice = (): RdbError => new RdbError('a set has a member twice')

/** Reads sets: member by member, or in one piece. */
export class SetReader implements ValueReader {
  readonly type = Type.set
  readonly #text = new TextSlot()
  readonly #member = borrowed()
  readonly #intset = new IntsetReader()
  readonly #listpack = new ListpackReader()
  readonly #builder: PackedBuilder
  #form = 0
  /** Members still to come; -1: their number is to be read. */
  #left = -1

  constructor(builder: PackedBuilder) {
    this.#builder = builder
  }

  begin(form: number): void {
    this.#form = form
    this.#left = -1
  }

  read(input: Input, target: ValueTarget): void {
    if (this.#form !== ValueType.set) {
      this.#readPacked(input, target)
      return
    }
    if (this.#left < 0) {
      this.#left = input.length()
      input.commit()
    }
    if (this.#left === 0) return
    let member = input.string(this.#text) // the set is not made before there is a member
    const set = target.set()
    for (;;) {
      if (!set.add(member)) throw memberTwice()
      input.commit()
      if (--this.#left === 0) return
      member = input.string(this.#text)
    }
  }

  #readPacked(input: Input, target: ValueTarget): void {
    const reader = this.#form === ValueType.setIntset ? this.#intset : this.#listpack
    const packed = input.string(this.#text)
    if (reader === this.#intset || !this.#adopt(reader, packed, target)) {
      reader.open(packed)
      if (reader.next(this.#member)) {
        const set = target.set()
        do if (!set.add(this.#member)) throw memberTwice()
        while (reader.next(this.#member))
      }
    }
    input.commit()
  }

  /** Makes a small set of strings whole; false, and nothing, where it is none. */
  #adopt(reader: PackedReader, packed: Slice, target: ValueTarget): boolean {
    reader.open(packed)
    const members = reader.claimed
    if (members === 0 || packed.length > builderBytesMax) return false
    const set = target.set()
    if (!set.allowsStrings(members)) return false
    const builder = this.#builder.begin(members)
    let areIntegers = true
    let count = 0
    for (; reader.next(this.#member); count++) {
      if (count >= members || !set.allowsAsString(this.#member)) return false
      if (areIntegers && readInt64(this.#member) === null) areIntegers = false
      if (!builder.addKey(this.#member)) throw memberTwice()
    }
    if (areIntegers) return false
    set.adoptStrings(builder.end(count))
    return true
  }
}
