import { digestOfString } from '../../../../src/base/index.js'
import { createServer } from '../../../../src/index.js'
import type { HttpStore } from '../../../../src/origin/stores/http/http.js'
import type { Write, Written } from '../../../../src/origin/store.js'
import { HttpOrigin } from '../../support/http-origin.js'
import { writingContract } from '../writing-contract.js'
import { openOrigin, openStore } from './opening.js'

writingContract('HTTP (plain)', (settings) => openOrigin(settings))
writingContract('HTTP (plain, of an origin that compares nothing)', (settings) =>
  openOrigin(settings, (origin) => (origin.compares = false)),
)
writingContract('HTTP (weak ETags)', (settings) => openOrigin(settings, (origin) => (origin.etag = 'weak')))
writingContract('HTTP (ETag)', (settings) => openOrigin(settings, (origin) => (origin.etag = 'strong')))
writingContract('HTTP (Repr-Digest)', (settings) => openOrigin(settings, (origin) => (origin.digest = 'right')))

describe('HTTP: writes', () => {
  let origin: HttpOrigin
  let store: HttpStore
  const signal = new AbortController().signal

  beforeEach(async () => {
    origin = await HttpOrigin.start()
    origin.etag = 'strong'
    store = openStore(origin.url)
  })
  afterEach(async () => {
    await store.close()
    await origin.close()
  })

  const write = (text: string | null, more: Partial<Write> = {}): Promise<Written> => {
    const value = text === null ? null : ({ kind: 'string', bytes: Buffer.from(text) } as const)
    return store.write({ key: '/a', value, expected: undefined, validator: null, ...more }, signal)
  }
  const digest = digestOfString(Buffer.from('v'))
  const methods = (): string[] => origin.seen.map(({ method }) => method)
  const held = async (): Promise<Partial<Write>> => {
    const [answer] = await store.fetchMany([{ key: '/a', digest: null, validator: null }], signal)
    return { expected: digest, validator: (answer as { validator?: string }).validator ?? null }
  }

  test('carry the digest of their body, its type, and If-Match where the ETag is known: one request', async () => {
    origin.resources.set('/a', Buffer.from('v'))
    const written = await write('w', await held())
    expect(written).toEqual({ kind: 'written', validator: expect.stringMatching(/^"/) })
    const sum = `sha-256=:${digestOfString(Buffer.from('w')).toString('base64')}:`
    expect(methods()).toEqual(['GET', 'PUT'])
    expect(origin.seen[1].headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-digest': sum,
      'repr-digest': sum,
      'if-match': expect.stringMatching(/^"/),
    })
  })

  test('what the ETag is not known of is looked at first, and its ETag of then is the condition', async () => {
    origin.resources.set('/a', Buffer.from('v'))
    expect(await write('w', { expected: digest })).toMatchObject({ kind: 'written' })
    expect(methods()).toEqual(['GET', 'PUT'])
    expect(origin.seen[1].headers['if-match']).toMatch(/^"/)
  })

  test('what somebody else wrote after the look is a conflict, where the origin compares', async () => {
    origin.resources.set('/a', Buffer.from('v'))
    origin.misbehaviour = (request, response) => {
      if (request.method === 'PUT') origin.resources.set('/a', Buffer.from('theirs'))
      origin.serve(request, response)
    }
    expect(await write('w', { expected: digest })).toEqual({ kind: 'conflict' })
    expect(origin.resources.get('/a')?.toString()).toBe('theirs')
  })

  test('an origin that sends strong ETags is trusted with If-None-Match, any other looked at first', async () => {
    expect(await write('v', { expected: 'absent' })).toMatchObject({ kind: 'written' })
    await held()
    expect(await write('v', { expected: 'absent' })).toEqual({ kind: 'conflict' })
    expect(methods()).toEqual(['GET', 'PUT', 'GET', 'PUT'])
  })

  test.each([
    [200, { kind: 'written' }],
    [204, { kind: 'written' }],
    [409, { kind: 'conflict' }],
    [412, { kind: 'conflict' }],
    [428, { kind: 'conflict' }],
    [403, { kind: 'refused', reason: 'was refused by it with HTTP 403' }],
    [405, { kind: 'refused', reason: 'was refused by it with HTTP 405' }],
    [422, { kind: 'refused', reason: 'was refused by it with HTTP 422' }],
  ])('%d', async (status, written) => {
    origin.misbehaviour = (_, response) => void response.writeHead(status).end()
    expect(await write('v')).toEqual(written)
  })

  test.each([500, 503, 429, 408, 202, 303])('%d: it is not known whether it was made', async (status) => {
    origin.misbehaviour = (_, response) => void response.writeHead(status, { location: '/b' }).end()
    await expect(write('v')).rejects.toMatchObject({ name: 'Unavailable', unwritten: false })
  })

  test('where nobody listens nothing is written, and it is known', async () => {
    await origin.close()
    await expect(write('v')).rejects.toMatchObject({ message: 'nobody listens there: ECONNREFUSED', unwritten: true })
    origin = await HttpOrigin.start()
  })

  test('308 leads to where it is made, within the origin', async () => {
    origin.misbehaviour = (request, response) => {
      if (request.url === '/a') response.writeHead(308, { location: '/b', 'content-length': 0 }).end()
      else origin.serve(request, response)
    }
    expect(await write('v')).toMatchObject({ kind: 'written' })
    expect(origin.resources.get('/b')?.toString()).toBe('v')
  })

  test('one with a condition is not sent again when its connection breaks: it may have been made', async () => {
    origin.resources.set('/a', Buffer.from('v'))
    const more = await held()
    origin.misbehaviour = (request) => void request.socket.destroy()
    await expect(write('w', more)).rejects.toMatchObject({ name: 'Unavailable' })
    expect(methods()).toEqual(['GET', 'PUT'])
  })
})

test('clients write through the server: each command is run on what the origin holds', async () => {
  const origin = await HttpOrigin.start()
  origin.etag = 'strong'
  origin.resources.set('/n', Buffer.from('41'))
  const server = await createServer({
    port: 0,
    origins: [{ name: 'o', pattern: 'k:*', url: `${origin.url}/{1}`, write: 'through', validate: '1h' }],
  })
  expect(await server.call('GET', 'k:n')).toBe('41')
  origin.resources.set('/n', Buffer.from('100')) // behind our back: If-Match says so
  expect(await server.call('INCR', 'k:n')).toBe(101)
  expect(origin.resources.get('/n')?.toString()).toBe('101')
  expect(await server.call('GETDEL', 'k:n')).toBe('101')
  expect(origin.resources.has('/n')).toBe(false)
  await server.close()
  await origin.close()
})
