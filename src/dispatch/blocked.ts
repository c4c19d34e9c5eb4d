import type { ReplyError, Slice } from '../base/index.js'
import type { Block, Call, Client, Services, WaitingClients } from '../command/index.js'
import type { KeyspaceObserver } from '../keyspace/index.js'
import type { Args } from '../resp/index.js'
import type { Crowd } from './crowds.js'
import { Crowds } from './crowds.js'
import { unblocked } from './refusals.js'
import { Waiter } from './waiter.js'

/** Runs the call of a waiter again, for the key that woke it; whether it goes on waiting. */
export type Rerun = (waiter: Waiter, args: Args, key: Slice) => boolean

/** The longest that a timer can be set for; whoever waits longer is looked at again then. */
const timerMsMax = 2 ** 31 - 1

/**
 * Clients that wait for keys to change (BLPOP and its like).
 *
 * A call that finds nothing is kept, with its arguments, and run again when one of its keys has come to hold what it waits
 * for: after the command, or the transaction, that changed the key; keys in the order in which they became ready, and for
 * each key the clients in the order in which they came. What they change in turn (BLMOVE) makes other keys ready, which
 * are served after those.
 *
 * Serving costs by the clients that are served, a change of a key for which nobody waits a look at a table of counts.
 */
export class BlockedClients implements KeyspaceObserver, WaitingClients {
  readonly #services: Services
  readonly #rerun: Rerun
  readonly #crowds = new Crowds()
  readonly #waiters = new Map<Client, Waiter>()
  #ready: Crowd[] = []
  #isServing = false
  #timed = 0
  /** Those whose wait was ended by another client's call, to be answered after it. */
  #ended: { readonly waiter: Waiter; readonly write: Block['timedOut'] }[] = []
  /** Clients served that have sent further requests, to go on when this loop turn's job is done. */
  #toResume: Client[] = []

  constructor(services: Services, rerun: Rerun) {
    this.#services = services
    this.#rerun = rerun
  }

  get size(): number {
    return this.#waiters.size
  }

  get timed(): number {
    return this.#timed
  }

  has(client: Client): boolean {
    return this.#waiters.has(client)
  }

  /** Whether there is somebody to serve, or to answer. */
  get isReady(): boolean {
    return this.#ready.length > 0 || this.#ended.length > 0
  }

  /** Makes the call's client wait. `isSilent`: CLIENT REPLY takes its reply away. */
  wait({ client, command, args }: Call, block: Block, isSilent: boolean): void {
    const waiter = new Waiter(client, command, args, block, isSilent)
    this.#waiters.set(client, waiter)
    for (const index of block.keys) this.#crowds.join(client.database, args.at(index), waiter)
    if (block.timeoutMs > 0) {
      this.#timed++
      this.#setTimer(waiter, this.#services.clock.monotonicMs() + block.timeoutMs)
    }
    this.#services.keyspace.setInterest(this, this.size)
  }

  /** Runs the calls that wait for what became ready. What they change is served in turn. */
  serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    try {
      for (const { waiter, write } of this.#ended.splice(0)) this.#answer(waiter, write)
      while (this.#ready.length > 0) {
        const ready = this.#ready
        this.#ready = []
        for (const crowd of ready) this.#serveCrowd(crowd)
      }
    } finally {
      this.#isServing = false
    }
  }

  unblock(client: Client, by: 'timeout' | 'error'): boolean {
    const waiter = this.#waiters.get(client)
    if (waiter === undefined) return false
    const { statistics } = this.#services
    statistics.failedCalls[waiter.command.id]++
    statistics.timeAfterWait(waiter.command.id, 0) // other than one whose time is up, it counts as a call that is over
    if (by === 'error') statistics.countError(unblocked.prefix)
    this.#remove(waiter)
    this.#ended.push({ waiter, write: by === 'error' ? (reply) => reply.error(unblocked) : waiter.block.timedOut })
    return true
  }

  /** Ends all waits by an error, and the connections with them: what they wait for is not to come any more. */
  disconnectAll(refusal: ReplyError): void {
    for (const waiter of [...this.#waiters.values()]) {
      this.#remove(waiter)
      if (!waiter.isSilent) waiter.client.send((reply) => reply.error(refusal))
      waiter.client.close(true)
    }
  }

  /** The client left. */
  forget(client: Client): void {
    const waiter = this.#waiters.get(client)
    if (waiter !== undefined) this.#remove(waiter)
  }

  // --- KeyspaceObserver

  keyChanged(db: number, key: Slice): void {
    const crowd = this.#crowds.of(db, key)
    if (crowd !== null && !crowd.isReady) this.#look(crowd)
  }

  /** Whoever waits to read by a group that is gone waits in vain. */
  besideChanged(db: number, key: Slice, event: string): void {
    if (event === 'xgroup-destroy') this.keyChanged(db, key)
  }

  flushed(db: number): void {
    if (this.#crowds.wokenWhenGone === 0) return
    for (const crowd of this.#crowds.all()) if (crowd.db === db && !crowd.isReady) this.#look(crowd)
  }

  /** Clients stay in their database, and are served by what it holds now. */
  swapped(a: number, b: number): void {
    for (const db of [a, b]) {
      for (const crowd of this.#crowds.all()) if (crowd.db === db && !crowd.isReady) this.#look(crowd)
    }
  }

  // --- private

  /** Makes a key ready when what it holds now is what somebody waits for. */
  #look(crowd: Crowd): void {
    if (!crowd.isWokenBy(this.#typeNow(crowd))) return
    crowd.isReady = true
    this.#ready.push(crowd)
  }

  /** Type of what the key holds; -1 where it is missing. */
  #typeNow({ db, key }: Crowd): number {
    const database = this.#services.keyspace.databases[db]
    const ref = database.peek(key)
    return ref === 0 ? -1 : database.type(ref)
  }

  #serveCrowd(crowd: Crowd): void {
    const { keyspace } = this.#services
    crowd.isReady = false
    keyspace.tick()
    keyspace.databases[crowd.db].find(crowd.key) // one whose time has come is deleted
    const type = this.#typeNow(crowd)
    if (crowd.waitsFor(type)) {
      crowd.forEach((waiter) => {
        if (waiter.block.type !== type) return true
        if (this.#typeNow(crowd) !== type) return false // the client before took the last element
        this.#run(waiter, crowd.key)
        return true
      })
    }
    if (crowd.wokenWhenGone === 0) return
    crowd.forEach((waiter) => {
      if (waiter.block.wakesWhenGone === true && waiter.block.type !== type) this.#run(waiter, crowd.key)
      return true
    })
  }

  #run(waiter: Waiter, key: Slice): void {
    if (waiter.client.closing) {
      this.#remove(waiter)
      return
    }
    if (this.#rerun(waiter, waiter.loadArguments(), key)) return
    this.#remove(waiter)
    this.#goOn(waiter.client)
  }

  #setTimer(waiter: Waiter, untilMs: number): void {
    const { clock } = this.#services
    const leftMs = untilMs - clock.monotonicMs()
    if (leftMs <= 0) this.#timeOut(waiter)
    else waiter.timer = clock.schedule(Math.min(leftMs, timerMsMax), () => this.#setTimer(waiter, untilMs))
  }

  #timeOut(waiter: Waiter): void {
    this.#remove(waiter)
    this.#answer(waiter, waiter.block.timedOut)
  }

  #answer({ client, isSilent }: Waiter, write: Block['timedOut']): void {
    if (!isSilent && !client.closing) client.send(write)
    this.#goOn(client)
  }

  /** The wait is over and answered: the client goes on with what it sent meanwhile. */
  #goOn(client: Client): void {
    if (client.queryBytes === 0) {
      client.resume()
      return
    }
    // not at once: its next request may serve another, whose next request may serve another…
    if (this.#toResume.push(client) === 1) queueMicrotask(() => this.#resume())
  }

  #resume(): void {
    const clients = this.#toResume
    this.#toResume = []
    for (const client of clients) client.resume()
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter.client)
    waiter.timer?.cancel()
    if (waiter.block.timeoutMs > 0) this.#timed--
    this.#crowds.leave(waiter)
    this.#services.keyspace.setInterest(this, this.size)
  }
}
