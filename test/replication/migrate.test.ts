import { createServer, type AddressInfo } from 'node:net'
import { describeWithRedis, startServer, type RunningServer, type ServerKind } from '../support/servers.js'
import { Asker } from './support/asking.js'

const directions: readonly (readonly [ServerKind, ServerKind])[] = [
  ['truedis', 'redis'],
  ['redis', 'truedis'],
  ['truedis', 'truedis'],
]

describeWithRedis('MIGRATE', () => {
  describe.each(directions)('from %s to %s', (from, to) => {
    let servers: RunningServer[]
    let source: Asker
    let target: Asker
    let port: number

    beforeAll(async () => {
      servers = [await startServer(from), await startServer(to)]
      port = servers[1].port
      source = await Asker.open(servers[0].port)
      target = await Asker.open(port)
    })
    afterAll(async () => {
      source.close()
      target.close()
      for (const server of servers) await server.stop()
    })
    beforeEach(async () => {
      await source.ask('FLUSHALL')
      await target.ask('FLUSHALL')
    })

    const migrate = (...words: (string | number)[]): Promise<string> =>
      source.ask('MIGRATE', '127.0.0.1', port, ...words)

    test('moves a value of any type, with its deadline', async () => {
      await source.ask('RPUSH', 'list', 'a', 'b', 'c')
      await source.ask('PEXPIRE', 'list', 100_000)
      expect(await migrate('list', 3, 5000)).toBe('+OK\r\n')
      expect(await source.ask('EXISTS', 'list')).toBe(':0\r\n')
      await target.ask('SELECT', 3)
      expect(await target.ask('LRANGE', 'list', 0, -1)).toBe('*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n')
      const ttl = Number((await target.ask('PTTL', 'list')).slice(1))
      expect(ttl).toBeGreaterThan(50_000)
      expect(ttl).toBeLessThanOrEqual(100_000)
      await target.ask('SELECT', 0)
    })

    test('copies and replaces where it is told to', async () => {
      await source.ask('SET', 'k', 'new')
      await target.ask('SET', 'k', 'old')
      expect(await migrate('k', 0, 5000)).toBe(
        '-ERR Target instance replied with error: BUSYKEY Target key name already exists.\r\n',
      )
      expect(await source.ask('EXISTS', 'k')).toBe(':1\r\n')
      expect(await migrate('k', 0, 5000, 'COPY', 'REPLACE')).toBe('+OK\r\n')
      expect(await target.ask('GET', 'k')).toBe('$3\r\nnew\r\n')
      expect(await source.ask('EXISTS', 'k')).toBe(':1\r\n')
    })

    test('moves many keys at once, and passes over those that are missing', async () => {
      await source.ask('MSET', 'a', 1, 'b', 2, 'c', 3)
      expect(await migrate('', 0, 5000, 'KEYS', 'a', 'missing', 'b', 'c')).toBe('+OK\r\n')
      expect(await source.ask('DBSIZE')).toBe(':0\r\n')
      expect(await target.ask('MGET', 'a', 'b', 'c')).toBe('*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n')
      expect(await migrate('missing', 0, 5000)).toBe('+NOKEY\r\n')
    })

    test('what the other server took is gone here, and the rest stays', async () => {
      await source.ask('MSET', 'a', 1, 'b', 2, 'c', 3)
      await target.ask('SET', 'b', 'there')
      expect(await migrate('', 0, 5000, 'KEYS', 'a', 'b', 'c')).toMatch(
        /^-ERR Target instance replied with error: BUSYKEY/,
      )
      expect(await source.ask('KEYS', '*')).toBe('*1\r\n$1\r\nb\r\n')
      expect(await target.ask('DBSIZE')).toBe(':3\r\n')
    })

    test('keeps its connection, and finds out when that was closed', async () => {
      await source.ask('MSET', 'a', 1, 'b', 2)
      expect(await migrate('a', 0, 5000)).toBe('+OK\r\n')
      expect(await source.info('stats', 'migrate_cached_sockets')).toBe('1')
      await target.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      expect(await migrate('b', 0, 5000)).toBe('+OK\r\n')
    })

    test('gives a password where one is asked for', async () => {
      await target.ask('CONFIG', 'SET', 'requirepass', 'secret')
      await target.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      await source.ask('SET', 'k', 'v')
      expect(await migrate('k', 0, 5000)).toMatch(/^-ERR Target instance replied with error: NOAUTH/)
      expect(await migrate('k', 0, 5000, 'AUTH', 'wrong')).toMatch(
        /^-ERR Target instance replied with error: WRONGPASS/,
      )
      expect(await migrate('k', 0, 5000, 'AUTH2', 'default', 'secret')).toBe('+OK\r\n')
      await target.ask('CONFIG', 'SET', 'requirepass', '')
    })

    test('refuses what makes no sense', async () => {
      expect(await migrate('k', 0, 5000, 'NONSENSE')).toBe('-ERR syntax error\r\n')
      expect(await migrate('k', 0, 5000, 'KEYS', 'a')).toBe(
        '-ERR When using MIGRATE KEYS option, the key argument must be set to the empty string\r\n',
      )
      expect(await migrate('k', 'x', 5000)).toBe('-ERR value is not an integer or out of range\r\n')
    })

    test('nobody there, or nobody who answers, is an error in time, and the key stays', async () => {
      await source.ask('SET', 'k', 'v')
      const mute = createServer(() => {}) // listens, and never says a word
      await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
      const { port: mutePort } = mute.address() as AddressInfo
      const reply = await source.ask('MIGRATE', '127.0.0.1', mutePort, 'k', 0, 300)
      expect(reply).toBe('-IOERR error or timeout reading to target instance\r\n')
      mute.close()
      expect(await source.ask('MIGRATE', '127.0.0.1', 1, 'k', 0, 300)).toBe(
        '-IOERR error or timeout writing to target instance\r\n',
      )
      expect(await source.ask('GET', 'k')).toBe('$1\r\nv\r\n')
    })
  })
})
