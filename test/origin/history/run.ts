import { ManualClock, ReplyError, SeededRandom } from '../../../src/base/index.js'
import { allCommands } from '../../../src/commands/index.js'
import type { Settling } from '../../../src/command/index.js'
import type { Copies, Keyspace } from '../../../src/keyspace/index.js'
import type { Rules } from '../../../src/origin/rules.js'
import type { Reply } from '../../../src/resp/index.js'
import { DispatchBench, type TestClient } from '../support/dispatch-bench.js'
import type { Answer, Ask } from '../../../src/origin/store.js'
import { makeRoute } from '../support/engine.js'
import { ModelFollower, streamMsMax, wayMsMax } from './follower.js'
import { HistoryStore, OriginHistory, pushMsMax, requestMsMax } from './origin-history.js'

export const modes = ['strict', 'always', 'lifetime', 'push'] as const
export type Mode = (typeof modes)[number]

export interface HistoryOptions {
  readonly seed: number
  readonly mode: Mode
  readonly steps: number
  /** What becomes of the clients' writes. */
  readonly write?: 'local' | 'through'
  /** Servers that follow the one that is written to, and are read as well. */
  readonly followers?: number
  /** Each of them follows the one before. */
  readonly isChain?: boolean
  readonly rules?: Rules
  /**
   * For how long copies may be served stale while the origin fails; left out: not at all. Not together with `write local`,
   * whose values are then served as well, and which no promise covers.
   */
  readonly staleIfErrorMs?: number
  /** Those of the followers. */
  readonly followerRules?: Rules
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
  /** Of the followers: reads replied to with a value, keys asked of the primary, answers that waited for its stream. */
  readonly followerReads: number
  readonly primaryAsks: number
  readonly primaryWaits: number
  /** Reads that a permission served, of the primary and of its followers. */
  readonly stale: number
  readonly followerStale: number
}

interface Sent {
  readonly words: string[]
  readonly arrivedAtMs: number
}

interface Reader {
  readonly client: TestClient
  readonly sent: Sent[]
  readonly ofFollower: boolean
}

/** The origin as a follower reaches it, which it does only while it follows nobody. */
class FollowersStore extends HistoryStore {
  mayAsk = (): boolean => true
  wasAsked = false

  override fetchMany(asks: readonly Ask[]): Promise<readonly Answer[]> {
    this.wasAsked ||= !this.mayAsk()
    return super.fetchMany(asks)
  }
}

const lifetimeMs = 40
const softTimeoutMs = 31
const keys = ['k0', 'k1', 'k2']
const values = ['A', 'B', 'C']

/** How far before its arrival a read's value may have been held: the promises of ORIGIN.md. While nothing is pushed it is as `always`. */
const slackMs: Record<Mode, number> = { strict: 0, always: requestMsMax, lifetime: lifetimeMs, push: pushMsMax }

/** What the promises of a follower add: the reply's way from the primary, and the way of what that tells. */
const wayMs: Record<Mode, number> = { strict: 0, always: wayMsMax, lifetime: 0, push: wayMsMax + streamMsMax }

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
  readonly #followers: ModelFollower[] = []
  readonly #followerStores: FollowersStore[] = []
  readonly #clients: Reader[] = []
  readonly #left: Reader[] = []
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
    const tokens = `validate ${validate} stale-if-error ${options.staleIfErrorMs ?? 0}ms soft-timeout ${softTimeoutMs}ms write ${options.write ?? 'local'} hard-timeout 300ms max-in-flight 3 ${ttl}`
    this.#bench.origins.resolver.addRoute(makeRoute({ store: this.#store, pattern: 'k*', options: tokens }))
    for (let i = 0; i < 4; i++) this.#connect(null)
    for (let i = 0; i < (options.followers ?? 0); i++) this.#addFollower(tokens)
  }

  #addFollower(tokens: string): void {
    const { followerRules: rules } = this.#options
    const bench = new DispatchBench({
      commands: allCommands,
      clock: this.#clock,
      defer: (job) => this.#deferred.push(job),
      ...(rules && { rules }),
    })
    const leader = (this.#options.isChain === true ? this.#followers.at(-1) : undefined) ?? this.#bench
    const follower = new ModelFollower(bench, leader, this.#clock, this.#random)
    const store = new FollowersStore(this.#history, this.#clock, this.#random)
    store.mayAsk = () => !bench.origins.resolver.asksPrimary
    this.#followerStores.push(store)
    bench.origins.resolver.addRoute(makeRoute({ store, pattern: 'k*', options: tokens }))
    this.#followers.push(follower)
    for (let i = 0; i < 3; i++) this.#connect(follower)
  }

  async go(): Promise<Verdict> {
    for (let step = 0; step < this.#options.steps; step++) {
      this.#act()
      await this.#pass(1 + this.#random.below(4))
    }
    this.#store.failing = this.#store.hanging = 0
    for (const follower of this.#followers) follower.losing = 0
    for (const store of this.#followerStores) store.failing = store.hanging = 0
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
    else for (const follower of this.#followers) this.#turn(follower)
  }

  #turn(follower: ModelFollower): void {
    follower.losing = this.#random.below(4) === 0 ? 20 : 0
    const follows = this.#random.below(3) > 0
    this.#note(`a follower ${follows ? 'follows' : 'asks for itself'}`)
    follower.turn(follows)
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
    for (const store of this.#followerStores) store.changed(key)
    this.#note(`origin ${key} = ${value}`)
  }

  #send(requests: string[][]): void {
    const entry = this.#clients[this.#random.below(this.#clients.length)]
    if (entry.ofFollower) requests = requests.map((words) => (isRead(words) ? words : ['GET', this.#key()]))
    for (const words of requests) {
      entry.sent.push({ words, arrivedAtMs: this.#now() })
      this.#note(`client ${entry.client.id} ${words.join(' ')}`)
    }
    entry.client.request(...requests)
  }

  #connect(follower: ModelFollower | null): void {
    const { bench } = follower ?? { bench: this.#bench }
    this.#clients.push({ client: bench.client(), sent: [], ofFollower: follower !== null })
  }

  #replaceClient(): void {
    const [gone] = this.#clients.splice(this.#random.below(this.#clients.length), 1)
    gone.client.close()
    this.#left.push(gone)
    this.#connect(gone.ofFollower ? this.#followers[this.#random.below(this.#followers.length)] : null)
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
    let followerReads = 0
    const hops = this.#options.isChain === true ? this.#followers.length : 1
    for (const { client, sent, ofFollower } of [...this.#clients, ...this.#left]) {
      const gone = this.#left.some((left) => left.client === client)
      if (!gone && client.replies.length !== sent.length) violations.push(`client ${client.id} waits for ever`)
      client.replies.forEach((reply, i) => {
        const { words, arrivedAtMs } = sent[i]
        if (!isRead(words)) return
        reads++
        if (reply instanceof ReplyError) return void errors++
        if (ofFollower) followerReads++
        const slack = slackMs[this.#options.mode] + (ofFollower ? wayMs[this.#options.mode] * hops : 0)
        const fromMs = arrivedAtMs - slack - (this.#options.staleIfErrorMs ?? 0)
        this.#check(`${ofFollower ? 'follower: ' : ''}${words.join(' ')}`, words, reply, {
          arrivedAtMs,
          fromMs,
          repliedAtMs: client.repliedAtMs[i],
          violations,
        })
      })
    }
    if (this.#followerStores.some(({ wasAsked }) => wasAsked)) violations.push('a follower asked the origin itself')
    const { void: voided, passing, notModified } = this.#bench.origins.resolver.routes.all[0].statistics
    const benches = [this.#bench, ...this.#followers.map(({ bench }) => bench)]
    for (const bug of benches.flatMap(({ bugs }) => bugs)) violations.push(String((bug as Error).stack))
    const { writes } = this.#store
    const figures = this.#followers.map(({ bench }) => bench.origins.resolver.routes.all[0].statistics)
    const primaryAsks = figures.reduce((sum, one) => sum + one.primaryAsks, 0)
    const primaryWaits = figures.reduce((sum, one) => sum + one.primaryWaits, 0)
    const stale = this.#bench.origins.resolver.routes.all[0].statistics.staleIfError
    const followerStale = figures.reduce((sum, one) => sum + one.staleIfError, 0)
    const counts = { stale, followerStale, reads, errors, void: voided, passing, notModified, writes, followerReads }
    return { violations, ...counts, primaryAsks, primaryWaits }
  }

  #check(
    shown: string,
    words: string[],
    reply: Reply,
    { arrivedAtMs, fromMs, repliedAtMs, violations }: Moments,
  ): void {
    const replied = (words[0] === 'GET' ? [reply] : reply) as (string | null)[]
    words.slice(1).forEach((key, i) => {
      if (this.#history.heldWithin(key, replied[i], fromMs, repliedAtMs)) return
      violations.push(
        `seed ${this.#options.seed}, ${this.#options.mode}: ${shown} arrived ${arrivedAtMs}, replied ${repliedAtMs} ` +
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

interface Moments {
  readonly arrivedAtMs: number
  /** From when on the origin must have held what was replied. */
  readonly fromMs: number
  readonly repliedAtMs: number
  readonly violations: string[]
}

const isRead = ([name]: readonly string[]): boolean => name === 'GET' || name === 'MGET'

export const runHistory = (options: HistoryOptions): Promise<Verdict> => new Run(options).go()
