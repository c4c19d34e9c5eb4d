import { borrowed, readDouble, type Slice } from '../../../base/index.js'
import type { PackedBuilder } from '../../../values/index.js'
import { Type, builderBytesMax, type SortedSetValue } from '../../../values/index.js'
import { ScoreText, ValueType } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { ListpackReader } from './listpack-reader.js'
import type { PackedReader } from './packed-reader.js'
import type { ValueReader, ValueTarget } from './value-reader.js'
import { ZiplistReader } from './ziplist-reader.js'

const memberTwice = (): RdbError => new RdbError('a sorted set has a member twice')

/** Reads sorted sets: member by member, with scores as doubles or as text, or in one piece. */
export class SortedSetReader implements ValueReader {
  readonly type = Type.zset
  readonly #text = new TextSlot()
  readonly #member = borrowed()
  readonly #score = borrowed()
  readonly #listpack = new ListpackReader()
  readonly #ziplist = new ZiplistReader()
  readonly #builder: PackedBuilder
  /** The member before, while a small one is made. */
  readonly #previous = borrowed()
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
    if (this.#form === ValueType.sortedSetZiplist || this.#form === ValueType.sortedSetListpack) {
      this.#readPacked(input, target)
      return
    }
    if (this.#left < 0) {
      this.#left = input.length()
      input.commit()
    }
    let sortedSet: SortedSetValue | null = null
    try {
      for (; this.#left > 0; this.#left--) {
        const member = input.string(this.#text)
        const score = this.#form === ValueType.sortedSet2 ? input.double() : this.#textScore(input)
        if (sortedSet === null) {
          sortedSet = target.sortedSet()
          // what is small now may become large, which keeps them
          sortedSet.keepsNegativeZero = true
        }
        this.#add(sortedSet, member, score)
        input.commit()
      }
    } finally {
      if (sortedSet !== null) sortedSet.keepsNegativeZero = false
    }
    sortedSet?.settle()
  }

  #readPacked(input: Input, target: ValueTarget): void {
    const reader = this.#form === ValueType.sortedSetZiplist ? this.#ziplist : this.#listpack
    const packed = input.string(this.#text)
    if (!this.#adopt(reader, packed, target)) this.#addEach(reader, packed, target)
    input.commit()
  }

  /** Makes a small sorted set whole, where it is in order; false, and nothing, where it is none or is not. */
  #adopt(reader: PackedReader, packed: Slice, target: ValueTarget): boolean {
    reader.open(packed)
    const members = reader.claimed / 2
    if (members === 0 || packed.length > builderBytesMax) return false
    const sortedSet = target.sortedSet()
    if (!sortedSet.allowsPacked(members)) return false
    const builder = this.#builder.begin(members)
    const [member, previous] = [this.#member, this.#previous]
    let count = 0
    for (let last = -Infinity; reader.next(member); count++) {
      const score = readDouble(reader.read(this.#score)) + 0 // no negative zero: see SortedSetValue
      if (count >= members || !(score >= last) || !sortedSet.allowsInPacked(member)) return false
      if (count > 0 && score === last && member.compare(previous) < 0) return false
      builder.addScore(score)
      if (!builder.addKey(member)) throw memberTwice()
      last = score
      previous.set(member.region, member.start, member.length)
    }
    sortedSet.adopt(builder.end(count))
    return true
  }

  #addEach(reader: PackedReader, packed: Slice, target: ValueTarget): void {
    reader.open(packed)
    if (reader.next(this.#member)) {
      const sortedSet = target.sortedSet()
      do {
        const score = readDouble(reader.read(this.#score))
        this.#add(sortedSet, this.#member, score)
      } while (reader.next(this.#member))
    }
  }

  #add(sortedSet: SortedSetValue, member: Slice, score: number): void {
    if (Number.isNaN(score)) throw new RdbError('a score is no number')
    if (!Number.isNaN(sortedSet.find(member))) throw memberTwice()
    sortedSet.insert(member, score)
  }

  #textScore(input: Input): number {
    const length = input.byte()
    if (length === ScoreText.nan) return NaN
    if (length === ScoreText.positiveInfinity) return Infinity
    if (length === ScoreText.negativeInfinity) return -Infinity
    return readDouble(input.raw(length, this.#score))
  }
}
