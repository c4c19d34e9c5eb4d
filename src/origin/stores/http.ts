import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import type { ValueKind } from '../options.js'
import { codeOf } from '../secrets.js'
import { Unavailable, validatorBytesMax } from '../store.js'
import type { Answer, Ask, OriginStore } from '../store.js'
import { answerFromBytes, tooLarge, withDigest } from '../values.js'
import { readBody } from './bytes.js'

export interface HttpStoreOptions {
  /** Scheme, host and port. */
  readonly origin: string
  readonly as: ValueKind
  readonly valueBytesMax: number
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** PEM texts. */
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** A body that need not be read is still taken off the wire up to here, to keep the connection. */
const discardBytesMax = 16 * 1024

/** Redirects followed, within one origin only: another host has not been trusted with the route's headers. */
const redirectsMax = 3

type Response = Dispatcher.ResponseData

/**
 * `http:` and `https:` — a resource per key; `Ask.key` is its path and query.
 *
 * A copy is confirmed by its strong ETag (If-None-Match, 304), or by `Repr-Digest: sha-256`: with HEAD, once the origin
 * was seen to send it, else from the head of the GET whose body is then left alone. What came is checked against that
 * digest.
 *
 * @see RFC 9110 §13.1.2 (If-None-Match), RFC 9530 §3 (Repr-Digest)
 */
export class HttpStore implements OriginStore {
  readonly batchMax = 1
  readonly #pool: Pool
  readonly #origin: string
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  readonly #headers: Record<string, string | string[]>
  /** Whether the last full answer named its digest, so that a HEAD may save a body, unless HEAD was once of no use. */
  #namesDigests = false
  #headIsOfUse = true

  constructor(options: HttpStoreOptions) {
    const { ca, cert, key } = options
    this.#origin = options.origin
    this.#as = options.as
    this.#valueBytesMax = options.valueBytesMax
    this.#headers = requestHeaders(options.headers)
    this.#pool = new Pool(options.origin, {
      connections: options.connections,
      headersTimeout: 0, // the engine's hard timeout covers the whole request
      bodyTimeout: 0,
      connect: {
        timeout: options.connectTimeoutMs,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert, key }),
      },
    })
  }

  fetchMany(asks: readonly Ask[], signal: AbortSignal): Promise<readonly Answer[]> {
    return Promise.all(asks.map((ask) => this.#ask(ask, signal)))
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  async #ask(ask: Ask, signal: AbortSignal): Promise<Answer> {
    const held = heldRepresentation(ask, this.#as)
    if (held.etag === null && held.digest !== null && this.#namesDigests && this.#headIsOfUse) {
      const head = await this.#request('HEAD', ask.key, null, signal)
      finish(head)
      const named = reprDigest(head)
      if (head.statusCode === 200 && named !== null && named.equals(held.digest)) return notModified(head)
      if (named === null && [200, 405, 501].includes(head.statusCode)) this.#headIsOfUse = false
    }
    const response = await this.#request('GET', ask.key, held.etag, signal)
    return this.#answer(response, held, signal)
  }

  async #answer(response: Response, held: Held, signal: AbortSignal): Promise<Answer> {
    const status = response.statusCode
    if (status === 200 || status === 203 || status === 204) return this.#found(response, held, signal)
    if (status === 304 && held.etag !== null) {
      finish(response)
      return notModified(response)
    }
    await discard(response, signal)
    if (status === 404 || status === 410) return { kind: 'absent', noStore: noStore(response) }
    if (status >= 500 || status === 429) throw new Unavailable(`HTTP ${status}`)
    const broken = status < 400 || status === 401 || status === 403 || status === 407 || status === 408
    if (broken) throw new Unavailable(`HTTP ${status}`, { counts: status === 408 })
    return { kind: 'refused', reason: `was refused by it with HTTP ${status}` }
  }

  async #found(response: Response, held: Held, signal: AbortSignal): Promise<Answer> {
    const named = reprDigest(response)
    this.#namesDigests = named !== null
    if (named !== null && held.digest !== null && named.equals(held.digest)) {
      await discard(response, signal)
      return notModified(response)
    }
    const coding = one(response, 'content-encoding')
    if (coding !== null && coding.toLowerCase() !== 'identity') {
      await discard(response, signal)
      throw new Unavailable(`content-encoding ${coding.slice(0, 20)}, though identity was asked`, { counts: false })
    }
    if (Number(one(response, 'content-length') ?? 0) > this.#valueBytesMax) {
      await discard(response, signal)
      return tooLarge(this.#valueBytesMax)
    }
    const body = await readBody(response.body, this.#valueBytesMax).catch((error: unknown) => {
      throw failed(error)
    })
    if (body === null) return tooLarge(this.#valueBytesMax)
    const { bytes, digest } = body
    if (named !== null && !named.equals(digest)) {
      throw new Unavailable('the body does not have the digest that it names', { counts: false, mismatch: true })
    }
    const answer = answerFromBytes(bytes, this.#as, this.#valueBytesMax)
    if (answer.kind !== 'found') return answer
    const validator = strongETag(response) ?? (named === null ? null : digestValidator(named))
    return withDigest({
      ...answer,
      ...(this.#as === 'string' ? { digest } : {}),
      ...(validator === null ? {} : { validator }),
      noStore: noStore(response),
    })
  }

  /** One request, over at most `redirectsMax` redirects, each tried twice where a kept connection was just closed. */
  async #request(method: 'GET' | 'HEAD', path: string, etag: string | null, signal: AbortSignal): Promise<Response> {
    const headers = etag === null ? this.#headers : { ...this.#headers, 'if-none-match': etag }
    for (let redirects = 0; ; redirects++) {
      const response = await this.#try(method, path, headers, signal)
      const status = response.statusCode
      if (![301, 302, 303, 307, 308].includes(status)) return response
      await discard(response, signal)
      const target = sameOrigin(one(response, 'location'), this.#origin, path)
      if (target === null) throw new Unavailable(`HTTP ${status} leads to another origin`, { counts: false })
      if (redirects === redirectsMax) throw new Unavailable('too many redirects', { counts: false })
      path = target
    }
  }

  async #try(
    method: 'GET' | 'HEAD',
    path: string,
    headers: Record<string, string | string[]>,
    signal: AbortSignal,
  ): Promise<Response> {
    const request = { method, path, headers, signal }
    try {
      return await this.#pool.request(request)
    } catch (error) {
      if (signal.aborted || !/^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/.test(codeOf(error))) throw failed(error)
    }
    try {
      return await this.#pool.request(request)
    } catch (error) {
      throw failed(error)
    }
  }
}

const failed = (error: unknown): Unavailable => new Unavailable(codeOf(error))

function requestHeaders(given: HttpStoreOptions['headers']): Record<string, string | string[]> {
  const custom: Record<string, string[]> = {}
  for (const [name, value] of given) (custom[name.toLowerCase()] ??= []).push(value)
  return {
    'user-agent': 'truedis',
    'want-repr-digest': 'sha-256=10',
    'cache-control': 'no-cache',
    ...custom,
    'accept-encoding': 'identity',
  }
}

/** What of our copy the origin can be asked about: never both, the ETag first. */
interface Held {
  readonly etag: string | null
  /** SHA-256 of the representation: of a string its own digest, of a hash that of the JSON it came as. */
  readonly digest: Buffer | null
}

const digestValidator = (digest: Buffer): string => `sha-256=:${digest.toString('base64')}:`

function heldRepresentation({ digest, validator }: Ask, as: ValueKind): Held {
  const etag = validator !== null && validator.startsWith('"') ? validator : null
  if (as === 'string') return { etag, digest }
  return { etag, digest: validator === null ? null : sha256In(validator) }
}

function notModified(response: Response): Answer {
  const etag = strongETag(response)
  return etag === null ? { kind: 'not-modified' } : { kind: 'not-modified', validator: etag }
}

/** @see RFC 9110 §8.8.3 (a weak one starts with `W/`) */
function strongETag(response: Response): string | null {
  const etag = one(response, 'etag')
  return etag !== null && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) && etag.length <= validatorBytesMax ? etag : null
}

/** The sha-256 member of the Repr-Digest dictionary. */
const reprDigest = (response: Response): Buffer | null => sha256In(one(response, 'repr-digest') ?? '')

function sha256In(dictionary: string): Buffer | null {
  const member = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(dictionary)
  return member === null ? null : Buffer.from(member[1], 'base64')
}

const noStore = (response: Response): boolean =>
  /(?:^|,)\s*no-store\s*(?:,|$)/i.test(one(response, 'cache-control') ?? '')

function one(response: Response, name: string): string | null {
  const value = response.headers[name]
  return (Array.isArray(value) ? value.join(', ') : value) ?? null
}

/** Path and query of a redirect, where it stays at this origin. */
function sameOrigin(location: string | null, origin: string, path: string): string | null {
  if (location === null || !URL.canParse(location, origin + path)) return null
  const target = new URL(location, origin + path)
  return target.origin === new URL(origin).origin ? target.pathname + target.search : null
}

/** Ends an answer that has no body: to HEAD, or 304. */
function finish({ body }: Response): void {
  body.resume()
}

/** Leaves a body unread: one known to be short is taken off the wire, any other costs its connection. */
async function discard(response: Response, signal: AbortSignal): Promise<void> {
  const length = one(response, 'content-length')
  if (length === null || Number(length) > discardBytesMax) {
    response.body.on('error', () => undefined).destroy()
    return
  }
  try {
    await response.body.dump({ limit: discardBytesMax, signal })
  } catch {
    // the answer stands in the head: what becomes of the body does not matter
  }
}
