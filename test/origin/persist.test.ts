import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type CreateServerOptions } from '../../src/server/index.js'
import { Asker, caughtUp } from '../replication/support/asking.js'

const store = { fetch: (key: string) => `value of ${key}` }
const origins = [
  { name: 'kept', pattern: 'kept:*', store, validate: '1h' },
  { name: 'passing', pattern: 'passing:*', store, validate: '1h', persist: false },
] as const

describe('persist no', () => {
  let directory = ''
  const start = (options: CreateServerOptions = {}) =>
    createServer({ port: 0, dir: directory, save: '', enableDebugCommand: 'yes', replDisklessSyncDelay: 0, ...options })

  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'truedis-persist-'))))
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  test('leaves copies out of snapshots, and nothing else', async () => {
    const server = await start({ origins: [...origins] })
    for (const key of ['kept:1', 'passing:1', 'passing:2']) await server.call('GET', key)
    await server.call('COPY', 'passing:1', 'plain')
    await server.call('SAVE')
    await server.close()
    const again = await start()
    expect(((await again.call('KEYS', '*')) as string[]).sort()).toEqual(['kept:1', 'plain'])
    expect(await again.call('GET', 'plain')).toBe('value of passing:1')
    await again.close()
  })

  test('leaves them in what replicas are sent', async () => {
    const server = await start({ origins: [...origins] })
    await server.call('GET', 'passing:1')
    const replica = await createServer({ port: 0, replicaof: `127.0.0.1 ${server.port}` })
    const [asker, follower] = [await Asker.open(server.port), await Asker.open(replica.port)]
    try {
      await caughtUp(follower, asker)
      expect(await follower.ask('EXISTS', 'passing:1')).toBe(':1\r\n')
    } finally {
      follower.close()
      asker.close()
      await replica.close()
      await server.close()
    }
  })

  test('leaves them in the append-only file, whose commands may read them', async () => {
    const server = await start({ origins: [...origins], appendonly: 'yes' })
    await server.call('GET', 'passing:1')
    await server.call('COPY', 'passing:1', 'plain')
    await server.close()
    const again = await start({ appendonly: 'yes' })
    expect(await again.call('GET', 'plain')).toBe('value of passing:1')
    await again.close()
  })
})
