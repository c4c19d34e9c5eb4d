import type { RawConnection } from '../../support/raw-connection.js'
import { encodeRequest, replyEnd } from '../../support/resp-frames.js'
import { isError, sameReply } from '../compare.js'
import type { Pair, PairConnection, Protocol } from '../pair.js'
import { plain } from './forms.js'

/** Who takes care of the scene itself: never waits for keys, and can free everybody who does. */
export const stagehand = -1

/** One act: somebody sends a request, or, where it is null, leaves and comes back as a new client. */
export interface Move {
  readonly actor: number
  readonly request: readonly Buffer[] | null
}

/** Stands in a request for the id of a client, which differs from server to server. */
export const idOf = (actor: number): Buffer => Buffer.from(`(id of ${actor})`)

/** What the two servers do not agree on, and of whom. */
export interface SceneDisagreement {
  readonly index: number
  readonly actor: number
  readonly request: readonly Buffer[]
  readonly redis: Buffer
  readonly subject: Buffer
}

const waits = Buffer.from('(waits)')
const silent = Buffer.from('(no reply)')

interface Person {
  connection: PairConnection
  /** Its ids on both servers. */
  ids: readonly [redis: string, subject: string]
  /** The request it waits with. */
  waitsFor: readonly Buffer[] | null
  /** What it has queued since MULTI, or null. */
  queue: (readonly Buffer[])[] | null
}

/** What one server did after a move: who was answered what, and who waits. */
interface Outcome {
  readonly replies: readonly (Buffer | null)[]
  readonly waiting: readonly boolean[]
}

/** Told of each request: it waits now, or was answered after it had waited, or at once. */
export type SceneListener = (request: readonly Buffer[], what: 'waits' | 'served' | 'answered' | 'refused') => void

/**
 * Several clients of both servers, who act one after the other. After each act it is known who was answered and who waits,
 * since a server serves those that wait before it turns to the next request: so the order of all is the same twice.
 */
export class Scene {
  readonly #people: Person[] = []
  readonly #stagehand: PairConnection
  /** Looks who waits. */
  readonly #observer: PairConnection
  readonly #pair: Pair
  readonly #protocol: Protocol
  readonly #told: SceneListener

  private constructor(pair: Pair, protocol: Protocol, own: readonly PairConnection[], told: SceneListener) {
    this.#pair = pair
    this.#protocol = protocol
    ;[this.#stagehand, this.#observer] = own
    this.#told = told
  }

  static async open(pair: Pair, protocol: Protocol, people: number, told: SceneListener = () => {}): Promise<Scene> {
    await pair.revive()
    const [hand, observer] = [await pair.connect(), await pair.connect()]
    for (const request of [plain('FLUSHALL'), plain('DEBUG', 'SET-ACTIVE-EXPIRE', 0)]) await hand.differences([request])
    const scene = new Scene(pair, protocol, [hand, observer], told)
    for (let i = 0; i < people; i++) scene.#people.push(await scene.#enter())
    return scene
  }

  close(): void {
    for (const { connection } of this.#people) connection.destroy()
    this.#stagehand.destroy()
    this.#observer.destroy()
  }

  isWaiting(actor: number): boolean {
    return actor !== stagehand && this.#people[actor].waitsFor !== null
  }

  /**
   * Whether databases may change places now. Redis then serves those who wait in the order of a hash table of its own, which
   * differs from process to process: with one who waits for one key there is but one order.
   */
  mayTradePlaces(actor: number): boolean {
    const waiting = this.#people.flatMap(({ waitsFor }) => (waitsFor === null ? [] : [waitsFor]))
    return !this.isQueueing(actor) && (waiting.length === 0 || (waiting.length === 1 && waiting[0].length === 3))
  }

  /** Whether somebody queues commands for EXEC. */
  isQueueing(actor: number): boolean {
    return actor !== stagehand && this.#people[actor].queue !== null
  }

  /** Lets somebody act; nothing, when he waits. Gives what the servers do not agree on, or null. */
  async play({ actor, request }: Move): Promise<Omit<SceneDisagreement, 'index'> | null> {
    if (request === null) return this.#leave(actor)
    if (this.isWaiting(actor)) return null
    if (actor === stagehand) return this.#act(actor, this.#stagehand, request)
    return this.#act(actor, this.#people[actor].connection, request)
  }

  async #act(
    actor: number,
    connection: PairConnection,
    request: readonly Buffer[],
  ): Promise<Omit<SceneDisagreement, 'index'> | null> {
    connection.redis.send(encodeRequest(this.#withIds(request, 0)))
    connection.subject.send(encodeRequest(this.#withIds(request, 1)))
    const [redis, subject] = await Promise.all([
      this.#settle(0, actor, connection.redis),
      this.#settle(1, actor, connection.subject),
    ])
    for (let i = 0; i <= this.#people.length; i++) {
      const who = i === this.#people.length ? stagehand : i
      const asked = who === actor ? request : (this.#people[who]?.waitsFor ?? request)
      const [one, other] = [redis, subject].map(({ replies, waiting }) => replies[i] ?? (waiting[i] ? waits : silent))
      const queue = who === actor && actor !== stagehand ? this.#people[who].queue : null
      if (!same(asked, queue, one, other)) return { actor: who, request: asked, redis: one, subject: other }
      this.#note(who, actor, asked, redis.replies[i], redis.waiting[i])
    }
    return null
  }

  /** Waits until one server is done with a request: it is answered, or its client waits for keys. */
  async #settle(side: 0 | 1, actor: number, own: RawConnection): Promise<Outcome> {
    let waiting = await this.#waiting(side)
    while (own.received === 0 && !waiting[actor]) waiting = await this.#waiting(side)
    // who is there now was there when the last of those that were served had been
    if (own.received > 0) waiting = await this.#waiting(side)
    const replies: (Buffer | null)[] = []
    for (const [i, { connection, waitsFor }] of this.#people.entries()) {
      const isDone = i === actor ? !waiting[i] : waitsFor !== null && !waiting[i]
      replies.push(isDone ? await next(side === 0 ? connection.redis : connection.subject) : null)
    }
    replies.push(actor === stagehand ? await next(own) : null)
    return { replies, waiting }
  }

  /** Who waits for keys, as the server lists its clients. */
  async #waiting(side: 0 | 1): Promise<boolean[]> {
    const observer = this.#observers[side]
    observer.send(encodeRequest(plain('CLIENT', 'LIST')))
    const list = (await next(observer)).latin1Slice()
    const blocked = new Set([...list.matchAll(/^id=(\d+) .* flags=\w*b\w* /gm)].map(([, id]) => id))
    return this.#people.map(({ ids }) => blocked.has(ids[side]))
  }

  get #observers(): readonly [RawConnection, RawConnection] {
    return [this.#observer.redis, this.#observer.subject]
  }

  #note(who: number, actor: number, request: readonly Buffer[], reply: Buffer | null, waiting: boolean): void {
    const person = this.#people[who]
    if (person === undefined) return
    if (who === actor && waiting) this.#told(request, 'waits')
    if (reply !== null) {
      const what = isError(reply) ? 'refused' : person.waitsFor === null ? 'answered' : 'served'
      this.#told(request, what)
    }
    person.waitsFor = waiting ? request : null
    if (who !== actor || reply === null) return
    const name = request[0].latin1Slice().toUpperCase()
    if (reply.equals(Buffer.from('+QUEUED\r\n'))) person.queue?.push(request)
    else if (name === 'MULTI' && !isError(reply)) person.queue = []
    else if (['EXEC', 'DISCARD', 'RESET'].includes(name)) person.queue = null
  }

  async #leave(actor: number): Promise<null> {
    const old = this.#people[actor]
    old.connection.destroy()
    for (const side of [0, 1] as const) {
      const observer = this.#observers[side]
      for (;;) {
        observer.send(encodeRequest(plain('CLIENT', 'LIST', 'ID', old.ids[side])))
        if (!(await next(observer)).includes(`id=${old.ids[side]} `)) break
      }
    }
    this.#people[actor] = await this.#enter()
    return null
  }

  async #enter(): Promise<Person> {
    const connection = await this.#pair.connect()
    if (this.#protocol === 3) await connection.ask(['HELLO', '3'])
    const [redis, subject] = (await connection.ask('CLIENT ID')).map((reply) => reply.latin1Slice(1).trim())
    return { connection, ids: [redis, subject], waitsFor: null, queue: null }
  }

  #withIds(request: readonly Buffer[], side: 0 | 1): readonly Buffer[] {
    return request.map((arg) => {
      const actor = this.#people.findIndex((_, i) => arg.equals(idOf(i)))
      return actor < 0 ? arg : Buffer.from(this.#people[actor].ids[side])
    })
  }
}

async function next(connection: RawConnection): Promise<Buffer> {
  const [reply] = await connection.read(1)
  if (reply === undefined) throw new Error('a server closed a connection')
  return reply
}

/** EXEC's reply is that of each queued command, each compared as if it had come alone. */
function same(request: readonly Buffer[], queue: (readonly Buffer[])[] | null, one: Buffer, other: Buffer): boolean {
  if (one.equals(other)) return true
  if (queue === null || request[0].latin1Slice().toUpperCase() !== 'EXEC') return sameReply(request, one, other)
  const [items, others] = [itemsOf(one), itemsOf(other)]
  if (items.length !== queue.length || others.length !== queue.length) return false
  return queue.every((each, i) => sameReply(each, items[i], others[i]))
}

function itemsOf(reply: Buffer): Buffer[] {
  if (reply[0] !== 0x2a) return []
  const items: Buffer[] = []
  for (let at = reply.indexOf('\r\n') + 2; at < reply.length;) {
    const end = replyEnd(reply, at)
    items.push(reply.subarray(at, end))
    at = end
  }
  return items
}
