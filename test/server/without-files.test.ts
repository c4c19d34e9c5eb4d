import { existsSync, readdirSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createServer, type EmbeddedServer } from '../../src/index.js'
import { Asker, until } from '../replication/support/asking.js'

/** Servers in this process that were told of no files leave none where the process runs. */
let servers: EmbeddedServer[]
let askers: Asker[]
let before: string[]

beforeEach(async () => {
  before = readdirSync('.')
  servers = await Promise.all([1, 2].map(() => createServer({ port: 0, replDisklessSyncDelay: 0 })))
  askers = await Promise.all(servers.map(({ port }) => Asker.open(port)))
})

afterEach(async () => {
  for (const asker of askers) asker.close()
  await Promise.all(servers.map((server) => server.close()))
  expect(readdirSync('.')).toEqual(before)
})

const follows = (replica: Asker): Promise<void> =>
  until('the replica is linked', async () => (await replica.info('replication', 'master_link_status')) === 'up')

test.each([
  ['with keys of its own', 'yes', 1],
  ['without keys', 'no', 0],
])('a replica %s reads the dataset as it comes', async (_name, replDisklessSync, keys) => {
  const [primary, replica] = askers
  await primary.ask('CONFIG', 'SET', 'repl-diskless-sync', replDisklessSync)
  await primary.ask('SET', 'k', 'v')
  for (let i = 0; i < keys; i++) await replica.ask('SET', `own:${i}`, 1)
  await replica.ask('REPLICAOF', '127.0.0.1', servers[0].port)
  await follows(replica)
  expect(readdirSync('.')).toEqual(before)
  expect([await replica.ask('DBSIZE'), await replica.ask('GET', 'k')]).toEqual([':1\r\n', '$1\r\nv\r\n'])
})

test('a replica that has to know the length of the dataset is sent a file of another folder', async () => {
  const socket: Socket = connect(servers[0].port, '127.0.0.1')
  let received = ''
  socket.on('data', (bytes: Buffer) => (received += bytes.toString('latin1')))
  socket.write('SYNC\r\n')
  await until('it has the dataset', () => Promise.resolve(/^\s*\$\d+\r\nREDIS0010/.test(received)))
  expect(readdirSync('.')).toEqual(before)
  socket.destroy()
  expect(existsSync('dump.rdb')).toBe(before.includes('dump.rdb'))
})
