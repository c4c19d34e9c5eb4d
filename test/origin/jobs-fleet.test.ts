import { connect } from 'node:net'
import { dictionaryStore } from '../../src/origin/stores/object.js'
import { until } from '../replication/support/asking.js'
import { Embedded, becomes } from '../replication/support/embedded.js'

const servers = new Embedded()
afterEach(() => servers.endAll())

const values = (): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`user:${i}`, `v${i}`]))

const route = (its: Record<string, string>) => ({
  origins: [{ name: 'users', pattern: 'user:*', validate: 'never', store: dictionaryStore(its) }],
})

test('a follower that warms has its primary fill, and holds what came with its stream', async () => {
  const its = values()
  const primary = await servers.start(route(its))
  const follower = await servers.start(route(its))
  await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(follower, 'master_link_status', 'up')
  const report = (await follower.call('ORIGIN', 'WARM', 'users')) as Map<string, number>
  expect(Object.fromEntries(report)).toMatchObject({ asked: 50, filled: 50, unstored: 0, failed: 0 })
  expect([await primary.call('DBSIZE'), await follower.call('DBSIZE')]).toEqual([50, 50])
  its['user:7'] = 'changed'
  delete its['user:8']
  const again = (await follower.call('ORIGIN', 'RECONCILE', 'users')) as Map<string, number>
  expect(Object.fromEntries(again)).toMatchObject({ asked: 50, replaced: 1, dropped: 1, kept: 48, failed: 0 })
  expect([await follower.call('GET', 'user:7'), await primary.call('DBSIZE')]).toEqual(['changed', 49])
}, 30_000)

test('a connection that breaks off ends the job it waited for', async () => {
  const server = await servers.start(route(values()))
  const socket = connect(server.port, '127.0.0.1', () => socket.write('ORIGIN WARM users RATE 5\r\n'))
  const jobs = async (): Promise<number> => ((await server.call('ORIGIN', 'JOBS')) as unknown[]).length
  await until('it runs', async () => (await jobs()) === 1)
  socket.destroy()
  await until('it has ended', async () => (await jobs()) === 0)
  expect(await server.call('DBSIZE')).toBeLessThan(50)
})
