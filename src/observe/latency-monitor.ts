import type { Clock } from '../base/index.js'
import { sparkline, type Sample } from './sparkline.js'

/** What took long: a command, one that says it is fast, or a job that the server does unasked. */
export type LatencyEvent =
  | 'active-defrag-cycle'
  | 'aof-fsync-always'
  | 'aof-fstat'
  | 'aof-rename'
  | 'aof-write'
  | 'aof-write-active-child'
  | 'aof-write-alone'
  | 'aof-write-pending-fsync'
  | 'command'
  | 'eviction-cycle'
  | 'eviction-del'
  | 'expire-cycle'
  | 'fast-command'
  | 'rdb-unlink-temp-file'

/** One second in which an event took long, and its longest duration in that second. */
export interface LatencySpike {
  readonly unixSeconds: number
  readonly ms: number
}

/** What an event's spikes are like. Durations in milliseconds. */
export interface LatencyFigures {
  readonly count: number
  readonly mean: number
  /** Mean distance from the mean. */
  readonly deviation: number
  /** Seconds since the oldest one, at least 1. */
  readonly periodSeconds: number
  /** The longest ever, forgotten ones included. */
  readonly longest: number
}

const spikesMax = 160
const graphColumns = 80
const graphRows = 4

class Series {
  readonly spikes: LatencySpike[] = []
  longest = 0
}

/**
 * Keeps what took at least `latency-monitor-threshold`: of each kind of event the last 160 seconds that had one.
 *
 * @see https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency-monitor/
 */
export class LatencyMonitor {
  /** Milliseconds from which an event is kept; 0 keeps none. */
  thresholdMs = 0
  readonly #clock: Clock
  readonly #series = new Map<string, Series>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Keeps an event that took long. Durations count as whole milliseconds. */
  note(event: LatencyEvent, tookMs: number): void {
    const ms = Math.floor(tookMs)
    if (this.thresholdMs === 0 || ms < this.thresholdMs) return
    let series = this.#series.get(event)
    if (series === undefined) this.#series.set(event, (series = new Series()))
    series.longest = Math.max(series.longest, ms)
    const unixSeconds = this.#now()
    const { spikes } = series
    const last = spikes.at(-1)
    if (last?.unixSeconds === unixSeconds) {
      if (ms > last.ms) spikes[spikes.length - 1] = { unixSeconds, ms }
      return
    }
    spikes.push({ unixSeconds, ms })
    if (spikes.length > spikesMax) spikes.shift()
  }

  /** Names of the events that have been kept. */
  get events(): string[] {
    return [...this.#series.keys()]
  }

  /** The spikes of an event, oldest first; none of one that never was. */
  history(event: string): readonly LatencySpike[] {
    return this.#series.get(event)?.spikes ?? []
  }

  /** The last spike of each event, and the longest ever. */
  latest(): readonly { readonly event: string; readonly last: LatencySpike; readonly longest: number }[] {
    return [...this.#series].map(([event, { spikes, longest }]) => ({
      event,
      last: spikes[spikes.length - 1],
      longest,
    }))
  }

  /** Forgets one event, its name in any case, or all. Returns how many there were. */
  reset(event?: string): number {
    const wanted = event?.toLowerCase()
    const found = this.events.filter((name) => wanted === undefined || name === wanted)
    for (const name of found) this.#series.delete(name)
    return found.length
  }

  /** Undefined for an event that never was. */
  figures(event: string): LatencyFigures | undefined {
    const series = this.#series.get(event)
    if (series === undefined) return undefined
    const { spikes, longest } = series
    const count = spikes.length
    const mean = Math.floor(spikes.reduce((sum, { ms }) => sum + ms, 0) / count)
    const deviation = Math.floor(spikes.reduce((sum, { ms }) => sum + Math.abs(mean - ms), 0) / count)
    return { count, mean, deviation, periodSeconds: Math.max(1, this.#now() - spikes[0].unixSeconds), longest }
  }

  /** The spikes of an event as lines of text, each under it how long ago it was; undefined for one that never was. */
  graph(event: string): string | undefined {
    const series = this.#series.get(event)
    if (series === undefined) return undefined
    const { spikes, longest } = series
    const now = this.#now()
    const samples = spikes.map(({ unixSeconds, ms }): Sample => ({ value: ms, label: ago(now - unixSeconds) }))
    const durations = spikes.map(({ ms }) => ms)
    const [high, low] = [Math.max(...durations), Math.min(...durations)]
    const head = `${event} - high ${high} ms, low ${low} ms (all time high ${longest} ms)\n`
    return `${head}${'-'.repeat(graphColumns)}\n${sparkline(samples, graphColumns, graphRows)}`
  }

  #now(): number {
    return Math.floor(this.#clock.unixMs() / 1000)
  }
}

function ago(seconds: number): string {
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  return seconds < 86_400 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}
