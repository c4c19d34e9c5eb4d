import { ReplyError } from '../../../base/index.js'
import type { Reply } from '../../../resp/index.js'
import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import type { Command, RedisAccess, RedisAddress } from './connection.js'
import { Refusal } from './errors.js'
import { RedisNode } from './node.js'
import type { Question, Replies } from './reading.js'
import { slotCount, slotOf } from './slots.js'
import { nameOf, readClusterNodes, readNodeAddress, slotsOf } from './topology.js'
import type { ClusterNode } from './topology.js'

/** How often one key is sent elsewhere before it is given up: while slots move, and no longer. */
const redirectsMax = 8

/** Servers that are asked at once for their view of the cluster. */
const viewsMax = 5

/** Where a question goes next. */
interface Errand {
  readonly index: number
  readonly question: Question
  readonly node: RedisNode
  /** Its slot is on the way there, so that the server has to be told that we know. */
  readonly asking: boolean
}

/** What an error reply says of where a key is. */
export type Redirect =
  | { readonly kind: 'moved' | 'ask'; readonly address: RedisAddress }
  /** Here, but not now. */
  | { readonly kind: 'again' }

/** Null where it says nothing of that. @see https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ */
export function redirectOf(error: ReplyError, saidBy: RedisAddress): Redirect | null {
  if (error.prefix === 'TRYAGAIN') return { kind: 'again' }
  if (error.prefix !== 'MOVED' && error.prefix !== 'ASK') return null
  const address = readNodeAddress(error.message.split(' ')[1] ?? '', saidBy)
  return address === null ? null : { kind: error.prefix === 'ASK' ? 'ask' : 'moved', address }
}

/** A look at who owns what, under way. */
interface Look {
  readonly view: Promise<readonly ClusterNode[]>
  readonly controller: AbortController
}

/** A Redis Cluster: which of its servers holds a key, and one pipeline to each of them for a batch of questions. */
export class Cluster {
  readonly #seeds: readonly RedisAddress[]
  readonly #access: RedisAccess
  readonly #nodes = new Map<string, RedisNode>()
  /** Who owns each slot, as far as we were told. */
  readonly #owners = new Array<RedisNode | null>(slotCount).fill(null)
  #isKnown = false
  #look: Look | null = null

  constructor(seeds: readonly RedisAddress[], access: RedisAccess) {
    this.#seeds = seeds
    this.#access = access
  }

  /** As `Router.ask`: a server that fails fails its own keys only. */
  async ask(questions: readonly Question[], signal: CancelSignal): Promise<Replies> {
    if (!this.#isKnown) await this.look(signal)
    const replies: (readonly Reply[] | Unavailable)[] = []
    let errands = questions.map((question, index): Errand => {
      return { index, question, node: this.ownerOf(question.key), asking: false }
    })
    for (let i = 0; errands.length > 0 && i < redirectsMax; i++) {
      const next = await Promise.all(groups(errands).map((its) => this.#send(its, replies, signal)))
      errands = next.flat()
    }
    for (const { index } of errands) replies[index] = new Unavailable('its slot keeps moving')
    return replies
  }

  /** Whether it was ever told who owns what. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  /** Who owns a key's slot, as far as we were told. */
  ownerOf(key: Buffer): RedisNode {
    return this.#owners[slotOf(key)] ?? this.node(this.#seeds[0])
  }

  /** A key turned out to be elsewhere, and its neighbours may be, too. */
  moved(key: Buffer, node: RedisNode): void {
    this.#owners[slotOf(key)] = node
    this.doubt()
  }

  /** What is known of owners may be old: it is looked for behind what is asked meanwhile. */
  doubt(): void {
    if (this.#look === null) this.#begin().view.catch(() => undefined)
  }

  node(address: RedisAddress): RedisNode {
    const name = nameOf(address)
    let node = this.#nodes.get(name)
    if (node === undefined) this.#nodes.set(name, (node = new RedisNode(address, this.#access)))
    return node
  }

  /** Looks who owns what. Who asks meanwhile shares the answer. @throws {Unavailable} nobody answers */
  look(signal: CancelSignal): Promise<readonly ClusterNode[]> {
    const look = this.#look ?? this.#begin()
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        look.controller.abort() // whoever is asked hangs
        reject(new Unavailable('nobody waits', { counts: false }))
      }
      if (signal.aborted) return giveUp()
      signal.addEventListener('abort', giveUp)
      look.view.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp))
    })
  }

  close(): void {
    this.#look?.controller.abort()
    for (const node of this.#nodes.values()) node.close()
  }

  #begin(): Look {
    const controller = new AbortController()
    const look: Look = { view: this.#seek(controller.signal), controller }
    const end = (): void => {
      if (this.#look === look) this.#look = null
    }
    this.#look = look
    controller.signal.addEventListener('abort', end)
    look.view.then(end, end)
    return look
  }

  /** Asks several for their view, and takes the first. */
  async #seek(signal: CancelSignal): Promise<readonly ClusterNode[]> {
    const owners = new Set(this.#owners)
    owners.delete(null)
    const seeds = this.#seeds.map((address) => this.node(address))
    const nodes = new Set([...([...owners] as RedisNode[]).slice(0, viewsMax - 1), ...seeds])
    const asked = [...nodes].slice(0, viewsMax).map((node) => this.#viewOf(node, signal))
    try {
      return this.#take(await Promise.any(asked))
    } catch (error) {
      throw (error as AggregateError).errors.find((reason) => reason instanceof Unavailable) ?? error
    }
  }

  async #viewOf(node: RedisNode, signal: CancelSignal): Promise<ClusterNode[]> {
    const [reply] = await node.read([['CLUSTER', 'NODES']], signal)
    return viewIn(reply, node.address)
  }

  #take(view: readonly ClusterNode[]): readonly ClusterNode[] {
    this.#owners.fill(null)
    for (const { isPrimary, address, slots } of view) {
      if (isPrimary) for (const slot of slotsOf(slots)) this.#owners[slot] = this.node(address)
    }
    const names = new Set([...view.map(({ name }) => name), ...this.#seeds.map(nameOf)])
    for (const [name, node] of this.#nodes) {
      if (names.has(name)) continue
      node.close()
      this.#nodes.delete(name)
    }
    this.#isKnown = true
    return view
  }

  /** Asks one server for what is thought to be there. @returns what has to be asked elsewhere */
  async #send(
    errands: readonly Errand[],
    replies: (readonly Reply[] | Unavailable)[],
    signal: CancelSignal,
  ): Promise<Errand[]> {
    const [{ node }] = errands
    const commands = errands.flatMap(({ question, asking }) => {
      return asking ? question.commands.flatMap((command): Command[] => [['ASKING'], command]) : question.commands
    })
    let all: Reply[]
    try {
      all = await node.read(commands, signal)
    } catch (error) {
      if (!(error instanceof Unavailable) || signal.aborted) throw error
      return this.#elsewhere(errands, error, replies, signal)
    }
    const again: Errand[] = []
    for (const errand of errands) {
      const { question, asking, index } = errand
      const said = all.splice(0, question.commands.length * (asking ? 2 : 1)).filter((_, i) => !asking || i % 2 === 1)
      const next = this.#redirected(errand, said)
      if (next === null) replies[index] = said
      else again.push(next)
    }
    return again
  }

  #redirected({ index, question, node }: Errand, replies: readonly Reply[]): Errand | null {
    for (const reply of replies) {
      const redirect = reply instanceof ReplyError ? redirectOf(reply, node.address) : null
      if (redirect === null) continue
      if (redirect.kind === 'again') return { index, question, node: this.ownerOf(question.key), asking: false }
      const target = this.node(redirect.address)
      if (redirect.kind === 'moved') this.moved(question.key, target)
      return { index, question, node: target, asking: redirect.kind === 'ask' }
    }
    return null
  }

  /** A server failed: another one may have taken its place. */
  async #elsewhere(
    errands: readonly Errand[],
    reason: Unavailable,
    replies: (readonly Reply[] | Unavailable)[],
    signal: CancelSignal,
  ): Promise<Errand[]> {
    await this.look(signal).catch(() => undefined)
    const again: Errand[] = []
    for (const { index, question, node } of errands) {
      const owner = this.ownerOf(question.key)
      if (owner === node || signal.aborted) replies[index] = reason
      else again.push({ index, question, node: owner, asking: false })
    }
    return again
  }
}

/** What CLUSTER NODES replied. @throws {Unavailable} it is no cluster, or does not say */
export function viewIn(reply: Reply, saidBy: RedisAddress): ClusterNode[] {
  if (Buffer.isBuffer(reply) || typeof reply === 'string') return readClusterNodes(reply.toString(), saidBy)
  if (reply instanceof ReplyError && reply.prefix !== 'ERR') throw new Refusal(reply)
  throw new Unavailable('it is no cluster', { counts: false })
}

function groups(errands: readonly Errand[]): Errand[][] {
  const byNode = new Map<RedisNode, Errand[]>()
  for (const errand of errands) {
    const its = byNode.get(errand.node)
    if (its === undefined) byNode.set(errand.node, [errand])
    else its.push(errand)
  }
  return [...byNode.values()]
}
