import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { platformSignal, type CancelSignal } from '../../cancellation.js'
import type { ValueKind } from '../../options.js'
import { Unavailable, validatorBytesMax } from '../../store.js'
import type { Answer, Ask, NamePage, OriginStore, Write, Written } from '../../store.js'
import { Template } from '../../template.js'
import { answerFromBytes, tooLarge, unlessHeld, withDigest } from '../../values.js'
import { bytesToWrite, readBody } from '../bytes.js'
import { connectionsOf, tlsTexts } from '../opening.js'
import type { OpenStore } from '../opening.js'
import { loadDriver } from '../load-driver.js'
import { Turns } from '../turns.js'
import { S3Connection, failureOf, unavailable } from './client.js'
import type { S3Access, S3Driver } from './client.js'
import { readS3Url } from './url.js'
import type { S3Conditions } from './url.js'

export interface S3StoreOptions {
  readonly access: S3Access
  readonly bucket: string
  readonly conditions: S3Conditions
  readonly as: ValueKind
  readonly valueBytesMax: number
}

/** Longest key of an object, in bytes of UTF-8. */
const keyBytesMax = 1024

/** A body that need not be read is still taken off the wire up to here, to keep the connection. */
const discardBytesMax = 16 * 1024

/** What S3 says of one key whose object cannot be had, or that can be no key, while the service is well. */
const refusals = new Set([
  'InvalidObjectState',
  'KeyTooLongError',
  'KeyTooLong',
  'InvalidURI',
  'XMinioInvalidObjectName',
])

/**
 * `s3:` — an object per key of one bucket of AWS or of any service that speaks S3; `Ask.key` is the object's key.
 *
 * A copy is confirmed by its ETag (If-None-Match, 304), or by the object's whole SHA-256 where it has one: with HEAD, once
 * an object was seen to have it. A multipart object's checksum is one of checksums, and confirms nothing. The SDK compares
 * what came with whichever checksum came with it.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export class S3Store implements OriginStore {
  /** S3 has no request for several objects. */
  readonly batchMax = 1
  readonly #connection: S3Connection
  readonly #bucket: string
  readonly #conditions: S3Conditions
  readonly #as: ValueKind
  readonly #valueBytesMax: number
  readonly #turns = new Turns()
  /** Whether the last object that came named its SHA-256, so that a HEAD may save a body. */
  #namesDigests = false

  constructor({ access, bucket, conditions, as, valueBytesMax }: S3StoreOptions) {
    this.#connection = new S3Connection(access)
    this.#bucket = bucket
    this.#conditions = conditions
    this.#as = as
    this.#valueBytesMax = valueBytesMax
  }

  start(): void {
    this.#connection.start()
  }

  fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly Answer[]> {
    return Promise.all(asks.map((ask) => this.#ask(ask, platformSignal(signal))))
  }

  /**
   * Writes an object with its SHA-256, under If-Match or `If-None-Match: *`. A service that ignores these would lose
   * somebody else's write, so that of another service than AWS the object is looked at first, too, unless the URL says
   * `conditions=yes`; what others do between the look and the write is then only seen by a service that compares. Writes of
   * one key here come one after the other.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   */
  write(write: Write, signal: CancelSignal): Promise<Written> {
    return this.#turns.take(write.key, () => this.#write(write, platformSignal(signal)))
  }

  /** Pages of S3's own, up to 1,000 keys each. */
  async list(prefix: string, cursor: NamePage['next'], signal: CancelSignal): Promise<NamePage> {
    try {
      const page = await this.#send(signal, (client, s3) =>
        client.send(
          new s3.ListObjectsV2Command({
            Bucket: this.#bucket,
            EncodingType: 'url',
            ...(prefix === '' ? {} : { Prefix: prefix }),
            ...(cursor === null ? {} : { ContinuationToken: String(cursor) }),
          }),
          { abortSignal: platformSignal(signal) },
        ),
      )
      const isEncoded = page.EncodingType === 'url'
      const names = (page.Contents ?? []).map(({ Key = '' }) => (isEncoded ? decodedKey(Key) : Key))
      const { IsTruncated: isTruncated = false, NextContinuationToken: next = null } = page
      if (isTruncated && next === null) throw new Unavailable('its list breaks off', { counts: false })
      return { names, next }
    } catch (error) {
      throw error instanceof Unavailable ? error : unavailable(failureOf(error))
    }
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #ask({ key, digest, validator }: Ask, signal: AbortSignal): Promise<Answer> {
    const etag = validator === null ? undefined : strong(validator)
    const object = { Bucket: this.#bucket, Key: key }
    const known = this.#as === 'string' ? digest : null
    try {
      if (etag === undefined && known !== null && this.#namesDigests) {
        const head = await this.#send(signal, (client, s3) =>
          client.send(new s3.HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }), { abortSignal: signal }),
        ).catch((error: unknown) => {
          if (failureOf(error).status !== 404) throw error
          return null // no body says whether the bucket is there: GET does
        })
        if (head !== null && wholeDigest(head)?.equals(known) === true) return notModified(head.ETag)
      }
      const leaving = new AbortController()
      const abortSignal = AbortSignal.any([signal, leaving.signal])
      const response = await this.#send(signal, (client, s3) =>
        client.send(
          new s3.GetObjectCommand({ ...object, ChecksumMode: 'ENABLED', ...(etag && { IfNoneMatch: etag }) }),
          { abortSignal },
        ),
      )
      return unlessHeld(await this.#found(response, known, () => leaving.abort()), digest)
    } catch (error) {
      if (error instanceof Unavailable) throw error
      return this.#failed(error, etag)
    }
  }

  /** @param leave ends the request, and its connection */
  async #found(response: GetObjectCommandOutput, known: Buffer | null, leave: () => void): Promise<Answer> {
    const named = wholeDigest(response)
    const size = response.ContentLength ?? Infinity
    const body = response.Body as unknown as Readable
    body.on('error', () => undefined) // who leaves it unread would throw it into the process
    this.#namesDigests = named !== null
    const isHeld = named !== null && known?.equals(named) === true
    if (isHeld || size > this.#valueBytesMax) {
      if (size > discardBytesMax) leave()
      else await readBody(body, discardBytesMax)
      return isHeld ? notModified(response.ETag) : tooLarge(this.#valueBytesMax)
    }
    const whole = await readBody(body, this.#valueBytesMax).catch((error: unknown) => {
      throw brokenBody(error)
    })
    if (whole === null) {
      leave()
      return tooLarge(this.#valueBytesMax)
    }
    const answer = this.#valueOf(whole.bytes)
    if (answer.kind !== 'found') return answer
    const validator = strong(response.ETag)
    return withDigest({
      ...answer,
      ...(this.#as === 'string' ? { digest: whole.digest } : {}),
      ...(validator === undefined ? {} : { validator }),
    })
  }

  /** Under `as hash` an object that is no JSON is that key's own fault: error pages come with another status. */
  #valueOf(bytes: Buffer): Answer {
    try {
      return answerFromBytes(bytes, this.#as, this.#valueBytesMax)
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      return { kind: 'refused', reason: "holds no JSON, as 'as hash' needs" }
    }
  }

  /** What was answered in place of an object. @throws {Unavailable} */
  #failed(error: unknown, etag: string | undefined): Answer {
    const failure = failureOf(error)
    const { status, code, reason } = failure
    if (status === 304 && etag !== undefined) return { kind: 'not-modified' }
    if (code === 'NoSuchKey') return { kind: 'absent' }
    if (code !== null && refusals.has(code)) return { kind: 'refused', reason: `was refused by it with ${reason}` }
    throw unavailable(failure)
  }

  async #write(write: Write, signal: AbortSignal): Promise<Written> {
    if (signal.aborted) throw new Unavailable('nobody waits', { counts: false })
    const { key, value } = write
    const bytes = value === null ? null : bytesToWrite(value, this.#as)
    if (bytes !== null && !Buffer.isBuffer(bytes)) return bytes
    const condition = await this.#conditionOf(write, signal)
    if ('kind' in condition) return condition
    const object = { Bucket: this.#bucket, Key: key, ...(this.#conditions === 'looked' ? {} : condition) }
    try {
      const ETag = await this.#send(
        signal,
        async (client, s3) => {
          const options = { abortSignal: signal }
          if (bytes !== null) {
            return (await client.send(new s3.PutObjectCommand({ ...object, ...this.#contentOf(bytes) }), options)).ETag
          }
          await client.send(new s3.DeleteObjectCommand(object), options)
        },
        write.expected === undefined,
      )
      const validator = strong(ETag)
      return { kind: 'written', ...(validator === undefined ? {} : { validator }) }
    } catch (error) {
      return notWritten(error)
    }
  }

  #contentOf(bytes: Buffer): { Body: Buffer; ContentType: string; ChecksumSHA256: string } {
    return {
      Body: bytes,
      ContentType: this.#as === 'hash' ? 'application/json' : 'application/octet-stream',
      ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
    }
  }

  /** What the request is to say of the object that must be there still, or how the write ends without one. */
  async #conditionOf(
    { key, value, expected, validator }: Write,
    signal: AbortSignal,
  ): Promise<{ IfMatch?: string; IfNoneMatch?: string } | Written> {
    if (expected === undefined) return {}
    if (expected === 'absent') {
      if (value !== null && this.#conditions === 'sent') return { IfNoneMatch: '*' }
      const held = await this.#ask({ key, digest: null, validator: null }, signal)
      if (held.kind !== 'absent') return { kind: 'conflict' }
      return value === null ? { kind: 'written' } : { IfNoneMatch: '*' }
    }
    const etag = validator === null ? undefined : strong(validator)
    if (etag !== undefined && this.#conditions === 'sent') return { IfMatch: etag }
    const held = await this.#ask({ key, digest: expected, validator: etag ?? null }, signal)
    if (held.kind === 'refused') return held
    if (held.kind !== 'not-modified') return { kind: 'conflict' }
    const current = held.validator ?? etag
    return current === undefined ? {} : { IfMatch: current }
  }

  #send<T>(
    signal: CancelSignal,
    attempt: (client: S3Client, driver: S3Driver) => Promise<T>,
    isRepeatable = true,
  ): Promise<T> {
    return this.#connection.send(attempt, signal, isRepeatable)
  }
}

/** A key as lists write it for the sake of XML, which cannot hold every character. @throws what is no such text */
const decodedKey = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '))

/** An ETag that may stand for exactly these bytes. */
const strong = (etag: string | undefined): string | undefined =>
  etag !== undefined && /^"[\x21\x23-\x7e]+"$/.test(etag) && etag.length <= validatorBytesMax ? etag : undefined

function notModified(etag: string | undefined): Answer {
  const validator = strong(etag)
  return validator === undefined ? { kind: 'not-modified' } : { kind: 'not-modified', validator }
}

/** The SHA-256 of all of an object; null where it has none, or one of its parts' checksums (`…-3`). */
function wholeDigest({
  ChecksumSHA256: text = '',
  ChecksumType,
}: Pick<GetObjectCommandOutput, 'ChecksumSHA256' | 'ChecksumType'>): Buffer | null {
  const isWhole = ChecksumType !== 'COMPOSITE' && /^[A-Za-z0-9+/]{43}=$/.test(text)
  return isWhole ? Buffer.from(text, 'base64') : null
}

/** A body that broke off, or that does not have the checksum it came with, which the SDK has only a message for. */
function brokenBody(error: unknown): Unavailable {
  if (/^Checksum mismatch/.test((error as Error).message)) {
    return new Unavailable('the object does not have the checksum that it names', { counts: false, mismatch: true })
  }
  return new Unavailable(failureOf(error).reason)
}

/** What a write that did not succeed means. @throws {Unavailable} it may have been made */
function notWritten(error: unknown): Written {
  if (error instanceof Unavailable) throw error
  const failure = failureOf(error)
  const { status, code, counts, reason } = failure
  if (status === 412 || status === 409 || code === 'NoSuchKey') return { kind: 'conflict' }
  if (status === 501) return { kind: 'refused', reason: 'needs conditions that it does not know: say conditions=no' }
  if (status === null || status < 400 || counts) throw unavailable(failure)
  return { kind: 'refused', reason: `was refused by it with ${reason}` }
}

/** `s3://bucket/prefix/{1}`, an object named by what the first `*` matched. */
export const openS3: OpenStore = (url, options, context) => {
  const { bucket, name, conditions, ...place } = readS3Url(url, options)
  const connections = connectionsOf(options)
  const load = loadDriver<S3Driver>('s3', '@aws-sdk/client-s3', context.baseDirectory)
  const access = { ...place, tls: tlsTexts(options, context), connections, load }
  const { as, valueBytesMax } = options
  const template = new Template(name, 'object', keyBytesMax)
  return { store: new S3Store({ access, bucket, conditions, as, valueBytesMax }), template }
}
