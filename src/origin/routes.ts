import type { Slice } from '../base/index.js'
import { RouteError } from './route-error.js'
import type { Route } from './route.js'
import { covers } from './shadow.js'

const none: readonly Route[] = []

/** Questions asked of one key at most: of what is left then each pattern is tried. */
const questionsMax = 4

/** A question about a key, the byte at `at`, whose answer leads to the next; or, with `next` null, the routes left. */
interface Place {
  readonly at: number
  readonly next: readonly Place[] | null
  /** Where a key goes that ends before `at`. */
  readonly short: Place | null
  readonly routes: readonly Route[]
}

/**
 * All routes, in the order in which they are tried.
 *
 * The hot path asks for every key of every command whether it is bound. Questions about the bytes in which patterns
 * differ lead to the few routes that are left, often none, however many there are.
 */
export class RouteTable {
  #routes: readonly Route[] = none
  #root = left(none)

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
    if (key.length === 0) return null
    let place = this.#root
    while (place.next !== null) {
      place = place.at < key.length ? place.next[key.region.bytes[key.start + place.at]] : place.short!
    }
    const { routes } = place
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
    const shadow = this.#routes.find((earlier) => earlier.spans(route) && covers(earlier.pattern, route.pattern))
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
    this.#rebuild([...this.#routes, route])
  }

  remove(route: Route): void {
    this.#rebuild(this.#routes.filter((other) => other !== route))
  }

  #rebuild(routes: readonly Route[]): void {
    this.#routes = routes
    this.#root = ask(routes, 0, 0)
  }
}

const left = (routes: readonly Route[]): Place => ({ at: 0, next: null, short: null, routes })

/** The questions that tell keys of these routes apart, `asked` of which were asked, about bytes before `from`. */
function ask(routes: readonly Route[], from: number, asked: number): Place {
  const most = asked < questionsMax ? Math.max(0, ...routes.map((route) => route.fixedBytes)) : 0
  for (let at = from; at < most; at++) {
    const known = new Map<string, Place>()
    const next = Array.from({ length: 256 }, (_, byte) => {
      const taking = routes.filter((route) => route.mayTake(at, byte))
      const id = taking.map((route) => routes.indexOf(route)).join()
      const place = known.get(id) ?? ask(taking, at + 1, asked + 1)
      known.set(id, place)
      return place
    })
    if (known.size > 1) return { at, next, short: left(routes), routes: none }
  }
  return left(routes)
}
