import { ReplyError, errorReply, type Slice } from '../../base/index.js'
import { command, int64, replyHelp, subcommandSyntax, type Call, type CommandSpec } from '../../command/index.js'
import { StreamId, type StreamGroup, type StreamValue } from '../../values/index.js'
import { isLetter, parseId, parseIdOrEnd } from './ids.js'
import { noSuchGroupForKey } from './replies.js'

const keyMissing = errorReply(
  'The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
)
const negativeEntriesRead = errorReply('value for ENTRIESREAD must be positive or -1')
const busyGroup = new ReplyError('BUSYGROUP', 'Consumer Group name already exists')

const unknownEntriesRead = -1n

const id = new StreamId()

/** What is asked of CREATE and SETID behind the ID. */
interface GroupOptions {
  makesStream: boolean
  entriesRead: bigint
}

/** @throws {ReplyError} */
function readOptions(call: Call, mayMake: boolean): GroupOptions {
  const { args } = call
  const options: GroupOptions = { makesStream: false, entriesRead: unknownEntriesRead }
  for (let i = 5; i < args.count; i++) {
    const option = args.at(i)
    if (mayMake && option.is('MKSTREAM')) options.makesStream = true
    else if (option.is('ENTRIESREAD') && i + 1 < args.count) {
      options.entriesRead = int64(args.at(++i))
      if (options.entriesRead < unknownEntriesRead) throw negativeEntriesRead
    } else throw subcommandSyntax(call)
  }
  return options
}

/** The stream, which must be there. @throws {ReplyError} */
function existingStream({ args, db }: Call): StreamValue {
  const stream = db.streamForWrite(args.at(2))
  if (stream === null) throw keyMissing
  return stream
}

/** The group, which must be there. @throws {ReplyError} */
function existingGroup({ args }: Call, stream: StreamValue): StreamGroup {
  const group = stream.findGroup(args.at(3))
  if (group === null) throw noSuchGroupForKey(args.at(2), args.at(3))
  return group
}

type Subcommand = Pick<CommandSpec, 'name' | 'since' | 'summary' | 'arity' | 'flags' | 'syntax' | 'run'> &
  Partial<Pick<CommandSpec, 'complexity' | 'history'>> & { readonly effect: 'insert' | 'update' | 'delete' }

const subcommand = ({ effect, name, ...spec }: Subcommand) =>
  command({
    complexity: 'O(1)',
    ...spec,
    name: `XGROUP|${name}`,
    group: 'stream',
    keys: [{ first: 2, access: 'RW', effects: [effect] }],
  })

/** Whether a word stands for the last ID that the stream has given. */
const isLastId = (word: Slice): boolean => isLetter(word, '$')

const CREATE = subcommand({
  name: 'CREATE',
  since: '5.0.0',
  summary: 'Makes a consumer group, and the stream if asked to.',
  arity: -5,
  flags: ['write', 'denyoom'],
  effect: 'insert',
  history: [['7.0.0', 'Takes `entries_read`.']],
  syntax: 'key groupname id=<id | new_id="$"> [MKSTREAM] [ENTRIESREAD entries_read:integer]',
  run(call) {
    const { args, db, reply } = call
    const options = readOptions(call, true)
    const key = args.at(2)
    const found = options.makesStream ? db.streamForWrite(key) : existingStream(call)
    if (!isLastId(args.at(4))) parseId(args.at(4), id)
    else if (found === null) id.setMin()
    else id.copy(found.lastId)
    if (args.count > 8) throw subcommandSyntax(call)
    if (found !== null && found.findGroup(args.at(3)) !== null) throw busyGroup
    const group = (found ?? db.streamForInsert(key)).addGroup(args.at(3))
    group.setLastId(id)
    group.entriesRead = options.entriesRead
    if (found === null) db.changed('xgroup-create', key)
    else db.changedBeside('xgroup-create', key)
    reply.ok()
  },
})

const SETID = subcommand({
  name: 'SETID',
  since: '5.0.0',
  summary: 'Sets how far a consumer group has read.',
  arity: -5,
  flags: ['write'],
  effect: 'update',
  history: [['7.0.0', 'Takes `entries_read`.']],
  syntax: 'key groupname id=<id | new_id="$"> [ENTRIESREAD entries_read:integer]',
  run(call) {
    const { args, db, reply } = call
    const { entriesRead } = readOptions(call, false)
    const stream = existingStream(call)
    const group = existingGroup(call, stream)
    if (args.count > 7) throw subcommandSyntax(call)
    if (isLastId(args.at(4))) id.copy(stream.lastId)
    else parseIdOrEnd(args.at(4), id)
    group.setLastId(id)
    group.entriesRead = entriesRead
    db.changedBeside('xgroup-setid', args.at(2))
    reply.ok()
  },
})

const DESTROY = subcommand({
  name: 'DESTROY',
  since: '5.0.0',
  summary: 'Deletes a consumer group, with what its consumers have pending.',
  complexity: 'O(1); the memory is given back step by step.',
  arity: 4,
  flags: ['write'],
  effect: 'delete',
  syntax: 'key groupname',
  run(call) {
    const { args, db, keyspace, reply } = call
    const stream = existingStream(call)
    const group = stream.findGroup(args.at(3))
    if (group !== null) {
      keyspace.discard(stream.removeGroup(group))
      db.changedBeside('xgroup-destroy', args.at(2))
    }
    reply.integer(group === null ? 0 : 1)
  },
})

const CREATECONSUMER = subcommand({
  name: 'CREATECONSUMER',
  since: '6.2.0',
  summary: 'Makes a consumer of a group.',
  arity: 5,
  flags: ['write', 'denyoom'],
  effect: 'insert',
  syntax: 'key groupname consumername',
  run(call) {
    const { args, db, reply, nowMs } = call
    const group = existingGroup(call, existingStream(call))
    const isNew = group.consumers.find(args.at(4)) === 0
    if (isNew) {
      group.addConsumer(args.at(4), nowMs)
      db.changedBeside('xgroup-createconsumer', args.at(2))
    }
    reply.integer(isNew ? 1 : 0)
  },
})

const DELCONSUMER = subcommand({
  name: 'DELCONSUMER',
  since: '5.0.0',
  summary: 'Deletes a consumer of a group, with what it has pending.',
  complexity: 'O(N log N) where N is the number of its pending entries.',
  arity: 5,
  flags: ['write'],
  effect: 'delete',
  syntax: 'key groupname consumername',
  run(call) {
    const { args, db, reply } = call
    const group = existingGroup(call, existingStream(call))
    const consumer = group.consumers.find(args.at(4))
    const pending = consumer === 0 ? 0 : group.deleteConsumer(consumer)
    if (consumer !== 0) db.changedBeside('xgroup-delconsumer', args.at(2))
    reply.integer(pending)
  },
})

const HELP = command({
  name: 'XGROUP|HELP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Explains the subcommands.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['loading', 'stale'],
  run: (call) =>
    replyHelp(call, [
      'CREATE <key> <groupname> <id|$> [option]',
      '    Create a new consumer group. Options are:',
      '    * MKSTREAM',
      '      Create the empty stream if it does not exist.',
      '    * ENTRIESREAD entries_read',
      "      Set the group's entries_read counter (internal use).",
      'CREATECONSUMER <key> <groupname> <consumer>',
      '    Create a new consumer in the specified group.',
      'DELCONSUMER <key> <groupname> <consumer>',
      '    Remove the specified consumer.',
      'DESTROY <key> <groupname>',
      '    Remove the specified group.',
      'SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]',
      '    Set the current group ID and entries_read counter.',
    ]),
})

export const XGROUP = command({
  name: 'XGROUP',
  group: 'stream',
  since: '5.0.0',
  summary: 'Makes, changes and deletes consumer groups.',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [CREATE, CREATECONSUMER, DELCONSUMER, DESTROY, HELP, SETID],
})
