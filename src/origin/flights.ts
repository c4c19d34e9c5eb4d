import type { Slice } from '../base/index.js'
import { Flight } from './flight.js'
import type { Route } from './route.js'

/** The request of each key that may be joined, or voided: at most one a key, and at most one more behind it. */
export class Flights {
  readonly #byId = new Map<string, Flight>()
  readonly #start: (flight: Flight) => void
  /** Requests that a change of their key would void. */
  away = 0

  /** @param start puts a flight into its route's queue */
  constructor(start: (flight: Flight) => void) {
    this.#start = start
  }

  get(id: string): Flight | undefined {
    return this.#byId.get(id)
  }

  /** A new request for a key that has none. */
  open(id: string, route: Route, db: number, key: Slice): Flight {
    const flight = new Flight(id, route, db, key)
    this.#byId.set(id, flight)
    this.#start(flight)
    return flight
  }

  /** The request behind one that is away. */
  behind(flight: Flight): Flight {
    flight.successor ??= new Flight(flight.id, flight.route, flight.db, flight.key)
    return flight.successor
  }

  sent(): void {
    this.away++
  }

  /** The key changed. An answer of the primary's is compared with what is held when it is taken. */
  changed(flight: Flight): void {
    if (flight.byPrimary) flight.isTouched = true
    else this.void(flight)
  }

  /** The key changed, or is not to be served: nobody joins its request any more, and its answer will not be kept. */
  void(flight: Flight): void {
    if (!flight.sent || flight.isVoid) return // what is not sent yet asks after the change
    this.#leave(flight)
    flight.isVoid = true
  }

  /** It was answered, or failed. */
  ended(flight: Flight): void {
    if (!flight.isVoid) this.#leave(flight)
  }

  /** Every request that may be joined, as of now. */
  all(): Flight[] {
    return [...this.#byId.values()]
  }

  /** Takes out the requests of a route that goes, without starting those behind them. */
  dropRoute(route: Route): void {
    for (const flight of [...this.#byId.values()]) {
      if (flight.route !== route) continue
      flight.successor = null
      this.ended(flight)
      flight.isVoid = true
    }
  }

  #leave(flight: Flight): void {
    if (flight.sent) this.away--
    this.#byId.delete(flight.id)
    const { successor } = flight
    if (successor === null) return
    flight.successor = null
    this.#byId.set(successor.id, successor)
    this.#start(successor)
  }
}
