import { ManualClock } from '../../../src/base/index.js'
import { allCommands } from '../../../src/commands/index.js'
import type { Answer, Ask, OriginStore } from '../../../src/origin/store.js'
import { digestOf } from '../../../src/origin/values.js'
import { DispatchBench } from './dispatch-bench.js'
import { makeRoute } from './engine.js'

export interface HotKey {
  /** Of the route, as in a directive. */
  readonly options: string
  readonly durationMs: number
  /** What the origin takes. */
  readonly latencyMs: number
}

export interface HotKeyCounts {
  /** One each millisecond, behind the first. */
  readonly reads: number
  /** Of these, how many had no reply in their own loop turn. */
  readonly blocked: number
  /** Of these, how many got another reply than the value. */
  readonly wrong: number
  readonly requests: number
}

const value = 'value'
const digest = digestOf({ kind: 'string', bytes: Buffer.from(value) })

/** Holds one value for ever, and takes its time by the injected clock. */
class SlowOrigin implements OriginStore {
  readonly batchMax = 1
  requests = 0
  readonly #clock: ManualClock
  readonly #latencyMs: number
  /** Told when there is something that wants a loop turn. */
  readonly #stir: () => void

  constructor(clock: ManualClock, latencyMs: number, stir: () => void) {
    this.#clock = clock
    this.#latencyMs = latencyMs
    this.#stir = stir
  }

  fetchMany([ask]: readonly Ask[]): Promise<readonly Answer[]> {
    this.requests++
    const isHeld = ask.digest?.equals(digest) === true
    const answer: Answer = isHeld
      ? { kind: 'not-modified' }
      : { kind: 'found', value: { kind: 'string', bytes: Buffer.from(value) } }
    return new Promise((resolve) => {
      this.#clock.schedule(this.#latencyMs, () => {
        resolve([answer])
        this.#stir()
      })
    })
  }

  async close(): Promise<void> {}
}

/**
 * A key that is read by GET once each millisecond of injected time, through dispatch, engine and keyspace as they are.
 * The first read, which has to wait for the origin, is not counted.
 */
export async function readHotKey({ options, durationMs, latencyMs }: HotKey): Promise<HotKeyCounts> {
  const clock = new ManualClock()
  let isStirred = false
  const stir = (): void => void (isStirred = true)
  const jobs: (() => void)[] = []
  const defer = (job: () => void): void => {
    jobs.push(job)
    stir()
  }
  const bench = new DispatchBench({ commands: allCommands, clock, defer })
  const origin = new SlowOrigin(clock, latencyMs, stir)
  bench.origins.resolver.addRoute(makeRoute({ store: origin, options }))
  const client = bench.client()
  /** Loop turns, as many as something happens in; without time passing. */
  const settle = async (): Promise<void> => {
    while (isStirred) {
      isStirred = false
      for (const job of jobs.splice(0)) job()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const get = ['GET', 'k1']
  client.request(get)
  await settle()
  clock.advance(latencyMs)
  await settle()

  let [blocked, wrong] = [0, 0]
  for (let ms = 0; ms < durationMs; ms++) {
    clock.advance(1)
    if (isStirred) await settle()
    client.forget()
    client.request(get)
    const [reply] = client.replies
    if (reply === undefined) {
      blocked++
      if (isStirred) await settle()
    } else if (reply !== value) wrong++
  }
  return { reads: durationMs, blocked, wrong, requests: origin.requests }
}
