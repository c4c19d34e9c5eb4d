import { command, integer, manyArguments, type Call } from '../../command/index.js'
import type { SortedSetValue, Span } from '../../values/index.js'
import { deleteElements } from '../deleting.js'
import { oneKey } from '../key-specs.js'
import { readLexRange, readScoreRange } from './bounds.js'

const deletedFrom = oneKey('RW', ['delete'])

export const ZREM = command({
  name: 'ZREM',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Deletes members of a sorted set, and the key with the last of them.',
  complexity: 'O(M*log(N)) where N is the number of members in the sorted set and M that of members given.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['write', 'fast'],
  keys: deletedFrom,
  history: [['2.4.0', 'Takes several members.']],
  syntax: 'key member...',
  run: (call) => deleteElements(call, call.db.sortedSetForWrite(call.args.at(1)), 'zrem'),
})

/** Deletes what `spanOf` finds, under `event`'s name. A sorted set of which nothing is left goes whole, in slices. */
function removeSpan({ args, db, reply }: Call, event: string, spanOf: (set: SortedSetValue) => Span): void {
  const key = args.at(1)
  const set = db.sortedSetForWrite(key)
  if (set === null) {
    reply.integer(0)
    return
  }
  const { from, count } = spanOf(set)
  const isAll = count === set.length
  if (isAll) db.delete(key)
  else if (count > 0) set.deleteRange(from, count)
  db.changed(event, key, count)
  if (isAll) db.alsoChanged('del', key)
  reply.integer(count)
}

/** Ranks from `start` to `stop`, both included; negative ones count from the end. */
export function spanOfRanks(length: number, start: number, stop: number): Span {
  const from = Math.max(0, start < 0 ? length + start : start)
  const last = Math.min(length - 1, stop < 0 ? length + stop : stop)
  return { from, count: Math.max(0, last - from + 1) }
}

export const ZREMRANGEBYRANK = command({
  name: 'ZREMRANGEBYRANK',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Deletes the members of a sorted set whose ranks are in a range.',
  complexity: 'O(log(N)+M) where N is the number of members in the sorted set and M that of members deleted.',
  arity: 4,
  flags: ['write'],
  keys: deletedFrom,
  syntax: 'key start:integer stop:integer',
  run(call) {
    const start = integer(call.args.at(2))
    const stop = integer(call.args.at(3))
    removeSpan(call, 'zremrangebyrank', ({ length }) => spanOfRanks(length, start, stop))
  },
})

export const ZREMRANGEBYSCORE = command({
  name: 'ZREMRANGEBYSCORE',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Deletes the members of a sorted set whose scores are in a range.',
  complexity: 'O(log(N)+M) where N is the number of members in the sorted set and M that of members deleted.',
  arity: 4,
  flags: ['write'],
  keys: deletedFrom,
  syntax: 'key min:double max:double',
  run(call) {
    const range = readScoreRange(call.args.at(2), call.args.at(3))
    removeSpan(call, 'zremrangebyscore', (set) => set.spanOfScores(range))
  },
})

export const ZREMRANGEBYLEX = command({
  name: 'ZREMRANGEBYLEX',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Deletes the members between two members of a sorted set whose scores are all the same.',
  complexity: 'O(log(N)+M) where N is the number of members in the sorted set and M that of members deleted.',
  arity: 4,
  flags: ['write'],
  keys: deletedFrom,
  syntax: 'key min max',
  run(call) {
    const range = readLexRange(call.args.at(2), call.args.at(3))
    removeSpan(call, 'zremrangebylex', (set) => set.spanOfMembers(range, false))
  },
})
