import { command, replyHelp, subcommandSyntax, type Call } from '../../command/index.js'
import type { Message, SubscriptionKind } from '../../pubsub/index.js'

/**
 * How the caller hears its own message: before the reply, as Redis 7.0 has it, where it is a frame of its own there and is
 * not taken back with the reply. Otherwise it comes behind.
 */
function hearer({ client, isInner, reply }: Call): ((message: Message) => void) | undefined {
  if (!client.isSubscribed || isInner || client.replyMode !== 'on') return undefined
  return (message) => message.write(reply)
}

/** Subscriptions up to which no message takes long to be told. */
const fewSubscriptions = 256

const isHeardByMany = ({ services }: Pick<Call, 'services'>): boolean =>
  services.pubsub.subscriptions > fewSubscriptions

export const PUBLISH = command({
  name: 'PUBLISH',
  group: 'pubsub',
  since: '2.0.0',
  summary: 'Sends a message to all who listen to a channel, and counts them.',
  complexity: 'O(N+M) where N is the number of subscribers of the channel and M that of all patterns.',
  arity: 3,
  takesLong: isHeardByMany,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  syntax: 'channel message',
  run(call) {
    const { args, client, reply, services } = call
    call.tellReplicas()
    reply.integer(services.pubsub.publish(args.at(1), args.at(2), client, hearer(call)))
  },
})

export const SPUBLISH = command({
  name: 'SPUBLISH',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Sends a message to all who listen to a shard channel, and counts them.',
  complexity: 'O(N) where N is the number of subscribers of the shard channel.',
  arity: 3,
  takesLong: isHeardByMany,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  keys: [{ first: 1, marks: ['not_key'] }],
  syntax: 'shardchannel message',
  run(call) {
    const { args, client, reply, services } = call
    call.tellReplicas()
    reply.integer(services.pubsub.publishToShard(args.at(1), args.at(2), client, hearer(call)))
  },
})

function replyNames(call: Call, kind: SubscriptionKind): void {
  const { args, reply, services } = call
  if (args.count > 3) throw subcommandSyntax(call)
  const names = services.pubsub.names(kind, args.count === 3 ? args.at(2) : null)
  reply.array(names.length)
  for (const name of names) reply.bulkBytes(Buffer.from(name, 'latin1'))
}

function replyAudiences({ args, reply, services }: Call, kind: SubscriptionKind): void {
  reply.array((args.count - 2) * 2)
  for (let i = 2; i < args.count; i++) {
    reply.bulk(args.at(i))
    reply.integer(services.pubsub.audienceOf(kind, args.at(i).toLatin1()))
  }
}

const CHANNELS = command({
  name: 'PUBSUB|CHANNELS',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Returns the channels that somebody listens to.',
  complexity: 'O(N) where N is the number of channels.',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  syntax: '[pattern:pattern]',
  run: (call) => replyNames(call, 'channel'),
})

const SHARDCHANNELS = command({
  name: 'PUBSUB|SHARDCHANNELS',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Returns the shard channels that somebody listens to.',
  complexity: 'O(N) where N is the number of shard channels.',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  syntax: '[pattern:pattern]',
  run: (call) => replyNames(call, 'shard'),
})

const NUMSUB = command({
  name: 'PUBSUB|NUMSUB',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Counts those who listen to channels, patterns left aside.',
  complexity: 'O(N) where N is the number of channels asked for.',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  syntax: '[channel...]',
  run: (call) => replyAudiences(call, 'channel'),
})

const SHARDNUMSUB = command({
  name: 'PUBSUB|SHARDNUMSUB',
  group: 'pubsub',
  since: '7.0.0',
  summary: 'Counts those who listen to shard channels.',
  complexity: 'O(N) where N is the number of shard channels asked for.',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  syntax: '[shardchannel...]',
  run: (call) => replyAudiences(call, 'shard'),
})

const NUMPAT = command({
  name: 'PUBSUB|NUMPAT',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Counts the different patterns that somebody listens by.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['pubsub', 'loading', 'stale'],
  run({ reply, services }) {
    reply.integer(services.pubsub.count('pattern'))
  },
})

const HELP = command({
  name: 'PUBSUB|HELP',
  group: 'pubsub',
  since: '6.2.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run(call) {
    replyHelp(call, [
      'CHANNELS [<pattern>]',
      "    Return the currently active channels matching a <pattern> (default: '*').",
      'NUMPAT',
      '    Return number of subscriptions to patterns.',
      'NUMSUB [<channel> ...]',
      '    Return the number of subscribers for the specified channels, excluding',
      '    pattern subscriptions(default: no channels).',
      'SHARDCHANNELS [<pattern>]',
      "    Return the currently active shard level channels matching a <pattern> (default: '*').",
      'SHARDNUMSUB [<shardchannel> ...]',
      '    Return the number of subscribers for the specified shard level channel(s)',
    ])
  },
})

export const PUBSUB = command({
  name: 'PUBSUB',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'Looks at channels and who listens to them.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [CHANNELS, HELP, NUMPAT, NUMSUB, SHARDCHANNELS, SHARDNUMSUB],
})
