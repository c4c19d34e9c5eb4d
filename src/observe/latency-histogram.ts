/** Values up to here have a bucket of their own; above, each power of two has as many as half of them. */
const exactMax = 127
const perPower = 64
/** Durations are counted as at most this, some 17 minutes. */
const microsMax = 2 ** 30 - 1
const buckets = exactMax + 1 + (30 - 7) * perPower

/**
 * Microseconds up to which LATENCY HISTOGRAM counts: powers of two of 1,024 ns, each with the width of the bucket that
 * Redis has there, and the end of its last bucket.
 */
const levels: readonly number[] = [
  ...Array.from({ length: 20 }, (_, i) => Math.floor((2 ** (10 + i) + 2 ** (3 + i) - 1) / 1000)),
  Math.floor((2 ** 30 - 1) / 1000),
]

/** A distribution of durations in whole microseconds, to within 1.6 %, in 6 KiB however many there are. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(buckets)
  #total = 0

  get count(): number {
    return this.#total
  }

  add(micros: number): void {
    this.#counts[bucketOf(Math.min(Math.max(micros, 0), microsMax))]++
    this.#total++
  }

  /** Number of durations up to `micros`, to within a bucket. */
  countUpTo(micros: number): number {
    let count = 0
    for (let bucket = bucketOf(Math.min(micros, microsMax)); bucket >= 0; bucket--) count += this.#counts[bucket]
    return count
  }

  /** The duration that `percent` of all do not exceed, as the largest of its bucket; 0 when there is none. */
  percentile(percent: number): number {
    let left = Math.max(1, Math.ceil((Math.min(percent, 100) / 100) * this.#total))
    for (let bucket = 0; bucket < buckets; bucket++) {
      left -= this.#counts[bucket]
      if (left <= 0) return largestOf(bucket)
    }
    return 0
  }
}

/**
 * How many of all durations are at most so long, for the levels of LATENCY HISTOGRAM that tell them apart.
 *
 * @param more further durations, all of the same length
 */
export function cumulativeCounts(
  histogram: LatencyHistogram | undefined,
  more: { readonly micros: number; readonly count: number },
): [micros: number, count: number][] {
  const counts: [number, number][] = []
  const total = (histogram?.count ?? 0) + more.count
  let before = 0
  for (const level of levels) {
    const isLast = level === levels[levels.length - 1]
    const within = isLast ? total : (histogram?.countUpTo(level) ?? 0) + (more.micros <= level ? more.count : 0)
    if (within > before) counts.push([level, within])
    before = within
  }
  return counts
}

function bucketOf(micros: number): number {
  if (micros <= exactMax) return micros
  const shift = 25 - Math.clz32(micros) // so that micros >>> shift lies in 64 to 127
  return exactMax + 1 + (shift - 1) * perPower + (micros >>> shift) - perPower
}

function largestOf(bucket: number): number {
  if (bucket <= exactMax) return bucket
  const above = bucket - exactMax - 1
  const shift = Math.floor(above / perPower) + 1
  return (((above % perPower) + perPower + 1) << shift) - 1
}
