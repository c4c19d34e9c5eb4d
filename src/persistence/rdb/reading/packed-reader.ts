import { digitsRegion } from '../../../values/index.js'
import type { Region, Slice } from '../../../base/index.js'
import { RdbError } from '../rdb-error.js'

/** Strings that stay readable while the next ones are read. */
const readable = 4

/**
 * Reads what Redis keeps in one piece of bytes, string by string. Trusts nothing: whatever the bytes say, it stays within
 * them, and what is not as it should be is an `RdbError`.
 */
export abstract class PackedReader {
  protected region!: Region
  /** Where the next element begins. */
  protected at = 0
  /** Where the mark stands that ends it. */
  protected last = 0
  readonly #digits = Array.from({ length: readable }, () => digitsRegion())
  #turn = 0

  /** What it is called in errors, with its article. */
  protected abstract readonly name: string

  /** Strings that it says it has; Infinity where they must be counted. Whether it is true shows at the end. */
  abstract get claimed(): number

  /** Turns to the bytes. */
  abstract open(bytes: Slice): void

  /** Points `into` at the next string; false at the end. It stays readable while three more are read. */
  abstract next(into: Slice): boolean

  /** As `next`, where there must be one. */
  read(into: Slice): Slice {
    if (!this.next(into)) this.fail('ends in the middle of a pair')
    return into
  }

  /** Room for the digits of an integer. */
  protected digits(): Region {
    this.#turn = (this.#turn + 1) % readable
    return this.#digits[this.#turn]
  }

  protected fail(what: string): never {
    throw new RdbError(`${this.name} ${what}`)
  }

  /** Makes sure that `count` bytes from `at` on are its own. */
  protected require(at: number, count: number): void {
    if (at + count > this.last) this.fail('reaches beyond its end')
  }
}
