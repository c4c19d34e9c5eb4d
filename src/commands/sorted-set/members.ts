import { syntaxError } from '../../base/index.js'
import { command, manyArguments, type Call } from '../../command/index.js'
import { askedKey, readKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'
import { readLexRange, readScoreRange } from './bounds.js'
import { replyScore } from './replies.js'

export const ZCARD = command({
  name: 'ZCARD',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Returns the number of members of a sorted set.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.readSortedSet(args.at(1))?.length ?? 0)
  },
})

export const ZSCORE = command({
  name: 'ZSCORE',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Returns the score of a member of a sorted set.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key member',
  run({ args, db, reply }) {
    const set = db.readSortedSet(args.at(1))
    const score = set === null ? NaN : set.find(args.at(2))
    if (Number.isNaN(score)) reply.null()
    else replyScore(reply, score)
  },
})

export const ZMSCORE = command({
  name: 'ZMSCORE',
  group: 'sorted-set',
  since: '6.2.0',
  summary: 'Returns the scores of the given members of a sorted set, nil for those that are missing.',
  complexity: 'O(N) where N is the number of members given.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key member...',
  run({ args, db, reply }) {
    const set = db.readSortedSet(args.at(1))
    reply.array(args.count - 2)
    for (let i = 2; i < args.count; i++) {
      const score = set === null ? NaN : set.find(args.at(i))
      if (Number.isNaN(score)) reply.null()
      else replyScore(reply, score)
    }
  },
})

function replyRank({ args, command, db, reply }: Call, reverse: boolean): void {
  if (args.count > 4) throw wrongArity(command)
  const withScore = args.count === 4
  if (withScore && !args.at(3).is('WITHSCORE')) throw syntaxError
  const set = db.readSortedSet(args.at(1))
  const member = args.at(2)
  const rank = set === null ? -1 : set.rank(member)
  if (set === null || rank < 0) {
    if (withScore) reply.nullArray()
    else reply.null()
    return
  }
  if (withScore) reply.array(2)
  reply.integer(reverse ? set.length - 1 - rank : rank)
  if (withScore) replyScore(reply, set.find(member))
}

export const ZRANK = command({
  name: 'ZRANK',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Returns how many members of a sorted set come before a member, from the lowest score up.',
  complexity: 'O(log(N))',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  history: [['7.2.0', 'Added `WITHSCORE`.']],
  syntax: 'key member [WITHSCORE]@7.2.0',
  run: (call) => replyRank(call, false),
})

export const ZREVRANK = command({
  name: 'ZREVRANK',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Returns how many members of a sorted set come before a member, from the highest score down.',
  complexity: 'O(log(N))',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  history: [['7.2.0', 'Added `WITHSCORE`.']],
  syntax: 'key member [WITHSCORE]@7.2.0',
  run: (call) => replyRank(call, true),
})

export const ZCOUNT = command({
  name: 'ZCOUNT',
  group: 'sorted-set',
  since: '2.0.0',
  summary: 'Counts the members of a sorted set whose scores are in a range.',
  complexity: 'O(log(N)) where N is the number of members in the sorted set.',
  arity: 4,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key min:double max:double',
  run({ args, db, reply }) {
    const range = readScoreRange(args.at(2), args.at(3))
    reply.integer(db.readSortedSet(args.at(1))?.spanOfScores(range).count ?? 0)
  },
})

export const ZLEXCOUNT = command({
  name: 'ZLEXCOUNT',
  group: 'sorted-set',
  since: '2.8.9',
  summary: 'Counts the members between two members of a sorted set whose scores are all the same.',
  complexity: 'O(log(N)) where N is the number of members in the sorted set.',
  arity: 4,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key min max',
  run({ args, db, reply }) {
    const range = readLexRange(args.at(2), args.at(3))
    reply.integer(db.readSortedSet(args.at(1))?.spanOfMembers(range, false).count ?? 0)
  },
})
