import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Embedded, becomes, field, hasCaughtUp } from './support/embedded.js'

const servers = new Embedded()
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'truedis-resync-'))
})

afterEach(async () => {
  await servers.endAll()
  rmSync(directory, { recursive: true })
})

/** Holds an image up until it is changed. */
const forEver = 1_000_000_000

test('an image in a file that no replica waits for any more is given up where nobody wants snapshots', async () => {
  const primary = await servers.start({ dir: directory, save: '', replDisklessSync: false, rdbKeySaveDelay: forEver })
  await primary.call('MSET', 'a', '1', 'b', '2')
  const replica = await servers.start()
  await replica.call('REPLICAOF', '127.0.0.1', primary.port)
  await becomes(primary, 'rdb_bgsave_in_progress', '1')
  await expect(primary.call('BGSAVE')).rejects.toThrow('Background save already in progress')
  await replica.call('REPLICAOF', 'NO', 'ONE')
  await becomes(primary, 'rdb_bgsave_in_progress', '0')
  expect(readdirSync(directory)).toEqual([])
}, 60_000)

test('a replica serves what it had while a later state of it is loaded, and after that failed', async () => {
  const primary = await servers.start()
  const replica = await servers.start({ replDisklessLoad: 'swapdb', replicaReadOnly: false })
  await primary.call('MSET', 'a', '1', 'b', '1')
  await replica.call('REPLICAOF', '127.0.0.1', primary.port)
  await hasCaughtUp(replica, primary)
  await replica.call('SET', 'mine', '1')
  await primary.call('CONFIG', 'SET', 'repl-backlog-size', '16kb')
  await primary.call('CONFIG', 'SET', 'rdb-key-save-delay', forEver)
  const resync = async (): Promise<void> => {
    const session = primary.connect()
    await session.call('MULTI')
    await session.call('CLIENT', 'KILL', 'TYPE', 'replica')
    await session.call('SET', 'big', 'x'.repeat(100_000))
    await session.call('SET', 'a', '2')
    await session.call('EXEC')
    await becomes(replica, 'async_loading', '1')
  }
  await resync()
  expect(await field(replica, 'loading')).toBe('0')
  expect(await replica.call('MGET', 'a', 'mine', 'big')).toEqual(['1', '1', null])
  for (const refused of ['CONFIG SET appendonly yes', 'CONFIG SET dir /', 'REPLICAOF NO ONE', 'BGSAVE']) {
    await expect(replica.call(...refused.split(' '))).rejects.toThrow('LOADING')
  }
  await resync() // cuts the first one off
  expect(await replica.call('MGET', 'a', 'mine', 'big')).toEqual(['1', '1', null])
  await primary.call('CONFIG', 'SET', 'rdb-key-save-delay', '0')
  await hasCaughtUp(replica, primary)
  expect(await replica.call('MGET', 'a', 'mine')).toEqual(['2', null])
  expect(await field(replica, 'async_loading')).toBe('0')
  expect(await replica.call('REPLICAOF', 'NO', 'ONE')).toBe('OK')
}, 60_000)

test('an image that has come whole is loaded though its primary has gone', async () => {
  const primary = await servers.start()
  await primary.call('MSET', 'a', '1', 'b', '2', 'c', '3')
  const replica = await servers.start({ dir: directory, save: '', keyLoadDelay: forEver })
  await replica.call('REPLICAOF', '127.0.0.1', primary.port)
  await becomes(replica, 'loading', '1')
  await expect(replica.call('GET', 'a')).rejects.toThrow('LOADING')
  await servers.end(primary)
  await replica.call('CONFIG', 'SET', 'key-load-delay', '0')
  await becomes(replica, 'loading', '0')
  await becomes(replica, 'master_link_status', 'down')
  expect(await replica.call('MGET', 'a', 'b', 'c')).toEqual(['1', '2', '3'])
}, 60_000)
