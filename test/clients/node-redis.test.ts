import { createClient } from 'redis'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

describe.each([
  ['as it comes', {}],
  ['RESP: 2', { RESP: 2 as const }],
  ['RESP: 3', { RESP: 3 as const }],
])('node-redis, %s', (_, options) => {
  let server: RunningServer
  let client: ReturnType<typeof open>

  const open = (more: object = {}) => {
    const made = createClient({ url: `redis://127.0.0.1:${server.port}`, ...options, ...more })
    made.on('error', () => {}) // a lost connection is reported by the call that meets it
    return made
  }

  beforeAll(async () => {
    server = await startServer(subjectKind)
    client = open()
    await client.connect()
  })

  afterAll(async () => {
    if (client?.isOpen) client.destroy()
    await server?.stop()
  })

  beforeEach(() => client.flushAll())

  test('strings', async () => {
    expect(await client.set('k', 'v')).toBe('OK')
    expect(await client.get('k')).toBe('v')
    expect(await client.get('missing')).toBeNull()
    expect(await client.set('k', 'w', { condition: 'NX' })).toBeNull()
    expect(await client.set('k', 'w', { expiration: { type: 'EX', value: 1000 } })).toBe('OK')
    expect(await client.ttl('k')).toBeGreaterThan(900)
    expect(await client.mGet(['k', 'none'])).toEqual(['w', null])
    expect(await client.incrBy('n', 42)).toBe(42)
    expect(await client.getDel('n')).toBe('42')
    expect(await client.append('k', 'xyz')).toBe(4)
    expect(await client.getRange('k', 1, -1)).toBe('xyz')
  })

  test('hashes come back as objects', async () => {
    expect(await client.hSet('h', { name: 'Ada', year: '1815' })).toBe(2)
    expect({ ...(await client.hGetAll('h')) }).toEqual({ name: 'Ada', year: '1815' })
    expect({ ...(await client.hGetAll('none')) }).toEqual({})
    expect(await client.hmGet('h', ['name', 'none'])).toEqual(['Ada', null])
    expect(await client.hIncrBy('h', 'year', 1)).toBe(1816)
    expect(await client.hLen('h')).toBe(2)
    expect((await client.hRandFieldCountWithValues('h', 5)).length).toBe(2)
  })

  test('errors reject with the server’s words', async () => {
    await client.set('k', 'text')
    await expect(client.incr('k')).rejects.toThrow('ERR value is not an integer or out of range')
    await expect(client.hGet('k', 'f')).rejects.toThrow('WRONGTYPE')
    await expect(client.sendCommand(['NONSENSE'])).rejects.toThrow("ERR unknown command 'NONSENSE'")
  })

  test('a thousand commands at once', async () => {
    const replies = await Promise.all(Array.from({ length: 1000 }, () => client.incr('counter')))
    expect(replies).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
  })

  test('iterators over SCAN and HSCAN see every element', async () => {
    const pairs = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key:${i}`, `value ${i}`]))
    await client.mSet(pairs)
    const keys = new Set<string>()
    for await (const page of client.scanIterator({ MATCH: 'key:*', COUNT: 20 })) for (const key of page) keys.add(key)
    expect(keys.size).toBe(300)
    await client.hSet('h', pairs)
    const fields: Record<string, string> = {}
    for await (const page of client.hScanIterator('h', { COUNT: 20 })) {
      for (const { field, value } of page) fields[String(field)] = String(value)
    }
    expect(fields).toEqual(pairs)
  })

  test('keys: expiry, copies, names', async () => {
    await client.set('a', '1')
    expect(await client.expireAt('a', 4_000_000_000)).toBe(1)
    expect(await client.expireTime('a')).toBe(4_000_000_000)
    expect(await client.copy('a', 'b')).toBe(1)
    expect(await client.rename('b', 'c')).toBe('OK')
    expect(await client.exists(['a', 'b', 'c'])).toBe(2)
    expect(await client.type('c')).toBe('string')
    expect(await client.unlink(['a', 'c'])).toBe(2)
    expect(await client.dbSize()).toBe(0)
  })

  test('its database, its name and a clean goodbye', async () => {
    const other = open({ database: 3, name: 'visitor' })
    await other.connect()
    await other.set('k', 'in three')
    expect(await other.clientGetName()).toBe('visitor')
    expect(await client.get('k')).toBeNull()
    expect(await client.info('server')).toContain('redis_version:7.0.15')
    await other.close()
    expect(other.isOpen).toBe(false)
  })
})
