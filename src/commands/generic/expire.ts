import { errorReply } from '../../base/index.js'
import { command, printed, type Call, type Command } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { atMilliseconds, atSeconds, inMilliseconds, inSeconds, readDeadline, type DeadlineUnit } from '../deadlines.js'
import { oneKey } from '../key-specs.js'

const nxAndOthers = errorReply('NX and XX, GT or LT options at the same time are not compatible')
const gtAndLt = errorReply('GT and LT options at the same time are not compatible')

/** Under which condition on the old deadline a new one is set. */
interface Condition {
  ifNone: boolean
  ifAny: boolean
  ifGreater: boolean
  ifLess: boolean
}

function readCondition(args: Args): Condition {
  const condition = { ifNone: false, ifAny: false, ifGreater: false, ifLess: false }
  for (let i = 3; i < args.count; i++) {
    const option = args.at(i)
    if (option.is('NX')) condition.ifNone = true
    else if (option.is('XX')) condition.ifAny = true
    else if (option.is('GT')) condition.ifGreater = true
    else if (option.is('LT')) condition.ifLess = true
    else throw errorReply(`Unsupported option ${printed(option)}`)
  }
  const { ifNone, ifAny, ifGreater, ifLess } = condition
  if (ifNone && (ifAny || ifGreater || ifLess)) throw nxAndOthers
  if (ifGreater && ifLess) throw gtAndLt
  return condition
}

/** Whether the condition holds; no deadline counts as one infinitely far away. */
function allows({ ifNone, ifAny, ifGreater, ifLess }: Condition, oldMs: bigint, newMs: number | bigint): boolean {
  const hasOld = oldMs !== 0n
  if (ifNone && hasOld) return false
  if (ifAny && !hasOld) return false
  if (ifGreater && (!hasOld || newMs <= oldMs)) return false
  return !(ifLess && hasOld && newMs >= oldMs)
}

function expire(call: Call, unit: DeadlineUnit): void {
  const { args, db, reply, nowMs } = call
  const key = args.at(1)
  const condition = args.count > 3 ? readCondition(args) : null
  const atMs = readDeadline(args.at(2), unit, nowMs, call.command)
  const ref = db.findToWrite(key)
  if (ref === 0 || (condition !== null && !allows(condition, db.exactDeadline(ref), atMs))) {
    reply.integer(0)
    return
  }
  if (call.isPast(atMs)) {
    db.delete(key)
    db.changed('del', key)
    if (call.isFollowed) call.propagate('DEL', key)
  } else {
    db.setDeadline(key, atMs)
    db.changed('expire', key)
    if (call.isFollowed) call.propagate('PEXPIREAT', key, atMs)
  }
  reply.integer(1)
}

function expireCommand(name: string, since: string, summary: string, unit: DeadlineUnit, argument: string): Command {
  return command({
    name,
    group: 'generic',
    since,
    summary,
    complexity: 'O(1)',
    arity: -3,
    flags: ['write', 'fast'],
    keys: oneKey('RW', ['update'], { settle: 'none', write: false }),
    history: [['7.0.0', 'Added `NX`, `XX`, `GT` and `LT`.']],
    syntax: `key ${argument} [condition=<NX | XX | GT | LT>@7.0.0]`,
    run: (call) => expire(call, unit),
  })
}

export const EXPIRE = expireCommand(
  'EXPIRE',
  '1.0.0',
  'Lets a key expire after some seconds.',
  inSeconds,
  'seconds:integer',
)

export const PEXPIRE = expireCommand(
  'PEXPIRE',
  '2.6.0',
  'Lets a key expire after some milliseconds.',
  inMilliseconds,
  'milliseconds:integer',
)

export const EXPIREAT = expireCommand(
  'EXPIREAT',
  '1.2.0',
  'Lets a key expire at a Unix time in seconds.',
  atSeconds,
  'unix-time-seconds:unix-time',
)

export const PEXPIREAT = expireCommand(
  'PEXPIREAT',
  '2.6.0',
  'Lets a key expire at a Unix time in milliseconds.',
  atMilliseconds,
  'unix-time-milliseconds:unix-time',
)

export const PERSIST = command({
  name: 'PERSIST',
  group: 'generic',
  since: '2.2.0',
  summary: 'Takes the deadline of a key away.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['update'], { settle: 'none', write: false }),
  syntax: 'key',
  run({ args, db, reply }) {
    const key = args.at(1)
    const ref = db.findToWrite(key)
    if (ref === 0 || db.deadline(ref) === 0) {
      reply.integer(0)
      return
    }
    db.setDeadline(key, 0)
    db.changed('persist', key)
    reply.integer(1)
  },
})
