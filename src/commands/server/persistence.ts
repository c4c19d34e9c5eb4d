import { errorReply, syntaxError } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'

const onlyTheseOptions = errorReply('DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.')

export const SAVE = command({
  name: 'SAVE',
  group: 'server',
  since: '1.0.0',
  summary: 'Writes a snapshot of all databases, and replies when the disk has it.',
  complexity: 'O(N) where N is the number of keys in all databases.',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  run({ reply, services }) {
    services.durability.save()
    reply.ok()
  },
})

export const BGSAVE = command({
  name: 'BGSAVE',
  group: 'server',
  since: '1.0.0',
  summary: 'Begins to write a snapshot of all databases.',
  complexity: 'O(1)',
  arity: -1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  history: [['3.2.2', 'Option `SCHEDULE`.']],
  syntax: '[SCHEDULE@3.2.2]',
  run({ args, isInner, reply, services }) {
    const mayWait = args.count === 2 && args.at(1).is('SCHEDULE')
    if (args.count > 1 && !mayWait) throw syntaxError
    reply.simple(services.durability.saveInSlices(mayWait, isInner))
  },
})

export const LASTSAVE = command({
  name: 'LASTSAVE',
  group: 'server',
  since: '1.0.0',
  summary: 'Returns the Unix time of the last snapshot that succeeded.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['loading', 'stale', 'fast'],
  categories: ['admin', 'dangerous'],
  tips: ['nondeterministic_output'],
  run({ reply, services }) {
    reply.integer(services.durability.lastSaveSeconds)
  },
})

export const BGREWRITEAOF = command({
  name: 'BGREWRITEAOF',
  group: 'server',
  since: '1.0.0',
  summary: 'Begins to rewrite the append-only file, so that it gets shorter.',
  complexity: 'O(1)',
  arity: 1,
  flags: ['admin', 'noscript', 'no_async_loading'],
  run({ isInner, reply, services }) {
    reply.simple(services.durability.rewrite(isInner))
  },
})

/** DEBUG RELOAD. @throws {ReplyError} */
export function reload({ args, reply, services }: Call): void {
  const options = { saves: true, flushes: true, merges: false }
  for (let i = 2; i < args.count; i++) {
    if (args.at(i).is('MERGE')) options.merges = true
    else if (args.at(i).is('NOFLUSH')) options.flushes = false
    else if (args.at(i).is('NOSAVE')) options.saves = false
    else throw onlyTheseOptions
  }
  services.durability.reload(options)
  reply.ok()
}

/** DEBUG LOADAOF. */
export function loadAppendOnly(call: Call): void {
  const later = call.later()
  call.services.durability.reloadAppendOnly(() => later.settle((reply) => reply.ok()))
}
