/** One slow call. Its arguments are shortened copies, as Redis shortens them. */
export interface SlowCall {
  readonly id: number
  readonly unixSeconds: number
  readonly micros: number
  readonly args: readonly Buffer[]
  readonly address: string
  readonly clientName: string
}

const argumentsMax = 32
const argumentBytesMax = 128

/** The last calls that took long, newest first. @see https://redis.io/docs/latest/commands/slowlog/ */
export class SlowLog {
  /** Microseconds from which a call is kept; negative keeps none (`slowlog-log-slower-than`). */
  thresholdMicros = 10_000
  #lengthMax = 128
  #calls: SlowCall[] = []
  #nextId = 0

  /** Calls kept (`slowlog-max-len`). */
  get lengthMax(): number {
    return this.#lengthMax
  }

  set lengthMax(count: number) {
    this.#lengthMax = count
    this.#trim()
  }

  get length(): number {
    return this.#calls.length
  }

  /** Keeps a call when it was slow enough. Its arguments hold no secrets: see `argumentsToShow`. */
  add(call: Omit<SlowCall, 'id'>): void {
    if (this.thresholdMicros < 0 || call.micros < this.thresholdMicros) return
    this.#calls.unshift({ ...call, id: this.#nextId++, args: shorten(call.args) })
    this.#trim()
  }

  latest(count: number): readonly SlowCall[] {
    return this.#calls.slice(0, count)
  }

  reset(): void {
    this.#calls = []
  }

  #trim(): void {
    if (this.#calls.length > this.#lengthMax) this.#calls.length = this.#lengthMax
  }
}

function shorten(args: readonly Buffer[]): Buffer[] {
  const kept = args.length > argumentsMax ? argumentsMax - 1 : args.length
  const short = args.slice(0, kept).map((arg) => {
    if (arg.length <= argumentBytesMax) return arg
    const more = `... (${arg.length - argumentBytesMax} more bytes)`
    return Buffer.concat([arg.subarray(0, argumentBytesMax), Buffer.from(more)])
  })
  if (kept < args.length) short.push(Buffer.from(`... (${args.length - kept} more arguments)`))
  return short
}
