import { createHash } from 'node:crypto'
import type { CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { Unavailable } from '../../store.js'
import type { Answer, Ask, Write, Written } from '../../store.js'
import { bytesToWrite } from '../bytes.js'
import { Turns } from '../turns.js'
import { digestMember, strongETag } from './client.js'
import type { HttpClient } from './client.js'
import type { Response } from './response.js'

/** Headers that say what the resource must be still. */
interface Condition {
  readonly headers: Readonly<Record<string, string>>
}

const none: Condition = { headers: {} }
const noneThere: Condition = { headers: { 'if-none-match': '*' } }
const stillThat = (etag: string | null): Condition => (etag === null ? none : { headers: { 'if-match': etag } })

const conflict: Written = { kind: 'conflict' }

/** How often a write without a condition of its own is begun anew because somebody else wrote meanwhile. */
const attemptsMax = 5

/**
 * PUT and DELETE of a key's resource, each key's one after the other.
 *
 * Where the ETag is known that the copy here came with, If-Match lets the origin compare: one request, and safe against
 * whoever else writes. Where only the digest is known, or that nothing must be there, the origin is looked at first, and
 * its ETag of then is the condition. An origin that sends no strong ETags cannot compare: it is looked at, the write sent
 * as it is (with `If-None-Match: *` where nothing must be there), and what somebody else writes in between is lost.
 *
 * A fenced write asks for the ETag of what is there right before, and goes on condition that it still is.
 *
 * @see RFC 9110 §13.1.1 (If-Match), §9.3.4 (PUT), RFC 9530 §2 and §3 (Content-Digest, Repr-Digest)
 */
export class HttpWriting {
  /** Whether what was last read had a strong ETag: who sends these compares them. */
  sendsETags = false
  readonly #client: HttpClient
  readonly #as: ValueKind
  readonly #ask: (ask: Ask, signal: CancelSignal) => Promise<Answer>
  readonly #turns = new Turns()

  constructor(client: HttpClient, as: ValueKind, ask: (ask: Ask, signal: CancelSignal) => Promise<Answer>) {
    this.#client = client
    this.#as = as
    this.#ask = ask
  }

  /** @throws {Unavailable} it is not known whether the write was made */
  write(write: Write, signal: CancelSignal): Promise<Written> {
    return this.#turns.take(write.key, () => this.#write(write, signal))
  }

  async #write(write: Write, signal: CancelSignal): Promise<Written> {
    if (signal.aborted) throw new Unavailable('nobody waits', { counts: false })
    const { value } = write
    const body = value === null ? null : bytesToWrite(value, this.#as)
    if (body !== null && !Buffer.isBuffer(body)) return body
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const condition =
        write.isFenced === true ? await this.#fence(write, signal) : await this.#conditionOf(write, signal)
      if ('kind' in condition) return condition
      const written = await this.#send(write, body, condition, signal)
      if (written.kind !== 'conflict' || write.isFenced !== true || condition === none) return written
    }
    throw new Unavailable('it changes all the time', { counts: false, unwritten: true })
  }

  async #send(
    { key, expected }: Write,
    body: Buffer | null,
    condition: Condition,
    signal: CancelSignal,
  ): Promise<Written> {
    const response = await this.#client.request(
      {
        method: body === null ? 'DELETE' : 'PUT',
        path: key,
        headers: { ...condition.headers, ...(body === null ? {} : contentHeaders(body, this.#as)) },
        ...(body === null ? {} : { body }),
        isRepeatable: condition === none,
      },
      signal,
    )
    await response.discard()
    return outcome(response, body === null, expected !== undefined || condition !== none)
  }

  /** What is there now, as a condition: a request that the origin gets late is not made once another one was. */
  async #fence({ key, value }: Write, signal: CancelSignal): Promise<Condition> {
    if (!this.sendsETags) return none
    const response = await this.#client.request({ method: 'HEAD', path: key, headers: {}, isRepeatable: true }, signal)
    await response.discard()
    const isThere = response.statusCode !== 404 && response.statusCode !== 410
    if (!isThere) return value === null ? none : noneThere
    return stillThat(strongETag(response.header('etag')))
  }

  async #conditionOf(write: Write, signal: CancelSignal): Promise<Condition | Written> {
    const { key, value, expected, validator } = write
    if (expected === undefined) return none
    if (expected === 'absent') {
      if (value !== null && this.sendsETags) return noneThere
      const held = await this.#ask({ key, digest: null, validator: null }, signal)
      if (held.kind !== 'absent') return conflict
      return value === null ? { kind: 'written' } : noneThere
    }
    const etag = strongETag(validator)
    if (etag !== null) return stillThat(etag)
    const held = await this.#ask({ key, digest: expected, validator }, signal)
    if (held.kind === 'refused') return held
    const isHeld = held.kind === 'not-modified' || (held.kind === 'found' && held.digest?.equals(expected) === true)
    return isHeld ? stillThat(strongETag(held.validator ?? null)) : conflict
  }
}

function contentHeaders(body: Buffer, as: ValueKind): Record<string, string> {
  const digest = digestMember(createHash('sha256').update(body).digest())
  return {
    'content-type': as === 'hash' ? 'application/json' : 'application/octet-stream',
    'content-digest': digest,
    'repr-digest': digest,
  }
}

/** What the answer to a write means. 202 is none: it may be made later. @throws {Unavailable} */
function outcome(response: Response, isDelete: boolean, isConditional: boolean): Written {
  const status = response.statusCode
  if (status >= 200 && status < 300 && status !== 202) {
    const validator = isDelete ? null : strongETag(response.header('etag'))
    return validator === null ? { kind: 'written' } : { kind: 'written', validator }
  }
  if (status === 412 || status === 409 || status === 428) return conflict
  if (status === 404 || status === 410) {
    if (isConditional) return conflict
    if (isDelete) return { kind: 'written' }
  }
  const isUnknown = status < 400 || status >= 500 || status === 408 || status === 429
  if (isUnknown) throw new Unavailable(`HTTP ${status}`, { counts: status >= 400 })
  return { kind: 'refused', reason: `was refused by it with HTTP ${status}` }
}
