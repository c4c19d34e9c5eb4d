import { copyBytes, type Slice } from '../../base/index.js'
import { command, type Call, type Word } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { inMilliseconds, inSeconds, readDeadline, type DeadlineUnit, type UnixMs } from '../deadlines.js'
import { oneKey, updatedKey } from '../key-specs.js'
import { comparisons, holds } from './comparisons.js'
import { SetOptions } from './set-options.js'

export const SET = command({
  name: 'SET',
  group: 'string',
  since: '1.0.0',
  summary: 'Stores a string under a key, whatever was there, with a deadline or under a condition.',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', ['access', 'update'], {
    marks: ['variable_flags'],
    notes: 'RW and ACCESS due to the optional `GET` argument',
  }),
  history: [
    ['2.6.12', 'Added `EX`, `PX`, `NX` and `XX`.'],
    ['6.0.0', 'Added `KEEPTTL`.'],
    ['6.2.0', 'Added `GET`, `EXAT` and `PXAT`.'],
    ['7.0.0', '`NX` and `GET` may be used together.'],
    ['8.4.0', 'Added `IFEQ`, `IFNE`, `IFDEQ` and `IFDNE`.'],
  ],
  syntax: `key value [condition=<NX | XX
      | IFEQ ifeq-value@8.4.0 | IFNE ifne-value@8.4.0 | IFDEQ ifdeq-digest@8.4.0 | IFDNE ifdne-digest@8.4.0>@2.6.12] [GET@6.2.0]
    [expiration=<EX seconds:integer@2.6.12 | PX milliseconds:integer@2.6.12
      | EXAT unix-time-seconds:unix-time@6.2.0 | PXAT unix-time-milliseconds:unix-time@6.2.0 | KEEPTTL@6.0.0>]`,
  // only these look at what is there
  settles: ({ args }) => hasOption(args, ['GET', 'NX', 'XX', ...comparisons]),
  keyUse: ({ args }) =>
    hasOption(args, ['GET'])
      ? { access: 'RW', effects: ['access', 'update'] }
      : { access: hasOption(args, comparisons) ? 'RW' : 'OW', effects: ['update'] },
  run(call) {
    const { args, db, reply } = call
    if (args.count > 3) {
      setWithOptions(call)
      return
    }
    const key = args.at(1)
    db.setString(key, args.at(2))
    db.changed('set', key)
    reply.ok()
  },
})

function hasOption(args: Args, names: readonly string[]): boolean {
  for (let i = 3; i < args.count; i++) if (names.some((name) => args.at(i).is(name))) return true
  return false
}

function setWithOptions(call: Call): void {
  const { args, db, reply } = call
  const key = args.at(1)
  const value = args.at(2)
  const options = new SetOptions(args, 3, 'SET')
  const atMs = options.deadline(call)
  const ref = options.get ? db.read(key) : db.findToWrite(key)
  if (options.get) {
    if (ref === 0) reply.null()
    else reply.bulk(db.stringAt(ref))
  }
  const isSet =
    options.permits(ref !== 0) &&
    (ref === 0 || options.comparison === null || holds(options.comparison, db.stringAt(ref), options.operand!))
  if (!isSet) {
    if (!options.get) reply.null()
    return
  }
  store(call, ref, value, atMs, options.keepDeadline)
  if (!options.get) reply.ok()
}

/** Stores `value` at the entry found for the call's key, with the deadline unless that is 0. */
function store(call: Call, ref: number, value: Slice, atMs: UnixMs, keepDeadline: boolean): void {
  const { args, db } = call
  const key = args.at(1)
  const to =
    atMs === 0
      ? db.setStringSpaceAt(ref, key, value.length, keepDeadline)
      : db.setExpiringSpaceAt(ref, key, value.length, atMs)
  copyBytes(value.region, value.start, to.region, to.start, value.length)
  db.changed('set', key)
  if (atMs !== 0) db.alsoChanged('expire', key)
  if (call.isFollowed) call.propagate('SET', key, value, ...followedDeadline(atMs, keepDeadline))
}

/** What followers are told of a deadline behind SET: the moment, since they may come to it later. */
export function followedDeadline(atMs: UnixMs, keepDeadline: boolean): readonly Word[] {
  if (atMs !== 0) return ['PXAT', atMs]
  return keepDeadline ? ['KEEPTTL'] : []
}

function setExpiring(call: Call, unit: DeadlineUnit): void {
  const { args, db, reply } = call
  const atMs = readDeadline(args.at(2), unit, call.nowMs, call.command, 1)
  store(call, db.findToWrite(args.at(1)), args.at(3), atMs, false)
  reply.ok()
}

export const SETEX = command({
  name: 'SETEX',
  group: 'string',
  since: '2.0.0',
  summary: 'Stores a string under a key that expires after some seconds.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('OW', ['update']),
  syntax: 'key seconds:integer value',
  run: (call) => setExpiring(call, inSeconds),
})

export const PSETEX = command({
  name: 'PSETEX',
  group: 'string',
  since: '2.6.0',
  summary: 'Stores a string under a key that expires after some milliseconds.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('OW', ['update']),
  syntax: 'key milliseconds:integer value',
  run: (call) => setExpiring(call, inMilliseconds),
})

export const SETNX = command({
  name: 'SETNX',
  group: 'string',
  since: '1.0.0',
  summary: 'Stores a string under a key that is missing.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('OW', ['insert'], { settle: 'value' }),
  syntax: 'key value',
  run({ args, db, reply }) {
    const key = args.at(1)
    if (db.findToWrite(key) !== 0) {
      reply.integer(0)
      return
    }
    db.setString(key, args.at(2))
    db.changed('set', key)
    reply.integer(1)
  },
})

export const GETSET = command({
  name: 'GETSET',
  group: 'string',
  since: '1.0.0',
  summary: 'Stores a string under a key and returns the one that was there.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  deprecated: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  syntax: 'key value',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const old = db.readString(key)
    if (old === null) reply.null()
    else reply.bulk(old)
    db.setString(key, args.at(2))
    db.changed('set', key)
    if (call.isFollowed) call.propagate('SET', key, args.at(2))
  },
})

export const GETEX = command({
  name: 'GETEX',
  group: 'string',
  since: '6.2.0',
  summary: 'Returns the string stored under a key, and gives the key a deadline or takes it away.',
  complexity: 'O(1)',
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['access', 'update'], { notes: 'RW and UPDATE because it changes the TTL', write: false }),
  syntax: `key [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time
    | PXAT unix-time-milliseconds:unix-time | PERSIST>]`,
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const options = new SetOptions(args, 2, 'GETEX')
    const ref = db.read(key)
    if (ref === 0) {
      reply.null()
      return
    }
    const value = db.stringAt(ref)
    const atMs = options.deadline(call)
    reply.bulk(value)
    if (options.persist) {
      if (db.deadline(ref) === 0) return
      db.setDeadline(key, 0)
      db.changed('persist', key)
      if (call.isFollowed) call.propagate('PERSIST', key)
    } else if (atMs !== 0) {
      if (!options.unit!.fromNow && atMs <= call.nowMs) {
        db.delete(key)
        db.changed('del', key)
        if (call.isFollowed) call.propagate('DEL', key)
      } else {
        db.setDeadline(key, atMs)
        db.changed('expire', key)
        if (call.isFollowed) call.propagate('PEXPIREAT', key, atMs)
      }
    }
  },
})
