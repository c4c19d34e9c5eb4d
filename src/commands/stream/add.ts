import { errorReply } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import { StreamId, type StreamValue } from '../../values/index.js'
import { oneKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'
import { propagateAdd, watchTrim } from './following.js'
import { replyId } from './replies.js'
import { readTrimOptions, type TrimOptions } from './trim-options.js'

const idIsMin = errorReply('The ID specified in XADD must be greater than 0-0')
const idsExhausted = errorReply('The stream has exhausted the last possible ID, unable to add more items')
const idTooSmall = errorReply('The ID specified in XADD is equal or smaller than the target stream top item')
const tooLarge = errorReply('Elements are too large to be stored')

const newId = new StreamId()

/** The ID of the entry to be added. @throws {ReplyError} it is not beyond the last one */
function chooseId({ lastId }: StreamValue, { hasId, hasSequence, id }: TrimOptions, nowMs: number): StreamId {
  if (!hasId) {
    newId.setMs(nowMs)
    if (newId.sameMs(lastId) || newId.compare(lastId) < 0) newId.copy(lastId).increment() // time never runs backwards
  } else {
    newId.copy(id)
    if (!hasSequence && newId.sameMs(lastId)) newId.copy(lastId).increment()
  }
  if (newId.compare(lastId) <= 0 || (hasId && !newId.sameMs(id))) throw idTooSmall
  return newId
}

export const XADD = command({
  name: 'XADD',
  group: 'stream',
  since: '5.0.0',
  summary: 'Adds an entry to a stream, creating the stream when the key is missing, and may trim it.',
  complexity: 'O(1) to add, O(N) to trim where N is the number of entries that go.',
  arity: -5,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['update'], { notes: 'UPDATE instead of INSERT because of the optional trimming feature' }),
  tips: ['nondeterministic_output'],
  history: [
    ['6.2.0', 'Takes `NOMKSTREAM`, `MINID` and `LIMIT`.'],
    ['7.0.0', 'Takes an ID of the form `<ms>-*`.'],
  ],
  syntax:
    'key [NOMKSTREAM]@6.2.0 [trim={strategy=<MAXLEN | MINID@6.2.0> [operator=<equal="=" | approximately="~">] threshold [LIMIT count:integer]@6.2.0}] id_or_auto=<auto_id="*" | id> field_value={field value}...',
  run: addEntry,
})

function addEntry(call: Call): void {
  const { args, db, reply, nowMs } = call
  const options = readTrimOptions(call, true)
  const first = options.idAt + 1
  const texts = args.count - first
  if (texts < 2 || texts % 2 === 1) throw wrongArity(call.command)
  if (options.hasId && options.hasSequence && options.id.isMin) throw idIsMin
  const key = args.at(1)
  const stream = options.makesNone ? db.streamForWrite(key) : db.streamForInsert(key)
  if (stream === null) {
    reply.null()
    return
  }
  if (stream.lastId.isMax) throw idsExhausted
  const id = chooseId(stream, options, nowMs)
  if (!stream.append(id, args, first, args.count)) throw tooLarge
  replyId(reply, id)
  const deleted = watchTrim(call, options, stream)
  const trimmed = options.strategy === null ? 0 : stream.trim(options)
  db.changed('xadd', key)
  if (trimmed > 0) db.alsoChanged('xtrim', key)
  if (call.isFollowed) propagateAdd(call, stream, id, options, deleted)
}
