import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join, resolve } from 'node:path'
import { digestOfString, ManualClock, ReplyError, Slice, systemClock } from '../../../../src/base/index.js'
import type { Reply } from '../../../../src/resp/index.js'
import { RedisConnection, type RedisAccess } from '../../../../src/origin/stores/redis/connection.js'
import { RedisStore, type RedisStoreOptions } from '../../../../src/origin/stores/redis/redis.js'
import type { ValueKind } from '../../../../src/origin/options.js'
import type { Answer, Ask, Write } from '../../../../src/origin/store.js'
import { Template } from '../../../../src/origin/template.js'
import { answerFromJson } from '../../../../src/origin/values.js'
import { describeWithRedis, freePort, startServer, type RunningServer } from '../../../support/servers.js'
import { TcpProxy } from '../../support/tcp-proxy.js'
import { chaosContract, type OriginBehind } from '../chaos-contract.js'
import { contract, type OriginSettings } from '../contract.js'
import { listingContract, namesOf } from '../listing-contract.js'
import { Heard, watchingContract } from '../watching-contract.js'
import { writingContract } from '../writing-contract.js'

const anything = Slice.from('*')
const byKey = new Template('{key}', 'bytes')
const nameOf = (key: string): string => byKey.expand(anything, Slice.from(key)) ?? ''
const never = new AbortController().signal

const access = (more: Partial<RedisAccess> = {}): RedisAccess => ({
  tls: null,
  user: null,
  password: null,
  database: 0,
  replyBytesMax: 100_000,
  ...more,
})

const openStore = (port: number, more: Partial<RedisStoreOptions> = {}): RedisStore =>
  new RedisStore(
    { host: '127.0.0.1', port },
    {
      as: 'string',
      valueBytesMax: 100_000,
      prefix: '',
      clock: systemClock,
      ...more,
      access: access({ replyBytesMax: more.valueBytesMax ?? 100_000, ...more.access }),
    },
  )

/** A client of the origin's own. */
class Client {
  readonly #connection: RedisConnection

  constructor(port: number, database = 0) {
    this.#connection = new RedisConnection({ host: '127.0.0.1', port }, access({ database }))
  }

  async call(...words: (string | Buffer)[]): Promise<Reply> {
    const [reply] = await this.#connection.request([words], never)
    if (reply instanceof ReplyError) throw new Error(reply.text)
    return reply
  }

  close(): void {
    this.#connection.destroy()
  }
}

describeWithRedis('with a real Redis', () => {
  let redis: RunningServer
  beforeAll(async () => {
    redis = await startServer('redis')
  })
  afterAll(() => redis.stop())

  const openOrigin = async (settings: OriginSettings): Promise<OriginBehind> => {
    const client = new Client(redis.port)
    await client.call('FLUSHALL')
    const proxy = await TcpProxy.start(redis.port)
    const store = openStore(proxy.port, settings)
    return {
      store,
      proxy,
      name: nameOf,
      noHash: "is no hash, as 'as hash' needs",
      set: async (key, value) => {
        if (settings.as === 'string' && value !== null) return void (await client.call('SET', key, String(value)))
        await client.call('DEL', key)
        if (Array.isArray(value)) return void (await client.call('RPUSH', key, ...(value as string[])))
        const answer = answerFromJson(value, 'hash', Infinity)
        if (answer.kind === 'found' && answer.value.kind === 'hash') {
          await client.call('HSET', key, ...answer.value.fields.flat())
        }
      },
      breakDown: () => proxy.stop(),
      close: async () => {
        await store.close()
        await proxy.stop()
        client.close()
      },
    }
  }
  contract('Redis', openOrigin)
  writingContract('Redis', openOrigin)
  watchingContract('Redis', openOrigin)
  listingContract('Redis', openOrigin)
  chaosContract('Redis', openOrigin)

  describe('a Redis', () => {
    let client: Client
    let store: RedisStore
    beforeEach(async () => {
      client = new Client(redis.port)
      await client.call('FLUSHALL')
      store = openStore(redis.port)
    })
    afterEach(async () => {
      await store.close()
      client.close()
    })

    const askOf = (key: string, held: Partial<Ask> = {}): Ask => ({ key, digest: null, validator: null, ...held })
    const ask = async (key: string, held: Partial<Ask> = {}, by = store): Promise<Answer> =>
      (await by.fetchMany([askOf(key, held)], never))[0] as Answer
    const text = (answer: Answer): string =>
      answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.latin1Slice() : answer.kind
    const calls = async (command: string): Promise<number> => {
      const line = String(await client.call('INFO', 'commandstats'))
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(line)?.[1] ?? 0)
    }

    test('holds keys and values of any bytes', async () => {
      await client.call('SET', Buffer.from([0xff, 0, 0xfe]), Buffer.from([0, 0xff]))
      expect(text(await ask('\xff\0\xfe'))).toBe('\0\xff')
    })

    test('lists thousands of keys in pages, of its type and of any bytes', async () => {
      const keys = Array.from({ length: 3000 }, (_, i) => `k${i}`)
      await client.call('MSET', ...keys.flatMap((key) => [key, 'v']))
      await client.call('RPUSH', 'list', 'v')
      await client.call('HSET', 'hash', 'f', 'v')
      await client.call('SET', Buffer.from([0xff, 0]), 'v')
      expect(new Set(await namesOf({ store }))).toEqual(new Set([...keys, '\xff\0']))
      expect((await store.list('', null, never)).next).not.toBeNull()
      const hashes = openStore(redis.port, { as: 'hash' })
      expect(await namesOf({ store: hashes })).toEqual(['hash'])
      await hashes.close()
    })

    test('confirms a copy by the digest of what came', async () => {
      await client.call('SET', 'k', 'v')
      expect(await ask('k', { digest: digestOfString(Buffer.from('v')) })).toEqual({ kind: 'not-modified' })
    })

    test('answers a thousand keys in one pipeline, each for itself', async () => {
      await client.call('MSET', ...Array.from({ length: 500 }, (_, i) => [`k${i * 2}`, `v${i * 2}`]).flat())
      await client.call('RPUSH', 'k1', 'a list')
      const asks = Array.from({ length: 1000 }, (_, i) => askOf(`k${i}`))
      const answers = await store.fetchMany(asks, never)
      expect(answers.map((answer) => text(answer as Answer))).toEqual(
        asks.map(({ key }, i) => (i % 2 === 0 ? key.replace('k', 'v') : i === 1 ? 'refused' : 'absent')),
      )
    })

    test('refuses a key of another type by itself', async () => {
      await client.call('HSET', 'h', 'f', 'v')
      expect(await ask('h')).toEqual({ kind: 'refused', reason: "is no string, as 'as string' needs" })
    })

    test('is asked for the size first of what was too large, and for the value as soon as it is not any more', async () => {
      const small = openStore(redis.port, { valueBytesMax: 10 })
      const tooLarge = { kind: 'refused', reason: 'is larger than value-bytes-max (10 bytes)' }
      await client.call('SET', 'k', 'x'.repeat(1_000_000))
      await client.call('SET', 'other', 'v')
      expect(await ask('k', {}, small)).toEqual(tooLarge)
      const before = await calls('get')
      expect(await small.fetchMany([askOf('k'), askOf('other')], never)).toMatchObject([tooLarge, { kind: 'found' }])
      expect(await calls('get')).toBe(before + 1)
      await client.call('SET', 'k', 'now short')
      expect(text(await ask('k', {}, small))).toBe('now short')
      await small.close()
    })

    test('refuses a hash whose fields and values are too large together', async () => {
      const hashes = openStore(redis.port, { as: 'hash', valueBytesMax: 10 })
      await client.call('HSET', 'h', 'ab', '123', 'cd', '456')
      expect((await ask('h', {}, hashes)).kind).toBe('found')
      await client.call('HSET', 'h', 'e', '')
      expect((await ask('h', {}, hashes)).kind).toBe('refused')
      await hashes.close()
    })

    test('is read in the database that the URL names', async () => {
      const third = openStore(redis.port, { access: access({ database: 3 }) })
      const other = new Client(redis.port, 3)
      await other.call('SET', 'k', 'in three')
      expect([text(await ask('k', {}, third)), text(await ask('k'))]).toEqual(['in three', 'absent'])
      const none = openStore(redis.port, { access: access({ database: 99 }) })
      await expect(ask('k', {}, none)).rejects.toMatchObject({ message: 'it replied an error' })
      await Promise.all([third.close(), none.close()])
      other.close()
    })

    test('lets nobody in with a wrong password, which is nowhere repeated and no outage', async () => {
      await client.call('ACL', 'SETUSER', 'reader', 'on', '>right', '~k*', '+get', '+select')
      const with_ = (password: string): RedisStore =>
        openStore(redis.port, { access: access({ user: 'reader', password }) })
      const [wrong, right] = [with_('wr0ng'), with_('right')]
      await expect(ask('k', {}, wrong)).rejects.toMatchObject({ message: 'WRONGPASS', counts: false })
      await client.call('MSET', 'k', 'v', 'other', 'w')
      expect(await right.fetchMany([askOf('k'), askOf('other')], never)).toMatchObject([
        { kind: 'found' },
        { kind: 'refused', reason: 'may not be read there by this user' },
      ])
      await Promise.all([wrong.close(), right.close()])
    })

    test('that does not let a user write is never said to have been written to', async () => {
      await client.call('ACL', 'SETUSER', 'writer', 'on', '>right', '~k*', '+@all', '-del')
      const limited = openStore(redis.port, { access: access({ user: 'writer', password: 'right' }) })
      await client.call('SET', 'k', 'v')
      const value = { kind: 'string', bytes: Buffer.from('w') } as const
      const write = (key: string, what: typeof value | null): Promise<unknown> =>
        limited.write({ key, value: what, expected: undefined, validator: null }, never)
      const many = [write('k', null), write('k1', value), write('other', value), write('k2', value)]
      expect(await Promise.all(many.map((each) => each.catch((error: unknown) => error)))).toEqual([
        expect.objectContaining({ message: 'NOPERM', unwritten: true }),
        { kind: 'written' },
        { kind: 'refused', reason: 'may not be written there by this user' },
        { kind: 'written' },
      ])
      expect(text(await ask('k'))).toBe('v')
      await limited.close()
    })

    test('is asked over TLS, by whom it trusts', async () => {
      const pem = (name: string): string => join('test/origin/support/tls', name)
      const port = await freePort()
      const options = ['--tls-cert-file', pem('server.pem'), '--tls-key-file', pem('server.key')]
      const server = await startServer('redis', [
        ...['--tls-port', String(port), '--tls-ca-cert-file', resolve(pem('ca.pem'))],
        ...options.map((word) => (word.startsWith('--') ? word : resolve(word))),
      ])
      const text_ = (name: string): string => readFileSync(pem(name), 'utf8')
      const [ca, cert, key] = [text_('ca.pem'), text_('client.pem'), text_('client.key')]
      const trusted = openStore(port, { access: access({ tls: { ca, cert, key } }) })
      const stranger = openStore(port, { access: access({ tls: { ca } }) })
      expect(await ask('k', {}, trusted)).toEqual({ kind: 'absent' })
      await expect(ask('k', {}, stranger)).rejects.toMatchObject({ name: 'Unavailable' })
      await Promise.all([trusted.close(), stranger.close()])
      await server.stop()
    })

    test('that closed the connection is asked over another one', async () => {
      await client.call('SET', 'k', 'v')
      expect(text(await ask('k'))).toBe('v')
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal')
      expect(text(await ask('k'))).toBe('v')
    })

    test('keeps the deadline of a key through writes, of a hash the deadline too', async () => {
      const value = { kind: 'string', bytes: Buffer.from('w') } as const
      await client.call('SET', 'k', 'v', 'PX', '1000000')
      expect(await store.write({ key: 'k', value, expected: undefined, validator: null }, never)).toEqual({
        kind: 'written',
      })
      expect(Number(await client.call('PTTL', 'k'))).toBeGreaterThan(0)
      const hashes = openStore(redis.port, { as: 'hash' })
      await client.call('HSET', 'h', 'a', '1', 'b', '2')
      await client.call('PEXPIRE', 'h', '1000000')
      const fields = [[Buffer.from('c'), Buffer.from('3')]] as const
      const expected = undefined
      await hashes.write({ key: 'h', value: { kind: 'hash', fields }, expected, validator: null }, never)
      expect(await client.call('HGETALL', 'h')).toEqual([Buffer.from('c'), Buffer.from('3')])
      expect(Number(await client.call('PTTL', 'h'))).toBeGreaterThan(0)
      await hashes.close()
    })

    test('writes only those fields of a hash that differ', async () => {
      const hashes = openStore(redis.port, { as: 'hash' })
      await client.call('HSET', 'h', 'a', '1', 'b', '2')
      const fields = (b: string): (readonly [Buffer, Buffer])[] => [
        [Buffer.from('a'), Buffer.from('1')],
        [Buffer.from('b'), Buffer.from(b)],
      ]
      const write = (b: string): Promise<unknown> =>
        hashes.write(
          { key: 'h', value: { kind: 'hash', fields: fields(b) }, expected: undefined, validator: null },
          never,
        )
      const before = await calls('hset')
      await write('2')
      expect(await calls('hset')).toBe(before)
      await write('3')
      expect(await client.call('HGET', 'h', 'b')).toEqual(Buffer.from('3'))
      await hashes.close()
    })

    test('writes of many keys share a transaction, of which one conflict stops no other', async () => {
      await client.call('SET', 'k7', 'theirs')
      const before = await calls('exec')
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => {
          const value = { kind: 'string', bytes: Buffer.from(`v${i}`) } as const
          return store.write({ key: `k${i}`, value, expected: 'absent', validator: null }, never)
        }),
      )
      expect(outcomes.map(({ kind }) => kind)).toEqual(outcomes.map((_, i) => (i === 7 ? 'conflict' : 'written')))
      expect((await calls('exec')) - before).toBeLessThanOrEqual(2) // the first went alone, before the others came
    })

    test('tells of changes by their prefix only, of FLUSHALL all at once, and not of own writes', async () => {
      const prefixed = openStore(redis.port, { prefix: 'user:' })
      const heard = new Heard()
      const watch = await prefixed.watch(heard, never)
      await client.call('MSET', 'user:\xfc', '1', 'other:2', '2')
      await watch.prove(never)
      expect(heard.words).toEqual(['user:\xc3\xbc'])
      const value = { kind: 'string', bytes: Buffer.from('mine') } as const
      await prefixed.write({ key: 'user:3', value, expected: 'absent', validator: null }, never)
      await watch.prove(never)
      expect(heard.words).toHaveLength(1)
      await client.call('FLUSHALL')
      await watch.prove(never)
      expect(heard.words.at(-1)).toBe('*')
      await watch.close()
      await prefixed.close()
    })

    test('tells of a key that is past its deadline there, though the server has not come across it', async () => {
      const clock = new ManualClock()
      const watched = openStore(redis.port, { clock })
      await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '0')
      await client.call('SET', 'k', 'v', 'PX', '500000')
      await client.call('SET', 'forever', 'v')
      const heard = new Heard()
      const watch = await watched.watch(heard, never)
      expect(text(await ask('k', {}, watched))).toBe('v')
      expect(text(await ask('forever', {}, watched))).toBe('v')
      clock.advance(400_000)
      expect(heard.words).toEqual([])
      clock.advance(100_000)
      expect(heard.words).toEqual(['k'])
      await watch.close()
      await watched.close()
      await client.call('DEBUG', 'SET-ACTIVE-EXPIRE', '1')
    })

    test('that cuts the connection of a watch loses it, and can be watched again', async () => {
      const heard = new Heard()
      await store.watch(heard, never)
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      await client.call('CLIENT', 'KILL', 'TYPE', 'normal')
      await heard.until('lost')
      const again = new Heard()
      const watch = await store.watch(again, never)
      await client.call('SET', 'k', 'v')
      await watch.prove(never)
      expect([heard.words, again.words]).toEqual([['lost'], ['k']])
      await watch.close()
    })
  })
})

describe('a server that is no Redis, or none', () => {
  const servers: Server[] = []
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  /** Says the same to everything. */
  const saying = async (text: string, as: ValueKind = 'string'): Promise<RedisStore> => {
    const server = createServer((socket) => {
      socket.on('data', () => socket.write(text)).on('error', () => undefined)
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return openStore((server.address() as AddressInfo).port, { as })
  }
  const asking = (store: RedisStore): Promise<unknown> =>
    store.fetchMany([{ key: 'k', digest: null, validator: null }], never).finally(() => store.close())

  test.each([
    [':5\r\n', 'string'],
    ['*2\r\n$1\r\na\r\n$1\r\nb\r\n', 'string'],
    ['+OK\r\n', 'string'],
    ['$1\r\na\r\n', 'hash'],
    [':5\r\n', 'hash'],
  ] as const)('%j is no value as %s, and is not kept', async (text, as) => {
    await expect(asking(await saying(text, as))).rejects.toThrow('it replied something else than was asked')
  })

  test.each(['MOVED 1 127.0.0.1:7000', 'ASK 1 127.0.0.1:7000'])(
    '%s: it says how a cluster is written',
    async (text) => {
      await expect(asking(await saying(`-${text}\r\n`))).rejects.toThrow(
        'it belongs to a cluster, which is written as redis+cluster:',
      )
    },
  )

  test('where nobody listens nothing is written, and it is known', async () => {
    const store = openStore(await freePort())
    const write = { key: 'k', value: { kind: 'string', bytes: Buffer.from('v') }, expected: undefined, validator: null }
    await expect(store.write(write as Write, never)).rejects.toMatchObject({ message: 'ECONNREFUSED', unwritten: true })
    await store.close()
  })
})
