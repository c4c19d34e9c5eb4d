import type { Random } from '../base/index.js'

/*
 * The 24 bits that a record keeps of its accesses (as Redis's objects do):
 *
 *   by time        seconds of Unix time
 *   by frequency   minutes of Unix time (16 bits), then a logarithmic counter (8 bits)
 *
 * The counter of a new entry is 5, so that it is not the first to go. An access raises a counter of 5 + n by one with a
 * chance of 1 in `logFactor` * n + 1; each `decayMinutes` without one lowers it by one.
 */

const timeMask = 0xffffff
const minuteMask = 0xffff
const counterMask = 0xff
const newCounter = 5

/** How entries remember when, or how often, they were accessed. Changed live by the eviction policy and its settings. */
export class AccessBits {
  readonly #random: Random
  /** `lfu-log-factor` */
  logFactor = 10
  /** `lfu-decay-time`, minutes; 0: counters never fall. */
  decayMinutes = 1
  /** Whether the bits count frequency: under the lfu policies. */
  countsFrequency = false
  /** Seconds of Unix time, 24 bits. */
  seconds = 0
  #minutes = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Takes the time. Returns the bits of an entry that is made now. */
  tick(unixMs: number): number {
    const seconds = Math.floor(unixMs / 1000)
    this.seconds = seconds & timeMask
    if (!this.countsFrequency) return this.seconds
    this.#minutes = Math.floor(seconds / 60) & minuteMask
    return (this.#minutes << 8) | newCounter
  }

  /** The bits of an entry with these bits that is accessed now. */
  renewed(bits: number): number {
    if (!this.countsFrequency) return this.seconds
    let counter = this.frequency(bits)
    if (counter < counterMask) {
      const odds = Math.max(0, counter - newCounter) * this.logFactor + 1
      if (odds === 1 || this.#random.below(odds) === 0) counter++
    }
    return (this.#minutes << 8) | counter
  }

  /** The counter now, 0 to 255: what it was, less what has decayed since. */
  frequency(bits: number): number {
    const counter = bits & counterMask
    if (this.decayMinutes === 0) return counter
    return Math.max(0, counter - Math.floor(this.#elapsed(bits) / this.decayMinutes))
  }

  /** Seconds since the last access. */
  idleSeconds(bits: number): number {
    return (this.seconds - bits) & timeMask
  }

  /** The bits, by time, of an entry that was last accessed so many seconds ago. */
  idleFor(seconds: number): number {
    return (this.seconds - Math.min(seconds, timeMask)) & timeMask
  }

  /** The bits, by frequency, of an entry whose counter is this now. */
  withFrequency(counter: number): number {
    return (this.#minutes << 8) | (counter & counterMask)
  }

  /** How far an entry is from being kept: the highest is evicted first. */
  coldness(bits: number): number {
    if (!this.countsFrequency) return this.idleSeconds(bits)
    // among entries of one frequency the one that was not asked for longest
    return counterMask - this.frequency(bits) + this.#elapsed(bits) / (minuteMask + 1)
  }

  /** Minutes since the counter was last written. A time that seems to lie ahead is one before the minutes wrapped. */
  #elapsed(bits: number): number {
    const then = bits >>> 8
    return this.#minutes >= then ? this.#minutes - then : minuteMask - then + this.#minutes
  }
}
