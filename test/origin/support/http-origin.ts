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

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
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
    const body = this.resources.get(request.url ?? '')
    if (body === undefined) return this.#end(response, 404, Buffer.from('not here'))
    const digest = createHash('sha256').update(body).digest('base64')
    const etag = `${this.etag === 'weak' ? 'W/' : ''}"${digest.slice(0, 12)}"`
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value)
    if (this.etag !== 'none') response.setHeader('etag', etag)
    const wrong = createHash('sha256').update('something else').digest('base64')
    if (this.digest !== 'none')
      response.setHeader('repr-digest', `sha-256=:${this.digest === 'right' ? digest : wrong}:`)
    if (this.etag !== 'none' && request.headers['if-none-match'] === etag) return void response.writeHead(304).end()
    if (request.method === 'HEAD') return void response.writeHead(200, { 'content-length': body.length }).end()
    this.#end(response, 200, body)
  }

  #end(response: ServerResponse, status: number, body: Buffer): void {
    this.bodyBytes += body.length
    response.writeHead(status, { 'content-length': body.length }).end(body)
  }
}
