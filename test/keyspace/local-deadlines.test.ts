import { ManualClock } from '../../src/base/index.js'
import { Expiry, ExpirySweep } from '../../src/keyspace/index.js'
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

test('so it does with fields of hashes, a large hash in steps', async () => {
  const server = writableReplica()
  const file = new Units(server)
  const { keyspace } = server
  const { localDeadlines } = keyspace
  await run(server, 'HSET h a 1 b 2', 'HPEXPIRE h 10 FIELDS 1 a', 'HSETEX g PX 10 FIELDS 1 x 1', 'HSET none a 1')
  const fields = Array.from({ length: 20_000 }, (_, i) => `field${i}`)
  await server.call(['HSET', 'large', 'stays', '1', ...fields.flatMap((field) => [field, '1'])])
  await server.call(['HPEXPIRE', 'large', '10', 'FIELDS', String(fields.length), ...fields])
  expect(localDeadlines.size).toBe(3)
  localDeadlines.sweep()
  expect(await server.call(['HLEN', 'h'])).toBe(2)
  file.take()
  clock.advance(20)
  localDeadlines.sweep()
  expect(file.take().slice(0, 2)).toEqual(['HDEL h a', 'HDEL g x'])
  expect(await server.call(['EXISTS', 'h', 'g'])).toBe(1)
  expect(await server.call(['HLEN', 'large'])).toBeGreaterThan(10_000)
  let steps = 1
  while (localDeadlines.slice()) steps++
  expect(steps).toBeGreaterThan(2)
  expect(await server.call(['HGETALL', 'large'])).toEqual(new Map([['stays', '1']]))
  expect(await server.call(['HLEN', 'large'])).toBe(1)
  expect(keyspace.stats.expiredFields).toBe(20_002)
  localDeadlines.sweep()
  expect(localDeadlines.size).toBe(0)
})

test('a hash that is half swept is due for whoever sweeps next', async () => {
  const server = writableReplica()
  const { keyspace } = server
  const fields = Array.from({ length: 20_000 }, (_, i) => `field${i}`)
  await server.call(['HSET', 'large', ...fields.flatMap((field) => [field, '1'])])
  await server.call(['HPEXPIRE', 'large', '10', 'FIELDS', String(fields.length), ...fields])
  clock.advance(20)
  keyspace.localDeadlines.sweep()
  keyspace.localDeadlines.clear()
  keyspace.expiryOfClients = keyspace.expiry = Expiry.deletes // it is a primary now
  const sweep = new ExpirySweep(keyspace, clock)
  for (let slices = 0; keyspace.databases[0].size > 0 && slices < 1000; slices++) sweep.slice()
  expect(await server.call(['EXISTS', 'large'])).toBe(0)
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
