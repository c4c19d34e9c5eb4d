/** Values up to here have a bucket of their own; above, each power of two has as many as half of them. */
const exactMax = 127
const perPower = 64
/** Durations are counted as at most this, some 17 minutes. */
const microsMax = 2 ** 30 - 1
const buckets = exactMax + 1 + (30 - 7) * perPower

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
