import { ReplyError } from '../../../base/index.js'
import type { CancelSignal } from '../../cancellation.js'
import { Unavailable } from '../../store.js'
import { RouteError } from '../../route-error.js'
import type { Answer, Ask, ChangeListener, NamePage, OriginStore, Watch, Write, Written } from '../../store.js'
import { Template } from '../../template.js'
import type { OpenStore } from '../opening.js'
import { ClusterWatch } from './cluster-watch.js'
import { Cluster, redirectOf } from './cluster.js'
import type { RedisAddress } from './connection.js'
import { Refusal } from './errors.js'
import type { RedisNode } from './node.js'
import { Reading, keyBytes } from './reading.js'
import { redisBatchMax, redisNameBytesMax } from './redis.js'
import type { RedisStoreOptions } from './redis.js'
import { scanCluster } from './scanning.js'
import type { ClusterPlace } from './scanning.js'
import { slotOf } from './slots.js'
import { readRedisUrl } from './url.js'
import { Writing } from './writing.js'

/** How often a write is sent elsewhere before it is given up. */
const redirectsMax = 8

/**
 * `redis+cluster:` — the same of a Redis Cluster: keys are read from and written to the primaries of their slots, which are
 * found by asking any server that is named.
 */
export class RedisClusterStore implements OriginStore {
  readonly batchMax = redisBatchMax
  readonly hasDeadlines = true
  readonly #options: RedisStoreOptions
  readonly #cluster: Cluster
  readonly #reading: Reading
  readonly #writings = new Map<RedisNode, Writing>()

  constructor(seeds: readonly RedisAddress[], options: RedisStoreOptions) {
    this.#options = options
    this.#cluster = new Cluster(seeds, options.access)
    this.#reading = new Reading(this.#cluster, options)
  }

  fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly (Answer | Unavailable)[]> {
    return this.#reading.answer(asks, signal)
  }

  async write(write: Write, signal: CancelSignal): Promise<Written> {
    const key = keyBytes(write.key)
    if (!this.#cluster.isKnown) await this.#cluster.look(signal)
    let node = this.#cluster.ownerOf(key)
    let asking = false
    for (let i = 0; i < redirectsMax; i++) {
      try {
        return await this.#writingTo(node).write(write, signal, asking)
      } catch (error) {
        if (!(error instanceof Refusal)) {
          this.#cluster.doubt()
          throw error // it may have been made
        }
        const redirect = error.reply instanceof ReplyError ? redirectOf(error.reply, node.address) : null
        if (redirect === null) throw error
        asking = redirect.kind === 'ask'
        if (redirect.kind === 'again') node = this.#cluster.ownerOf(key)
        else node = this.#cluster.node(redirect.address)
        if (redirect.kind === 'moved') this.#cluster.moved(key, node)
      }
    }
    throw new Unavailable('its slot keeps moving')
  }

  watch(listener: ChangeListener, signal: CancelSignal): Promise<Watch> {
    const { clock, prefix } = this.#options
    return this.#reading.watched(clock, listener, async (told) => {
      const watch = await ClusterWatch.open(this.#cluster, prefix, told, signal)
      for (const [node, { connection }] of watch.connections) this.#writingTo(node).moveTo(connection)
      return watch
    })
  }

  list(prefix: string, cursor: NamePage['next'], signal: CancelSignal): Promise<NamePage> {
    return scanCluster(this.#cluster, { as: this.#options.as, prefix, place: cursor as ClusterPlace | null }, signal)
  }

  async close(): Promise<void> {
    this.#cluster.close()
    for (const writing of this.#writings.values()) writing.close()
  }

  #writingTo(node: RedisNode): Writing {
    let writing = this.#writings.get(node)
    if (writing === undefined) {
      writing = new Writing(this.#options, () => node.connect(2), slotOf)
      this.#writings.set(node, writing)
    }
    return writing
  }
}

/** `redis+cluster://user:password@host:6379,host:6379`, a key named by the whole key; `#{1}` names it otherwise. */
export const openRedisCluster: OpenStore = (url, options, context) => {
  const { addresses, access, name } = readRedisUrl(url, options, context)
  if (access.database !== 0) throw new RouteError('a cluster has no other database than 0')
  const template = new Template(name, 'bytes', redisNameBytesMax)
  const prefix = template.prefix(context.pattern)
  const store = new RedisClusterStore(addresses, { ...options, access, prefix, clock: context.clock })
  return { store, template }
}
