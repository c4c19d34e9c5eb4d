import type { Slice } from '../base/index.js'
import { RouteError } from './route-error.js'
import type { Route } from './route.js'
import { covers } from './shadow.js'

const none: readonly Route[] = []

/** Questions asked of one key at most: of what is left then each pattern is tried. */
const questionsMax = 4
/** Bytes at a key's start that may be asked about. */
const askedBytesMax = 32

/** Where a walk ends, as the complement of a number that a question has. */
const ended = (list: number): number => ~list

/**
 * Questions about keys, each about one byte, whose answers lead to the next question or to the routes left.
 *
 * Numbers in typed arrays, not objects: a question costs two loads.
 */
class Questions {
  /** By first byte: 1 where some route may take the key. */
  readonly first: Uint8Array
  readonly #root: number
  /** By question: the place of the byte, and where keys go that end before it. */
  readonly #at: Int32Array
  readonly #short: Int32Array
  /** By question, and in it by byte: where it leads. */
  readonly #next: Int32Array
  readonly #lists: (readonly Route[])[] = [none]

  constructor(routes: readonly Route[]) {
    this.first = Uint8Array.from(takingByByte(routes, 0), (taking) => +(taking.length > 0))
    const at: number[] = []
    const short: number[] = []
    const next: number[][] = []
    const ask = (left: readonly Route[], asked: readonly number[]): number => {
      const place = asked.length === questionsMax ? -1 : bestPlace(left, asked)
      if (place < 0) return this.#end(left)
      const question = at.push(place) - 1
      short[question] = this.#end(left)
      const known = new Map<readonly Route[], number>()
      next[question] = takingByByte(left, place).map((taking) => {
        const leads = known.get(taking) ?? ask(taking, [...asked, place])
        known.set(taking, leads)
        return leads
      })
      return question
    }
    this.#root = ask(routes, [])
    this.#at = Int32Array.from(at)
    this.#short = Int32Array.from(short)
    this.#next = Int32Array.from(next.flat())
  }

  /** The routes that may take the key, in the order in which they are tried. */
  ask(key: Slice): readonly Route[] {
    const { bytes } = key.region
    let at = this.#root
    while (at >= 0) {
      const place = this.#at[at]
      at = place < key.length ? this.#next[(at << 8) | bytes[key.start + place]] : this.#short[at]
    }
    return this.#lists[~at]
  }

  #end(routes: readonly Route[]): number {
    return ended(routes.length === 0 ? 0 : this.#lists.push(routes) - 1)
  }
}

/** The routes that may take a key with each byte at a place; bytes of which the same may share one list. */
function takingByByte(routes: readonly Route[], at: number): (readonly Route[])[] {
  const anyway = routes.filter((route) => route.bytesAt(at) === null)
  const byByte = Array<readonly Route[]>(256).fill(anyway)
  const lists = new Map<string, readonly Route[]>()
  const special = new Set(routes.flatMap((route) => [...(route.bytesAt(at) ?? [])]))
  for (const byte of special) {
    const places = routes.flatMap((route, i) => (route.bytesAt(at)?.includes(byte) === false ? [] : [i]))
    const id = places.join()
    if (!lists.has(id))
      lists.set(
        id,
        places.map((i) => routes[i]),
      )
    byByte[byte] = lists.get(id)!
  }
  return byByte
}

/** How many routes are left to a key that is one of theirs, summed over these, once the byte at a place is known. */
function leftBehind(routes: readonly Route[], at: number): number {
  const taking = new Uint16Array(256) // by byte, beside those that take any
  let [anyway, once, squares] = [0, 0, 0]
  for (const route of routes) {
    const bytes = route.bytesAt(at)
    if (bytes === null) anyway++
    else {
      once += bytes.length
      for (let i = 0; i < bytes.length; i++) squares += 2 * taking[bytes[i]]++ + 1
    }
  }
  return 256 * anyway * anyway + 2 * anyway * once + squares // the squares of their sums
}

/** The place whose byte leaves the fewest routes to a key that is one of theirs, or -1: to look at these costs less. */
function bestPlace(routes: readonly Route[], asked: readonly number[]): number {
  if (routes.length < 2) return -1
  const most = Math.min(askedBytesMax, Math.max(...routes.map((route) => route.fixedBytes)))
  let best = -1
  let fewest = routes.length * 256
  for (let at = 0; at < most; at++) {
    if (asked.includes(at)) continue
    const left = leftBehind(routes, at)
    if (left < fewest) {
      fewest = left
      best = at
    }
  }
  return best
}

/**
 * All routes, in the order in which they are tried.
 *
 * The hot path asks for every key of every command whether it is bound. Questions about the bytes in which patterns
 * differ lead to the few routes that are left, often none, however many there are.
 */
export class RouteTable {
  #routes: readonly Route[] = none
  /** The route, where there is no other. */
  #only: Route | null = null
  #questions = new Questions(none)
  #first = this.#questions.first
  /** The questions are of other routes: they are thought of anew when the next key is asked for. */
  #isChanged = false

  get count(): number {
    return this.#routes.length
  }

  get all(): readonly Route[] {
    return this.#routes
  }

  named(name: string): Route | null {
    return this.#routes.find((route) => route.name === name) ?? null
  }

  /** The first route that takes the key. Allocates nothing. The empty key is never bound. */
  find(db: number, key: Slice): Route | null {
    const only = this.#only
    if (only !== null) return key.length !== 0 && only.takes(db, key) ? only : null
    if (key.length === 0 || this.#first[key.region.bytes[key.start]] === 0) return null
    return this.#search(db, key)
  }

  #search(db: number, key: Slice): Route | null {
    if (this.#isChanged) this.#rethink()
    const routes = this.#questions.ask(key)
    for (let i = 0; i < routes.length; i++) if (routes[i].takes(db, key)) return routes[i]
    return null
  }

  /** @throws {RouteError} the name is taken, or an earlier pattern leaves nothing to this one */
  check(route: Route): void {
    const namesake = this.named(route.name)
    if (namesake !== null) {
      throw new RouteError(
        `origin '${route.name}' exists already, for '${namesake.patternText}'; ` +
          `give the one for '${route.patternText}' another name`,
      )
    }
    const shadow = this.#routes.find((earlier) => earlier.spans(route) && covers(earlier.elements, route.elements))
    if (shadow !== undefined) {
      throw new RouteError(
        `pattern '${route.patternText}' of origin '${route.name}' would never be asked: ` +
          `'${shadow.patternText}' of origin '${shadow.name}' takes all its keys; put it before that one`,
      )
    }
  }

  /** @throws {RouteError} as `check` */
  add(route: Route): void {
    this.check(route)
    this.#change([...this.#routes, route])
  }

  remove(route: Route): void {
    this.#change(this.#routes.filter((other) => other !== route))
  }

  #change(routes: readonly Route[]): void {
    this.#routes = routes
    this.#only = routes.length === 1 ? routes[0] : null
    this.#isChanged = true
    this.#first = new Uint8Array(256).fill(1)
  }

  #rethink(): void {
    this.#isChanged = false
    this.#questions = new Questions(this.#routes)
    this.#first = this.#questions.first
  }
}
