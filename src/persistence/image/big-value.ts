import type { HashSeed } from '../../base/index.js'
import type { Records, Ref } from '../../memory/index.js'
import type { Places, ValueGuard } from '../../values/index.js'
import type { RdbOutput } from '../rdb/output.js'
import type { ByteCount } from './byte-count.js'

/** Elements whose strings are longer together are written piece by piece. */
export const longElementBytes = 1 << 16

/**
 * A value that is too large to be written in one step. It waits for its turn, may change meanwhile, and is written as it was
 * when it was made: from then on it is told before its parts change.
 */
export interface BigValue {
  /** How it is written. */
  readonly type: number
  /** What is to be told before the value changes; null: `settle` is to be called, and all is told by that. */
  readonly guard: ValueGuard | null
  /** Its record is somewhere else now. */
  moved(ref: Ref): void
  /** Copies aside what has yet to be written: nothing that happens to the value matters any more. */
  settle(): void
  /** Begins to be written: what comes before the elements. */
  begin(output: RdbOutput): void
  /** Writes a piece; false when all is written. */
  step(output: RdbOutput): boolean
  /** Gives back what it takes beside the value. */
  drop(): void
}

/** What big values share. */
export interface BigContext {
  readonly records: Records
  readonly seed: HashSeed
  /** Memory for copies. */
  readonly places: Places
  /** Where an element is put together that has to wait. */
  readonly scratch: RdbOutput
  readonly beside: ByteCount
  /** Ends the image, where there is no memory to keep what is about to change; throws what is no such error. */
  failFor(error: unknown): void
}
