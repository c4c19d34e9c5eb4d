import { Slice } from '../../../src/base/index.js'
import type { Settling } from '../../../src/command/index.js'
import { Copies, type Confirmation, type Keyspace } from '../../../src/keyspace/index.js'
import { flightId, type Flight } from '../../../src/origin/flight.js'
import { Rules, type Times, type Validation } from '../../../src/origin/rules.js'
import type { CallSettlement } from '../../../src/origin/settlement.js'
import { runHistory, type HistoryOptions, type Mode } from './run.js'

/** Each takes out one thing that ORIGIN.md says is needed; the checker has to see it missed. */
interface Mutation {
  readonly title: string
  readonly mode: Mode
  readonly make: () => Partial<HistoryOptions>
}

/** Changes what dispatch is told: `permits` says yes to more. */
const permitting =
  (more: (settlement: CallSettlement, id: string) => boolean) =>
  (engine: Settling): Settling => ({
    get routeCount() {
      return engine.routeCount
    },
    isBound: (db, key) => engine.isBound(db, key),
    usable: (db, key, read) => engine.usable(db, key, read),
    freshUntilMs: (db, key) => engine.freshUntilMs(db, key),
    observer: null,
    status: (db, key, atMs, settlement) => engine.status(db, key, atMs, settlement),
    writesToOrigin: (db, key) => engine.writesToOrigin(db, key),
    beginWrite: (db, key, changed) => engine.beginWrite(db, key, changed),
    settle(keys, atMs, settled, again) {
      const settlement = engine.settle(keys, atMs, settled, again) as CallSettlement
      const permits = settlement.permits.bind(settlement)
      settlement.permits = (db, key) => permits(db, key) || more(settlement, flightId(db, key))
      return settlement
    },
  })

/** Dispatch does not look again at keys that were settled when their turn comes. */
const withoutRecheck = permitting((settlement) => settlement.done)

/** A read whose answer was void runs on what is there: neither settled again nor looked at again. */
const runsAnyway = permitting(({ waiters }, id) =>
  waiters.some((waiter) => waiter.id === id && waiter.outcome === 'ready' && waiter.rounds > 0),
)

/** Answers are kept whatever happened to their key. */
class KeepsVoid extends Rules {
  override mayKeep(): boolean {
    return true
  }
}

class AgeFromTheAnswer extends Rules {
  override isFresh(validation: Validation, times: Times, arrivedAtMs: number): boolean {
    if (validation.mode !== 'lifetime') return super.isFresh(validation, times, arrivedAtMs)
    return times.answeredAtMs > arrivedAtMs - validation.lifetimeMs
  }
}

/** A connection that tells of changes vouches for copies from before it began. */
class CoversThePast extends Rules {
  override isFresh(validation: Validation, times: Times, arrivedAtMs: number): boolean {
    if (validation.mode !== 'push') return super.isFresh(validation, times, arrivedAtMs)
    return validation.coverage.isLive || super.isFresh(validation, times, arrivedAtMs)
  }
}

/** A follower that takes its primary's word for what it holds itself, whatever the stream has brought. */
class DoesNotWait extends Rules {
  override isTold(): boolean {
    return true
  }
}

/** A follower that takes what is told just now for what was confirmed just now. */
class CountsFromTheTelling extends Rules {
  override toldOf(sentAtMs: number): number {
    return sentAtMs
  }
}

class RunsOnWhatIsThere extends Rules {
  override get settlesAgain(): boolean {
    return false
  }
}

/** Voids by comparing versions of entries, which begin anew when a key is deleted. */
class RestartingVersions extends Rules {
  readonly #versions = new Map<string, { atMs: number; version: number }[]>()

  watch(keyspace: Keyspace): void {
    const forget = (): void => this.#versions.clear()
    const startedUnixMs = keyspace.nowMs
    const keyChanged = (db: number, key: Slice): void => {
      const exists = keyspace.databases[db].find(Slice.from(key.toBuffer())) !== 0
      const log = this.#of(flightId(db, key))
      log.push({ atMs: keyspace.nowMs - startedUnixMs, version: exists ? (log.at(-1)?.version ?? 0) + 1 : 0 })
    }
    keyspace.setInterest({ keyChanged, flushed: forget, swapped: forget }, 1)
  }

  override mayKeep(request: { readonly isVoid: boolean }): boolean {
    const { id, askedAtMs } = request as Flight
    const log = this.#of(id)
    const atAsk = log.filter(({ atMs }) => atMs <= askedAtMs).at(-1)?.version ?? 0
    return atAsk === (log.at(-1)?.version ?? 0)
  }

  #of(id: string): { atMs: number; version: number }[] {
    let log = this.#versions.get(id)
    if (log === undefined) this.#versions.set(id, (log = []))
    return log
  }
}

/** A local write leaves the validator of what it wrote over. */
class KeptValidators extends Copies {
  readonly #validators = new Map<string, string>()

  override confirm(...args: Parameters<Copies['confirm']>): void {
    super.confirm(...args)
    const [db, key, , , , validator] = args
    if (validator !== null) this.#validators.set(flightId(db, key), validator)
  }

  override confirmation(db: number, key: Slice, into: Confirmation): boolean {
    const found = super.confirmation(db, key, into)
    if (found && this.#validators.has(flightId(db, key))) into.known = true
    return found
  }

  override validator(db: number, key: Slice): string | null {
    return super.validator(db, key) ?? this.#validators.get(flightId(db, key)) ?? null
  }

  override evidence(...[db, key, kind]: Parameters<Copies['evidence']>): ReturnType<Copies['evidence']> {
    const evidence = super.evidence(db, key, kind)
    return evidence === null ? null : { ...evidence, validator: this.validator(db, key) }
  }
}

const stale = { followers: 1, write: 'through', staleIfErrorMs: 100 } as const

const mutations: Mutation[] = [
  ...(['strict', 'always', 'lifetime', 'push'] as const).map((mode) => ({
    title: `a follower does not wait, ${mode}`,
    mode,
    make: () => ({ followers: 1, followerRules: new DoesNotWait() }),
  })),
  {
    title: 'a follower counts what is stale from the telling',
    mode: 'strict',
    make: () => ({ ...stale, followerRules: new CountsFromTheTelling() }),
  },
  {
    title: 'a follower serves what is stale at its primary, whatever it holds itself',
    mode: 'always',
    make: () => ({ ...stale, followerRules: new DoesNotWait() }),
  },
  {
    title: 'push vouches for the past at a follower',
    mode: 'push',
    make: () => ({ followers: 1, followerRules: new CoversThePast() }),
  },
  { title: 'recheck removed', mode: 'always', make: () => ({ settling: withoutRecheck }) },
  { title: 'not-modified accepted after a write', mode: 'always', make: () => ({ rules: new KeepsVoid() }) },
  { title: 'age from the answer', mode: 'lifetime', make: () => ({ rules: new AgeFromTheAnswer() }) },
  { title: 'push vouches for the past', mode: 'push', make: () => ({ rules: new CoversThePast() }) },
  { title: 'an answer from before a push accepted', mode: 'push', make: () => ({ rules: new KeepsVoid() }) },
  {
    title: 'validator kept over a write',
    mode: 'always',
    make: () => ({ copies: (keyspace) => new KeptValidators(keyspace) }),
  },
  {
    title: 'waiting reads run after a dropped fill',
    mode: 'always',
    make: () => ({ rules: new RunsOnWhatIsThere(), settling: runsAnyway }),
  },
  {
    title: 'version reset on delete',
    mode: 'always',
    make: () => {
      const rules = new RestartingVersions()
      return {
        rules,
        copies: (keyspace) => {
          rules.watch(keyspace)
          return new Copies(keyspace)
        },
      }
    },
  },
]

describe('the checker goes red when', () => {
  test.each(mutations)(
    '$title',
    async ({ mode, make }) => {
      let seen: string[] = []
      // most are seen within ten seeds; what only a stale read at the wrong moment shows takes a hundred
      for (let seed = 1; seed <= 400 && seen.length === 0; seed++) {
        seen = (await runHistory({ seed, mode, steps: 600, ...make() })).violations
      }
      expect(seen).not.toEqual([])
      expect(seen[0]).toMatch(/the origin held/)
    },
    120_000,
  )
})
