import { systemClock, Slice } from '../../../../src/base/index.js'
import { RedisClusterStore } from '../../../../src/origin/stores/redis/redis-cluster.js'
import { slotOf } from '../../../../src/origin/stores/redis/slots.js'
import { uncovered, readClusterNodes } from '../../../../src/origin/stores/redis/topology.js'
import { Unavailable, type Answer, type NamePage } from '../../../../src/origin/store.js'
import { Template } from '../../../../src/origin/template.js'
import { answerFromJson } from '../../../../src/origin/values.js'
import { describeWithRedis } from '../../../support/servers.js'
import { TestCluster } from '../../support/redis-cluster.js'
import { chaosContract, type OriginBehind } from '../chaos-contract.js'
import { contract, type OriginSettings } from '../contract.js'
import { listingContract, namesOf } from '../listing-contract.js'
import { Heard, watchingContract } from '../watching-contract.js'
import { writingContract } from '../writing-contract.js'

const anything = Slice.from('*')
const byKey = new Template('{key}', 'bytes')
const nameOf = (key: string): string => byKey.expand(anything, Slice.from(key)) ?? ''
const never = new AbortController().signal

test.each([
  ['123456789', 0x31c3],
  ['', 0],
  ['{user1000}.following', slotOf(Buffer.from('user1000'))],
  ['foo{}{bar}', slotOf(Buffer.from('foo{}{bar}x').subarray(0, 10))],
  ['foo{{bar}}zap', slotOf(Buffer.from('{bar'))],
  ['foo{bar}{zap}', slotOf(Buffer.from('bar'))],
])('the slot of %j is as the cluster specification has it', (key, slot) => {
  expect(slotOf(Buffer.from(key))).toBe(slot & 16_383)
})

describe('who has to be listened to', () => {
  const view = (...lines: string[]): ReturnType<typeof readClusterNodes> =>
    readClusterNodes(lines.join('\n'), { host: 'seed', port: 1 })
  const a = (more = '0-8000', marks = 'myself,master'): string => `aa 10.0.0.1:1@11 ${marks} - 0 0 1 connected ${more}`
  const b = (more = '8001-16383', marks = 'master'): string =>
    `bb 10.0.0.2:2@12,host ${marks} - 0 0 2 connected ${more}`

  test('is everybody who owns a slot by whoever’s word', () => {
    expect(uncovered([view(a(), b()), view(a('0-8000', 'master'), b('8001-16383', 'myself,master'))])).toBeNull()
    expect(uncovered([view(a(), b())])).toBe('there is a new primary')
    expect(uncovered([view(a('0-8000', 'myself,slave'))])).toBe('a primary has become a replica')
    expect(
      uncovered([
        view(a('0-7999')),
        view(a('0-8000', 'master'), 'bb h:2@1 myself,master - 0 0 2 connected 8001-16383'),
      ]),
    ).toBe('slots have moved')
    expect(uncovered([view(a('0-16383 [5->-cc]'))])).toBe('slots move to a new primary')
    expect(uncovered([view(a('0-16383 [5-<-cc]'))])).toBeNull()
  })
})

/** The port of the server that a list has read first. */
const firstPort = (cursor: NamePage['next']): number =>
  (cursor as { shape: { primaries: { port: number }[] } }).shape.primaries[0].port

describeWithRedis('with a real Redis Cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await TestCluster.start()
  }, 60_000)
  afterAll(() => cluster.stop())

  const openStore = (settings: Partial<OriginSettings> = {}, prefix = ''): RedisClusterStore =>
    new RedisClusterStore(
      [
        { host: '127.0.0.1', port: cluster.ports[0] },
        { host: '127.0.0.1', port: cluster.ports[1] },
      ],
      {
        as: 'string',
        valueBytesMax: 100_000,
        ...settings,
        prefix,
        clock: systemClock,
        access: { tls: null, user: null, password: null, database: 0, replyBytesMax: 1 << 20 },
      },
    )
  const call = async (key: string, ...words: (string | Buffer)[]): Promise<unknown> =>
    (await cluster.ownerOf(slotOf(Buffer.from(key)))).call(...words)
  const empty = async (): Promise<void> => {
    await Promise.all((await cluster.primaries()).map((member) => member.call('FLUSHALL')))
  }

  const openOrigin = async (settings: OriginSettings): Promise<OriginBehind> => {
    await empty()
    const store = openStore(settings)
    return {
      store,
      proxy: cluster,
      name: nameOf,
      noHash: "is no hash, as 'as hash' needs",
      set: async (key, value) => {
        if (settings.as === 'string' && value !== null) return void (await call(key, 'SET', key, String(value)))
        await call(key, 'DEL', key)
        if (value === null) return
        if (Array.isArray(value)) return void (await call(key, 'RPUSH', key, ...(value as string[])))
        const answer = answerFromJson(value, 'hash', Infinity)
        if (answer.kind !== 'found' || answer.value.kind !== 'hash') return
        await call(key, 'HSET', key, ...answer.value.fields.flat())
      },
      breakDown: async () => {
        cluster.mode = 'reset'
      },
      close: async () => {
        cluster.mode = 'pass'
        await store.close()
      },
    }
  }
  contract('a Redis Cluster', openOrigin)
  writingContract('a Redis Cluster', openOrigin)
  watchingContract('a Redis Cluster', openOrigin)
  listingContract('a Redis Cluster', openOrigin)
  chaosContract('a Redis Cluster', openOrigin)

  describe('a Redis Cluster', () => {
    let store: RedisClusterStore
    beforeEach(async () => {
      await cluster.whole()
      await empty()
      store = openStore()
    })
    afterEach(async () => {
      cluster.mode = 'pass'
      await store.close()
    })

    const keys = Array.from({ length: 300 }, (_, i) => `k${i}`)
    const fetch = async (...names: string[]): Promise<string[]> => {
      const asks = names.map((key) => ({ key, digest: null, validator: null }))
      return (await store.fetchMany(asks, never)).map((answer: Answer | Unavailable) => {
        if (answer instanceof Unavailable) return 'unavailable'
        return answer.kind === 'found' && answer.value.kind === 'string' ? answer.value.bytes.toString() : answer.kind
      })
    }
    const fill = async (): Promise<void> => {
      for (const key of keys) await call(key, 'SET', key, `v ${key}`)
    }
    const write = (key: string, text: string): Promise<unknown> => {
      const value = { kind: 'string', bytes: Buffer.from(text) } as const
      return store.write({ key, value, expected: undefined, validator: null }, never)
    }

    test('answers the keys of a batch from all its servers, a pipeline each', async () => {
      for (const key of keys.slice(0, 40)) await call(key, 'SET', key, `v ${key}`)
      expect(await fetch(...keys.slice(0, 50))).toEqual(
        keys.slice(0, 50).map((key, i) => (i < 40 ? `v ${key}` : 'absent')),
      )
    })

    test('is asked where a slot is moving to, read and written there, and found again where it has moved', async () => {
      const slot = slotOf(Buffer.from('{tag}'))
      const from = await cluster.ownerOf(slot)
      const to = (await cluster.primaries()).find((member) => member !== from)!
      for (const key of ['{tag}1', '{tag}2']) await from.call('SET', key, 'v')
      expect(await fetch('{tag}1', '{tag}2', '{tag}3')).toEqual(['v', 'v', 'absent'])
      await to.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
      await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
      expect(await from.text('MIGRATE', '127.0.0.1', to.server.port, '{tag}1', 0, 5000)).toBe('OK')
      expect(await fetch('{tag}1', '{tag}2', '{tag}3')).toEqual(['v', 'v', 'absent'])
      expect(await write('{tag}1', 'w')).toEqual({ kind: 'written' }) // at the new owner, by ASKING
      expect(await write('{tag}2', 'w')).toEqual({ kind: 'written' }) // still at the old one
      expect(await from.text('MIGRATE', '127.0.0.1', to.server.port, '{tag}2', 0, 5000)).toBe('OK')
      for (const member of [to, from]) await member.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
      expect(await fetch('{tag}1', '{tag}2', '{tag}3')).toEqual(['w', 'w', 'absent'])
      expect(await write('{tag}3', 'new')).toEqual({ kind: 'written' })
      expect(await fetch('{tag}3')).toEqual(['new'])
    })

    test('lists keys of all its servers, also of a slot that moves to one that was read already', async () => {
      await fill()
      expect(new Set(await namesOf({ store }))).toEqual(new Set(keys))
      const names = new Set<string>()
      let cursor: NamePage['next'] = null
      let moved = false
      do {
        const page: NamePage = await store.list('', cursor, never)
        page.names.forEach((name) => names.add(name))
        cursor = page.next
        const { at = 0 } = (cursor ?? {}) as { at?: number }
        if (at !== 1 || moved) continue
        moved = true // the first primary was read: a key of another one goes there
        const members = await cluster.primaries()
        const first = members.find(({ proxy }) => proxy.port === firstPort(cursor)) ?? members[0]
        const key = keys.find((one) => !names.has(one))!
        const slot = slotOf(Buffer.from(key))
        const from = await cluster.ownerOf(slot)
        await first.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
        await from.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', first.id)
        const inSlot = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 1000)) as Buffer[]
        for (const name of inSlot) await from.call('MIGRATE', '127.0.0.1', first.server.port, name, 0, 5000)
        for (const member of [first, from, ...members]) await member.call('CLUSTER', 'SETSLOT', slot, 'NODE', first.id)
      } while (cursor !== null)
      expect(names).toEqual(new Set(keys))
    })

    test('that is moving slots is not said to be listed whole', async () => {
      await fill()
      const [one, other] = await cluster.primaries()
      const slot = (await cluster.ownerOf(0)) === one ? 0 : 1
      const owner = await cluster.ownerOf(slot)
      const target = owner === one ? other : one
      await owner.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id)
      await expect(namesOf({ store })).rejects.toMatchObject({ message: 'its slots are moving' })
      await owner.call('CLUSTER', 'SETSLOT', slot, 'STABLE')
      expect(new Set(await namesOf({ store }))).toEqual(new Set(keys))
    })

    test('keys of a server that fails fail alone, the others are answered', async () => {
      await fill()
      expect(await fetch(...keys)).toEqual(keys.map((key) => `v ${key}`))
      const dead = await cluster.ownerOf(slotOf(Buffer.from('k0')))
      dead.proxy.mode = 'reset'
      const answers = await fetch(...keys)
      for (const [i, key] of keys.entries()) {
        const owner = await cluster.ownerOf(slotOf(Buffer.from(key)))
        expect(answers[i]).toBe(owner === dead ? 'unavailable' : `v ${key}`)
      }
      dead.proxy.mode = 'pass'
      expect(await fetch(...keys)).toEqual(keys.map((key) => `v ${key}`))
    })

    test('a failover by hand while it is read and listened to: no wrong answer, and the watch is lost', async () => {
      await fill()
      const heard = new Heard()
      const watch = await store.watch(heard, never)
      const primary = await cluster.ownerOf(slotOf(Buffer.from('k0')))
      const replica = await cluster.replicaOf(primary)
      expect(await replica.text('CLUSTER', 'FAILOVER')).toBe('OK')
      await cluster.until(async () => {
        for (const [i, answer] of (await fetch(...keys)).entries()) {
          expect([`v ${keys[i]}`, 'unavailable']).toContain(answer)
        }
        return (await cluster.ownerOf(slotOf(Buffer.from('k0')))) === replica
      })
      await cluster.whole()
      await watch.prove(never).catch(() => undefined)
      expect(heard.words).toContain('lost')
      expect(await write('k0', 'after')).toEqual({ kind: 'written' })
      expect(await fetch('k0')).toEqual(['after'])
      const again = await store.watch(new Heard(), never)
      await again.prove(never)
      await again.close()
    })

    test('tells of changes at every primary, and keeps quiet of what is written through it', async () => {
      const heard = new Heard()
      const watch = await store.watch(heard, never)
      for (const key of keys.slice(0, 10)) await call(key, 'SET', key, 'v')
      await watch.prove(never)
      expect(new Set(heard.words)).toEqual(new Set(keys.slice(0, 10)))
      heard.words.length = 0
      for (const key of keys.slice(0, 10)) await write(key, 'mine')
      await watch.prove(never)
      expect(heard.words).toEqual([])
      await watch.close()
    })

    test('a primary that is killed is replaced by its replica, which is found', async () => {
      await fill()
      expect(await fetch('k0')).toEqual(['v k0'])
      const primary = await cluster.ownerOf(slotOf(Buffer.from('k0')))
      const replica = await cluster.replicaOf(primary)
      await primary.call('WAIT', 1, 5000)
      const restarted = primary.proxy
      process.kill(primary.server.pid, 'SIGSTOP') // dead to all others, and later alive again
      restarted.mode = 'reset'
      try {
        await cluster.until(async () => (await fetch('k0'))[0] === 'v k0')
        expect(await replica.text('INFO', 'replication')).toContain('role:master')
      } finally {
        process.kill(primary.server.pid, 'SIGCONT')
        restarted.mode = 'pass'
      }
      await cluster.whole()
      expect(await fetch(...keys)).toEqual(keys.map((key) => `v ${key}`))
    })
  })
})
