import { errorReply, int64Max, syntaxError, type Random } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import type { SortedSetValue, VisitMember } from '../../values/index.js'
import { readKey } from '../key-specs.js'
import { boundedCount, isWalked, readSampleCount, sampler } from '../sampling.js'
import { openMembers, replyMember } from './replies.js'

const countOutOfRange = errorReply('value is out of range')

export const ZRANDMEMBER = command({
  name: 'ZRANDMEMBER',
  group: 'sorted-set',
  since: '6.2.0',
  summary:
    'Returns members of a sorted set drawn at random, different ones or, with a negative count, with repetition.',
  complexity: 'O(N) where N is the number of members returned.',
  arity: -2,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output'],
  syntax: 'key [options={count:integer [WITHSCORES]}]',
  run(call) {
    const { args, db, reply, random } = call
    if (args.count > 2) {
      replyMany(call)
      return
    }
    const set = db.readSortedSet(args.at(1))
    if (set === null) reply.null()
    else set.random(random, (member) => reply.bulk(member))
  },
})

function replyMany({ args, db, reply, random }: Call): void {
  const asked = readSampleCount(args.at(2))
  if (args.count > 4 || (args.count === 4 && !args.at(3).is('WITHSCORES'))) throw syntaxError
  const withScores = args.count === 4
  if (withScores && (asked > int64Max / 2n || asked < -int64Max / 2n)) throw countOutOfRange
  const set = db.readSortedSet(args.at(1))
  if (set === null || asked === 0n) {
    reply.array(0)
    return
  }
  const count = boundedCount(asked, countOutOfRange)
  const { length } = set
  const replies = count < 0 ? -count : Math.min(count, length)
  openMembers(reply, replies, withScores)
  const visit: VisitMember = (member, score) => replyMember(reply, member, score, withScores)
  if (count < 0) for (let i = 0; i < replies; i++) set.random(random, visit)
  else if (replies === length) set.forEachIn(0, length, true, visit)
  else if (isWalked(replies, length)) walk(set, replies, random, visit)
  else draw(set, replies, random, visit)
}

/** Visits `count` different members, each as likely as any other, in order. */
function walk(set: SortedSetValue, count: number, random: Random, visit: VisitMember): void {
  const isChosen = sampler(count, set.length, random)
  set.forEach((member, score) => {
    if (isChosen()) visit(member, score)
  })
}

/** Visits `count` different members, drawn until there are as many. */
function draw(set: SortedSetValue, count: number, random: Random, visit: VisitMember): void {
  const drawn = new Set<string>()
  while (drawn.size < count) {
    set.random(random, (member, score) => {
      const name = member.toLatin1()
      if (drawn.has(name)) return
      drawn.add(name)
      visit(member, score)
    })
  }
}
