import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import fastify from 'fastify'
import { Slice } from '../../../../src/base/index.js'
import { createServer } from '../../../../src/index.js'
import type { HttpStore } from '../../../../src/origin/stores/http/http.js'
import type { Watch } from '../../../../src/origin/store.js'
import { Template } from '../../../../src/origin/template.js'
import { freePort } from '../../../support/servers.js'
import { bodyOf, HttpOrigin } from '../../support/http-origin.js'
import { secret, signatureOf, Webhooks } from '../../support/webhooks.js'
import { chaosContract, type OriginBehind } from '../chaos-contract.js'
import type { OriginSettings } from '../contract.js'
import { Heard, watchingContract } from '../watching-contract.js'
import { openOrigin, openStore } from './opening.js'

/** An origin that delivers proofs behind what it has told. */
const withProofs = (origin: HttpOrigin, webhooks: Webhooks): void => {
  origin.misbehaviour = async (request, response) => {
    if (request.url !== '/proof') return origin.serve(request, response)
    const { proof } = JSON.parse((await bodyOf(request)).toString()) as { proof: string }
    response.writeHead(202).end()
    void webhooks.tell({ proof })
  }
}

const hookOf = (port: number) => ({
  host: '127.0.0.1',
  port,
  path: '/hook',
  proof: '/proof',
  secret,
  spelled: (name: string) => name,
})

async function openWatched(settings: OriginSettings): Promise<OriginBehind> {
  const port = await freePort()
  const webhooks = new Webhooks(`http://127.0.0.1:${port}/hook`)
  const opened = await openOrigin(settings, (origin) => withProofs(origin, webhooks), { webhook: hookOf(port) })
  return {
    ...opened,
    set: async (key, value) => {
      await opened.set(key, value)
      void webhooks.tell({ keys: [opened.name(key)] })
    },
  }
}

watchingContract('HTTP (webhook)', openWatched)
chaosContract('HTTP (webhook)', openWatched)

describe('HTTP: a webhook', () => {
  let origin: HttpOrigin
  let store: HttpStore
  let webhooks: Webhooks
  let heard: Heard
  let watch: Watch
  const signal = new AbortController().signal
  const template = new Template('/users/{1}', 'path')
  const pattern = Slice.from('user:*')

  beforeEach(async () => {
    const port = await freePort()
    origin = await HttpOrigin.start()
    webhooks = new Webhooks(`http://127.0.0.1:${port}/hook`)
    withProofs(origin, webhooks)
    const spelled = (name: string): string | null => template.respell(pattern, name)
    store = openStore(origin.url, { webhook: { ...hookOf(port), spelled }, headers: [['Authorization', 'Bearer x']] })
    heard = new Heard()
    watch = await store.watch!(heard, signal)
  })
  afterEach(async () => {
    await watch.close()
    await store.close()
    await origin.close()
  })

  test('tells of keys, of several at once, and of any', async () => {
    expect(await webhooks.tell({ keys: ['/users/a', '/users/b'] })).toBe(204)
    expect(await webhooks.tell({ all: true })).toBe(204)
    expect(heard.words).toEqual(['/users/a', '/users/b', '*'])
  })

  test.each([
    ['/users/a%20b', '/users/a%20b'],
    ['/users/a b', '/users/a%20b'],
    ["/users/o'neil(é)", '/users/o%27neil%28%C3%A9%29'],
    ['/users/%7euser', '/users/~user'],
    ['/users/a%2fb', '/users/a%2Fb'],
    ['/users/a/b', '/users/a%2Fb'],
    ['/users/100%', '/users/100%25'],
  ])('%s is the key that is asked for as %s', async (name, asked) => {
    await webhooks.tell({ keys: [name] })
    expect(heard.words).toEqual([asked])
  })

  test.each(['ann', 'users/ann', 'http://host/users/ann', '/Users/ann', '/users/..', '/users/'])(
    '%s is no key that is asked for: it counts as any',
    async (name) => {
      await webhooks.tell({ keys: ['/users/a', name] })
      expect(heard.words).toEqual(['*'])
    },
  )

  test('is proven by what the origin was asked to deliver, with its headers, and no other proof', async () => {
    const proofs: string[] = []
    origin.misbehaviour = async (request, response) => {
      expect(request.headers).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/json' })
      proofs.push((JSON.parse((await bodyOf(request)).toString()) as { proof: string }).proof)
      response.writeHead(204).end()
      for (const proof of ['other', ...proofs]) void webhooks.tell({ proof })
    }
    await watch.prove(signal)
    const [first] = proofs
    origin.misbehaviour = (_, response) => {
      response.writeHead(204).end()
      void webhooks.tell({ proof: first }).then(() => controller.abort())
    }
    const controller = new AbortController()
    await expect(watch.prove(controller.signal)).rejects.toThrow(/nobody waits/)
  })

  test.each([
    ['of another secret', (body: string) => ({ 'x-truedis-signature': signatureOf(body, `${secret}.`) })],
    ['of another body', () => ({ 'x-truedis-signature': signatureOf('{}') })],
    ['that is none', () => ({ 'x-truedis-signature': 'sha256=00' })],
    ['that is missing', () => ({})],
  ])('a signature %s: 401, and nothing is told', async (_, headers) => {
    const body = JSON.stringify({ keys: ['/users/a'] })
    expect(await webhooks.post(body, headers(body))).toBe(401)
    expect(heard.words).toEqual([])
  })

  test.each([
    '',
    'null',
    '{}',
    '[]',
    '{"keys":"/users/a"}',
    '{"keys":[1]}',
    '{"all":1}',
    '{"proof":1}',
    JSON.stringify({ keys: Array.from({ length: 10_001 }, () => '/users/a') }),
  ])('a delivery that is none: 400, and nothing is told (%#)', async (body) => {
    expect(await webhooks.post(body)).toBe(400)
    expect(heard.words).toEqual([])
  })

  test('a delivery of more than a megabyte is not read to its end', async () => {
    expect(await webhooks.post(`{"keys":["${'x'.repeat(30_000_000)}"]}`)).toBe(0)
    await watch.prove(signal)
    expect(heard.words).toEqual([])
  })

  test('elsewhere, or by another method, nothing is taken', async () => {
    const elsewhere = new Webhooks(`http://127.0.0.1:${portOf(webhooks)}/other`)
    expect(await elsewhere.tell({ all: true })).toBe(404)
    expect(heard.words).toEqual([])
  })

  test('a place that is taken is told, and the one who has it hears on', async () => {
    const error = await store.watch!(new Heard(), signal).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'Unavailable', message: 'it cannot listen: EADDRINUSE' })
    await webhooks.tell({ all: true })
    expect(heard.words).toEqual(['*'])
  })

  test('an origin that gives no proof has no watch', async () => {
    await watch.close()
    origin.misbehaviour = (_, response) => void response.writeHead(404).end()
    await expect(store.watch!(heard, signal)).rejects.toThrow('it was asked for a proof and says HTTP 404')
    expect(heard.words).toEqual([])
  })
})

const portOf = (webhooks: Webhooks): string => new URL(webhooks.url).port

test('the lines of the documentation are such an origin', async () => {
  const port = await freePort()
  const [, code] =
    /## Telling of changes[^]*?```js\n([^]*?)```/.exec(readFileSync('src/origin/stores/HTTP.md', 'utf8')) ?? []
  const app = fastify()
  const hook = `http://127.0.0.1:${port}/hook`
  const saveUser = async (): Promise<void> => undefined
  runInNewContext(code, { app, hook, secret, createHmac, fetch, saveUser, sleep: () => new Promise(setImmediate) })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const store = openStore(url, { webhook: { ...hookOf(port), proof: '/truedis-proof' } })
  const heard = new Heard()
  const { signal } = new AbortController()
  try {
    const watch = await store.watch!(heard, signal)
    await fetch(`${url}/users/ann`, { method: 'PUT' })
    await watch.prove(signal)
    expect(heard.words).toEqual(['/users/ann'])
    await watch.close()
  } finally {
    await store.close()
    await app.close()
  }
})

test('under validate push a copy is served until the origin tells of its change', async () => {
  const port = await freePort()
  const origin = await HttpOrigin.start()
  const webhooks = new Webhooks(`http://127.0.0.1:${port}/hook`)
  withProofs(origin, webhooks)
  origin.resources.set('/users/ann', Buffer.from('v1'))
  const proven = new Promise<void>((resolve) => {
    const tell = webhooks.tell.bind(webhooks)
    webhooks.tell = (delivery) => {
      const told = tell(delivery)
      void told.then(() => resolve())
      return told
    }
  })
  const server = await createServer({
    port: 0,
    origins: [
      {
        name: 'users',
        pattern: 'user:*',
        url: `${origin.url}/users/{1}`,
        validate: 'push',
        webhook: [`${port}/hook`, '/proof'],
        webhookSecret: secret,
      },
    ],
  })
  await proven
  const gets = (): number => origin.seen.filter(({ method }) => method === 'GET').length
  for (let i = 0; i < 3; i++) expect(await server.call('GET', 'user:ann')).toBe('v1')
  expect(gets()).toBe(1)
  origin.resources.set('/users/ann', Buffer.from('v2'))
  expect(await webhooks.tell({ keys: ['/users/ann'] })).toBe(204)
  for (let i = 0; i < 3; i++) expect(await server.call('GET', 'user:ann')).toBe('v2')
  expect(gets()).toBe(2)
  await server.close()
  await origin.close()
})
