import { errorReply, type Timer } from '../base/index.js'
import type { FailoverOptions } from '../command/index.js'
import type { History } from './history.js'
import type { ReplicationHost } from './host.js'
import type { Primary } from './primary.js'
import type { Address } from './primary-link.js'
import type { Replica } from './replica.js'

const alreadyFailingOver = errorReply('FAILOVER already in progress.')
const noReplicas = errorReply('FAILOVER requires connected replicas.')
const forceNeedsTarget = errorReply('FAILOVER with force option requires both a timeout and target HOST and IP.')
const noSuchReplica = errorReply('FAILOVER target HOST and PORT is not a replica.')
const notOnline = errorReply('FAILOVER target replica is not online.')
const noFailover = errorReply('No failover in progress.')

/** INFO's words for how far a failover is. */
export type FailoverState = 'no-failover' | 'waiting-for-sync' | 'failover-in-progress'

export interface FailoverEvents {
  /** Writes stand still and the replica has all of them: it is followed from now on, and told to take over. */
  handOver(target: Address): void
  /** It did not: this server is the primary again. */
  takeBack(): void
}

/** Hands the role of a primary over to a replica that has caught up, while writes wait. */
export class Failover {
  state: FailoverState = 'no-failover'
  readonly #host: ReplicationHost
  readonly #history: History
  readonly #primary: Primary
  readonly #events: FailoverEvents
  #target: Address | null = null
  #isForced = false
  /** Monotonic milliseconds; 0 waits for ever. */
  #untilMs = 0
  #timer: Timer | null = null
  #resume: () => void = () => {}

  constructor(host: ReplicationHost, history: History, primary: Primary, events: FailoverEvents) {
    this.#host = host
    this.#history = history
    this.#primary = primary
    this.#events = events
  }

  get isUnderWay(): boolean {
    return this.state !== 'no-failover'
  }

  /** Begins. @throws {ReplyError} it cannot */
  begin({ target, timeoutMs, isForced }: FailoverOptions): void {
    const { log, clock } = this.#host
    if (this.isUnderWay) throw alreadyFailingOver
    if (this.#primary.replicas.size === 0) throw noReplicas
    if (isForced && (timeoutMs === 0 || target === null)) throw forceNeedsTarget
    if (target !== null) {
      const replica = this.#find(target)
      if (replica === undefined) throw noSuchReplica
      if (!replica.isOnline) throw notOnline
      log.notice(`FAILOVER requested to ${target.host}:${target.port}.`)
    } else log.notice('FAILOVER requested to any replica.')
    this.#target = target
    this.#isForced = isForced
    this.#untilMs = timeoutMs === 0 ? 0 : clock.monotonicMs() + timeoutMs
    if (timeoutMs !== 0) this.#timer = clock.schedule(timeoutMs, () => this.consider())
    this.state = 'waiting-for-sync'
    this.#primary.isQuiet = true
    this.#resume = this.#host.pauseWrites()
  }

  /** Calls it off. @throws {ReplyError} there is none */
  abort(): void {
    if (!this.isUnderWay) throw noFailover
    this.#abort('Failover manually aborted')
  }

  /** A replica may have caught up, or the time be up. Cheap while there is no failover. */
  consider(): void {
    if (this.state !== 'waiting-for-sync') return
    const { log, clock } = this.#host
    if (this.#untilMs !== 0 && clock.monotonicMs() >= this.#untilMs) {
      if (!this.#isForced) return this.#abort('Replica never caught up before timeout')
      const { host, port } = this.#target!
      log.notice(`FAILOVER to ${host}:${port} time out exceeded, failing over.`)
      return this.#handOver(this.#target!)
    }
    const target = this.#target
    const replica = target === null ? [...this.#primary.replicas].find((one) => this.#hasAll(one)) : this.#find(target)
    if (replica === undefined || !this.#hasAll(replica)) return
    this.#target = target ?? { host: replica.address, port: replica.port }
    log.notice(`Failover target ${this.#target.host}:${this.#target.port} is synced, failing over.`)
    this.#handOver(this.#target)
  }

  /** The target answered: it is the primary now, or will not be. */
  answered(isAccepted: boolean): void {
    if (isAccepted) this.#end()
    else this.#abort('Failover target rejected psync request')
  }

  // --- private

  #find({ host, port }: Address): Replica | undefined {
    const wanted = host.toLowerCase()
    return [...this.#primary.replicas].find((one) => one.address.toLowerCase() === wanted && one.port === port)
  }

  #hasAll(replica: Replica): boolean {
    return replica.isOnline && replica.acknowledged === this.#history.offset
  }

  #handOver(target: Address): void {
    this.state = 'failover-in-progress'
    this.#events.handOver(target)
  }

  #abort(why: string): void {
    const target = this.#target === null ? 'any replica' : `${this.#target.host}:${this.#target.port}`
    this.#host.log.notice(`FAILOVER to ${target} aborted: ${why}`)
    if (this.state === 'failover-in-progress') this.#events.takeBack()
    this.#end()
  }

  #end(): void {
    this.state = 'no-failover'
    this.#target = null
    this.#untilMs = 0
    this.#timer?.cancel()
    this.#timer = null
    this.#primary.isQuiet = false
    this.#resume()
    this.#resume = () => {}
  }
}
