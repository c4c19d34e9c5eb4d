import { Redis } from 'ioredis'
import { testUnless } from '../support/needs.js'
import { describeWithRedis, startServer, type RunningServer } from '../support/servers.js'
import { Asker, caughtUp, until } from './support/asking.js'
import { sentinelMissing, startSentinel } from './support/sentinel.js'

describeWithRedis('an unmodified redis-sentinel', () => {
  testUnless(
    sentinelMissing(),
    'finds Truedis nodes, fails over when the primary is killed; clients and readers go on',
    async () => {
      const servers: RunningServer[] = []
      const askers: Asker[] = []
      for (let i = 0; i < 3; i++) servers.push(await startServer('truedis', ['--repl-diskless-sync-delay', '0']))
      const [first, ...others] = servers
      for (const server of servers) askers.push(await Asker.open(server.port))
      for (const asker of askers.slice(1)) await asker.ask('REPLICAOF', '127.0.0.1', first.port)
      for (const asker of askers.slice(1)) await caughtUp(asker, askers[0])
      const sentinel = await startSentinel(first.port)
      const client = new Redis({ sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'house' })
      client.on('error', () => {}) // while there is no primary
      try {
        const watcher = await firstOpen(sentinel.port)
        await until('Sentinel knows both replicas', async () => {
          const text = await watcher.ask('SENTINEL', 'REPLICAS', 'house')
          return others.every(({ port }) => text.includes(`127.0.0.1:${port}`)) && !text.includes('s_down')
        })
        await client.set('before', '1')
        await until('the write is everywhere', async () => {
          const values = await Promise.all(askers.map((asker) => asker.ask('GET', 'before')))
          return values.every((value) => value === '$1\r\n1\r\n')
        })
        process.kill(first.pid, 'SIGKILL')
        // a client that goes on is led to the new primary; nobody tells it
        let written = 0
        await until('writes are accepted again', async () => {
          const reply = await Promise.race([client.set('after', String(++written)), later(200)]).catch(() => null)
          // Sentinel has the node close its connections when it changes its role; reads go on with new ones
          for (const { port } of others) expect(await read(port)).toBe('$1\r\n1\r\n')
          return reply === 'OK'
        })
        const roles = await Promise.all(others.map(({ port }) => fieldOf(port, 'role')))
        expect(roles).toContain('master')
        const primary = roles.indexOf('master')
        await until('the other one follows the new primary', async () => {
          const port = await fieldOf(others[1 - primary].port, 'master_port')
          return (
            port === String(others[primary].port) &&
            (await fieldOf(others[1 - primary].port, 'master_link_status')) === 'up'
          )
        })
        const [near, far] = await Promise.all([primary, 1 - primary].map((i) => Asker.open(others[i].port)))
        await caughtUp(far, near)
        expect(await far.digest()).toBe(await near.digest())
        expect(await near.info('stats', 'sync_full')).toBe('0') // the other one went on where it was
        near.close()
        far.close()
        watcher.close()
      } catch (error) {
        throw new Error(`${(error as Error).message}\n${sentinel.output().slice(-4000)}`, { cause: error })
      } finally {
        client.disconnect()
        for (const asker of askers) asker.close()
        await sentinel.stop()
        for (const server of servers) await server.stop()
      }
    },
    180_000,
  )
})

async function fieldOf(port: number, field: string): Promise<string> {
  const asker = await Asker.open(port)
  const value = await asker.info('replication', field).catch(() => '')
  asker.close()
  return value
}

/** Reads by a connection of its own, again if that is closed. */
async function read(port: number): Promise<string> {
  const asker = await Asker.open(port)
  const reply = await asker.ask('GET', 'before').catch(() => read(port))
  asker.close()
  return reply
}

/** A connection, as soon as somebody listens. */
async function firstOpen(port: number): Promise<Asker> {
  let asker: Asker | null = null
  await until('it listens', async () => {
    asker = await Asker.open(port).catch(() => null)
    return asker !== null
  })
  return asker!
}

const later = (ms: number): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), ms))
