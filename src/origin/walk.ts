import { Slice } from '../base/index.js'
import type { Keyspace } from '../keyspace/index.js'

/** Keys looked at in one loop turn: well under a millisecond. */
const keysAStep = 1024

export interface Walk {
  readonly keyspace: Keyspace
  readonly databases: readonly number[]
  /** Whether a key is one of those meant. The slice is good for this call only. */
  readonly matches: (db: number, key: Slice) => boolean
  /** Called with each key that matches, on bytes of its own; may change it. Whether it counts. */
  readonly visit: (db: number, key: Slice) => boolean
  /** Runs a job at the end of this loop turn. */
  readonly defer: (job: () => void) => void
  /** Gets the number of keys that counted. Never called before `walk` returns. */
  readonly done: (count: number) => void
}

/** Goes over all keys of some databases, a piece in each loop turn, so that nobody waits for it. */
export function walk({ keyspace, databases, matches, visit, defer, done }: Walk): void {
  let count = 0
  let at = 0
  let cursor = 0
  const step = (): void => {
    if (at === databases.length) return done(count)
    const db = databases[at]
    const found: Slice[] = []
    keyspace.tick()
    cursor = keyspace.databases[db].scan(cursor, keysAStep, (key) => {
      if (matches(db, key)) found.push(Slice.from(key.toBuffer()))
    })
    for (const key of found) if (visit(db, key)) count++
    if (cursor === 0) at++
    defer(step)
  }
  defer(step)
}
