import { readSafeInteger } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import { readKey } from '../key-specs.js'
import { openMembers, replyMember } from './replies.js'
import { readSelection, type Dialect } from './selection.js'
import { storeResult } from './store.js'

const complexity = 'O(log(N)+M) where N is the number of members in the sorted set and M that of members returned.'

/** Replies the members that a command of the ZRANGE family asks for. */
function replyRange(call: Call, dialect: Dialect): void {
  const { args, db, reply } = call
  const selection = readSelection(call, dialect)
  const set = db.readSortedSet(args.at(dialect.source))
  if (set === null) {
    reply.array(0)
    return
  }
  const { withScores, reverse } = selection
  const { from, count } = selection.spanIn(set)
  openMembers(reply, count, withScores)
  set.walk(from, count, reverse)
  if (withScores) while (set.next()) replyMember(reply, set.member, set.score, true)
  else while (set.next()) reply.bulk(set.member)
}

/** So many members are returned in no time. */
const fewMembers = 32

/** Whether a call may return more than a few: ranks that are counted from the same end say how many at most. */
function mayReturnMany({ args }: Pick<Call, 'args'>): boolean {
  if (args.count > 4) return true
  const start = readSafeInteger(args.at(2))
  const stop = readSafeInteger(args.at(3))
  return !(start < 0 === stop < 0 && stop - start < fewMembers)
}

export const ZRANGE = command({
  name: 'ZRANGE',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Returns a range of the members of a sorted set: by rank, by score or by the members themselves.',
  complexity,
  arity: -4,
  takesLong: mayReturnMany,
  flags: ['readonly'],
  keys: readKey,
  history: [['6.2.0', 'Added `REV`, `BYSCORE`, `BYLEX` and `LIMIT`.']],
  syntax:
    'key start stop sortby=[BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 ' +
    '[LIMIT offset_count={offset:integer count:integer}]@6.2.0 [WITHSCORES]',
  run: (call) => replyRange(call, { source: 1 }),
})

export const ZREVRANGE = command({
  name: 'ZREVRANGE',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Returns the members of a sorted set whose ranks are in a range, from the highest score down.',
  complexity,
  arity: -4,
  takesLong: mayReturnMany,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` argument' },
  syntax: 'key start:integer stop:integer [WITHSCORES]',
  run: (call) => replyRange(call, { source: 1, by: 'rank', reverse: true }),
})

export const ZRANGEBYSCORE = command({
  name: 'ZRANGEBYSCORE',
  group: 'sorted-set',
  since: '1.0.5',
  summary: 'Returns the members of a sorted set whose scores are in a range.',
  complexity,
  arity: -4,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYSCORE` argument' },
  history: [['2.0.0', 'Added `WITHSCORES`.']],
  syntax: 'key min:double max:double [WITHSCORES]@2.0.0 [LIMIT offset_count={offset:integer count:integer}]',
  run: (call) => replyRange(call, { source: 1, by: 'score', reverse: false }),
})

export const ZREVRANGEBYSCORE = command({
  name: 'ZREVRANGEBYSCORE',
  group: 'sorted-set',
  since: '2.2.0',
  summary: 'Returns the members of a sorted set whose scores are in a range, from the highest score down.',
  complexity,
  arity: -4,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYSCORE` arguments' },
  history: [['2.1.6', 'Either end may be outside of the range.']],
  syntax: 'key max:double min:double [WITHSCORES] [LIMIT offset_count={offset:integer count:integer}]',
  run: (call) => replyRange(call, { source: 1, by: 'score', reverse: true }),
})

export const ZRANGEBYLEX = command({
  name: 'ZRANGEBYLEX',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Returns the members between two members of a sorted set whose scores are all the same.',
  complexity,
  arity: -4,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `BYLEX` argument' },
  syntax: 'key min max [LIMIT offset_count={offset:integer count:integer}]',
  run: (call) => replyRange(call, { source: 1, by: 'lex', reverse: false }),
})

export const ZREVRANGEBYLEX = command({
  name: 'ZREVRANGEBYLEX',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Returns the members between two members of a sorted set whose scores are all the same, from the last.',
  complexity,
  arity: -4,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '6.2.0', replacedBy: '`ZRANGE` with the `REV` and `BYLEX` arguments' },
  syntax: 'key max min [LIMIT offset_count={offset:integer count:integer}]',
  run: (call) => replyRange(call, { source: 1, by: 'lex', reverse: true }),
})

export const ZRANGESTORE = command({
  name: 'ZRANGESTORE',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Stores a range of the members of a sorted set under another key.',
  complexity: 'O(log(N)+M) where N is the number of members in the sorted set and M that of members stored.',
  arity: -5,
  flags: ['write', 'denyoom'],
  keys: [
    { first: 1, access: 'OW', effects: ['update'] },
    { first: 2, access: 'RO', effects: ['access'] },
  ],
  syntax:
    'dst:key src:key#1 min max sortby=[BYSCORE | BYLEX] [REV] [LIMIT offset_count={offset:integer count:integer}]',
  run(call) {
    const selection = readSelection(call, { source: 2, stores: true })
    const set = call.db.readSortedSet(call.args.at(2))
    const { from, count } = set === null ? { from: 0, count: 0 } : selection.spanIn(set)
    // Redis adds the members one by one, to a small sorted set unless it knows that they are too many
    const keepsNegativeZero = selection.by === 'rank' && count > call.keyspace.limits.sortedSet.packedEntriesMax
    storeResult(call, { event: 'zrangestore', keepsNegativeZero }, (result) =>
      set?.forEachIn(from, count, false, (member, score) => result.set(member, score)),
    )
  },
})
