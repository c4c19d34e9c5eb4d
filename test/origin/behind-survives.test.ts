import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from '../../src/server/index.js'
import { Folder } from '../persistence/folder-server.js'
import { Asker, caughtUp, until } from '../replication/support/asking.js'
import { Embedded, becomes, field, hasCaughtUp } from '../replication/support/embedded.js'
import { startServer } from '../support/servers.js'

/** An origin in this process, which takes writes while it is well. */
class Store {
  readonly values = new Map<string, string>()
  readonly written: string[] = []
  isWell = false

  fetch(key: string): string | null {
    if (!this.isWell) throw new Error('down')
    return this.values.get(key) ?? null
  }

  put(key: string, value: unknown): void {
    if (!this.isWell) throw new Error('down')
    this.values.set(key, String(value))
    this.written.push(key)
  }

  delete(key: string): void {
    if (!this.isWell) throw new Error('down')
    this.values.delete(key)
    this.written.push(key)
  }
}

const route = (store: Store) => ({
  name: 'o',
  pattern: 'k*',
  store,
  write: 'behind' as const,
  breaker: [100, '1s'] as const,
})

describe('writes that wait for their origin', () => {
  test('outlive kill -9, and are made by the next server on the same files', async () => {
    const origin = join(mkdtempSync(join(tmpdir(), 'truedis-origin-')), 'values')
    const folder = new Folder()
    const options = ['--appendonly', 'yes', '--appendfsync', 'always', '--origin']
    options.push(`o k* dir:${origin} write behind breaker 100 100ms`)
    try {
      await folder.start('truedis', ...options)
      for (let i = 0; i < 50; i++) expect(await folder.say('SET', `k${i}`, `v${i}`)).toBe('+OK\r\n')
      expect(await folder.say('APPEND', 'k7', '!')).toBe(':3\r\n')
      expect(await folder.say('DEL', 'k8')).toBe(':1\r\n')
      await folder.kill()
      await folder.start('truedis', ...options)
      expect(await folder.say('GET', 'k7')).toBe('$3\r\nv7!\r\n')
      expect(await folder.say('GET', 'k8')).toBe('$-1\r\n')
      mkdirSync(origin)
      await until('all are made', async () => (await folder.info('origin_o')).includes('pending_writes=0'))
      const names = readdirSync(origin).sort()
      expect(names).toHaveLength(49)
      expect(names).not.toContain('8')
      expect(readFileSync(join(origin, '7'), 'utf8')).toBe('v7!')
    } finally {
      await folder.remove()
      rmSync(origin, { recursive: true, force: true })
    }
  })

  test.each([
    ['no', /'o': 2; without 'appendonly yes' only the last snapshot, or a replica, has them/],
    ['yes', /'o': 2; they are made after the next start, out of the append-only file/],
  ])('are told of at the end of the server, with appendonly %s', async (appendonly, text) => {
    const dir = mkdtempSync(join(tmpdir(), 'truedis-behind-'))
    const told: string[] = []
    const say = (line: string): void => void told.push(line)
    try {
      const server = await createServer({ port: 0, dir, appendonly, log: { notice: say, warning: say } })
      const url = `dir:${join(dir, 'none')}`
      await server.call('ORIGIN', 'ADD', 'o', 'k*', url, 'write', 'behind')
      for (const key of ['k1', 'k2']) await server.call('SET', key, 'v')
      await server.close()
      expect(told.filter((line) => /^pending writes/.test(line))).toEqual([expect.stringMatching(text)])
      const isWarned = told.some((line) => line.includes("'write behind' wants 'appendonly yes'"))
      expect(isWarned).toBe(appendonly === 'no')
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  test('are made by the replica that took over, each once', async () => {
    const servers = new Embedded()
    const store = new Store()
    try {
      const primary = await servers.start({ origins: [route(store)] })
      const replica = await servers.start({ origins: [route(store)], replicaof: `127.0.0.1 ${primary.port}` })
      await becomes(replica, 'master_link_status', 'up')
      for (const key of ['k1', 'k2', 'k3']) await primary.call('SET', key, `of ${key}`)
      await primary.call('DEL', 'k3')
      await hasCaughtUp(replica, primary)
      expect(await field(replica, 'origin_o')).toContain('pending_writes=3')
      await servers.end(primary)
      await replica.call('REPLICAOF', 'NO', 'ONE')
      expect(await replica.call('GET', 'k1')).toBe('of k1') // nobody asked the origin, which is down
      expect(store.written).toEqual([])
      store.isWell = true
      await until('all are made', async () =>
        ((await replica.call('INFO', 'origin')) as string).includes('pending_writes=0'),
      )
      expect(store.written.sort()).toEqual(['k1', 'k2', 'k3'])
      expect(Object.fromEntries(store.values)).toEqual({ k1: 'of k1', k2: 'of k2' })
    } finally {
      await servers.endAll()
    }
  })

  test('are carried by a Redis that follows, FLUSHALL or not, and by DEBUG RELOAD', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'truedis-behind-'))
    const store = new Store()
    const primary = await createServer({
      port: 0,
      dir: directory,
      enableDebugCommand: 'yes',
      replDisklessSyncDelay: 0,
      origins: [route(store)],
    })
    const redis = await startServer('redis', ['--replicaof', `127.0.0.1 ${primary.port}`])
    const [asker, follower] = [await Asker.open(primary.port), await Asker.open(redis.port)]
    try {
      await caughtUp(follower, asker)
      for (const key of ['k1', 'k2']) await primary.call('SET', key, 'one')
      await primary.call('SET', 'plain', 'gone')
      await primary.call('FLUSHALL')
      await caughtUp(follower, asker)
      expect(await follower.ask('SELECT', 15)).toBe('+OK\r\n')
      expect(await follower.ask('XLEN', 'pending:o')).toBe(':2\r\n')
      expect(await follower.digest()).toBe(await asker.digest())
      await primary.call('DEBUG', 'RELOAD')
      expect(await primary.call('GET', 'k1')).toBe('one')
      store.isWell = true
      await until('all are made', async () =>
        ((await primary.call('INFO', 'origin')) as string).includes('pending_writes=0'),
      )
      await caughtUp(follower, asker)
      expect(await follower.ask('XLEN', 'pending:o')).toBe(':0\r\n')
    } finally {
      follower.close()
      asker.close()
      await redis.stop()
      await primary.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
