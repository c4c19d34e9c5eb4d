import type { CancelSignal } from './cancellation.js'
import type { Flight } from './flight.js'
import type { Route } from './route.js'
import type { Answer, Ask, Unavailable } from './store.js'

/** An answer that is made in the moment in which it is taken: of what is held here then. */
export type LateAnswer = () => Answer | Unavailable

export type MadeAnswer = Answer | Unavailable | LateAnswer

/** Takes answers for some flights before those for the others have come. */
export type EarlyAnswers = (flights: readonly Flight[], answers: readonly MadeAnswer[]) => void

/** Whom the keys of routes are asked of: their origins, or by a follower its primary. */
export interface Source {
  /** Keys that one request may be for. */
  batchMax(route: Route): number
  /** Told of each flight before it is asked for. */
  leaves(flight: Flight): void
  /**
   * Asks for flights that leave now.
   *
   * @returns one answer for each, in their order; of those that were taken early it does not count
   * @throws {Unavailable} no answer for any of them; any other error counts as a failure of transport
   */
  ask(
    route: Route,
    flights: readonly Flight[],
    asks: readonly Ask[],
    signal: CancelSignal,
    early: EarlyAnswers,
  ): Promise<readonly MadeAnswer[]>
}
