import { Unavailable } from '../../src/origin/store.js'
import { allCommands } from '../../src/commands/index.js'
import { ManualClock } from '../../src/base/index.js'
import { DispatchBench } from './support/dispatch-bench.js'
import { ControlledStore, found } from './support/controlled-store.js'
import { makeRoute } from './support/engine.js'

/** A server with one origin whose answers the test gives, and a client. */
function scene() {
  const clock = new ManualClock()
  const store = new ControlledStore(10)
  const bench = new DispatchBench({ commands: allCommands, clock })
  bench.origins.resolver.addRoute(makeRoute({ store }))
  const client = bench.client()
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  const call = async (...words: string[]): Promise<unknown> => {
    client.request(words)
    await turn()
    return client.replies.at(-1)
  }
  return { clock, store, bench, client, call, turn }
}

const texts = (words: unknown): string[] => (words as unknown[]).map(String)

test('requests that took long are kept with their keys, what became of them, and their origin; others are not', async () => {
  const { clock, store, client, call, turn } = scene()
  client.request(['MGET', 'k1', 'k2'])
  await turn()
  clock.advance(250)
  store.last.answer(found('one'), found('two'))
  await turn()
  expect(await call('ORIGIN', 'SLOWLOG', 'LEN')).toBe(1)
  const [[id, , micros, words, , origin]] = (await call('ORIGIN', 'SLOWLOG', 'GET')) as unknown[][]
  expect([id, micros, String(origin)]).toEqual([0, 250_000, 'o'])
  expect(texts(words)).toEqual(['FETCH', 'ok', 'k1', 'k2'])

  client.request(['GET', 'k3'])
  await turn()
  clock.advance(99)
  store.last.answer(found('three'))
  await turn()
  expect(await call('ORIGIN', 'SLOWLOG', 'LEN')).toBe(1)
})

test('a request that failed says why; the log is bounded, and forgotten on demand', async () => {
  const { clock, store, bench, client, call, turn } = scene()
  bench.origins.resolver.slow.log.lengthMax = 2
  for (const key of ['k1', 'k2', 'k3']) {
    client.request(['GET', key])
    await turn()
    clock.advance(150)
    store.last.fail(new Unavailable('HTTP 503'))
    await turn()
  }
  const slow = (await call('ORIGIN', 'SLOWLOG', 'GET', '-1')) as unknown[][]
  expect(slow.map((entry) => texts(entry[3]))).toEqual([
    ['FETCH', 'HTTP 503', 'k3'],
    ['FETCH', 'HTTP 503', 'k2'],
  ])
  expect(await call('ORIGIN', 'SLOWLOG', 'RESET')).toBe('OK')
  expect(await call('ORIGIN', 'SLOWLOG', 'GET')).toEqual([])
  expect(await call('ORIGIN', 'SLOWLOG', 'FORGET')).toMatchObject({ message: 'syntax error' })
})
