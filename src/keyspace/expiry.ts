import { borrowed, type Clock } from '../base/index.js'
import type { Ref } from '../memory/index.js'
import { FieldSweep } from './field-sweep.js'
import type { Keyspace } from './keyspace.js'

/*
 * Keys past their deadline go in two ways: a lookup deletes the one it meets, and the sweep looks for the others.
 *
 * The sweep walks the hash order of each database in turn, 1,024 slots a step. A slot says by one bit whether its key has
 * a deadline, so keys without one cost a nanosecond; the record is touched only of those with. A slice ends after
 * `sliceMs`. A round of all databases that found more than a tenth of the volatile keys expired asks for another slice at
 * once, otherwise the next one comes with the next tick of the periodic job (`hz` times a second): the processor's share
 * stays in proportion to what there is to delete.
 */

const slotsAStep = 1024
const sliceMs = 1
/** Share of expired keys among those seen, above which the sweep does not wait for the next tick. */
const busyPart = 0.1

export class ExpirySweep {
  readonly #keyspace: Keyspace
  readonly #clock: Clock
  readonly #fields: FieldSweep
  readonly #refs: Ref[] = []
  readonly #key = borrowed()
  #database = 0
  #cursor = 0
  #seen = 0
  #expired = 0
  /** Keys of the present database that are still alive, and their remaining milliseconds. */
  #alive = 0
  #ttlMs = 0
  /** Slots that one tick looks at, at least: enough to come round 16 M slots within some seconds. */
  readonly #slotsATick = 1 << 18

  constructor(keyspace: Keyspace, clock: Clock) {
    this.#keyspace = keyspace
    this.#clock = clock
    this.#fields = new FieldSweep(keyspace, clock)
  }

  /** Sweeps for at most a millisecond; whether there is reason to go on in the next loop turn. */
  slice(): boolean {
    const startMs = this.#clock.monotonicMs()
    const busy = this.#sweepUntil(startMs + sliceMs)
    // each gets its time: keys that expire without end must not keep fields from it, nor the other way round
    const fieldsBusy = this.#fields.slice(this.#clock.monotonicMs() + sliceMs / 2)
    this.#keyspace.stats.sweepMs += this.#clock.monotonicMs() - startMs
    return busy || fieldsBusy
  }

  #sweepUntil(endMs: number): boolean {
    const keyspace = this.#keyspace
    keyspace.tick()
    for (let slots = 0; slots < this.#slotsATick; slots += slotsAStep) {
      const database = keyspace.databases[this.#database]
      if (database.volatileSize === 0) {
        this.#nextDatabase(0)
        if (this.#database === 0) return this.#round()
        continue
      }
      this.#step(database.index)
      if (this.#cursor === 0) {
        this.#nextDatabase(this.#alive === 0 ? 0 : this.#ttlMs / this.#alive)
        if (this.#database === 0) return this.#round()
      }
      if (this.#clock.monotonicMs() >= endMs) {
        keyspace.stats.expireCapReached++
        return this.#isBusy()
      }
    }
    return this.#isBusy()
  }

  #step(index: number): void {
    const { records, databases, nowMs } = this.#keyspace
    const database = databases[index]
    const refs = this.#refs
    refs.length = 0
    this.#cursor = database.sweepVolatile(this.#cursor, slotsAStep, refs)
    this.#seen += refs.length
    for (const ref of refs) {
      const leftMs = records.deadline(ref) - nowMs
      if (leftMs >= 0) {
        this.#ttlMs += leftMs
        this.#alive++
        continue
      }
      this.#expired++
      database.expireKey(records.key(ref, this.#key))
    }
  }

  #nextDatabase(averageTtlMs: number): void {
    this.#keyspace.databases[this.#database].averageTtlMs = Math.round(averageTtlMs)
    this.#database = (this.#database + 1) % this.#keyspace.databases.length
    this.#cursor = 0
    this.#ttlMs = this.#alive = 0
  }

  #isBusy(): boolean {
    return this.#expired > this.#seen * busyPart
  }

  /** Ends a round of all databases. */
  #round(): boolean {
    const busy = this.#isBusy()
    const { stats } = this.#keyspace
    stats.stalePart = this.#seen === 0 ? 0 : stats.stalePart * 0.95 + (this.#expired / this.#seen) * 0.05
    this.#seen = this.#expired = 0
    return busy
  }
}
