import { createHash } from 'node:crypto'
import {
  Unavailable,
  type Answer,
  type Ask,
  type OriginStore,
  type Write,
  type Written,
} from '../../../src/origin/store.js'

const digestOfText = (text: string): Buffer => createHash('sha256').update(text).digest()

/** An origin of strings in memory that takes writes, and fails as it is told to. */
export class WritableOrigin implements OriginStore {
  readonly batchMax = 10
  readonly values = new Map<string, string>()
  readonly made: (readonly [key: string, value: string | null])[] = []
  asked: string[] = []
  /** What becomes of requests: 'loses' takes a write, and fails all the same. */
  state: 'well' | 'down' | 'loses' = 'well'
  /** Writes that it will not take: a reason. */
  refuses: string | null = null
  /** While set, answers wait for it. */
  gate: Promise<void> | null = null

  async fetchMany(asks: readonly Ask[]): Promise<readonly Answer[]> {
    this.asked.push(...asks.map(({ key }) => key))
    await this.gate
    if (this.state === 'down') throw new Unavailable('HTTP 503')
    return asks.map(({ key, digest }) => {
      const value = this.values.get(key)
      if (value === undefined) return { kind: 'absent' }
      if (digest?.equals(digestOfText(value)) === true) return { kind: 'not-modified' }
      return { kind: 'found', value: { kind: 'string', bytes: Buffer.from(value) } }
    })
  }

  async write({ key, value, expected }: Write): Promise<Written> {
    await this.gate
    if (this.state === 'down') throw new Unavailable('HTTP 503')
    if (this.refuses !== null) return { kind: 'refused', reason: this.refuses }
    const held = this.values.get(key)
    const isAsExpected =
      expected === undefined ||
      (held === undefined ? expected === 'absent' : expected !== 'absent' && digestOfText(held).equals(expected))
    if (!isAsExpected) return { kind: 'conflict' }
    const text = value === null ? null : value.kind === 'string' ? value.bytes.toString() : JSON.stringify(value.fields)
    if (text === null) this.values.delete(key)
    else this.values.set(key, text)
    this.made.push([key, text])
    if (this.state === 'loses') throw new Unavailable('reset')
    return { kind: 'written' }
  }

  async close(): Promise<void> {}
}
