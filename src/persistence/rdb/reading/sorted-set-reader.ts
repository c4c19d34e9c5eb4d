import { borrowed, readDouble, type Slice } from '../../../base/index.js'
import { Type, type SortedSetValue } from '../../../values/index.js'
import { ScoreText, ValueType } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { ListpackReader } from './listpack-reader.js'
import type { ValueReader, ValueTarget } from './value-reader.js'
import { ZiplistReader } from './ziplist-reader.js'

/** Reads sorted sets: member by member, with scores as doubles or as text, or in one piece. */
export class SortedSetReader implements ValueReader {
  readonly type = Type.zset
  readonly #text = new TextSlot()
  readonly #member = borrowed()
  readonly #score = borrowed()
  readonly #listpack = new ListpackReader()
  readonly #ziplist = new ZiplistReader()
  #form = 0
  /** Members still to come; -1: their number is to be read. */
  #left = -1

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
    reader.open(input.string(this.#text))
    if (reader.next(this.#member)) {
      const sortedSet = target.sortedSet()
      do {
        const score = readDouble(reader.read(this.#score))
        this.#add(sortedSet, this.#member, score)
      } while (reader.next(this.#member))
    }
    input.commit()
  }

  #add(sortedSet: SortedSetValue, member: Slice, score: number): void {
    if (Number.isNaN(score)) throw new RdbError('a score is no number')
    if (!Number.isNaN(sortedSet.find(member))) throw new RdbError('a sorted set has a member twice')
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
