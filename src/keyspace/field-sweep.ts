import { Slice, type Clock } from '../base/index.js'
import type { DeadlinePass } from '../values/index.js'
import type { FieldDeadlines } from './field-deadlines.js'
import type { Keyspace } from './keyspace.js'

/*
 * Fields of hashes past their deadline are not seen by anyone; the sweep deletes them. It walks the hashes that each
 * database has noted (FieldDeadlines) and looks into those that are due, 1,024 slots of a large one a step. A slice ends
 * when its time is up, in the middle of a hash if need be.
 */

const hashesAStep = 64
const slotsAStep = 1024

export class FieldSweep {
  readonly #keyspace: Keyspace
  readonly #clock: Clock
  /** Hashes that were found due, and where they are noted: a database may change its number meanwhile. */
  readonly #due: Slice[] = []
  #noted: FieldDeadlines | null = null
  #database = 0
  #cursor = 0
  /** Where to go on in the first of them; 0 before it is begun. */
  #fieldCursor = 0
  #isInside = false
  #pass: DeadlinePass = { expired: 0, nearestMs: Infinity }

  constructor(keyspace: Keyspace, clock: Clock) {
    this.#keyspace = keyspace
    this.#clock = clock
  }

  /** Sweeps until `endMs` or to the end of a round; whether there is reason to go on in the next loop turn. */
  slice(endMs: number): boolean {
    const { databases } = this.#keyspace
    let idle = 0
    while (idle <= databases.length) {
      if (this.#due.length > 0) this.#lookInto(this.#due[0])
      else if (this.#lookForDue()) idle = 0
      else idle++
      if (this.#clock.monotonicMs() >= endMs) return this.#due.length > 0
    }
    return false
  }

  /** Looks at some hashes of a database, or goes on to the next one; whether any was due. */
  #lookForDue(): boolean {
    const { databases, nowMs } = this.#keyspace
    const noted = databases[this.#database].fieldDeadlines
    this.#noted = noted
    this.#cursor =
      noted.size === 0
        ? 0
        : noted.due(this.#cursor, hashesAStep, nowMs, (key) => this.#due.push(Slice.from(key.toBuffer())))
    if (this.#cursor === 0 && this.#due.length === 0) this.#database = (this.#database + 1) % databases.length
    return this.#due.length > 0
  }

  /** Deletes what is past its deadline in a part of a hash. */
  #lookInto(key: Slice): void {
    const noted = this.#noted!
    const database = this.#keyspace.databases.find(({ fieldDeadlines }) => fieldDeadlines === noted)!
    if (!this.#isInside) {
      this.#isInside = true
      this.#pass = { expired: 0, nearestMs: Infinity }
      noted.begin(key)
    }
    this.#fieldCursor = database.expireFields(key, this.#fieldCursor, slotsAStep, this.#pass)
    if (this.#fieldCursor !== 0) return
    noted.end(key, this.#pass.nearestMs)
    this.#isInside = false
    this.#due.shift()
  }
}
