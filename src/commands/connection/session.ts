import { ReplyError, errorReply, notAnInteger, syntaxError } from '../../base/index.js'
import { Gate, command, integer, integerIn, printed, type Call } from '../../command/index.js'
import { refuseReserved } from '../refusals.js'
import { authenticate, needsPassword, setClientName } from './credentials.js'
import { watchReplies } from './modes.js'

const noPassword = errorReply(
  'AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
)
const noProtocol = new ReplyError('NOPROTO', 'unsupported protocol version')
const badProtocol = errorReply('Protocol version is not an integer or out of range')
const helloNeedsAuth = new ReplyError(
  'NOAUTH',
  'HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
)
const intMax = 2 ** 31 - 1
const notAnInt = errorReply(`value is out of range, value must between ${-intMax - 1} and ${intMax}`)
const noSuchDatabase = errorReply('DB index is out of range')

export const AUTH = command({
  name: 'AUTH',
  group: 'connection',
  since: '1.0.0',
  summary: 'Authenticates the connection.',
  complexity: 'O(N) where N is the number of passwords of the user.',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  history: [['6.0.0', 'A user name may come before the password.']],
  syntax: '[username@6.0.0] password',
  secrets: ({ args }) => Array.from({ length: args.count - 1 }, (_, i) => i + 1),
  run(call) {
    const { args, reply } = call
    if (args.count > 3) throw syntaxError
    if (args.count === 2) {
      if (!needsPassword(call)) throw noPassword
      authenticate(call, 'default', args.at(1))
    } else authenticate(call, args.at(1).toLatin1(), args.at(2))
    reply.ok()
  },
})

export const ECHO = command({
  name: 'ECHO',
  group: 'connection',
  since: '1.0.0',
  summary: 'Returns its argument.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  syntax: 'message',
  run({ args, reply }) {
    reply.bulk(args.at(1))
  },
})

export const HELLO = command({
  name: 'HELLO',
  group: 'connection',
  since: '6.0.0',
  summary: 'Chooses the protocol version, and may authenticate and name the connection.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  history: [['6.2.0', 'Without arguments it tells of the connection and changes nothing.']],
  syntax: '[arguments={protover:integer [AUTH username_password={username password}] [SETNAME clientname]}]',
  secrets({ args }) {
    const indexes: number[] = []
    for (let i = 2; i + 2 < args.count; i++) if (args.at(i).is('AUTH')) indexes.push(i + 1, i + 2)
    return indexes
  },
  run(call) {
    const { args, client, reply, services } = call
    const version = args.count < 2 ? client.protocol : protocolVersion(call)
    takeOptions(call)
    if ((client.gates & Gate.auth) !== 0) throw helloNeedsAuth
    client.protocol = reply.protocol = version
    client.deriveGates()
    reply.map(7)
    reply.bulkText('server')
    reply.bulkText('redis')
    reply.bulkText('version')
    reply.bulkText('7.0.15')
    reply.bulkText('proto')
    reply.integer(version)
    reply.bulkText('id')
    reply.integer(client.id)
    reply.bulkText('mode')
    reply.bulkText('standalone')
    reply.bulkText('role')
    reply.bulkText(services.replication.isReplica ? 'replica' : 'master')
    reply.bulkText('modules')
    reply.array(0)
  },
})

function protocolVersion({ args }: Call): 2 | 3 {
  const version = integer(args.at(1), badProtocol)
  if (version !== 2 && version !== 3) throw noProtocol
  return version
}

/** Options act as they are read: those before a wrong one have been taken, as in Redis. */
function takeOptions(call: Call): void {
  const { args } = call
  for (let i = 2; i < args.count; i++) {
    const option = args.at(i)
    const left = args.count - 1 - i
    if (option.is('AUTH') && left >= 2) {
      authenticate(call, args.at(i + 1).toLatin1(), args.at(i + 2))
      i += 2
    } else if (option.is('SETNAME') && left >= 1) setClientName(call, args.at(++i))
    else throw errorReply(`Syntax error in HELLO option '${printed(option)}'`)
  }
}

export const PING = command({
  name: 'PING',
  group: 'connection',
  since: '1.0.0',
  summary: 'Answers, which shows that the connection lives.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['fast'],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  whileSubscribed: true,
  syntax: '[message]',
  run({ args, client, reply }) {
    if (args.count > 2) throw errorReply("wrong number of arguments for 'ping' command")
    if (client.isSubscribed && client.protocol === 2) {
      // it looks like the messages among which it comes
      reply.array(2)
      reply.bulkText('pong')
      if (args.count === 1) reply.bulkText('')
      else reply.bulk(args.at(1))
    } else if (args.count === 1) reply.simple('PONG')
    else reply.bulk(args.at(1))
  },
})

export const QUIT = command({
  name: 'QUIT',
  group: 'connection',
  since: '1.0.0',
  summary: 'Closes the connection.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  inTransaction: 'ends',
  whileSubscribed: true,
  run({ client, reply }) {
    reply.ok()
    client.close(true)
  },
})

export const RESET = command({
  name: 'RESET',
  group: 'connection',
  since: '6.2.0',
  summary: 'Puts the connection back to how it began.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  inTransaction: 'ends',
  whileSubscribed: true,
  run(call) {
    const { client, reply, services } = call
    if (client.isMonitor) services.monitors.remove(client)
    client.isMonitor = false
    services.transactions.discard(client)
    services.pubsub.leave(client)
    services.tracking.disable(client)
    client.database = 0
    client.protocol = reply.protocol = 2
    client.user = 'default'
    client.gates = needsPassword(call) ? Gate.auth : 0
    client.name = ''
    client.noTouch = client.noOrigin = client.showsOrigin = false
    watchReplies(client, 'on')
    reply.simple('RESET')
  },
})

export const SELECT = command({
  name: 'SELECT',
  group: 'connection',
  since: '1.0.0',
  summary: 'Chooses the database of the connection.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  syntax: 'index:integer',
  run(call) {
    const { args, client, keyspace, reply } = call
    integer(args.at(1), notAnInteger)
    const index = integerIn(args.at(1), -intMax - 1, intMax, notAnInt)
    if (index < 0 || index >= keyspace.databases.length) throw noSuchDatabase
    refuseReserved(call, index)
    client.database = index
    reply.ok()
  },
})
