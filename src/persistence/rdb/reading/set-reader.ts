import { borrowed } from '../../../base/index.js'
import { Type } from '../../../values/index.js'
import { ValueType } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { IntsetReader } from './intset-reader.js'
import { ListpackReader } from './listpack-reader.js'
import type { ValueReader, ValueTarget } from './value-reader.js'

/** Reads sets: member by member, or in one piece. */
export class SetReader implements ValueReader {
  readonly type = Type.set
  readonly #text = new TextSlot()
  readonly #member = borrowed()
  readonly #intset = new IntsetReader()
  readonly #listpack = new ListpackReader()
  #form = 0
  /** Members still to come; -1: their number is to be read. */
  #left = -1

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
      if (!set.add(member)) throw new RdbError('a set has a member twice')
      input.commit()
      if (--this.#left === 0) return
      member = input.string(this.#text)
    }
  }

  #readPacked(input: Input, target: ValueTarget): void {
    const reader = this.#form === ValueType.setIntset ? this.#intset : this.#listpack
    reader.open(input.string(this.#text))
    if (reader.next(this.#member)) {
      const set = target.set()
      do if (!set.add(this.#member)) throw new RdbError('a set has a member twice')
      while (reader.next(this.#member))
    }
    input.commit()
  }
}
