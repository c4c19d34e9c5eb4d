import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import fastify from 'fastify'
import { digestOfString } from '../../../../src/base/index.js'
import type { HttpStore } from '../../../../src/origin/stores/http/http.js'
import { Unavailable, type Answer, type Ask } from '../../../../src/origin/store.js'
import { serveBatch } from '../../support/http-batch.js'
import { bodyOf, HttpOrigin } from '../../support/http-origin.js'
import { chaosContract } from '../chaos-contract.js'
import { contract } from '../contract.js'
import { writingContract } from '../writing-contract.js'
import { openOrigin, openStore } from './opening.js'

const withBatch = (origin: HttpOrigin): void => {
  origin.misbehaviour = (request, response) =>
    request.method === 'POST' ? void serveBatch(origin.resources, request, response) : origin.serve(request, response)
}

contract('HTTP (batch)', (settings) => openOrigin(settings, withBatch, { batch: '/batch' }))
writingContract('HTTP (batch)', (settings) => openOrigin(settings, withBatch, { batch: '/batch' }))
chaosContract('HTTP (batch)', (settings) => openOrigin(settings, withBatch, { batch: '/batch' }))

describe('HTTP: a batch', () => {
  let origin: HttpOrigin
  let store: HttpStore
  const signal = new AbortController().signal
  /** Bodies of requests. */
  let asked: { asks: readonly Record<string, unknown>[] }[]

  beforeEach(async () => {
    origin = await HttpOrigin.start()
    store = openStore(origin.url, { batch: '/batch?of=users', valueBytesMax: 1000 })
    asked = []
  })
  afterEach(async () => {
    await store.close()
    await origin.close()
  })

  /** Answers with what is made of the asks. */
  const answer = (make: (asks: readonly Record<string, unknown>[]) => unknown, status = 200): void => {
    origin.misbehaviour = async (request, response) => {
      const body = JSON.parse((await bodyOf(request)).toString()) as (typeof asked)[number]
      asked.push(body)
      const made = make(body.asks)
      response.writeHead(status).end(typeof made === 'string' ? made : JSON.stringify(made))
    }
  }
  const plain = (key: string): Ask => ({ key, digest: null, validator: null })
  const ask = async (...asks: Ask[]): Promise<readonly (Answer | Unavailable)[]> => store.fetchMany(asks, signal)
  const one = async (item: unknown, held: Partial<Ask> = {}): Promise<Answer | Unavailable> => {
    answer(() => ({ answers: [item] }))
    return (await ask({ ...plain('/k'), ...held }))[0]
  }
  const digest = digestOfString(Buffer.from('v'))

  test('holds a thousand asks, each with what is held, and is answered in their order', async () => {
    expect(store.batchMax).toBe(1000)
    answer((asks) => ({ answers: asks.map(({ key }) => ({ status: 200, value: `of ${key}` })) }))
    const asks = Array.from({ length: 1000 }, (_, i) => plain(`/${i}`))
    const answers = (await ask(...asks)) as Answer[]
    expect(
      answers.map((one) => one.kind === 'found' && one.value.kind === 'string' && String(one.value.bytes)),
    ).toEqual(asks.map(({ key }) => `of ${key}`))
    expect(origin.seen).toHaveLength(1)
    expect(origin.seen[0]).toMatchObject({ method: 'POST', url: '/batch?of=users' })
    answer(() => ({ answers: [{ status: 304 }, { status: 404 }] }))
    await ask({ key: '/a', digest, validator: '"v7"' }, plain('/b'))
    expect(asked[1]).toEqual({
      asks: [{ key: '/a', digest: digest.toString('hex'), validator: '"v7"' }, { key: '/b' }],
    })
  })

  test.each([
    [{ status: 200, value: 'v' }, { value: { bytes: Buffer.from('v') } }],
    [{ status: 200, value: { b: 1, a: [2] } }, { value: { bytes: Buffer.from('{"a":[2],"b":1}') } }],
    [{ status: 200, base64: 'AP8=' }, { value: { bytes: Buffer.from([0, 255]) } }],
    [
      { status: 200, value: 'v', validator: '"1"', noStore: true },
      { validator: '"1"', noStore: true },
    ],
    [{ status: 200, value: null }, { kind: 'absent' }],
    [
      { status: 410, noStore: true },
      { kind: 'absent', noStore: true },
    ],
    [
      { status: 422, reason: 'secret' },
      { kind: 'refused', reason: 'was refused by it with HTTP 422' },
    ],
    [{ status: 200, base64: 'A'.repeat(2000) }, { kind: 'refused' }],
  ])('%j is understood', async (item, meaning) => {
    expect(await one(item)).toMatchObject(meaning)
  })

  test('304 confirms what is held, and only that', async () => {
    expect(await one({ status: 304, validator: '"2"' }, { digest })).toEqual({ kind: 'not-modified', validator: '"2"' })
    expect(await one({ status: 304 })).toBeInstanceOf(Unavailable)
  })

  test('an equal value confirms, too, and a weak validator is none', async () => {
    expect(await one({ status: 200, value: 'v', validator: 'W/"1"' }, { digest })).toEqual({ kind: 'not-modified' })
  })

  test.each([
    [
      { status: 200, value: 'v', digest: digest.toString('hex').replace(/./, 'z') },
      { mismatch: true, counts: false },
    ],
    [{ status: 503 }, { message: 'HTTP 503', counts: true }],
    [{ status: 403 }, { message: 'HTTP 403', counts: false }],
    [{ status: 200 }, { counts: false }],
    [{ status: 200, value: 'v', base64: '' }, { counts: false }],
    [{ status: 200, base64: '?' }, { counts: false }],
    [{ status: 301 }, { counts: false }],
  ])('%j fails its key alone', async (item, failure) => {
    answer(() => ({ answers: [item, { status: 200, value: 'w' }] }))
    const [failing, other] = await ask(plain('/a'), plain('/b'))
    expect(failing).toMatchObject({ name: 'Unavailable', ...failure })
    expect(other).toMatchObject({ kind: 'found' })
  })

  test.each([
    ['no JSON', '<html>', 'what came is no JSON'],
    ['no object', 'null', "its batch resource gave no 'answers'"],
    ['too few answers', { answers: [{ status: 404 }] }, 'its batch resource answered 1 of 2 asks'],
    ['too many answers', { answers: [1, 2, 3] }, 'its batch resource answered 3 of 2 asks'],
    ['no status', { answers: [{ status: 404 }, null] }, 'an answer of its batch resource has no status'],
  ])('%s: unavailable for all, without the breaker', async (_, made, message) => {
    answer(() => made)
    await expect(ask(plain('/a'), plain('/b'))).rejects.toMatchObject({ message, counts: false })
  })

  test.each([
    [404, false],
    [403, false],
    [400, false],
    [500, true],
    [429, true],
  ])('%d of the whole is no answer for any key', async (status, counts) => {
    answer(() => '', status)
    await expect(ask(plain('/a'))).rejects.toMatchObject({ name: 'Unavailable', counts })
  })

  test('what is too long for one answer comes in halves, and a key that is too long alone is refused', async () => {
    answer((asks) => ({
      answers: asks.map(({ key }) => ({ status: 200, value: 'x'.repeat(key === '/5' ? 100_000 : 10) })),
    }))
    const answers = await ask(...Array.from({ length: 8 }, (_, i) => plain(`/${i}`)))
    const kinds = answers.map((one) => (one as Answer).kind)
    expect(kinds).toEqual(kinds.map((_, i) => (i === 5 ? 'refused' : 'found')))
  })

  test('an origin that says 413 is asked for halves', async () => {
    origin.misbehaviour = async (request, response) => {
      const { asks } = JSON.parse((await bodyOf(request)).toString()) as (typeof asked)[number]
      if (asks.length > 3) return void response.writeHead(413).end()
      response.writeHead(200).end(JSON.stringify({ answers: asks.map(() => ({ status: 404 })) }))
    }
    expect(await ask(...Array.from({ length: 8 }, (_, i) => plain(`/${i}`)))).toEqual(
      Array.from({ length: 8 }, () => ({ kind: 'absent' })),
    )
    expect(origin.seen).toHaveLength(7)
  })

  test('the ten lines of the documentation are such a resource', async () => {
    const users = new Map([['ann b', { mail: 'ann@example.com' }]])
    const [, code] = /## Many keys[^]*?```js\n([^]*?)```/.exec(readFileSync('src/origin/stores/HTTP.md', 'utf8')) ?? []
    const app = fastify()
    runInNewContext(code, {
      app,
      createHash,
      decodeURIComponent,
      findUsers: async (names: string[]) => names.map((name) => users.get(name)),
    })
    const theirs = openStore(await app.listen({ port: 0, host: '127.0.0.1' }), { batch: '/truedis-batch' })
    const asks = [plain('/users/ann%20b'), plain('/users/bob')]
    const text = '{"mail":"ann@example.com"}'
    const value = { kind: 'string', bytes: Buffer.from(text) }
    expect(await theirs.fetchMany(asks, signal)).toMatchObject([{ kind: 'found', value }, { kind: 'absent' }])
    const held = { ...asks[0], digest: digestOfString(Buffer.from(text)) }
    expect(await theirs.fetchMany([held], signal)).toEqual([{ kind: 'not-modified' }])
    await theirs.close()
    await app.close()
  })
})
