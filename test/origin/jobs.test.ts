import { ReplyError, Slice } from '../../src/base/index.js'
import type { Job, JobKind } from '../../src/origin/job.js'
import { Jobs } from '../../src/origin/jobs.js'
import { Unavailable, type Answer, type Ask, type NamePage, type OriginStore } from '../../src/origin/store.js'
import { found } from './support/controlled-store.js'
import { Engine, type EngineOptions } from './support/engine.js'

/** An origin that lists its keys, ten a page, and answers at once. */
class ListingStore implements OriginStore {
  readonly batchMax: number
  readonly values = new Map<string, string>()
  /** Keys of each request. */
  readonly requests: string[][] = []
  readonly prefixes: string[] = []
  fails: false | Unavailable = false
  listFails: false | Unavailable = false
  lists = 0
  readonly failing = new Set<string>()
  noStore = false

  constructor(batchMax: number) {
    this.batchMax = batchMax
  }

  async fetchMany(asks: readonly Ask[]): Promise<readonly (Answer | Unavailable)[]> {
    this.requests.push(asks.map(({ key }) => key))
    if (this.fails) throw this.fails
    return asks.map(({ key }) => {
      if (this.failing.has(key)) return new Unavailable('half of it')
      const value = this.values.get(key)
      if (value === undefined) return { kind: 'absent' }
      return value === 'bad' ? { kind: 'refused', reason: 'is bad' } : found(value, { noStore: this.noStore })
    })
  }

  async list(prefix: string, cursor: NamePage['next']): Promise<NamePage> {
    this.prefixes.push(prefix)
    this.lists++
    if (this.listFails) throw this.listFails
    const names = [...this.values.keys()]
    const from = Number(cursor ?? 0)
    return { names: names.slice(from, from + 10), next: from + 10 < names.length ? String(from + 10) : null }
  }

  get asked(): string[] {
    return this.requests.flat()
  }

  async close(): Promise<void> {}
}

class Bench extends Engine {
  readonly listing: ListingStore
  readonly jobs = new Jobs(this.keyspace, this.resolver, this.clock)
  outcome: Job | ReplyError | null = null
  wanted = true

  constructor(options: EngineOptions & { batchMax?: number; keys?: number } = {}) {
    const store = new ListingStore(options.batchMax ?? 100)
    super({ store, ...options })
    this.listing = store
    for (let i = 0; i < (options.keys ?? 0); i++) store.values.set(`k${i}`, `v${i}`)
  }

  start(kind: JobKind, more: { rate?: number; match?: string; database?: number } = {}): void {
    const { rate = 1000, match, database = 0 } = more
    this.outcome = null
    this.jobs.start({
      ...{ kind, route: this.route, database, rate, match: match === undefined ? null : Slice.from(match) },
      wanted: () => this.wanted,
      done: (outcome) => (this.outcome = outcome),
    })
  }

  /** Lets a job run for some time. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < 30; i++) await this.turn()
    for (let left = ms; left > 0; left -= 100) {
      await this.advance(Math.min(100, left))
      for (let i = 0; i < 3; i++) await this.turn()
    }
  }

  get report(): Record<string, unknown> {
    if (this.outcome === null || this.outcome instanceof ReplyError) throw new Error(this.outcome?.text ?? 'it runs')
    return Object.fromEntries(this.jobs.report(this.outcome))
  }

  get figures(): Record<string, unknown> {
    return Object.fromEntries(this.jobs.figures(this.jobs.running[0]))
  }
}

describe('warming', () => {
  test('fills what the origin lists and is not held', async () => {
    const bench = new Bench({ keys: 25 })
    bench.write('k3', 'held')
    bench.listing.values.set('other', 'of no key').set('k-bad', 'bad')
    bench.start('warm')
    await bench.pass(1000)
    expect(bench.report).toMatchObject({ asked: 26 - 1, filled: 24, kept: 1, refused: 1, unbound: 1, cancelled: 0 })
    expect([bench.held('k0'), bench.held('k24'), bench.held('k3')]).toEqual(["'v0'", "'v24'", "'held'"])
    expect(bench.listing.asked).not.toContain('k3')
    expect(bench.jobs.running).toEqual([])
  })

  test('asks for many keys in one request where the origin can, and for a few at once where it cannot', async () => {
    const bench = new Bench({ keys: 100, batchMax: 50 })
    bench.start('warm')
    await bench.pass(2000)
    expect(bench.report).toMatchObject({ filled: 100 })
    expect(bench.listing.requests.length).toBeLessThanOrEqual(11) // pages of ten

    const single = new Bench({ keys: 40, batchMax: 1, options: 'max-in-flight 8' })
    single.start('warm')
    for (let i = 0; i < 3; i++) await single.turn()
    expect(single.listing.requests).toHaveLength(2) // a quarter of what may be in flight
    await single.pass(2000)
    expect(single.report).toMatchObject({ filled: 40 })
  })

  test('asks for no more keys a second than it was told', async () => {
    const bench = new Bench({ keys: 100 })
    bench.start('warm', { rate: 20 })
    await bench.pass(1000)
    expect(bench.listing.asked.length).toBeGreaterThan(15)
    expect(bench.listing.asked.length).toBeLessThanOrEqual(22)
    expect(bench.figures).toMatchObject({ origin: 'o', job: 'warm', state: 'running', rate: 20, total: null })
    await bench.pass(5000)
    expect(bench.report).toMatchObject({ filled: 100, seconds: 5 })
  })

  test('of a pattern fills these keys only, and says to the origin what they begin with', async () => {
    const bench = new Bench({ keys: 25 })
    bench.start('warm', { match: 'k1?' })
    await bench.pass(1000)
    expect(bench.report).toMatchObject({ asked: 10, filled: 10 })
    expect(bench.listing.prefixes[0]).toBe('k1')
  })

  test('asks again for what was invalidated, and what is remembered as absent', async () => {
    const bench = new Bench({ keys: 2, options: 'validate never' })
    const read = bench.read('k9')
    await bench.turn()
    expect(read.reply).toBe('nil')
    bench.start('warm')
    await bench.pass(100)
    bench.resolver.invalidate(0, Slice.from('k0'))
    bench.listing.values.set('k9', 'come')
    bench.start('warm')
    await bench.pass(100)
    expect(bench.report).toMatchObject({ asked: 2, filled: 1, kept: 2 })
    expect(bench.held('k9')).toBe("'come'")
  })

  test('counts what may not be stored', async () => {
    const bench = new Bench({ keys: 3 })
    bench.listing.noStore = true
    bench.start('warm')
    await bench.pass(1000)
    expect(bench.report).toMatchObject({ asked: 3, filled: 0, unstored: 3 })
  })

  test('while the origin is down asks for one key after longer and longer pauses, then goes on', async () => {
    const bench = new Bench({ keys: 60, options: 'breaker 3 1s' })
    bench.start('warm', { rate: 100 })
    await bench.pass(200)
    bench.listing.fails = new Unavailable('it is down')
    const before = bench.listing.asked.length
    await bench.pass(60_000)
    const asked = bench.listing.asked.length - before
    expect(asked).toBeGreaterThan(3)
    expect(asked).toBeLessThan(10 + 12) // a batch, then one by one
    expect(bench.outcome).toBeNull()
    expect(bench.figures).toMatchObject({ state: 'paused', failed: 0 })
    expect(bench.figures.reason).toContain('it is down')
    bench.listing.fails = false
    await bench.pass(32_000)
    expect(bench.report).toMatchObject({ filled: 60, failed: 0 })
  })

  test('while the origin does not go on listing waits longer and longer, and goes on where it was', async () => {
    const bench = new Bench({ keys: 60 })
    bench.start('warm', { rate: 100 })
    await bench.pass(200)
    bench.listing.listFails = new Unavailable('it is down')
    const before = bench.listing.lists
    await bench.pass(60_000)
    expect(bench.listing.lists - before).toBeGreaterThan(3)
    expect(bench.listing.lists - before).toBeLessThan(12)
    expect(bench.figures).toMatchObject({ state: 'paused', reason: 'it is down' })
    bench.listing.listFails = false
    await bench.pass(32_000)
    expect(bench.report).toMatchObject({ asked: 60, filled: 60 })
  })

  test('gives up a key that fails again and again while others are answered', async () => {
    const bench = new Bench({ keys: 30 })
    bench.listing.failing.add('k7').add('k29')
    bench.start('warm')
    await bench.pass(60_000)
    expect(bench.report).toMatchObject({ filled: 28, failed: 2 })
    expect(bench.listing.asked.filter((key) => key === 'k7')).toHaveLength(3)
  })

  test('ends, though the only key that is left fails for ever', async () => {
    const bench = new Bench({ keys: 11, batchMax: 10 })
    bench.listing.failing.add('k10')
    bench.start('warm')
    await bench.pass(300_000)
    expect(bench.report).toMatchObject({ filled: 10, failed: 1 })
  })

  test('says at once that the origin does not list its keys', async () => {
    const bench = new Bench({ keys: 1 })
    bench.listing.listFails = new Unavailable('it is down')
    bench.start('warm')
    await bench.pass(100)
    expect((bench.outcome as ReplyError).text).toBe("ORIGINDOWN origin 'o' does not list its keys (it is down)")
  })

  test('that is cancelled ends with what it has counted, whatever it waits for', async () => {
    const bench = new Bench({ keys: 100 })
    bench.start('warm', { rate: 10 })
    await bench.pass(500)
    expect(bench.jobs.cancel(bench.route)).toBe(1)
    expect(bench.jobs.cancel(bench.route)).toBe(0)
    await bench.turn()
    expect(bench.report).toMatchObject({ cancelled: 1 })
    expect(bench.report.filled).toBeGreaterThan(0)
    const asked = bench.listing.asked.length
    await bench.pass(5000)
    expect(bench.listing.asked).toHaveLength(asked)
  })

  test('ends soon when nobody waits for it any more', async () => {
    const bench = new Bench({ keys: 100 })
    bench.start('warm', { rate: 1 })
    await bench.pass(100)
    bench.wanted = false
    await bench.pass(1100)
    expect(bench.report).toMatchObject({ cancelled: 1 })
  })

  test('runs once for an origin at a time', async () => {
    const bench = new Bench({ keys: 100 })
    bench.start('warm', { rate: 1 })
    expect(() => bench.start('warm')).toThrow("ORIGIN WARM of origin 'o' runs already")
    bench.start('reconcile')
    await bench.pass(100)
    bench.jobs.cancel(null)
    await bench.turn()
    expect(bench.jobs.running).toEqual([])
  })

  test('of a route of all databases fills the one that is asked for', async () => {
    const bench = new Bench({ keys: 3, options: 'db all' })
    bench.start('warm', { database: 2 })
    await bench.pass(1000)
    expect([bench.show(2, Slice.from('k1')), bench.held('k1')]).toEqual(["'v1'", 'nil'])
  })
})

describe('reconciling', () => {
  test('confirms, replaces and deletes every copy that is held, and no other key', async () => {
    const bench = new Bench({ keys: 30, options: 'validate never' })
    bench.start('warm')
    await bench.pass(1000)
    bench.listing.values.set('k1', 'changed').set('k40', 'new').delete('k2')
    bench.write('plain', 'v')
    bench.listing.requests.length = 0
    bench.start('reconcile')
    await bench.pass(1000)
    expect(bench.report).toMatchObject({ asked: 30, replaced: 1, kept: 28, dropped: 1, cancelled: 0 })
    expect([bench.held('k1'), bench.held('k2'), bench.held('k3')]).toEqual(["'changed'", 'nil', "'v3'"])
    expect(new Set(bench.listing.asked)).toEqual(new Set(Array.from({ length: 30 }, (_, i) => `k${i}`)))
    expect(bench.held('plain')).toBe("'v'")
  })

  test('does not ask for a copy that is gone by its turn', async () => {
    const bench = new Bench({ keys: 30, options: 'validate never' })
    bench.start('warm')
    await bench.pass(1000)
    bench.start('reconcile', { rate: 10 })
    await bench.pass(100)
    for (let i = 0; i < 30; i++) bench.remove(`k${i}`)
    await bench.pass(5000)
    expect(Number(bench.report.asked)).toBeLessThan(4)
    expect(bench.keyspace.databases[0].size).toBeLessThan(2)
  })

  test('knows how many keys there are to look at', async () => {
    const bench = new Bench({ keys: 30, options: 'validate never' })
    bench.start('warm')
    await bench.pass(1000)
    bench.start('reconcile', { rate: 10 })
    await bench.pass(500)
    expect(bench.figures).toMatchObject({ job: 'reconcile', looked: 30, total: 30 })
    expect(bench.figures.asked).toBeLessThan(10)
  })

  test('waits for an origin that is down from the start', async () => {
    const bench = new Bench({ keys: 30, options: 'validate never' })
    bench.start('warm')
    await bench.pass(1000)
    bench.listing.fails = new Unavailable('it is down')
    bench.start('reconcile')
    await bench.pass(20_000)
    expect(bench.figures).toMatchObject({ state: 'paused' })
    bench.listing.fails = false
    await bench.pass(40_000)
    expect(bench.report).toMatchObject({ kept: 30, failed: 0 })
  })
})
