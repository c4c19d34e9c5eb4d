import { borrowed, type Slice } from '../../base/index.js'
import type { Records, Ref } from '../../memory/index.js'

const refBytes = 4
const noKey = borrowed()

/**
 * Records in the order of their keys' bytes: a stream's groups, a group's consumers. A record without a key holds their
 * references; its owner keeps the reference to that, or 0.
 */
export class Names {
  readonly #records: Records
  readonly #list = borrowed()
  readonly #name = borrowed()
  readonly #other = borrowed()
  #header: DataView = new DataView(new ArrayBuffer(refBytes))
  #headerAt = 0
  #count = 0

  constructor(records: Records) {
    this.#records = records
  }

  /** Turns to the list whose owner keeps its reference at `at`, which must not move while this view is used. */
  open(header: DataView, at: number): this {
    this.#header = header
    this.#headerAt = at
    this.#look()
    return this
  }

  #look(): void {
    const ref = this.#header.getInt32(this.#headerAt, true)
    this.#count = ref === 0 ? 0 : this.#records.value(ref, this.#list).length / refBytes
  }

  get count(): number {
    return this.#count
  }

  /** Bytes of the list itself. */
  get bytes(): number {
    const ref = this.#header.getInt32(this.#headerAt, true)
    return ref === 0 ? 0 : this.#records.bytes(ref)
  }

  at(index: number): Ref {
    const { region, start } = this.#list
    return region.view.getInt32(start + index * refBytes, true)
  }

  /** The record called `name`, or 0. */
  find(name: Slice): Ref {
    const index = this.#lowerBound(name)
    if (index === this.#count) return 0
    const ref = this.at(index)
    return this.#records.hasKey(ref, name) ? ref : 0
  }

  /** Takes in a record whose name is missing here. @throws {OutOfMemory} nothing has changed */
  add(ref: Ref): void {
    const index = this.#lowerBound(this.#records.key(ref, this.#name))
    const old = this.#header.getInt32(this.#headerAt, true)
    const bytes = (this.#count + 1) * refBytes
    const list = old === 0 ? this.#records.create(noKey, bytes, 0, 0) : this.#records.resize(old, bytes, true)
    this.#header.setInt32(this.#headerAt, list, true)
    this.#look()
    const { region, start } = this.#list
    const at = start + index * refBytes
    region.bytes.copyWithin(at + refBytes, at, start + bytes - refBytes)
    region.view.setInt32(at, ref, true)
  }

  /** Takes out the record called `name`, which is there; freeing it is the caller's. */
  remove(name: Slice): void {
    const index = this.#lowerBound(name)
    const { region, start, length } = this.#list
    const at = start + index * refBytes
    region.bytes.copyWithin(at, at + refBytes, start + length)
    const list = this.#header.getInt32(this.#headerAt, true)
    if (this.#count === 1) this.#records.free(list)
    const rest = this.#count === 1 ? 0 : this.#records.resize(list, length - refBytes)
    this.#header.setInt32(this.#headerAt, rest, true)
    this.#look()
  }

  /** Where the first name stands that is not before `name`. */
  #lowerBound(name: Slice): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#records.key(this.at(middle), this.#other).compare(name) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
