import { errorReply, syntaxError } from '../../base/index.js'
import {
  command,
  int64,
  integer,
  integerIn,
  printed,
  subcommandSyntax,
  type Call,
  type Client,
} from '../../command/index.js'
import { clientType, typeOf, type ClientType } from './lists.js'

const badId = errorReply('client-id should be greater than 0')
const noSuchClient = errorReply('No such client')
const badAge = errorReply('maxage is not an integer or out of range')
const tooYoung = errorReply('maxage should be greater than 0')
const badMode = errorReply('CLIENT PAUSE mode must be WRITE or ALL')
const badTimeout = errorReply('timeout is not an integer or out of range')
const negativeTimeout = errorReply('timeout is negative')

interface Filter {
  id?: number
  /** Those that came later are spared: Unix seconds. Redis 7.4's MAXAGE. */
  cameUntil?: number
  type?: ClientType
  address?: string
  localAddress?: string
  user?: string
  skipsCaller: boolean
}

const matches = (client: Client, filter: Filter, caller: Client): boolean =>
  (filter.address === undefined || client.address === filter.address) &&
  (filter.localAddress === undefined || client.localAddress === filter.localAddress) &&
  (filter.type === undefined || typeOf(client) === filter.type) &&
  (filter.id === undefined || client.id === filter.id) &&
  (filter.cameUntil === undefined || Math.floor(client.createdMs / 1000) <= filter.cameUntil) &&
  (filter.user === undefined || client.user === filter.user) &&
  !(filter.skipsCaller && client === caller)

/** @throws {ReplyError} */
function readFilter({ args, nowMs }: Call): Filter {
  const filter: Filter = { skipsCaller: true }
  for (let i = 2; i < args.count; i += 2) {
    if (i + 1 >= args.count) throw syntaxError
    const option = args.at(i)
    const value = args.at(i + 1)
    if (option.is('ID')) filter.id = integerIn(value, 1, Infinity, badId)
    else if (option.is('MAXAGE')) {
      const ageSeconds = integer(value, badAge)
      if (ageSeconds <= 0) throw tooYoung
      filter.cameUntil = Math.floor(nowMs / 1000) - ageSeconds
    } else if (option.is('TYPE')) filter.type = clientType(value)
    else if (option.is('ADDR')) filter.address = printed(value)
    else if (option.is('LADDR')) filter.localAddress = printed(value)
    else if (option.is('USER')) {
      filter.user = value.toLatin1()
      if (filter.user !== 'default') throw errorReply(`No such user '${printed(value)}'`)
    } else if (!option.is('SKIPME')) throw syntaxError
    else if (value.is('YES')) filter.skipsCaller = true
    else if (value.is('NO')) filter.skipsCaller = false
    else throw syntaxError
  }
  return filter
}

export const KILL = command({
  name: 'CLIENT|KILL',
  group: 'connection',
  since: '2.4.0',
  summary: 'Closes connections.',
  complexity: 'O(N) where N is the number of connections.',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  history: [
    ['2.8.12', 'Filters as options.'],
    ['2.8.12', 'Option `ID`.'],
    ['3.2.0', 'Type `master`.'],
    ['5.0.0', 'Type `replica`, of which `slave` is the older name.'],
    ['6.2.0', 'Option `LADDR`.'],
  ],
  syntax: `filter=<'ip:port'!2.8.12 | new-format=<[ID client-id:integer@2.8.12]
      | [TYPE normal_master_slave_pubsub=<NORMAL | MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB>@2.8.12]
      | [USER username] | [ADDR 'ip:port'] | [LADDR 'ip:port'@6.2.0] | [SKIPME 'yes/no']>...>`,
  run(call) {
    const { args, client, reply, services } = call
    // the older form has only an address, and may name the caller's own
    const isOldForm = args.count === 3
    const filter: Filter = isOldForm ? { address: printed(args.at(2)), skipsCaller: false } : readFilter(call)
    const killed = [...services.clients.all()].filter((other) => matches(other, filter, client))
    if (isOldForm && killed.length === 0) throw noSuchClient
    for (const other of killed) if (other !== client) other.cut()
    if (isOldForm) reply.ok()
    else reply.integer(killed.length)
    if (killed.includes(client)) client.close(true)
  },
})

export const PAUSE = command({
  name: 'CLIENT|PAUSE',
  group: 'connection',
  since: '2.9.50',
  summary: 'Holds back the commands of all connections, or only their writes, for some time.',
  complexity: 'O(1)',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  history: [['6.2.0', 'Writes alone can be held back.']],
  syntax: 'timeout:integer [mode=<WRITE | ALL>@6.2.0]',
  run(call) {
    const { args, nowMs, reply, services } = call
    if (args.count > 4) throw subcommandSyntax(call)
    const mode = args.count === 4 && args.at(3).is('WRITE') ? 'write' : 'all'
    if (args.count === 4 && mode === 'all' && !args.at(3).is('ALL')) throw badMode
    const timeoutMs = int64(args.at(2), badTimeout)
    if (timeoutMs < 0n) throw negativeTimeout
    // a sum beyond 64 bits wraps, as in Redis: such a pause is over before it begins
    const untilUnixMs = timeoutMs === 0n ? 0 : Number(BigInt.asIntN(64, timeoutMs + BigInt(nowMs)))
    services.server.pause({ untilUnixMs, mode })
    reply.ok()
  },
})

export const UNPAUSE = command({
  name: 'CLIENT|UNPAUSE',
  group: 'connection',
  since: '6.2.0',
  summary: 'Ends a pause.',
  complexity: 'O(N) where N is the number of connections held back.',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, services }) {
    services.server.unpause()
    reply.ok()
  },
})
