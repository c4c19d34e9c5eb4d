import { errorReply } from '../../base/index.js'
import { command, printed, replyHelp } from '../../command/index.js'

const notLoaded = errorReply('Error loading the extension. Please check the server logs.')
const noSuchModule = errorReply('Error unloading module: no such module with that name')

const LIST = command({
  name: 'MODULE|LIST',
  group: 'server',
  since: '4.0.0',
  summary: 'Lists the modules: there are none.',
  complexity: 'O(N) where N is the number of loaded modules.',
  arity: 2,
  flags: ['admin', 'noscript'],
  tips: ['nondeterministic_output_order'],
  run({ reply }) {
    reply.array(0)
  },
})

/** A module is native code for the inside of redis-server, which is not here: none can be loaded, whoever may. */
const loading = (name: string, since: string, summary: string, syntax: string) =>
  command({
    name,
    group: 'server',
    since,
    summary,
    complexity: 'O(1)',
    arity: -3,
    flags: ['admin', 'noscript', 'no_async_loading'],
    permission: 'enable-module-command',
    syntax,
    run({ args, services }) {
      services.server.log.warning(`Module ${printed(args.at(2))} failed to load: there are no modules here`)
      throw notLoaded
    },
  })

const LOAD = loading('MODULE|LOAD', '4.0.0', 'Is refused: no module can be loaded.', 'path [arg...]')

const LOADEX = loading(
  'MODULE|LOADEX',
  '7.0.0',
  'Is refused as MODULE LOAD is.',
  'path [CONFIG configs={name value}]... [ARGS args={arg}...]',
)

const UNLOAD = command({
  name: 'MODULE|UNLOAD',
  group: 'server',
  since: '4.0.0',
  summary: 'Is refused: no module is loaded.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['admin', 'noscript', 'no_async_loading'],
  permission: 'enable-module-command',
  syntax: 'name',
  run() {
    throw noSuchModule
  },
})

const HELP = command({
  name: 'MODULE|HELP',
  group: 'server',
  since: '5.0.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run(call) {
    replyHelp(call, [
      'LIST',
      '    Return a list of loaded modules.',
      'LOAD <path> [<arg> ...]',
      '    Load a module library from <path>, passing to it any optional arguments.',
      'LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]',
      '    Load a module library from <path>, while passing it module configurations and optional arguments.',
      'UNLOAD <name>',
      '    Unload a module.',
    ])
  },
})

export const MODULE = command({
  name: 'MODULE',
  group: 'server',
  since: '4.0.0',
  summary: 'Lists modules, of which there are none.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [HELP, LIST, LOAD, LOADEX, UNLOAD],
})
