import type { HashValue, ListValue, SetValue, SortedSetValue, StreamValue } from '../../../values/index.js'
import type { Input } from '../input.js'

/**
 * The value being read, made when it is first asked for. A view that it returns is good until bytes have to be waited for:
 * whoever goes on asks again.
 */
export interface ValueTarget {
  hash(): HashValue
  list(): ListValue
  set(): SetValue
  sortedSet(): SortedSetValue
  stream(): StreamValue
  /** A field of the hash has a deadline, Unix milliseconds. */
  noteFieldDeadline(atMs: number): void
}

/** Reads values of a type in one or several of its forms, one value at a time. */
export interface ValueReader {
  /** The type of its values; see `Type`. */
  readonly type: number
  /** Forgets the last value: the next one is of this form; see `ValueType`. */
  begin(form: number): void
  /**
   * Reads the value to its end. Where bytes are missing it throws `incomplete`, and goes on from what it has committed when
   * it is called again.
   *
   * @throws {RdbError} it is not as it should be
   */
  read(input: Input, target: ValueTarget): void
}
