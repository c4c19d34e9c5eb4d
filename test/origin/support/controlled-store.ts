import type { Answer, Ask, ChangeListener, OriginStore, Unavailable, Watch } from '../../../src/origin/store.js'

export interface HeldCall {
  readonly asks: readonly Ask[]
  readonly signal: AbortSignal
  answer(...answers: (Answer | Unavailable)[]): void
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

  fetchMany(asks: readonly Ask[], signal: AbortSignal): Promise<readonly (Answer | Unavailable)[]> {
    return new Promise((resolve, reject) => {
      this.calls.push({ asks, signal, answer: (...answers) => resolve(answers), fail: reject })
    })
  }

  async close(): Promise<void> {
    this.closed = true
  }
}

export interface HeldWatch {
  readonly listener: ChangeListener
  readonly signal: AbortSignal
  /** Lets it begin. */
  begin(): void
  refuse(error: Error): void
  /** Proofs that are asked for: each waits for `prove`. */
  readonly proofs: { prove(): void; fail(error: Error): void }[]
  isClosed: boolean
}

/** The same, that tells of changes when the test says so. */
export class ControlledPush extends ControlledStore {
  readonly watches: HeldWatch[] = []

  get watched(): HeldWatch {
    const watch = this.watches.at(-1)
    if (watch === undefined) throw new Error('nothing was watched')
    return watch
  }

  watch(listener: ChangeListener, signal: AbortSignal): Promise<Watch> {
    return new Promise((resolve, reject) => {
      const proofs: HeldWatch['proofs'] = []
      const held: HeldWatch = {
        listener,
        signal,
        begin: () =>
          resolve({
            prove: () => new Promise((prove, fail) => void proofs.push({ prove, fail })),
            close: async () => void (held.isClosed = true),
          }),
        refuse: reject,
        proofs,
        isClosed: false,
      }
      this.watches.push(held)
    })
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
