import type { Args } from '../resp/index.js'
import { argumentsToShow, type Call, type Command, type Services } from '../command/index.js'

/** A request or a reply of so many bytes takes long for its bytes alone: some 0.2 ms are copied and made room for. */
const longBytes = 1 << 20

/**
 * What calls took, for INFO commandstats, LATENCY and the slow log.
 *
 * Reading the clock twice costs half a GET: calls that are likely to be short are timed in sum, by the batch of requests
 * in which they came, and of those timed by themselves each begins when the one before it ended. A call that turns out
 * to have taken or given very many bytes is timed from when the clock was last read, short calls before it included.
 */
export class Ledger {
  readonly #services: Services
  #startMs = 0
  #timedMs = 0
  #calls = 0
  /** The last command that was not timed by itself. */
  #last = 0
  /** When the clock was last read, and whether nothing was done since: whoever begins now begins at that moment. */
  #readMs = 0
  #isNow = false
  /** Whether nothing but short calls was done since. */
  #isSince = false
  #isOpen = false

  constructor(services: Services) {
    this.#services = services
  }

  /** A batch begins. Returns its moment, monotonic milliseconds. */
  begin(): number {
    this.#timedMs = 0
    this.#calls = 0
    this.#isOpen = true
    return (this.#startMs = this.#read())
  }

  /** Ends it: what was not timed call by call is counted in sum; one such call alone is timed by that. */
  end(): void {
    this.#isOpen = this.#isNow = this.#isSince = false
    if (this.#calls === 0) return
    const { statistics, clock } = this.#services
    const micros = (clock.monotonicMs() - this.#startMs - this.#timedMs) * 1000
    if (this.#calls === 1) statistics.time(this.#last, Math.round(micros))
    else {
      statistics.untimedCalls += this.#calls
      statistics.untimedMicros += micros
    }
  }

  /** Whether a call is to be timed by itself. */
  times(call: Call): boolean {
    const { slowLog, latency } = this.#services
    const { timedFrom, takesLong } = call.command
    if (call.args.count >= timedFrom && (takesLong === null || takesLong(call))) return true
    return slowLog.thresholdMicros < 1000 || latency.thresholdMs !== 0
  }

  /** The moment at which a call begins that is to be timed. */
  start(): number {
    return this.#isNow ? this.#readMs : this.#read()
  }

  /** Something took its time that is no part of the next call. */
  lapse(): void {
    this.#isNow = this.#isSince = false
  }

  /** Something took its time that is no part of the next call, and does so seldom. */
  lapseSeldom(): void {
    this.#read()
  }

  /** A call is over that was not timed, and replied so many bytes. */
  passed(call: Call, replyBytes: number): void {
    if (this.#isSince && (replyBytes >= longBytes || requestBytes(call.args) >= longBytes)) {
      this.took(call, this.#readMs)
      return
    }
    this.#calls++
    this.#last = call.command.id
    this.#isNow = false
  }

  /** A call that began at `startMs` waits from now on. */
  waits({ id }: Command, startMs: number): void {
    this.#services.statistics.timeBeforeWait(id, Math.round((this.#read() - startMs) * 1000))
  }

  /** A call is over that began at `startMs`. */
  took(call: Call, startMs: number): void {
    const { statistics, clock, slowLog, latency, keyspace } = this.#services
    const { client, command } = call
    const tookMs = this.#read() - startMs
    const micros = Math.round(tookMs * 1000)
    if (call.wokenBy === null) statistics.time(command.id, micros)
    else statistics.timeAfterWait(command.id, micros)
    if (latency.thresholdMs !== 0) latency.note(command.hasFlag('fast') ? 'fast-command' : 'command', tookMs)
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

  #read(): number {
    this.#isNow = this.#isSince = this.#isOpen // between batches anything may happen
    return (this.#readMs = this.#services.clock.monotonicMs())
  }
}

/** Bytes of a request, which lie together; of one that was put together elsewhere nothing is known. */
function requestBytes(args: Args): number {
  const last = args.at(args.count - 1)
  return last.start + last.length - args.at(0).start
}
