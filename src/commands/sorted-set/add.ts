import { errorReply, notAFloat, readDouble, syntaxError, type Slice } from '../../base/index.js'
import { command, manyArguments, type Call } from '../../command/index.js'
import type { SortedSetValue } from '../../values/index.js'
import { oneKey, updatedKey } from '../key-specs.js'
import { replyScore } from './replies.js'

const nxAndXx = errorReply('XX and NX options at the same time are not compatible')
const gtLtAndNx = errorReply('GT, LT, and/or NX options at the same time are not compatible')
const oneIncrement = errorReply('INCR option supports a single increment-element pair')
const scoreIsNaN = errorReply('resulting score is not a number (NaN)')

/** Options of ZADD, as bits. */
export const Add = { nx: 1, xx: 2, gt: 4, lt: 8, incr: 16, changed: 32 } as const

/** What became of a member. */
const Outcome = { none: 0, same: 1, added: 2, updated: 3 } as const
type Outcome = (typeof Outcome)[keyof typeof Outcome]

function optionOf(word: Slice): number {
  if (word.length !== 2) return word.is('INCR') ? Add.incr : 0
  if (word.is('NX')) return Add.nx
  if (word.is('XX')) return Add.xx
  if (word.is('GT')) return Add.gt
  if (word.is('LT')) return Add.lt
  return word.is('CH') ? Add.changed : 0
}

function checkOptions(options: number, pairs: number): void {
  const { nx, xx, gt, lt, incr } = Add
  if ((options & nx) !== 0 && (options & xx) !== 0) throw nxAndXx
  const exclusive = options & (nx | gt | lt)
  if ((exclusive & (exclusive - 1)) !== 0) throw gtLtAndNx
  if ((options & incr) !== 0 && pairs > 1) throw oneIncrement
}

/** The score that INCR came to, and whether its reply has one. */
let newScore = 0

/**
 * Gives a member a score, or adds to it, as the options permit.
 *
 * @throws {ReplyError} the sum is not a number: nothing has changed
 */
function addMember(set: SortedSetValue, member: Slice, given: number, options: number): Outcome {
  const old = set.find(member)
  newScore = given
  if (Number.isNaN(old)) {
    if ((options & Add.xx) !== 0) return Outcome.none
    set.insert(member, given)
    return Outcome.added
  }
  if ((options & Add.nx) !== 0) return Outcome.none
  if ((options & Add.incr) !== 0) newScore = old + given
  if (Number.isNaN(newScore)) throw scoreIsNaN
  if ((options & Add.lt) !== 0 && newScore >= old) return Outcome.none
  if ((options & Add.gt) !== 0 && newScore <= old) return Outcome.none
  if (newScore === old) return Outcome.same
  set.update(member, newScore)
  return Outcome.updated
}

/** Where the scores of a call stand once all of them are read. Longer ones are not kept. */
const fewScores = new Float64Array(1024)

/** Room for the scores of one call, good until the next. */
export const scoresFor = (count: number): Float64Array =>
  count <= fewScores.length ? fewScores : new Float64Array(count)

/**
 * Stores scores that were read, under members that stand at every `step`th argument from `first` on, and replies what ZADD
 * does.
 *
 * @throws {ReplyError} nothing has changed
 */
export function addMembers(
  { args, db, reply }: Call,
  options: number,
  scores: Float64Array,
  first: number,
  step: number,
): void {
  const key = args.at(1)
  const isIncrement = (options & Add.incr) !== 0
  const set = (options & Add.xx) === 0 ? db.sortedSetForInsert(key) : db.sortedSetForWrite(key)
  let added = 0
  let updated = 0
  let outcome: Outcome = Outcome.none
  for (let i = 0, at = first; set !== null && at < args.count; i++, at += step) {
    outcome = addMember(set, args.at(at), scores[i], options)
    if (outcome === Outcome.added) added++
    else if (outcome === Outcome.updated) updated++
  }
  db.changed(isIncrement ? 'zincr' : 'zadd', key, added + updated)
  if (!isIncrement) reply.integer((options & Add.changed) !== 0 ? added + updated : added)
  else if (outcome === Outcome.none) reply.null()
  else replyScore(reply, newScore)
}

/** ZADD and ZINCRBY: scores and members stand in pairs from argument `from` on. */
function addPairs(call: Call, options: number, from: number): void {
  const { args } = call
  const words = args.count - from
  if ((words & 1) !== 0 || words === 0) throw syntaxError
  const pairs = words >> 1
  checkOptions(options, pairs)
  const scores = scoresFor(pairs)
  for (let i = 0; i < pairs; i++) {
    const score = readDouble(args.at(from + i * 2))
    if (Number.isNaN(score)) throw notAFloat
    scores[i] = score
  }
  addMembers(call, options, scores, from + 1, 2)
}

/** Index of the first argument behind the key that is none of ZADD's options. */
function readOptions({ args }: Call): [options: number, next: number] {
  let options = 0
  let next = 2
  for (; next < args.count; next++) {
    const option = optionOf(args.at(next))
    if (option === 0) break
    options |= option
  }
  return [options, next]
}

export const ZADD = command({
  name: 'ZADD',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Gives members of a sorted set their scores, adding those that are missing.',
  complexity: 'O(log(N)) for each member given, where N is the number of members in the sorted set.',
  arity: -4,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['update']),
  history: [
    ['2.4.0', 'Takes several members.'],
    ['3.0.2', 'Added `XX`, `NX`, `CH` and `INCR`.'],
    ['6.2.0', 'Added `GT` and `LT`.'],
  ],
  syntax:
    'key condition=[NX | XX]@3.0.2 comparison=[GT | LT]@6.2.0 [change=CH]@3.0.2 [increment=INCR]@3.0.2 ' +
    'score_member={score:double member}...',
  run(call) {
    const { args } = call
    // a score begins with a digit, or what may stand before one; an option does not
    if (args.at(2).byte(0) <= 57) return addPairs(call, 0, 2)
    const [options, next] = readOptions(call)
    addPairs(call, options, next)
  },
})

export const ZINCRBY = command({
  name: 'ZINCRBY',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Adds a number to the score of a member of a sorted set; a missing member counts as 0.',
  complexity: 'O(log(N)) where N is the number of members in the sorted set.',
  arity: 4,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key increment:integer member',
  run(call) {
    const [options, next] = readOptions(call)
    addPairs(call, options | Add.incr, next)
  },
})
