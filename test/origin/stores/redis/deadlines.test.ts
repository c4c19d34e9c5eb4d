import type { Reply } from '../../../../src/resp/index.js'
import type { EmbeddedServer } from '../../../../src/server/index.js'
import { Asker, until } from '../../../replication/support/asking.js'
import { Embedded } from '../../../replication/support/embedded.js'
import { describeWithRedis, startServer, type RunningServer } from '../../../support/servers.js'
import { TestCluster } from '../../support/redis-cluster.js'
import { slotOf } from '../../../../src/origin/stores/redis/slots.js'

const servers = new Embedded()
afterEach(() => servers.endAll())

/** What is left of a deadline that was given just now, in words: clocks go on. */
function shown(ttlMs: Reply): string {
  const ms = Number(String(ttlMs).replace(':', ''))
  if (ms < 0) return ms === -1 ? 'no deadline' : 'no key'
  return ms > 7_500_000 ? 'the old deadline' : 'the new deadline'
}

/** Each on a key with the value 5 that ends in 10,000 s: a new deadline is one of 5,000 s. */
const calls: readonly (readonly [string, readonly string[]])[] = [
  ['no deadline', ['SET', 'k', '6']],
  ['the old deadline', ['SET', 'k', '6', 'KEEPTTL']],
  ['the new deadline', ['SET', 'k', '6', 'EX', '5000']],
  ['the new deadline', ['SET', 'k', '6', 'PXAT', String(Date.now() + 5_000_000), 'XX']],
  ['the new deadline', ['SETEX', 'k', '5000', '6']],
  ['the new deadline', ['PSETEX', 'k', '5000000', '6']],
  ['no deadline', ['GETSET', 'k', '6']],
  ['no deadline', ['MSET', 'k', '6']],
  ['the old deadline', ['INCR', 'k']],
  ['the old deadline', ['APPEND', 'k', '6']],
  ['the old deadline', ['SETRANGE', 'k', '0', '6']],
  ['the old deadline', ['EXPIRE', 'k', '5000']], // of the copy alone
  ['the old deadline', ['PERSIST', 'k']],
  ['no key', ['DEL', 'k']],
]

describeWithRedis('deadlines of what is written to a Redis', () => {
  let redis: RunningServer
  let client: Asker
  beforeAll(async () => {
    redis = await startServer('redis')
    client = await Asker.open(redis.port)
  })
  afterAll(async () => {
    client.close()
    await redis.stop()
  })

  const open = async (write: 'through' | 'behind', more: object = {}): Promise<EmbeddedServer> => {
    await client.ask('FLUSHALL')
    const url = `redis://127.0.0.1:${redis.port}`
    return servers.start({ origins: [{ name: 'r', pattern: '*', url, validate: '1h', write, ...more }] })
  }
  const drained = (server: EmbeddedServer): Promise<void> =>
    until('all are made', async () => ((await server.call('INFO', 'origin')) as string).includes('pending_writes=0'))

  test.each(['through', 'behind'] as const)('become what the call makes of them there, %s', async (write) => {
    const server = await open(write)
    for (const isHeld of [true, false]) {
      const was: string[] = []
      for (const [i, [, call]] of calls.entries()) {
        const key = `${isHeld} ${i}`
        await client.ask('SET', key, '5', 'PX', '10000000')
        if (isHeld) await server.call('GET', key)
        await server.call(...call.map((word) => (word === 'k' ? key : word)))
        await drained(server)
        was.push(shown(await client.ask('PTTL', key)))
      }
      expect(was).toEqual(calls.map(([deadline]) => deadline))
    }
  })

  test('are those of a Redis that is called itself', async () => {
    await client.ask('FLUSHALL')
    for (const [deadline, call] of calls) {
      if (call[0] === 'EXPIRE' || call[0] === 'PERSIST') continue
      await client.ask('SET', 'k', '5', 'PX', '10000000')
      await client.ask(...call)
      expect([call, shown(await client.ask('PTTL', 'k'))]).toEqual([call, deadline])
    }
  })

  test('a key that was absent there has one only where the call gives it one', async () => {
    const server = await open('through')
    await server.call('INCR', 'a')
    await server.call('SET', 'b', '1', 'NX', 'EX', '5000')
    await server.call('SET', 'c', '1', 'KEEPTTL')
    const left: string[] = []
    for (const key of ['a', 'b', 'c']) left.push(shown(await client.ask('PTTL', key)))
    expect(left).toEqual(['no deadline', 'the new deadline', 'no deadline'])
  })

  test('of hashes stay, and are what RESTORE says', async () => {
    const server = await open('through', { as: 'hash' })
    await client.ask('HSET', 'h', 'a', '1')
    await client.ask('PEXPIRE', 'h', '10000000')
    await server.call('HSET', 'h', 'b', '2')
    expect(shown(await client.ask('PTTL', 'h'))).toBe('the old deadline')
    const dump = await server.callWith({ buffers: true }, 'DUMP', 'h')
    const ttls: string[] = []
    for (const ttl of ['5000000', '0']) {
      await server.call('RESTORE', 'h', ttl, dump as Buffer, 'REPLACE')
      ttls.push(shown(await client.ask('PTTL', 'h')))
    }
    expect(ttls).toEqual(['the new deadline', 'no deadline'])
  })

  test('of several writes that are made as one: the last that gives or takes one counts', async () => {
    const server = await open('behind', { breaker: [100, '50ms'] })
    const pid = redis.pid
    process.kill(pid, 'SIGSTOP')
    try {
      // the first is away while the others are merged
      for (const key of ['a', 'b', 'c', 'd', 'e']) await server.call('SET', key, '0')
      await server.call('SET', 'a', '1', 'EX', '5000')
      await server.call('INCR', 'a')
      await server.call('SET', 'b', '1', 'EX', '5000')
      await server.call('SET', 'b', '2')
      await server.call('SET', 'c', '1', 'EX', '5000')
      await server.call('DEL', 'c')
      await server.call('INCR', 'c')
      await server.call('INCR', 'd')
      await server.call('SET', 'e', '1', 'PX', '1')
      await until('it is past', async () => (await server.call('GET', 'e')) === null)
    } finally {
      process.kill(pid, 'SIGCONT')
    }
    await drained(server)
    const left: string[][] = []
    for (const key of ['a', 'b', 'c', 'd']) {
      left.push([await client.ask('GET', key), shown(await client.ask('PTTL', key))])
    }
    expect(left).toEqual([
      ['$1\r\n2\r\n', 'the new deadline'],
      ['$1\r\n2\r\n', 'no deadline'],
      ['$1\r\n1\r\n', 'no deadline'],
      ['$1\r\n1\r\n', 'no deadline'],
    ])
    await until('it is past there, too', async () => (await client.ask('EXISTS', 'e')) === ':0\r\n')
  })
})

describeWithRedis('deadlines of what is written to a Redis Cluster', () => {
  test('become what the call makes of them there', async () => {
    const cluster = await TestCluster.start()
    try {
      const url = `redis+cluster://127.0.0.1:${cluster.ports[0]}`
      const server = await servers.start({
        origins: [{ name: 'r', pattern: '*', url, validate: '1h', write: 'through' }],
      })
      const was: string[] = []
      for (const [i, [, call]] of calls.entries()) {
        const key = `k${i}` // of many slots
        const owner = await cluster.ownerOf(slotOf(Buffer.from(key)))
        await owner.call('SET', key, '5', 'PX', '10000000')
        await server.call(...call.map((word) => (word === 'k' ? key : word)))
        was.push(shown(await owner.call('PTTL', key)))
      }
      expect(was).toEqual(calls.map(([deadline]) => deadline))
    } finally {
      await cluster.stop()
    }
  }, 60_000)
})
