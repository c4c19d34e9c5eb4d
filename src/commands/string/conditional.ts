import { errorReply, xxh3Hex } from '../../base/index.js'
import { command, type Call } from '../../command/index.js'
import { Type } from '../../values/index.js'
import { oneKey, readKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'
import { comparisonNamed, holds } from './comparisons.js'

const notAString = errorReply('Key should be of string type if conditions are specified')
const badCondition = errorReply('Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE')

/** Deletes the call's key and replies how many that were. */
function deleteKey(call: Call): void {
  const { args, db, reply } = call
  const key = args.at(1)
  const isDeleted = db.delete(key)
  if (isDeleted) db.changed('del', key)
  if (isDeleted && call.isFollowed) call.propagate('DEL', key)
  reply.integer(isDeleted ? 1 : 0)
}

export const DELEX = command({
  name: 'DELEX',
  group: 'string',
  since: '8.4.0',
  summary: 'Deletes a key, or only if its string or the digest of it is, or is not, the given one.',
  complexity: 'O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE where N is the length of the string.',
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['delete'], { marks: ['variable_flags'], write: false }),
  syntax: 'key [condition=<IFEQ ifeq-value | IFNE ifne-value | IFDEQ ifdeq-digest | IFDNE ifdne-digest>]',
  settles: ({ args }) => args.count > 2,
  keyUse: ({ args }) => ({ access: args.count > 2 ? 'RW' : 'RM', effects: ['delete'] }),
  run(call) {
    const { args, db, reply } = call
    if (args.count === 2) {
      deleteKey(call)
      return
    }
    if (args.count !== 4) throw wrongArity(call.command)
    const ref = db.read(args.at(1))
    if (ref === 0) {
      reply.integer(0)
      return
    }
    if (db.type(ref) !== Type.string) throw notAString
    const comparison = comparisonNamed(args.at(2))
    if (comparison === undefined) throw badCondition
    if (holds(comparison, db.stringAt(ref), args.at(3))) deleteKey(call)
    else reply.integer(0)
  },
})

export const DELIFEQ = command({
  name: 'DELIFEQ',
  group: 'string',
  since: '9.0.0',
  summary: 'Deletes a key if its string is the given one: Valkey’s name of DELEX with IFEQ.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'fast'],
  keys: oneKey('RM', ['access', 'delete'], { settle: 'value', write: false }),
  syntax: 'key value',
  run(call) {
    const { args, db, reply } = call
    const value = db.string(args.at(1))
    if (value !== null && holds('IFEQ', value, args.at(2))) deleteKey(call)
    else reply.integer(0)
  },
})

export const DIGEST = command({
  name: 'DIGEST',
  group: 'string',
  since: '8.4.0',
  summary: 'Returns the XXH3 of the string stored under a key, as 16 hexadecimal digits.',
  complexity: 'O(N) where N is the length of the string.',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key',
  run({ args, db, reply }) {
    const value = db.readString(args.at(1))
    if (value === null) reply.null()
    else reply.bulkText(xxh3Hex(value))
  },
})
