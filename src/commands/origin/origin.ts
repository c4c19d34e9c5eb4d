import { command, replyHelp, type Call, type CommandFlag, type CommandSpec } from '../../command/index.js'

const since = '7.0.0'

/** Hands a subcommand to the engine, which knows its own room's types. */
const runBy = (subcommand: string) => (call: Call) => call.services.origin.execute(subcommand, call)

const looks: readonly CommandFlag[] = ['readonly', 'loading', 'stale']
const governs: readonly CommandFlag[] = ['admin', 'noscript', 'no_multi']

type Rest = Pick<CommandSpec, 'summary' | 'complexity' | 'arity' | 'flags'> & Partial<CommandSpec>

const subcommand = (name: string, rest: Rest) =>
  command({ name: `ORIGIN|${name}`, group: 'server', since, run: runBy(name), ...rest })

/** The one key of a subcommand that looks at what is held: it never asks the origin by itself. */
const lookedAt = [{ first: 2, access: 'RO', settle: 'none' }] as const

const LIST = subcommand('LIST', {
  summary: 'Lists the origins in the order in which their patterns are tried, without secrets.',
  complexity: 'O(N) where N is the number of origins.',
  arity: 2,
  flags: looks,
})

const INFO = subcommand('INFO', {
  summary: 'Returns the figures of one origin, and where it is on this machine.',
  complexity: 'O(1)',
  arity: 3,
  flags: looks,
  categories: ['dangerous'], // as INFO, which shows paths, too
  syntax: 'name',
})

const EXPLAIN = subcommand('EXPLAIN', {
  summary: 'Tells what is held of a key, how fresh it is, and why its last read did what it did.',
  complexity: 'O(1)',
  arity: 3,
  flags: looks,
  keys: lookedAt,
  syntax: 'key',
})

const DIGEST = subcommand('DIGEST', {
  summary: 'Returns the SHA-256 digest of the value held under a key.',
  complexity: 'O(1), O(N) where it is not known yet and N is the size of the value.',
  arity: 3,
  flags: looks,
  keys: lookedAt,
  syntax: 'key',
})

const VALIDATE = subcommand('VALIDATE', {
  summary: 'Asks the origin of a key now, whatever is held, and returns its answer: not-modified, found or absent.',
  complexity: 'O(1), and the time that the origin takes.',
  arity: 3,
  flags: ['readonly', 'noscript', 'no_multi'],
  keys: lookedAt,
  syntax: 'key',
})

const INVALIDATE = subcommand('INVALIDATE', {
  summary: 'Forbids serving copies until their origin confirms them. Their bytes stay.',
  complexity: 'O(N) where N is the number of keys given, or in the database.',
  arity: -4,
  flags: governs,
  keys: [{ first: { keyword: 'KEYS', from: 2 }, last: -1, access: 'RW', settle: 'none', write: false }],
  syntax: '<KEYS key... | MATCH pattern | ORIGIN name>',
})

/** What servers that follow this one ask: any user that may read the keys may. */
const settles = (name: string, summary: string) =>
  subcommand(name, {
    summary,
    complexity: 'O(N) where N is the number of keys, and the time that their origins take.',
    arity: -3,
    flags: ['readonly', 'noscript', 'no_multi'],
    keys: [{ first: 3, last: -1, access: 'RO', settle: 'none' }],
    syntax: 'milliseconds [key ...]',
  })

const SETTLE = settles('SETTLE', 'Settles keys for a replica: their digests, ages and freshness, and the offset.')
const FETCH = settles('FETCH', 'Settles keys for a replica that needs their values.')

const jobComplexity = 'O(N) where N is the number of keys, and the time that the origin takes.'

const WARM = subcommand('WARM', {
  summary: 'Fills the keys that an origin lists and that are not held. Replies when all is done.',
  complexity: jobComplexity,
  arity: -3,
  flags: governs,
  syntax: 'name [MATCH pattern] [RATE keys-per-second]',
})

const RECONCILE = subcommand('RECONCILE', {
  summary: 'Validates every copy that is held of an origin: replaces what changed, deletes what is gone.',
  complexity: jobComplexity,
  arity: -3,
  flags: governs,
  syntax: 'name [RATE keys-per-second]',
})

const JOBS = subcommand('JOBS', {
  summary: 'Lists the warming and reconciling that runs now, and how far it is.',
  complexity: 'O(N) where N is the number of jobs.',
  arity: 2,
  flags: looks,
})

const CANCEL = subcommand('CANCEL', {
  summary: 'Ends what runs of WARM and RECONCILE for an origin, and returns how many that were.',
  complexity: 'O(1)',
  arity: 3,
  flags: governs,
  syntax: 'name',
})

const ADD = subcommand('ADD', {
  summary: 'Binds the keys of a pattern to an origin.',
  complexity: 'O(N) where N is the number of keys in the database.',
  arity: -5,
  flags: governs,
  syntax: 'name pattern url [option value]...',
  // a header, or a password in the URL: whoever watches is shown the name and the pattern
  secrets: ({ args }) => Array.from({ length: Math.max(0, args.count - 4) }, (_, i) => i + 4),
})

const DEL = subcommand('DEL', {
  summary: 'Unbinds an origin, and deletes its copies unless they are to be kept. Refused while writes wait for it.',
  complexity: 'O(N) where N is the number of keys in the database.',
  arity: -3,
  flags: governs,
  syntax: 'name [KEEP] [DISCARD]',
})

const DEADLETTER = subcommand('DEADLETTER', {
  summary: "Lists the writes that an origin under 'write behind' did not take, tries them once more, or forgets them.",
  complexity: 'O(N) where N is the number of writes that are listed, tried or forgotten.',
  arity: -3,
  flags: governs,
  syntax: 'name [COUNT count:integer] [AFTER id] [RETRY retried] [DROP dropped] [FORCE]',
})

const SLOWLOG = subcommand('SLOWLOG', {
  summary: 'Returns, counts or forgets the last requests to origins that were slow.',
  complexity: 'O(N) where N is the number of requests returned.',
  arity: -3,
  flags: ['admin', 'loading', 'stale'],
  syntax: '<GET [count] | LEN | RESET>',
})

const help = [
  'LIST',
  '    Return the origins in the order in which their patterns are tried.',
  'INFO <name>',
  '    Return the figures of one origin.',
  'EXPLAIN <key>',
  '    Tell what is held of <key>, and why its last read did what it did.',
  'DIGEST <key>',
  '    Return the SHA-256 digest of the value held under <key>.',
  'VALIDATE <key>',
  '    Ask the origin of <key> now; reply not-modified, found or absent, or pending where a write waits for it.',
  'INVALIDATE <KEYS <key> [<key> ...] | MATCH <pattern> | ORIGIN <name>>',
  '    Forbid serving copies until their origin confirms them.',
  'SLOWLOG <GET [<count>] | LEN | RESET>',
  '    Return the last slow requests to origins (origin-slowlog-slower-than), as SLOWLOG does.',
  'SETTLE <milliseconds> [<key> ...]',
  '    For replicas: settle keys, on an answer at most so old, and tell what is held of them.',
  'FETCH <milliseconds> [<key> ...]',
  '    For replicas: the same with their values.',
  'WARM <name> [MATCH <pattern>] [RATE <keys per second>]',
  '    Fill the keys that the origin lists and that are not held; reply what became of them.',
  'RECONCILE <name> [RATE <keys per second>]',
  '    Validate every copy held of the origin; reply what became of them.',
  'JOBS',
  '    Return how far WARM and RECONCILE are.',
  'CANCEL <name>',
  '    End WARM and RECONCILE of an origin; their clients get the counts so far.',
  'ADD <name> <pattern> <url> [<option> <value> ...] [ADOPT yes]',
  '    Bind the keys of <pattern> to an origin.',
  'DEL <name> [KEEP] [DISCARD]',
  '    Unbind an origin and delete its copies, or keep them as plain keys; with',
  '    DISCARD also where writes wait for it, which are forgotten.',
  'DEADLETTER <name> [COUNT <count>] [AFTER <id>]',
  '    Return the writes that the origin did not take, the oldest first.',
  'DEADLETTER <name> RETRY <id | ALL> [FORCE]',
  '    Write one or all once more; with FORCE whatever the origin holds by now.',
  'DEADLETTER <name> DROP <id | ALL>',
  '    Forget one or all.',
]

const HELP = command({
  name: 'ORIGIN|HELP',
  group: 'server',
  since,
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run: (call) => replyHelp(call, help),
})

export const ORIGIN = command({
  name: 'ORIGIN',
  group: 'server',
  since,
  summary: 'A container for commands about origins: what the keys of a pattern are read through from.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [
    ...[LIST, INFO, EXPLAIN, DIGEST, VALIDATE, INVALIDATE, SLOWLOG, SETTLE, FETCH],
    ...[WARM, RECONCILE, JOBS, CANCEL, ADD, DEL, DEADLETTER, HELP],
  ],
})
