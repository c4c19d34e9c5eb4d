import { Unavailable } from '../../src/origin/store.js'
import { found } from './support/controlled-store.js'
import { Engine } from './support/engine.js'
import { readHotKey } from './support/hot-key.js'

describe('refresh-ahead', () => {
  test('a read in the last fifth of the lifetime has its key renewed near its end, once', async () => {
    const engine = new Engine({ options: 'validate 10s refresh-ahead yes' })
    await engine.fill('k1', found('one'))
    await engine.advance(7_999)
    expect(engine.read('k1').reply).toBe("'one'")
    await engine.advance(1_600)
    expect(engine.store.calls).toHaveLength(1) // that read came too early
    await engine.fill('k2', found('other'))
    await engine.advance(8_000)
    for (let i = 0; i < 3; i++) expect(engine.read('k2').reply).toBe("'other'")
    await engine.advance(1_499)
    expect(engine.store.calls).toHaveLength(2)
    await engine.advance(1)
    expect(engine.store.calls).toHaveLength(3)
    engine.store.last.answer(found('two'))
    await engine.turn()
    expect(engine.read('k2').reply).toBe("'two'")
    expect(engine.route.statistics.refreshAhead).toBe(1)
  })

  test('leaves an origin that is slow more time', async () => {
    const engine = new Engine({ options: 'validate 10s refresh-ahead yes' })
    const read = engine.read('k1')
    await engine.advance(300)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(read.reply).toBe("'one'")
    await engine.advance(8_000 - 300)
    engine.read('k1')
    await engine.advance(799)
    expect(engine.store.calls).toHaveLength(1)
    await engine.advance(1) // 4 x 300 ms before the end
    expect(engine.store.calls).toHaveLength(2)
  })

  test('asks for no key that is gone, or was renewed, by then', async () => {
    const engine = new Engine({ options: 'validate 10s refresh-ahead yes write local' })
    await engine.fill('k1', found('one'))
    await engine.advance(9_000)
    engine.read('k1')
    engine.remove('k1')
    await engine.advance(600)
    expect(engine.store.calls).toHaveLength(1)
  })

  test('without it nothing is asked before the end', async () => {
    const engine = new Engine({ options: 'validate 10s' })
    await engine.fill('k1', found('one'))
    await engine.advance(9_999)
    expect(engine.read('k1').reply).toBe("'one'")
    await engine.turn()
    expect(engine.store.calls).toHaveLength(1)
  })

  test('a failed renewal leaves what is fresh, and a read after the end waits', async () => {
    const engine = new Engine({ options: 'validate 10s refresh-ahead yes stale-if-error 0' })
    await engine.fill('k1', found('one'))
    await engine.advance(9_500)
    engine.read('k1')
    await engine.turn()
    engine.store.last.fail(new Unavailable('HTTP 503'))
    await engine.turn()
    expect(engine.read('k1').reply).toBe("'one'")
    await engine.advance(500)
    expect(engine.read('k1').reply).toBeUndefined()
  })

  test('renews remembered absences by their own lifetime', async () => {
    const engine = new Engine({ options: 'validate 1h negative-ttl 10s refresh-ahead yes' })
    await engine.fill('k1', { kind: 'absent' })
    await engine.advance(8_500)
    expect(engine.read('k1').reply).toBe('nil')
    await engine.advance(1_000)
    engine.store.last.answer(found('one'))
    await engine.turn()
    expect(engine.read('k1').reply).toBe("'one'")
  })

  test('a thousand reads a second: none waits, and the origin is asked once a lifetime', async () => {
    const lifetimes = 20
    const load = { durationMs: lifetimes * 10_000, latencyMs: 100 }
    const counts = await readHotKey({ ...load, options: 'validate 10s refresh-ahead yes' })
    expect(counts).toMatchObject({ reads: 200_000, blocked: 0, wrong: 0 })
    expect(counts.requests).toBeLessThanOrEqual(1.1 * lifetimes)
    expect(counts.requests).toBeGreaterThan(lifetimes)
    const without = await readHotKey({ ...load, options: 'validate 10s' })
    expect(without.blocked).toBeGreaterThanOrEqual(lifetimes - 1) // each lifetime ends for a read that waits
  })
})
