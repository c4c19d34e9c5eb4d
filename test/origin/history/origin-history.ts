import { createHash } from 'node:crypto'
import type { Clock, Random } from '../../../src/base/index.js'
import {
  Unavailable,
  type Answer,
  type Ask,
  type ChangeListener,
  type OriginStore,
  type Watch,
  type Write,
  type Written,
} from '../../../src/origin/store.js'

interface Version {
  readonly fromMs: number
  readonly value: string | null
  readonly number: number
}

/** What the origin held, and when. All that the checker knows of it. */
export class OriginHistory {
  readonly #versions = new Map<string, Version[]>()
  #changes = 0

  set(key: string, value: string | null, atMs: number): void {
    this.#of(key).push({ fromMs: atMs, value, number: ++this.#changes })
  }

  now(key: string): Version {
    return this.#of(key).at(-1)!
  }

  /** Whether the origin held the value at some moment from `fromMs` to `toMs`, both included. */
  heldWithin(key: string, value: string | null, fromMs: number, toMs: number): boolean {
    return this.#of(key).some((version, i, all) => {
      const endMs = all[i + 1]?.fromMs ?? Infinity
      return version.value === value && version.fromMs <= toMs && endMs >= fromMs
    })
  }

  describe(key: string, fromMs: number, toMs: number): string {
    const shown = this.#of(key).filter(({ fromMs: atMs }) => atMs >= fromMs - 50 && atMs <= toMs)
    return shown.map(({ fromMs: atMs, value }) => `${value}@${atMs}`).join(' ')
  }

  #of(key: string): Version[] {
    let versions = this.#versions.get(key)
    if (versions === undefined) this.#versions.set(key, (versions = [{ fromMs: -Infinity, value: null, number: 0 }]))
    return versions
  }
}

export const digestOfText = (text: string): Buffer => createHash('sha256').update(text).digest()

function textOf(value: NonNullable<Write['value']>): string {
  if (value.kind !== 'string') throw new Error('the model holds strings')
  return value.bytes.toString()
}

/** The longest that a request takes, unless it hangs. */
export const requestMsMax = 60

/** The longest that the news of a change takes. */
export const pushMsMax = 60

/**
 * An origin with that history: reads its value at some moment between a request and its answer, confirms by digest or by
 * validator, fails and hangs at times, and tells of its changes after a while.
 */
export class HistoryStore implements OriginStore {
  readonly batchMax = 3
  readonly #history: OriginHistory
  readonly #clock: Clock
  readonly #random: Random
  /** Share of requests that fail, and that never answer, in percent. */
  failing = 0
  hanging = 0
  /** Writes that were taken. */
  writes = 0
  #listener: ChangeListener | null = null
  /** When the last of the news on the way arrives. */
  #newsAtMs = 0

  constructor(history: OriginHistory, clock: Clock, random: Random) {
    this.#history = history
    this.#clock = clock
    this.#random = random
  }

  async fetchMany(asks: readonly Ask[]): Promise<readonly Answer[]> {
    await this.#pass(this.#random.below(10))
    const answers = asks.map((ask) => this.#answer(ask))
    if (this.#random.below(100) < this.hanging) await new Promise(() => {})
    await this.#pass(this.#random.below(this.#random.below(8) === 0 ? requestMsMax - 10 : 15))
    if (this.#random.below(100) < this.failing) throw new Unavailable('HTTP 503')
    return answers
  }

  async watch(listener: ChangeListener): Promise<Watch> {
    await this.#pass(this.#random.below(20))
    this.#listener = listener
    return { proveEveryMs: 20, prove: () => this.#heard(), close: async () => undefined }
  }

  /** A key changed just now: its news is on the way, behind the news of earlier. */
  changed(key: string): void {
    const listener = this.#listener
    this.#newsAtMs = Math.max(this.#newsAtMs, this.#clock.monotonicMs() + this.#random.below(pushMsMax))
    this.#clock.schedule(this.#newsAtMs - this.#clock.monotonicMs(), () => {
      if (listener === this.#listener) listener?.changed(key)
    })
  }

  /** The connection is cut, and with it what was on the way. */
  cut(): void {
    const listener = this.#listener
    this.#listener = null
    listener?.lost('cut')
  }

  /** Takes a write at some moment between the request and its answer, which may be lost. */
  async write({ key, value, expected }: Write): Promise<Written> {
    await this.#pass(this.#random.below(10))
    const held = this.#history.now(key).value
    const is = held === null ? 'absent' : digestOfText(held)
    const isAsExpected =
      expected === undefined || (typeof is === 'string' ? is === expected : is.equals(expected as Buffer))
    if (isAsExpected) {
      this.#history.set(key, value === null ? null : textOf(value), this.#clock.monotonicMs())
      this.changed(key)
      this.writes++
    }
    if (this.#random.below(100) < this.hanging) await new Promise(() => {})
    await this.#pass(this.#random.below(15))
    if (this.#random.below(100) < this.failing) throw new Unavailable('HTTP 503')
    return { kind: isAsExpected ? 'written' : 'conflict' }
  }

  async close(): Promise<void> {}

  async #heard(): Promise<void> {
    const listener = this.#listener
    await this.#pass(Math.max(0, this.#newsAtMs - this.#clock.monotonicMs()) + 1)
    if (listener === null || listener !== this.#listener) throw new Unavailable('cut')
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.schedule(ms, resolve))
  }

  #answer({ key, digest, validator }: Ask): Answer {
    const { value, number } = this.#history.now(key)
    if (value === null) return { kind: 'absent' }
    const current = `"${number}"`
    if (validator === current) return { kind: 'not-modified' }
    const ours = digestOfText(value)
    if (digest !== null && digest.equals(ours)) return { kind: 'not-modified', validator: current }
    const noStore = this.#random.below(20) === 0
    return { kind: 'found', value: { kind: 'string', bytes: Buffer.from(value) }, validator: current, noStore }
  }
}
