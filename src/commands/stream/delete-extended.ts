import { errorReply, syntaxError } from '../../base/index.js'
import { command, integer, type Call } from '../../command/index.js'
import type { References, StreamId, StreamValue } from '../../values/index.js'
import { oneKey } from '../key-specs.js'
import { propagateDeletion } from './following.js'
import { parseId } from './ids.js'
import { referencesNamed } from './trim-options.js'

const badNumber = errorReply('Number of IDs must be a positive integer')
const numberMismatch = errorReply('The `numids` parameter must match the number of arguments')
const idsMissing = errorReply('IDS option is required')

/** What became of an entry. */
const Outcome = { missing: -1, deleted: 1, referenced: 2 } as const

/** What XDELEX and XACKDEL are told behind the key and the group. */
interface Deletion {
  references: References | null
  /** Index of the first ID, and how many there are. */
  idsAt: number
  idCount: number
}

/** Reads options from argument `from` on, in any order. @throws {ReplyError} */
function readDeletion({ args }: Call, from: number): Deletion {
  const deletion: Deletion = { references: null, idsAt: 0, idCount: 0 }
  for (let i = from; i < args.count; i++) {
    const option = args.at(i)
    const references = deletion.references === null ? referencesNamed(option) : null
    if (references !== null) deletion.references = references
    else if (option.is('IDS') && i + 1 < args.count) {
      deletion.idCount = integer(args.at(i + 1), badNumber)
      deletion.idsAt = i + 2
      if (deletion.idCount < 1) throw badNumber
      if (deletion.idCount > args.count - deletion.idsAt) throw numberMismatch
      i += 1 + deletion.idCount
    } else throw syntaxError
  }
  if (deletion.idsAt === 0) throw idsMissing
  return deletion
}

function replyAllMissing({ reply }: Call, { idCount }: Deletion): void {
  reply.array(idCount)
  for (let left = idCount; left > 0; left--) reply.integer(Outcome.missing)
}

/** All of them before anything changes. @throws {ReplyError} invalidId */
function readAllIds({ args }: Call, { idsAt, idCount }: Deletion): StreamId[] {
  return Array.from({ length: idCount }, (_, i) => parseId(args.at(idsAt + i)))
}

/** Deletes an entry, unless it is to stay while groups refer to it. */
function deleteEntry({ args, db }: Call, stream: StreamValue, id: StreamId, references: References | null): number {
  if (references === 'delete') db.changedBeside(null, args.at(1), stream.dropReferences(id))
  if (references === 'acknowledged' && stream.entry(id) !== null && stream.isReferenced(id)) return Outcome.referenced
  return stream.delete(id) ? Outcome.deleted : Outcome.missing
}

/** Says what was deleted, and looks for the first entry anew. */
function deleted(call: Call, stream: StreamValue, ids: readonly StreamId[], { references }: Deletion): void {
  if (ids.length > 0) stream.renewFirst()
  call.db.changed('xdel', call.args.at(1), ids.length)
  if (!call.isFollowed) return
  call.propagateNothing() // but what follows
  const texts = ids.map(String)
  propagateDeletion(call, stream, texts, references === 'delete')
}

export const XDELEX = command({
  name: 'XDELEX',
  group: 'stream',
  since: '8.2.0',
  summary: 'Deletes entries of a stream with regard to the groups that have them pending.',
  complexity: 'O(1) for each entry, whatever the length of the stream.',
  arity: -5,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['delete']),
  syntax: 'key [condition=<KEEPREF | DELREF | ACKED>] IDS ids={numids:integer id...}',
  run(call) {
    const { args, db, reply } = call
    const stream = db.streamForWrite(args.at(1))
    const deletion = readDeletion(call, 2)
    if (stream === null) {
      replyAllMissing(call, deletion)
      return
    }
    const gone: StreamId[] = []
    const ids = readAllIds(call, deletion)
    reply.array(ids.length)
    for (const id of ids) {
      const outcome = deleteEntry(call, stream, id, deletion.references)
      if (outcome === Outcome.deleted) gone.push(id)
      reply.integer(outcome)
    }
    deleted(call, stream, gone, deletion)
  },
})

export const XACKDEL = command({
  name: 'XACKDEL',
  group: 'stream',
  since: '8.2.0',
  summary: 'Acknowledges entries for a group and deletes them with regard to the other groups.',
  complexity: 'O(1) for each ID.',
  arity: -6,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['update', 'delete']),
  syntax: 'key group [condition=<KEEPREF | DELREF | ACKED>] IDS ids={numids:integer id...}',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const stream = db.streamForWrite(key)
    const deletion = readDeletion(call, 3)
    if (stream === null || stream.findGroup(args.at(2)) === null) {
      replyAllMissing(call, deletion)
      return
    }
    const ids = readAllIds(call, deletion)
    const gone: StreamId[] = []
    const acknowledged: string[] = []
    reply.array(ids.length)
    for (const id of ids) {
      // looking at other groups turns the view away from this one
      if (stream.findGroup(args.at(2))?.acknowledge(id) !== true) {
        reply.integer(Outcome.missing)
        continue
      }
      db.changedBeside(null, key)
      acknowledged.push(id.toString())
      const outcome = deleteEntry(call, stream, id, deletion.references)
      if (outcome === Outcome.deleted) gone.push(id)
      // it was pending, and is gone from the stream now or was before
      reply.integer(outcome === Outcome.missing ? Outcome.deleted : outcome)
    }
    deleted(call, stream, gone, deletion)
    if (call.isFollowed && acknowledged.length > 0) call.propagate('XACK', key, args.at(2), ...acknowledged)
  },
})
