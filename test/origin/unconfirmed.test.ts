import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CreateServerOptions, EmbeddedServer } from '../../src/server/index.js'
import { Embedded, becomes, field, hasCaughtUp } from '../replication/support/embedded.js'

/*
 * When a copy was confirmed is known to nobody but who asked: what is loaded from a file, or came from a primary, is asked for
 * again however long its lifetime; by its digest, so that no body moves. Absences are remembered by nobody else at all.
 */

const values = new Map<string, string>()
let fetched: string[]
let digested: string[]

const store = {
  fetch: (key: string): string | null => {
    fetched.push(key)
    return values.get(key) ?? null
  },
  fetchDigest: (key: string): string | null => {
    digested.push(key)
    const value = values.get(key)
    return value === undefined ? null : createHash('sha256').update(value).digest('hex')
  },
}
const origins = [{ name: 'users', pattern: 'user:*', store, validate: '1h' }]
const keys = Array.from({ length: 50 }, (_, i) => `user:${i}`)

const servers = new Embedded()
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'truedis-test-unconfirmed-'))
  values.clear()
  for (const key of keys) values.set(key, `value of ${key}`)
  fetched = []
  digested = []
})

afterEach(async () => {
  await servers.endAll()
  rmSync(directory, { recursive: true, force: true })
})

const readAll = async (server: EmbeddedServer): Promise<unknown[]> => {
  const replies: unknown[] = []
  for (const key of keys) replies.push(await server.call('GET', key))
  return replies
}

test.each<[string, CreateServerOptions]>([
  ['a snapshot', { save: '' }],
  ['an append-only file', { appendonly: 'yes' }],
])(
  'copies out of %s are confirmed by digest, each by its first read, and no body moves but of what changed',
  async (_, more) => {
    const options = { dir: directory, origins, ...more }
    const first = await servers.start(options)
    expect(await readAll(first)).toEqual([...values.values()])
    expect(await first.call('GET', 'user:none')).toBeNull()
    expect([fetched.length, digested.length]).toEqual([51, 0])
    expect(await first.call('DBSIZE')).toBe(50) // an absence is no key
    if (more.save === '') await first.call('SAVE')
    await servers.end(first)

    values.set('user:7', 'another')
    fetched = []
    const again = await servers.start(options)
    expect(await again.call('DBSIZE')).toBe(50)
    expect(await readAll(again)).toEqual([...values.values()])
    expect(fetched).toEqual(['user:7'])
    expect([...digested].sort()).toEqual([...keys].sort())
    expect(await readAll(again)).toEqual([...values.values()])
    expect(digested).toHaveLength(50) // now they are fresh
    expect(await again.call('GET', 'user:none')).toBeNull()
    expect(fetched).toEqual(['user:7', 'user:none'])
  },
)

test('copies that came from a primary are confirmed by digest once their server is one itself', async () => {
  const primary = await servers.start({ origins })
  const follower = await servers.start({ origins })
  await follower.call('REPLICAOF', '127.0.0.1', String(primary.port))
  await becomes(follower, 'master_link_status', 'up')
  await readAll(primary)
  await primary.call('GET', 'user:none')
  await hasCaughtUp(follower, primary)
  expect(await follower.call('DBSIZE')).toBe(50)
  fetched = []
  await follower.call('REPLICAOF', 'NO', 'ONE')
  expect(await readAll(follower)).toEqual([...values.values()])
  expect(fetched).toEqual([])
  expect(digested).toHaveLength(50)
  await follower.call('GET', 'user:none')
  expect(fetched).toEqual(['user:none'])
})

test('routes_digest is the same where the routes are, and only there', async () => {
  const digestOf = async (...given: readonly object[]): Promise<string> => {
    const server = await servers.start({ origins: given as never })
    const digest = await field(server, 'routes_digest')
    await servers.end(server)
    return digest
  }
  const [route] = origins
  const digest = await digestOf(route)
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  expect(await digestOf({ ...route, store: { fetch: () => null } })).toBe(digest)
  const others = [
    await digestOf({ ...route, validate: '2h' }),
    await digestOf({ ...route, pattern: 'u*' }),
    await digestOf({ ...route, name: 'u' }),
    await digestOf(route, { ...route, name: 'u', pattern: 'x*' }),
    await digestOf({ ...route, name: 'u', pattern: 'x*' }, route),
    await digestOf(),
  ]
  expect(new Set([digest, ...others]).size).toBe(7)
})
