import type { Slice } from '../base/index.js'
import type { Ref } from '../memory/index.js'

/** Makes payloads of DUMP. */
export interface Dumper {
  /** The payload of the value in an entry; good until the next one is made. Takes one step, however large the value. */
  dump(ref: Ref): Slice
}
