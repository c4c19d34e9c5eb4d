import { formatDuration } from '../base/index.js'
import type { Clock } from '../base/index.js'
import { Cancellation } from './cancellation.js'
import { Deadlines } from './deadlines.js'
import type { Flight } from './flight.js'
import type { Health } from './health.js'
import type { Route } from './route.js'
import { codeOf } from './secrets.js'
import type { SlowRequests } from './slow-requests.js'
import type { LateAnswer, MadeAnswer, Source } from './source.js'
import { Unavailable } from './store.js'
import type { Answer, Ask } from './store.js'

/** Flights that were sent are taken out of the queue when there are more of them than this. */
const sentMax = 64

/** Fewer flights than this are no backlog. */
const backlogMin = 64

/** Who the answers are for. */
export interface AnswerTaker {
  /** What to ask for a flight that leaves now; called once, when its `askedAtMs` is set. Null: nothing can be asked. */
  prepare(flight: Flight): Ask | null
  answered(flights: readonly Flight[], answers: readonly Answer[]): void
  failed(flights: readonly Flight[], reason: Unavailable): void
  /** Whom to ask has changed while they were away. */
  interrupted(flights: readonly Flight[]): void
}

export interface QueueContext {
  readonly source: Source
  readonly clock: Clock
  /** Runs a job at the end of this loop turn. */
  readonly defer: (job: () => void) => void
  readonly slow: SlowRequests
}

/** One request that is away. */
interface Request {
  /** Those that are not answered yet. */
  flights: readonly Flight[]
  readonly cancellation: Cancellation
  readonly sentAtMs: number
}

/**
 * Sends the flights of one route: keys of a loop turn together as far as the store can batch, at most `max-in-flight`
 * requests at once, the others in the order in which they came; none while the breaker is open.
 */
export class RequestQueue {
  readonly #route: Route
  readonly #health: Health
  readonly #taker: AnswerTaker
  readonly #context: QueueContext
  readonly #away = new Set<Request>()
  readonly #hardDeadlines: Deadlines<Request>
  /** Flights to be sent, from `#next` on. */
  #unsent: Flight[] = []
  #next = 0
  #flushPlanned = false
  #closed = false
  /** Reads that wait for a request that was not sent yet. */
  waitingUnsent = 0

  constructor(route: Route, health: Health, taker: AnswerTaker, context: QueueContext) {
    this.#route = route
    this.#health = health
    this.#taker = taker
    this.#context = context
    this.#hardDeadlines = new Deadlines(context.clock, route.options.hardTimeoutMs, (request) =>
      this.#timedOut(request),
    )
  }

  get inFlight(): number {
    return this.#away.size
  }

  /** Whether what is added now would wait behind `queue-max` others. */
  get full(): boolean {
    const { maxInFlight, queueMax } = this.#route.options
    if (this.waitingUnsent < queueMax) return false
    return this.#unsentCount >= (maxInFlight - this.#away.size) * this.#context.source.batchMax(this.#route)
  }

  /** Whether what is added now leaves only when all that may be away at once has come and gone, and as much again. */
  get isBacklogged(): boolean {
    const { maxInFlight } = this.#route.options
    return this.#unsentCount > Math.max(backlogMin, 2 * maxInFlight * this.#context.source.batchMax(this.#route))
  }

  /** Sends the flight at the end of this loop turn, or when it is its turn. */
  add(flight: Flight): void {
    this.#unsent.push(flight)
    this.#planFlush()
  }

  get #unsentCount(): number {
    return this.#unsent.length - this.#next
  }

  /** Gives up everything; nobody is told. */
  close(): void {
    this.#closed = true
    this.#unsent = []
    this.#next = 0
    this.waitingUnsent = 0
    this.#hardDeadlines.close()
    for (const { cancellation } of this.#away) cancellation.abort()
    this.#away.clear()
  }

  /** Gives up what is away, to have it asked of somebody else. */
  interrupt(): void {
    const requests = [...this.#away]
    this.#away.clear()
    for (const request of requests) {
      this.#hardDeadlines.delete(request)
      request.cancellation.abort()
      this.#health.interrupted()
    }
    if (requests.length > 0) this.#taker.interrupted(requests.flatMap(({ flights }) => flights))
    this.#planFlush()
  }

  #planFlush(): void {
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    this.#context.defer(() => {
      this.#flushPlanned = false
      this.#flush()
    })
  }

  #flush(): void {
    const { clock } = this.#context
    while (this.#unsentCount > 0 && this.#away.size < this.#route.options.maxInFlight) {
      const { blocked } = this.#health
      if (blocked !== null) {
        const failing = this.#nextWanted(Infinity)
        if (failing.length > 0) this.#taker.failed(failing, blocked)
        return
      }
      const flights = this.#nextWanted(this.#context.source.batchMax(this.#route))
      if (flights.length > 0) this.#send(flights, clock.monotonicMs())
    }
  }

  /** The next flights that somebody still wants. */
  #nextWanted(max: number): Flight[] {
    const taken: Flight[] = []
    let unwanted: Flight[] | null = null
    while (this.#unsentCount > 0 && taken.length < max) {
      const flight = this.#unsent[this.#next++]
      if (flight.waiting > 0 || flight.behind) taken.push(flight)
      else (unwanted ??= []).push(flight)
      this.waitingUnsent -= flight.waiting
    }
    if (this.#next > sentMax || this.#unsentCount === 0) {
      this.#unsent.splice(0, this.#next)
      this.#next = 0
    }
    if (unwanted !== null) this.#taker.failed(unwanted, new Unavailable('nobody waits', { counts: false }))
    return taken
  }

  #send(flights: readonly Flight[], nowMs: number): void {
    const asks: Ask[] = []
    const asked: Flight[] = []
    let absent: Flight[] | null = null
    for (const flight of flights) {
      flight.askedAtMs = nowMs
      this.#context.source.leaves(flight)
      const ask = this.#taker.prepare(flight)
      if (ask === null) (absent ??= []).push(flight)
      else {
        asks.push(ask)
        asked.push(flight)
      }
    }
    if (asks.length > 0) this.#request(asked, asks, nowMs)
    if (absent !== null) this.#taker.answered(absent, Array<Answer>(absent.length).fill({ kind: 'absent' }))
  }

  #request(flights: readonly Flight[], asks: readonly Ask[], sentAtMs: number): void {
    const request: Request = { flights, cancellation: new Cancellation(), sentAtMs }
    this.#health.sent()
    this.#away.add(request)
    this.#hardDeadlines.add(request, sentAtMs)
    this.#ask(request, flights, asks).then(
      (answers) => this.#answered(request, flights, answers),
      (error: unknown) => this.#failed(request, error),
    )
  }

  #ask(request: Request, flights: readonly Flight[], asks: readonly Ask[]): Promise<readonly MadeAnswer[]> {
    const early = (some: readonly Flight[], answers: readonly MadeAnswer[]): void => {
      if (!this.#away.has(request)) return
      const taken = new Set(some)
      request.flights = request.flights.filter((flight) => !taken.has(flight))
      this.#take(request, some, answers)
    }
    try {
      return this.#context.source.ask(this.#route, flights, asks, request.cancellation, early)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** Takes the request back; false where it was given up before. */
  #landed(request: Request, outcome: string): boolean {
    if (!this.#away.delete(request)) return false
    this.#hardDeadlines.delete(request)
    const { clock, slow } = this.#context
    const tookMs = clock.monotonicMs() - request.sentAtMs
    this.#route.statistics.took(tookMs)
    slow.note(this.#route, 'FETCH', outcome, tookMs, () => namesOf(request))
    return true
  }

  #answered(request: Request, asked: readonly Flight[], made: readonly MadeAnswer[]): void {
    if (made.length !== asked.length) {
      const reason = `its store answered ${made.length} of ${asked.length} asks`
      return this.#failed(request, new Unavailable(reason, { counts: false }))
    }
    if (!this.#landed(request, 'ok')) return
    this.#take(request, request.flights, request.flights === asked ? made : leftOf(request, asked, made))
    if (!this.#closed) this.#flush()
  }

  #take({ sentAtMs }: Request, flights: readonly Flight[], made: readonly MadeAnswer[]): void {
    const answers = made.some(isLate) ? made.map(takenNow) : (made as readonly (Answer | Unavailable)[])
    const failing = answers.find(isUnavailable)
    if (failing === undefined) {
      this.#health.answered(sentAtMs)
      this.#taker.answered(flights, answers as readonly Answer[])
    } else {
      this.#route.statistics.errors++
      this.#health.answeredInPart(failing)
      this.#takeInPart(flights, answers)
    }
  }

  #takeInPart(flights: readonly Flight[], answers: readonly (Answer | Unavailable)[]): void {
    const good = answers.filter((answer): answer is Answer => !(answer instanceof Unavailable))
    this.#taker.answered(
      flights.filter((_, i) => !(answers[i] instanceof Unavailable)),
      good,
    )
    for (const reason of new Set(answers.filter((answer) => answer instanceof Unavailable))) {
      if (reason.mismatch) this.#route.statistics.mismatches++
      this.#taker.failed(
        flights.filter((_, i) => answers[i] === reason),
        reason,
      )
    }
  }

  #failed(request: Request, error: unknown): void {
    const reason = error instanceof Unavailable ? error : new Unavailable(codeOf(error))
    if (this.#landed(request, reason.message)) this.#fail(request, reason)
  }

  #timedOut(request: Request): void {
    const reason = new Unavailable(`no answer within ${formatDuration(this.#route.options.hardTimeoutMs)}`)
    if (!this.#landed(request, reason.message)) return
    request.cancellation.abort()
    this.#fail(request, reason)
  }

  #fail(request: Request, reason: Unavailable): void {
    const { statistics } = this.#route
    statistics.errors++
    if (reason.mismatch) statistics.mismatches++
    this.#health.failed(reason)
    this.#taker.failed(request.flights, reason)
    if (!this.#closed) this.#flush()
  }
}

/** The answers for those flights whose were not taken early. */
function leftOf({ flights }: Request, asked: readonly Flight[], made: readonly MadeAnswer[]): readonly MadeAnswer[] {
  const left = new Set(flights)
  return made.filter((_, i) => left.has(asked[i]))
}

const isLate = (answer: MadeAnswer): answer is LateAnswer => typeof answer === 'function'

const takenNow = (answer: MadeAnswer): Answer | Unavailable => (isLate(answer) ? answer() : answer)

const isUnavailable = (answer: Answer | Unavailable): answer is Unavailable => answer instanceof Unavailable

const namesOf = ({ flights }: Request): string[] => flights.map(({ route, key }) => route.nameOf(key) ?? '')
