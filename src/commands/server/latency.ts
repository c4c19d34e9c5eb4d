import { errorReply } from '../../base/index.js'
import { command, printed, replyHelp, type Call, type Command } from '../../command/index.js'
import { findByName } from './command-names.js'
import { latencyReport } from './latency-report.js'

const DOCTOR = command({
  name: 'LATENCY|DOCTOR',
  group: 'server',
  since: '2.8.13',
  summary: 'Says in words what took long, and what may help.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  run({ reply, services }) {
    reply.verbatim(latencyReport(services))
  },
})

const GRAPH = command({
  name: 'LATENCY|GRAPH',
  group: 'server',
  since: '2.8.13',
  summary: 'Draws the spikes of an event.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  syntax: 'event',
  run({ args, reply, services }) {
    const graph = services.latency.graph(args.at(2).toLatin1())
    if (graph === undefined) throw errorReply(`No samples available for event '${printed(args.at(2))}'`)
    reply.verbatim(graph)
  },
})

const HISTORY = command({
  name: 'LATENCY|HISTORY',
  group: 'server',
  since: '2.8.13',
  summary: 'Returns the spikes of an event, oldest first.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  syntax: 'event',
  run({ args, reply, services }) {
    const spikes = services.latency.history(args.at(2).toLatin1())
    reply.array(spikes.length)
    for (const { unixSeconds, ms } of spikes) {
      reply.array(2)
      reply.integer(unixSeconds)
      reply.integer(ms)
    }
  },
})

const LATEST = command({
  name: 'LATENCY|LATEST',
  group: 'server',
  since: '2.8.13',
  summary: 'Returns the last spike of each event, and the longest ever.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  run({ reply, services }) {
    const latest = services.latency.latest()
    reply.array(latest.length)
    for (const { event, last, longest } of latest) {
      reply.array(4)
      reply.bulkText(event)
      reply.integer(last.unixSeconds)
      reply.integer(last.ms)
      reply.integer(longest)
    }
  },
})

const RESET = command({
  name: 'LATENCY|RESET',
  group: 'server',
  since: '2.8.13',
  summary: 'Forgets the spikes of some events, or of all.',
  complexity: 'O(1)',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['request_policy:all_nodes', 'response_policy:all_succeeded'],
  syntax: '[event...]',
  run({ args, reply, services }) {
    const { latency } = services
    let forgotten = args.count === 2 ? latency.reset() : 0
    for (let i = 2; i < args.count; i++) forgotten += latency.reset(args.at(i).toLatin1())
    reply.integer(forgotten)
  },
})

/** The commands that were named, each followed by its subcommands; all when none was. Unknown names are passed over. */
function wanted({ args, services }: Call): Command[] {
  const { commands } = services
  const named =
    args.count === 2
      ? commands.all
      : Array.from({ length: args.count - 2 }, (_, i) => findByName(commands, args.at(i + 2)))
  return named.flatMap((each) => (each === null ? [] : [each, ...(each.subcommands?.values() ?? [])]))
}

const HISTOGRAM = command({
  name: 'LATENCY|HISTOGRAM',
  group: 'server',
  since: '7.0.0',
  summary: 'Returns how many calls of each command took at most how long.',
  complexity: 'O(N) where N is the number of commands that were called.',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  tips: ['nondeterministic_output', 'request_policy:all_nodes', 'response_policy:special'],
  syntax: '[command...]',
  run(call) {
    const { reply, services } = call
    const shown = wanted(call)
      .map(({ fullName, id }) => ({ fullName, counts: services.statistics.distribution(id) }))
      .filter(({ counts }) => counts.length > 0)
    reply.map(shown.length)
    for (const { fullName, counts } of shown) {
      reply.bulkText(fullName)
      reply.map(2)
      reply.bulkText('calls')
      reply.integer(counts[counts.length - 1][1])
      reply.bulkText('histogram_usec')
      reply.map(counts.length)
      for (const [micros, calls] of counts) {
        reply.integer(micros)
        reply.integer(calls)
      }
    }
  },
})

const HELP = command({
  name: 'LATENCY|HELP',
  group: 'server',
  since: '2.8.13',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run(call) {
    replyHelp(call, [
      'DOCTOR',
      '    Return a human readable latency analysis report.',
      'GRAPH <event>',
      '    Return an ASCII latency graph for the <event> class.',
      'HISTORY <event>',
      '    Return time-latency samples for the <event> class.',
      'LATEST',
      '    Return the latest latency samples for all events.',
      'RESET [<event> ...]',
      '    Reset latency data of one or more <event> classes.',
      '    (default: reset all data for all event classes)',
      'HISTOGRAM [COMMAND ...]',
      '    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.',
      '    If no commands are specified then all histograms are replied.',
    ])
  },
})

export const LATENCY = command({
  name: 'LATENCY',
  group: 'server',
  since: '2.8.13',
  summary: 'Looks at what took long.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [DOCTOR, GRAPH, HELP, HISTOGRAM, HISTORY, LATEST, RESET],
})
