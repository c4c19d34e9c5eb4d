import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { digestOfString } from '../../../../src/base/index.js'
import { HttpClient } from '../../../../src/origin/stores/http/client.js'
import type { HttpStore } from '../../../../src/origin/stores/http/http.js'
import type { Answer, Ask } from '../../../../src/origin/store.js'
import { HttpOrigin } from '../../support/http-origin.js'
import { chaosContract } from '../chaos-contract.js'
import { contract } from '../contract.js'
import { openOrigin, openStore } from './opening.js'

const kinds: readonly [string, (origin: HttpOrigin) => void][] = [
  ['plain', () => undefined],
  ['ETag', (origin) => (origin.etag = 'strong')],
  ['Repr-Digest', (origin) => (origin.digest = 'right')],
]
for (const [kind, prepare] of kinds) {
  contract(`HTTP (${kind})`, (settings) => openOrigin(settings, prepare))
  chaosContract(`HTTP (${kind})`, (settings) => openOrigin(settings, prepare))
}

describe('HTTP', () => {
  let origin: HttpOrigin
  let store: HttpStore
  let signal: AbortSignal
  let abort: () => void

  beforeEach(async () => {
    origin = await HttpOrigin.start()
    store = openStore(origin.url)
    const controller = new AbortController()
    signal = controller.signal
    abort = () => controller.abort()
  })
  afterEach(async () => {
    await store.close()
    await origin.close()
  })

  const put = (path: string, body: string | Buffer): void => void origin.resources.set(path, Buffer.from(body))
  const ask = async (key: string, held: Partial<Ask> = {}, by = store): Promise<Answer> =>
    (await by.fetchMany([{ key, digest: null, validator: null, ...held }], signal))[0] as Answer
  const status = (code: number, headers: Record<string, string> = {}): void => {
    origin.misbehaviour = (_, response) => void response.writeHead(code, headers).end()
  }
  const found = async (key: string, by = store): Promise<Extract<Answer, { kind: 'found' }>> => {
    const answer = await ask(key, {}, by)
    expect(answer.kind).toBe('found')
    return answer as Extract<Answer, { kind: 'found' }>
  }

  test('asks for what may be neither encoded nor cached, and sends the given headers', async () => {
    put('/a', 'v')
    const headed = openStore(origin.url, {
      headers: [
        ['Authorization', 'Bearer x'],
        ['X-Two', '1'],
        ['X-Two', '2'],
      ],
    })
    await found('/a', headed)
    await headed.close()
    expect(origin.seen[0].headers).toMatchObject({
      'accept-encoding': 'identity',
      'cache-control': 'no-cache',
      'want-repr-digest': 'sha-256=10',
      authorization: 'Bearer x',
      'x-two': '1, 2',
    })
  })

  test('what a request says itself is not said by its route as well', async () => {
    put('/a', 'v')
    const headers = [['Accept', 'text/plain'] as const, ['X-Own', 'accept'] as const]
    const client = new HttpClient({ origin: origin.url, connections: 1, connectTimeoutMs: 1000, headers })
    const answer = await client.request({ method: 'GET', path: '/a', headers: { accept: 'application/json' } }, signal)
    await answer.discard()
    expect(origin.seen[0].headers).toMatchObject({ accept: 'application/json', 'x-own': 'accept' })
    await client.close()
  })

  describe('sameness', () => {
    test('a strong ETag is asked about, and 304 moves no body', async () => {
      origin.etag = 'strong'
      put('/a', 'v')
      const { validator = null } = await found('/a')
      expect(await ask('/a', { digest: digestOfString(Buffer.from('v')), validator })).toMatchObject({
        kind: 'not-modified',
      })
      expect(origin.seen.map(({ method }) => method)).toEqual(['GET', 'GET'])
      expect(origin.bodyBytes).toBe(1)
    })

    test('a weak ETag is nothing', async () => {
      origin.etag = 'weak'
      put('/a', 'v')
      expect((await found('/a')).validator).toBeUndefined()
    })

    test('with Repr-Digest an equal copy that is short costs a GET on a connection that is kept', async () => {
      origin.digest = 'right'
      put('/a', 'v')
      await found('/a')
      const sockets = new Set<unknown>()
      origin.misbehaviour = (request, response) => {
        sockets.add(request.socket)
        origin.serve(request, response)
      }
      const held = { digest: digestOfString(Buffer.from('v')) }
      for (let i = 0; i < 5; i++) expect(await ask('/a', held)).toEqual({ kind: 'not-modified' })
      expect(new Set(origin.seen.map(({ method }) => method))).toEqual(new Set(['GET']))
      expect(sockets.size).toBeLessThanOrEqual(2) // one is free again in the next loop turn
    })

    test('nor is one asked for by HEAD that is short, and does not say so', async () => {
      const digest = createHash('sha256').update('v').digest('base64')
      origin.misbehaviour = (_, response) => {
        response.writeHead(200, { 'repr-digest': `sha-256=:${digest}:` }).write('v')
        response.end()
      }
      await found('/a')
      expect(await ask('/a', { digest: digestOfString(Buffer.from('v')) })).toEqual({ kind: 'not-modified' })
      expect(origin.seen.map(({ method }) => method)).toEqual(['GET', 'GET'])
    })

    test('with Repr-Digest an equal copy that is long costs a HEAD and no body', async () => {
      const long = 'v'.repeat(20_000)
      origin.digest = 'right'
      put('/a', long)
      await found('/a')
      const held = { digest: digestOfString(Buffer.from(long)) }
      expect(await ask('/a', held)).toEqual({ kind: 'not-modified' })
      expect(origin.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD'])
      put('/a', 'w'.repeat(20_000))
      expect((await ask('/a', held)).kind).toBe('found')
      expect(origin.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'HEAD', 'GET'])
    })

    test('an origin that refuses HEAD is not asked so again', async () => {
      origin.digest = 'right'
      origin.head = false
      put('/a', 'v'.repeat(20_000))
      await found('/a')
      const held = { digest: digestOfString(Buffer.from('w')) }
      expect((await ask('/a', held)).kind).toBe('found')
      await ask('/a', held)
      expect(origin.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'GET', 'GET'])
    })

    test('the head of a GET that names our digest is enough: its body is not read', async () => {
      const body = Buffer.alloc(5_000_000, 'x')
      origin.misbehaviour = (_, response) => {
        const digest = createHash('sha256').update(body).digest('base64')
        response.writeHead(200, { 'repr-digest': `sha-256=:${digest}:`, 'content-length': body.length })
        response.write(body.subarray(0, 1000)) // and never more
      }
      expect(await ask('/a', { digest: digestOfString(body) })).toEqual({ kind: 'not-modified' })
    })

    test('a hash is confirmed by the digest of the JSON that it came as', async () => {
      origin.digest = 'right'
      put('/a', '{"a":1}')
      const hashes = openStore(origin.url, { as: 'hash' })
      const { validator = null } = await found('/a', hashes)
      expect(validator).toMatch(/^sha-256=:/)
      expect(await ask('/a', { digest: digestOfString(Buffer.from('other')), validator }, hashes)).toEqual({
        kind: 'not-modified',
      })
      put('/a', '{"a":2}')
      expect((await ask('/a', { validator }, hashes)).kind).toBe('found')
      await hashes.close()
    })

    test('a body that does not have the digest it came with is unavailable: the origin contradicts itself', async () => {
      origin.digest = 'wrong'
      put('/a', 'v')
      await expect(ask('/a')).rejects.toMatchObject({ name: 'Unavailable', mismatch: true, counts: false })
    })
  })

  describe('status codes', () => {
    test.each([404, 410])('%d is absent', async (code) => {
      status(code)
      expect((await ask('/a')).kind).toBe('absent')
    })

    test.each([500, 502, 503, 504, 429, 408])('%d is unavailable, and counts', async (code) => {
      status(code)
      await expect(ask('/a')).rejects.toMatchObject({ message: `HTTP ${code}`, counts: true })
    })

    test.each([401, 403, 407, 206, 304])('%d is unavailable, and does not count', async (code) => {
      status(code)
      await expect(ask('/a')).rejects.toMatchObject({ message: `HTTP ${code}`, counts: false })
    })

    test.each([400, 405, 414, 422, 451])('%d refuses this one key', async (code) => {
      status(code)
      expect(await ask('/a')).toEqual({ kind: 'refused', reason: `was refused by it with HTTP ${code}` })
    })

    test('204 is an empty value', async () => {
      status(204)
      expect(await ask('/a')).toMatchObject({ kind: 'found', value: { bytes: Buffer.alloc(0) } })
    })
  })

  describe('redirects', () => {
    test('are followed within the origin', async () => {
      put('/b', 'v')
      origin.misbehaviour = (request, response) => {
        if (request.url === '/a') response.writeHead(302, { location: '/b', 'content-length': 0 }).end()
        else origin.serve(request, response)
      }
      expect(await ask('/a')).toMatchObject({ kind: 'found' })
    })

    test('are not followed to another one, whose host never sees the headers', async () => {
      const other = await HttpOrigin.start()
      status(302, { location: `${other.url}/b` })
      await expect(ask('/a')).rejects.toMatchObject({ message: 'HTTP 302 leads to another origin', counts: false })
      expect(other.seen).toHaveLength(0)
      await other.close()
    })

    test('end when they go in circles', async () => {
      status(307, { location: '/a', 'content-length': '0' })
      await expect(ask('/a')).rejects.toMatchObject({ message: 'too many redirects' })
      expect(origin.seen).toHaveLength(4)
    })
  })

  describe('bodies', () => {
    test('no-store is told', async () => {
      put('/a', 'v')
      origin.headers['cache-control'] = 'private, no-store'
      expect((await found('/a')).noStore).toBe(true)
    })

    test('one that says that it is too large is not read, nor waited for', async () => {
      origin.misbehaviour = (_, response) => {
        response.writeHead(200, { 'content-length': 10_000_000_000 })
        response.write('x')
      }
      expect((await ask('/a')).kind).toBe('refused')
    })

    test('one without end is read up to value-bytes-max', async () => {
      let sent = 0
      origin.misbehaviour = (_, response) => {
        const more = (): void => {
          if (response.destroyed) return
          sent += 65_536
          if (response.write(Buffer.alloc(65_536))) setImmediate(more)
          else response.once('drain', more)
        }
        more()
      }
      expect(await ask('/a')).toEqual({ kind: 'refused', reason: 'is larger than value-bytes-max (100000 bytes)' })
      expect(sent).toBeLessThan(50_000_000)
    })

    test('a long one comes whole, in as many pieces as it takes', async () => {
      const long = openStore(origin.url, { valueBytesMax: 10_000_000 })
      const body = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => i % 251))
      put('/a', body)
      const { value, digest } = await found('/a', long)
      expect(value.kind === 'string' && value.bytes.equals(body)).toBe(true)
      expect(digest).toEqual(digestOfString(body))
      await long.close()
    })

    test('one that nobody reads yet waits at the origin', async () => {
      const client = new HttpClient({ origin: origin.url, connections: 1, connectTimeoutMs: 1000, headers: [] })
      const body = Buffer.alloc(20_000_000, 'x')
      let response: ServerResponse | undefined
      origin.misbehaviour = (_, to) => void (response = to).writeHead(200, { 'content-length': body.length }).end(body)
      const answer = await client.request({ method: 'GET', path: '/a' }, signal)
      for (let turn = 0; turn < 3000; turn++) await nextTurn() // far more than the body would need
      expect(response?.writableFinished).toBe(false)
      expect((await answer.read(body.length))?.digest).toEqual(digestOfString(body))
      await client.close()
    })

    test('one that fails before anybody reads it is unavailable then', async () => {
      const client = new HttpClient({ origin: origin.url, connections: 1, connectTimeoutMs: 1000, headers: [] })
      const closed = new Promise<void>((resolve) => {
        origin.misbehaviour = (request, response) => {
          request.socket.on('close', () => resolve())
          response.writeHead(200, { 'content-length': 1000 }).write('half', () => response.destroy())
        }
      })
      const answer = await client.request({ method: 'GET', path: '/a' }, signal)
      await closed
      await expect(answer.read(1000)).rejects.toThrow('other side closed')
      await client.close()
    })

    test('one that breaks off is unavailable', async () => {
      origin.misbehaviour = (_, response) => {
        response.writeHead(200, { 'content-length': 1000 })
        response.write('half', () => response.destroy())
      }
      await expect(ask('/a')).rejects.toMatchObject({ name: 'Unavailable', counts: true })
    })

    test('one without a length that comes with its head is taken off the wire, to keep the connection', async () => {
      const sockets = new Set<unknown>()
      origin.misbehaviour = (request, response) => {
        sockets.add(request.socket)
        response.writeHead(404).end()
      }
      for (let i = 0; i < 5; i++) expect(await ask('/a')).toMatchObject({ kind: 'absent' })
      expect(sockets.size).toBe(1)
    })

    test('one without a length and without an end is left at once', async () => {
      origin.misbehaviour = (_, response) => void response.writeHead(404).write('x')
      expect(await ask('/a')).toMatchObject({ kind: 'absent' })
    })

    test('one that is encoded though identity was asked is unavailable', async () => {
      const body = gzipSync('v')
      origin.misbehaviour = (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(body)
      await expect(ask('/a')).rejects.toMatchObject({ counts: false })
    })

    test('as hash an error page is unavailable, no refusal of the key', async () => {
      const hashes = openStore(origin.url, { as: 'hash' })
      put('/a', '<html>')
      await expect(ask('/a', {}, hashes)).rejects.toMatchObject({ message: 'what came is no JSON', counts: false })
      await hashes.close()
    })
  })

  test('a connection that was kept and then closed by the origin is no outage', async () => {
    put('/a', 'v')
    const closing = new Set<ServerResponse>()
    origin.misbehaviour = (request, response) => {
      if (origin.seen.length === 2) return void request.socket.destroy()
      closing.add(response)
      origin.serve(request, response)
    }
    await found('/a')
    await found('/a')
    expect(origin.seen).toHaveLength(3)
  })

  test('an origin that hangs is let go when the signal says so, with its connection', async () => {
    let hanging = (): void => {}
    const hangs = new Promise<void>((resolve) => (hanging = resolve))
    const closed = new Promise<void>((resolve) => {
      origin.misbehaviour = (request) => {
        request.socket.on('close', () => resolve())
        hanging()
      }
    })
    const asked = ask('/a')
    await hangs
    abort()
    await expect(asked).rejects.toMatchObject({ name: 'Unavailable' })
    await closed
  })

  const raw = (answer: string) => () => (origin.misbehaviour = (request) => void request.socket.end(answer))
  test.each([
    ['what came is not HTTP', raw('SSH-2.0-OpenSSH_9.2\r\n')],
    ['the connection was closed before the end of the answer', raw('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf')],
    ['HTTP 302 without a URL to go to', () => status(302)],
    ['HTTP 302 without a URL to go to', () => status(302, { location: 'http://[::' })],
    ['HTTP 302 leads to another origin', () => status(302, { location: 'http://example.com/a' })],
  ])('who runs the origin reads what is wrong there, in words: %s', async (words, misbehave) => {
    misbehave()
    await expect(ask('/a')).rejects.toThrow(words)
  })

  test('nobody there: unavailable, by its error code', async () => {
    await origin.close()
    await expect(ask('/a')).rejects.toMatchObject({ message: 'nobody listens there: ECONNREFUSED', counts: true })
    origin = await HttpOrigin.start()
  })
})
