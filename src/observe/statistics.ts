import { LatencyHistogram, cumulativeCounts } from './latency-histogram.js'

/**
 * What the server counts.
 *
 * Counters of commands are arrays by command id: a counter in an object would turn into a heap number when it passes
 * 2^31. Execution time is taken per call only of commands that can take long (`Dispatcher`); that of the others is
 * known in sum, per batch, since reading the clock twice costs as much as half a GET.
 */
export class Statistics {
  commandsProcessed = 0
  connectionsReceived = 0
  rejectedConnections = 0
  bytesIn = 0
  bytesOut = 0
  /** Refused because their protocol was wrong, or they did not read what they had asked for. */
  queryBufferLimitDisconnections = 0
  outputBufferLimitDisconnections = 0
  evictedClients = 0
  errorReplies = 0
  readsProcessed = 0
  /** Whole datasets given to replicas; resyncs that went on where a link was cut, and those that could not. */
  fullResyncs = 0
  partialResyncs = 0
  refusedPartialResyncs = 0
  /** Of replication links, among all bytes. */
  replicationBytesIn = 0
  replicationBytesOut = 0
  writesProcessed = 0
  /** Images of the dataset begun, and microseconds for which calls waited while the last one did. */
  images = 0
  lastImageMicros = 0
  /** Bytes in use when the server had started, and at most since. */
  startMemory = 0
  peakMemory = 0
  calls = new Float64Array(512)
  failedCalls = new Float64Array(512)
  rejectedCalls = new Float64Array(512)
  /** Microseconds of calls that were timed one by one. */
  timedMicros = new Float64Array(512)
  timedCalls = new Float64Array(512)
  /** Microseconds and number of all calls that were not. */
  untimedMicros = 0
  untimedCalls = 0
  /** Distributions of the calls that were timed one by one, by command id. */
  readonly latencies = new Map<number, LatencyHistogram>()
  /** `latency-tracking`: whether distributions are kept. */
  tracksLatency = true
  /** Error replies by prefix. */
  readonly errors = new Map<string, number>()
  /** Samples of commands per second, for `instantaneous_ops_per_sec`: see `sample`. */
  readonly #samples: { commands: number; bytesIn: number; bytesOut: number }[] = []
  #last = { atMs: 0, commands: 0, bytesIn: 0, bytesOut: 0 }

  /** Counts an error reply by the first word of its text. */
  countError(prefix: string): void {
    this.errorReplies++
    const count = this.errors.get(prefix)
    // a script could make up prefixes without end
    if (count !== undefined || this.errors.size < 128) this.errors.set(prefix, (count ?? 0) + 1)
  }

  /** Execution time of a command's calls in microseconds; estimated from the mean where they were not timed. */
  micros(id: number): number {
    const untimed = this.#untimed(id)
    const mean = this.untimedCalls === 0 ? 0 : this.untimedMicros / this.untimedCalls
    return Math.round(this.timedMicros[id] + untimed * mean)
  }

  /**
   * How many of a command's calls took at most how many microseconds. Those that were not timed count with their mean.
   * Empty where there were none, or none was noted because `latency-tracking` is off.
   */
  distribution(id: number): [micros: number, calls: number][] {
    const untimed = this.tracksLatency ? this.#untimed(id) : 0
    const mean = this.untimedCalls === 0 ? 0 : this.untimedMicros / this.untimedCalls
    return cumulativeCounts(this.latencies.get(id), { micros: mean, count: untimed })
  }

  #untimed(id: number): number {
    return Math.max(0, this.calls[id] - this.timedCalls[id])
  }

  /** Notes the execution time of one call, in whole microseconds. */
  time(id: number, micros: number): void {
    this.timeBeforeWait(id, micros)
    this.#distribute(id, micros)
  }

  /** Notes how long a call took until it began to wait: in no distribution, since it is not over. */
  timeBeforeWait(id: number, micros: number): void {
    this.timedCalls[id]++
    this.timedMicros[id] += micros
  }

  /** Notes how long a call took that had waited, once it could go on. */
  timeAfterWait(id: number, micros: number): void {
    this.timedMicros[id] += micros
    this.#distribute(id, micros)
  }

  #distribute(id: number, micros: number): void {
    if (!this.tracksLatency) return
    let histogram = this.latencies.get(id)
    if (histogram === undefined) this.latencies.set(id, (histogram = new LatencyHistogram()))
    histogram.add(micros)
  }

  /** Takes a sample of rates; called some times a second. */
  sample(nowMs: number): void {
    const last = this.#last
    const seconds = (nowMs - last.atMs) / 1000
    if (last.atMs !== 0 && seconds > 0) {
      this.#samples.push({
        commands: (this.commandsProcessed - last.commands) / seconds,
        bytesIn: (this.bytesIn - last.bytesIn) / seconds,
        bytesOut: (this.bytesOut - last.bytesOut) / seconds,
      })
      if (this.#samples.length > 16) this.#samples.shift()
    }
    this.#last = { atMs: nowMs, commands: this.commandsProcessed, bytesIn: this.bytesIn, bytesOut: this.bytesOut }
  }

  /** Rates per second, averaged over the last samples. */
  rates(): { commands: number; bytesIn: number; bytesOut: number } {
    const mean = (pick: (sample: { commands: number; bytesIn: number; bytesOut: number }) => number): number =>
      this.#samples.length === 0 ? 0 : this.#samples.reduce((sum, s) => sum + pick(s), 0) / this.#samples.length
    return { commands: mean((s) => s.commands), bytesIn: mean((s) => s.bytesIn), bytesOut: mean((s) => s.bytesOut) }
  }

  /** What CONFIG RESETSTAT resets. */
  reset(): void {
    this.commandsProcessed = this.connectionsReceived = this.rejectedConnections = 0
    this.bytesIn = this.bytesOut = this.errorReplies = this.readsProcessed = this.writesProcessed = 0
    this.queryBufferLimitDisconnections = this.outputBufferLimitDisconnections = this.evictedClients = 0
    this.fullResyncs = this.partialResyncs = this.refusedPartialResyncs = 0
    this.replicationBytesIn = this.replicationBytesOut = 0
    this.untimedMicros = this.untimedCalls = this.images = this.lastImageMicros = 0
    const { calls, failedCalls, rejectedCalls, timedMicros, timedCalls } = this
    for (const counters of [calls, failedCalls, rejectedCalls, timedMicros, timedCalls]) {
      counters.fill(0)
    }
    this.latencies.clear()
    this.errors.clear()
    this.#samples.length = 0
    this.#last = { atMs: 0, commands: 0, bytesIn: 0, bytesOut: 0 }
  }
}
