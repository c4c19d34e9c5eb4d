import { Redis } from 'ioredis'
import { RateLimiterRedis, RateLimiterRedisNonAtomic, RateLimiterRes } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

interface Connection {
  readonly client: unknown
  readonly options: { readonly useRedisPackage?: boolean }
  close(): unknown
}

async function ioredis(port: number): Promise<Connection> {
  const client = new Redis({ host: '127.0.0.1', port })
  await client.ping()
  return { client, options: {}, close: () => client.disconnect() }
}

async function nodeRedis(port: number): Promise<Connection> {
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  await client.connect()
  return { client, options: { useRedisPackage: true }, close: () => client.close() }
}

/** The limiter's refusal, which it rejects with. */
const refusal = async (attempt: Promise<unknown>): Promise<RateLimiterRes> => {
  const outcome = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(outcome).toBeInstanceOf(RateLimiterRes)
  return outcome as RateLimiterRes
}

describe.each([
  ['ioredis', ioredis],
  ['node-redis', nodeRedis],
])('rate-limiter-flexible with %s', (_, connect) => {
  let server: RunningServer
  let [one, other]: Connection[] = []

  beforeAll(async () => {
    server = await startServer(subjectKind)
    ;[one, other] = await Promise.all([connect(server.port), connect(server.port)])
  })

  afterAll(async () => {
    await one?.close()
    await other?.close()
    await server?.stop()
  })

  const limiter = ({ client, options }: Connection, keyPrefix: string): RateLimiterRedisNonAtomic =>
    new RateLimiterRedisNonAtomic({ storeClient: client, keyPrefix, points: 3, duration: 600, ...options })

  test('two clients share the points of a key, and its last one is refused until the time is over', async () => {
    const [first, second] = [limiter(one, 'shared'), limiter(other, 'shared')]
    expect((await first.consume('10.0.0.1')).remainingPoints).toBe(2)
    expect((await second.consume('10.0.0.1', 2)).remainingPoints).toBe(0)
    const refused = await refusal(first.consume('10.0.0.1'))
    expect(refused.remainingPoints).toBe(0)
    expect(refused.consumedPoints).toBe(4)
    expect(refused.msBeforeNext).toBeGreaterThan(590_000)
    expect(refused.msBeforeNext).toBeLessThanOrEqual(600_000)
    expect((await first.consume('10.0.0.2')).remainingPoints).toBe(2)
  })

  test('points are given back, taken away, looked at and forgotten', async () => {
    const [first, second] = [limiter(one, 'account'), limiter(other, 'account')]
    await first.consume('ada', 2)
    expect((await second.reward('ada')).consumedPoints).toBe(1)
    expect((await second.penalty('ada', 2)).consumedPoints).toBe(3)
    expect((await first.get('ada'))?.consumedPoints).toBe(3)
    expect(await first.get('nobody')).toBeNull()
    expect(await first.delete('ada')).toBe(true)
    expect(await second.delete('ada')).toBe(false)
    expect((await second.consume('ada')).isFirstInDuration).toBe(true)
  })

  test('a blocked key is refused though it has points left', async () => {
    const [first, second] = [limiter(one, 'blocked'), limiter(other, 'blocked')]
    await first.consume('eve')
    await first.block('eve', 1000)
    const refused = await refusal(second.consume('eve'))
    expect(refused.msBeforeNext).toBeGreaterThan(990_000)
  })

  test('the limiter that counts by itself works where it needs no script: without a duration', async () => {
    const [first, second] = [one, other].map(
      ({ client, options }) =>
        new RateLimiterRedis({ storeClient: client, keyPrefix: 'forever', points: 2, duration: 0, ...options }),
    )
    expect((await first.consume('ada')).remainingPoints).toBe(1)
    expect((await second.consume('ada')).remainingPoints).toBe(0)
    expect((await refusal(first.consume('ada'))).consumedPoints).toBe(3)
    expect((await second.get('ada'))?.consumedPoints).toBe(3)
    await first.set('ada', 1, 100)
    expect((await second.get('ada'))?.msBeforeNext).toBeGreaterThan(90_000)
    expect(await first.delete('ada')).toBe(true)
  })
})
