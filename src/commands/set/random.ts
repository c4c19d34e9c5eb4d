import { errorReply, syntaxError } from '../../base/index.js'
import { command, integerIn, type Call } from '../../command/index.js'
import type { SetValue } from '../../values/index.js'
import { oneKey, readKey } from '../key-specs.js'
import { boundedCount, isWalked, readSampleCount, sampler } from '../sampling.js'

const notPositive = errorReply('value is out of range, must be positive')
const countOutOfRange = errorReply('value is out of range')

/** Where so many times more are taken than are left, Redis makes a new set of those left: its encoding is a new one's. */
const newSetFactor = 5

/** Members that followers are told to delete by one command. */
const membersAtOnce = 1024

export const SPOP = command({
  name: 'SPOP',
  group: 'set',
  since: '1.0.0',
  summary: 'Returns members of a set drawn at random, and deletes them.',
  complexity: 'O(1), or O(N) where N is the number of members asked for.',
  arity: -2,
  flags: ['write', 'fast'],
  slowFrom: 3,
  keys: oneKey('RW', ['access', 'delete']),
  tips: ['nondeterministic_output'],
  history: [['3.2.0', 'Takes a count.']],
  syntax: 'key [count:integer@3.2.0]',
  run(call) {
    const { args, db, reply, random } = call
    if (args.count > 2) {
      popMany(call)
      return
    }
    const key = args.at(1)
    const set = db.setForWrite(key)
    if (set === null) {
      reply.null()
      return
    }
    const member = set.draw(random)
    reply.bulk(member)
    if (call.isFollowed) call.propagate('SREM', key, member)
    set.deleteDrawn()
    const isEmpty = set.length === 0
    if (isEmpty) db.delete(key)
    db.changed('spop', key)
    if (isEmpty) db.alsoChanged('del', key)
  },
})

function popMany(call: Call): void {
  const { args, db, reply, random } = call
  if (args.count > 3) throw syntaxError
  const count = integerIn(args.at(2), 0, Infinity, notPositive)
  const key = args.at(1)
  const set = db.setForWrite(key)
  if (set === null || count === 0) {
    reply.set(0)
    return
  }
  const { length } = set
  if (count >= length) {
    reply.set(length)
    db.readSet(key)!.forEach((member) => reply.bulk(member)) // Redis reads what it deletes whole: one more hit
    db.delete(key)
    db.changed('spop', key, length)
    if (call.isFollowed) call.propagate('DEL', key)
    db.alsoChanged('del', key)
    return
  }
  reply.set(count)
  const popped: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const member = set.draw(random)
    reply.bulk(member)
    if (call.isFollowed) popped.push(member.toBuffer())
    set.deleteDrawn()
  }
  for (let i = 0; i < popped.length; i += membersAtOnce) {
    call.propagate('SREM', key, ...popped.slice(i, i + membersAtOnce))
  }
  if ((length - count) * newSetFactor <= count) set.layOutAnew()
  db.changed('spop', key, count)
}

export const SRANDMEMBER = command({
  name: 'SRANDMEMBER',
  group: 'set',
  since: '1.0.0',
  summary: 'Returns members of a set drawn at random, different ones or, with a negative count, with repetition.',
  complexity: 'O(1), or O(N) where N is the number of members asked for.',
  arity: -2,
  flags: ['readonly'],
  slowFrom: 3,
  keys: readKey,
  tips: ['nondeterministic_output'],
  history: [['2.6.0', 'Takes a count.']],
  syntax: 'key [count:integer@2.6.0]',
  run(call) {
    const { args, db, reply, random } = call
    if (args.count > 2) {
      replyMany(call)
      return
    }
    const set = db.readSet(args.at(1))
    if (set === null) reply.null()
    else reply.bulk(set.draw(random))
  },
})

function replyMany(call: Call): void {
  const { args, db, reply, random } = call
  if (args.count > 3) throw syntaxError
  const asked = readSampleCount(args.at(2))
  const set = db.readSet(args.at(1))
  if (set === null || asked === 0n) {
    reply.array(0)
    return
  }
  const count = boundedCount(asked, countOutOfRange, reply.isLimited)
  const replies = count < 0 ? -count : Math.min(count, set.length)
  reply.array(replies)
  if (count < 0) for (let i = 0; i < replies && !reply.isTooMuch; i++) reply.bulk(set.draw(random))
  else replyDifferent(call, set, replies)
}

/** Replies `count` different members, each as likely as any other. */
function replyDifferent({ reply, random }: Call, set: SetValue, count: number): void {
  if (isWalked(count, set.length)) {
    const isChosen = sampler(count, set.length, random)
    set.forEach((member) => {
      if (isChosen()) reply.bulk(member)
    })
    return
  }
  const drawn = new Set<string>()
  while (drawn.size < count) {
    const member = set.draw(random)
    const text = member.toLatin1()
    if (drawn.has(text)) continue
    drawn.add(text)
    reply.bulk(member)
  }
}
