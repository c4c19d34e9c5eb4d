import { ManualClock } from '../../src/base/index.js'
import { createServer, type EmbeddedServer } from '../../src/index.js'

/** What OBJECT IDLETIME says after a call, as redis-server 7.0.15 has it: most calls renew it, some only look. */
describe('the time of last access', () => {
  const clock = new ManualClock()
  let server: EmbeddedServer

  beforeAll(async () => {
    server = await createServer({ port: 0, clock })
  })

  afterAll(() => server.close())

  async function idleSecondsAfter(line: string): Promise<unknown> {
    await server.call('FLUSHALL')
    await server.call('MSET', 'k', 'text', 'other', 'text')
    await server.call('HSET', 'h', 'f', 'v')
    clock.advance(5_000)
    await server.call(...line.split(' ')).catch(() => {}) // a refused call has looked all the same
    return server.call('OBJECT', 'IDLETIME', line.includes(' h') ? 'h' : 'k')
  }

  test.each([
    ...['GET k', 'MGET k', 'STRLEN k', 'GETRANGE k 0 1', 'GETEX k', 'APPEND k x', 'SET k v', 'SET k v NX', 'SETNX k v', 'MSETNX k v'],
    ...['EXPIRE k 100', 'EXPIRE k 100 XX', 'PERSIST k', 'TOUCH k', 'RENAME k k', 'RENAMENX other k', 'COPY other k', 'COPY k new', 'INCR k'],
    ...['HGET h f', 'HSET h f v', 'HSETNX h f v', 'HDEL h none', 'HLEN h', 'HSCAN h 0', 'HGET k f', 'HSET k f v', 'HDEL k f'],
  ])('%s renews it', async (line) => expect(await idleSecondsAfter(line)).toBe(0)) // prettier-ignore

  test.each([
    ...['EXISTS k', 'TYPE k', 'TTL k', 'PTTL k', 'EXPIRETIME k', 'OBJECT ENCODING k', 'OBJECT REFCOUNT k', 'MEMORY USAGE k'],
    ...['KEYS *', 'SCAN 0', 'SCAN 0 TYPE string', 'RANDOMKEY', 'DBSIZE', 'COMMAND GETKEYS GET k'],
  ])('%s leaves it', async (line) => expect(await idleSecondsAfter(line)).toBe(5)) // prettier-ignore
})
