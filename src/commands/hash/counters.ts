import {
  LongDouble,
  Region,
  Slice,
  errorReply,
  int64Max,
  int64Min,
  integerLength,
  notAFloat,
  readInt64,
  readSafeInteger,
  writeInteger,
} from '../../base/index.js'
import { command, int64, type Call } from '../../command/index.js'
import { updatedKey } from '../key-specs.js'
import { wouldBeNaN, wouldOverflow } from '../refusals.js'

const hashValueNotAnInteger = errorReply('hash value is not an integer')
const hashValueNotAFloat = errorReply('hash value is not a float')
const valueIsInfinite = errorReply('value is NaN or Infinity')

/** Where the text of a number stands until the hash has copied it. */
const digits = new Slice(Region.allocate(24))

/** Stores the text that stands in `value` under the call's field. */
function store(call: Call, value: Slice, event: string): void {
  const { args, db } = call
  const key = args.at(1)
  const field = args.at(2)
  const hash = db.hashForInsert(key)
  const deadlineMs = call.isFollowed ? hash.deadline(field) : null
  hash.set(field, value, true)
  db.tellReplaced(hash, key)
  db.changed(event, key)
  if (!call.isFollowed) return
  // they may not know yet that the field has expired, and other processors may round otherwise
  call.propagate('HSET', key, field, value)
  if (deadlineMs !== null && deadlineMs !== 0) call.propagate('HPEXPIREAT', key, deadlineMs, 'FIELDS', 1, field)
}

export const HINCRBY = command({
  name: 'HINCRBY',
  group: 'hash',
  since: '2.0.0',
  summary: 'Adds a number to the integer in a field of a hash; a missing field counts as 0.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key field increment:integer',
  run(call) {
    const { args, db, reply } = call
    const increment = args.at(3)
    const by = readSafeInteger(increment)
    const exactBy = Number.isNaN(by) ? int64(increment) : 0n
    const old = db.hashForWrite(args.at(1))?.get(args.at(2)) ?? null
    const sum = (old === null ? 0 : readSafeInteger(old)) + by
    if (!Number.isSafeInteger(sum)) {
      const number = old === null ? 0n : readInt64(old)
      if (number === null) throw hashValueNotAnInteger
      const exact = number + (Number.isNaN(by) ? exactBy : BigInt(by))
      if (exact > int64Max || exact < int64Min) throw wouldOverflow
      store(call, Slice.from(exact.toString()), 'hincrby')
      reply.bigInteger(exact)
      return
    }
    digits.length = integerLength(sum)
    writeInteger(digits.region.bytes, 0, sum, digits.length)
    store(call, digits, 'hincrby')
    reply.integer(sum)
  },
})

export const HINCRBYFLOAT = command({
  name: 'HINCRBYFLOAT',
  group: 'hash',
  since: '2.6.0',
  summary: 'Adds a number to the floating-point number in a field of a hash; a missing field counts as 0.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key field increment:double',
  run(call) {
    const { args, db, reply } = call
    const increment = LongDouble.read(args.at(3))
    if (increment === null) throw notAFloat
    if (increment.isInfinite) throw valueIsInfinite
    const old = db.hashForWrite(args.at(1))?.get(args.at(2)) ?? null
    const number = old === null ? LongDouble.zero : LongDouble.read(old)
    if (number === null) throw hashValueNotAFloat
    const sum = number.plus(increment)
    if (sum === null) throw wouldBeNaN
    const text = sum.toString()
    store(call, Slice.from(text), 'hincrbyfloat')
    reply.bulkText(text)
  },
})
