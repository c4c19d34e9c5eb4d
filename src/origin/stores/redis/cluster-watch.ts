import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import type { ChangeListener, Watch } from '../../store.js'
import type { Cluster } from './cluster.js'
import { viewIn } from './cluster.js'
import type { RedisNode } from './node.js'
import { uncovered } from './topology.js'
import type { ClusterNode } from './topology.js'
import { ServerWatch } from './watching.js'

/**
 * Listens to every primary of a cluster, and is lost as soon as one of them is, or another server may change keys: after a
 * failover, and while slots move to a new primary. Each proof asks all of them who that is.
 */
export class ClusterWatch implements Watch {
  readonly #listener: ChangeListener
  readonly #watches = new Map<RedisNode, ServerWatch>()
  #over = false

  private constructor(listener: ChangeListener) {
    this.#listener = listener
  }

  /** @throws {Unavailable} not all of them can be listened to now */
  static async open(
    cluster: Cluster,
    prefix: string,
    listener: ChangeListener,
    signal: CancelSignal,
  ): Promise<ClusterWatch> {
    const watch = new ClusterWatch(listener)
    try {
      const view = await cluster.look(signal)
      const primaries = view.filter(({ isPrimary, slots }) => isPrimary && slots.length > 0)
      const told = watch.#told()
      await Promise.all(
        primaries.map(async ({ address }) => {
          const node = cluster.node(address)
          watch.#watches.set(node, await ServerWatch.open(node, prefix, told, signal))
        }),
      )
      await watch.#check(signal)
      return watch
    } catch (error) {
      await watch.close()
      throw error
    }
  }

  /** The connections that own writes go over, so that they are not told. */
  get connections(): ReadonlyMap<RedisNode, ServerWatch> {
    return this.#watches
  }

  async prove(signal: CancelSignal): Promise<void> {
    try {
      await Promise.all([...this.#watches.values()].map((watch) => watch.prove(signal)))
      await this.#check(signal)
    } catch (error) {
      this.#lose(error instanceof Unavailable ? error.message : 'failed')
      throw error
    }
  }

  async close(): Promise<void> {
    this.#over = true
    await Promise.all([...this.#watches.values()].map((watch) => watch.close()))
  }

  /** @throws {Unavailable} keys may be changed by a server that is not listened to */
  async #check(signal: CancelSignal): Promise<void> {
    const views = await Promise.all(
      [...this.#watches].map(async ([node, { connection }]): Promise<ClusterNode[]> => {
        const [reply] = await connection.request([['CLUSTER', 'NODES']], signal)
        return viewIn(reply, node.address)
      }),
    )
    const problem = uncovered(views)
    if (problem !== null) throw new Unavailable(problem, { counts: false })
  }

  #told(): ChangeListener {
    return {
      changed: (key) => this.#over || this.#listener.changed(key),
      changedAll: () => this.#over || this.#listener.changedAll(),
      lost: (reason) => this.#lose(reason),
    }
  }

  #lose(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#listener.lost(reason)
    for (const watch of this.#watches.values()) void watch.close()
  }
}
