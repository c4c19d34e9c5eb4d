import type { Clock } from '../base/index.js'
import type { Keyspace } from '../keyspace/index.js'
import type { Flight, WaitingCall } from './flight.js'
import type { Flights } from './flights.js'
import type { Holdings } from './holdings.js'
import type { AnswerTaker } from './request-queue.js'
import type { Route } from './route.js'
import type { Answer, Ask, Unavailable } from './store.js'
import type { WaitingReads } from './waiting-reads.js'

/** Calls are told for so long in one loop turn, the others in the next. */
const turnMs = 1

export interface AnswersParts {
  readonly keyspace: Keyspace
  readonly clock: Clock
  readonly holdings: Holdings
  readonly flights: Flights
  readonly reads: WaitingReads
  /** Runs a job at the end of this loop turn. */
  readonly defer: (job: () => void) => void
  /** Requests left, or ended. */
  readonly onChange: () => void
}

/** What is asked for flights that leave, and what becomes of the answers: all are kept before any call is told. */
export class Answers implements AnswerTaker {
  readonly #parts: AnswersParts
  /** Calls to be told at the end of this loop turn, from `#next` on. */
  #told: WaitingCall[] = []
  #next = 0

  constructor(parts: AnswersParts) {
    this.#parts = parts
  }

  prepare(flight: Flight): Ask | null {
    this.#parts.flights.sent()
    this.#parts.onChange()
    return this.describe(flight)
  }

  /** What to ask for a flight, of what is held now; null where its origin cannot express the key. */
  describe(flight: Flight): Ask | null {
    const name = flight.route.nameOf(flight.key)
    if (name === null) return null
    this.#parts.keyspace.tick()
    this.#parts.holdings.describe(flight)
    return { key: name, digest: flight.digest, validator: flight.validator }
  }

  answered(flights: readonly Flight[], answers: readonly Answer[]): void {
    const { clock, reads } = this.#parts
    const answeredAtMs = clock.monotonicMs()
    this.#end(flights, (flight, told, i) => {
      reads.answered(flight, fitting(flight.route, answers[i]), flight.answeredBy(answeredAtMs), told)
    })
  }

  interrupted(flights: readonly Flight[]): void {
    this.#end(flights, (flight, told) => this.#parts.reads.interrupted(flight, told))
  }

  failed(flights: readonly Flight[], reason: Unavailable): void {
    this.#end(flights, (flight, told) => this.#parts.reads.failed(flight, reason.message, told))
  }

  #end(flights: readonly Flight[], end: (flight: Flight, told: WaitingCall[], index: number) => void): void {
    const told: WaitingCall[] = []
    this.#parts.keyspace.tick()
    flights.forEach((flight, i) => end(flight, told, i))
    this.#parts.onChange()
    this.#tellLater(told)
  }

  /**
   * Tells calls at the end of this loop turn: a client whose pipeline got several answers in it goes on once, and its
   * replies leave together. Those of a herd are told in several turns.
   */
  #tellLater(told: readonly WaitingCall[]): void {
    if (told.length === 0) return
    const isPlanned = this.#told.length > 0
    for (const call of told) this.#told.push(call) // no spread: a herd may be larger than a stack
    if (!isPlanned) this.#parts.defer(() => this.#tell())
  }

  #tell(): void {
    const { clock, defer } = this.#parts
    const untilMs = clock.monotonicMs() + turnMs
    try {
      do this.#told[this.#next++].tell()
      while (this.#next < this.#told.length && clock.monotonicMs() < untilMs)
    } finally {
      if (this.#next < this.#told.length) defer(() => this.#tell())
      else {
        this.#told = []
        this.#next = 0
      }
    }
  }
}

/** An answer whose value does not satisfy its route's schema is a refusal. */
function fitting({ schema, statistics }: Route, answer: Answer): Answer {
  if (schema === null || answer.kind !== 'found') return answer
  const problem = schema.problem(answer.value)
  if (problem === null) return answer
  statistics.unfit++
  return { kind: 'refused', reason: problem }
}
