import { OutOfMemory, Slice } from '../../src/base/index.js'
import { flightId } from '../../src/origin/flight.js'
import { Unavailable } from '../../src/origin/store.js'
import type { ControlledStore } from './support/controlled-store.js'
import { absent, found, foundHash, notModified } from './support/controlled-store.js'
import { Engine, makeRoute } from './support/engine.js'

describe('a read through', () => {
  test('a cold key is asked for once, stored, and then validated by its digest', async () => {
    const engine = new Engine()
    const first = engine.read('k1')
    expect(first.reply).toBeUndefined()
    await engine.turn()
    expect(engine.store.calls).toHaveLength(1)
    expect(engine.store.last.asks).toEqual([{ key: 'k1', digest: null, validator: null }])
    engine.store.last.answer(found('one', { validator: '"v1"' }))
    await engine.turn()
    expect(first.reply).toBe("'one'")
    expect(engine.held('k1')).toBe("'one'")

    await engine.advance(1)
    const second = engine.read('k1')
    await engine.turn()
    expect(engine.store.last.asks[0].digest?.toString('hex')).toBe(
      '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed',
    )
    expect(engine.store.last.asks[0].validator).toBe('"v1"')
    engine.store.last.answer(notModified)
    await engine.turn()
    expect(second.reply).toBe("'one'")
  })

  test('an absent key is nil and no key', async () => {
    const engine = new Engine()
    expect((await engine.fill('k1', absent)).reply).toBe('nil')
    expect(engine.keyspace.databases[0].size).toBe(0)
  })

  test('a key that becomes absent is dropped', async () => {
    const engine = new Engine()
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    expect((await engine.fill('k1', absent)).reply).toBe('nil')
    expect(engine.held('k1')).toBe('nil')
  })

  test('a hash is stored as its fields', async () => {
    const engine = new Engine({ options: 'as hash' })
    expect((await engine.fill('k1', foundHash({ a: '1', b: '2' }))).reply).toBe('{"a":"1","b":"2"}')
  })

  test('keys that are not bound are never asked for', async () => {
    const engine = new Engine()
    expect(engine.read('other').reply).toBe('nil')
    expect(engine.readIn(1, 'k1').reply).toBe('nil')
    await engine.turn()
    expect(engine.store.calls).toHaveLength(0)
  })
})

describe('freshness', () => {
  test('always: only an answer that came after the read will do', async () => {
    const engine = new Engine()
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    const read = engine.read('k1')
    await engine.turn()
    expect(engine.store.calls).toHaveLength(2)
    expect(read.reply).toBeUndefined()
  })

  test('always: a read joins a request that left before it arrived', async () => {
    const engine = new Engine()
    const first = engine.read('k1')
    await engine.advance(10)
    const second = engine.read('k1')
    await engine.turn()
    expect(engine.store.calls).toHaveLength(1)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect([first.reply, second.reply]).toEqual(["'one'", "'one'"])
  })

  test('strict: a herd makes one request more when the first had left before it', async () => {
    const engine = new Engine({ options: 'validate strict' })
    const first = engine.read('k1')
    await engine.advance(10)
    const herd = Array.from({ length: 100 }, () => engine.read('k1'))
    await engine.turn()
    expect(engine.store.calls).toHaveLength(1)
    engine.store.last.answer(found('old'))
    await engine.turn()
    expect(first.reply).toBe("'old'")
    expect(engine.store.calls).toHaveLength(2)
    expect(herd.every((read) => read.reply === undefined)).toBe(true)
    engine.store.last.answer(found('new'))
    await engine.turn()
    expect(herd.every((read) => read.reply === "'new'")).toBe(true)
    expect(engine.store.calls).toHaveLength(2)
  })

  test('a lifetime counts from when the request left', async () => {
    const engine = new Engine({ options: 'validate 5s hard-timeout 10s' })
    const first = engine.read('k1')
    await engine.advance(2000)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(first.reply).toBe("'one'")
    await engine.advance(2999)
    expect(engine.read('k1').reply).toBe("'one'")
    await engine.advance(1)
    expect(engine.read('k1').reply).toBeUndefined()
  })

  test('a lifetime: a read does not join a request older than the lifetime', async () => {
    const engine = new Engine({ options: 'validate 1s hard-timeout 10s' })
    engine.read('k1')
    await engine.advance(1500)
    const late = engine.read('k1')
    await engine.turn()
    engine.store.calls[0].answer(found('old'))
    await engine.turn()
    expect(late.reply).toBeUndefined()
    expect(engine.store.calls).toHaveLength(2)
    engine.store.calls[1].answer(found('new'))
    await engine.turn()
    expect(late.reply).toBe("'new'")
  })

  test('a lifetime shorter than the origin takes still answers the read that waited', async () => {
    const engine = new Engine({ options: 'validate 100ms' })
    const read = engine.read('k1')
    await engine.advance(400)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(read.reply).toBe("'one'")
    expect(engine.store.calls).toHaveLength(1)
  })

  test('never: what is there is used for ever, what is not is asked for', async () => {
    const engine = new Engine({ options: 'validate never' })
    await engine.fill('k1', found('one'))
    await engine.advance(1e9)
    expect(engine.read('k1').reply).toBe("'one'")
    expect(engine.store.calls).toHaveLength(1)
  })

  test('a local write was never validated', async () => {
    const engine = new Engine({ options: 'validate 1h write local' })
    await engine.fill('k1', found('one'))
    engine.write('k1', 'mine')
    const read = engine.read('k1')
    expect(read.reply).toBeUndefined()
    await engine.turn()
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(read.reply).toBe("'two'")
  })

  test('a local write drops the validator, and the digest is that of what was written', async () => {
    const engine = new Engine({ options: 'write local' })
    await engine.fill('k1', found('one', { validator: '"v1"' }))
    engine.write('k1', 'abc')
    engine.read('k1')
    await engine.turn()
    expect(engine.store.last.asks[0].validator).toBeNull()
    expect(engine.store.last.asks[0].digest?.toString('hex')).toMatch(/^ba7816bf/)
  })

  test.each(['', ' as hash'])(
    'a set that was written here%s is asked for without a condition, and is no value',
    async (as) => {
      const engine = new Engine({ options: `write local${as}` })
      const value = as === '' ? found('one') : foundHash({ f: 'one' })
      await engine.fill('k1', value)
      const held = engine.held('k1')
      const db = engine.keyspace.databases[0]
      db.delete(Slice.from('k1'))
      db.setForInsert(Slice.from('k1')).add(Slice.from('one'))
      db.changed('sadd', Slice.from('k1'))
      expect(engine.held('k1')).not.toBe(held)
      const read = engine.read('k1')
      await engine.turn()
      expect(engine.store.last.asks).toEqual([{ key: 'k1', digest: null, validator: null }])
      engine.store.last.answer(value)
      await engine.turn()
      expect(read.reply).toBe(held)
      expect(engine.held('k1')).toBe(held)
      expect(engine.route.statistics.fills).toBe(2)
    },
  )

  test('an absence is fresh as long as negative-ttl says', async () => {
    const engine = new Engine({ options: 'negative-ttl 2s' })
    await engine.fill('k1', absent)
    await engine.advance(1999)
    expect(engine.read('k1').reply).toBe('nil')
    await engine.advance(1)
    expect(engine.read('k1').reply).toBeUndefined()
  })

  test('with negative-ttl 0 an absence is not remembered, yet answers the reads that waited for it', async () => {
    const engine = new Engine({ options: 'validate 10s negative-ttl 0' })
    const first = engine.read('k1')
    await engine.advance(5)
    const joined = engine.read('k1')
    engine.store.last.answer(absent)
    await engine.turn()
    expect([first.reply, joined.reply]).toEqual(['nil', 'nil'])
    expect(engine.read('k1').reply).toBeUndefined()
    await engine.turn()
    expect(engine.store.calls).toHaveLength(2)
  })

  test('the least recently used absence is forgotten first', async () => {
    const engine = new Engine({ options: 'validate 1h', negativesMax: 2 })
    for (const key of ['k1', 'k2']) await engine.fill(key, absent)
    expect(engine.read('k1').reply).toBe('nil')
    await engine.fill('k3', absent)
    expect(engine.read('k1').reply).toBe('nil')
    expect(engine.read('k2').reply).toBeUndefined()
  })
})

describe('rule 1: an answer to a void request is not kept', () => {
  const changes: [string, (engine: Engine) => void][] = [
    ['a write', (engine) => engine.write('k1', 'mine')],
    ['a delete', (engine) => engine.remove('k1')],
    ['an invalidation', (engine) => void engine.resolver.invalidate(0, Slice.from('k1'))],
    ['FLUSHDB', (engine) => engine.keyspace.databases[0].flush()],
    ['SWAPDB', (engine) => engine.keyspace.swap(0, 1)],
  ]
  test.each(changes)('%s', async (_, change) => {
    const engine = new Engine({ options: 'write local' })
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    const read = engine.read('k1')
    await engine.turn()
    change(engine)
    const before = engine.held('k1')
    engine.store.last.answer(notModified)
    await engine.turn()
    expect(engine.held('k1')).toBe(before)
    expect(read.reply).toBeUndefined()
    expect(engine.store.calls).toHaveLength(3)
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(read.reply).toBe("'two'")
    expect(engine.route.statistics.void).toBe(1)
  })

  test('deleting a key that is not there voids what is asked of it, and forgets its absence', async () => {
    const engine = new Engine({ options: 'validate 1h' })
    await engine.fill('k1', absent)
    expect(engine.read('k1').reply).toBe('nil')
    engine.remove('k1')
    const read = engine.read('k1')
    await engine.turn()
    engine.remove('k1')
    engine.store.last.answer(absent)
    await engine.turn()
    expect(read.reply).toBeUndefined()
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(read.reply).toBe("'one'")
  })

  test('a copy that SWAPDB brought under another route is not taken as confirmed by it', async () => {
    const engine = new Engine({ options: 'validate 1h' })
    const other = makeRoute({ name: 'other', options: 'db 1 validate 1h' })
    engine.resolver.addRoute(other)
    await engine.fill('k1', found('one', { validator: '"1"' }))
    await engine.advance(10)
    engine.keyspace.swap(0, 1)
    const read = engine.readIn(1, 'k1')
    expect(read.reply).toBeUndefined()
    await engine.turn()
    const { last } = other.store as ControlledStore
    expect(last.asks[0].validator).toBeNull()
    expect(last.asks[0].digest).not.toBeNull()
  })

  test('nobody new joins a void request', async () => {
    const engine = new Engine({ options: 'write local' })
    const first = engine.read('k1')
    await engine.turn()
    engine.write('k1', 'mine')
    const second = engine.read('k1')
    await engine.turn()
    expect(engine.store.calls).toHaveLength(2)
    engine.store.calls[1].answer(found('two'))
    await engine.turn()
    expect(second.reply).toBe("'two'")
    engine.store.calls[0].answer(found('one'))
    await engine.turn()
    expect(first.reply).toBe("'two'")
    expect(engine.store.calls).toHaveLength(2)
  })

  test('the time to live of a copy that ends voids what is away', async () => {
    const engine = new Engine({ options: 'ttl 10s stale-if-error 0' })
    await engine.fill('k1', found('one'))
    await engine.advance(8000)
    const read = engine.read('k1')
    await engine.advance(4000)
    expect(engine.held('k1')).toBe('nil')
    engine.store.last.answer(notModified)
    await engine.turn()
    expect(engine.held('k1')).toBe('nil')
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(read.reply).toBe("'two'")
  })
})

describe('rule 2: rounds, and in passing', () => {
  test('after three void answers the last one is served, and leaves no trace', async () => {
    const engine = new Engine({ options: 'write local' })
    const read = engine.read('k1')
    for (let round = 1; round <= 3; round++) {
      await engine.turn()
      expect(engine.store.calls).toHaveLength(round)
      engine.write('k1', `mine ${round}`)
      engine.store.last.answer(found(`theirs ${round}`))
      await engine.turn()
      if (round < 3) expect(read.reply).toBeUndefined()
    }
    expect(read.reply).toBe("'theirs 3'")
    expect(engine.held('k1')).toBe("'mine 3'")
    expect(engine.route.statistics.passing).toBe(1)
  })

  test('a not-modified that is void has no value: the third round asks for one whatever is held', async () => {
    const engine = new Engine({ options: 'write local' })
    await engine.fill('k1', found('one'))
    await engine.advance(1)
    const read = engine.read('k1')
    for (let round = 1; round <= 2; round++) {
      await engine.turn()
      expect(engine.store.last.asks[0].digest).not.toBeNull()
      engine.write('k1', 'one')
      engine.store.last.answer(notModified)
    }
    await engine.turn()
    expect(engine.store.last.asks[0].digest).toBeNull()
    engine.write('k1', 'mine')
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(read.reply).toBe("'one'")
    expect(engine.held('k1')).toBe("'mine'")
  })

  test('a value that may not be stored is served in passing to all who waited', async () => {
    const engine = new Engine({ options: 'validate 1h' })
    const reads = [engine.read('k1'), engine.read('k1')]
    await engine.turn()
    engine.store.last.answer(found('secret', { noStore: true }))
    await engine.turn()
    expect(reads.map((read) => read.reply)).toEqual(["'secret'", "'secret'"])
    expect(engine.held('k1')).toBe('nil')
    expect(engine.keyspace.changes).toBe(0)
  })

  test('with memory full a value is served in passing', async () => {
    const engine = new Engine({ mayStore: () => false })
    expect((await engine.fill('k1', found('one'))).reply).toBe("'one'")
    expect(engine.held('k1')).toBe('nil')
  })
})

describe('rules 3 and 4: sameness', () => {
  test('a value with the digest that is held is a confirmation, not a write', async () => {
    const engine = new Engine()
    await engine.fill('k1', found('one'))
    const { changes } = engine.keyspace
    await engine.advance(1)
    expect((await engine.fill('k1', found('one'))).reply).toBe("'one'")
    expect(engine.keyspace.changes).toBe(changes)
    expect(engine.route.statistics.notModified).toBe(1)
  })

  test('a hash whose fields spell the same bytes as a string is not that string', async () => {
    const engine = new Engine({ options: 'write local' })
    const key = Slice.from('k1')
    engine.keyspace.databases[0].hashForInsert(key).set(Slice.from('a'), Slice.from('1'))
    engine.read('k1')
    await engine.turn()
    expect(engine.store.last.asks[0].digest).toBeNull()
  })

  test('a weak or overlong validator is not kept', async () => {
    for (const validator of ['W/"1"', '', 'x'.repeat(257)]) {
      const engine = new Engine()
      await engine.fill('k1', found('one', { validator }))
      await engine.advance(1)
      engine.read('k1')
      await engine.turn()
      expect(engine.store.last.asks[0].validator).toBeNull()
    }
  })

  test('a new validator replaces the old one, also with a not-modified', async () => {
    const engine = new Engine()
    await engine.fill('k1', found('one', { validator: '"1"' }))
    await engine.advance(1)
    await engine.fill('k1', { kind: 'not-modified', validator: '"2"' })
    await engine.advance(1)
    engine.read('k1')
    await engine.turn()
    expect(engine.store.last.asks[0].validator).toBe('"2"')
  })
})

describe('rule 5: a herd', () => {
  test('10,000 reads of a cold key make one request', async () => {
    const engine = new Engine()
    const herd = Array.from({ length: 10_000 }, () => engine.read('k1'))
    await engine.turn()
    expect(engine.resolver.load(engine.route)).toMatchObject({ waiting: 10_000, inFlight: 1 })
    expect(engine.store.calls).toHaveLength(1)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(herd.every((read) => read.reply === "'one'")).toBe(true)
    expect(engine.route.statistics.collapsed).toBe(9999)
    expect(engine.resolver.load(engine.route)).toMatchObject({ waiting: 0, inFlight: 0 })
  })
})

describe('rule 6: an invalidated copy', () => {
  test('is not served before a not-modified confirms it, not even when the origin fails', async () => {
    const engine = new Engine({ options: 'validate 1h stale-if-error 1d' })
    await engine.fill('k1', found('one'))
    expect(engine.resolver.invalidate(0, Slice.from('k1'))).toBe(true)
    expect(engine.held('k1')).toBe("'one'")
    const first = engine.read('k1')
    await engine.turn()
    engine.store.last.fail(new Unavailable('HTTP 503'))
    await engine.turn()
    expect(first.reply).toMatch(/^ORIGINDOWN .*'k1' \(HTTP 503\)/)
    const second = engine.read('k1')
    await engine.turn()
    expect(engine.store.last.asks[0].digest).not.toBeNull()
    engine.store.last.answer(notModified)
    await engine.turn()
    expect(second.reply).toBe("'one'")
    expect(engine.read('k1').reply).toBe("'one'")
  })
})

test('a read that waited is no hit, one that found a fresh copy is', async () => {
  const engine = new Engine({ options: 'validate 1h' })
  await engine.fill('k1', found('one'))
  expect(engine.route.statistics).toMatchObject({ hits: 0, waits: 1 })
  engine.read('k1')
  expect(engine.route.statistics).toMatchObject({ hits: 1, waits: 1 })
})

describe('several keys', () => {
  test('a call waits for all of them', async () => {
    const engine = new Engine()
    const read = engine.read('k1', 'other', 'k2')
    await engine.turn()
    engine.store.calls[1].answer(found('two'))
    await engine.turn()
    expect(read.reply).toBeUndefined()
    engine.store.calls[0].answer(found('one'))
    await engine.turn()
    expect(read.reply).toBe("'one' nil 'two'")
  })

  test('when one fails the call does, naming it, without waiting for the others', async () => {
    const engine = new Engine()
    const read = engine.read('k1', 'k2', 'k2')
    await engine.turn()
    engine.store.calls[1].answer({ kind: 'refused', reason: 'was refused by it with HTTP 422' })
    await engine.turn()
    expect(read.reply).toBe("ORIGINVALUE the value of 'k2' at origin 'o' was refused by it with HTTP 422")
  })

  test('a call that left hears nothing, its request goes on for the others', async () => {
    const engine = new Engine()
    const gone = engine.read('k1')
    const other = engine.read('k1')
    await engine.turn()
    gone.cancel()
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(gone.reply).toBeUndefined()
    expect(other.reply).toBe("'one'")
  })

  test('what nobody waits for any more is not sent', async () => {
    const engine = new Engine()
    const gone = engine.read('k1')
    gone.cancel()
    await engine.turn()
    expect(engine.store.calls).toHaveLength(0)
    const next = engine.read('k1')
    await engine.turn()
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(next.reply).toBe("'one'")
  })
})

test('a key that the origin cannot express is absent there, and nothing is asked', async () => {
  const engine = new Engine()
  const key = Buffer.from([0x6b, 0xff])
  let settled = false
  engine.resolver.settle([{ db: 0, key }], engine.now(), () => (settled = true))
  await engine.turn()
  expect(settled).toBe(true)
  expect(engine.store.calls).toHaveLength(0)
})

test('onSettled is never called inside settle', async () => {
  const engine = new Engine({ options: 'validate 1h' })
  await engine.fill('k1', found('one'))
  let settled = 0
  const settlement = engine.resolver.settle([{ db: 0, key: Buffer.from('k1') }], engine.now(), () => settled++)
  expect(settlement.done).toBe(true)
  expect(settled).toBe(0)
  await engine.turn()
  expect(settled).toBe(1)
})

test('the copy lives as long as ttl says, 10 % more or less', async () => {
  const engine = new Engine({ options: 'ttl 100s' })
  const lives: number[] = []
  for (let i = 0; i < 50; i++) {
    await engine.fill(`k${i}`, found('one'))
    const database = engine.keyspace.databases[0]
    const key = Slice.from(`k${i}`)
    lives.push(database.deadline(database.find(key)) - engine.clock.unixMs())
  }
  expect(Math.min(...lives)).toBeGreaterThanOrEqual(90_000)
  expect(Math.max(...lives)).toBeLessThanOrEqual(110_000)
  expect(new Set(lives).size).toBeGreaterThan(20)
})

test('a route that is taken away lets its reads run on what is there', async () => {
  const engine = new Engine({ options: 'write local' })
  engine.write('k1', 'mine')
  const read = engine.read('k1')
  await engine.turn()
  await engine.resolver.removeRoute(engine.route)
  await engine.turn()
  expect(read.reply).toBe("'mine'")
  expect(engine.store.last.signal.aborted).toBe(true)
  expect(engine.store.closed).toBe(true)
})

test('nothing is watched while nothing is away', async () => {
  const engine = new Engine({ options: 'validate 1h' })
  expect(engine.keyspace.isWatched).toBe(false)
  engine.read('k1')
  await engine.turn()
  expect(engine.keyspace.isWatched).toBe(true)
  engine.store.last.answer(found('one'))
  await engine.turn()
  expect(engine.keyspace.isWatched).toBe(false)
})

test('those who waited for one answer are told a millisecond of them at a time, also when one of them fails', async () => {
  const engine = new Engine()
  const told: number[] = []
  for (let i = 0; i < 60; i++) {
    engine.resolver.settle([{ db: 0, key: Buffer.from('k') }], 0, () => {
      told.push(i)
      engine.clock.advance(0.4)
      if (i === 1) throw new Error('a bug')
    })
  }
  await engine.turn()
  engine.store.last.answer(found('v'))
  await expect(engine.turn()).rejects.toThrow('a bug')
  await engine.turn()
  expect(told.length).toBeGreaterThan(2)
  expect(told.length).toBeLessThan(60)
  for (let i = 0; i < 10; i++) await engine.turn()
  expect(told).toEqual(Array.from({ length: 60 }, (_, i) => i))
})

test('where there is no room to note a confirmation, reads and writes are answered all the same, and the next one asks', async () => {
  const engine = new Engine({ options: 'validate 1h write through' })
  const { arena } = engine.keyspace
  const allocate = arena.allocateApart.bind(arena)
  arena.allocateApart = () => {
    throw new OutOfMemory('no room')
  }
  const read = await engine.fill('k', found('v'))
  expect(read.reply).toBe("'v'")
  engine.write('k', 'mine')
  const asked = { route: engine.route, db: 0, key: engine.slice('k'), id: flightId(0, engine.slice('k')), askedAtMs: 0 }
  engine.resolver.holdings.wrote(asked, { kind: 'string', bytes: Buffer.from('mine') }, undefined, 1)
  expect(engine.read('k').reply).toBeUndefined()
  await engine.turn()
  arena.allocateApart = allocate
  engine.store.last.answer(found('later'))
  await engine.turn()
  expect(engine.read('k').reply).toBe("'later'")
})
