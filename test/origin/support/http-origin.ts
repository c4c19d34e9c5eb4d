import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

/** How the origin misbehaves: answers each request in place of what is good. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse) => void

/** A real HTTP origin: a resource per path, with the validators that a test switches on. */
export class HttpOrigin {
  readonly resources = new Map<string, Buffer>()
  readonly seen: Seen[] = []
  readonly headers: Record<string, string> = {}
  /** `"strong"` ETags, weak ones, or none. */
  etag: 'strong' | 'weak' | 'none' = 'none'
  /** Whether it sends Repr-Digest; 'wrong' sends a digest that does not belong to the body. */
  digest: 'right' | 'wrong' | 'none' = 'none'
  head = true
  /** Whether writes' conditions are honoured. */
  compares = true
  misbehaviour: Misbehaviour | null = null
  /** Body bytes that were handed to sockets in answers to GET. */
  bodyBytes = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #scheme: 'http' | 'https'

  private constructor(tls: TlsOptions | null) {
    const handle = (request: IncomingMessage, response: ServerResponse): void => this.#handle(request, response)
    this.#scheme = tls === null ? 'http' : 'https'
    this.#server = tls === null ? createServer(handle) : createSecureServer(tls, handle)
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async start(tls: TlsOptions | null = null): Promise<HttpOrigin> {
    const origin = new HttpOrigin(tls)
    await new Promise<void>((resolve) => origin.#server.listen(0, '127.0.0.1', resolve))
    return origin
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request
    this.seen.push({ method, url, headers })
    if (this.misbehaviour !== null) return this.misbehaviour(request, response)
    this.serve(request, response)
  }

  /** The good answer. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.method === 'HEAD' && !this.head) return this.#end(response, 405, Buffer.alloc(0))
    if (request.method === 'PUT' || request.method === 'DELETE') return void this.#write(request, response)
    const body = this.resources.get(request.url ?? '')
    if (body === undefined) return this.#end(response, 404, Buffer.from('not here'))
    const digest = createHash('sha256').update(body).digest('base64')
    const etag = this.#etagOf(body)
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value)
    if (this.etag !== 'none') response.setHeader('etag', etag)
    const wrong = createHash('sha256').update('something else').digest('base64')
    if (this.digest !== 'none')
      response.setHeader('repr-digest', `sha-256=:${this.digest === 'right' ? digest : wrong}:`)
    if (this.etag !== 'none' && request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
    if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': body.length }).end()
    this.#end(response, 200, body)
  }

  async #write(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const { method, url = '', headers } = request
    const held = this.resources.get(url)
    const etag = held === undefined || this.etag === 'none' ? null : this.#etagOf(held)
    const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
    if (method === 'PUT' && (headers['content-digest'] !== digest || headers['repr-digest'] !== digest)) {
      return this.#end(response, 400, Buffer.from('another digest'))
    }
    if (this.compares && headers['if-match'] !== undefined && headers['if-match'] !== etag) {
      return this.#end(response, 412, Buffer.alloc(0))
    }
    if (this.compares && headers['if-none-match'] === '*' && held !== undefined) {
      return this.#end(response, 412, Buffer.alloc(0))
    }
    if (method === 'DELETE') {
      const status = this.resources.delete(url) ? 204 : 404
      return this.#end(response, status, Buffer.alloc(0))
    }
    this.resources.set(url, body)
    if (this.etag !== 'none') response.setHeader('etag', this.#etagOf(body))
    this.#end(response, held === undefined ? 201 : 204, Buffer.alloc(0))
  }

  #etagOf(body: Buffer): string {
    const digest = createHash('sha256').update(body).digest('base64')
    return `${this.etag === 'weak' ? 'W/' : ''}"${digest.slice(0, 12)}"`
  }

  #end(response: ServerResponse, status: number, body: Buffer): void {
    this.bodyBytes += body.length
    response.writeHead(status, { 'content-length': body.length }).end(body)
  }
}

/** All of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
