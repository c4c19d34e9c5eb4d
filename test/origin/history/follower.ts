import { Region, Slice, type Clock, type Random } from '../../../src/base/index.js'
import { Gate } from '../../../src/command/index.js'
import { ReplayClient } from '../../../src/dispatch/index.js'
import { Expiry } from '../../../src/keyspace/index.js'
import { Unavailable } from '../../../src/origin/store.js'
import type { AskPrimary, Primary } from '../../../src/origin/upstream.js'
import { RequestParser, type Reply } from '../../../src/resp/index.js'
import type { DispatchBench } from '../support/dispatch-bench.js'

/** The longest that a request to the primary, and its reply, are on their way. */
export const wayMsMax = 8
/** The longest that the stream is. */
export const streamMsMax = 60

/** Whom a follower follows: a bench that is written to, or another follower. */
export type Leader = DispatchBench | ModelFollower

/**
 * A follower of a bench: the real engine, keyspace and dispatch, which the stream reaches late and in order, and whose
 * requests to the primary take their way there and back.
 */
export class ModelFollower implements Primary {
  readonly bench: DispatchBench
  readonly proveEveryMs = 20
  readonly #primary: DispatchBench
  readonly #onward: ModelFollower[] = []
  readonly #clock: Clock
  readonly #random: Random
  readonly #replay: ReplayClient
  readonly #parser = new RequestParser({ bulkBytesMax: 1 << 20 })
  readonly #waits = new Set<{ readonly offset: number; readonly job: () => void }>()
  /** When the last of the stream on its way arrives. */
  #newsAtMs = 0
  appliedOffset: number
  /** Share of requests that are lost, in percent. */
  losing = 0

  constructor(bench: DispatchBench, leader: Leader, clock: Clock, random: Random) {
    this.bench = bench
    this.#primary = leader instanceof ModelFollower ? leader.bench : leader
    this.#clock = clock
    this.#random = random
    this.#replay = new ReplayClient(0, bench.dispatcher, clock.unixMs(), 'primary')
    this.appliedOffset = this.#primary.offset()
    bench.offset = () => this.appliedOffset
    bench.mayStore = false
    bench.dispatcher.setGate(Gate.replica, true)
    bench.keyspace.expiry = bench.keyspace.expiryOfClients = Expiry.hides
    if (leader instanceof ModelFollower) leader.#onward.push(this)
    else leader.propagation.attach({ append: (region, start, end) => this.#streamed(region, start, end) }, 'replicas')
    bench.origins.resolver.follow(this)
  }

  async converse(db: number, signal: AbortSignal, talk: (ask: AskPrimary) => Promise<void>): Promise<void> {
    const client = this.#primary.client({ buffers: true })
    client.database = db
    const aborted = new Promise<never>((_, reject) => {
      const giveUp = (): void => reject(new Unavailable('nobody waits', { counts: false }))
      if (signal.aborted) giveUp()
      else signal.addEventListener('abort', giveUp)
    })
    aborted.catch(() => undefined)
    await talk(async (words) => {
      await this.#pass(this.#random.below(wayMsMax))
      const replied = new Promise<Reply>((resolve) => (client.onReply = resolve))
      client.request(words.map((word) => (word instanceof Slice ? word.toBuffer() : String(word))))
      const reply = await Promise.race([replied, aborted])
      await this.#pass(this.#random.below(wayMsMax))
      if (this.#random.below(100) < this.losing) throw new Unavailable('cut', { counts: false })
      return reply
    })
  }

  async applied(offset: number, signal: AbortSignal): Promise<void> {
    if (this.appliedOffset >= offset) return
    await new Promise<void>((resolve, reject) => {
      const wait = { offset, job: resolve }
      this.#waits.add(wait)
      signal.addEventListener('abort', () => {
        this.#waits.delete(wait)
        reject(new Unavailable('the primary is ahead', { counts: false }))
      })
    })
  }

  close(): void {
    // nothing is kept open
  }

  /** Follows nobody for a while, as far as origins are concerned, or follows again. */
  turn(follows: boolean): void {
    this.bench.origins.resolver.follow(follows ? this : null)
  }

  #streamed({ bytes }: Region, start: number, end: number): void {
    this.#receive(Buffer.from(bytes.subarray(start, end)))
  }

  #receive(piece: Buffer): void {
    const lateMs = this.#random.below(4) === 0 ? this.#random.below(streamMsMax) : this.#random.below(4)
    this.#newsAtMs = Math.max(this.#newsAtMs, this.#clock.monotonicMs() + lateMs)
    this.#clock.schedule(this.#newsAtMs - this.#clock.monotonicMs(), () => this.#apply(piece))
  }

  #apply(piece: Buffer): void {
    const region = Region.copyOf(piece)
    for (let at = 0; at < piece.length;) {
      at = this.#parser.parse(region, at, piece.length)
      const { args } = this.#parser
      const isTold = args.at(0).is('PUBLISH')
      if (isTold) this.bench.origins.resolver.told(args.at(2).toBuffer())
      const error = isTold ? null : this.#replay.apply(args)
      if (error !== null) this.bench.bugs.push(new Error(`the stream failed: ${error.text}`))
    }
    this.appliedOffset += piece.length
    for (const follower of this.#onward) follower.#receive(piece)
    for (const wait of this.#waits) {
      if (wait.offset > this.appliedOffset) continue
      this.#waits.delete(wait)
      wait.job()
    }
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.schedule(ms, resolve))
  }
}
