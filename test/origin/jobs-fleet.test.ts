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

test('a job goes on when its server becomes a follower and a primary again, and pauses with the reason while nobody answers', async () => {
  const its = values()
  const primary = await servers.start(route(its))
  const server = await servers.start(route(its))
  const job = async (): Promise<Map<string, unknown> | undefined> =>
    ((await server.call('ORIGIN', 'JOBS')) as Map<string, unknown>[])[0]
  const warm = server.call('ORIGIN', 'WARM', 'users', 'RATE', '50')
  await until('some are filled', async () => Number((await job())?.get('asked')) > 5)

  await server.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(server, 'master_link_status', 'up')
  await until('its primary fills for it', async () => Number(await primary.call('DBSIZE')) > 5)

  await servers.end(primary)
  await until('it pauses', async () => (await job())?.get('state') === 'paused')
  expect((await job())?.get('reason')).toMatch(/^ORIGINDOWN .*its primary cannot be asked/)
  await server.call('REPLICAOF', 'NO', 'ONE')
  const report = Object.fromEntries((await warm) as Map<string, number>)
  expect(report).toMatchObject({ failed: 0, refused: 0, unstored: 0, cancelled: 0 })
  await server.call('ORIGIN', 'WARM', 'users') // what a full resync took away again
  expect(await server.call('DBSIZE')).toBe(50)
}, 60_000)

test('RECONCILE goes on through a failover that swaps primary and follower', async () => {
  const its = values()
  const [one, other] = [await servers.start(route(its)), await servers.start(route(its))]
  await other.call('REPLICAOF', '127.0.0.1', String(one.port))
  await becomes(other, 'master_link_status', 'up')
  await one.call('ORIGIN', 'WARM', 'users')
  its['user:7'] = 'changed'
  const reconcile = one.call('ORIGIN', 'RECONCILE', 'users', 'RATE', '40')
  await until('it runs', async () => ((await one.call('ORIGIN', 'JOBS')) as unknown[]).length === 1)
  await one.call('FAILOVER')
  await becomes(one, 'role', 'slave')
  await becomes(one, 'master_link_status', 'up')
  const report = Object.fromEntries((await reconcile) as Map<string, number>)
  expect(report).toMatchObject({ asked: 50, failed: 0, refused: 0, cancelled: 0 })
  // what came while the failover held writes back is counted, and still to be done
  const isLeft = (await one.call('GET', 'user:7')) !== 'changed'
  expect(report['unstored']).toBe(isLeft ? 1 : 0)
  if (isLeft) await one.call('ORIGIN', 'RECONCILE', 'users')
  expect([await one.call('GET', 'user:7'), await other.call('GET', 'user:7')]).toEqual(['changed', 'changed'])
}, 60_000)
