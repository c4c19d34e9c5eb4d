import { ManualClock } from '../../src/base/index.js'
import { allCommands } from '../../src/commands/index.js'
import { DispatchBench, type TestClient } from '../origin/support/dispatch-bench.js'
import { WritableOrigin } from '../origin/support/writable-origin.js'
import { makeRoute } from '../origin/support/engine.js'

/** A client that asked for the status of what it reads. */
async function scene(options: string) {
  const clock = new ManualClock()
  const origin = new WritableOrigin()
  const deferred: (() => void)[] = []
  const bench = new DispatchBench({ commands: allCommands, clock, defer: (job) => deferred.push(job) })
  bench.origins.resolver.addRoute(makeRoute({ store: origin, options }))
  const client: TestClient = bench.client()
  client.protocol = 3
  const turn = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) {
      await new Promise((resolve) => setImmediate(resolve))
      for (const job of deferred.splice(0)) job()
    }
  }
  /** The reply as it was sent, `,` for each line's end. */
  const call = async (...words: string[]): Promise<string> => {
    client.request(words)
    await turn()
    return client.sent.at(-1)!.replaceAll('\r\n', ',')
  }
  await call('CLIENT', 'ORIGIN-STATUS', 'ON')
  return { clock, origin, client, call, turn }
}

const attribute = (status: string, key = 'k1'): string =>
  `|1,$13,origin-status,%1,$${key.length},${key},$${status.length},${status},`

test('a reply of a bound key says how it came: fetched, held, confirmed, stale', async () => {
  const { clock, origin, call } = await scene('validate 5s')
  origin.values.set('k1', 'one')
  expect(await call('GET', 'k1')).toBe(
    `${attribute('truedis; fwd=uri-miss; fwd-status=200; stored; age=0.000')}$3,one,`,
  )
  clock.advance(1250)
  expect(await call('GET', 'k1')).toBe(`${attribute('truedis; hit; ttl=3; age=1.250')}$3,one,`)
  clock.advance(5000)
  expect(await call('GET', 'k1')).toBe(`${attribute('truedis; fwd=stale; fwd-status=304; age=0.000')}$3,one,`)
  clock.advance(6000)
  origin.state = 'down'
  expect(await call('GET', 'k1')).toBe(`${attribute('truedis; hit; detail=stale-if-error; age=6.000')}$3,one,`)
})

test('an absence, an error and a write that waits say so too', async () => {
  const { origin, call } = await scene('write behind')
  expect(await call('GET', 'k1')).toBe(`${attribute('truedis; fwd=uri-miss; fwd-status=404; stored; age=0.000')}_,`)
  origin.state = 'down'
  await call('SET', 'k1', 'one')
  expect(await call('GET', 'k1')).toBe(`${attribute('truedis; hit; detail=pending-write')}$3,one,`)
  expect(await call('LPUSH', 'k1', 'x')).toMatch(/-ORIGINVALUE|-WRONGTYPE/)
})

test('each key of a call has its own, and plain keys have none', async () => {
  const { origin, call } = await scene('validate 5s')
  origin.values.set('k1', 'one')
  await call('GET', 'k1')
  expect(await call('MGET', 'k1', 'plain')).toBe(`${attribute('truedis; hit; ttl=5; age=0.000')}*2,$3,one,_,`)
  expect(await call('GET', 'plain')).toBe('_,')
  expect(await call('TYPE', 'k1')).toBe('+string,')
})

test('inside EXEC each reply has its own; replies that are not sent have none', async () => {
  const { origin, client, call } = await scene('validate 5s')
  origin.values.set('k1', 'one')
  await call('GET', 'k1')
  await call('MULTI')
  expect(await call('GET', 'k1')).toBe('+QUEUED,')
  expect(await call('EXEC')).toBe(`*1,${attribute('truedis; hit; ttl=5; age=0.000')}$3,one,`)
  await call('CLIENT', 'REPLY', 'OFF')
  const sent = client.sent.length
  await call('GET', 'k1')
  expect(client.sent).toHaveLength(sent)
})

test('RESP2 has no attributes', async () => {
  const { client, call, origin } = await scene('validate 5s')
  origin.values.set('k1', 'one')
  client.protocol = 2
  expect(await call('GET', 'k1')).toBe('$3,one,')
  expect(await call('CLIENT', 'ORIGIN-STATUS', 'ON')).toMatch(
    /^-ERR ORIGIN-STATUS is told in attributes, which RESP3 has/,
  )
})
