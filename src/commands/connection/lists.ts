import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { command, int64, printed, type Call, type Client } from '../../command/index.js'

const badId = errorReply('Invalid client ID')

export type ClientType = 'normal' | 'replica' | 'pubsub' | 'master'

/** @throws {ReplyError} for an unknown name */
export function clientType(name: Slice): ClientType {
  if (name.is('NORMAL')) return 'normal'
  if (name.is('REPLICA') || name.is('SLAVE')) return 'replica'
  if (name.is('PUBSUB')) return 'pubsub'
  if (name.is('MASTER')) return 'master'
  throw errorReply(`Unknown client type '${printed(name)}'`)
}

/** Monitors count as normal clients, as in Redis. */
export function typeOf(client: Client): ClientType {
  if (client.isPrimary) return 'master'
  if (client.replica?.isAttached === true) return 'replica'
  return client.isSubscribed ? 'pubsub' : 'normal'
}

function flagsOf(client: Client): string {
  const flags = [
    client.isPrimary && 'M',
    client.replica?.isAttached === true && 'S',
    client.isMonitor && 'O',
    client.isSubscribed && 'P',
    client.transaction !== null && 'x',
    client.waiting && 'b',
    client.tracking !== null && 't',
    client.tracking?.isBroken === true && 'R',
    client.tracking?.isBroadcast === true && 'B',
    client.watch?.isStale === true && 'd',
    client.closing && 'c',
    client.isUnixSocket && 'U',
    client.noEvict && 'e',
    client.noTouch && 'T',
  ]
  return flags.filter((flag) => flag !== false).join('') || 'N'
}

type Field = [name: string, value: string | number]

const seconds = (ms: number): number => Math.floor(ms / 1000)

/**
 * One line of CLIENT LIST: Redis 7.0's fields; 7.2's `lib-name` and `lib-ver` for clients that gave them, and 7.4's `watch`
 * for those that watch keys.
 *
 * Replies of all connections share one buffer, so `rbs`, `rbp` and `obl` are 0, and what a connection has not yet taken
 * counts as `omem`.
 */
export const describeClient = (client: Client, call: Call): string =>
  describeClientAt(client, call.nowMs, client === call.client ? bytesOfArguments(call) : null)

/** @param callBytes of the arguments of its call at hand; null where it has none */
export function describeClientAt(client: Client, nowMs: number, callBytes: number | null = null): string {
  const { queryBytes, queryFreeBytes, outputBytes, memoryBytes, subscriptions, tracking, transaction, watch } = client
  const argumentBytes = callBytes ?? 0
  const fields: Field[] = [
    ['id', client.id],
    ['addr', client.address],
    ['laddr', client.localAddress],
    ['fd', client.fileDescriptor],
    ['name', client.name],
    ['age', seconds(nowMs) - seconds(client.createdMs)],
    ['idle', callBytes !== null ? 0 : Math.max(0, seconds(nowMs) - seconds(client.lastActiveMs))],
    ['flags', flagsOf(client)],
    ['db', client.database],
    ['sub', subscriptions?.channel.size ?? 0],
    ['psub', subscriptions?.pattern.size ?? 0],
    ['ssub', subscriptions?.shard.size ?? 0],
    ['multi', transaction?.count ?? -1],
    ...(watch === null || watch.keys.size === 0 ? [] : ([['watch', watch.keys.size]] satisfies Field[])),
    ['qbuf', queryBytes],
    ['qbuf-free', queryFreeBytes],
    ['argv-mem', argumentBytes],
    ['multi-mem', transaction?.bytes ?? 0],
    ['rbs', 0],
    ['rbp', 0],
    ['obl', 0],
    ['oll', outputBytes > 0 ? 1 : 0],
    ['omem', outputBytes],
    ['tot-mem', memoryBytes + argumentBytes],
    ['events', outputBytes > 0 ? 'rw' : 'r'],
    ['cmd', client.lastCommand?.fullName ?? 'NULL'],
    ['user', client.user],
    ['redir', tracking?.redirect ?? -1],
    ['resp', client.protocol],
  ]
  if (client.libraryName !== '') fields.push(['lib-name', client.libraryName])
  if (client.libraryVersion !== '') fields.push(['lib-ver', client.libraryVersion])
  return fields.map(([name, value]) => `${name}=${value}`).join(' ')
}

function bytesOfArguments({ args }: Call): number {
  let bytes = 0
  for (let i = 0; i < args.count; i++) bytes += args.at(i).length
  return bytes
}

export const ID = command({
  name: 'CLIENT|ID',
  group: 'connection',
  since: '5.0.0',
  summary: 'Returns the number of the connection.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ client, reply }) {
    reply.integer(client.id)
  },
})

export const GETNAME = command({
  name: 'CLIENT|GETNAME',
  group: 'connection',
  since: '2.6.9',
  summary: 'Returns the name of the connection.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ client, reply }) {
    if (client.name === '') reply.null()
    else reply.bulkText(client.name)
  },
})

export const INFO = command({
  name: 'CLIENT|INFO',
  group: 'connection',
  since: '6.2.0',
  summary: 'Describes this connection, in the line that CLIENT LIST has for it.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output'],
  run(call) {
    call.reply.verbatim(`${describeClient(call.client, call)}\n`)
  },
})

export const LIST = command({
  name: 'CLIENT|LIST',
  group: 'connection',
  since: '2.4.0',
  summary: 'Describes all connections, a line each.',
  complexity: 'O(N) where N is the number of connections.',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output'],
  history: [
    ['2.8.12', 'Connections have an `id`.'],
    ['5.0.0', 'Option `TYPE`.'],
    ['6.0.0', 'Field `user`.'],
    ['6.2.0', 'Fields `argv-mem`, `tot-mem`, `laddr` and `redir`, and option `ID`.'],
    ['7.0.0', 'Fields `resp`, `multi-mem`, `rbs` and `rbp`.'],
    ['7.0.3', 'Field `ssub`.'],
  ],
  syntax: `[TYPE normal_master_replica_pubsub=<NORMAL | MASTER | REPLICA | PUBSUB>@5.0.0]
    [ID id={client-id:integer...}@6.2.0]`,
  run(call) {
    const clients = chosen(call)
    call.reply.verbatim(clients.map((client) => `${describeClient(client, call)}\n`).join(''))
  },
})

/** @throws {ReplyError} */
function chosen({ args, services }: Call): Client[] {
  const { clients } = services
  if (args.count === 4 && args.at(2).is('TYPE')) {
    const type = clientType(args.at(3))
    return [...clients.all()].filter((client) => typeOf(client) === type)
  }
  if (args.count > 3 && args.at(2).is('ID')) {
    const ids = Array.from({ length: args.count - 3 }, (_, i) => Number(int64(args.at(i + 3), badId)))
    return ids.flatMap((id) => clients.byId(id) ?? [])
  }
  if (args.count !== 2) throw syntaxError
  return [...clients.all()]
}
