import { createServer } from '../../src/index.js'
import { describeWithRedis, startServer, type RunningServer } from '../support/servers.js'
import { Asker, caughtUp, until } from './support/asking.js'

describeWithRedis('a dataset that Redis 7.0 cannot load', () => {
  let primary: RunningServer
  let asker: Asker

  beforeAll(async () => {
    primary = await startServer('truedis', ['--repl-diskless-sync-delay', '0'])
    asker = await Asker.open(primary.port)
  })
  afterAll(async () => {
    asker.close()
    await primary.stop()
  })

  test('is not sent to redis-server 7.0, with a line that names the key; a Truedis gets it', async () => {
    await asker.ask('HSET', 'a hash', 'f', 'v', 'g', 'w')
    await asker.ask('HPEXPIRE', 'a hash', 100_000_000, 'FIELDS', 1, 'f')
    const redis = await startServer('redis')
    const truedis = await startServer('truedis')
    const refused = await Asker.open(redis.port)
    const taken = await Asker.open(truedis.port)
    try {
      await refused.ask('REPLICAOF', '127.0.0.1', primary.port)
      await until('the refusal is in the log', async () =>
        primary
          .output()
          .includes(`BGSAVE for replication failed: the hash 'a hash' in database 0 has fields with deadlines`),
      )
      expect(await refused.info('replication', 'master_link_status')).toBe('down')
      await refused.ask('REPLICAOF', 'NO', 'ONE')
      await taken.ask('REPLICAOF', '127.0.0.1', primary.port)
      await caughtUp(taken, asker)
      expect(await taken.ask('HPEXPIRETIME', 'a hash', 'FIELDS', 2, 'f', 'g')).toBe(
        await asker.ask('HPEXPIRETIME', 'a hash', 'FIELDS', 2, 'f', 'g'),
      )
    } finally {
      refused.close()
      taken.close()
      await redis.stop()
      await truedis.stop()
    }
  }, 60_000)

  test('is not made under replica-compat 7.0', async () => {
    await asker.ask('CONFIG', 'SET', 'replica-compat', '7.0')
    await asker.ask('HSET', 'h', 'f', 'v')
    const refusal =
      '-ERR replica-compat is 7.0, and Redis 7.0 knows no deadlines of fields; CONFIG SET replica-compat any allows them\r\n'
    expect(await asker.ask('HEXPIRE', 'h', 100, 'FIELDS', 1, 'f')).toBe(refusal)
    expect(await asker.ask('HGETEX', 'h', 'EX', 100, 'FIELDS', 1, 'f')).toBe(refusal)
    expect(await asker.ask('HSETEX', 'h', 'EX', 100, 'FIELDS', 1, 'f', 'v')).toBe(refusal)
    await asker.ask('CONFIG', 'SET', 'replica-compat', 'any')
    expect(await asker.ask('HEXPIRE', 'h', 100, 'FIELDS', 1, 'f')).toBe('*1\r\n:1\r\n')
  })
})

test('is not restored under replica-compat 7.0 either', async () => {
  const server = await createServer({ port: 0 })
  try {
    await server.call('HSET', 'h', 'f', 'v')
    const plain = (await server.callWith({ buffers: true }, 'DUMP', 'h')) as Buffer
    await server.call('HPEXPIRE', 'h', 100_000_000, 'FIELDS', 1, 'f')
    const payload = (await server.callWith({ buffers: true }, 'DUMP', 'h')) as Buffer
    await server.call('CONFIG', 'SET', 'replica-compat', '7.0')
    await expect(server.call('RESTORE', 'again', 0, payload)).rejects.toThrow(/replica-compat is 7\.0/)
    expect(await server.call('EXISTS', 'again')).toBe(0)
    expect(await server.call('RESTORE', 'again', 0, plain)).toBe('OK')
  } finally {
    await server.close()
  }
})
