import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { CancelSignal } from '../../cancellation.js'
import { codeOf } from '../../secrets.js'
import { Unavailable } from '../../store.js'
import type { ChangeListener, Watch } from '../../store.js'
import { parseJson } from '../../values.js'
import { readBody } from '../bytes.js'
import { untilAborted } from '../polling.js'
import type { HttpClient } from './client.js'

export interface WebhookOptions {
  /** Where deliveries are taken. */
  readonly host: string
  readonly port: number
  readonly path: string
  /** The origin's resource that is asked for proofs. */
  readonly proof: string
  /** What both sides sign with. */
  readonly secret: string
  /** A name as asks have it, of one that is spelled otherwise; null where it is none. */
  spelled(name: string): string | null
}

/** Longest delivery, and most names in one. */
const deliveryBytesMax = 1024 * 1024
const namesMax = 10_000

/** Deliveries come one after the other: more connections are nobody we know. */
const connectionsMax = 64

/** One delivery, of which at least one member is there. */
interface Delivery {
  readonly keys: readonly string[]
  readonly all: boolean
  readonly proof: string | null
}

/**
 * Listens for deliveries of an HTTP origin, each a POST signed with HMAC-SHA256: `{"keys": [...]}`, `{"all": true}`, or
 * `{"proof": "..."}`, which the origin was asked for and delivers behind all that it had to tell before. So a proof that
 * arrives has come the way that changes come, whatever lies on that way.
 *
 * A delivery that is taken down and sent again does no harm: a name is asked about once more, a proof holds once.
 */
export class Webhook implements Watch {
  readonly #client: HttpClient
  readonly #options: WebhookOptions
  readonly #listener: ChangeListener
  readonly #server: Server
  /** Who waits for a proof. */
  readonly #awaited = new Map<string, () => void>()
  #isClosed = false

  private constructor(client: HttpClient, options: WebhookOptions, listener: ChangeListener) {
    this.#client = client
    this.#options = options
    this.#listener = listener
    this.#server = createServer((request, response) => void this.#receive(request, response))
    this.#server.maxConnections = connectionsMax
  }

  /** @throws {Unavailable} nobody can listen there, or the origin gives no proof */
  static async open(
    client: HttpClient,
    options: WebhookOptions,
    listener: ChangeListener,
    signal: CancelSignal,
  ): Promise<Webhook> {
    const webhook = new Webhook(client, options, listener)
    try {
      await webhook.#listen()
      await webhook.#proven(signal)
      return webhook
    } catch (error) {
      await webhook.close()
      throw error
    }
  }

  async prove(signal: CancelSignal): Promise<void> {
    if (this.#isClosed) throw new Unavailable('it listens no longer')
    try {
      await this.#proven(signal)
    } catch (error) {
      if (!this.#isClosed) {
        await this.close()
        this.#listener.lost(error instanceof Unavailable ? error.message : codeOf(error))
      }
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #listen(): Promise<void> {
    const { host, port } = this.#options
    return new Promise((resolve, reject) => {
      this.#server.on('error', (error) => reject(new Unavailable(`it cannot listen: ${codeOf(error)}`)))
      this.#server.listen(port, host, resolve)
    })
  }

  async #proven(signal: CancelSignal): Promise<void> {
    const proof = randomUUID() // never one that was delivered before, and signed
    const arrived = new Promise<void>((resolve) => this.#awaited.set(proof, resolve))
    const headers = { 'content-type': 'application/json' }
    const body = Buffer.from(JSON.stringify({ proof }))
    try {
      const response = await this.#client.request({ method: 'POST', path: this.#options.proof, headers, body }, signal)
      await response.discard()
      const { statusCode: status } = response
      if (status < 200 || status > 299) throw new Unavailable(`it was asked for a proof and says HTTP ${status}`)
      await untilAborted(arrived, signal)
    } finally {
      this.#awaited.delete(proof)
    }
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const end = (status: number): void => void response.writeHead(status, { 'content-length': 0 }).end()
    if (request.url !== this.#options.path) return end(404)
    if (request.method !== 'POST') return end(405)
    try {
      const body = await readBody(request, deliveryBytesMax)
      if (body === null) return void request.socket.destroy() // the rest would have to be read before an answer
      if (!this.#isSigned(body.bytes, request.headers['x-truedis-signature'])) return end(401)
      const delivery = deliveryOf(body.bytes)
      if (delivery === null) return end(400)
      if (this.#isClosed) return
      this.#tell(delivery)
      end(204)
    } catch {
      response.destroy() // it broke off
    }
  }

  #isSigned(body: Buffer, signature: string | string[] | undefined): boolean {
    const [, hex = ''] = /^sha256=([0-9a-f]{64})$/.exec(String(signature)) ?? []
    const right = createHmac('sha256', this.#options.secret).update(body).digest()
    return hex !== '' && timingSafeEqual(Buffer.from(hex, 'hex'), right)
  }

  /** A name that is none of this route's counts as any key: who spells names otherwise must not go unheard. */
  #tell({ keys, all, proof }: Delivery): void {
    const names = keys.map((name) => this.#options.spelled(name))
    if (all || names.includes(null)) this.#listener.changedAll()
    else for (const name of names) this.#listener.changed(String(name))
    if (proof !== null) this.#awaited.get(proof)?.()
  }
}

/** Null where it is none. */
function deliveryOf(body: Buffer): Delivery | null {
  let parsed: unknown
  try {
    parsed = parseJson(body)
  } catch {
    return null
  }
  const { keys = [], all = false, proof = null } = Object(parsed) as Record<string, unknown>
  if (!Array.isArray(keys) || keys.length > namesMax || !keys.every((key) => typeof key === 'string')) return null
  if (typeof all !== 'boolean' || (proof !== null && typeof proof !== 'string')) return null
  return keys.length === 0 && !all && proof === null ? null : { keys, all, proof }
}
