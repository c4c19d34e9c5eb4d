import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { command, integerIn, manyArguments, printed, type Call } from '../../command/index.js'
import type { HashValue } from '../../values/index.js'
import { atMilliseconds, atSeconds, inMilliseconds, inSeconds, type DeadlineUnit } from '../deadlines.js'
import { oneKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'
import { FieldChanges } from './expire.js'
import { readFieldDeadline, readFields } from './field-deadlines.js'

const intMax = 0x7fffffff
const badFieldCount = errorReply('invalid number of fields')
const missingTime = errorReply('missing expire time')
const oneCondition = errorReply('Only one of FXX or FNX arguments can be specified')
const oneExpiration = errorReply('Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified')
const misplaced = errorReply('Mandatory argument FIELDS is missing or not at the right position')

function unitNamed(option: Slice): DeadlineUnit | null {
  if (option.is('EX')) return inSeconds
  if (option.is('PX')) return inMilliseconds
  if (option.is('EXAT')) return atSeconds
  if (option.is('PXAT')) return atMilliseconds
  return null
}

function replyValue({ reply }: Call, value: Slice | null): void {
  if (value === null) reply.null()
  else reply.bulk(value)
}

export const HGETEX = command({
  name: 'HGETEX',
  group: 'hash',
  since: '8.0.0',
  summary: 'Returns the values of fields of a hash, and gives the fields a deadline or takes it away.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -5,
  slowFrom: manyArguments,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['access', 'update'], { notes: 'RW and UPDATE because it changes the TTL' }),
  syntax: `key [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time
    | PXAT unix-time-milliseconds:unix-time | PERSIST>] FIELDS fields={numfields:integer field...}`,
  run(call) {
    const { args, db, nowMs, reply } = call
    const key = args.at(1)
    const hash = db.hashForWrite(key)
    const unit = unitNamed(args.at(2))
    const persists = args.at(2).is('PERSIST')
    const atMs = unit === null ? 0 : readFieldDeadline(args.at(3), unit, call)
    const fieldsAt = unit !== null ? 4 : persists ? 3 : 2
    if (fieldsAt + 1 >= args.count) throw wrongArity(call.command)
    const from = readFields(args, fieldsAt)
    if (hash !== null && atMs > nowMs) db.fieldDeadlines.note(key, atMs)
    reply.array(args.count - from)
    const changes = hash === null ? null : new FieldChanges(hash)
    for (let i = from; i < args.count; i++) {
      const field = args.at(i)
      const value = hash === null ? null : hash.get(field)
      replyValue(call, value)
      if (value === null || (unit === null && !persists)) continue
      const oldMs = hash!.deadline(field)!
      if (unit !== null && atMs <= nowMs) changes!.delete(call, i)
      else if (unit !== null || oldMs !== 0) changes!.set(call, i, oldMs, atMs)
    }
    changes?.tell(call, persists ? 'hpersist' : 'hexpire')
  },
})

export const HGETDEL = command({
  name: 'HGETDEL',
  group: 'hash',
  since: '8.0.0',
  summary: 'Returns the values of fields of a hash and deletes the fields, and the key with the last of them.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -5,
  slowFrom: manyArguments,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['access', 'delete']),
  syntax: 'key FIELDS fields={numfields:integer field...}',
  run(call) {
    const { args, db, reply } = call
    const hash = db.hashForWrite(args.at(1))
    const from = readFields(args, 2)
    reply.array(args.count - from)
    const changes = hash === null ? null : new FieldChanges(hash)
    for (let i = from; i < args.count; i++) {
      const value = hash === null ? null : hash.get(args.at(i))
      replyValue(call, value)
      if (value !== null) changes!.delete(call, i)
    }
    changes?.tell(call, 'hdel')
  },
})

/** The options of HSETEX: Redis's, and Valkey's two about the key. */
class HashSetOptions {
  ifKeyMissing = false
  ifKeyPresent = false
  ifMissing = false
  ifPresent = false
  keepDeadlines = false
  /** Unix milliseconds; 0 where none is asked for. */
  atMs = 0
  /** Index of the first field. */
  from = 0

  /** @throws {ReplyError} the first mistake, in Redis's words */
  constructor(call: Call) {
    const { args } = call
    let at = 2
    while (at < args.count && !args.at(at).is('FIELDS')) at = this.#readOption(call, at)
    if (at === args.count) throw misplaced
    if (at >= args.count - 3) throw wrongArity(call.command)
    const count = integerIn(args.at(at + 1), 1, intMax, badFieldCount)
    this.from = at + 2
    if (args.count - this.from !== count * 2) throw wrongArity(call.command)
  }

  /** Reads the option at `at`; returns the index behind it. */
  #readOption(call: Call, at: number): number {
    const { args } = call
    const option = args.at(at)
    const unit = unitNamed(option)
    if (unit !== null || option.is('KEEPTTL')) {
      if (this.keepDeadlines || this.atMs !== 0) throw oneExpiration
      this.keepDeadlines = unit === null
      if (unit === null) return at + 1
      if (at + 1 === args.count) throw missingTime
      // a time of 0 is as long ago as any other
      this.atMs = Math.max(readFieldDeadline(args.at(at + 1), unit, call), 1)
      return at + 2
    }
    if (option.is('FXX') || option.is('FNX')) {
      if (this.ifPresent || this.ifMissing) throw oneCondition
      if (option.is('FXX')) this.ifPresent = true
      else this.ifMissing = true
    } else if (option.is('NX') || option.is('XX')) {
      if (this.ifKeyPresent || this.ifKeyMissing) throw syntaxError
      if (option.is('XX')) this.ifKeyPresent = true
      else this.ifKeyMissing = true
    } else throw errorReply(`unknown argument: ${printed(option)}`)
    return at + 1
  }

  /** Whether the conditions hold for the fields of a call in what is there. */
  permit({ args }: Call, hash: HashValue | null): boolean {
    if (hash === null) return !this.ifKeyPresent && !this.ifPresent
    if (this.ifKeyMissing) return false
    if (!this.ifPresent && !this.ifMissing) return true
    for (let i = this.from; i < args.count; i += 2) {
      if ((hash.get(args.at(i)) === null) === this.ifPresent) return false
    }
    return true
  }
}

export const HSETEX = command({
  name: 'HSETEX',
  group: 'hash',
  since: '8.0.0',
  summary: 'Sets fields of a hash, with one deadline, if all or none of the fields, or the key, are there.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -6,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['update']),
  syntax: `key [key-condition=<NX | XX>] [condition=<FNX | FXX>]
    [expiration=<EX seconds:integer | PX milliseconds:integer | EXAT unix-time-seconds:unix-time
      | PXAT unix-time-milliseconds:unix-time | KEEPTTL>] FIELDS fields={numfields:integer data={field value}...}`,
  run(call) {
    const { args, db, nowMs, reply } = call
    const key = args.at(1)
    const options = new HashSetOptions(call)
    const { atMs, from } = options
    if (!options.permit(call, db.hashForWrite(key))) {
      reply.integer(0)
      return
    }
    if (atMs !== 0 && atMs <= nowMs) {
      setPast(call, from)
      return
    }
    if (atMs !== 0) db.fieldDeadlines.note(key, atMs)
    const hash = db.hashForInsert(key)
    db.setFields(hash, args, from, args.count, options.keepDeadlines, atMs)
    db.tellReplaced(hash, key)
    db.changed('hset', key, (args.count - from) >> 1)
    if (atMs !== 0) db.alsoChanged('hexpire', key)
    if (call.isFollowed) propagateSet(call, options)
    reply.integer(1)
  },
})

/** HSET takes the deadlines away, so that followers are told those too which are kept. */
function propagateSet(call: Call, { atMs, from, keepDeadlines }: HashSetOptions): void {
  const { args, db } = call
  const key = args.at(1)
  const fields: Slice[] = []
  const pairs: Slice[] = []
  for (let i = from; i < args.count; i += 2) {
    fields.push(args.at(i))
    pairs.push(args.at(i), args.at(i + 1))
  }
  call.propagate('HSET', key, ...pairs)
  if (atMs !== 0) call.propagate('HPEXPIREAT', key, atMs, 'FIELDS', fields.length, ...fields)
  if (!keepDeadlines) return
  const hash = db.hashForWrite(key)!
  for (const field of fields) {
    const deadlineMs = hash.deadline(field) ?? 0
    if (deadlineMs !== 0) call.propagate('HPEXPIREAT', key, deadlineMs, 'FIELDS', 1, field)
  }
}

/** What is set to expire in the past is gone at once, and so is what was there. */
function setPast(call: Call, from: number): void {
  const { args, db, reply } = call
  const key = args.at(1)
  const hash = db.hashForWrite(key)
  const fields: Slice[] = []
  for (let i = from; i < args.count; i += 2) {
    hash?.delete(args.at(i))
    fields.push(args.at(i))
  }
  if (call.isFollowed) call.propagate('HDEL', key, ...fields)
  const isEmpty = hash === null || hash.length === 0
  if (isEmpty) db.delete(key)
  db.changed('hset', key, (args.count - from) >> 1)
  db.alsoChanged('hdel', key)
  if (isEmpty) db.alsoChanged('del', key)
  reply.integer(1)
}
