import { argumentsToShow, type Call, type Command, type Services } from '../command/index.js'

/**
 * What calls took, for INFO commandstats, LATENCY and the slow log.
 *
 * Reading the clock twice costs half a GET: calls that are likely to be short are timed in sum, by the batch of requests
 * in which they came.
 */
export class Ledger {
  readonly #services: Services
  #startMs = 0
  #timedMs = 0
  #calls = 0
  /** The last command that was not timed by itself. */
  #last = 0

  constructor(services: Services) {
    this.#services = services
  }

  /** A batch begins. Returns its moment, monotonic milliseconds. */
  begin(): number {
    this.#timedMs = 0
    this.#calls = 0
    return (this.#startMs = this.#services.clock.monotonicMs())
  }

  /** Ends it: what was not timed call by call is counted in sum; one such call alone is timed by that. */
  end(): void {
    if (this.#calls === 0) return
    const { statistics, clock } = this.#services
    const micros = (clock.monotonicMs() - this.#startMs - this.#timedMs) * 1000
    if (this.#calls === 1) statistics.time(this.#last, Math.round(micros))
    else {
      statistics.untimedCalls += this.#calls
      statistics.untimedMicros += micros
    }
  }

  /** Whether a call with so many arguments is to be timed by itself. */
  times({ timedFrom }: Command, count: number): boolean {
    const { slowLog, latency } = this.#services
    return count >= timedFrom || slowLog.thresholdMicros < 1000 || latency.thresholdMs !== 0
  }

  /** A call is over that was not timed. */
  passed({ id }: Command): void {
    this.#calls++
    this.#last = id
  }

  /** A call is over that began at `startMs`. */
  took(call: Call, startMs: number): void {
    const { statistics, clock, slowLog, latency, keyspace } = this.#services
    const { client, command } = call
    const tookMs = clock.monotonicMs() - startMs
    const micros = Math.round(tookMs * 1000)
    if (call.wokenBy === null) statistics.time(command.id, micros)
    else statistics.timeAfterWait(command.id, micros)
    latency.note(command.hasFlag('fast') ? 'fast-command' : 'command', tookMs)
    if (!call.isInner) {
      this.#timedMs += tookMs
      if (tookMs >= 1) keyspace.tick() // what follows in the batch is later
    }
    if (slowLog.thresholdMicros < 0 || micros < slowLog.thresholdMicros || command.hasFlag('skip_slowlog')) return
    slowLog.add({
      unixSeconds: Math.floor(clock.unixMs() / 1000),
      micros,
      args: argumentsToShow(call),
      address: client.address,
      clientName: client.name,
    })
  }
}
