import { errorReply } from '../../base/index.js'
import { command, replyHelp, type Call, type Command } from '../../command/index.js'
import { encodingOf, referencesTo } from '../encoding.js'

const noteOfChange =
  'Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.'
const noFrequency = errorReply(`An LFU maxmemory policy is not selected, access frequency not tracked. ${noteOfChange}`)
const noIdleTime = errorReply(`An LFU maxmemory policy is selected, idle time not tracked. ${noteOfChange}`)

function replyEncoding({ args, db, reply, keyspace }: Call): void {
  const ref = db.look(args.at(2), false)
  if (ref === 0) reply.null()
  else reply.bulkText(encodingOf(keyspace, db, ref))
}

function replyReferences({ args, db, reply }: Call): void {
  const ref = db.look(args.at(2), false)
  if (ref === 0) reply.null()
  else reply.integer(referencesTo(db, ref))
}

function replyIdleTime({ args, db, reply, keyspace }: Call): void {
  const { access, records } = keyspace
  const ref = db.look(args.at(2), false)
  if (ref === 0) reply.null()
  else if (access.countsFrequency) throw noIdleTime
  else reply.integer(access.idleSeconds(records.access(ref)))
}

function replyFrequency({ args, db, reply, keyspace }: Call): void {
  const { access, records } = keyspace
  const ref = db.look(args.at(2), false)
  if (ref === 0) reply.null()
  else if (!access.countsFrequency) throw noFrequency
  else reply.integer(access.frequency(records.access(ref)))
}

interface Introspection {
  readonly name: string
  readonly since: string
  readonly summary: string
  readonly run: (call: Call) => void
}

const introspection = ({ name, since, summary, run }: Introspection): Command =>
  command({
    name: `OBJECT|${name}`,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    arity: 3,
    flags: ['readonly'],
    keys: [{ first: 2, access: 'RO', settle: 'none' }],
    tips: ['nondeterministic_output'],
    syntax: 'key',
    run,
  })

const HELP = command({
  name: 'OBJECT|HELP',
  group: 'generic',
  since: '6.2.0',
  summary: 'Explains the subcommands of OBJECT.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run: (call) =>
    replyHelp(call, [
      'ENCODING <key>',
      '    Return the kind of internal representation used in order to store the value',
      '    associated with a <key>.',
      'FREQ <key>',
      '    Return the access frequency index of the <key>. The returned integer is',
      '    proportional to the logarithm of the recent access frequency of the key.',
      'IDLETIME <key>',
      '    Return the idle time of the <key>, that is the approximated number of',
      '    seconds elapsed since the last access to the key.',
      'REFCOUNT <key>',
      '    Return the number of references of the value associated with the specified',
      '    <key>.',
    ]),
})

export const OBJECT = command({
  name: 'OBJECT',
  group: 'generic',
  since: '2.2.3',
  summary: 'Tells how the value under a key is kept.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [
    introspection({
      name: 'ENCODING',
      since: '2.2.3',
      summary: 'Names the encoding that Redis would give to the value.',
      run: replyEncoding,
    }),
    introspection({
      name: 'FREQ',
      since: '4.0.0',
      summary: 'Returns how often the key is read, under an LFU policy.',
      run: replyFrequency,
    }),
    HELP,
    introspection({
      name: 'IDLETIME',
      since: '2.2.3',
      summary: 'Returns how many seconds ago the key was last accessed.',
      run: replyIdleTime,
    }),
    introspection({
      name: 'REFCOUNT',
      since: '2.2.3',
      summary: 'Returns how many references to the value Redis would have.',
      run: replyReferences,
    }),
  ],
})
