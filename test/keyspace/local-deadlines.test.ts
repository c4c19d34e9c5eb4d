import { ManualClock } from '../../src/base/index.js'
import { Expiry } from '../../src/keyspace/index.js'
import type { Server } from '../../src/server/index.js'
import { Units, quietServer } from '../dispatch/follower.js'

const clock = new ManualClock()

/** A server whose keys expire as a replica's do: when its primary says so. */
function writableReplica(): Server {
  const server = quietServer(clock)
  server.keyspace.expiryOfClients = server.keyspace.expiry = Expiry.hides
  return server
}

const run = async (server: Server, ...lines: string[]): Promise<void> => {
  for (const line of lines) await server.call(line.split(' '))
}

test('a replica deletes what its own clients wrote when its time comes, and tells its file', async () => {
  const server = writableReplica()
  const file = new Units(server)
  const { keyspace } = server
  await run(server, 'SET a 1 PX 10', 'SET b 1', 'PEXPIRE b 10', 'MSET c 1 d 1', 'SET e 1 PX 10', 'RENAME e f')
  await run(server, 'SET g 1 EX 10', 'PERSIST g')
  expect(keyspace.localDeadlines.size).toBe(5) // e and g are looked at once more
  file.take()
  keyspace.localDeadlines.sweep()
  expect(keyspace.localDeadlines.size).toBe(3)
  clock.advance(20)
  expect(await server.call(['DBSIZE'])).toBe(6)
  keyspace.localDeadlines.sweep()
  expect(await server.call(['KEYS', '*'])).toEqual(expect.arrayContaining(['c', 'd', 'g']))
  expect(await server.call(['DBSIZE'])).toBe(3)
  expect(keyspace.stats.expired).toBe(3)
  expect(file.take()).toEqual(['DEL a', 'DEL b', 'DEL f'])
  expect(keyspace.localDeadlines.size).toBe(0)
})

test('what came from the primary is hidden and stays', async () => {
  const server = writableReplica()
  const { keyspace } = server
  keyspace.expiryOfClients = keyspace.expiry = Expiry.deletes // as if a primary had written it
  await run(server, 'SET theirs 1 PX 10')
  keyspace.expiryOfClients = keyspace.expiry = Expiry.hides
  clock.advance(20)
  keyspace.localDeadlines.sweep()
  expect(await server.call(['GET', 'theirs'])).toBeNull()
  expect(await server.call(['DBSIZE'])).toBe(1)
  expect(await server.call(['INCR', 'theirs'])).toBe(1) // who writes begins anew
  expect(await server.call(['TTL', 'theirs'])).toBe(-1)
})
