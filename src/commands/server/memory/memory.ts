import { command, replyHelp, type Call } from '../../../command/index.js'
import { humanBytes } from '../../../observe/index.js'
import { DOCTOR } from './doctor.js'
import { memoryFigures } from './figures.js'
import { STATS } from './stats.js'
import { USAGE } from './usage.js'

const MALLOC_STATS = command({
  name: 'MEMORY|MALLOC-STATS',
  group: 'server',
  since: '4.0.0',
  summary: 'Tells how the arena, which holds the data, is used.',
  complexity: 'Depends on how much memory is allocated, could be slow',
  arity: 2,
  flags: [],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  run({ keyspace, services, reply }) {
    const { arena } = keyspace
    const { allocated, active, resident } = memoryFigures(services)
    const lines = [
      ['Given out', humanBytes(allocated)],
      ['Holding it', `${humanBytes(active)} in ${arena.chunkCount} chunks of 8 MiB and blocks of ${humanBytes(arena.blockBytes)}`], // prettier-ignore
      ['Free between', humanBytes(active - allocated)],
      ['Kept empty', humanBytes(resident - active)],
      ['Being emptied', `${arena.leavingCount} chunks`],
      ['Given back since the start', humanBytes(arena.droppedBytes)],
    ]
    reply.verbatim(lines.map(([name, value]) => `${name}: ${value}\n`).join(''))
  },
})

const PURGE = command({
  name: 'MEMORY|PURGE',
  group: 'server',
  since: '4.0.0',
  summary: 'Gives memory that lies free in whole chunks back to the system.',
  complexity: 'Depends on how much memory is allocated, could be slow',
  arity: 2,
  flags: [],
  tips: ['request_policy:all_shards', 'response_policy:all_succeeded'],
  run({ services, reply }) {
    services.server.purgeMemory()
    reply.ok()
  },
})

const HELP = command({
  name: 'MEMORY|HELP',
  group: 'server',
  since: '4.0.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run: (call: Call) =>
    replyHelp(call, [
      'DOCTOR',
      '    Return memory problems reports.',
      'MALLOC-STATS',
      '    Return internal statistics report from the memory allocator.',
      'PURGE',
      '    Attempt to purge dirty pages for reclamation by the allocator.',
      'STATS',
      '    Return information about the memory usage of the server.',
      'USAGE <key> [SAMPLES <count>]',
      '    Return memory in bytes used by <key> and its value. Nested values are',
      '    sampled up to <count> times (default: 5, 0 means sample all).',
    ]),
})

export const MEMORY = command({
  name: 'MEMORY',
  group: 'server',
  since: '4.0.0',
  summary: 'Looks at the use of memory.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [DOCTOR, HELP, MALLOC_STATS, PURGE, STATS, USAGE],
})
