import { Slice } from '../base/index.js'
import type { Waiter } from './waiter.js'

/** Types of values are numbers below this. */
const types = 8

/** The place of one waiter in the line for one key. */
export class Place {
  readonly waiter: Waiter
  readonly crowd: Crowd
  before: Place | null
  next: Place | null = null

  constructor(waiter: Waiter, crowd: Crowd, before: Place | null) {
    this.waiter = waiter
    this.crowd = crowd
    this.before = before
  }
}

/** Those who wait for one key, in the order they came. */
export class Crowd {
  readonly db: number
  /** In bytes of its own. */
  readonly key: Slice
  /** It stands in the list of keys to serve. */
  isReady = false
  /** How many are woken as well when the key is gone or holds another type. */
  wokenWhenGone = 0
  #first: Place | null = null
  #last: Place | null = null
  /** How many wait for each type of value. */
  readonly #waiting = new Uint32Array(types)

  constructor(db: number, key: Slice) {
    this.db = db
    this.key = key
  }

  get isEmpty(): boolean {
    return this.#first === null
  }

  /** Whether somebody waits for a value of this type; -1 is none. */
  waitsFor(type: number): boolean {
    return type >= 0 && this.#waiting[type] > 0
  }

  /** Whether somebody is to be woken by a value of this type, or none (-1). */
  isWokenBy(type: number): boolean {
    return this.waitsFor(type) || (this.wokenWhenGone > 0 && this.#isLossTo(type))
  }

  #isLossTo(type: number): boolean {
    for (let place = this.#first; place !== null; place = place.next) {
      const { block } = place.waiter
      if (block.wakesWhenGone === true && block.type !== type) return true
    }
    return false
  }

  /** Puts the waiter at the end of the line, if it does not stand there already. */
  join(waiter: Waiter): void {
    if (this.#last?.waiter === waiter) return
    const place = new Place(waiter, this, this.#last)
    if (this.#last === null) this.#first = place
    else this.#last.next = place
    this.#last = place
    this.#count(waiter, 1)
    waiter.places.push(place)
  }

  leave(place: Place): void {
    if (place.before === null) this.#first = place.next
    else place.before.next = place.next
    if (place.next === null) this.#last = place.before
    else place.next.before = place.before
    this.#count(place.waiter, -1)
  }

  /** Calls `visit` with each waiter, who may leave meanwhile, until it answers false. */
  forEach(visit: (waiter: Waiter) => boolean): void {
    for (let place = this.#first; place !== null;) {
      const { next } = place
      if (!visit(place.waiter)) return
      place = next
    }
  }

  #count({ block }: Waiter, one: 1 | -1): void {
    this.#waiting[block.type] += one
    if (block.wakesWhenGone === true) this.wokenWhenGone += one
  }
}

const markCount = 4096

/** A number that tells most keys apart, from a few of their bytes. */
function markOf({ region, start, length }: Slice): number {
  if (length === 0) return 0
  const { bytes } = region
  const last = start + length - 1
  const beforeLast = length > 1 ? bytes[last - 1] : 0
  return (length * 131 + bytes[last] * 31 + beforeLast * 389 + bytes[start + (length >>> 1)] * 7) & (markCount - 1)
}

const nameOf = (db: number, key: Slice): string => `${db}:${key.toLatin1()}`

/** The crowds of all keys. To see that nobody waits for a key costs no more than a few of its bytes, mostly. */
export class Crowds {
  readonly #byName = new Map<string, Crowd>()
  /** How many crowds there are for keys of each mark. */
  readonly #marks = new Uint32Array(markCount)
  /** How many are woken as well when a key is gone. */
  wokenWhenGone = 0

  all(): Iterable<Crowd> {
    return this.#byName.values()
  }

  /** Those who wait for a key, or null. */
  of(db: number, key: Slice): Crowd | null {
    return this.#marks[markOf(key)] === 0 ? null : (this.#byName.get(nameOf(db, key)) ?? null)
  }

  join(db: number, key: Slice, waiter: Waiter): void {
    const name = nameOf(db, key)
    let crowd = this.#byName.get(name)
    if (crowd === undefined) {
      crowd = new Crowd(db, Slice.from(key.toBuffer()))
      this.#byName.set(name, crowd)
      this.#marks[markOf(key)]++
    }
    const { wokenWhenGone } = crowd
    crowd.join(waiter)
    this.wokenWhenGone += crowd.wokenWhenGone - wokenWhenGone
  }

  /** Takes the waiter out of every line. */
  leave(waiter: Waiter): void {
    for (const place of waiter.places) {
      const { crowd } = place
      const { wokenWhenGone } = crowd
      crowd.leave(place)
      this.wokenWhenGone += crowd.wokenWhenGone - wokenWhenGone
      if (!crowd.isEmpty) continue
      this.#byName.delete(nameOf(crowd.db, crowd.key))
      this.#marks[markOf(crowd.key)]--
    }
    waiter.places.length = 0
  }
}
