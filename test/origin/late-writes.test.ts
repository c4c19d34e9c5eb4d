import { createServer as createHttpServer, type ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import pg from 'pg'
import type { EmbeddedServer } from '../../src/server/index.js'
import { Asker, until } from '../replication/support/asking.js'
import { Embedded } from '../replication/support/embedded.js'
import { describeWithRedis, startServer } from '../support/servers.js'
import { DatabaseServer, describeWithDatabase } from './support/database-server.js'

/*
 * A write whose answer does not come is tried again. The first one may still be on its way, and reach the origin behind
 * later writes of the key: where the origin can compare it is not made then.
 */

const servers = new Embedded()
afterEach(() => servers.endAll())

const open = (url: string, more: object = {}): Promise<EmbeddedServer> =>
  servers.start({
    origins: [
      { name: 'o', pattern: 'k*', url, write: 'behind', hardTimeout: '300ms', breaker: [1000, '50ms'], ...more },
    ],
  })

const drained = (server: EmbeddedServer): Promise<void> =>
  until('all are made', async () => ((await server.call('INFO', 'origin')) as string).includes('pending_writes=0'))

/** Keeps what a client sends from the first piece on that has a text, though that client gives up. */
class LateProxy {
  readonly #server: Server
  readonly #pieces: Buffer[] = []
  #late: Socket | null = null

  constructor(target: number, text: string) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1')
      far.on('data', (bytes) => near.writable && near.write(bytes))
      near.on('data', (bytes: Buffer) => {
        if (this.#late === null && bytes.includes(text)) this.#late = far
        if (this.#late === far && !this.#isReleased) this.#pieces.push(bytes)
        else far.write(bytes)
      })
      for (const socket of [near, far]) socket.on('error', () => undefined)
      near.on('close', () => this.#late !== far && far.destroy())
      far.on('close', () => near.destroy())
    })
  }

  #isReleased = false

  get isHolding(): boolean {
    return this.#late !== null && !this.#isReleased
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return (this.#server.address() as AddressInfo).port
  }

  /** Lets the origin have it, and waits until that has replied. */
  async release(): Promise<void> {
    this.#isReleased = true
    const late = this.#late!
    const replied = new Promise((resolve) => late.once('data', resolve))
    for (const piece of this.#pieces) late.write(piece)
    await replied
  }

  stop(): void {
    this.#late?.destroy()
    this.#server.close()
  }
}

describeWithRedis('a write that reaches a Redis behind later ones', () => {
  test.each([
    ['of a string, whatever is there', 'string', ['SET', 'k1', 'one'], ['SET', 'k1', 'two'], ['GET', 'k1']],
    ['of a string, made of what is there', 'string', ['APPEND', 'k1', '+'], ['SET', 'k1', 'two'], ['GET', 'k1']],
    ['that deletes', 'string', ['DEL', 'k1'], ['SET', 'k1', 'two'], ['GET', 'k1']],
    ['of a hash', 'hash', ['HSET', 'k1', 'f', 'one'], ['HSET', 'k1', 'f', 'two'], ['HGET', 'k1', 'f']],
  ] as const)('is not made: %s', async (_, as, first, second, look) => {
    const redis = await startServer('redis')
    const client = await Asker.open(redis.port)
    await client.ask(...(as === 'hash' ? ['HSET', 'k1', 'f', 'zero'] : ['SET', 'k1', 'zero']))
    const proxy = new LateProxy(redis.port, 'MULTI')
    const server = await open(`redis://127.0.0.1:${await proxy.listen()}`, { as })
    try {
      await server.call(...look)
      await server.call(...first)
      await until('the first one is on its way', async () => proxy.isHolding)
      await drained(server) // it was tried again
      await server.call(...second)
      await drained(server)
      expect(await client.ask(...look)).toBe('$3\r\ntwo\r\n')
      await proxy.release()
      expect(await client.ask(...look)).toBe('$3\r\ntwo\r\n')
      expect(await server.call(...look)).toBe('two')
    } finally {
      await servers.endAll()
      proxy.stop()
      client.close()
      await redis.stop()
    }
  })
})

describeWithDatabase('postgres', 'a write that a PostgreSQL commits late', () => {
  test('holds up the later ones of its key until then, so that they are made behind it', async () => {
    const database = await DatabaseServer.start('postgres')
    const admin = new pg.Client({ host: '127.0.0.1', port: database.port, user: 'admin', database: 'postgres' })
    await admin.connect()
    const value = async (): Promise<unknown> => (await admin.query('SELECT v FROM t')).rows
    await admin.query("CREATE TABLE t (k text PRIMARY KEY, v text); INSERT INTO t VALUES ('k1', 'zero')")
    const proxy = new LateProxy(database.port, 'COMMIT')
    const url = `postgres://admin@127.0.0.1:${await proxy.listen()}/postgres?table=t&key=k&value=v#{key}`
    const server = await open(url)
    try {
      await server.call('SET', 'k1', 'one')
      await until('it is on its way', async () => proxy.isHolding)
      await server.call('SET', 'k1', 'two')
      await until('it was given up', async () => /write_errors=[1-9]/.test(String(await server.call('INFO', 'origin'))))
      expect(await value()).toEqual([{ v: 'zero' }])
      await proxy.release()
      await drained(server)
      expect(await value()).toEqual([{ v: 'two' }])
    } finally {
      await servers.endAll()
      proxy.stop()
      await admin.end()
      await database.remove()
    }
  }, 60_000)
})

/** A resource under HTTP, whose first PUT or DELETE comes late. */
class LateResource {
  value: string | null = 'zero'
  version = 1
  release = (): void => undefined
  isHolding = false
  readonly #server
  readonly sendsETags: boolean

  constructor(sendsETags: boolean) {
    this.sendsETags = sendsETags
    let isFirst = true
    this.#server = createHttpServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const { method, headers } = request
        if (method === 'GET' || method === 'HEAD') return this.#reply(response, this.value === null ? 404 : 200)
        const make = (): void => {
          const isThat = headers['if-match'] === undefined || headers['if-match'] === this.#etag
          const isNone = headers['if-none-match'] === undefined || this.value === null
          if (sendsETags && !(isThat && isNone)) return this.#reply(response, 412)
          this.value = method === 'PUT' ? body : null
          this.version++
          this.#reply(response, 204)
        }
        if (!isFirst) return make()
        isFirst = false
        this.isHolding = true
        this.release = make
      })
    })
  }

  get #etag(): string {
    return this.value === null ? '' : `"v${this.version}"`
  }

  #reply(response: ServerResponse, status: number): void {
    response.statusCode = status
    if (this.sendsETags && this.value !== null) response.setHeader('etag', this.#etag)
    response.end(status === 200 ? this.value : undefined)
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/{key}`
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

describe('a write that an HTTP origin makes behind later ones', () => {
  const run = async (sendsETags: boolean, first: readonly string[]): Promise<string | null> => {
    const resource = new LateResource(sendsETags)
    const server = await open(await resource.listen())
    try {
      await server.call('GET', 'k1')
      await server.call(...first)
      await until('the first one is on its way', async () => resource.isHolding)
      await drained(server)
      await server.call('SET', 'k1', 'two')
      await drained(server)
      expect(resource.value).toBe('two')
      resource.release()
      return resource.value
    } finally {
      await servers.endAll()
      resource.stop()
    }
  }

  test.each([[['SET', 'k1', 'one']], [['APPEND', 'k1', '+']], [['DEL', 'k1']]])(
    'is not made where that compares ETags: %j',
    async (first) => {
      expect(await run(true, first)).toBe('two')
    },
  )

  test('is made where that has nothing to compare by: no client can see to it', async () => {
    expect(await run(false, ['SET', 'k1', 'one'])).toBe('one')
  })
})
