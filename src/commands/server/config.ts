import { syntaxError, type ReplyError } from '../../base/index.js'
import { command, isLocal, replyHelp, type Call } from '../../command/index.js'

type Refusal = ReplyError | undefined

export function replyOutcome({ reply }: Pick<Call, 'reply'>, refusal: Refusal): void {
  if (refusal !== undefined) throw refusal
  reply.ok()
}

const GET = command({
  name: 'CONFIG|GET',
  group: 'server',
  since: '2.0.0',
  summary: 'Returns parameters and their values.',
  complexity: 'O(N) where N is the number of parameters asked for.',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  history: [['7.0.0', 'Several patterns in one call.']],
  syntax: 'parameter={parameter}...',
  run({ args, reply, services }) {
    const patterns = Array.from({ length: args.count - 2 }, (_, i) => args.at(i + 2).toLatin1())
    const found = services.config.get(patterns)
    reply.map(found.length)
    for (const [name, value] of found) {
      reply.bulkBytes(Buffer.from(name, 'latin1'))
      reply.bulkBytes(Buffer.from(value, 'latin1'))
    }
  },
})

const SET = command({
  name: 'CONFIG|SET',
  group: 'server',
  since: '2.0.0',
  summary: 'Sets parameters while the server runs: all of them, or none.',
  complexity: 'O(N) where N is the number of parameters given.',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  history: [['7.0.0', 'Several parameters in one call.']],
  syntax: 'parameter_value={parameter value}...',
  secrets({ args, services }) {
    const indexes: number[] = []
    for (let i = 2; i + 1 < args.count; i += 2) if (services.config.isSecret(args.at(i).toLatin1())) indexes.push(i + 1)
    return indexes
  },
  run(call) {
    const { args, client, services } = call
    if (args.count % 2 !== 0) throw syntaxError
    const pairs: [string, string][] = []
    for (let i = 2; i < args.count; i += 2) pairs.push([args.at(i).toLatin1(), args.at(i + 1).toLatin1()])
    const outcome = services.config.set(pairs, { local: isLocal(client) })
    if (!(outcome instanceof Promise)) return replyOutcome(call, outcome)
    const later = call.later()
    void outcome.then((refusal) =>
      later.settle((reply) => {
        if (refusal === undefined) reply.ok()
        else reply.error(refusal)
      }),
    )
  },
})

const RESETSTAT = command({
  name: 'CONFIG|RESETSTAT',
  group: 'server',
  since: '2.0.0',
  summary: 'Begins the statistics of INFO anew.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ reply, services }) {
    services.server.resetStatistics()
    reply.ok()
  },
})

const REWRITE = command({
  name: 'CONFIG|REWRITE',
  group: 'server',
  since: '2.8.0',
  summary: 'Writes the present values to the configuration file.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run(call) {
    replyOutcome(call, call.services.config.rewrite())
  },
})

const HELP = command({
  name: 'CONFIG|HELP',
  group: 'server',
  since: '5.0.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run(call) {
    replyHelp(call, [
      'GET <pattern>',
      '    Return parameters matching the glob-like <pattern> and their values.',
      'SET <directive> <value>',
      '    Set the configuration <directive> to <value>.',
      'RESETSTAT',
      '    Reset statistics reported by the INFO command.',
      'REWRITE',
      '    Rewrite the configuration file.',
    ])
  },
})

export const CONFIG = command({
  name: 'CONFIG',
  group: 'server',
  since: '2.0.0',
  summary: 'Reads and sets the configuration.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [GET, HELP, RESETSTAT, REWRITE, SET],
})
