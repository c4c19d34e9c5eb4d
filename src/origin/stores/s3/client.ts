import type * as s3 from '@aws-sdk/client-s3'
import type { S3Client } from '@aws-sdk/client-s3'
import type { CancelSignal } from '../../cancellation.js'
import { codeOf } from '../../secrets.js'
import { Unavailable } from '../../store.js'
import type { TlsTexts } from '../opening.js'
import type { S3Url } from './url.js'

/** What is used of the package. */
export type S3Driver = Pick<
  typeof s3,
  | 'S3Client'
  | 'GetObjectCommand'
  | 'HeadObjectCommand'
  | 'PutObjectCommand'
  | 'DeleteObjectCommand'
  | 'ListObjectsV2Command'
>

export interface S3Access extends Pick<S3Url, 'endpoint' | 'region' | 'isPathStyle' | 'credentials'> {
  readonly tls: TlsTexts
  readonly connections: number
  readonly load: () => Promise<S3Driver>
}

/** What came of a request in place of success. */
export interface S3Failure {
  /** Null where nothing was answered. */
  readonly status: number | null
  /** S3's own word, such as NoSuchKey; null where it has none. */
  readonly code: string | null
  /** Told to clients and the log. */
  readonly reason: string
  /** Whether the breaker counts it. */
  readonly counts: boolean
}

/** Answered with another status than 5xx, and yet by a service that is not well. */
const busy = new Set(['RequestTimeout', 'SlowDown'])

/** Names of errors that are the SDK's or JavaScript's, where an answer had no code. */
const ownNames = /^(?:Error|Unknown(?:Error)?|(?:Syntax|Type|Range|Timeout|Abort)Error)$/

/** What the SDK throws: a status and a code, which is foreign text unless it is a word; or nothing that was answered. */
export function failureOf(error: unknown): S3Failure {
  const { name = '', message = '', $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode ?? null
  if (status !== null) {
    const code = /^[A-Z][A-Za-z]{2,60}$/.test(name) && !ownNames.test(name) ? name : null
    const counts = status >= 500 || status === 429 || status === 408 || (code !== null && busy.has(code))
    return { status, code, reason: code === null ? `HTTP ${status}` : `HTTP ${status} (${code})`, counts }
  }
  const own = (reason: string): S3Failure => ({ status, code: null, reason, counts: false })
  if (name === 'CredentialsProviderError') return own('no credentials were found for it')
  if (/^Region is missing/.test(message)) return own('no region: give its URL region=')
  return { status, code: null, reason: codeOf(error), counts: true }
}

/** The SDK's client, made when it is first needed. It tries once: when to try again is the engine's to say. */
export class S3Connection {
  readonly #access: S3Access
  #opening: Promise<{ driver: S3Driver; client: S3Client }> | null = null

  constructor(access: S3Access) {
    this.#access = access
  }

  /**
   * @param attempt sends one request
   * @param isRepeatable whether it may go out again where a connection that was kept turns out to be closed
   * @throws what `failureOf` explains
   */
  async send<T>(
    attempt: (client: S3Client, driver: S3Driver) => Promise<T>,
    signal: CancelSignal,
    isRepeatable: boolean,
  ): Promise<T> {
    const { client, driver } = await (this.#opening ??= this.#open())
    try {
      return await attempt(client, driver)
    } catch (error) {
      const { status } = failureOf(error)
      if (!isRepeatable || signal.aborted || status !== null || !/^(?:ECONNRESET|EPIPE)$/.test(codeOf(error)))
        throw error
    }
    return attempt(client, driver)
  }

  /** Loads the SDK, which takes as long as many requests. */
  start(): void {
    this.#opening ??= this.#open()
    this.#opening.catch(() => undefined) // requests say why
  }

  async close(): Promise<void> {
    const { client } = (await this.#opening?.catch(() => null)) ?? {}
    client?.destroy()
  }

  async #open(): Promise<{ driver: S3Driver; client: S3Client }> {
    const { endpoint, region, isPathStyle, credentials, tls, connections, load } = this.#access
    const driver = await load()
    const client = new driver.S3Client({
      ...(endpoint === null ? {} : { endpoint }),
      ...(region === null ? {} : { region }),
      ...(credentials === null ? {} : { credentials }),
      forcePathStyle: isPathStyle,
      maxAttempts: 1,
      requestChecksumCalculation: 'WHEN_REQUIRED', // writes bring their own
      requestHandler: {
        requestTimeout: 0, // the engine's hard timeout covers the whole request
        connectionTimeout: 0,
        httpAgent: { keepAlive: true, maxSockets: connections },
        httpsAgent: { keepAlive: true, maxSockets: connections, ...tls },
        logger: silent,
      },
      logger: silent,
    })
    client.middlewareStack.add((next) => (args) => next(args).catch(withCode), {
      step: 'finalizeRequest',
      priority: 'low',
      name: 'withCodes',
    })
    return { driver, client }
  }
}

/** Errors of Node's own that are of another realm, as in test runners, lose their code in the SDK: these are ours. */
function withCode(error: unknown): never {
  const code = codeOf(error)
  if (code === 'failed' || error instanceof Error) throw error
  throw Object.assign(new Error(code), { code })
}

const nothing = (): void => undefined
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

/** @throws {Unavailable} of what was not answered, or by a service that is not well */
export function unavailable({ reason, counts }: S3Failure): Unavailable {
  return new Unavailable(reason, { counts })
}
