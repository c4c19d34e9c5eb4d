import { connect, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { ReplyError } from '../../../base/index.js'
import { Push, ReplyReader, RequestWriter } from '../../../resp/index.js'
import type { Reply, Word } from '../../../resp/index.js'
import type { CancelSignal } from '../../cancellation.js'
import { codeOf, isUnreached } from '../../secrets.js'
import { Unavailable } from '../../store.js'
import { Refusal } from './errors.js'

export interface RedisAddress {
  readonly host: string
  readonly port: number
}

/** How to come in, and what is spoken then. */
export interface RedisAccess {
  readonly tls: ConnectionOptions | null
  readonly user: string | null
  readonly password: string | Buffer | null
  readonly database: number
  /** Bytes of one reply: a larger one is not held, and `oversized` stands for it. */
  readonly replyBytesMax: number
}

export interface RedisEvents {
  /** A message that nobody asked for; only under RESP3. */
  pushed?(push: Push): void
  closed?(reason: Unavailable): void
}

export type Command = readonly Word[]

/** Commands that are sent together, and who waits for their replies. */
interface Errand {
  readonly commands: readonly Command[]
  readonly replies: Reply[]
  settled: boolean
  readonly done: (replies: Reply[]) => void
  readonly failed: (reason: Unavailable) => void
}

/** A dead peer that sends no RST is noticed by the system at last, also where nobody asks anything. */
const keepAliveAfterMs = 30_000

/**
 * A connection to a Redis, over which requests are pipelined. Bulks come as Buffers.
 *
 * Nothing is sent before the server has let us in and selected the database: what is asked meanwhile waits. It has no
 * timers: who asks gives up by a signal, whereupon the connection takes no new requests, and ends when nobody waits on it.
 */
export class RedisConnection {
  readonly #socket: Socket
  readonly #reader: ReplyReader
  readonly #writer = new RequestWriter()
  readonly #events: RedisEvents
  /** Sent, in the order in which their replies come. */
  #away: Errand[] = []
  #unsent: Errand[] = []
  #ready = false
  #retired = false
  #ended: Unavailable | null = null
  /** Whether it has ever answered a request: if so, the server may have closed it before the next one came. */
  proven = false

  /** @param protocol 3 where pushes are to come, which Redis knows since 6.0 */
  constructor({ host, port }: RedisAddress, access: RedisAccess, protocol: 2 | 3 = 2, events: RedisEvents = {}) {
    this.#events = events
    this.#reader = new ReplyReader({ buffers: true, bytesMax: access.replyBytesMax })
    const { tls } = access
    const socket = tls === null ? connect({ host, port }) : connectTls({ host, port, servername: sni(host), ...tls })
    this.#socket = socket
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveAfterMs)
    let code: string | null = null
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => (code = codeOf(error)))
    socket.on('close', () => {
      this.#end(new Unavailable(code ?? 'the connection was closed', { unwritten: code !== null && isUnreached(code) }))
    })
    this.#enter(access, protocol)
  }

  /** Whether it takes requests. */
  get usable(): boolean {
    return this.#ended === null && !this.#retired
  }

  /**
   * Sends commands in one piece and gives their replies, error replies among them.
   *
   * @throws {Unavailable} the connection is lost or could not be made, or the signal aborted
   */
  request(commands: readonly Command[], signal: CancelSignal): Promise<Reply[]> {
    return new Promise((resolve, reject) => {
      const leave = (): void => signal.removeEventListener('abort', giveUp)
      const errand: Errand = {
        commands,
        replies: [],
        settled: false,
        done: (replies) => {
          this.proven = true
          leave()
          resolve(replies)
        },
        failed: (reason) => {
          errand.settled = true
          leave()
          reject(reason)
        },
      }
      const giveUp = (): void => {
        errand.failed(new Unavailable('nobody waits', { counts: false }))
        this.retire()
      }
      if (this.#ended !== null) return reject(this.#ended)
      if (signal.aborted) return reject(new Unavailable('nobody waits', { counts: false }))
      signal.addEventListener('abort', giveUp)
      if (this.#ready) this.#send(errand)
      else this.#unsent.push(errand)
    })
  }

  /** Takes no more requests, and ends when those that are away are answered or given up. */
  retire(): void {
    this.#retired = true
    if ([...this.#away, ...this.#unsent].every((errand) => errand.settled)) this.destroy()
  }

  destroy(reason = new Unavailable('the connection was closed', { counts: false })): void {
    this.#socket.destroy()
    this.#end(reason)
  }

  #enter({ user, password, database }: RedisAccess, protocol: 2 | 3): void {
    const secret = password === null ? [] : [...(user === null ? [] : [user]), password]
    const commands: Command[] = []
    if (protocol === 3)
      commands.push(['HELLO', 3, ...(secret.length > 0 ? ['AUTH', user ?? 'default', password!] : [])])
    else if (secret.length > 0) commands.push(['AUTH', ...secret])
    if (database !== 0) commands.push(['SELECT', database])
    if (commands.length === 0) {
      this.#ready = true
      return
    }
    this.#send({
      commands,
      replies: [],
      settled: false,
      done: (replies) => this.#entered(replies),
      failed: () => undefined,
    })
  }

  #entered(replies: readonly Reply[]): void {
    const refusal = replies.find((reply) => reply instanceof ReplyError)
    if (refusal !== undefined) return this.destroy(new Refusal(refusal))
    this.#ready = true
    for (const errand of this.#unsent.splice(0)) if (!errand.settled) this.#send(errand)
  }

  #send(errand: Errand): void {
    this.#away.push(errand)
    this.#writer.reset()
    for (const command of errand.commands) this.#writer.request(command)
    const { region, end } = this.#writer
    this.#socket.write(Buffer.from(region.bytes.subarray(0, end))) // the writer's bytes are written over by the next request
  }

  #take(chunk: Buffer): void {
    try {
      this.#reader.feed(chunk)
      for (let reply = this.#reader.next(); reply !== undefined; reply = this.#reader.next()) {
        if (reply instanceof Push) this.#events.pushed?.(reply)
        else this.#replied(reply)
        if (this.#ended !== null) return
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error
      this.destroy(new Unavailable('what came is no reply', { counts: false }))
    }
  }

  #replied(reply: Reply): void {
    const [errand] = this.#away
    // the server may say why it lets nobody in before anything was asked, and then closes the connection
    if (errand === undefined) return this.destroy(reply instanceof ReplyError ? new Refusal(reply) : unasked)
    errand.replies.push(reply)
    if (errand.replies.length < errand.commands.length) return
    this.#away.shift()
    if (!errand.settled) errand.done(errand.replies)
    if (this.#retired) this.retire()
  }

  #end(reason: Unavailable): void {
    if (this.#ended !== null) return
    this.#ended = reason
    for (const errand of [...this.#away.splice(0), ...this.#unsent.splice(0)]) {
      if (!errand.settled) errand.failed(reason)
    }
    this.#events.closed?.(reason)
  }
}

const unasked = new Unavailable('it answered what was not asked', { counts: false })

/** A server's name, which an address is not. @see RFC 6066 §3 */
const sni = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host)
