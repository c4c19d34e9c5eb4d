import { Region, borrowed, copyBytes, type Slice } from '../../base/index.js'
import {
  createListpack,
  endListpack,
  integerBytesMax,
  listpackHeaderBytes,
  textBytesMax,
  writeIntegerWords,
  writeText,
} from '../../values/index.js'

const two32 = 0x1_0000_0000
/** A region that grew beyond this is let go when the next listpack is begun. */
const keptBytesMax = 1 << 20
const firstBytes = 1 << 12

/** Makes one listpack at a time, element by element, in a place that is used again. */
export class ListpackBuilder {
  #region = Region.allocate(firstBytes)
  #at = listpackHeaderBytes
  #elements = 0
  readonly #made = borrowed()

  begin(): this {
    if (this.#region.bytes.length > keptBytesMax) this.#region = Region.allocate(firstBytes)
    createListpack(this.#region, 0)
    this.#at = listpackHeaderBytes
    this.#elements = 0
    return this
  }

  /** Elements so far. */
  get elements(): number {
    return this.#elements
  }

  /** Bytes so far, the header and the end included. */
  get bytes(): number {
    return this.#at + 1
  }

  /** Adds a text, as an integer where it writes out one. */
  text(value: Slice): void {
    this.#room(textBytesMax(value.length) + integerBytesMax)
    this.#at = writeText(this.#region, this.#at, value)
    this.#elements++
  }

  /** Adds a whole number, exact as a double. */
  integer(value: number): void {
    this.#room(integerBytesMax)
    const high = Math.floor(value / two32)
    this.#at = writeIntegerWords(this.#region, this.#at, high | 0, (value - high * two32) | 0)
    this.#elements++
  }

  /** Ends the listpack; good until the next one is begun. */
  end(): Slice {
    endListpack(this.#region, 0, this.#at, this.#elements)
    return this.#made.set(this.#region, 0, this.#at + 1)
  }

  #room(bytes: number): void {
    const end = this.#at + bytes + 1
    if (end <= this.#region.bytes.length - Region.spareBytes) return
    const grown = Region.allocate(Math.max(end, this.#region.bytes.length * 2))
    copyBytes(this.#region, 0, grown, 0, this.#at)
    this.#region = grown
  }
}
