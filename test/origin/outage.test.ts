import { Unavailable } from '../../src/origin/store.js'
import { ControlledStore, found, notModified } from './support/controlled-store.js'
import { Engine } from './support/engine.js'

const down = (): Unavailable => new Unavailable('HTTP 503')

/** One read that the origin fails. */
async function failOnce(engine: Engine, key = 'k1'): Promise<string | undefined> {
  const read = engine.read(key)
  await engine.turn()
  engine.store.last.fail(down())
  await engine.turn()
  return read.reply
}

describe('stale-if-error', () => {
  test('serves the last good value for its window, counted from the end of freshness', async () => {
    const engine = new Engine({ options: 'validate 5s stale-if-error 10s' })
    await engine.fill('k1', found('one'))
    await engine.advance(14_999)
    expect(await failOnce(engine)).toBe("'one'")
    await engine.advance(1)
    expect(await failOnce(engine)).toMatch(/^ORIGINDOWN origin 'o' cannot be asked for 'k1' \(HTTP 503\)/)
  })

  test('under always the window counts from the last confirmation', async () => {
    const engine = new Engine({ options: 'stale-if-error 10s' })
    await engine.fill('k1', found('one'))
    await engine.advance(9_999)
    await engine.fill('k1', notModified)
    await engine.advance(9_999)
    expect(await failOnce(engine)).toBe("'one'")
    await engine.advance(1)
    expect(await failOnce(engine)).toMatch(/^ORIGINDOWN/)
  })

  test('is off under strict unless it is given', async () => {
    const engine = new Engine({ options: 'validate strict' })
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    expect(await failOnce(engine)).toMatch(/^ORIGINDOWN/)
    const lenient = new Engine({ options: 'validate strict stale-if-error 1m' })
    await lenient.fill('k1', found('one'))
    await lenient.advance(1)
    expect(await failOnce(lenient)).toBe("'one'")
  })

  test('covers a remembered absence as well', async () => {
    const engine = new Engine()
    await engine.fill('k1', { kind: 'absent' })
    await engine.advance(1)
    expect(await failOnce(engine)).toBe('nil')
  })

  test('does not cover a cold key, nor one that its origin refuses', async () => {
    const engine = new Engine()
    expect(await failOnce(engine)).toMatch(/^ORIGINDOWN/)
    await engine.fill('k2', found('one'))
    await engine.advance(1)
    const refused = await engine.fill('k2', { kind: 'refused', reason: 'was refused by it with HTTP 400' })
    expect(refused.reply).toMatch(/^ORIGINVALUE/)
  })

  test('a value written here under write local is served while the origin cannot answer, and counted', async () => {
    const engine = new Engine({ options: 'write local' })
    engine.write('k1', 'mine')
    expect(await failOnce(engine)).toBe("'mine'")
    expect(engine.route.statistics.localServed).toBe(1)
    const adopted = new Engine()
    adopted.write('k1', 'mine')
    expect(await failOnce(adopted)).toMatch(/^ORIGINDOWN/)
  })

  test('a copy that was replaced between the answer and the call is not covered', async () => {
    const engine = new Engine({ options: 'validate 5s' })
    await engine.fill('k1', found('one'))
    await engine.advance(6000)
    let settled = 0
    const key = { db: 0, key: Buffer.from('k1') }
    const settlement = engine.resolver.settle([key], engine.now(), () => settled++)
    await engine.turn()
    engine.store.last.fail(down())
    await engine.turn()
    expect(settled).toBe(1)
    engine.resolver.invalidate(0, engine.slice('k1'))
    expect(settlement.permits(0, engine.slice('k1'))).toBe(false)
  })
})

describe('stale-while-revalidate', () => {
  test('serves at once and renews behind the reply, once for all reads', async () => {
    const engine = new Engine({ options: 'validate 5s stale-while-revalidate 10s' })
    await engine.fill('k1', found('one'))
    await engine.advance(6000)
    expect(engine.read('k1').reply).toBe("'one'")
    expect(engine.read('k1').reply).toBe("'one'")
    await engine.turn()
    expect(engine.store.calls).toHaveLength(2)
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(engine.read('k1').reply).toBe("'two'")
    expect(engine.route.statistics.staleWhileRevalidate).toBe(2)
  })

  test('ends with its window', async () => {
    const engine = new Engine({ options: 'validate 5s stale-while-revalidate 10s' })
    await engine.fill('k1', found('one'))
    await engine.advance(15_000)
    expect(engine.read('k1').reply).toBeUndefined()
  })
})

describe('timeouts', () => {
  test('within the soft timeout a permitted stale copy is served while the request goes on', async () => {
    const engine = new Engine()
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    const read = engine.read('k1')
    const cold = engine.read('k2')
    await engine.advance(248)
    expect(read.reply).toBeUndefined()
    await engine.advance(1)
    expect(read.reply).toBe("'one'")
    expect(cold.reply).toBeUndefined()
    engine.store.calls[1].answer(found('two'))
    await engine.turn()
    expect(engine.held('k1')).toBe("'two'")
  })

  test('after the hard timeout the request is given up, and the store told', async () => {
    const engine = new Engine({ options: 'hard-timeout 2s' })
    const read = engine.read('k1')
    await engine.advance(1999)
    expect(engine.store.last.signal.aborted).toBe(false)
    await engine.advance(1)
    expect(engine.store.last.signal.aborted).toBe(true)
    expect(read.reply).toMatch(/^ORIGINDOWN .*\(no answer within 2s\)/)
    engine.store.last.answer(found('late'))
    await engine.turn()
    expect(engine.held('k1')).toBe('nil')
    expect(engine.resolver.load(engine.route).inFlight).toBe(0)
  })

  test('at the hard timeout a read that saw void answers gets the last one in passing', async () => {
    const engine = new Engine({ options: 'write local hard-timeout 2s' })
    const read = engine.read('k1')
    await engine.turn()
    engine.write('k1', 'mine')
    engine.store.last.answer(found('theirs'))
    await engine.advance(2000)
    expect(read.reply).toBe("'theirs'")
    expect(engine.held('k1')).toBe("'mine'")
  })

  test('a read that waits in the queue has the same patience', async () => {
    const engine = new Engine({ options: 'max-in-flight 1 hard-timeout 2s' })
    engine.read('k1')
    await engine.advance(1000)
    const queued = engine.read('k2')
    await engine.advance(1000)
    expect(queued.reply).toBeUndefined()
    await engine.advance(1000)
    expect(queued.reply).toMatch(/^ORIGINDOWN/)
  })
})

describe('the queue', () => {
  test('sends max-in-flight at once and the others in the order in which they came', async () => {
    const engine = new Engine({ options: 'max-in-flight 2' })
    for (const key of ['k1', 'k2', 'k3', 'k4']) engine.read(key)
    await engine.turn()
    const asked = (): string[] => engine.store.calls.map((call) => call.asks[0].key)
    expect(asked()).toEqual(['k1', 'k2'])
    engine.store.calls[1].answer(found('two'))
    await engine.turn()
    expect(asked()).toEqual(['k1', 'k2', 'k3'])
    engine.store.calls[0].answer(found('one'))
    await engine.turn()
    expect(asked()).toEqual(['k1', 'k2', 'k3', 'k4'])
  })

  test('refuses reads beyond queue-max, but not those that join what is away', async () => {
    const engine = new Engine({ options: 'max-in-flight 1 queue-max 2' })
    engine.read('k1')
    await engine.turn()
    const waiting = [engine.read('k2'), engine.read('k2')]
    const refused = engine.read('k3')
    const joined = engine.read('k1')
    await engine.turn()
    expect(refused.reply).toMatch(/^ORIGINBUSY 2 reads already wait for origin 'o', 'k3' was not asked/)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(joined.reply).toBe("'one'")
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(waiting.map((read) => read.reply)).toEqual(["'two'", "'two'"])
  })

  test('room in the queue comes back when a read leaves', async () => {
    const engine = new Engine({ options: 'max-in-flight 1 queue-max 1' })
    engine.read('k1')
    await engine.turn()
    engine.read('k2').cancel()
    const next = engine.read('k3')
    await engine.turn()
    expect(next.reply).toBeUndefined()
  })

  test('where a part of the origin fails, only its keys fail, and the outage is over when all parts answer', async () => {
    const engine = new Engine({ store: new ControlledStore(3) })
    const read = (): ReturnType<Engine['read']>[] => ['k1', 'k2', 'k3'].map((key) => engine.read(key))
    const first = read()
    await engine.turn()
    engine.store.last.answer(found('one'), down(), found('three'))
    await engine.turn()
    expect(first.map(({ reply }) => reply)).toEqual([
      "'one'",
      expect.stringMatching(/^ORIGINDOWN .*HTTP 503/),
      "'three'",
    ])
    expect(engine.log).toEqual([expect.stringMatching(/^origin 'o' fails: HTTP 503/)])
    await engine.advance(1)
    const second = read()
    await engine.turn()
    engine.store.last.answer(notModified, found('two'), notModified)
    await engine.turn()
    expect(second.map(({ reply }) => reply)).toEqual(["'one'", "'two'", "'three'"])
    expect(engine.log.slice(1)).toEqual([expect.stringMatching(/^origin 'o' answers again/)])
  })

  test('keys of one loop turn go out together, as many as the store can batch', async () => {
    const engine = new Engine({ store: new ControlledStore(3) })
    const reads = ['k1', 'k2', 'k3', 'k4'].map((key) => engine.read(key))
    await engine.turn()
    expect(engine.store.calls.map((call) => call.asks.length)).toEqual([3, 1])
    engine.store.calls[0].answer(found('one'), { kind: 'absent' }, found('three'))
    engine.store.calls[1].answer(found('four'))
    await engine.turn()
    expect(reads.map((read) => read.reply)).toEqual(["'one'", 'nil', "'three'", "'four'"])
  })

  test('a store that answers too few asks is unavailable', async () => {
    const engine = new Engine({ store: new ControlledStore(3) })
    const reads = [engine.read('k1'), engine.read('k2')]
    await engine.turn()
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(reads[1].reply).toMatch(/^ORIGINDOWN .*answered 1 of 2 asks/)
  })
})

describe('the breaker', () => {
  const broken = async (options = ''): Promise<Engine> => {
    const engine = new Engine({ options: `breaker 3 1s ${options}` })
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    for (let i = 0; i < 3; i++) await failOnce(engine)
    return engine
  }

  test('opens after failures in a row: reads are answered at once, and nothing is asked', async () => {
    const engine = await broken()
    const asked = engine.store.calls.length
    const [stale, cold] = [engine.read('k1'), engine.read('k2')]
    await engine.turn()
    expect(stale.reply).toBe("'one'")
    expect(cold.reply).toMatch(/^ORIGINDOWN .*'k2' \(HTTP 503\)/)
    expect(engine.store.calls).toHaveLength(asked)
    expect(engine.resolver.load(engine.route).breaker).toBe('open')
  })

  test('then one probe goes out, behind the reply where a stale copy is permitted', async () => {
    const engine = await broken()
    await engine.advance(1000)
    const asked = engine.store.calls.length
    const stale = engine.read('k1')
    const cold = engine.read('k2')
    await engine.turn()
    expect(stale.reply).toBe("'one'")
    expect(engine.store.calls).toHaveLength(asked + 1)
    expect(cold.reply).toMatch(/^ORIGINDOWN/)
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(engine.resolver.load(engine.route).breaker).toBe('closed')
    expect(engine.held('k1')).toBe("'two'")
  })

  test('a read without a stale copy waits for the probe', async () => {
    const engine = await broken()
    await engine.advance(1000)
    const cold = engine.read('k2')
    await engine.turn()
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(cold.reply).toBe("'two'")
  })

  test('a probe that fails opens it again', async () => {
    const engine = await broken()
    await engine.advance(1000)
    expect(await failOnce(engine, 'k2')).toMatch(/^ORIGINDOWN/)
    const asked = engine.store.calls.length
    await engine.advance(999)
    engine.read('k2')
    await engine.turn()
    expect(engine.store.calls).toHaveLength(asked)
  })

  test('an answer between failures starts the count anew', async () => {
    const engine = new Engine({ options: 'breaker 2 1s' })
    await failOnce(engine)
    await engine.fill('k2', found('two'))
    await failOnce(engine)
    expect(engine.resolver.load(engine.route).breaker).toBe('closed')
  })

  test('refusals of a key, and failures that say nothing of the transport, do not count', async () => {
    const engine = new Engine({ options: 'breaker 1 1s' })
    await engine.fill('k1', { kind: 'refused', reason: 'was refused by it with HTTP 400' })
    const read = engine.read('k2')
    await engine.turn()
    engine.store.last.fail(new Unavailable('HTTP 403', { counts: false }))
    await engine.turn()
    expect(read.reply).toMatch(/HTTP 403/)
    expect(engine.resolver.load(engine.route).breaker).toBe('closed')
  })

  test('what waits in the queue when it opens is answered at once', async () => {
    const engine = new Engine({ options: 'breaker 1 1s max-in-flight 1' })
    const reads = [engine.read('k1'), engine.read('k2')]
    await engine.turn()
    engine.store.last.fail(down())
    await engine.turn()
    expect(reads.every((read) => read.reply?.startsWith('ORIGINDOWN'))).toBe(true)
    expect(engine.store.calls).toHaveLength(1)
  })
})

test('start and end of an outage are logged once, and the route’s figures say for how long it has lasted', async () => {
  const engine = new Engine({ options: 'stale-if-error 1h' })
  const failingMs = (): number => engine.resolver.load(engine.route).failingMs
  await engine.fill('k1', found('one'))
  await engine.advance(1)
  expect(failingMs()).toBe(0)
  for (let i = 0; i < 3; i++) await failOnce(engine)
  expect(failingMs()).toBe(1)
  await engine.advance(1500)
  expect(failingMs()).toBe(1500)
  await engine.fill('k1', found('one'))
  expect(failingMs()).toBe(0)
  expect(engine.log).toEqual([
    "origin 'o' fails: HTTP 503; serving stale copies for 1h",
    "origin 'o' answers again after 1500ms",
  ])
})

test('an origin of which some keys fail and others do not is told of every ten seconds at most', async () => {
  const engine = new Engine({ options: 'stale-if-error 0' })
  const fail = async (): Promise<void> => {
    engine.read('k1')
    await engine.turn()
    engine.store.last.fail(new Unavailable('HTTP 500'))
    await engine.advance(1)
  }
  for (let i = 0; i < 100; i++) {
    await fail()
    await engine.fill('k2', found('two'))
    await engine.advance(1)
  }
  expect(engine.log).toEqual(["origin 'o' fails: HTTP 500", "origin 'o' answers again after 1ms"])
  await fail() // this time it lasts
  await engine.advance(9_000)
  expect(engine.log).toHaveLength(2)
  await engine.advance(1_000)
  await fail()
  await fail()
  await engine.fill('k2', found('three'))
  expect(engine.log.slice(2)).toEqual([
    "origin 'o' fails: HTTP 500, and did 99 times more since that was said",
    "origin 'o' answers again after 10003ms",
  ])
})

test('an error of the store that is no Unavailable tells its code and nothing else', async () => {
  const engine = new Engine()
  const read = engine.read('k1')
  await engine.turn()
  engine.store.last.fail(Object.assign(new Error('connect to secret.example failed'), { code: 'ECONNREFUSED' }))
  await engine.turn()
  expect(read.reply).toMatch(/\(ECONNREFUSED\)/)
  expect(read.reply).not.toMatch(/secret/)
})
