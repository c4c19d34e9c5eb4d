import { errorReply } from '../../base/index.js'
import { command, int64, subcommandSyntax } from '../../command/index.js'

const badReason = errorReply('CLIENT UNBLOCK reason should be TIMEOUT or ERROR')

export const UNBLOCK = command({
  name: 'CLIENT|UNBLOCK',
  group: 'connection',
  since: '5.0.0',
  summary: 'Ends the wait of a connection whose call waits for keys.',
  complexity: 'O(log N) where N is the number of connections.',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  syntax: 'client-id:integer [timeout_error=<TIMEOUT | ERROR>]',
  run(call) {
    const { args, reply, services } = call
    if (args.count > 4) throw subcommandSyntax(call)
    const byError = args.count === 4 && args.at(3).is('ERROR')
    if (args.count === 4 && !byError && !args.at(3).is('TIMEOUT')) throw badReason
    const client = services.clients.byId(Number(int64(args.at(2))))
    const done = client !== undefined && services.waiting.unblock(client, byError ? 'error' : 'timeout')
    reply.integer(done ? 1 : 0)
  },
})
