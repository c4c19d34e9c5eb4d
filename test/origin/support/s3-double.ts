import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import { crc32 } from 'node:zlib'

export const accessKeyId = 'AKIDEXAMPLE'
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
export const region = 'eu-west-1'
export const bucket = 'a-bucket'

interface Held {
  readonly bytes: Buffer
  readonly etag: string
  /** `x-amz-checksum-…` headers that are sent under checksum mode. */
  readonly checksums: Readonly<Record<string, string>>
}

interface Request {
  readonly method: string
  /** The object's key; '' is the bucket itself. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/**
 * An S3 of our own, of one bucket: it knows who asks by the signature, computed anew by the rules of AWS (SigV4), honours
 * conditions, compares checksums that it is sent, and lies where a test says so.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export class S3Double {
  readonly objects = new Map<string, Held>()
  readonly seen: Request[] = []
  /** What it says of objects: their SHA-256, a CRC, that of a multipart upload, nothing, or what is wrong. */
  checksum: 'sha256' | 'crc32' | 'composite' | 'none' | 'wrong' = 'none'
  /** Whether it honours If-Match and If-None-Match of writes, ignores them, or refuses them. */
  conditions: 'honoured' | 'ignored' | 'refused' = 'honoured'
  /** Instead of an answer. */
  misbehaviour: ((request: Request, response: ServerResponse) => void) | null = null
  /** Body bytes that were sent in answers to GET. */
  bodyBytes = 0
  /** What was wrong with requests. */
  readonly complaints: string[] = []
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #version = 0

  private constructor(tls: TlsOptions | null) {
    const receive: RequestListener = (request, response) => void this.#receive(request, response)
    this.#server = tls === null ? createServer(receive) : createSecureServer(tls, receive)
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(tls: TlsOptions | null = null): Promise<S3Double> {
    const double = new S3Double(tls)
    await new Promise<void>((resolve) => double.#server.listen(0, '127.0.0.1', resolve))
    return double
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get connections(): number {
    return this.#sockets.size
  }

  put(key: string, bytes: Buffer): void {
    const base64 = (algorithm: string): string => createHash(algorithm).update(bytes).digest('base64')
    const checksums = {
      sha256: { 'x-amz-checksum-sha256': base64('sha256'), 'x-amz-checksum-type': 'FULL_OBJECT' },
      composite: { 'x-amz-checksum-sha256': `${base64('sha256')}-2`, 'x-amz-checksum-type': 'COMPOSITE' },
      crc32: { 'x-amz-checksum-crc32': crcText(bytes) },
      wrong: { 'x-amz-checksum-sha256': createHash('sha256').update('something else').digest('base64') },
      none: {},
    }[this.checksum]
    this.objects.set(key, { bytes, etag: `"${++this.#version}-${base64('md5').slice(0, 8)}"`, checksums })
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer)
    } catch {
      return // given up by who asked
    }
    const { method = '', url = '', headers } = request
    const body = Buffer.concat(chunks)
    const path = decodeURIComponent(url.split('?')[0])
    const query = new URLSearchParams(url.split('?')[1] ?? '')
    const seen = { method, headers, body, query, key: path.slice(`/${bucket}/`.length) }
    this.seen.push(seen)
    if (this.misbehaviour !== null) return this.misbehaviour(seen, response)
    const complaint = signatureProblem(method, url, headers, body)
    if (complaint !== null) {
      this.complaints.push(complaint)
      return fail(response, 403, 'SignatureDoesNotMatch')
    }
    if (!`${path}/`.startsWith(`/${bucket}/`)) return fail(response, 404, 'NoSuchBucket')
    this.answer(seen, response)
  }

  /** The good answer. */
  answer(request: Request, response: ServerResponse): void {
    if (request.key === '' && request.query.get('list-type') === '2') return this.#list(request.query, response)
    const held = this.objects.get(request.key)
    if (request.method === 'GET' || request.method === 'HEAD') return this.#read(request, held, response)
    const problem = this.#unmet(request, held)
    if (problem !== null) return fail(response, ...problem)
    if (request.method === 'DELETE') {
      this.objects.delete(request.key)
      return void response.writeHead(204).end()
    }
    const named = request.headers['x-amz-checksum-sha256']
    if (named !== createHash('sha256').update(request.body).digest('base64')) {
      this.complaints.push('the checksum of a body')
      return fail(response, 400, 'BadDigest')
    }
    this.put(request.key, request.body)
    response.writeHead(200, { etag: this.objects.get(request.key)?.etag, 'content-length': 0 }).end()
  }

  #read({ method, headers }: Request, held: Held | undefined, response: ServerResponse): void {
    if (held === undefined) return fail(response, 404, 'NoSuchKey', method === 'HEAD')
    const { bytes, etag, checksums } = held
    if (headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end()
    response.writeHead(200, {
      'content-length': bytes.length,
      etag,
      ...(headers['x-amz-checksum-mode'] === 'ENABLED' ? checksums : {}),
    })
    if (method === 'HEAD') return void response.end()
    this.bodyBytes += bytes.length
    response.end(bytes)
  }

  /** A page of keys in the order of their bytes; what goes on is told by a token that only this double understands. */
  #list(query: URLSearchParams, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? ''
    const token = query.get('continuation-token')
    const after = token === null ? '' : Buffer.from(token, 'base64').toString()
    const all = [...this.objects.keys()].filter((key) => key.startsWith(prefix))
    all.sort((one, other) => Buffer.from(one).compare(Buffer.from(other)))
    const rest = all.filter((key) => Buffer.from(key).compare(Buffer.from(after)) > 0)
    const keys = rest.slice(0, 1000)
    const next = rest.length > keys.length ? Buffer.from(keys[keys.length - 1]).toString('base64') : null
    const encoded = (key: string): string => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
    const body =
      `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult><EncodingType>url</EncodingType>` +
      keys.map((key) => `<Contents><Key>${encoded(key)}</Key><Size>1</Size></Contents>`).join('') +
      (next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`) +
      `<IsTruncated>${next !== null}</IsTruncated></ListBucketResult>`
    if (query.get('encoding-type') !== 'url') this.complaints.push('a list whose keys may be no XML')
    response.writeHead(200, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) }).end(body)
  }

  #unmet({ headers }: Request, held: Held | undefined): [number, string] | null {
    const [match, noneMatch] = [headers['if-match'], headers['if-none-match']]
    if (this.conditions === 'ignored' || (match ?? noneMatch) === undefined) return null
    if (this.conditions === 'refused') return [501, 'NotImplemented']
    if (match !== undefined && held === undefined) return [404, 'NoSuchKey']
    const isMet = match === undefined ? held === undefined : match === held?.etag
    return isMet ? null : [412, 'PreconditionFailed']
  }
}

/** Replies an error as S3 does. */
export function fail(response: ServerResponse, status: number, code: string, isHead = false): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>secret words</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': isHead ? 0 : body.length })
  response.end(isHead ? undefined : body)
}

function crcText(bytes: Buffer): string {
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(bytes))
  return sum.toString('base64')
}

/** What is wrong with a request's signature; null: nothing. */
function signatureProblem(
  method: string,
  url: string,
  headers: IncomingMessage['headers'],
  body: Buffer,
): string | null {
  const [, scope = '', signedText = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    ) ?? []
  const [id, date, scopeRegion, service, end] = scope.split('/')
  if (signature === undefined || id !== accessKeyId) return 'no signature of a known key'
  if (scopeRegion !== region || service !== 's3' || end !== 'aws4_request') return 'a scope of somewhere else'
  const atText = String(headers['x-amz-date'])
  if (!atText.startsWith(date)) return 'the date'
  const signed = signedText.split(';')
  const mustBeSigned = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'))
  for (const name of [...mustBeSigned, ...['if-match', 'if-none-match'].filter((name) => name in headers)]) {
    if (!signed.includes(name)) return `${name} is not signed`
  }
  const payload = createHash('sha256').update(body).digest('hex')
  if (headers['x-amz-content-sha256'] !== payload) return 'the digest of a body'
  const [path, query = ''] = url.split('?')
  const canonical = [
    method,
    path,
    query.split('&').sort().join('&'),
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}`),
    '',
    signedText,
    payload,
  ].join('\n')
  const key = ['aws4_request', 's3', region, date].reduceRight<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${secretAccessKey}`,
  )
  const hashed = createHash('sha256').update(canonical).digest('hex')
  const text = `AWS4-HMAC-SHA256\n${atText}\n${date}/${region}/s3/aws4_request\n${hashed}`
  return createHmac('sha256', key).update(text).digest('hex') === signature ? null : 'the signature'
}
