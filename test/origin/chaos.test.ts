import type { ServerResponse } from 'node:http'
import { ManualClock } from '../../src/base/index.js'
import { createServer, type CreateServerOptions, type EmbeddedServer } from '../../src/server/index.js'
import { HttpOrigin, type Misbehaviour } from './support/http-origin.js'
import { hostileKeys } from './stores/contract.js'

/** Ways in which an origin goes wrong, each told apart by what the client hears when no stale copy is permitted. */
const misbehaviours: [name: string, refusal: RegExp, make: () => Misbehaviour][] = [
  ['answers 503', /^ORIGINDOWN .*\(HTTP 503\)/, () => (_, response) => void response.writeHead(503).end()],
  ['answers 403', /^ORIGINDOWN .*\(HTTP 403\)/, () => (_, response) => void response.writeHead(403).end()],
  ['resets connections', /^ORIGINDOWN/, () => (request) => void request.socket.destroy()],
  ['never answers', /^ORIGINDOWN .*\(no answer within 5s\)/, () => () => {}],
  ['breaks bodies off', /^ORIGINDOWN/, () => (_, response) => halfBody(response)],
  ['hangs in mid-body', /^ORIGINDOWN .*\(no answer within 5s\)/, () => (_, response) => void startBody(response)],
  ['lies about its digest', /^ORIGINDOWN .*does not have the digest/, () => (_, response) => lie(response)],
  [
    'speaks no HTTP',
    /^ORIGINDOWN/,
    () => (request) => void request.socket.end('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\nwhatever\r\n\r\n'),
  ],
]

function startBody(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1000 })
  response.write('half')
}

function halfBody(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 1000 })
  response.write('half', () => response.destroy())
}

function lie(response: ServerResponse): void {
  const digest = Buffer.alloc(32, 1).toString('base64')
  response.writeHead(200, { 'repr-digest': `sha-256=:${digest}:` }).end('another value')
}

describe('an HTTP origin that', () => {
  let origin: HttpOrigin
  let server: EmbeddedServer
  let clock: ManualClock
  const log: string[] = []

  const begin = async (options: Record<string, string | number | readonly [number, string]> = {}): Promise<void> => {
    origin = await HttpOrigin.start()
    origin.resources.set('/1', Buffer.from('good'))
    const write = (text: string): void => void log.push(text)
    clock = new ManualClock()
    const settings: CreateServerOptions = {
      port: 0,
      clock,
      log: { debug: () => {}, verbose: () => {}, notice: write, warning: write },
      origins: [
        {
          name: 'api',
          pattern: 'k:*',
          url: `${origin.url}/{1}`,
          ...options,
        },
      ],
    }
    server = await createServer(settings)
    log.length = 0
  }
  afterEach(async () => {
    await server.close()
    await origin.close()
  })

  /** A read that an origin may leave without an answer: then its time passes, as soon as the origin was asked. */
  const read = async (key: string, passMs: number): Promise<unknown> => {
    const asked = origin.seen.length
    let over = false
    const reply = server.call('GET', key).finally(() => (over = true))
    reply.catch(() => undefined)
    while (!over && origin.seen.length === asked) await new Promise((resolve) => setImmediate(resolve))
    if (hangs) clock.advance(passMs)
    return reply
  }
  let hangs = false

  test.each(misbehaviours)(
    '%s is served stale where that is permitted, and refused clearly where not',
    async (_, refusal, make) => {
      await begin({ breaker: [1000, '1s'] })
      expect(await read('k:1', 0)).toBe('good')
      clock.advance(1)
      hangs = refusal.source.includes('no answer')
      origin.misbehaviour = make()
      expect(await read('k:1', 250)).toBe('good')
      await expect(read('k:cold', 5000)).rejects.toThrow(refusal)
      hangs = false
      origin.misbehaviour = null
      origin.resources.set('/1', Buffer.from('better'))
      clock.advance(1)
      expect(await read('k:1', 0)).toBe('better')
      expect(log.filter((line) => line.includes("origin 'api' fails"))).toHaveLength(1)
      expect(log.filter((line) => line.includes("origin 'api' answers again"))).toHaveLength(1)
    },
  )

  test('is slow is waited for as long as nothing stale is permitted', async () => {
    await begin()
    let answer = (): void => {}
    const asked = new Promise<void>((resolve) => {
      origin.misbehaviour = (request, response) => {
        answer = () => origin.serve(request, response)
        resolve()
      }
    })
    const reply = server.call('GET', 'k:1')
    await asked
    clock.advance(4999)
    answer()
    expect(await reply).toBe('good')
  })

  test('flaps never makes a wrong reply', async () => {
    await begin({ breaker: [3, '10ms'], staleIfError: '1h' })
    let requests = 0
    origin.misbehaviour = (request, response) => {
      const misbehaviour = [...misbehaviours.slice(0, 3), misbehaviours[4], misbehaviours[6]][requests++ % 7]
      if (misbehaviour === undefined) origin.serve(request, response)
      else misbehaviour[2]()(request, response)
    }
    let value = 0
    for (let i = 0; i < 100; i++) {
      if (i % 10 === 0) origin.resources.set('/1', Buffer.from(`v${(value = i)}`))
      clock.advance(1)
      const reply = await server.call('GET', 'k:1').catch((error: Error) => error.message)
      expect(reply).toMatch(/^(v\d+|good|ORIGINDOWN .*)$/)
      if (/^v/.test(String(reply))) expect(Number(String(reply).slice(1))).toBeLessThanOrEqual(value)
    }
  })

  test('counts an origin that contradicts its digest', async () => {
    await begin()
    origin.digest = 'wrong'
    await expect(server.call('GET', 'k:1')).rejects.toThrow(/digest/)
    const figures = (await server.call('ORIGIN', 'INFO', 'api')) as Map<string, number>
    expect(figures.get('mismatches')).toBe(1)
  })

  test('holds keys of any name serves each under its own and under no other', async () => {
    await begin()
    for (const [i, key] of hostileKeys.entries()) {
      const path = `/${encodeURIComponent(key).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)}`
      origin.resources.set(path, Buffer.from(`value ${i}`))
    }
    origin.resources.set('/', Buffer.from('the whole list'))
    for (const [i, key] of hostileKeys.entries()) {
      const expected = key === '..' ? null : `value ${i}`
      expect(await server.call('GET', `k:${key}`)).toBe(expected)
    }
    expect(await server.call('GET', 'k:')).toBeNull()
    expect(await server.call('GET', 'k:' + 'x'.repeat(20_000))).toBeNull()
    expect(origin.seen.every(({ url }) => url.startsWith('/') && url.length < 9000)).toBe(true)
  })

  test('takes value after value keeps its connections', async () => {
    await begin({ maxInFlight: 4 })
    for (let i = 0; i < 200; i++) origin.resources.set(`/${i}`, Buffer.from(`v${i}`))
    const keys = Array.from({ length: 200 }, (_, i) => `k:${i}`)
    expect(await server.call('MGET', ...keys)).toEqual(keys.map((_, i) => `v${i}`))
    expect(origin.connections).toBeLessThanOrEqual(4)
  })
})
