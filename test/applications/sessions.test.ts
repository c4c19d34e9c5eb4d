import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RedisStore } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import { createClient } from 'redis'
import { startServer, subjectKind, type RunningServer } from '../support/servers.js'

declare module 'express-session' {
  interface SessionData {
    user: string
    visits: number
  }
}

const dayMs = 86_400_000

type Client = ReturnType<typeof createClient>

/** One instance of a web site that knows who is logged in. */
class Site {
  private constructor(
    readonly store: RedisStore,
    readonly client: Client,
    readonly http: Server,
  ) {}

  static async open(redisPort: number): Promise<Site> {
    const client: Client = createClient({ socket: { host: '127.0.0.1', port: redisPort } })
    await client.connect()
    const store = new RedisStore({ client, prefix: 'site:' })
    const app = express()
    app.use(
      session({ store, secret: 'of the tests', resave: false, saveUninitialized: false, cookie: { maxAge: dayMs } }),
    )
    app.post('/login/:user', (request, response, next) => {
      request.session.regenerate((error) => {
        if (error) return next(error)
        request.session.user = request.params.user
        request.session.visits = 0
        response.json({ user: request.session.user })
      })
    })
    app.get('/', (request, response) => {
      const { user } = request.session
      if (user === undefined) return void response.status(401).json({ error: 'who are you?' })
      request.session.visits = (request.session.visits ?? 0) + 1
      response.json({ user, visits: request.session.visits })
    })
    app.post('/logout', (request, response, next) => {
      request.session.destroy((error) => (error ? next(error) : response.json({})))
    })
    const http = app.listen(0, '127.0.0.1')
    await once(http, 'listening')
    return new Site(store, client, http)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.http.closeAllConnections()
    this.http.close()
    await this.client.close()
  }
}

/** A browser, as far as cookies go. */
class Visitor {
  cookie = ''

  async ask(site: Site, method: 'GET' | 'POST', path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(site.url + path, { method, headers: { cookie: this.cookie } })
    const given = response.headers.get('set-cookie')
    if (given !== null) this.cookie = given.split(';')[0]
    return { status: response.status, body: await response.json() }
  }
}

describe('sessions in connect-redis', () => {
  let server: RunningServer
  let [one, other]: Site[] = []

  beforeAll(async () => {
    server = await startServer(subjectKind)
    ;[one, other] = await Promise.all([Site.open(server.port), Site.open(server.port)])
  })

  afterAll(async () => {
    await Promise.all([one?.close(), other?.close()])
    await server?.stop()
  })

  beforeEach(() => one.client.flushAll())

  test('a visitor stays who he is from request to request, whichever instance answers', async () => {
    const ada = new Visitor()
    expect((await ada.ask(one, 'GET', '/')).status).toBe(401)
    await ada.ask(one, 'POST', '/login/ada')
    expect(await ada.ask(one, 'GET', '/')).toEqual({ status: 200, body: { user: 'ada', visits: 1 } })
    expect(await ada.ask(other, 'GET', '/')).toEqual({ status: 200, body: { user: 'ada', visits: 2 } })
    const stranger = new Visitor()
    expect((await stranger.ask(other, 'GET', '/')).status).toBe(401)
  })

  test('whoever logs out on one instance is unknown to the other, and a login gives a new session', async () => {
    const ada = new Visitor()
    await ada.ask(one, 'POST', '/login/ada')
    const first = ada.cookie
    await ada.ask(one, 'POST', '/login/ada')
    expect(ada.cookie).not.toBe(first)
    expect(await one.store.length()).toBe(1)
    await ada.ask(other, 'POST', '/logout')
    expect((await ada.ask(one, 'GET', '/')).status).toBe(401)
    expect(await one.store.length()).toBe(0)
  })

  test('a session lives as long as its cookie, and a request renews it', async () => {
    const ada = new Visitor()
    await ada.ask(one, 'POST', '/login/ada')
    const [key] = await one.client.keys('site:*')
    const ttl = await one.client.ttl(key)
    expect(ttl).toBeGreaterThan(86_000)
    expect(ttl).toBeLessThanOrEqual(86_400)
    await one.client.expire(key, 100)
    await ada.ask(other, 'GET', '/')
    expect(await one.client.ttl(key)).toBeGreaterThan(86_000)
    await one.client.pExpire(key, 0)
    expect((await ada.ask(one, 'GET', '/')).status).toBe(401)
  })

  test('the store finds all sessions, a thousand of them too, and clears them', async () => {
    const users = Array.from({ length: 1000 }, (_, i) => `user-${i}`)
    const cookie = { originalMaxAge: dayMs, expires: new Date(Date.now() + dayMs) }
    await Promise.all(users.map((user) => one.store.set(user, { cookie, user, visits: 1 })))
    await one.client.set('not a session', 'x')
    expect(await other.store.length()).toBe(1000)
    expect(((await other.store.ids()) as string[]).sort()).toEqual([...users].sort())
    const all = (await other.store.all()) as { id: string; user: string }[]
    expect(all.every(({ id, user }) => id === user)).toBe(true)
    await other.store.clear()
    expect(await one.store.length()).toBe(0)
    expect(await one.client.get('not a session')).toBe('x')
  })
})
