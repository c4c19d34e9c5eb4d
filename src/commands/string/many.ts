import { errorReply, type Slice } from '../../base/index.js'
import { command, integerIn, manyArguments } from '../../command/index.js'
import type { Database } from '../../keyspace/index.js'
import type { Args } from '../../resp/index.js'
import { everyKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'
import { SetOptions } from './set-options.js'
import { followedDeadline } from './set.js'

const badKeyCount = errorReply('invalid numkeys value')
const wrongPairs = errorReply('wrong number of key-value pairs')
const intMax = 0x7fffffff

const tellSet = (db: Database, key: Slice): void => db.changed('set', key)

/** Tells of both in the order in which Redis does. */
function tellExpiring(db: Database, key: Slice): void {
  db.alsoChanged('expire', key)
  db.changed('set', key)
}

export const MSET = command({
  name: 'MSET',
  group: 'string',
  since: '1.0.1',
  summary: 'Stores strings under several keys at once, whatever was there.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom'],
  keys: everyKey('OW', ['update'], { step: 2 }),
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  syntax: 'key_value={key value}...',
  run(call) {
    if ((call.args.count & 1) === 0) throw wrongArity(call.command)
    const { args, db, reply } = call
    db.setStrings(args, 1, args.count, tellSet)
    reply.ok()
  },
})

export const MSETNX = command({
  name: 'MSETNX',
  group: 'string',
  since: '1.0.1',
  summary: 'Stores strings under several keys at once, or none when any of the keys is there.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom'],
  keys: everyKey('OW', ['insert'], { step: 2, settle: 'value' }),
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  syntax: 'key_value={key value}...',
  run(call) {
    const { args, db, reply } = call
    if ((args.count & 1) === 0) throw wrongArity(call.command)
    for (let i = 1; i < args.count; i += 2) {
      if (db.findToWrite(args.at(i)) !== 0) {
        reply.integer(0)
        return
      }
    }
    db.setStrings(args, 1, args.count, tellSet)
    reply.integer(1)
  },
})

/** Whether an MSETEX asks which keys are there; a value that looks like it is asked about for nothing. */
function hasCondition(args: Args): boolean {
  for (let i = args.count - 1; i > 3; i--) if (args.at(i).is('NX') || args.at(i).is('XX')) return true
  return false
}

export const MSETEX = command({
  name: 'MSETEX',
  group: 'string',
  since: '8.4.0',
  summary: 'Stores strings under several keys at once, with one deadline, if all or none of the keys are there.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -4,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: [{ first: 1, count: { at: 0, keysFrom: 1 }, step: 2, access: 'OW', effects: ['update'], settle: 'value' }],
  tips: ['request_policy:multi_shard', 'response_policy:all_succeeded'],
  syntax: `numkeys:integer data={key value}... [condition=<NX | XX>]
    [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time
      | PXAT unix-time-milliseconds:unix-time | KEEPTTL>]`,
  settles: ({ args }) => hasCondition(args),
  run(call) {
    const { args, db, reply } = call
    const end = 2 + integerIn(args.at(1), 1, intMax, badKeyCount) * 2
    if (end > args.count) throw wrongPairs
    const options = new SetOptions(args, end, 'MSETEX')
    const atMs = options.deadline(call)
    if (options.ifMissing || options.ifPresent) {
      for (let i = 2; i < end; i += 2) {
        if (options.permits(db.findToWrite(args.at(i)) !== 0)) continue
        reply.integer(0)
        return
      }
    }
    db.setStrings(args, 2, end, atMs === 0 ? tellSet : tellExpiring, atMs, options.keepDeadline)
    if (call.isFollowed) {
      const deadline = followedDeadline(atMs, options.keepDeadline)
      for (let i = 2; i < end; i += 2) call.propagate('SET', args.at(i), args.at(i + 1), ...deadline)
    }
    reply.integer(1)
  },
})
