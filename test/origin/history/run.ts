import { ManualClock, ReplyError, SeededRandom } from '../../../src/base/index.js'
import { allCommands } from '../../../src/commands/index.js'
import type { Settling } from '../../../src/command/index.js'
import type { Copies, Keyspace } from '../../../src/keyspace/index.js'
import type { Rules } from '../../../src/origin/rules.js'
import type { Reply } from '../../../src/resp/index.js'
import { DispatchBench, type TestClient } from '../support/dispatch-bench.js'
import { makeRoute } from '../support/engine.js'
import { HistoryStore, OriginHistory, pushMsMax, requestMsMax } from './origin-history.js'

export const modes = ['strict', 'always', 'lifetime', 'push'] as const
export type Mode = (typeof modes)[number]

export interface HistoryOptions {
  readonly seed: number
  readonly mode: Mode
  readonly steps: number
  /** What becomes of the clients' writes. */
  readonly write?: 'local' | 'through'
  readonly rules?: Rules
  readonly copies?: (keyspace: Keyspace) => Copies
  readonly settling?: (engine: Settling) => Settling
}

/** What a run showed. */
export interface Verdict {
  readonly violations: string[]
  readonly reads: number
  readonly errors: number
  /** Of the engine: to see that the run went where it is dangerous. */
  readonly void: number
  readonly passing: number
  readonly notModified: number
  /** Writes that the origin took. */
  readonly writes: number
}

interface Sent {
  readonly words: string[]
  readonly arrivedAtMs: number
}

const lifetimeMs = 40
const keys = ['k0', 'k1', 'k2']
const values = ['A', 'B', 'C']

/** How far before its arrival a read's value may have been held: the promises of ORIGIN.md. While nothing is pushed it is as `always`. */
const slackMs: Record<Mode, number> = { strict: 0, always: requestMsMax, lifetime: lifetimeMs, push: pushMsMax }

/**
 * Drives engine, keyspace and dispatch with random reads, local writes and changes of the origin, and checks each reply
 * against the origin's history, the read's arrival and its reply: nothing else.
 */
class Run {
  readonly #clock = new ManualClock()
  readonly #random: SeededRandom
  readonly #history = new OriginHistory()
  readonly #bench: DispatchBench
  readonly #store: HistoryStore
  readonly #options: HistoryOptions
  readonly #clients: { client: TestClient; sent: Sent[] }[] = []
  readonly #left: { client: TestClient; sent: Sent[] }[] = []
  readonly #trace: string[] = []
  #deferred: (() => void)[] = []

  constructor(options: HistoryOptions) {
    this.#options = options
    this.#random = new SeededRandom(options.seed)
    const { rules, copies, settling } = options
    this.#bench = new DispatchBench({
      commands: allCommands,
      clock: this.#clock,
      defer: (job) => this.#deferred.push(job),
      ...(rules && { rules }),
      ...(copies && { copies }),
      ...(settling && { settling }),
    })
    this.#store = new HistoryStore(this.#history, this.#clock, this.#random)
    const validate = options.mode === 'lifetime' ? `${lifetimeMs}ms` : options.mode
    const ttl = this.#random.below(3) === 0 ? 'ttl 100ms' : ''
    const tokens = `validate ${validate} stale-if-error 0 write ${options.write ?? 'local'} hard-timeout 300ms max-in-flight 3 ${ttl}`
    this.#bench.origins.resolver.addRoute(makeRoute({ store: this.#store, pattern: 'k*', options: tokens }))
    for (let i = 0; i < 4; i++) this.#connect()
  }

  async go(): Promise<Verdict> {
    for (let step = 0; step < this.#options.steps; step++) {
      this.#act()
      await this.#pass(1 + this.#random.below(4))
    }
    this.#store.failing = this.#store.hanging = 0
    for (let i = 0; i < 40; i++) await this.#pass(50)
    return this.#judge()
  }

  #act(): void {
    const key = this.#key()
    const roll = this.#random.below(100)
    if (roll < 30) this.#send([['GET', key]])
    else if (roll < 40) this.#send(Array.from({ length: 2 + this.#random.below(4) }, () => this.#anything()))
    else if (roll < 47) this.#send([['MGET', key, this.#key(), this.#key()]])
    else if (roll < 65) this.#change(key)
    else if (roll < 92) this.#send([this.#anything()])
    else if (roll < 94) this.#store.failing = this.#random.below(3) === 0 ? 40 : 0
    else if (roll < 96) this.#store.hanging = this.#random.below(4) === 0 ? 5 : 0
    else if (roll < 98) this.#replaceClient()
    else if (roll < 99) this.#store.cut()
  }

  #anything(): string[] {
    const key = this.#key()
    const value = this.#random.below(4) === 0 ? 'L' : values[this.#random.below(3)]
    const roll = this.#random.below(30)
    if (roll < 9) return ['GET', key]
    if (roll < 16) return ['SET', key, value]
    if (roll < 21) return ['DEL', key]
    if (roll < 23) return ['ORIGIN', 'INVALIDATE', 'KEYS', key]
    if (roll < 25) return ['PEXPIRE', key, String(1 + this.#random.below(40))]
    if (roll < 26) return ['APPEND', key, value]
    if (roll < 27) return ['RENAME', key, this.#key()]
    if (roll < 28) return ['FLUSHDB']
    if (roll < 29) return ['SWAPDB', '0', '1']
    return ['MGET', key, this.#key()]
  }

  #change(key: string): void {
    const value = this.#random.below(4) === 0 ? null : values[this.#random.below(3)]
    this.#history.set(key, value, this.#now())
    this.#store.changed(key)
    this.#note(`origin ${key} = ${value}`)
  }

  #send(requests: string[][]): void {
    const entry = this.#clients[this.#random.below(this.#clients.length)]
    for (const words of requests) {
      entry.sent.push({ words, arrivedAtMs: this.#now() })
      this.#note(`client ${entry.client.id} ${words.join(' ')}`)
    }
    entry.client.request(...requests)
  }

  #connect(): void {
    this.#clients.push({ client: this.#bench.client(), sent: [] })
  }

  #replaceClient(): void {
    const [gone] = this.#clients.splice(this.#random.below(this.#clients.length), 1)
    gone.client.close()
    this.#left.push(gone)
    this.#connect()
  }

  #key(): string {
    return keys[this.#random.below(keys.length)]
  }

  #now(): number {
    return this.#clock.monotonicMs()
  }

  #note(text: string): void {
    this.#trace.push(`${this.#now()} ${text}`)
  }

  /** Moves time on, a millisecond at a time, and lets everything happen that it brings. */
  async #pass(ms: number): Promise<void> {
    for (let i = 0; i < ms; i++) {
      await this.#settle()
      this.#clock.advance(1)
    }
    await this.#settle()
  }

  async #settle(): Promise<void> {
    for (let quiet = 0, turns = 0; quiet < 6; turns++) {
      if (turns > 1000) throw new Error(`this moment does not end\n${this.#around(this.#now() - 50, this.#now())}`)
      await Promise.resolve()
      const jobs = this.#deferred.splice(0)
      for (const job of jobs) job()
      quiet = jobs.length > 0 ? 0 : quiet + 1
    }
  }

  #judge(): Verdict {
    const violations: string[] = []
    let reads = 0
    let errors = 0
    for (const { client, sent } of [...this.#clients, ...this.#left]) {
      const gone = this.#left.some((left) => left.client === client)
      if (!gone && client.replies.length !== sent.length) violations.push(`client ${client.id} waits for ever`)
      client.replies.forEach((reply, i) => {
        const { words, arrivedAtMs } = sent[i]
        if (words[0] !== 'GET' && words[0] !== 'MGET') return
        reads++
        if (reply instanceof ReplyError) errors++
        else this.#check(words, reply, arrivedAtMs, client.repliedAtMs[i], violations)
      })
    }
    const { void: voided, passing, notModified } = this.#bench.origins.resolver.routes.all[0].statistics
    for (const bug of this.#bench.bugs) violations.push(String((bug as Error).stack))
    return { violations, reads, errors, void: voided, passing, notModified, writes: this.#store.writes }
  }

  #check(words: string[], reply: Reply, arrivedAtMs: number, repliedAtMs: number, violations: string[]): void {
    const replied = (words[0] === 'GET' ? [reply] : reply) as (string | null)[]
    words.slice(1).forEach((key, i) => {
      const fromMs = arrivedAtMs - slackMs[this.#options.mode]
      if (this.#history.heldWithin(key, replied[i], fromMs, repliedAtMs)) return
      violations.push(
        `seed ${this.#options.seed}, ${this.#options.mode}: ${words.join(' ')} arrived ${arrivedAtMs}, replied ${repliedAtMs} ` +
          `with ${key} = ${replied[i]}; the origin held ${this.#history.describe(key, fromMs, repliedAtMs)}\n` +
          this.#around(fromMs, repliedAtMs),
      )
    })
  }

  #around(fromMs: number, toMs: number): string {
    const at = (line: string): number => Number(line.slice(0, line.indexOf(' ')))
    return this.#trace.filter((line) => at(line) >= fromMs - 100 && at(line) <= toMs).join('\n')
  }
}

export const runHistory = (options: HistoryOptions): Promise<Verdict> => new Run(options).go()
