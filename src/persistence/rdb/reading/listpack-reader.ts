import type { Region, Slice } from '../../../base/index.js'
import { backLengthBytes, listpackHeaderBytes, readText } from '../../../values/index.js'
import { PackedReader } from './packed-reader.js'

const end = 0xff
const countUnknown = 65_535

/** Reads listpacks; see values/stream/listpack.ts for how they lie. */
export class ListpackReader extends PackedReader {
  protected readonly name = 'a listpack'
  #count = 0
  #counted = 0

  open({ region, start, length }: Slice): void {
    const { view, bytes } = region
    this.region = region
    this.at = start + listpackHeaderBytes
    this.last = start + length - 1
    if (length <= listpackHeaderBytes || view.getUint32(start, true) !== length || bytes[this.last] !== end) {
      this.fail('does not say its own length')
    }
    this.#counted = view.getUint16(start + 4, true)
    this.#count = 0
  }

  get claimed(): number {
    return this.#counted === countUnknown ? Infinity : this.#counted
  }

  /** Where the next element stands in its region. */
  get place(): number {
    return this.at
  }

  next(into: Slice): boolean {
    const { at } = this
    if (!this.skip()) return false
    readText(this.region, at, into, this.digits())
    return true
  }

  /** Goes over the next element, which is looked at; false at the end. */
  skip(): boolean {
    const { region, at } = this
    if (at === this.last) {
      if (this.#counted !== countUnknown && this.#counted !== this.#count)
        this.fail('does not have as many elements as it says')
      return false
    }
    const encoded = this.#encodedBytes(region, at)
    const behind = backLengthBytes(encoded)
    this.require(at, encoded + behind)
    if (!isBackLength(region.bytes, at + encoded, encoded, behind)) this.fail('has an element with two lengths')
    this.#count++
    this.at = at + encoded + behind
    return true
  }

  /** Bytes of encoding and data, within the listpack as far as they were read. */
  #encodedBytes({ bytes, view }: Region, at: number): number {
    const type = bytes[at]
    if (type < 0x80) return 1
    if (type < 0xc0) return 1 + (type & 0x3f)
    if (type < 0xe0) return 2
    if (type < 0xf0) {
      this.require(at, 2)
      return 2 + (((type & 0x0f) << 8) | bytes[at + 1])
    }
    if (type === 0xf0) {
      this.require(at, 5)
      return 5 + view.getUint32(at + 1, true)
    }
    if (type > 0xf4) this.fail(`has an element of kind ${type}`)
    return type === 0xf4 ? 9 : type - 0xf1 + 3
  }
}

/** Whether the `size` bytes at `at` say, from behind, that `encoded` bytes stand before them. */
function isBackLength(bytes: Buffer, at: number, encoded: number, size: number): boolean {
  let rest = encoded
  for (let i = size - 1; i >= 0; i--) {
    if (bytes[at + i] !== ((rest & 127) | (i === 0 ? 0 : 128))) return false
    rest = Math.floor(rest / 128)
  }
  return true
}
