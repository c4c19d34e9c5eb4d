import { Slice, matchGlob, syntaxError } from '../../base/index.js'
import { categoriesOf, command, replyHelp, type Call, type Command } from '../../command/index.js'
import { replyDocs } from './command-docs.js'
import { replyEntry } from './command-entries.js'
import { GETKEYS, GETKEYSANDFLAGS } from './command-keys.js'
import { findByName } from './command-names.js'

const namedIn = ({ args, services }: Call): (Command | null)[] =>
  Array.from({ length: args.count - 2 }, (_, i) => findByName(services.commands, args.at(i + 2)))

function replyAll({ reply, services }: Call): void {
  const { all } = services.commands
  reply.array(all.length)
  for (const each of all) replyEntry(reply, each)
}

const COUNT = command({
  name: 'COMMAND|COUNT',
  group: 'server',
  since: '2.8.13',
  summary: 'Counts the commands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run({ reply, services }) {
    reply.integer(services.commands.all.length)
  },
})

/** @throws {ReplyError} syntaxError */
function readFilter({ args }: Call): (command: Command) => boolean {
  if (args.count === 2) return () => true
  if (args.count !== 5 || !args.at(2).is('FILTERBY')) throw syntaxError
  const kind = args.at(3)
  const text = args.at(4)
  if (kind.is('MODULE')) return () => false // there are no modules
  if (kind.is('ACLCAT')) {
    const category = text.toLatin1().toLowerCase()
    return (each) => categoriesOf(each).some((name) => name === category)
  }
  if (kind.is('PATTERN')) return (each) => matchGlob(text, Slice.from(each.fullName), true)
  throw syntaxError
}

const LIST = command({
  name: 'COMMAND|LIST',
  group: 'server',
  since: '7.0.0',
  summary: 'Returns the names of commands and subcommands.',
  complexity: 'O(N) where N is the number of commands.',
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  tips: ['nondeterministic_output_order'],
  syntax: '[FILTERBY filterby=<MODULE module-name | ACLCAT category | PATTERN pattern>]',
  run(call) {
    const { reply, services } = call
    const filter = readFilter(call)
    const all = services.commands.all.flatMap((each) => [each, ...(each.subcommands?.values() ?? [])])
    const shown = all.filter(filter)
    reply.array(shown.length)
    for (const { fullName } of shown) reply.bulkText(fullName)
  },
})

const INFO = command({
  name: 'COMMAND|INFO',
  group: 'server',
  since: '2.8.13',
  summary: 'Describes commands, all of them when none is named.',
  complexity: 'O(N) where N is the number of commands to look up.',
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  tips: ['nondeterministic_output_order'],
  history: [['7.0.0', 'Without names it describes all commands.']],
  syntax: '[command-name...]',
  run(call) {
    const { args, reply } = call
    if (args.count === 2) return replyAll(call)
    reply.array(args.count - 2)
    for (const each of namedIn(call)) {
      if (each === null) reply.null()
      else replyEntry(reply, each)
    }
  },
})

const DOCS = command({
  name: 'COMMAND|DOCS',
  group: 'server',
  since: '7.0.0',
  summary: 'Returns the documentation of commands, of all of them when none is named.',
  complexity: 'O(N) where N is the number of commands to look up.',
  arity: -2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  tips: ['nondeterministic_output_order'],
  syntax: '[command-name...]',
  run(call) {
    const { args, reply, services } = call
    const known = args.count === 2 ? services.commands.all : namedIn(call).filter((each) => each !== null)
    reply.map(known.length)
    for (const each of known) {
      reply.bulkText(each.fullName)
      replyDocs(reply, each)
    }
  },
})

const HELP = command({
  name: 'COMMAND|HELP',
  group: 'server',
  since: '5.0.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  run(call) {
    replyHelp(call, [
      '(no subcommand)',
      '    Return details about all Redis commands.',
      'COUNT',
      '    Return the total number of commands in this Redis server.',
      'LIST',
      '    Return a list of all commands in this Redis server.',
      'INFO [<command-name> ...]',
      '    Return details about multiple Redis commands.',
      '    If no command names are given, documentation details for all',
      '    commands are returned.',
      'DOCS [<command-name> ...]',
      '    Return documentation details about multiple Redis commands.',
      '    If no command names are given, documentation details for all',
      '    commands are returned.',
      'GETKEYS <full-command>',
      '    Return the keys from a full Redis command.',
      'GETKEYSANDFLAGS <full-command>',
      '    Return the keys and the access flags from a full Redis command.',
    ])
  },
})

export const COMMAND = command({
  name: 'COMMAND',
  group: 'server',
  since: '2.8.13',
  summary: 'Describes all commands.',
  complexity: 'O(N) where N is the number of commands.',
  arity: -1,
  flags: ['loading', 'stale'],
  categories: ['connection'],
  tips: ['nondeterministic_output_order'],
  subcommands: [COUNT, DOCS, GETKEYS, GETKEYSANDFLAGS, HELP, INFO, LIST],
  run: replyAll,
})
