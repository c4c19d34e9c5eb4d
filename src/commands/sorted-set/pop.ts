import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { command, integerIn, type Call } from '../../command/index.js'
import type { SortedSetValue } from '../../values/index.js'
import { oneKey } from '../key-specs.js'
import { replyScore } from './replies.js'

const mustBePositive = errorReply('value is out of range, must be positive')
const keysNotPositive = errorReply('numkeys should be greater than 0')
const countNotPositive = errorReply('count should be greater than 0')

/** The end of a sorted set that is taken from. */
export type Where = 'min' | 'max'

/**
 * Takes up to `count` members at one end out of a sorted set under `key`, and replies each with its score, as an array of
 * its own where it is `nested`.
 */
export function popMembers(
  call: Call,
  key: Slice,
  set: SortedSetValue,
  where: Where,
  count: number,
  nested: boolean,
): void {
  const { db, reply } = call
  const { length } = set
  const popped = Math.min(count, length)
  const from = where === 'min' ? 0 : length - popped
  set.walk(from, popped, where === 'max')
  while (set.next()) {
    if (nested) reply.array(2)
    reply.bulk(set.member)
    replyScore(reply, set.score)
  }
  if (popped === length) db.delete(key)
  else set.deleteRange(from, popped)
  db.changed(where === 'min' ? 'zpopmin' : 'zpopmax', key, popped)
  if (popped === length) db.alsoChanged('del', key)
  if (call.isFollowed) call.propagate(where === 'min' ? 'ZPOPMIN' : 'ZPOPMAX', key, popped)
}

function pop(call: Call, where: Where): void {
  const { args, db, reply } = call
  if (args.count > 3) throw syntaxError
  const isCounted = args.count === 3
  const count = isCounted ? integerIn(args.at(2), 0, Infinity, mustBePositive) : 1
  const set = db.sortedSetForWrite(args.at(1))
  if (set === null || count === 0) {
    reply.array(0)
    return
  }
  const nested = isCounted && reply.protocol === 3
  const popped = Math.min(count, set.length)
  reply.array(nested ? popped : popped * 2)
  popMembers(call, args.at(1), set, where, count, nested)
}

export const ZPOPMIN = command({
  name: 'ZPOPMIN',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Takes the members with the lowest scores out of a sorted set and returns them.',
  complexity: 'O(log(N)*M) where N is the number of members in the sorted set and M that of members taken.',
  arity: -2,
  slowFrom: 3,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['access', 'delete']),
  syntax: 'key [count:integer]',
  run: (call) => pop(call, 'min'),
})

export const ZPOPMAX = command({
  name: 'ZPOPMAX',
  group: 'sorted-set',
  since: '5.0.0',
  summary: 'Takes the members with the highest scores out of a sorted set and returns them.',
  complexity: 'O(log(N)*M) where N is the number of members in the sorted set and M that of members taken.',
  arity: -2,
  slowFrom: 3,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['access', 'delete']),
  syntax: 'key [count:integer]',
  run: (call) => pop(call, 'max'),
})

/** What ZMPOP and BZMPOP ask for. */
export interface ManyPop {
  /** Index of the first key. */
  readonly first: number
  readonly keys: number
  readonly where: Where
  readonly count: number
}

/** Reads the keys, of which there are as many as argument `at` says, and what stands behind them. @throws {ReplyError} */
export function readManyPop({ args }: Call, at: number): ManyPop {
  const keys = integerIn(args.at(at), 1, Infinity, keysNotPositive)
  const whereAt = at + keys + 1
  if (whereAt >= args.count) throw syntaxError
  const where = args.at(whereAt).is('MIN') ? 'min' : args.at(whereAt).is('MAX') ? 'max' : null
  if (where === null) throw syntaxError
  let count = 0
  for (let i = whereAt + 1; i < args.count; i += 2) {
    if (count !== 0 || !args.at(i).is('COUNT') || i + 1 === args.count) throw syntaxError
    count = integerIn(args.at(i + 1), 1, Infinity, countNotPositive)
  }
  return { first: at + 1, keys, where, count: count === 0 ? 1 : count }
}

/** Replies the key and what was taken out of it. */
export function replyManyPop(call: Call, key: Slice, set: SortedSetValue, { where, count }: ManyPop): void {
  call.reply.array(2)
  call.reply.bulk(key)
  call.reply.array(Math.min(count, set.length))
  popMembers(call, key, set, where, count, true)
}

export const ZMPOP = command({
  name: 'ZMPOP',
  group: 'sorted-set',
  since: '7.0.0',
  summary: 'Takes members with the lowest or the highest scores out of the first of several sorted sets that has any.',
  complexity:
    'O(K) + O(M*log(N)) where K is the number of keys, N that of members in the sorted set and M that of members taken.',
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: [{ first: 1, count: { at: 0, keysFrom: 1 }, access: 'RW', effects: ['access', 'delete'] }],
  syntax: 'numkeys:integer key... where=<MIN | MAX> [COUNT count:integer]',
  run(call) {
    const wanted = readManyPop(call, 1)
    for (let i = 0; i < wanted.keys; i++) {
      const key = call.args.at(wanted.first + i)
      const set = call.db.sortedSetForWrite(key)
      if (set !== null) return replyManyPop(call, key, set, wanted)
    }
    call.reply.nullArray()
  },
})
