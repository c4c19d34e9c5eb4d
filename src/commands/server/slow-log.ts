import { errorReply } from '../../base/index.js'
import { command, integerIn, replyHelp, replySlowCalls, subcommandSyntax } from '../../command/index.js'

const badCount = errorReply('count should be greater than or equal to -1')

const GET = command({
  name: 'SLOWLOG|GET',
  group: 'server',
  since: '2.2.12',
  summary: 'Returns the last slow calls, newest first.',
  complexity: 'O(N) where N is the number of calls returned.',
  arity: -2,
  flags: ['admin', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'nondeterministic_output'],
  history: [['4.0.0', 'The address and name of the client.']],
  syntax: '[count:integer]',
  run(call) {
    const { args, reply, services } = call
    if (args.count > 3) throw subcommandSyntax(call)
    const count = args.count === 2 ? 10 : integerIn(args.at(2), -1, Infinity, badCount)
    const slowCalls = services.slowLog.latest(count === -1 ? Infinity : count)
    replySlowCalls(reply, slowCalls)
  },
})

const LEN = command({
  name: 'SLOWLOG|LEN',
  group: 'server',
  since: '2.2.12',
  summary: 'Counts the calls in the slow log.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:agg_sum', 'nondeterministic_output'],
  run({ reply, services }) {
    reply.integer(services.slowLog.length)
  },
})

const RESET = command({
  name: 'SLOWLOG|RESET',
  group: 'server',
  since: '2.2.12',
  summary: 'Empties the slow log.',
  complexity: 'O(N) where N is the number of calls in it.',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  run({ reply, services }) {
    services.slowLog.reset()
    reply.ok()
  },
})

const HELP = command({
  name: 'SLOWLOG|HELP',
  group: 'server',
  since: '6.2.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run(call) {
    replyHelp(call, [
      'GET [<count>]',
      '    Return top <count> entries from the slowlog (default: 10, -1 mean all).',
      '    Entries are made of:',
      '    id, timestamp, time in microseconds, arguments array, client IP and port,',
      '    client name',
      'LEN',
      '    Return the length of the slowlog.',
      'RESET',
      '    Reset the slowlog.',
    ])
  },
})

export const SLOWLOG = command({
  name: 'SLOWLOG',
  group: 'server',
  since: '2.2.12',
  summary: 'Looks at the slow log.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [GET, HELP, LEN, RESET],
})
