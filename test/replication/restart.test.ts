import { MemoryFiles } from '../persistence/memory-files.js'
import { Embedded, field, hasCaughtUp } from './support/embedded.js'

const directory = process.cwd() // it is only looked at: files are in memory

const servers = new Embedded()

afterEach(() => servers.endAll())

function diskOf(): MemoryFiles {
  const files = new MemoryFiles()
  files.makeDirectory(directory)
  files.runsByItself = true
  return files
}

test('a primary that comes back with its snapshot is gone on with, and says what expired meanwhile', async () => {
  const files = diskOf()
  const primary = await servers.start({ save: '3600 1', files })
  const { port } = primary
  const replica = await servers.start({})
  await replica.call('REPLICAOF', '127.0.0.1', port)
  await hasCaughtUp(replica, primary)
  await primary.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0')
  await primary.call('SET', 'kept', 'v')
  const session = primary.connect()
  for (let i = 0; i < 20; i++) {
    await session.call('SELECT', i % 4)
    await session.call('SET', `short${i}`, 'v', 'PX', '1')
  }
  await hasCaughtUp(replica, primary)
  const before = {
    id: await field(primary, 'master_replid'),
    offset: Number(await field(primary, 'master_repl_offset')),
  }
  await servers.end(primary)
  const again = await servers.start({ port, save: '3600 1', files })
  await hasCaughtUp(replica, again)
  expect(await field(again, 'master_replid2')).toBe(before.id)
  expect(await field(again, 'second_repl_offset')).toBe(String(before.offset + 1))
  expect(await field(again, 'rdb_last_load_keys_expired')).toBe('20')
  const offset = Number(await field(again, 'master_repl_offset'))
  expect(offset).toBeGreaterThan(before.offset + 20 * 10)
  expect(await field(again, 'repl_backlog_first_byte_offset')).toBe(String(before.offset + 1))
  expect([await field(again, 'sync_partial_ok'), await field(again, 'sync_full')]).toEqual(['1', '0'])
  expect(await replica.call('DEBUG', 'DIGEST')).toBe(await again.call('DEBUG', 'DIGEST'))
  expect(await replica.call('DBSIZE')).toBe(1)
}, 60_000)

test('a replica that comes back with its snapshot goes on where it was', async () => {
  const files = diskOf()
  const primary = await servers.start({})
  const options = { save: '3600 1', files, replicaof: ['127.0.0.1', primary.port] }
  const replica = await servers.start(options)
  const session = primary.connect()
  await session.call('SELECT', 3)
  await session.call('SET', 'a', '1')
  await session.call('SET', 'short', '1', 'PX', '1')
  await hasCaughtUp(replica, primary)
  await servers.end(replica)
  await session.call('SET', 'b', '2') // no SELECT before it: the replica knows where it was
  const again = await servers.start(options)
  await hasCaughtUp(again, primary)
  expect(await field(primary, 'sync_partial_ok')).toBe('1')
  expect(await field(primary, 'sync_full')).toBe('1')
  expect(await field(again, 'rdb_last_load_keys_expired')).toBe('0') // its primary says what expired
  const other = again.connect()
  await other.call('SELECT', 3)
  expect(await other.call('MGET', 'a', 'b', 'short')).toEqual(['1', '2', null])
}, 60_000)
