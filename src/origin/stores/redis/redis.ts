import type { Clock } from '../../../base/index.js'
import type { CancelSignal } from '../../cancellation.js'
import { RouteError } from '../../route-error.js'
import type {
  Answer,
  Ask,
  ChangeListener,
  NamePage,
  OriginStore,
  Unavailable,
  Watch,
  Write,
  Written,
} from '../../store.js'
import { Template } from '../../template.js'
import type { OpenStore } from '../opening.js'
import type { RedisAccess, RedisAddress } from './connection.js'
import { RedisNode } from './node.js'
import { Reading } from './reading.js'
import type { Question, ReadingOptions, Replies } from './reading.js'
import { scanServer } from './scanning.js'
import { readRedisUrl } from './url.js'
import { ServerWatch } from './watching.js'
import { Writing } from './writing.js'

export interface RedisStoreOptions extends ReadingOptions {
  readonly access: RedisAccess
  /** What the names of all keys that are asked for begin with. */
  readonly prefix: string
  readonly clock: Clock
}

/** Keys of one call: they share a pipeline. */
export const redisBatchMax = 1024

/** Longest name asked for: what is longer is hardly a key, and would hold up others. */
export const redisNameBytesMax = 1024 * 1024

/**
 * `redis:` — strings or hashes of another Redis, 6.2 or later, or a Valkey; `Ask.key` is the key, each code unit a byte.
 *
 * Values are compared with the copies held here by their digests when they have come: only what is equal is not handed on.
 */
export class RedisStore implements OriginStore {
  readonly batchMax = redisBatchMax
  readonly hasDeadlines = true
  readonly #options: RedisStoreOptions
  readonly #node: RedisNode
  readonly #reading: Reading
  readonly #writing: Writing

  constructor(address: RedisAddress, options: RedisStoreOptions) {
    this.#options = options
    this.#node = new RedisNode(address, options.access)
    this.#reading = new Reading({ ask: (questions, signal) => this.#ask(questions, signal) }, options)
    this.#writing = new Writing(options, () => this.#node.connect(2))
  }

  fetchMany(asks: readonly Ask[], signal: CancelSignal): Promise<readonly (Answer | Unavailable)[]> {
    return this.#reading.answer(asks, signal)
  }

  write(write: Write, signal: CancelSignal): Promise<Written> {
    return this.#writing.write(write, signal)
  }

  async watch(listener: ChangeListener, signal: CancelSignal): Promise<Watch> {
    const { clock, prefix } = this.#options
    return this.#reading.watched(clock, listener, async (told) => {
      const watch = await ServerWatch.open(this.#node, prefix, told, signal)
      this.#writing.moveTo(watch.connection)
      return watch
    })
  }

  list(prefix: string, cursor: NamePage['next'], signal: CancelSignal): Promise<NamePage> {
    return scanServer(this.#node, { as: this.#options.as, prefix, cursor: String(cursor ?? '0') }, signal)
  }

  async close(): Promise<void> {
    this.#node.close()
    this.#writing.close()
  }

  async #ask(questions: readonly Question[], signal: CancelSignal): Promise<Replies> {
    const replies = await this.#node.read(
      questions.flatMap(({ commands }) => commands),
      signal,
    )
    let at = 0
    return questions.map(({ commands }) => replies.slice(at, (at += commands.length)))
  }
}

/** `redis://user:password@host:6379/0`, a key named by the whole key; `#{1}` names it otherwise. */
export const openRedis: OpenStore = (url, options, context) => {
  const { addresses, access, name } = readRedisUrl(url, options, context)
  if (addresses.length > 1) throw new RouteError('a redis: URL names one server; a cluster is redis+cluster:')
  const template = new Template(name, 'bytes', redisNameBytesMax)
  const prefix = template.prefix(context.pattern)
  const store = new RedisStore(addresses[0], { ...options, access, prefix, clock: context.clock })
  return { store, template }
}
