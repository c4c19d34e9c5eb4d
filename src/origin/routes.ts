import type { Slice } from '../base/index.js'
import { RouteError } from './route-error.js'
import type { Route } from './route.js'
import { covers } from './shadow.js'

const none: readonly Route[] = []

/**
 * All routes, in the order in which they are tried.
 *
 * The hot path asks for every key of every command whether it is bound: one look at the table of first bytes answers
 * for nearly all keys that are not.
 */
export class RouteTable {
  #routes: readonly Route[] = none
  #byFirstByte: (readonly Route[])[] = new Array<readonly Route[]>(256).fill(none)

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
    const routes = this.#byFirstByte[key.region.bytes[key.start]]
    for (let i = 0; i < routes.length; i++) if (routes[i].takes(db, key)) return routes[i]
    return null
  }

  /** @throws {RouteError} the name is taken, or an earlier pattern leaves nothing to this one */
  check(route: Route): void {
    if (this.named(route.name) !== null) throw new RouteError(`origin '${route.name}' exists already`)
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
    const first = routes.map((route) => route.firstBytes())
    this.#byFirstByte = Array.from({ length: 256 }, (_, byte) => {
      const taking = routes.filter((_, i) => first[i][byte] === 1)
      return taking.length === 0 ? none : taking
    })
  }
}
