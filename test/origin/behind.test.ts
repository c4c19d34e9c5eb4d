import { ManualClock, SeededRandom } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench, type TestClient } from './support/dispatch-bench.js'
import { makeRoute } from './support/engine.js'
import { WritableOrigin } from './support/writable-origin.js'

/** A server whose keys are written behind, with a clock that stands. */
class Scene {
  readonly clock = new ManualClock()
  readonly origin = new WritableOrigin()
  readonly bench: DispatchBench
  readonly client: TestClient
  #deferred: (() => void)[] = []

  constructor(options = '') {
    this.bench = new DispatchBench({
      commands: allCommands,
      config: { 'enable-origin-command': 'yes' },
      clock: this.clock,
      defer: (job) => this.#deferred.push(job),
    })
    this.bench.origins.resolver.addRoute(makeRoute({ store: this.origin, options: `write behind ${options}` }))
    this.client = this.bench.client()
  }

  /** Replies what a request was replied, or undefined while it waits. */
  async call(...words: string[]): Promise<unknown> {
    return this.callBy(this.client, ...words)
  }

  async callBy(client: TestClient, ...words: string[]): Promise<unknown> {
    const before = client.replies.length
    client.request(words)
    await this.turn()
    return client.replies[before]
  }

  /** As `call`, without a loop turn behind it: nothing was sent to the origin yet. */
  callNow(...words: string[]): unknown {
    const before = this.client.replies.length
    this.client.request(words)
    return this.client.replies[before]
  }

  async turn(): Promise<void> {
    for (let i = 0; i < 12; i++) {
      await Promise.resolve()
      for (const job of this.#deferred.splice(0)) job()
    }
    await new Promise((resolve) => setImmediate(resolve))
    for (const job of this.#deferred.splice(0)) job()
    await new Promise((resolve) => setImmediate(resolve))
  }

  async advance(ms: number): Promise<void> {
    this.clock.advance(ms)
    await this.turn()
  }

  /** Writes that wait. */
  get pending(): number {
    const { resolver } = this.bench.origins
    return resolver.behind(resolver.routes.all[0])?.length ?? 0
  }

  async figures(): Promise<Record<string, unknown>> {
    return Object.fromEntries(this.bench.origins.figures(this.bench.origins.resolver.routes.all[0]))
  }

  /** As a crash and a start with the same files, or the end of a demotion: what is in memory is read from the journal. */
  restart(): void {
    this.bench.origins.stopWrites()
    this.bench.origins.startWrites()
  }
}

const text = (reply: unknown): unknown => (Buffer.isBuffer(reply) ? reply.toString() : reply)

/** An error reply as a client reads it; '' for any other. */
function errorOf(reply: unknown): string {
  const { prefix, message } = (reply ?? {}) as { prefix?: string; message?: string }
  return prefix === undefined ? '' : `${prefix} ${message}`
}

describe('a write behind', () => {
  test('is made here at once, and at the origin after the reply', async () => {
    const scene = new Scene()
    expect(scene.callNow('SET', 'k1', 'one')).toEqual('OK')
    expect(scene.origin.made).toEqual([])
    expect(text(scene.callNow('GET', 'k1'))).toBe('one')
    await scene.turn()
    expect(scene.origin.made).toEqual([['k1', 'one']])
    expect(await scene.figures()).toMatchObject({ pending_writes: 0, written_behind: 1, dead_letters: 0 })
  })

  test('of DEL deletes at the origin, whether or not a copy is held', async () => {
    const scene = new Scene()
    scene.origin.values.set('k1', 'one')
    expect(scene.callNow('DEL', 'k1')).toBe(0)
    expect(scene.callNow('GET', 'k1')).toBeNull() // though the origin holds it still
    await scene.turn()
    expect(scene.origin.made).toEqual([['k1', null]])
    expect(scene.origin.asked).toEqual([])
  })

  test('that changes nothing is not made', async () => {
    const scene = new Scene('validate 1m')
    scene.origin.values.set('k1', 'one')
    expect(await scene.call('SET', 'k1', 'two', 'NX')).toBeNull()
    expect(scene.origin.made).toEqual([])
  })

  test('is served without a look at the origin until it is made, then validated again', async () => {
    const scene = new Scene()
    scene.origin.state = 'down'
    await scene.call('SET', 'k1', 'one')
    scene.origin.asked = []
    expect(text(await scene.call('GET', 'k1'))).toBe('one')
    expect(scene.origin.asked).toEqual([])
    scene.origin.state = 'well'
    await scene.advance(120)
    expect(scene.origin.made).toEqual([['k1', 'one']])
    await scene.advance(1)
    expect(text(await scene.call('GET', 'k1'))).toBe('one')
    expect(scene.origin.asked).toEqual(['k1'])
  })

  test('confirms the copy as an answer would: it is fresh for its lifetime from then on', async () => {
    const scene = new Scene('validate 1m')
    await scene.call('SET', 'k1', 'one')
    await scene.advance(59_000)
    expect(text(await scene.call('GET', 'k1'))).toBe('one')
    expect(scene.origin.asked).toEqual([])
    await scene.advance(1_001)
    await scene.call('GET', 'k1')
    expect(scene.origin.asked).toEqual(['k1'])
  })

  test('of several calls to a key is one request where none was sent yet', async () => {
    const scene = new Scene()
    for (const value of ['one', 'two', 'three']) scene.callNow('SET', 'k1', value)
    scene.callNow('APPEND', 'k1', '!')
    await scene.turn()
    expect(scene.origin.made).toEqual([['k1', 'three!']])
  })

  test('waits for the one of the same key that is away, while other keys do not', async () => {
    const scene = new Scene()
    let open = (): void => {}
    scene.origin.gate = new Promise((resolve) => (open = resolve))
    await scene.call('SET', 'k1', 'one')
    await scene.call('SET', 'k1', 'two')
    await scene.call('SET', 'k2', 'three')
    open()
    await scene.turn()
    expect(scene.origin.made).toEqual([
      ['k1', 'one'],
      ['k2', 'three'],
      ['k1', 'two'],
    ])
  })

  test('goes on after failures, later each time, and tells of the outage once', async () => {
    const scene = new Scene('breaker 100 1s')
    scene.origin.state = 'down'
    await scene.call('SET', 'k1', 'one')
    const failures = async (): Promise<unknown> => (await scene.figures()).write_errors
    expect(await failures()).toBe(1)
    await scene.advance(110)
    expect(await failures()).toBe(2)
    await scene.advance(110)
    expect(await failures()).toBe(2)
    await scene.advance(110)
    expect(await failures()).toBe(3)
    scene.origin.state = 'well'
    await scene.advance(450)
    expect(scene.origin.made).toEqual([['k1', 'one']])
    expect(scene.bench.log.filter((line) => line.includes("origin 'o' fails"))).toHaveLength(1)
  })

  test('whose answer was lost counts as made when the origin holds its value', async () => {
    const scene = new Scene()
    scene.origin.values.set('k1', '1')
    expect(await scene.call('INCR', 'k1')).toBe(2)
    scene.origin.state = 'loses'
    expect(await scene.call('INCR', 'k1')).toBe(3)
    scene.origin.state = 'well'
    await scene.advance(120)
    expect(scene.origin.values.get('k1')).toBe('3')
    expect(await scene.figures()).toMatchObject({ pending_writes: 0, dead_letters: 0, written_behind: 2 })
  })

  test('is held up no longer than a minute of failures would have it, and reads its journal after a restart', async () => {
    const scene = new Scene()
    scene.origin.state = 'down'
    await scene.call('SET', 'k1', 'one')
    await scene.call('SET', 'k2', 'two')
    scene.restart()
    expect(text(await scene.call('GET', 'k1'))).toBe('one')
    scene.origin.state = 'well'
    await scene.advance(200)
    await scene.advance(2_000)
    expect(Object.fromEntries(scene.origin.values)).toEqual({ k1: 'one', k2: 'two' })
  })

  test('is served from its journal where the copy is gone', async () => {
    const scene = new Scene()
    scene.origin.state = 'down'
    await scene.call('SET', 'k1', 'one', 'PX', '50')
    await scene.call('SET', 'k2', 'two')
    await scene.advance(51)
    expect(await scene.call('FLUSHALL')).toBe('OK')
    expect(text(await scene.call('GET', 'k1'))).toBe('one')
    expect(text(await scene.call('GET', 'k2'))).toBe('two')
    expect(await scene.call('DBSIZE')).toBe(0)
    scene.origin.state = 'well'
    await scene.advance(1_000)
    expect(Object.fromEntries(scene.origin.values)).toEqual({ k1: 'one', k2: 'two' })
  })

  test('and an answer that was on the way when it was made: the answer is not kept', async () => {
    const scene = new Scene('validate 1m')
    scene.origin.values.set('k1', 'old')
    let open = (): void => {}
    scene.origin.gate = new Promise((resolve) => (open = resolve))
    const reader = scene.bench.client()
    reader.request(['GET', 'k1'])
    await scene.turn()
    expect(scene.callNow('SET', 'k1', 'new')).toBe('OK')
    open()
    await scene.turn()
    expect(reader.replies.map(text)).toEqual(['new'])
    expect(text(await scene.call('GET', 'k1'))).toBe('new')
  })

  test('is refused in MULTI, of several bound keys, and of values that the route does not have', async () => {
    const scene = new Scene()
    await scene.call('MULTI')
    expect(errorOf(await scene.call('SET', 'k1', 'one'))).toMatch(/ORIGINWRITE/)
    await scene.call('DISCARD')
    expect(errorOf(await scene.call('MSET', 'k1', 'one', 'k2', 'two'))).toMatch(/ORIGINWRITE/)
    expect(errorOf(await scene.call('LPUSH', 'k1', 'one'))).toMatch(/ORIGINVALUE/)
    expect(await scene.call('DBSIZE')).toBe(0)
    expect(scene.origin.made).toEqual([])
  })

  test('beyond pending-max is refused, and changes nothing', async () => {
    const scene = new Scene('pending-max 2')
    scene.origin.state = 'down'
    await scene.call('SET', 'k1', 'one')
    await scene.call('SET', 'k2', 'two')
    expect(errorOf(await scene.call('SET', 'k3', 'three'))).toMatch(/ORIGINBUSY 2 writes already wait for origin 'o'/)
    expect(await scene.call('DBSIZE')).toBe(2)
  })

  test('RENAME, FLUSHALL, expiry and INVALIDATE delete nothing at the origin', async () => {
    const scene = new Scene('validate 1m')
    await scene.call('SET', 'k1', 'one')
    await scene.call('SET', 'k2', 'two')
    await scene.call('PEXPIRE', 'k1', '10')
    await scene.advance(20)
    await scene.call('ORIGIN', 'INVALIDATE', 'KEYS', 'k2')
    await scene.call('FLUSHALL')
    await scene.advance(20)
    expect(Object.fromEntries(scene.origin.values)).toEqual({ k1: 'one', k2: 'two' })
  })
})

describe('a write that its origin does not take', () => {
  async function conflict(): Promise<Scene> {
    const scene = new Scene()
    scene.origin.values.set('k1', '1')
    await scene.call('GET', 'k1')
    scene.origin.state = 'down'
    expect(await scene.call('INCR', 'k1')).toBe(2) // by a stale copy, which stale-if-error permits
    scene.origin.values.set('k1', '10')
    scene.origin.state = 'well'
    await scene.advance(1_500)
    return scene
  }

  test('is a dead letter, with its reason, and the copy is asked for again', async () => {
    const scene = await conflict()
    expect(await scene.figures()).toMatchObject({ pending_writes: 0, dead_letters: 1 })
    expect(text(await scene.call('GET', 'k1'))).toBe('10')
    const [letter] = (await scene.call('ORIGIN', 'DEADLETTER', 'o')) as unknown[][]
    const fields = Object.fromEntries(
      Array.from({ length: 8 }, (_, i) => [text(letter[2 * i]), text(letter[2 * i + 1])]),
    )
    expect(fields).toMatchObject({ db: 0, key: 'k1', value: '2', reason: 'was changed at its origin meanwhile' })
    expect(scene.bench.log.join('\n')).toMatch(/does not take the write of 'k1'.*ORIGIN DEADLETTER o/)
  })

  test('is tried again on demand: by its old condition, or whatever is there', async () => {
    const scene = await conflict()
    expect(await scene.call('ORIGIN', 'DEADLETTER', 'o', 'RETRY', 'ALL')).toBe(1)
    expect(await scene.figures()).toMatchObject({ pending_writes: 0, dead_letters: 1 })
    expect(scene.origin.values.get('k1')).toBe('10')
    expect(await scene.call('ORIGIN', 'DEADLETTER', 'o', 'RETRY', 'ALL', 'FORCE')).toBe(1)
    expect(scene.origin.values.get('k1')).toBe('2')
    expect(text(await scene.call('GET', 'k1'))).toBe('2')
    expect(await scene.call('ORIGIN', 'DEADLETTER', 'o')).toEqual([])
  })

  test('is forgotten on demand, one or all', async () => {
    const scene = await conflict()
    expect(await scene.call('ORIGIN', 'DEADLETTER', 'o', 'DROP', '1-1')).toBe(0)
    expect(await scene.call('ORIGIN', 'DEADLETTER', 'o', 'DROP', 'ALL')).toBe(1)
    expect(await scene.figures()).toMatchObject({ dead_letters: 0 })
    expect(errorOf(await scene.call('ORIGIN', 'DEADLETTER', 'o', 'DROP', 'x'))).toMatch(/an ID is written as/)
  })

  test('for what it is: refused by the origin', async () => {
    const scene = new Scene()
    scene.origin.refuses = 'has no place there'
    await scene.call('SET', 'k1', 'one')
    const [letter] = (await scene.call('ORIGIN', 'DEADLETTER', 'o')) as unknown[][]
    expect(letter.map(text)).toContain('has no place there')
    scene.origin.refuses = null
    expect(await scene.call('GET', 'k1')).toBeNull() // the origin never had it
  })

  test('keeps ORIGIN DEL from going, unless what waits is to be forgotten', async () => {
    const scene = await conflict()
    const reserved = scene.bench.keyspace.databases[3]
    expect(errorOf(await scene.call('ORIGIN', 'DEL', 'o'))).toMatch(/0 writes wait for it and it did not take 1; wait/)
    expect(reserved.size).toBe(2)
    expect(await scene.call('ORIGIN', 'DEL', 'o', 'DISCARD')).toBe('OK')
    expect(reserved.size).toBe(0)
  })
})

describe('the database of what waits', () => {
  test('is reached by no client', async () => {
    const scene = new Scene()
    await scene.call('SET', 'k1', 'one')
    for (const request of [
      ['SELECT', '3'],
      ['MOVE', 'x', '3'],
      ['SWAPDB', '0', '3'],
      ['COPY', 'x', 'y', 'DB', '3'],
    ]) {
      expect(errorOf(await scene.call(...request))).toMatch(/this database is kept for writes that wait/)
    }
  })

  test('has to be there, and to be another than that of the keys', () => {
    const scene = new Scene()
    const add = (options: string) => () =>
      scene.bench.origins.resolver.addRoute(
        makeRoute({ name: 'p', pattern: 'p*', store: new WritableOrigin(), options }),
      )
    expect(add('write behind db 3')).toThrow(/the last database, 3; set 'databases' to 5 or more/)
    expect(add('write behind db 2')).not.toThrow()
  })
})

describe('random writes behind, with failures, lost answers and restarts', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)

  test(`end at the origin as they were made here (SEED=${seed})`, async () => {
    const random = new SeededRandom(seed)
    const scene = new Scene('hard-timeout 300ms breaker 3 50ms max-in-flight 2 stale-if-error 1d')
    const model = new Map<string, string>()
    const keys = ['k0', 'k1', 'k2', 'k3']
    for (let step = 0; step < 1_500; step++) {
      const key = keys[random.below(4)]
      const roll = random.below(100)
      const was = model.get(key)
      if (roll < 25) {
        const reply = await scene.call('SET', key, String(step))
        if (reply === 'OK') model.set(key, String(step))
      } else if (roll < 45) {
        const reply = await scene.call('APPEND', key, '7')
        if (typeof reply === 'number') model.set(key, `${was ?? ''}7`)
      } else if (roll < 55) {
        const reply = await scene.call('DEL', key)
        if (typeof reply === 'number') model.delete(key)
      } else if (roll < 60) {
        scene.origin.state = 'loses' // one whose answer is lost, and another before it is tried again
        for (const state of ['well', 'well'] as const) {
          const reply = await scene.call('APPEND', key, '8')
          if (typeof reply === 'number') model.set(key, `${model.get(key) ?? ''}8`)
          scene.origin.state = state
        }
      } else if (roll < 75) {
        const reply = await scene.call('GET', key)
        if (errorOf(reply) === '' && reply !== undefined) expect(text(reply)).toBe(was ?? null)
      } else if (roll < 78) await scene.call('FLUSHALL')
      else if (roll < 82) scene.restart()
      else if (roll < 90) scene.origin.state = (['well', 'down', 'loses'] as const)[random.below(3)]
      else await scene.advance(random.below(200))
      if (scene.client.waiting) await scene.advance(400)
    }
    scene.origin.state = 'well'
    for (let i = 0; i < 500 && scene.pending > 0; i++) await scene.advance(31_000)
    expect(await scene.figures()).toMatchObject({ pending_writes: 0, dead_letters: 0 })
    expect(Object.fromEntries(scene.origin.values)).toEqual(Object.fromEntries(model))
    expect(scene.bench.bugs).toEqual([])
  })
})

test.each([
  ['reject', 'ORIGINREADONLY'],
  ['through', 'ORIGINWRITE'],
  ['behind', 'ORIGINWRITE'],
])(
  'a client that asks no origin writes no key either whose route says write %s, and deletes no origin value',
  async (policy, prefix) => {
    const scene = new Scene()
    scene.bench.origins.resolver.addRoute(
      makeRoute({ name: 'p', pattern: 'p*', store: scene.origin, options: `write ${policy}` }),
    )
    await scene.call('CLIENT', 'NO-ORIGIN', 'ON')
    expect(errorOf(await scene.call('SET', 'p1', 'one'))).toMatch(new RegExp(`^${prefix}`))
    expect(errorOf(await scene.call('DEL', 'p1'))).toMatch(policy === 'reject' ? /^$/ : /^ORIGINWRITE/)
    expect(scene.origin.made).toEqual([])
    expect(await scene.call('DBSIZE')).toBe(0)
  },
)
