import { type Slice } from '../../base/index.js'
import { command, type Call, type KeySpec } from '../../command/index.js'
import type { SortedSetValue } from '../../values/index.js'
import { Type } from '../../values/index.js'
import { timeoutOfSeconds } from '../timeouts.js'
import { popMembers, readManyPop, replyManyPop, type Where } from './pop.js'

/** The keys that stand from argument `first` on. */
const indexes = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

/**
 * Has `take` take from the first of some keys that holds a sorted set, or waits until one of them does.
 *
 * @throws {ReplyError} a key before that holds another type
 */
function takeOrWait(
  call: Call,
  keys: readonly number[],
  timeoutMs: number,
  take: (key: Slice, set: SortedSetValue) => void,
): void {
  const { args, db, wokenBy } = call
  for (const key of wokenBy === null ? keys.map((index) => args.at(index)) : [wokenBy]) {
    const set = db.sortedSetForWrite(key)
    if (set !== null) return take(key, set)
  }
  call.block({ keys, type: Type.zset, timeoutMs, timedOut: (reply) => reply.nullArray() })
}

function popOrWait(call: Call, where: Where): void {
  const { args, reply } = call
  const timeoutMs = timeoutOfSeconds(args.at(args.count - 1))
  takeOrWait(call, indexes(1, args.count - 2), timeoutMs, (key, set) => {
    reply.array(3)
    reply.bulk(key)
    popMembers(call, key, set, where, 1, false)
  })
}

const manyKeys: readonly KeySpec[] = [{ first: 1, last: -2, access: 'RW', effects: ['access', 'delete'] }]

export const BZPOPMIN = command({
  name: 'BZPOPMIN',
  group: 'sorted-set',
  since: '5.0.0',
  summary:
    'Takes the member with the lowest score out of the first of several sorted sets that has any, or waits for one.',
  complexity: 'O(log(N)) where N is the number of members in the sorted set.',
  arity: -3,
  flags: ['write', 'noscript', 'fast', 'blocking'],
  keys: manyKeys,
  history: [['6.0.0', 'Fractions of a second count in `timeout`.']],
  syntax: 'key... timeout:double',
  run: (call) => popOrWait(call, 'min'),
})

export const BZPOPMAX = command({
  name: 'BZPOPMAX',
  group: 'sorted-set',
  since: '5.0.0',
  summary:
    'Takes the member with the highest score out of the first of several sorted sets that has any, or waits for one.',
  complexity: 'O(log(N)) where N is the number of members in the sorted set.',
  arity: -3,
  flags: ['write', 'noscript', 'fast', 'blocking'],
  keys: manyKeys,
  history: [['6.0.0', 'Fractions of a second count in `timeout`.']],
  syntax: 'key... timeout:double',
  run: (call) => popOrWait(call, 'max'),
})

export const BZMPOP = command({
  name: 'BZMPOP',
  group: 'sorted-set',
  since: '7.0.0',
  summary:
    'Takes members with the lowest or the highest scores out of the first of several sorted sets that has any, or waits for one.',
  complexity:
    'O(K) + O(M*log(N)) where K is the number of keys, N that of members in the sorted set and M that of members taken.',
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: [{ first: 2, count: { at: 0, keysFrom: 1 }, access: 'RW', effects: ['access', 'delete'] }],
  syntax: 'timeout:double numkeys:integer key... where=<MIN | MAX> [COUNT count:integer]',
  run(call) {
    const wanted = readManyPop(call, 2)
    const timeoutMs = timeoutOfSeconds(call.args.at(1))
    takeOrWait(call, indexes(wanted.first, wanted.keys), timeoutMs, (key, set) => replyManyPop(call, key, set, wanted))
  },
})
