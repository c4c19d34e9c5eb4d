import { borrowed, type Slice } from '../../../base/index.js'
import { Type, type ListValue } from '../../../values/index.js'
import { QuicklistNode, ValueType } from '../format.js'
import { TextSlot, type Input } from '../input.js'
import { RdbError } from '../rdb-error.js'
import { ListpackReader } from './listpack-reader.js'
import type { PackedReader } from './packed-reader.js'
import type { ValueReader, ValueTarget } from './value-reader.js'
import { ZiplistReader } from './ziplist-reader.js'

/** Reads lists: element by element, or node by node. */
export class ListReader implements ValueReader {
  readonly type = Type.list
  readonly #text = new TextSlot()
  readonly #element = borrowed()
  readonly #listpack = new ListpackReader()
  readonly #ziplist = new ZiplistReader()
  /** The list, once it has an element, until bytes have to be waited for. */
  #list: ListValue | null = null
  #form = 0
  /** Elements or nodes still to come; -1: their number is to be read. */
  #left = -1

  begin(form: number): void {
    this.#form = form
    this.#left = form === ValueType.listZiplist ? 1 : -1
  }

  read(input: Input, target: ValueTarget): void {
    this.#list = null
    if (this.#left < 0) {
      this.#left = input.length()
      input.commit()
    }
    for (; this.#left > 0; this.#left--) {
      if (this.#form === ValueType.list) this.#push(input.string(this.#text), target)
      else this.#readNode(input, target)
      input.commit()
    }
  }

  #readNode(input: Input, target: ValueTarget): void {
    if (this.#form !== ValueType.listQuicklist2) {
      this.#readPacked(input, this.#ziplist, target)
      return
    }
    const container = input.length()
    if (container === QuicklistNode.packed) this.#readPacked(input, this.#listpack, target)
    else if (container === QuicklistNode.plain) this.#readPlain(input, target)
    else throw new RdbError(`a node of a list cannot be of kind ${container}`)
  }

  /** One large element. */
  #readPlain(input: Input, target: ValueTarget): void {
    const element = input.string(this.#text)
    if (element.length === 0) throw new RdbError('a node of a list is empty')
    this.#push(element, target)
  }

  #readPacked(input: Input, reader: PackedReader, target: ValueTarget): void {
    reader.open(input.string(this.#text))
    while (reader.next(this.#element)) this.#push(this.#element, target)
  }

  #push(element: Slice, target: ValueTarget): void {
    this.#list ??= target.list()
    this.#list.push(element, false)
  }
}
