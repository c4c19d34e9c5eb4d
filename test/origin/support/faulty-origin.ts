import type { Clock } from '../../../src/base/index.js'
import type { OriginValue } from '../../../src/keyspace/index.js'
import {
  Unavailable,
  type Answer,
  type Ask,
  type OriginStore,
  type Write,
  type Written,
} from '../../../src/origin/store.js'
import { digestOf } from '../../../src/origin/values.js'

/** Ways in which requests for one key go wrong. 'flapping': the first of its kind (read, write) fails, the others do not. */
export type Fault =
  'slow' | 'hang' | 'reset' | 'error 503' | 'garbage' | 'wrong digest' | 'flapping' | 'refused' | 'open breaker'

/** What an origin under 'slow' takes, in milliseconds. */
export const slowMs = 300

/** An origin in memory that answers all keys but one at once, and that one as its fault has it. */
export class FaultyOrigin implements OriginStore {
  readonly batchMax = 1
  readonly values = new Map<string, OriginValue>()
  fault: Fault | null = null
  /** Requests since `forget`. */
  reads = 0
  writes = 0
  readonly #clock: Clock
  readonly #faultyKey: string
  readonly #flapped = new Set<'read' | 'write'>()

  constructor(clock: Clock, faultyKey: string) {
    this.#clock = clock
    this.#faultyKey = faultyKey
  }

  forget(): void {
    this.reads = this.writes = 0
  }

  async fetchMany([ask]: readonly Ask[]): Promise<readonly Answer[]> {
    this.reads++
    const refused = await this.#suffer(ask.key, 'read')
    if (refused !== null) return [refused]
    const value = this.values.get(ask.key)
    if (value === undefined) return [{ kind: 'absent' }]
    const isHeld = ask.digest !== null && ask.digest.equals(digestOf(value))
    return [isHeld ? { kind: 'not-modified' } : { kind: 'found', value }]
  }

  async write({ key, value, expected }: Write): Promise<Written> {
    this.writes++
    const refused = await this.#suffer(key, 'write')
    if (refused !== null) return refused
    const held = this.values.get(key)
    if (expected === 'absent' && held !== undefined) return { kind: 'conflict' }
    if (Buffer.isBuffer(expected) && (held === undefined || !digestOf(held).equals(expected))) {
      return { kind: 'conflict' }
    }
    if (value === null) this.values.delete(key)
    else this.values.set(key, value)
    return { kind: 'written' }
  }

  async close(): Promise<void> {}

  async #suffer(key: string, request: 'read' | 'write'): Promise<{ kind: 'refused'; reason: string } | null> {
    if (key !== this.#faultyKey) return null
    switch (this.fault) {
      case null:
        return null
      case 'slow':
        return new Promise((resolve) => void this.#clock.schedule(slowMs, () => resolve(null)))
      case 'hang':
        return new Promise(() => {})
      case 'reset':
        throw Object.assign(new Error('socket hang up, after what nobody is to read'), { code: 'ECONNRESET' })
      case 'error 503':
      case 'open breaker':
        throw new Unavailable('HTTP 503')
      case 'garbage':
        throw new Unavailable('no HTTP', { counts: false })
      case 'wrong digest':
        throw new Unavailable('its value does not have the digest it came with', { mismatch: true })
      case 'flapping':
        if (this.#flapped.has(request)) return null
        this.#flapped.add(request)
        throw new Unavailable('HTTP 502')
      case 'refused':
        return { kind: 'refused', reason: 'was refused by it with HTTP 400' }
    }
  }
}
