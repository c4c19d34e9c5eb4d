import type { CancelSignal } from '../../cancellation.js'
import { RouteError } from '../../route-error.js'
import type { RouteOptions, ValueKind } from '../../options.js'
import { Unavailable } from '../../store.js'
import type { Answer, Ask, ChangeListener, OriginStore, Watch, Write, Written } from '../../store.js'
import { Template, percentEncode } from '../../template.js'
import { answerFromBytes, tooLarge, withDigest } from '../../values.js'
import { connectionsOf, tlsTexts } from '../opening.js'
import type { OpenStore } from '../opening.js'
import { HttpBatch, batchMax } from './batch.js'
import { HttpClient, answerOfStatus, digestMember, failed, refuseCoding, sha256In, strongETag } from './client.js'
import type { HttpAccess, Request } from './client.js'
import { discardBytesMax } from './response.js'
import type { Response } from './response.js'
import { Webhook } from './webhook.js'
import type { WebhookOptions } from './webhook.js'
import { HttpWriting } from './writing.js'

export interface HttpStoreOptions extends HttpAccess {
  readonly as: ValueKind
  readonly valueBytesMax: number
  /** Path of the resource that answers many asks at once. */
  readonly batch?: string | null
  /** How the origin tells of changes. */
  readonly webhook?: WebhookOptions | null
}

/**
 * `http:` and `https:` — a resource per key; `Ask.key` is its path and query.
 *
 * A copy is confirmed by its strong ETag (If-None-Match, 304), or by `Repr-Digest: sha-256`: from the head of a GET whose
 * body is then left alone, or with HEAD, where the origin was seen to send it and its bodies are long. What came is checked
 * against that digest. Where the origin has a batch resource that alone is asked (`HttpBatch`).
 *
 * @see RFC 9110 §13.1.2 (If-None-Match), RFC 9530 §3 (Repr-Digest)
 */
export class HttpStore implements OriginStore {
  readonly batchMax: number
  readonly watch?: (listener: ChangeListener, signal: CancelSignal) => Promise<Watch>
  readonly #client: HttpClient
  readonly #batch: HttpBatch | null
  readonly #writing: HttpWriting
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  /**
   * Whether the last full answer named its digest and had a body that costs more than its connection, as HEAD does: undici
   * closes it, since some origins send a body all the same. HEAD may save such a body, unless it was once of no use.
   */
  #headSaves = false
  #headIsOfUse = true

  constructor(options: HttpStoreOptions) {
    const { batch = null, webhook = null } = options
    this.#as = options.as
    this.#valueBytesMax = options.valueBytesMax
    this.#client = new HttpClient(options)
    this.#batch = batch === null ? null : new HttpBatch(this.#client, batch, options)
    this.batchMax = batch === null ? 1 : batchMax
    if (webhook !== null) this.watch = (listener, signal) => Webhook.open(this.#client, webhook, listener, signal)
    this.#writing = new HttpWriting(this.#client, options.as, async (ask, signal) => {
      const [answer] = await this.fetchMany([ask], signal)
      if (answer instanceof Unavailable) throw answer
      return answer
    })
  }

  fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly (Answer | Unavailable)[]> {
    if (this.#batch !== null) return this.#batch.ask(asks, signal)
    if (asks.length === 1) return this.#ask(asks[0], signal).then(alone)
    return Promise.all(asks.map((ask) => this.#ask(ask, signal)))
  }

  write(write: Write, signal: CancelSignal): Promise<Written> {
    return this.#writing.write(write, signal)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  #ask(ask: Ask, signal: CancelSignal): Promise<Answer> {
    const held = heldRepresentation(ask, this.#as)
    const looksFirst = held.etag === null && held.digest !== null && this.#headSaves && this.#headIsOfUse
    return looksFirst ? this.#look(ask, held, held.digest, signal) : this.#get(ask, held, signal)
  }

  async #look(ask: Ask, held: Held, digest: Buffer, signal: CancelSignal): Promise<Answer> {
    const head = await this.#client.request({ method: 'HEAD', path: ask.key }, signal)
    head.finish()
    const named = reprDigest(head)
    if (head.statusCode === 200 && named !== null && named.equals(digest)) return notModified(head)
    if (named === null && [200, 405, 501].includes(head.statusCode)) this.#headIsOfUse = false
    return this.#get(ask, held, signal)
  }

  #get({ key }: Ask, held: Held, signal: CancelSignal): Promise<Answer> {
    const request: Request =
      held.etag === null
        ? { method: 'GET', path: key }
        : { method: 'GET', path: key, headers: { 'if-none-match': held.etag } }
    return this.#client.request(request, signal).then((response) => this.#answer(response, held))
  }

  #answer(response: Response, held: Held): Promise<Answer> | Answer {
    const status = response.statusCode
    if (status === 304 && held.etag !== null) {
      response.finish()
      return notModified(response)
    }
    return status === 200 || status === 203 || status === 204 ? this.#found(response, held) : this.#valueless(response)
  }

  async #valueless(response: Response): Promise<Answer> {
    await response.discard()
    const answer = answerOfStatus(response.statusCode)
    return answer.kind === 'absent' ? { kind: 'absent', noStore: noStore(response) } : answer
  }

  async #found(response: Response, held: Held): Promise<Answer> {
    const named = reprDigest(response)
    const length = response.header('content-length')
    this.#headSaves = named !== null && (length === null || Number(length) > discardBytesMax)
    const etag = strongETag(response.header('etag'))
    this.#writing.sendsETags = etag !== null
    if (named !== null && held.digest !== null && named.equals(held.digest)) {
      await response.discard()
      return notModified(response)
    }
    await refuseCoding(response)
    if (Number(length ?? 0) > this.#valueBytesMax) {
      await response.discard()
      return tooLarge(this.#valueBytesMax)
    }
    const body = await response.read(this.#valueBytesMax).catch((error: unknown) => {
      throw failed(error)
    })
    if (body === null) return tooLarge(this.#valueBytesMax)
    const { bytes, digest } = body
    if (bytes.length <= discardBytesMax) this.#headSaves = false
    if (named !== null && !named.equals(digest)) {
      throw new Unavailable('the body does not have the digest that it names', { counts: false, mismatch: true })
    }
    const answer = answerFromBytes(bytes, this.#as, this.#valueBytesMax)
    if (answer.kind !== 'found') return answer
    const validator = etag ?? (named === null ? null : digestMember(named))
    return withDigest({
      ...answer,
      ...(this.#as === 'string' ? { digest } : {}),
      ...(validator === null ? {} : { validator }),
      noStore: noStore(response),
    })
  }
}

/** What of our copy the origin can be asked about: never both, the ETag first. */
interface Held {
  readonly etag: string | null
  /** SHA-256 of the representation: of a string its own digest, of a hash that of the JSON it came as. */
  readonly digest: Buffer | null
}

function heldRepresentation({ digest, validator }: Ask, as: ValueKind): Held {
  const etag = validator !== null && validator.startsWith('"') ? validator : null
  if (as === 'string') return { etag, digest }
  return { etag, digest: validator === null ? null : sha256In(validator) }
}

const alone = (answer: Answer): readonly Answer[] => [answer]

function notModified(response: Response): Answer {
  const etag = strongETag(response.header('etag'))
  return etag === null ? { kind: 'not-modified' } : { kind: 'not-modified', validator: etag }
}

/** The sha-256 member of the Repr-Digest dictionary. */
const reprDigest = (response: Response): Buffer | null => sha256In(response.header('repr-digest') ?? '')

const noStore = (response: Response): boolean =>
  /(?:^|,)\s*no-store\s*(?:,|$)/i.test(response.header('cache-control') ?? '')

/** `https://host:port/users/{1}`; what stands before `@` is the user and password of Basic authentication. */
export const openHttp: OpenStore = (url, options, context) => {
  const [, scheme, authority, rest] = /^(https?):\/\/([^/?#]*)([^#]*)/i.exec(url) ?? []
  const base = `${scheme}://${authority}`
  if (authority === undefined || /[{}]/.test(authority) || !URL.canParse(base)) {
    throw new RouteError('an http: origin is written as http://host:port/path/{1}, with {1} or {key} behind the host')
  }
  const { origin, username, password } = new URL(base)
  const path = rest.startsWith('/') ? rest : `/${rest}`
  const template = new Template(
    path.replace(/[^\x21-\x7e]/gu, (text) => percentEncode(Buffer.from(text))),
    'path',
  )
  const headers = [...options.headers]
  if (username !== '' || password !== '') {
    const credentials = `${decoded(username)}:${decoded(password)}`
    headers.push(['Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`])
  }
  const store = new HttpStore({
    origin,
    as: options.as,
    valueBytesMax: options.valueBytesMax,
    connections: connectionsOf(options) + (options.webhook === null ? 0 : 1), // proofs wait behind no herd
    connectTimeoutMs: options.hardTimeoutMs,
    headers,
    batch: options.batch === null ? null : pathOf('batch', options.batch, origin),
    webhook: webhookOf(options, origin, (name) => template.respell(context.pattern, name)),
    ...tlsTexts(options, context),
  })
  return { store, template }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new RouteError('a % in the user or password of its URL is written as %25')
  }
}

function webhookOf(
  { webhook, webhookSecret: secret }: RouteOptions,
  origin: string,
  spelled: WebhookOptions['spelled'],
): WebhookOptions | null {
  if (webhook === null || secret === null) return null
  return { ...webhook, proof: pathOf("the webhook's proof", webhook.proof, origin), secret, spelled }
}

/** The path of another resource of the same origin; as a whole URL it may be written, too. */
function pathOf(what: string, given: string, origin: string): string {
  const isPath = given.startsWith('/') && !given.startsWith('//')
  const url = (isPath || /^https?:\/\//i.test(given)) && URL.canParse(given, origin) ? new URL(given, origin) : null
  if (url?.origin !== origin || url.hash !== '' || url.username + url.password !== '') {
    throw new RouteError(`${what} is a path at the same origin, such as /${what.split(' ').at(-1)}`)
  }
  return url.pathname + url.search
}
