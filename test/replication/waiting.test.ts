import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type EmbeddedServer } from '../../src/index.js'
import { Asker, until } from './support/asking.js'

let directories: string[]
let servers: EmbeddedServer[]

beforeEach(async () => {
  directories = Array.from({ length: 2 }, () => mkdtempSync(join(tmpdir(), 'truedis-waiting-')))
  const start = (dir: string): Promise<EmbeddedServer> =>
    createServer({ port: 0, dir, save: '', replDisklessSyncDelay: 0 })
  servers = await Promise.all(directories.map(start))
})

afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()))
  for (const directory of directories) rmSync(directory, { recursive: true, force: true })
})

test('WAIT of a client that wrote is replied to when a replica says that it has it', async () => {
  const [primary, replica] = await Promise.all(servers.map(({ port }) => Asker.open(port)))
  await replica.ask('REPLICAOF', '127.0.0.1', servers[0].port)
  await until('the replica is linked', async () => (await replica.info('replication', 'master_link_status')) === 'up')
  for (let i = 0; i < 3; i++) {
    await primary.ask('SET', 'k', i)
    expect(await primary.ask('WAIT', 1, 0)).toBe(':1\r\n')
  }
  primary.close()
  replica.close()
})
