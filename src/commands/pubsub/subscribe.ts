import { errorReply } from '../../base/index.js'
import { command, type Call, type Command, type CommandSpec, type KeySpec } from '../../command/index.js'
import type { SubscriptionKind } from '../../pubsub/index.js'

/** Names of shard channels stand where keys do, so that a cluster's client finds their node; they are none. */
export const shardChannels: readonly KeySpec[] = [{ first: 1, last: -1, marks: ['not_key'] }]

/** What a subscriber hears of: subscriptions to shard channels are counted apart. */
function subscriptionsOf({ client: { subscriptions } }: Call, kind: SubscriptionKind): number {
  if (subscriptions === null) return 0
  return kind === 'shard' ? subscriptions.shard.size : subscriptions.channel.size + subscriptions.pattern.size
}

/** Says that one subscription began or ended; null where there was none to end. */
function confirm(call: Call, word: string, kind: SubscriptionKind, name: string | null): void {
  const { reply } = call
  reply.push(3)
  reply.bulkText(word)
  if (name === null) reply.null()
  else reply.bulkBytes(Buffer.from(name, 'latin1'))
  reply.integer(subscriptionsOf(call, kind))
}

function subscribe(call: Call, kind: SubscriptionKind): void {
  const { args, client, command: { fullName, name } , services } = call // prettier-ignore
  // inside of EXEC each subscription would be a reply too many, which Redis has always permitted but for shard channels
  if (client.deniesBlocking || (call.isInner && kind === 'shard')) {
    throw errorReply(`${name} isn't allowed for a DENY BLOCKING client`)
  }
  for (let i = 1; i < args.count; i++) {
    const channel = args.at(i).toLatin1()
    services.pubsub.subscribe(kind, client, channel)
    confirm(call, fullName, kind, channel)
  }
  client.deriveGates()
}

function unsubscribe(call: Call, kind: SubscriptionKind): void {
  const { args, client, command: { fullName }, services } = call // prettier-ignore
  const names =
    args.count === 1
      ? [...(client.subscriptions?.[kind] ?? [])]
      : Array.from({ length: args.count - 1 }, (_, i) => args.at(i + 1).toLatin1())
  for (const name of names) {
    services.pubsub.unsubscribe(kind, client, name)
    confirm(call, fullName, kind, name)
  }
  if (names.length === 0) confirm(call, fullName, kind, null)
  client.deriveGates()
}

type Declared = Pick<CommandSpec, 'name' | 'since' | 'summary' | 'complexity' | 'syntax' | 'keys'>

const listening = (kind: SubscriptionKind, spec: Declared): Command =>
  command({
    ...spec,
    group: 'pubsub',
    arity: -2,
    flags: ['pubsub', 'noscript', 'loading', 'stale'],
    whileSubscribed: true,
    repliesByPush: true,
    run: (call) => subscribe(call, kind),
  })

const leaving = (kind: SubscriptionKind, spec: Declared): Command =>
  command({
    ...spec,
    group: 'pubsub',
    arity: -1,
    flags: ['pubsub', 'noscript', 'loading', 'stale'],
    whileSubscribed: true,
    repliesByPush: true,
    run: (call) => unsubscribe(call, kind),
  })

export const SUBSCRIBE = listening('channel', {
  name: 'SUBSCRIBE',
  since: '2.0.0',
  summary: 'Listens to channels.',
  complexity: 'O(N) where N is the number of channels.',
  syntax: 'channel...',
})

export const PSUBSCRIBE = listening('pattern', {
  name: 'PSUBSCRIBE',
  since: '2.0.0',
  summary: 'Listens to all channels that match a pattern.',
  complexity: 'O(N) where N is the number of patterns.',
  syntax: 'pattern={pattern:pattern}...',
})

export const SSUBSCRIBE = listening('shard', {
  name: 'SSUBSCRIBE',
  since: '7.0.0',
  summary: 'Listens to shard channels.',
  complexity: 'O(N) where N is the number of shard channels.',
  keys: shardChannels,
  syntax: 'shardchannel...',
})

export const UNSUBSCRIBE = leaving('channel', {
  name: 'UNSUBSCRIBE',
  since: '2.0.0',
  summary: 'Stops listening to channels, to all of them when none is named.',
  complexity: 'O(N) where N is the number of channels.',
  syntax: '[channel...]',
})

export const PUNSUBSCRIBE = leaving('pattern', {
  name: 'PUNSUBSCRIBE',
  since: '2.0.0',
  summary: 'Stops listening to channels by patterns, by all of them when none is named.',
  complexity: 'O(N) where N is the number of patterns.',
  syntax: '[pattern:pattern...]',
})

export const SUNSUBSCRIBE = leaving('shard', {
  name: 'SUNSUBSCRIBE',
  since: '7.0.0',
  summary: 'Stops listening to shard channels, to all of them when none is named.',
  complexity: 'O(N) where N is the number of shard channels.',
  keys: shardChannels,
  syntax: '[shardchannel...]',
})
