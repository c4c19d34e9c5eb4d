import { errorReply, noSuchKey, syntaxError } from '../../base/index.js'
import { command, int64, type Call } from '../../command/index.js'
import { StreamId } from '../../values/index.js'
import { askedKey, oneKey } from '../key-specs.js'
import { propagateTrim, watchTrim } from './following.js'
import { checkIds, parseId } from './ids.js'
import { readTrimOptions } from './trim-options.js'

const negativeAdded = errorReply('entries_added must be positive')
const belowDeleted = errorReply('The ID specified in XSETID is smaller than the provided max_deleted_entry_id')
const belowTop = errorReply('The ID specified in XSETID is smaller than the target stream top item')
const addedBelowLength = errorReply('The entries_added specified in XSETID is smaller than the target stream length')

const id = new StreamId()

export const XLEN = command({
  name: 'XLEN',
  group: 'stream',
  since: '5.0.0',
  summary: 'Returns the number of entries of a stream.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.readStream(args.at(1))?.length ?? 0)
  },
})

export const XTRIM = command({
  name: 'XTRIM',
  group: 'stream',
  since: '5.0.0',
  summary: 'Deletes entries from the beginning of a stream, down to a length or up to an ID.',
  complexity: 'O(N) where N is the number of entries that go. Most go in chunks, which takes little time.',
  arity: -4,
  flags: ['write'],
  keys: oneKey('RW', ['delete']),
  tips: ['nondeterministic_output'],
  history: [['6.2.0', 'Takes `MINID` and `LIMIT`.']],
  syntax:
    'key trim={strategy=<MAXLEN | MINID@6.2.0> [operator=<equal="=" | approximately="~">] threshold [LIMIT count:integer]@6.2.0}',
  run(call) {
    const { args, db, reply } = call
    const options = readTrimOptions(call, false)
    const key = args.at(1)
    const stream = db.streamForWrite(key)
    const deleted = stream === null ? null : watchTrim(call, options, stream)
    const trimmed = stream?.trim(options) ?? 0
    db.changed('xtrim', key, trimmed)
    if (stream !== null && trimmed > 0 && call.isFollowed) propagateTrim(call, stream, options, deleted)
    reply.integer(trimmed)
  },
})

export const XDEL = command({
  name: 'XDEL',
  group: 'stream',
  since: '5.0.0',
  summary: 'Deletes entries of a stream. Groups that have them pending keep them so.',
  complexity: 'O(1) for each entry, whatever the length of the stream.',
  arity: -3,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['delete']),
  syntax: 'key id...',
  run({ args, db, reply }) {
    const key = args.at(1)
    const stream = db.streamForWrite(key)
    let deleted = 0
    if (stream !== null) {
      checkIds(args, 2)
      for (let i = 2; i < args.count; i++) if (stream.delete(parseId(args.at(i), id))) deleted++
      if (deleted > 0) stream.renewFirst()
    }
    db.changed('xdel', key, deleted)
    reply.integer(deleted)
  },
})

/** What is asked of XSETID. */
interface NewIds {
  readonly last: StreamId
  added: bigint | null
  maxDeleted: StreamId | null
}

function readNewIds({ args }: Call): NewIds {
  const ids: NewIds = { last: parseId(args.at(2)), added: null, maxDeleted: null }
  for (let i = 3; i < args.count; i += 2) {
    const option = args.at(i)
    if (i + 1 === args.count) throw syntaxError
    if (option.is('ENTRIESADDED')) {
      ids.added = int64(args.at(i + 1))
      if (ids.added < 0n) throw negativeAdded
    } else if (option.is('MAXDELETEDID')) {
      ids.maxDeleted = parseId(args.at(i + 1))
      if (ids.last.compare(ids.maxDeleted) < 0) throw belowDeleted
    } else throw syntaxError
  }
  return ids
}

export const XSETID = command({
  name: 'XSETID',
  group: 'stream',
  since: '5.0.0',
  summary: 'Sets the last ID of a stream, and what it remembers of entries that are gone.',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['update']),
  history: [['7.0.0', 'Takes `ENTRIESADDED` and `MAXDELETEDID`.']],
  syntax: 'key last-id [ENTRIESADDED entries_added:integer]@7.0.0 [MAXDELETEDID max_deleted_entry_id]@7.0.0',
  run(call) {
    const { args, db, reply } = call
    const { last, added, maxDeleted } = readNewIds(call)
    const key = args.at(1)
    const stream = db.streamForWrite(key)
    if (stream === null) throw noSuchKey
    if (stream.length > 0) {
      const top = new StreamId()
      stream.readLastEntryId(top)
      if (last.compare(top) < 0) throw belowTop
      if (added !== null && BigInt(stream.length) > added) throw addedBelowLength
    }
    stream.setLastId(last)
    if (added !== null) stream.entriesAdded = added
    if (maxDeleted !== null && !maxDeleted.isMin) stream.setMaxDeletedId(maxDeleted)
    db.changedBeside('xsetid', key)
    reply.ok()
  },
})
