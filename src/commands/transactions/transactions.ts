import { errorReply } from '../../base/index.js'
import { command } from '../../command/index.js'
import { everyKey } from '../key-specs.js'

const nested = errorReply('MULTI calls can not be nested')
const watchInside = errorReply('WATCH inside MULTI is not allowed')
const execAlone = errorReply('EXEC without MULTI')
const discardAlone = errorReply('DISCARD without MULTI')

export const MULTI = command({
  name: 'MULTI',
  group: 'transactions',
  since: '1.2.0',
  summary: 'Begins a transaction: the requests that follow are queued.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  inTransaction: 'runs',
  run({ client, reply, services }) {
    if (client.transaction !== null) throw nested
    services.transactions.begin(client)
    reply.ok()
  },
})

export const EXEC = command({
  name: 'EXEC',
  group: 'transactions',
  since: '1.2.0',
  summary: 'Runs the queued requests, one behind the other and nothing in between.',
  complexity: 'Depends on commands in the transaction',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  inTransaction: 'executes',
  run(call) {
    if (call.client.transaction === null) throw execAlone
    call.services.transactions.execute(call)
  },
})

export const DISCARD = command({
  name: 'DISCARD',
  group: 'transactions',
  since: '2.0.0',
  summary: 'Forgets the queued requests, and what was watched.',
  complexity: 'O(N) where N is the number of watched keys.',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  inTransaction: 'ends',
  run({ client, reply, services }) {
    if (client.transaction === null) throw discardAlone
    services.transactions.discard(client)
    reply.ok()
  },
})

export const WATCH = command({
  name: 'WATCH',
  group: 'transactions',
  since: '2.2.0',
  summary: 'Watches keys: the next EXEC runs only if none of them changed.',
  complexity: 'O(1) for every key.',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  keys: everyKey('RO'),
  inTransaction: 'runs',
  syntax: 'key...',
  run(call) {
    const { client, reply, services } = call
    if (client.transaction !== null) throw watchInside
    services.transactions.watch(client, call)
    reply.ok()
  },
})

export const UNWATCH = command({
  name: 'UNWATCH',
  group: 'transactions',
  since: '2.2.0',
  summary: 'Forgets what was watched.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  run({ client, reply, services }) {
    services.transactions.unwatch(client)
    reply.ok()
  },
})
