/** Powers of two of milliseconds: 1, 2, 4 ... 2^17 (131 s), and beyond. */
const buckets = 18

/** What ORIGIN INFO tells of one route. Plain counts since its start or the last CONFIG RESETSTAT. */
export class RouteStatistics {
  /** Reads that found what they may use. Counted by every one of them, so it stands first. */
  hits = 0
  /** Requests sent to the store, and keys asked in them. */
  requests = 0
  asks = 0
  /** Requests sent to the primary, keys asked in them, and answers that had to wait for its stream. */
  primaryRequests = 0
  primaryAsks = 0
  primaryWaits = 0
  /** Reads that had to wait for an answer. */
  waits = 0
  notModified = 0
  fills = 0
  absent = 0
  refused = 0
  /** Values that did not satisfy the schema. */
  unfit = 0
  /** Origins that contradicted their own digest. */
  mismatches = 0
  /** Reads that joined a request which another read had made. */
  collapsed = 0
  /** Reads served by stale-while-revalidate, by stale-if-error, and locally written values served in an outage. */
  staleWhileRevalidate = 0
  staleIfError = 0
  localServed = 0
  /** Reads whose value was put in place for them alone. */
  passing = 0
  /** Answers that came after their key had changed. */
  void = 0
  /** Requests that failed; reads refused with ORIGINDOWN and ORIGINBUSY. */
  errors = 0
  down = 0
  busy = 0
  /** Writes sent to the store, those that found something else there, and those that failed. */
  writes = 0
  writeConflicts = 0
  writeErrors = 0
  /** Writes that were made behind their calls, and those that the origin did not take. */
  behind = 0
  deadLetters = 0
  /** Changes that the origin told of, and times at which it stopped telling. */
  pushed = 0
  pushLost = 0
  /** Copies that were renewed ahead of the end of their lifetime. */
  refreshAhead = 0
  #latencyMs = 0
  #latencyMsMax = 0
  #latencies = new Float64Array(buckets)

  reset(): void {
    Object.assign(this, new RouteStatistics())
    this.#latencyMs = this.#latencyMsMax = 0
    this.#latencies.fill(0)
  }

  /** One request was answered, or failed, after `ms`. */
  took(ms: number): void {
    this.#latencyMs += ms
    this.#latencyMsMax = Math.max(this.#latencyMsMax, ms)
    this.#latencies[Math.min(buckets - 1, ms < 1 ? 0 : 32 - Math.clz32(Math.ceil(ms) - 1))]++
  }

  get latencyMsAverage(): number {
    const count = this.#latencies.reduce((sum, one) => sum + one, 0)
    return count === 0 ? 0 : this.#latencyMs / count
  }

  get latencyMsMax(): number {
    return this.#latencyMsMax
  }

  /** The bound in milliseconds under which this share of requests stayed, rounded up to a power of two. */
  latencyMsAt(share: number): number {
    const wanted = this.#latencies.reduce((sum, one) => sum + one, 0) * share
    let seen = 0
    for (let i = 0; i < buckets; i++) {
      seen += this.#latencies[i]
      if (seen >= wanted && seen > 0) return Math.min(2 ** i, Math.ceil(this.#latencyMsMax))
    }
    return 0
  }

  /** The counts, by the names that ORIGIN INFO gives them. */
  *lines(): Generator<readonly [name: string, value: number]> {
    const { requests, asks, hits, waits, fills, absent, refused, mismatches, collapsed, passing, errors, down, busy } =
      this
    yield* Object.entries({ requests, asks, hits, waits, not_modified: this.notModified, fills, absent, refused })
    yield* Object.entries({
      unfit: this.unfit,
      mismatches,
      collapsed,
      stale_while_revalidate: this.staleWhileRevalidate,
    })
    yield* Object.entries({ stale_if_error: this.staleIfError, local_served: this.localServed, passing })
    yield* Object.entries({
      primary_requests: this.primaryRequests,
      primary_asks: this.primaryAsks,
      primary_waits: this.primaryWaits,
    })
    yield* Object.entries({ void: this.void, errors, down, busy })
    yield* Object.entries({ writes: this.writes, write_conflicts: this.writeConflicts, write_errors: this.writeErrors })
    yield* Object.entries({ written_behind: this.behind, dead_letters_total: this.deadLetters })
    yield* Object.entries({ pushed: this.pushed, push_lost: this.pushLost, refresh_ahead: this.refreshAhead })
    yield* Object.entries({
      latency_ms_avg: Math.round(this.latencyMsAverage * 1000) / 1000,
      latency_ms_p50: this.latencyMsAt(0.5),
      latency_ms_p99: this.latencyMsAt(0.99),
      latency_ms_max: Math.round(this.latencyMsMax * 1000) / 1000,
    })
  }
}
