/** Whatever `schedule` returned; `cancel` takes it back. */
export interface Timer {
  cancel(): void
}

/**
 * The one source of time. Injected, so that a test advances it instead of sleeping.
 *
 * Unix time is for what is persisted or shown (deadlines, LASTSAVE); monotonic time for what is compared with itself.
 */
export interface Clock {
  /** Unix time in whole milliseconds. */
  unixMs(): number
  /** Unix time in whole microseconds, for TIME. */
  unixMicros(): number
  /** Milliseconds with fractions, since some fixed moment; never steps back. */
  monotonicMs(): number
  /** Runs `job` once, `delayMs` from now, in a loop turn of its own. Does not keep the process alive. */
  schedule(delayMs: number, job: () => void): Timer
}

export const systemClock: Clock = {
  unixMs: () => Date.now(),
  unixMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonicMs: () => performance.now(),
  schedule(delayMs, job) {
    const timer = setTimeout(job, delayMs)
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/** A clock that moves only when told to. Jobs run inside `advance`, in the order of their deadlines. */
export class ManualClock implements Clock {
  #unixMs: number
  #monotonicMs = 0
  #jobs: { atMs: number; order: number; job: () => void }[] = []
  #order = 0

  constructor(unixMs = 1_700_000_000_000) {
    this.#unixMs = unixMs
  }

  unixMs(): number {
    return Math.floor(this.#unixMs)
  }

  unixMicros(): number {
    return Math.floor(this.#unixMs * 1000)
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  schedule(delayMs: number, job: () => void): Timer {
    const entry = { atMs: this.#monotonicMs + Math.max(0, delayMs), order: this.#order++, job }
    this.#jobs.push(entry)
    return {
      cancel: () => {
        this.#jobs = this.#jobs.filter((other) => other !== entry)
      },
    }
  }

  /** Moves both times on by `ms` and runs what falls due on the way, each job at its own moment. */
  advance(ms: number): void {
    const end = this.#monotonicMs + ms
    for (;;) {
      const due = this.#jobs.filter((entry) => entry.atMs <= end)
      if (due.length === 0) break
      const next = due.reduce((a, b) => (b.atMs < a.atMs || (b.atMs === a.atMs && b.order < a.order) ? b : a))
      this.#jobs = this.#jobs.filter((entry) => entry !== next)
      this.#step(next.atMs - this.#monotonicMs)
      next.job()
    }
    this.#step(end - this.#monotonicMs)
  }

  #step(ms: number): void {
    if (ms <= 0) return
    this.#monotonicMs += ms
    this.#unixMs += ms
  }
}
