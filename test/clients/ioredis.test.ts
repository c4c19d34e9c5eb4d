import { Redis } from 'ioredis'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

/** The client as its users have it: nothing is set but where the server is, and once the older protocol. */
describe.each([
  ['RESP3, its default', {}],
  ['protocol: 2', { protocol: 2 as const }],
])('ioredis with %s', (_, options) => {
  let server: RunningServer
  let redis: Redis

  beforeAll(async () => {
    server = await startServer(subjectKind)
    redis = new Redis({ host: '127.0.0.1', port: server.port, ...options })
  })

  afterAll(async () => {
    redis?.disconnect()
    await server?.stop()
  })

  beforeEach(() => redis.flushall())

  test('strings', async () => {
    expect(await redis.set('k', 'v')).toBe('OK')
    expect(await redis.get('k')).toBe('v')
    expect(await redis.get('missing')).toBeNull()
    expect(await redis.set('k', 'w', 'EX', 1000, 'NX')).toBeNull()
    expect(await redis.set('k', 'w', 'PX', 1_000_000, 'GET')).toBe('v')
    expect(await redis.ttl('k')).toBeGreaterThan(900)
    expect(await redis.mset({ a: '1', b: '2' })).toBe('OK')
    expect(await redis.mget('a', 'b', 'none')).toEqual(['1', '2', null])
    expect(await redis.incrby('a', 41)).toBe(42)
    expect(await redis.incrbyfloat('a', 0.5)).toBe('42.5')
  })

  test('bytes that are no text', async () => {
    const bytes = Buffer.from([0, 1, 13, 10, 254, 255])
    await redis.set(bytes, bytes)
    expect(await redis.getBuffer(bytes)).toEqual(bytes)
    const large = Buffer.alloc(300_000, 'abc')
    await redis.set('large', large)
    expect((await redis.getBuffer('large'))?.equals(large)).toBe(true)
  })

  test('hashes come back as objects', async () => {
    expect(await redis.hset('h', { name: 'Ada', year: '1815' })).toBe(2)
    expect(await redis.hgetall('h')).toEqual({ name: 'Ada', year: '1815' })
    expect(await redis.hgetall('none')).toEqual({})
    expect(await redis.hmget('h', 'name', 'none')).toEqual(['Ada', null])
    expect(await redis.hincrby('h', 'year', 1)).toBe(1816)
  })

  test('a pipeline keeps its order, errors in their places', async () => {
    const results = await redis.pipeline().set('k', 'text').incr('k').get('k').hget('k', 'f').exec()
    expect(results?.[0]).toEqual([null, 'OK'])
    expect(String(results?.[1][0])).toMatch(/ERR value is not an integer or out of range/)
    expect(results?.[2]).toEqual([null, 'text'])
    expect(String(results?.[3][0])).toMatch(/WRONGTYPE/)
  })

  test('a thousand commands at once', async () => {
    const replies = await Promise.all(Array.from({ length: 1000 }, () => redis.incr('counter')))
    expect(replies).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
  })

  test('streams over SCAN and HSCAN see every element', async () => {
    const pairs = Array.from({ length: 300 }, (_, i) => [`key:${i}`, `value ${i}`])
    await redis.mset(Object.fromEntries(pairs))
    const keys = new Set<string>()
    for await (const page of redis.scanStream({ match: 'key:*', count: 20 })) for (const key of page) keys.add(key)
    expect(keys.size).toBe(300)
    await redis.hset('h', Object.fromEntries(pairs))
    const fields = new Map<string, string>()
    for await (const page of redis.hscanStream('h', { count: 20 })) {
      for (let i = 0; i < page.length; i += 2) fields.set(page[i], page[i + 1])
    }
    expect(Object.fromEntries(fields)).toEqual(Object.fromEntries(pairs))
  })

  test('it connects again, under its name and in its database, after it was killed', async () => {
    const other = new Redis({ host: '127.0.0.1', port: server.port, db: 2, connectionName: 'phoenix', ...options })
    await other.set('k', 'in two')
    const again = new Promise((resolve) => other.once('reconnecting', resolve))
    await redis.call('CLIENT', 'KILL', 'ID', String(await other.client('ID')))
    await again
    expect(await other.get('k')).toBe('in two')
    expect(await other.client('GETNAME')).toBe('phoenix')
    expect(await redis.get('k')).toBeNull()
    expect(await other.quit()).toBe('OK')
  })

  test('the server introduces itself', async () => {
    const info = await redis.info('server')
    expect(info).toContain('redis_version:7.0.15')
    expect(await redis.call('OBJECT', 'ENCODING', 'none')).toBeNull()
    expect(await redis.dbsize()).toBe(0)
  })
})
