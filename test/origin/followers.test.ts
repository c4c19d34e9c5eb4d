import { connect, type Socket } from 'node:net'
import type { EmbeddedServer } from '../../src/server/index.js'
import { until } from '../replication/support/asking.js'
import { Embedded, becomes, hasCaughtUp } from '../replication/support/embedded.js'

const servers = new Embedded()
afterEach(() => servers.endAll())

/** An origin that all servers of a fleet share, and that keeps its answers back where it is told to. */
class SharedOrigin {
  readonly asked: string[] = []
  readonly values = new Map<string, string>()
  isDown = false
  #gate: Promise<void> | null = null
  open = (): void => {}

  hold(): void {
    this.#gate = new Promise((resolve) => (this.open = resolve))
  }

  readonly store = {
    fetch: async (key: string): Promise<string | null> => {
      this.asked.push(key)
      await this.#gate
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

/** Sends a pipeline and resolves to all bytes of its replies. */
function pipeline(port: number, requests: string, replyBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(requests))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (text.length < replyBytes) return
      socket.end()
      resolve(text)
    })
  })
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
