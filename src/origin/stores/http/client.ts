import { Pool } from 'undici'
import type { CancelSignal } from '../../cancellation.js'
import { codeOf, isUnreached } from '../../secrets.js'
import { Unavailable, validatorBytesMax } from '../../store.js'
import type { Answer } from '../../store.js'
import type { TlsTexts } from '../opening.js'
import { Response } from './response.js'

export interface HttpAccess extends TlsTexts {
  /** Scheme, host and port. */
  readonly origin: string
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'
  /** And query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
  /** Whether it may go out again where a connection that was kept turns out to be closed. Default: yes. */
  readonly isRepeatable?: boolean
}

/** Redirects followed, within one origin only: another host has not been trusted with the route's headers. */
const redirectsMax = 3

/** Those that a reading method follows, and those that leave the method as it is. */
const redirects = new Set([301, 302, 303, 307, 308])
const sameMethod = new Set([307, 308])

/** Connections to one HTTP origin, with the headers of its route. */
export class HttpClient {
  readonly #pool: Pool
  readonly #origin: string
  /** Names and values in turn. */
  readonly #headers: string[]

  constructor({ origin, connections, connectTimeoutMs, headers, ca, cert, key }: HttpAccess) {
    this.#origin = origin
    this.#headers = requestHeaders(headers)
    this.#pool = new Pool(origin, {
      connections,
      headersTimeout: 0, // the engine's hard timeout covers the whole request
      bodyTimeout: 0,
      connect: {
        timeout: connectTimeoutMs,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert, key }),
      },
    })
  }

  close(): Promise<void> {
    return this.#pool.destroy()
  }

  /**
   * One request, over at most `redirectsMax` redirects; tried twice where a kept connection was just closed.
   *
   * @throws {Unavailable} nothing was answered, or a redirect elsewhere
   */
  request(request: Request, signal: CancelSignal, redirectsLeft = redirectsMax): Promise<Response> {
    const { method, path, headers, body = null, isRepeatable = true } = request
    const sent = { method, path, headers: this.#headersWith(headers), body }
    return new Promise((resolve, reject) => {
      const answered = (response: Response): void => {
        if (!redirects.has(response.statusCode)) return resolve(response)
        this.#follow(response, request, signal, redirectsLeft).then(resolve, reject)
      }
      Response.to(this.#pool, sent, signal, answered, (error) => {
        const code = codeOf(error)
        const isClosed = /^(UND_ERR_SOCKET|ECONNRESET|EPIPE)$/.test(code)
        if (!isRepeatable || signal.aborted || !isClosed) return reject(failed(error, isUnreached(code)))
        Response.to(this.#pool, sent, signal, answered, (again) => reject(failed(again)))
      })
    })
  }

  async #follow(response: Response, request: Request, signal: CancelSignal, left: number): Promise<Response> {
    const { statusCode: status } = response
    await response.discard()
    const isReading = request.method === 'GET' || request.method === 'HEAD'
    if (!isReading && !sameMethod.has(status)) throw new Unavailable(`HTTP ${status}`, { counts: false })
    const path = targetOf(response, request.path, this.#origin)
    if (left === 0) throw new Unavailable('too many redirects', { counts: false })
    return this.request({ ...request, path }, signal, left - 1)
  }

  /** Names and values in turn; what a request says goes before what its route says. */
  #headersWith(more: Request['headers']): string[] {
    if (more === undefined) return this.#headers
    const all = this.#headers.slice()
    for (const name in more) {
      const at = all.indexOf(name)
      if (at >= 0 && at % 2 === 0) all[at + 1] = more[name]
      else all.push(name, more[name])
    }
    return all
  }
}

/** What undici's codes mean, for who runs the origin. */
const meanings: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'the connection was closed before the end of the answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_OVERFLOW: "the answer's header is too large",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the body is not as long as its Content-Length',
  HTTPParserError: 'what came is not HTTP',
}

const unknownAuthority = 'its certificate is of an authority that is not known here, see ca'

/** What a code that is known by itself means for an origin; both are told. */
const hints: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'its host has no address',
  ERR_SSL_WRONG_VERSION_NUMBER: 'what answers there speaks no TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'what answers there speaks no TLS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
}

export function failed(error: unknown, unwritten = false): Unavailable {
  if (error instanceof Unavailable) return error
  const code = codeOf(error)
  const hint = hints[code]
  return new Unavailable(meanings[code] ?? (hint === undefined ? code : `${hint}: ${code}`), { unwritten })
}

/** What every request says, names and values in turn: undici takes an object of them apart, at some µs a request. */
function requestHeaders(given: HttpAccess['headers']): string[] {
  const custom = given.map(([name, value]) => [name.toLowerCase(), value])
  const own = [
    ['user-agent', 'truedis'],
    ['want-repr-digest', 'sha-256=10'],
    ['cache-control', 'no-cache'],
  ].filter(([name]) => custom.every(([other]) => other !== name))
  return [...own, ['accept-encoding', 'identity'], ...custom].flat()
}

/** What a status says that comes without a value. @throws {Unavailable} it says that the origin is not well, or nothing */
export function answerOfStatus(status: number): Answer {
  if (status === 404 || status === 410) return { kind: 'absent' }
  if (status >= 500 || status === 429) throw new Unavailable(`HTTP ${status}`)
  const broken = status < 400 || status === 401 || status === 403 || status === 407 || status === 408
  if (broken) throw new Unavailable(`HTTP ${status}`, { counts: status === 408 })
  return { kind: 'refused', reason: `was refused by it with HTTP ${status}` }
}

/** An ETag that may stand for exactly these bytes: a weak one starts with `W/`. @see RFC 9110 §8.8.3 */
export const strongETag = (etag: string | null): string | null =>
  etag !== null && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(etag) && etag.length <= validatorBytesMax ? etag : null

/** A digest as the dictionaries of RFC 9530 have it. */
export const digestMember = (digest: Buffer): string => `sha-256=:${digest.toString('base64')}:`

/** The sha-256 member of such a dictionary. */
export function sha256In(dictionary: string): Buffer | null {
  const member = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(dictionary)
  return member === null ? null : Buffer.from(member[1], 'base64')
}

/** @throws {Unavailable} the body is encoded in spite of `Accept-Encoding: identity` */
export async function refuseCoding(response: Response): Promise<void> {
  const coding = response.header('content-encoding')
  if (coding === null || coding.toLowerCase() === 'identity') return
  await response.discard()
  throw new Unavailable(`content-encoding ${coding.slice(0, 20)}, though identity was asked`, { counts: false })
}

/** Path and query of a redirect. @throws {Unavailable} it leads away from this origin, or nowhere */
function targetOf(response: Response, path: string, origin: string): string {
  const [status, location] = [response.statusCode, response.header('location')]
  if (location === null || !URL.canParse(location, origin + path)) {
    throw new Unavailable(`HTTP ${status} without a URL to go to`, { counts: false })
  }
  const target = new URL(location, origin + path)
  if (target.origin === new URL(origin).origin) return target.pathname + target.search
  throw new Unavailable(`HTTP ${status} leads to another origin`, { counts: false })
}
