import {
  LongDouble,
  errorReply,
  int64Max,
  int64Min,
  integerLength,
  notAFloat,
  notAnInteger,
  readInt64,
  readSafeInteger,
  writeInteger,
} from '../../base/index.js'
import { command, int64, type Call } from '../../command/index.js'
import { updatedKey } from '../key-specs.js'
import { wouldBeNaN, wouldOverflow } from '../refusals.js'

const decrementWouldOverflow = errorReply('decrement would overflow')

/** Adds a safe integer to the number under the key, in doubles as long as they are exact. */
function add(call: Call, by: number): void {
  const { args, db, reply } = call
  const key = args.at(1)
  const ref = db.findToWrite(key)
  const sum = (ref === 0 ? 0 : readSafeInteger(db.stringAt(ref))) + by
  if (!Number.isSafeInteger(sum)) {
    addExactly(call, BigInt(by))
    return
  }
  const length = integerLength(sum)
  const to = db.setStringSpaceAt(ref, key, length, true)
  writeInteger(to.region.bytes, to.start, sum, length)
  db.changed('incrby', key)
  reply.integer(sum)
}

/** The same for every number of 64 bits. */
function addExactly({ args, db, reply }: Call, by: bigint): void {
  const key = args.at(1)
  const ref = db.findToWrite(key)
  const number = ref === 0 ? 0n : readInt64(db.stringAt(ref))
  if (number === null) throw notAnInteger
  const sum = number + by
  if (sum > int64Max || sum < int64Min) throw wouldOverflow
  const text = sum.toString()
  const to = db.setStringSpaceAt(ref, key, text.length, true)
  to.region.bytes.latin1Write(text, to.start)
  db.changed('incrby', key)
  reply.bigInteger(sum)
}

export const INCR = command({
  name: 'INCR',
  group: 'string',
  since: '1.0.0',
  summary: 'Adds one to the integer stored under a key; a missing key counts as 0.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key',
  run: (call) => add(call, 1),
})

export const DECR = command({
  name: 'DECR',
  group: 'string',
  since: '1.0.0',
  summary: 'Takes one from the integer stored under a key; a missing key counts as 0.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key',
  run: (call) => add(call, -1),
})

export const INCRBY = command({
  name: 'INCRBY',
  group: 'string',
  since: '1.0.0',
  summary: 'Adds a number to the integer stored under a key; a missing key counts as 0.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key increment:integer',
  run(call) {
    const increment = call.args.at(2)
    const by = readSafeInteger(increment)
    if (Number.isNaN(by)) addExactly(call, int64(increment))
    else add(call, by)
  },
})

export const DECRBY = command({
  name: 'DECRBY',
  group: 'string',
  since: '1.0.0',
  summary: 'Takes a number from the integer stored under a key; a missing key counts as 0.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key decrement:integer',
  run(call) {
    const decrement = call.args.at(2)
    const by = readSafeInteger(decrement)
    if (!Number.isNaN(by)) {
      add(call, -by)
      return
    }
    const exact = int64(decrement)
    if (exact === int64Min) throw decrementWouldOverflow // its negative is no number of 64 bits
    addExactly(call, -exact)
  },
})

export const INCRBYFLOAT = command({
  name: 'INCRBYFLOAT',
  group: 'string',
  since: '2.6.0',
  summary: 'Adds a number to the floating-point number stored under a key; a missing key counts as 0.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: updatedKey,
  syntax: 'key increment:double',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const ref = db.findToWrite(key)
    const number = ref === 0 ? LongDouble.zero : LongDouble.read(db.stringAt(ref))
    const increment = LongDouble.read(args.at(2))
    if (number === null || increment === null) throw notAFloat
    const sum = number.plus(increment)
    if (sum === null) throw wouldBeNaN
    const text = sum.toString()
    const to = db.setStringSpaceAt(ref, key, text.length, true)
    to.region.bytes.latin1Write(text, to.start)
    db.markText(key)
    db.changed('incrbyfloat', key)
    if (call.isFollowed) call.propagate('SET', key, text, 'KEEPTTL') // other processors may round otherwise
    reply.bulkText(text)
  },
})
