import type { Answer, Ask, OriginStore } from '../../../src/origin/store.js'

export interface HeldCall {
  readonly asks: readonly Ask[]
  readonly signal: AbortSignal
  answer(...answers: Answer[]): void
  fail(error: Error): void
}

/** A store whose every answer the test gives by hand. */
export class ControlledStore implements OriginStore {
  readonly calls: HeldCall[] = []
  readonly batchMax: number
  closed = false

  constructor(batchMax = 1) {
    this.batchMax = batchMax
  }

  /** The call that was made last. */
  get last(): HeldCall {
    const call = this.calls.at(-1)
    if (call === undefined) throw new Error('nothing was asked')
    return call
  }

  fetchMany(asks: readonly Ask[], signal: AbortSignal): Promise<readonly Answer[]> {
    return new Promise((resolve, reject) => {
      this.calls.push({ asks, signal, answer: (...answers) => resolve(answers), fail: reject })
    })
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

export const found = (text: string, more: { validator?: string; noStore?: boolean } = {}): Answer => ({
  kind: 'found',
  value: { kind: 'string', bytes: Buffer.from(text) },
  ...more,
})

export const foundHash = (fields: Record<string, string>): Answer => ({
  kind: 'found',
  value: {
    kind: 'hash',
    fields: Object.entries(fields).map(([field, value]) => [Buffer.from(field), Buffer.from(value)]),
  },
})

export const absent: Answer = { kind: 'absent' }
export const notModified: Answer = { kind: 'not-modified' }
