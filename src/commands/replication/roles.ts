import { errorReply, notAnInteger, syntaxError } from '../../base/index.js'
import { command, integer, integerIn, type Call, type CommandSpec, type FailoverOptions } from '../../command/index.js'
import { describeClient } from '../connection/lists.js'

const badPort = errorReply('Invalid master port')
const notOfReplica = errorReply('Command is not valid when client is a replica.')
const badTimeout = errorReply('FAILOVER timeout must be greater than 0')

const following: Pick<CommandSpec, 'group' | 'summary' | 'complexity' | 'arity' | 'flags' | 'syntax' | 'run'> = {
  group: 'server',
  summary: 'Makes the server follow another one as its replica, or follow nobody.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'stale', 'no_async_loading'],
  syntax: 'args=<host-port={host port:integer} | no-one={NO ONE}>',
  run(call) {
    const { args, client, reply, services } = call
    const { replication } = services
    const asked = describeClient(client, call)
    if (args.at(1).is('NO') && args.at(2).is('ONE')) {
      replication.promote(asked)
      return reply.ok()
    }
    if (client.replica?.isAttached === true) throw notOfReplica
    const port = integerIn(args.at(2), 0, 65_535, badPort)
    if (replication.follow(args.at(1).toLatin1(), port, asked)) reply.ok()
    else reply.simple('OK Already connected to specified master')
  },
}

export const REPLICAOF = command({ name: 'REPLICAOF', since: '5.0.0', ...following })

export const SLAVEOF = command({
  name: 'SLAVEOF',
  since: '1.0.0',
  deprecated: { since: '5.0.0', replacedBy: '`REPLICAOF`' },
  ...following,
})

export const ROLE = command({
  name: 'ROLE',
  group: 'server',
  since: '2.8.12',
  summary: 'Tells whether the server is a primary or a replica, and how far its replicas, or it, have come.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  run({ reply, services }) {
    const role = services.replication.role()
    if (role.kind === 'replica') {
      reply.array(5)
      reply.bulkText('slave')
      reply.bulkText(role.host)
      reply.integer(role.port)
      reply.bulkText(role.link)
      reply.integer(role.offset)
      return
    }
    reply.array(3)
    reply.bulkText('master')
    reply.integer(role.offset)
    reply.array(role.replicas.length)
    for (const { address, port, offset } of role.replicas) {
      reply.array(3)
      reply.bulkText(address)
      reply.bulkText(String(port))
      reply.bulkText(String(offset))
    }
  },
})

/** @throws {ReplyError} */
function readFailover({ args }: Call): FailoverOptions {
  let target: FailoverOptions['target'] = null
  let timeoutMs = 0
  let isForced = false
  for (let i = 1; i < args.count; i++) {
    const word = args.at(i)
    const left = args.count - 1 - i
    if (word.is('TIMEOUT') && left >= 1 && timeoutMs === 0) {
      timeoutMs = integer(args.at(++i), notAnInteger)
      if (timeoutMs <= 0) throw badTimeout
    } else if (word.is('TO') && left >= 2 && target === null) {
      target = { host: args.at(i + 1).toLatin1(), port: integer(args.at(i + 2), notAnInteger) }
      i += 2
    } else if (word.is('FORCE') && !isForced) isForced = true
    else throw syntaxError
  }
  return { target, timeoutMs, isForced }
}

export const FAILOVER = command({
  name: 'FAILOVER',
  group: 'server',
  since: '6.2.0',
  summary: 'Hands the role of the primary over to a replica, when that has all writes.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['admin', 'noscript', 'stale'],
  syntax: '[TO target={host port:integer [FORCE]}] [ABORT] [TIMEOUT milliseconds:integer]',
  run(call) {
    const { args, reply, services } = call
    if (args.count === 2 && args.at(1).is('ABORT')) services.replication.abortFailover()
    else services.replication.failOver(readFailover(call))
    reply.ok()
  },
})
