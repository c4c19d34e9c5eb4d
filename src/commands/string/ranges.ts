import { copyBytes, errorReply, type Slice } from '../../base/index.js'
import { command, int64, integer, type Call } from '../../command/index.js'
import { oneKey, readKey } from '../key-specs.js'
import { stringTooLong } from '../refusals.js'
import { isFarAway, stringBytesMax } from './limits.js'

const offsetOutOfRange = errorReply('offset is out of range')

export const APPEND = command({
  name: 'APPEND',
  group: 'string',
  since: '2.0.0',
  summary: 'Adds bytes to the end of the string stored under a key; a missing key counts as empty.',
  complexity: 'O(1), amortized: a string that grows gets room to grow further.',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['insert']),
  syntax: 'key value',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const tail = args.at(2)
    const old = db.string(key)
    if (old === null) {
      db.setString(key, tail)
      reply.integer(tail.length)
    } else {
      const { length } = old
      writeAt(call, tail, length, length + tail.length)
      reply.integer(length + tail.length)
    }
    db.changed('append', key)
  },
})

export const SETRANGE = command({
  name: 'SETRANGE',
  group: 'string',
  since: '2.2.0',
  summary:
    'Overwrites bytes of the string stored under a key, from an offset on; what lies between is filled with zeros.',
  complexity: 'O(1) for short values, else O(M) where M is the length of the value.',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', ['update']),
  slowFrom: 0,
  takesLong: isFarAway,
  syntax: 'key offset:integer value',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const offset = integer(args.at(2))
    const value = args.at(3)
    if (offset < 0) throw offsetOutOfRange
    const oldLength = db.string(key)?.length ?? 0
    if (value.length === 0) {
      reply.integer(oldLength)
      return
    }
    const length = Math.max(oldLength, offset + value.length)
    writeAt(call, value, offset, length)
    db.changed('setrange', key)
    reply.integer(length)
  },
})

/** Writes `value` into the string of the call's key, which then has `length` bytes. */
function writeAt(call: Call, value: Slice, offset: number, length: number): void {
  if (offset + value.length > stringBytesMax(call, offset + value.length)) throw stringTooLong
  const to = call.db.editString(call.args.at(1), length)
  copyBytes(value.region, value.start, to.region, to.start + offset, value.length)
}

function getRange({ args, db, reply }: Call): void {
  let start = integer(args.at(2))
  let end = integer(args.at(3))
  const value = db.readString(args.at(1))
  // beyond 2^53 two numbers may round to the same
  const reversed = start > end || (start === end && start < -(2 ** 53) && int64(args.at(2)) > int64(args.at(3)))
  if (value === null || (reversed && start < 0 && end < 0)) {
    reply.bulkText('')
    return
  }
  const { length } = value
  if (start < 0) start = Math.max(length + start, 0)
  if (end < 0) end = Math.max(length + end, 0)
  if (end >= length) end = length - 1
  if (start > end) reply.bulkText('')
  else reply.bulk(value.set(value.region, value.start + start, end - start + 1))
}

export const GETRANGE = command({
  name: 'GETRANGE',
  group: 'string',
  since: '2.4.0',
  summary: 'Returns a part of the string stored under a key; negative offsets count from its end.',
  complexity: 'O(N) where N is the length of the part.',
  arity: 4,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key start:integer end:integer',
  run: getRange,
})

export const SUBSTR = command({
  name: 'SUBSTR',
  group: 'string',
  since: '1.0.0',
  summary: 'Returns a part of the string stored under a key: the old name of GETRANGE.',
  complexity: 'O(N) where N is the length of the part.',
  arity: 4,
  flags: ['readonly'],
  keys: readKey,
  deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  syntax: 'key start:integer end:integer',
  run: getRange,
})
