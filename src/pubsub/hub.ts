import { Slice, matchGlob } from '../base/index.js'
import { Message, type Named } from './message.js'

/** What one may subscribe to: a channel, all channels that match a pattern, a shard channel. */
export type SubscriptionKind = 'channel' | 'pattern' | 'shard'

/** What one subscriber is subscribed to, in the order in which it asked. */
export class Subscriptions {
  readonly channel = new Set<string>()
  readonly pattern = new Set<string>()
  readonly shard = new Set<string>()

  get count(): number {
    return this.channel.size + this.pattern.size + this.shard.size
  }
}

/** Whoever hears messages: a connection, or a listener in the same process. */
export interface Subscriber {
  /** Kept by the hub; null while it is subscribed to nothing. */
  subscriptions: Subscriptions | null
  /** Takes a message in: it neither waits nor throws, nor does it subscribe or publish before it returns. */
  hear(message: Message): void
}

/** Who subscribed to a name. */
interface Audience extends Named {
  readonly subscribers: Set<Subscriber>
}

/**
 * Channels and who listens to them. Names are latin1 text, a code unit a byte.
 *
 * Subscribers hear a message in the order in which they subscribed, those of the channel before those of patterns.
 */
export class PubSub {
  readonly #audiences: Readonly<Record<SubscriptionKind, Map<string, Audience>>> = {
    channel: new Map(),
    pattern: new Map(),
    shard: new Map(),
  }
  #subscriptions = 0

  /** Number of subscriptions of all subscribers together: a message is heard at most so many times. */
  get subscriptions(): number {
    return this.#subscriptions
  }

  /** Whether it was not subscribed to this before. */
  subscribe(kind: SubscriptionKind, subscriber: Subscriber, name: string): boolean {
    const own = (subscriber.subscriptions ??= new Subscriptions())[kind]
    if (own.has(name)) return false
    own.add(name)
    this.#subscriptions++
    const audiences = this.#audiences[kind]
    const audience = audiences.get(name)
    if (audience !== undefined) audience.subscribers.add(subscriber)
    else
      audiences.set(name, { name, subscribers: new Set([subscriber]), bytes: Slice.from(Buffer.from(name, 'latin1')) })
    return true
  }

  /** Whether it was subscribed to this. */
  unsubscribe(kind: SubscriptionKind, subscriber: Subscriber, name: string): boolean {
    const { subscriptions } = subscriber
    if (subscriptions === null || !subscriptions[kind].delete(name)) return false
    this.#subscriptions--
    const { subscribers } = this.#audiences[kind].get(name)!
    subscribers.delete(subscriber)
    if (subscribers.size === 0) this.#audiences[kind].delete(name)
    if (subscriptions.count === 0) subscriber.subscriptions = null
    return true
  }

  /** Ends all subscriptions of one. */
  leave(subscriber: Subscriber): void {
    const { subscriptions } = subscriber
    if (subscriptions === null) return
    for (const kind of ['channel', 'pattern', 'shard'] as const) {
      for (const name of subscriptions[kind]) this.unsubscribe(kind, subscriber, name)
    }
  }

  /** Whether nobody would hear a message, whatever its channel. */
  get isSilent(): boolean {
    return this.#audiences.channel.size === 0 && this.#audiences.pattern.size === 0
  }

  /**
   * Sends a message to whoever listens to its channel. Returns the number of times it was heard.
   *
   * @param hearer hears the messages of `self` in its place
   */
  publish(channel: Slice | string, payload: Slice, self?: Subscriber, hearer?: (message: Message) => void): number {
    if (this.isSilent) return 0
    const name = typeof channel === 'string' ? channel : channel.toLatin1()
    let heard = 0
    const audience = this.#audiences.channel.get(name)
    if (audience !== undefined) heard = tell(audience, new Message('message', null, audience, payload), self, hearer)
    if (this.#audiences.pattern.size === 0) return heard
    const bytes = typeof channel === 'string' ? Slice.from(Buffer.from(channel, 'latin1')) : channel
    for (const matching of this.#audiences.pattern.values()) {
      if (!matchGlob(matching.bytes, bytes)) continue
      heard += tell(matching, new Message('pmessage', matching, { name, bytes }, payload), self, hearer)
    }
    return heard
  }

  /** As `publish`, to a shard channel, which patterns do not match. */
  publishToShard(channel: Slice, payload: Slice, self?: Subscriber, hearer?: (message: Message) => void): number {
    const audience = this.#audiences.shard.size === 0 ? undefined : this.#audiences.shard.get(channel.toLatin1())
    if (audience === undefined) return 0
    return tell(audience, new Message('smessage', null, audience, payload), self, hearer)
  }

  /** Number of different names that somebody is subscribed to. */
  count(kind: SubscriptionKind): number {
    return this.#audiences[kind].size
  }

  /** Number of subscribers to a name. */
  audienceOf(kind: SubscriptionKind, name: string): number {
    return this.#audiences[kind].get(name)?.subscribers.size ?? 0
  }

  /** Names that somebody is subscribed to, those that match a pattern where one is given. */
  names(kind: SubscriptionKind, pattern: Slice | null): string[] {
    const all = [...this.#audiences[kind]]
    return all.flatMap(([name, { bytes }]) => (pattern === null || matchGlob(pattern, bytes) ? [name] : []))
  }
}

/** Tells all of an audience, one of whom may hear in another way. Returns how many they are. */
function tell(
  { subscribers }: Audience,
  message: Message,
  self: Subscriber | undefined,
  hearer: ((message: Message) => void) | undefined,
): number {
  for (const subscriber of subscribers) {
    if (hearer !== undefined && subscriber === self) hearer(message)
    else subscriber.hear(message)
  }
  return subscribers.size
}
