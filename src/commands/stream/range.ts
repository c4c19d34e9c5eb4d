import { syntaxError } from '../../base/index.js'
import { command, integer, type Call } from '../../command/index.js'
import { StreamId } from '../../values/index.js'
import { readKey } from '../key-specs.js'
import { parseEnd, parseStart } from './ids.js'
import { replyEntries } from './replies.js'

const from = new StreamId()
const to = new StreamId()

/** Replies the entries between two IDs. */
function replyRange({ args, db, reply }: Call, isReverse: boolean): void {
  parseStart(args.at(isReverse ? 3 : 2), from)
  parseEnd(args.at(isReverse ? 2 : 3), to)
  let countMax = Infinity
  for (let i = 4; i < args.count; i += 2) {
    if (!args.at(i).is('COUNT') || i + 1 === args.count) throw syntaxError
    countMax = Math.max(0, integer(args.at(i + 1)))
  }
  const stream = db.readStream(args.at(1))
  if (stream === null) reply.array(0)
  else if (countMax === 0) reply.nullArray()
  else replyEntries(reply, stream.walk(from, to, isReverse), countMax)
}

export const XRANGE = command({
  name: 'XRANGE',
  group: 'stream',
  since: '5.0.0',
  summary: 'Returns the entries of a stream between two IDs.',
  complexity: 'O(N) where N is the number of entries returned.',
  arity: -4,
  flags: ['readonly'],
  keys: readKey,
  history: [['6.2.0', 'Takes exclusive ranges.']],
  syntax: 'key start end [COUNT count:integer]',
  run: (call) => replyRange(call, false),
})

export const XREVRANGE = command({
  name: 'XREVRANGE',
  group: 'stream',
  since: '5.0.0',
  summary: 'Returns the entries of a stream between two IDs, the last one first.',
  complexity: 'O(N) where N is the number of entries returned.',
  arity: -4,
  flags: ['readonly'],
  keys: readKey,
  history: [['6.2.0', 'Takes exclusive ranges.']],
  syntax: 'key end start [COUNT count:integer]',
  run: (call) => replyRange(call, true),
})
