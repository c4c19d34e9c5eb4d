import { Unavailable } from '../../src/origin/store.js'
import type { Primary } from '../../src/origin/upstream.js'
import { ControlledPush, ControlledStore, found, notModified } from './support/controlled-store.js'
import { Engine } from './support/engine.js'

class PushEngine extends Engine {
  readonly pushing: ControlledPush

  constructor(options = 'validate push', store = new ControlledPush()) {
    super({ options, store })
    this.pushing = store
  }

  /** Lets the connection begin, and moves on: what is asked from now on is covered. */
  async begin(): Promise<void> {
    this.pushing.watched.begin()
    await this.advance(1)
  }

  /** Time passes in which the connection proves itself whenever it is asked to. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) {
      await this.advance(Math.min(1000, ms - passed))
      for (const proof of this.pushing.watched.proofs.splice(0)) proof.prove()
      await this.turn()
    }
  }
}

/** A store that has something to bring up. */
class StartedStore extends ControlledStore {
  readonly facts = { path: '/data/app.db', driver: 'a-driver' }
  starts = 0

  start(): void {
    this.starts++
  }
}

test('a store is started behind the call that brings its route, unless it is a follower’s or gone by then', async () => {
  const nobody: Primary = {
    converse: () => Promise.reject(new Unavailable('not connected')),
    appliedOffset: 0,
    applied: () => Promise.resolve(),
    close: () => undefined,
  }
  const [alone, following, gone] = [0, 1, 2].map(() => new StartedStore())
  const engine = new Engine({ store: alone })
  expect(alone.starts).toBe(0)
  await engine.turn()
  expect(alone.starts).toBe(1)
  const follower = new Engine({ store: following })
  follower.resolver.follow(nobody)
  await follower.turn()
  expect(following.starts).toBe(0)
  follower.resolver.follow(null)
  expect(following.starts).toBe(1)
  const brief = new Engine({ store: gone })
  await brief.resolver.removeRoute(brief.route)
  await brief.turn()
  expect(gone.starts).toBe(0)
})

test('the log says once by what an origin is read, where there is a choice', async () => {
  const engine = new Engine({ store: new StartedStore() })
  await engine.turn()
  expect(engine.log).toEqual(["origin 'o' (/data/app.db) is read by a-driver"])
})

/** A read of k1 that has to ask, and what its origin is asked then. */
async function asks(engine: PushEngine): Promise<boolean> {
  const before = engine.store.calls.length
  const read = engine.read('k1')
  await engine.turn()
  if (engine.store.calls.length === before) {
    expect(read.reply).toBe("'one'")
    return false
  }
  engine.store.last.answer(notModified)
  await engine.turn()
  expect(read.reply).toBe("'one'")
  return true
}

describe('a copy under push', () => {
  test('is validated by every read until its origin listens, and by none after', async () => {
    const engine = new PushEngine()
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    expect(await asks(engine)).toBe(true)
    await engine.begin()
    expect(await asks(engine)).toBe(true) // asked for before anything was told
    await engine.advance(1)
    expect(await asks(engine)).toBe(false)
    await engine.pass(3_600_000)
    expect(await asks(engine)).toBe(false)
    expect(engine.resolver.load(engine.route).push).toBe('live')
  })

  test('is asked for again when its key changed, and not served before, not even from a dead origin', async () => {
    const engine = new PushEngine()
    await engine.begin()
    await engine.fill('k1', found('one'))
    await engine.fill('k2', found('other'))
    await engine.advance(1)
    engine.pushing.watched.listener.changed('k1')
    const read = engine.read('k1')
    await engine.turn()
    engine.store.last.fail(new Unavailable('HTTP 503'))
    await engine.turn()
    expect(read.reply).toMatch(/^ORIGINDOWN/)
    await engine.fill('k1', found('two'))
    await engine.advance(1)
    expect(engine.read('k1').reply).toBe("'two'")
    expect(engine.read('k2').reply).toBe("'other'")
    expect(engine.route.statistics.pushed).toBe(1)
  })

  test('is not made of an answer whose request was under way when the key changed', async () => {
    const engine = new PushEngine()
    await engine.begin()
    const read = engine.read('k1')
    await engine.turn()
    engine.pushing.watched.listener.changed('k1')
    engine.store.last.answer(found('old'))
    await engine.turn()
    expect(read.reply).toBeUndefined() // settled again
    engine.store.last.answer(found('new'))
    await engine.turn()
    expect(read.reply).toBe("'new'")
  })

  test('lives no longer than the duration behind push', async () => {
    const engine = new PushEngine('validate push 10s')
    await engine.begin()
    await engine.fill('k1', found('one'))
    await engine.pass(9_999)
    expect(await asks(engine)).toBe(false)
    await engine.pass(1)
    expect(await asks(engine)).toBe(true)
  })

  test('a remembered absence ends with the news of its key', async () => {
    const engine = new PushEngine()
    await engine.begin()
    await engine.fill('k1', { kind: 'absent' })
    await engine.advance(1)
    expect(engine.read('k1').reply).toBe('nil')
    engine.pushing.watched.listener.changed('k1')
    await engine.fill('k1', found('one'))
    expect(engine.held('k1')).toBe("'one'")
  })

  test('is validated again when any key may have changed', async () => {
    const engine = new PushEngine()
    await engine.begin()
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    engine.pushing.watched.listener.changedAll()
    await engine.advance(1)
    expect(await asks(engine)).toBe(true)
    await engine.advance(1)
    expect(await asks(engine)).toBe(false)
  })
})

describe('a connection that tells of changes', () => {
  test('covers nothing once it has not proven itself for five seconds, and is given up', async () => {
    const engine = new PushEngine()
    await engine.begin()
    await engine.fill('k1', found('one'))
    await engine.advance(4_000)
    expect(await asks(engine)).toBe(false)
    await engine.advance(1_000)
    expect(await asks(engine)).toBe(true)
    await engine.advance(5_000)
    expect(engine.resolver.load(engine.route).push).toBe('lost')
    expect(engine.pushing.watched.isClosed || engine.pushing.watches[0].isClosed).toBe(true)
    expect(engine.log).toEqual([
      "origin 'o' tells of changes",
      "origin 'o' does not tell of changes: it did not prove itself within 5s; every read is validated meanwhile",
    ])
  })

  test('is opened again when it is lost; what was confirmed before or between is asked for again', async () => {
    const engine = new PushEngine()
    await engine.begin()
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    engine.pushing.watched.listener.lost('connection reset')
    expect(await asks(engine)).toBe(true)
    await engine.advance(200)
    expect(engine.pushing.watches).toHaveLength(2)
    expect(await asks(engine)).toBe(true)
    await engine.begin()
    expect(await asks(engine)).toBe(true)
    await engine.advance(1)
    expect(await asks(engine)).toBe(false)
    expect(engine.log).toEqual([
      "origin 'o' tells of changes",
      "origin 'o' does not tell of changes: connection reset; every read is validated meanwhile",
      "origin 'o' tells of changes again after 200ms",
    ])
    expect(engine.route.statistics.pushLost).toBe(1)
  })

  test('its loss begins the time of stale-if-error, however old the confirmation is', async () => {
    const engine = new PushEngine('validate push stale-if-error 10s')
    await engine.begin()
    await engine.fill('k1', found('one'))
    await engine.pass(3_600_000)
    engine.pushing.watched.listener.lost('connection reset')
    const fails = async (): Promise<string | undefined> => {
      const read = engine.read('k1')
      await engine.turn()
      engine.store.last.fail(new Unavailable('HTTP 503', { counts: false }))
      await engine.turn()
      return read.reply
    }
    expect(await fails()).toBe("'one'")
    await engine.advance(7_999) // its last proof may be two seconds old
    expect(await fails()).toBe("'one'")
    await engine.advance(2_001)
    expect(await fails()).toMatch(/^ORIGINDOWN/)
  })

  test('is tried again after pauses that double, be it refused or silent', async () => {
    const engine = new PushEngine('validate push hard-timeout 1s')
    engine.pushing.watched.refuse(new Unavailable('ECONNREFUSED'))
    await engine.turn()
    await engine.advance(110) // 100 ms and at most a tenth
    expect(engine.pushing.watches).toHaveLength(2)
    await engine.advance(1000)
    expect(engine.pushing.watches[1].signal.aborted).toBe(true)
    await engine.advance(199)
    expect(engine.pushing.watches).toHaveLength(2)
    await engine.advance(21)
    expect(engine.pushing.watches).toHaveLength(3)
    engine.pushing.watches[1].begin() // too late
    await engine.turn()
    expect(engine.pushing.watches[1].isClosed).toBe(true)
    expect(engine.resolver.load(engine.route).push).toBe('lost')
    expect(engine.log).toHaveLength(1)
  })

  test('that is lost before it began counts for nothing', async () => {
    const engine = new PushEngine()
    const [first] = engine.pushing.watches
    first.listener.lost('reset')
    first.begin()
    await engine.turn()
    expect(first.isClosed).toBe(true)
    first.listener.changed('k1')
    expect(engine.route.statistics.pushed).toBe(0)
    expect(engine.resolver.load(engine.route).push).toBe('lost')
  })

  test('is closed with its route', async () => {
    const engine = new PushEngine()
    await engine.begin()
    await engine.resolver.removeRoute(engine.route)
    expect(engine.pushing.watched.isClosed).toBe(true)
    await engine.advance(60_000)
    expect(engine.pushing.watches).toHaveLength(1)
    expect(engine.log).toEqual(["origin 'o' tells of changes"])
  })
})
