import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Asker, caughtUp, until } from '../replication/support/asking.js'
import { sentinelMissing, startSentinel } from '../replication/support/sentinel.js'
import { testUnless } from '../support/needs.js'
import { startServer, type RunningServer } from '../support/servers.js'

/** An HTTP origin that is down until it is said to be well, and notes what is put there, in order. */
class Origin {
  readonly values = new Map<string, string>()
  readonly puts: [key: string, value: string][] = []
  isWell = false
  refused = 0
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      const key = request.url!.slice(1)
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        if (!this.isWell) {
          if (request.method === 'PUT') this.refused++
          response.statusCode = 503
          return response.end()
        }
        if (request.method === 'PUT') {
          this.values.set(key, body)
          this.puts.push([key, body])
          response.statusCode = 204
          return response.end()
        }
        const value = this.values.get(key)
        response.statusCode = value === undefined ? 404 : 200
        response.end(value)
      })
    })
  }

  static async start(): Promise<Origin> {
    const origin = new Origin()
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/{key}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

const keys = Array.from({ length: 20 }, (_, i) => `k${i}`)

testUnless(
  sentinelMissing(),
  'writes that wait when the primary is killed are made in order by the replica that a redis-sentinel promotes',
  async () => {
    const origin = await Origin.start()
    const route = `o k* ${origin.url} write behind breaker 1000 50ms`
    const options = ['--repl-diskless-sync-delay', '0', '--origin', route]
    const servers: RunningServer[] = [await startServer('truedis', options), await startServer('truedis', options)]
    const [first, second] = servers
    const [primary, replica] = [await Asker.open(first.port), await Asker.open(second.port)]
    const sentinel = await startSentinel(first.port)
    const others: Asker[] = []
    const opened = async (port: number): Promise<Asker> => {
      const asker = await Asker.open(port)
      others.push(asker)
      return asker
    }
    try {
      await replica.ask('REPLICAOF', '127.0.0.1', first.port)
      await caughtUp(replica, primary)
      const watcher = await opened(sentinel.port)
      await until('Sentinel knows the replica', async () => {
        const text = await watcher.ask('SENTINEL', 'REPLICAS', 'house')
        return text.includes(`127.0.0.1:${second.port}`) && !text.includes('s_down')
      })
      for (const key of keys) await primary.ask('SET', key, 'a')
      await until('one was tried', async () => origin.refused > 0)
      for (const key of keys) for (const letter of 'bcd') await primary.ask('APPEND', key, letter)
      await caughtUp(replica, primary)
      process.kill(first.pid, 'SIGKILL')

      const pending = async (asker: Asker): Promise<string> =>
        /pending_writes=(\d+)/.exec(await asker.ask('INFO', 'origin'))?.[1] ?? ''
      let heir = await opened(second.port)
      await until('it is promoted', async () => {
        // Sentinel closes its connections when it changes its role
        const role = await heir.info('replication', 'role').catch(() => 'closed')
        if (role === 'closed') heir = await opened(second.port)
        return role === 'master'
      })
      heir = await opened(second.port)
      expect(await heir.ask('GET', 'k7')).toBe('$4\r\nabcd\r\n')
      for (const key of keys) expect(await heir.ask('APPEND', key, 'e')).toBe(':5\r\n')
      expect(origin.puts).toEqual([])
      origin.isWell = true
      await until('all are made', async () => (await pending(heir)) === '0')
      for (const key of keys) {
        const its = origin.puts.filter(([of]) => of === key).map(([, value]) => value)
        // each goes on where the one before ended; a write that was never tried is made together with the next
        expect([key, its.at(-1), its.toSorted((a, b) => a.length - b.length)]).toEqual([key, 'abcde', its])
        expect(new Set(its).size).toBe(its.length)
        expect(its.every((value) => 'abcde'.startsWith(value))).toBe(true)
      }
      expect(await heir.ask('ORIGIN', 'DEADLETTER', 'o')).toBe('*0\r\n')
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${sentinel.output().slice(-4000)}`, { cause: error })
    } finally {
      for (const asker of [primary, replica, ...others]) asker.close()
      await sentinel.stop()
      for (const server of servers) await server.stop()
      await origin.stop()
    }
  },
  120_000,
)
