import KeyvRedis from '@keyv/redis'
import { Cacheable } from 'cacheable'
import { createClient } from 'redis'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

type Client = ReturnType<typeof createClient>

describe('cacheable with @keyv/redis as its second layer', () => {
  let server: RunningServer
  let client: Client
  const stores: KeyvRedis<unknown>[] = []

  beforeAll(async () => {
    server = await startServer(subjectKind)
    client = createClient({ socket: { host: '127.0.0.1', port: server.port } })
    await client.connect()
  })

  afterEach(() => Promise.all(stores.splice(0).map((store) => store.disconnect(true))))

  afterAll(async () => {
    await client?.close()
    await server?.stop()
  })

  beforeEach(() => client.flushAll())

  /** A process of an application, with a memory of its own. */
  function cache(namespace?: string): Cacheable {
    const store = new KeyvRedis<unknown>(`redis://127.0.0.1:${server.port}`, { throwOnErrors: true })
    stores.push(store)
    return new Cacheable({ secondary: store, ...(namespace !== undefined && { namespace }) })
  }

  test('what one process stores another one finds, whatever its shape', async () => {
    const [one, other] = [cache(), cache()]
    const values = { text: 'grüße', number: 1.5, list: [1, null, { deep: true }], yes: true }
    for (const [key, value] of Object.entries(values)) await one.set(key, value)
    for (const [key, value] of Object.entries(values)) expect(await other.get(key)).toEqual(value)
    expect(await other.get('missing')).toBeUndefined()
    expect(await other.has('text')).toBe(true)
  })

  test('many at once, and what is deleted is gone for a process that has no copy', async () => {
    const [one, other] = [cache(), cache()]
    const items = Array.from({ length: 300 }, (_, i) => ({ key: `k${i}`, value: i }))
    await one.setMany(items)
    expect(await other.getMany(items.map(({ key }) => key))).toEqual(items.map(({ value }) => value))
    await one.deleteMany(['k0', 'k1'])
    await one.delete('k2')
    expect(await cache().getMany(['k0', 'k1', 'k2', 'k3'])).toEqual([undefined, undefined, undefined, 3])
    expect(await client.dbSize()).toBe(297)
  })

  test('a time to live is the server’s too', async () => {
    const one = cache()
    await one.set('brief', 'x', '1h')
    await one.set('lasting', 'x')
    const [brief, lasting] = (await client.keys('*')).sort()
    const ttl = await client.pTTL(brief)
    expect(ttl).toBeGreaterThan(3_500_000)
    expect(ttl).toBeLessThanOrEqual(3_600_000)
    expect(await client.pTTL(lasting)).toBe(-1)
    await client.pExpire(brief, 0)
    expect(await cache().get('brief')).toBeUndefined()
  })

  test('a function’s result is kept for all processes', async () => {
    let calls = 0
    const slow = async (name: unknown): Promise<string> => `hello ${String(name)}, call ${++calls}`
    const wrapped = [cache(), cache()].map((each) => each.wrap(slow, { ttl: '1h', keyPrefix: 'slow' }))
    expect(await wrapped[0]('Ada')).toBe('hello Ada, call 1')
    expect(await wrapped[0]('Ada')).toBe('hello Ada, call 1')
    expect(await wrapped[1]('Ada')).toBe('hello Ada, call 1')
    expect(await wrapped[1]('Charles')).toBe('hello Charles, call 2')
  })

  test('clearing a namespace leaves the others alone', async () => {
    const [red, blue] = [cache('red'), cache('blue')]
    const items = Array.from({ length: 100 }, (_, i) => ({ key: `k${i}`, value: i }))
    await Promise.all([red.setMany(items), blue.setMany(items)])
    expect(await client.dbSize()).toBe(200)
    await red.clear()
    expect(await client.dbSize()).toBe(100)
    expect(await cache('blue').get('k7')).toBe(7)
    expect(await cache('red').get('k7')).toBeUndefined()
  })
})
