import type { CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { Unavailable, validatorBytesMax } from '../../store.js'
import type { Answer, Ask } from '../../store.js'
import { answerFromBytes, answerFromJson, parseJson, tooLarge, unlessHeld, withDigest } from '../../values.js'
import { answerOfStatus, failed, refuseCoding } from './client.js'
import type { HttpClient } from './client.js'
import type { Response } from './response.js'

/** Asks of one request. */
export const batchMax = 1000

/** Longest answer to many asks; one value may take more. JSON is parsed in one go, some 10 ms a megabyte. */
const answersBytesMax = 8 * 1024 * 1024

export interface HttpBatchOptions {
  readonly as: ValueKind
  readonly valueBytesMax: number
}

/**
 * Many asks in one POST to a resource of the origin, which answers each:
 *
 * ```
 * { "asks": [{ "key": "/users/ann", "digest": "<sha-256 in hex>", "validator": "<as it came>" }, { "key": "/users/bob" }] }
 * { "answers": [{ "status": 304 }, { "status": 200, "value": "text", "validator": "\"v7\"" }] }
 * ```
 *
 * `key` is the path and query that GET would ask for; `digest` and `validator` are left out where nothing is held.
 * A value is `value`, any JSON that means what it means in a file of JSON, or `base64`, bytes; `digest` and `noStore` may
 * stand beside it. 404 is absent, another status what it is to a GET. What does not have the digest that it names fails
 * alone; an answer of another shape, or of another number than the asks, fails them all.
 */
export class HttpBatch {
  readonly #client: HttpClient
  readonly #path: string
  readonly #as: ValueKind
  readonly #valueBytesMax: number

  constructor(client: HttpClient, path: string, { as, valueBytesMax }: HttpBatchOptions) {
    this.#client = client
    this.#path = path
    this.#as = as
    this.#valueBytesMax = valueBytesMax
  }

  /** Where the answer is too long for one, by its own word or ours, halves are asked for. */
  async ask(asks: readonly Ask[], signal: CancelSignal): Promise<readonly (Answer | Unavailable)[]> {
    const items = await this.#post(asks, signal)
    if (items !== 'too long') return Promise.all(items.map((item, i) => this.#answer(item, asks[i])))
    if (asks.length === 1) return [tooLarge(this.#valueBytesMax)]
    const half = asks.length >> 1
    return [...(await this.ask(asks.slice(0, half), signal)), ...(await this.ask(asks.slice(half), signal))]
  }

  async #post(asks: readonly Ask[], signal: CancelSignal): Promise<readonly unknown[] | 'too long'> {
    const body = Buffer.from(JSON.stringify({ asks: asks.map(written) }))
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    const response = await this.#client.request({ method: 'POST', path: this.#path, headers, body }, signal)
    const status = response.statusCode
    if (status !== 200) {
      await response.discard()
      if (status === 413 && asks.length > 1) return 'too long'
      answerOfStatus(status) // of the whole request: what would be of one key is of none
      throw new Unavailable(`its batch resource says HTTP ${status}`, { counts: false })
    }
    await refuseCoding(response)
    const bytes = await this.#read(response, asks.length)
    return bytes === null ? 'too long' : itemsOf(bytes, asks.length)
  }

  async #read(response: Response, count: number): Promise<Buffer | null> {
    const oneMax = this.#valueBytesMax * 2 + 65_536 // in base64, or as text with escapes
    const bytesMax = count === 1 ? oneMax : Math.min(answersBytesMax, oneMax * count)
    if (Number(response.header('content-length') ?? 0) > bytesMax) {
      await response.discard()
      return null
    }
    const body = await response.read(bytesMax).catch((error: unknown) => {
      throw failed(error)
    })
    return body?.bytes ?? null
  }

  async #answer(item: unknown, ask: Ask): Promise<Answer | Unavailable> {
    try {
      return unlessHeld(await this.#meaning(item as Item, ask), ask.digest)
    } catch (error) {
      if (error instanceof Unavailable) return error
      throw error
    }
  }

  async #meaning(item: Item, ask: Ask): Promise<Answer> {
    const { status, noStore } = item
    const validator = strong(item.validator)
    if (status === 304 && (ask.digest ?? ask.validator) !== null) {
      return validator === null ? { kind: 'not-modified' } : { kind: 'not-modified', validator }
    }
    const more = noStore === true ? { noStore } : {}
    if (status !== 200) {
      const answer = answerOfStatus(status)
      return answer.kind === 'absent' ? { ...answer, ...more } : answer
    }
    const answer = await withDigest(this.#valueOf(item))
    if (answer.kind === 'absent') return { ...answer, ...more }
    if (answer.kind !== 'found') return answer
    if (item.digest !== undefined && item.digest !== answer.digest?.toString('hex')) {
      throw new Unavailable('a value does not have the digest that it names', { counts: false, mismatch: true })
    }
    return { ...answer, ...(validator === null ? {} : { validator }), ...more }
  }

  #valueOf({ value, base64 }: Item): Answer {
    if ((value === undefined) === (base64 === undefined)) {
      throw new Unavailable("an answer has either a 'value' or 'base64'", { counts: false })
    }
    if (base64 === undefined) return answerFromJson(value, this.#as, this.#valueBytesMax)
    const bytes = typeof base64 === 'string' ? Buffer.from(base64, 'base64') : null
    if (bytes?.toString('base64') !== base64) throw new Unavailable('an answer has no base64', { counts: false })
    return answerFromBytes(bytes, this.#as, this.#valueBytesMax)
  }
}

/** One of the answers, of which only the status was looked at. */
interface Item {
  readonly status: number
  readonly value?: unknown
  readonly base64?: unknown
  readonly validator?: unknown
  readonly digest?: unknown
  readonly noStore?: unknown
}

const written = ({ key, digest, validator }: Ask): object => ({
  key,
  ...(digest === null ? {} : { digest: digest.toString('hex') }),
  ...(validator === null ? {} : { validator }),
})

/** @throws {Unavailable} no JSON of that shape */
function itemsOf(bytes: Buffer, count: number): readonly unknown[] {
  const { answers } = Object(parseJson(bytes)) as { answers?: unknown }
  if (!Array.isArray(answers)) throw new Unavailable("its batch resource gave no 'answers'", { counts: false })
  if (answers.length !== count) {
    throw new Unavailable(`its batch resource answered ${answers.length} of ${count} asks`, { counts: false })
  }
  for (const item of answers) {
    const { status } = Object(item) as { status?: unknown }
    if (!Number.isInteger(status))
      throw new Unavailable('an answer of its batch resource has no status', { counts: false })
  }
  return answers
}

/** A validator that may stand for exactly these bytes. */
const strong = (validator: unknown): string | null =>
  typeof validator === 'string' && /^(?!W\/)[\x21-\x7e]+$/.test(validator) && validator.length <= validatorBytesMax
    ? validator
    : null
