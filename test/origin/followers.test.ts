import type { UserChanges } from '../../src/origin/index.js'
import type { EmbeddedServer } from '../../src/server/index.js'
import { until } from '../replication/support/asking.js'
import { redisMissing, startServer } from '../support/servers.js'
import { testUnless } from '../support/needs.js'
import { Embedded, becomes, field, hasCaughtUp } from '../replication/support/embedded.js'
import { pipeline } from './support/pipeline.js'

const servers = new Embedded()
afterEach(() => servers.endAll())

/** An origin that all servers of a fleet share, and that keeps its answers back where it is told to. */
class SharedOrigin {
  readonly asked: string[] = []
  readonly values = new Map<string, string | Record<string, string>>()
  isDown = false
  /** Keys whose requests are not answered until `open` is called; null: none. */
  #held: readonly string[] | null = null
  #gate: Promise<void> = Promise.resolve()
  open = (): void => {}

  hold(...keys: string[]): void {
    this.#held = keys
    this.#gate = new Promise((resolve) => (this.open = resolve))
  }

  readonly #listeners: UserChanges[] = []

  /** Tells whoever listens that a key changed. */
  push(key: string, value: string): void {
    this.values.set(key, value)
    for (const listener of this.#listeners) listener.changed(key)
  }

  /** Stops telling. */
  lose(): void {
    for (const listener of this.#listeners.splice(0)) listener.lost('cut')
  }

  readonly store = {
    subscribe: (listener: UserChanges): (() => void) => {
      this.#listeners.push(listener)
      return () => undefined
    },
    fetch: async (key: string): Promise<string | Record<string, string> | null> => {
      this.asked.push(key)
      if (this.#held !== null && (this.#held.length === 0 || this.#held.includes(key))) await this.#gate
      if (this.isDown) throw new Error('down')
      return this.values.get(key) ?? null
    },
  }
}

interface Fleet {
  readonly origin: SharedOrigin
  readonly primary: EmbeddedServer
  readonly followers: readonly EmbeddedServer[]
}

/** A primary and servers that follow it, or each other in a chain, all with the same route. */
async function fleet(followers: number, route: object = {}, isChain = false): Promise<Fleet> {
  const origin = new SharedOrigin()
  const origins = [{ name: 'users', pattern: 'user:*', store: origin.store, ...route }]
  const all = [await servers.start({ origins })]
  for (let i = 0; i < followers; i++) {
    const follower = await servers.start({ origins })
    await follower.call('REPLICAOF', '127.0.0.1', String(all[isChain ? i : 0].port))
    await becomes(follower, 'master_link_status', 'up')
    all.push(follower)
  }
  return { origin, primary: all[0], followers: all.slice(1) }
}

async function figure(server: EmbeddedServer, name: string): Promise<number> {
  const figures = (await server.call('ORIGIN', 'INFO', 'users')) as Map<string, number>
  return figures.get(name)!
}

test('a herd of 10,000 reads over a primary and two followers makes one request', async () => {
  const { origin, primary, followers } = await fleet(2)
  origin.values.set('user:1', 'value of user:1')
  origin.hold()
  const all = [primary, ...followers]
  const reply = '$15\r\nvalue of user:1\r\n'
  const replies = Array.from({ length: 200 }, (_, i) =>
    pipeline(all[i % 3].port, 'GET user:1\r\n'.repeat(50), reply.length * 50),
  )
  await until('all wait', async () => {
    const waiting = await Promise.all(all.map((server) => figure(server, 'waiting')))
    return waiting.reduce((sum, one) => sum + one, 0) >= 10_002 // the followers wait at the primary
  })
  expect(origin.asked).toEqual(['user:1'])
  origin.open()
  for (const text of await Promise.all(replies)) expect(text).toBe(reply.repeat(50))
  expect(origin.asked).toEqual(['user:1'])
  for (const follower of followers) {
    expect(await follower.call('GET', 'user:2')).toBeNull()
    expect(await figure(follower, 'requests')).toBe(0)
    expect(await figure(follower, 'passing')).toBe(0)
  }
})

test('what the primary read, a follower confirms by its digest and serves from its own copy', async () => {
  const { origin, primary, followers } = await fleet(1, { validate: '1h' })
  origin.values.set('user:1', 'v')
  expect(await primary.call('GET', 'user:1')).toBe('v')
  await hasCaughtUp(followers[0], primary)
  expect(await followers[0].call('GET', 'user:1')).toBe('v')
  expect(await followers[0].call('GET', 'user:1')).toBe('v')
  expect(origin.asked).toEqual(['user:1'])
  expect(await figure(followers[0], 'primary_requests')).toBe(1)
  expect(await figure(followers[0], 'not_modified')).toBe(1)
  expect(await figure(followers[0], 'hits')).toBe(1)
})

test('in a chain each asks the one before it', async () => {
  const { origin, followers } = await fleet(2, { validate: '1h' }, true)
  origin.values.set('user:1', 'v')
  expect(await followers[1].call('GET', 'user:1')).toBe('v')
  expect(await followers[1].call('GET', 'user:2')).toBeNull()
  expect(origin.asked).toEqual(['user:1', 'user:2'])
  for (const follower of followers) {
    expect(await follower.call('GET', 'user:1')).toBe('v')
    expect(await figure(follower, 'requests')).toBe(0)
  }
  expect(origin.asked).toEqual(['user:1', 'user:2'])
})

test('hashes, and values whose digest takes a while', async () => {
  const { origin, followers } = await fleet(1, { validate: '1h', as: 'hash' })
  const [follower] = followers
  const long = 'x'.repeat(1 << 20)
  origin.values.set('user:1', { name: 'ann', mail: 'a@b' })
  origin.values.set('user:2', { long })
  expect(await follower.call('HGET', 'user:1', 'mail')).toBe('a@b')
  expect(await follower.call('HSTRLEN', 'user:2', 'long')).toBe(long.length)
  expect(await follower.call('HSTRLEN', 'user:2', 'long')).toBe(long.length)
  expect(await figure(follower, 'primary_asks')).toBe(2)
  expect(await figure(follower, 'passing')).toBe(0)
})

test('keys of one loop turn are asked in one request, and one whose origin does not answer holds up no other', async () => {
  const { origin, followers } = await fleet(1)
  for (let i = 0; i < 100; i++) origin.values.set(`user:${i}`, `value ${i}`)
  origin.hold('user:50')
  const [follower] = followers
  const slow = follower.call('GET', 'user:50')
  const replies = await Promise.all(
    Array.from({ length: 100 }, (_, i) => (i === 50 ? null : follower.call('GET', `user:${i}`))),
  )
  expect(replies.filter((reply, i) => reply !== `value ${i}`)).toEqual([null])
  expect(await figure(follower, 'primary_requests')).toBe(1)
  expect(await figure(follower, 'primary_asks')).toBe(100)
  origin.open()
  expect(await slow).toBe('value 50')
  expect(await figure(follower, 'primary_requests')).toBe(1)
})

test('what changes at the primary is asked for again', async () => {
  const { origin, primary, followers } = await fleet(1, { validate: '1h', write: 'local' })
  const [follower] = followers
  origin.values.set('user:1', 'v')
  for (const change of [['DEL', 'user:1'], ['SET', 'user:1', 'w'], ['FLUSHALL'], ['SWAPDB', '0', '1']]) {
    expect(await follower.call('GET', 'user:1')).toBe('v')
    const asked = await figure(follower, 'primary_asks')
    await primary.call(...change)
    await hasCaughtUp(follower, primary)
    expect(await follower.call('GET', 'user:1')).toBe('v')
    expect(await figure(follower, 'primary_asks')).toBe(asked + 1)
  }
})

test('a copy that is invalidated on a follower is confirmed by an answer from after that alone', async () => {
  const { origin, followers } = await fleet(1, { validate: '1h' })
  const [follower] = followers
  origin.values.set('user:1', 'v')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  origin.values.set('user:1', 'w')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  expect(await follower.call('ORIGIN', 'INVALIDATE', 'KEYS', 'user:1')).toBe(1)
  expect(await follower.call('GET', 'user:1')).toBe('w')
})

test('under push a follower hears of changes from its primary, and serves its own copy without asking meanwhile', async () => {
  const { origin, primary, followers } = await fleet(2, { validate: 'push' }, true)
  const last = followers[1]
  await until('the origins tell', async () => {
    const states = await Promise.all([primary, ...followers].map((server) => server.call('ORIGIN', 'INFO', 'users')))
    return states.every((state) => (state as Map<string, string>).get('push') === 'live')
  })
  origin.values.set('user:1', 'v')
  expect(await last.call('GET', 'user:1')).toBe('v')
  const asked = await figure(last, 'primary_asks')
  for (let i = 0; i < 10; i++) expect(await last.call('GET', 'user:1')).toBe('v')
  expect(await figure(last, 'primary_asks')).toBe(asked)
  expect(origin.asked).toEqual(['user:1'])

  origin.push('user:1', 'w')
  await hasCaughtUp(followers[0], primary)
  await hasCaughtUp(last, followers[0])
  expect(await last.call('GET', 'user:1')).toBe('w')
  expect(await primary.call('GET', 'user:1')).toBe('w')
  expect(origin.asked).toEqual(['user:1', 'user:1'])

  origin.lose()
  await hasCaughtUp(followers[0], primary)
  await hasCaughtUp(last, followers[0])
  const before = await figure(last, 'primary_asks')
  expect(await last.call('GET', 'user:1')).toBe('w')
  expect(await figure(last, 'primary_asks')).toBe(before + 1)
})

test('what is invalidated at a primary is asked for again by those that follow it', async () => {
  const { origin, primary, followers } = await fleet(1, { validate: '1h' })
  const [follower] = followers
  origin.values.set('user:1', 'v')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  origin.values.set('user:1', 'w')
  await primary.call('ORIGIN', 'INVALIDATE', 'KEYS', 'user:1')
  await hasCaughtUp(follower, primary)
  expect(await follower.call('GET', 'user:1')).toBe('w')
  expect(await primary.call('GET', 'user:1')).toBe('w')
  expect(origin.asked).toEqual(['user:1', 'user:1'])
})

test("while the origin is down a follower serves its own copy by permission, and says the primary's reason otherwise", async () => {
  const { origin, primary, followers } = await fleet(1)
  const [follower] = followers
  origin.values.set('user:1', 'v')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  origin.isDown = true
  expect(await follower.call('GET', 'user:1')).toBe('v')
  expect(await figure(follower, 'stale_if_error')).toBe(1)
  await expect(follower.call('GET', 'user:2')).rejects.toThrow(
    /^ORIGINDOWN origin 'users'.*'user:2' \(its primary has no/,
  )
  await primary.call('SET', 'plain', 'x')
  await hasCaughtUp(follower, primary)
  expect(await follower.call('GET', 'plain')).toBe('x')
})

test('a follower that never confirmed its copies serves what its primary serves while the origin is down, and counts it', async () => {
  const { origin, primary, followers } = await fleet(2, {}, true)
  origin.values.set('user:1', 'v')
  expect(await primary.call('GET', 'user:1')).toBe('v')
  expect(await primary.call('GET', 'user:2')).toBeNull()
  await hasCaughtUp(followers[0], primary)
  await hasCaughtUp(followers[1], followers[0])
  origin.isDown = true
  for (const follower of [followers[1], followers[0]]) {
    expect(await follower.call('GET', 'user:1')).toBe('v')
    expect(await follower.call('GET', 'user:2')).toBeNull()
    expect(await figure(follower, 'stale_if_error')).toBe(2)
    expect(await figure(follower, 'passing')).toBe(0)
    expect(await figure(follower, 'requests')).toBe(0)
  }
  expect(await figure(primary, 'stale_if_error')).toBe(0)
  await expect(followers[1].call('GET', 'user:3')).rejects.toThrow(/^ORIGINDOWN/)
  origin.isDown = false
  origin.values.set('user:1', 'w')
  await until('it is asked again', async () => (await followers[1].call('GET', 'user:1')) === 'w')
})

test('neither what was invalidated, nor what no permission of its own covers', async () => {
  const { origin, primary, followers } = await fleet(1)
  const none = await servers.start({
    origins: [{ name: 'users', pattern: 'user:*', store: origin.store, staleIfError: '0' }],
  })
  await none.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(none, 'master_link_status', 'up')
  for (const key of ['user:1', 'user:2', 'user:3']) {
    origin.values.set(key, 'v')
    await primary.call('GET', key)
  }
  await hasCaughtUp(followers[0], primary)
  await hasCaughtUp(none, primary)
  origin.isDown = true
  await primary.call('ORIGIN', 'INVALIDATE', 'KEYS', 'user:1')
  await followers[0].call('ORIGIN', 'INVALIDATE', 'KEYS', 'user:2')
  for (const key of ['user:1', 'user:2']) await expect(followers[0].call('GET', key)).rejects.toThrow(/^ORIGINDOWN/)
  expect(await followers[0].call('GET', 'user:3')).toBe('v')
  await expect(none.call('GET', 'user:3')).rejects.toThrow(/^ORIGINDOWN/)
})

test('a restarted follower serves what it loaded as its primary serves it, and goes on when that is gone as well', async () => {
  const { origin, primary, followers } = await fleet(1, { hardTimeout: '2s' })
  origin.values.set('user:1', 'v')
  origin.values.set('user:2', 'v')
  await primary.call('GET', 'user:1')
  await primary.call('GET', 'user:2')
  await servers.end(followers[0])
  origin.isDown = true
  const again = await servers.start({
    origins: [{ name: 'users', pattern: 'user:*', store: origin.store, hardTimeout: '2s' }],
  })
  await again.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(again, 'master_link_status', 'up')
  expect(await again.call('GET', 'user:1')).toBe('v')
  await servers.end(primary)
  expect(await again.call('GET', 'user:1')).toBe('v')
  await expect(again.call('GET', 'user:2')).rejects.toThrow(/^ORIGINDOWN/) // nobody says since when it was not confirmed
})

test('while an origin hangs it serves what its primary serves after the soft timeout, and gets the answer of the origin where that comes', async () => {
  const { origin, primary, followers } = await fleet(1, { softTimeout: '20ms' })
  const patient = await servers.start({
    origins: [{ name: 'users', pattern: 'user:*', store: origin.store, staleIfError: '0' }],
  })
  await patient.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(patient, 'master_link_status', 'up')
  origin.values.set('user:1', 'v')
  await primary.call('GET', 'user:1')
  await hasCaughtUp(followers[0], primary)
  await hasCaughtUp(patient, primary)
  origin.hold('user:1')
  const waits = patient.call('GET', 'user:1')
  expect(await followers[0].call('GET', 'user:1')).toBe('v')
  expect(await figure(followers[0], 'stale_if_error')).toBe(1)
  expect(await figure(followers[0], 'errors')).toBe(0)
  origin.values.set('user:1', 'w')
  origin.open()
  expect(await waits).toBe('w')
})

test('what the primary confirmed before a route came to a follower is confirmed anew', async () => {
  const origin = new SharedOrigin()
  const origins = [{ name: 'users', pattern: 'user:*', store: origin.store, validate: '1h' }]
  const primary = await servers.start({ origins })
  const follower = await servers.start()
  await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(follower, 'master_link_status', 'up')
  origin.values.set('user:1', 'v')
  await primary.call('GET', 'user:1')
  await hasCaughtUp(follower, primary)
  await follower.call('ORIGIN', 'ADD', 'users', 'user:*', 'http://127.0.0.1:1/{1}', 'validate', '1h', 'adopt', 'yes')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  expect(await figure(follower, 'primary_asks')).toBe(1)
  expect(origin.asked).toEqual(['user:1', 'user:1'])
})

test('without its primary a follower serves its own copy by permission; when that is back it asks again', async () => {
  const { origin, primary, followers } = await fleet(1, { hardTimeout: '2s' })
  const [follower] = followers
  origin.values.set('user:1', 'v')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  const { port } = primary
  await servers.end(primary)
  expect(await follower.call('GET', 'user:1')).toBe('v')
  await expect(follower.call('GET', 'user:2')).rejects.toThrow(/^ORIGINDOWN .*its primary cannot be asked/)
  expect(origin.asked).toEqual(['user:1'])
  const again = await servers.start({ port, origins: [{ name: 'users', pattern: 'user:*', store: origin.store }] })
  await becomes(follower, 'master_link_status', 'up')
  await until('it asks again', async () => (await follower.call('GET', 'user:2').catch(() => 'down')) === null)
  expect(await figure(again, 'requests')).toBeGreaterThan(0)
})

test('a follower that is promoted while its reads wait asks the origin for them itself, and the other way round', async () => {
  const { origin, primary, followers } = await fleet(1)
  const [follower] = followers
  origin.values.set('user:1', 'v')
  origin.hold('user:1')
  const waits = follower.call('GET', 'user:1')
  await until('the primary asks', async () => origin.asked.length === 1)
  await follower.call('REPLICAOF', 'NO', 'ONE')
  await until('it asks itself', async () => origin.asked.length === 2)
  expect(await figure(follower, 'requests')).toBe(1)

  await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await until('it asks its primary', async () => (await figure(follower, 'primary_requests')) === 2)
  origin.open()
  expect(await waits).toBe('v')
  expect(origin.asked).toEqual(['user:1', 'user:1'])
})

test('a key that the primary has no route for is asked of the origin, and served in passing', async () => {
  const origin = new SharedOrigin()
  const primary = await servers.start()
  const follower = await servers.start({ origins: [{ name: 'users', pattern: 'user:*', store: origin.store }] })
  await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(follower, 'master_link_status', 'up')
  origin.values.set('user:1', 'v')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  expect(await follower.call('EXISTS', 'user:1')).toBe(1)
  expect(await follower.call('DBSIZE')).toBe(0)
  expect(await figure(follower, 'passing')).toBe(2)
})

test('it comes in by masteruser and masterauth, and is told what that user may not', async () => {
  const origin = new SharedOrigin()
  origin.values.set('user:1', 'v')
  const origins = [{ name: 'users', pattern: 'user:*', store: origin.store }]
  const primary = await servers.start({ origins, requirepass: 'secret' })
  const follower = await servers.start({ origins, masterauth: 'secret' })
  await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(follower, 'master_link_status', 'up')
  expect(await follower.call('GET', 'user:1')).toBe('v')
  expect(await primary.call('CLIENT', 'LIST')).toMatch(/name=truedis-replica-origins .*cmd=origin\|settle/)
  await follower.call('CONFIG', 'SET', 'masterauth', 'wrong')
  await primary.call('CLIENT', 'KILL', 'TYPE', 'normal')
  await expect(follower.call('GET', 'user:2')).rejects.toThrow(/^ORIGINDOWN .*WRONGPASS/)
})

test('INFO and EXPLAIN say who is asked', async () => {
  const { origin, primary, followers } = await fleet(1)
  const [follower] = followers
  origin.values.set('user:1', 'v')
  await follower.call('GET', 'user:1')
  expect(await field(primary, 'origins_asked_by')).toBe('self')
  expect(await field(follower, 'origins_asked_by')).toBe('primary')
  expect(await field(follower, 'origin_users')).toMatch(/requests=0,asks=0,.*primary_requests=1,primary_asks=1,/)
  const told = (await follower.call('ORIGIN', 'EXPLAIN', 'user:1')) as Map<string, unknown>
  expect(told.get('asks')).toBe('by primary')
  expect(told.get('last-cache-status')).toBe('truedis; fwd=uri-miss; fwd-status=304; detail=by-primary')
  expect(((await primary.call('ORIGIN', 'EXPLAIN', 'user:1')) as Map<string, unknown>).get('asks')).toBe('origin')
})

testUnless(redisMissing(), 'of a redis-server a follower asks the origin itself, and serves in passing', async () => {
  const redis = await startServer('redis')
  try {
    const origin = new SharedOrigin()
    const follower = await servers.start({ origins: [{ name: 'users', pattern: 'user:*', store: origin.store }] })
    await follower.call('REPLICAOF', '127.0.0.1', String(redis.port))
    await becomes(follower, 'master_link_status', 'up')
    origin.values.set('user:1', 'v')
    expect(await follower.call('GET', 'user:1')).toBe('v')
    expect(await follower.call('GET', 'user:1')).toBe('v')
    expect(await follower.call('DBSIZE')).toBe(0)
    expect(origin.asked).toEqual(['user:1', 'user:1'])
    expect(await figure(follower, 'primary_requests')).toBe(1) // it is asked once whether it can
    expect(await figure(follower, 'passing')).toBe(2)
    expect(await field(follower, 'origins_asked_by')).toBe('self')
  } finally {
    await servers.endAll()
    await redis.stop()
  }
})
