import { wrongType } from '../../base/index.js'
import { command, manyArguments, type Call } from '../../command/index.js'
import { Type, type SetValue } from '../../values/index.js'
import { deleteElements } from '../deleting.js'
import { askedKey, oneKey, readKey } from '../key-specs.js'

/** The arguments of the SADD at hand that are new members. */
const fresh: number[] = []

/** There was no memory for one of several members: those before it go as well. */
function takeBack({ args, db }: Call, set: SetValue): void {
  for (const i of fresh) set.delete(args.at(i))
  if (set.length === 0) db.delete(args.at(1))
}

export const SADD = command({
  name: 'SADD',
  group: 'set',
  since: '1.0.0',
  summary: 'Adds members to a set, creating the set when the key is missing.',
  complexity: 'O(1) for each member, so O(N) for N members.',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['insert']),
  history: [['2.4.0', 'Takes several members.']],
  syntax: 'key member...',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const set = db.setForInsert(key)
    fresh.length = 0
    try {
      for (let i = 2; i < args.count; i++) if (set.add(args.at(i))) fresh.push(i)
    } catch (error) {
      if (fresh.length > 0) takeBack(call, set)
      throw error
    }
    db.changed('sadd', key, fresh.length)
    reply.integer(fresh.length)
  },
})

export const SREM = command({
  name: 'SREM',
  group: 'set',
  since: '1.0.0',
  summary: 'Deletes members of a set, and the key with the last of them.',
  complexity: 'O(N) where N is the number of members given.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['delete']),
  history: [['2.4.0', 'Takes several members.']],
  syntax: 'key member...',
  run: (call) => deleteElements(call, call.db.setForWrite(call.args.at(1)), 'srem'),
})

export const SISMEMBER = command({
  name: 'SISMEMBER',
  group: 'set',
  since: '1.0.0',
  summary: 'Tells whether a set has a member.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key member',
  run({ args, db, reply }) {
    const set = db.readSet(args.at(1))
    reply.integer(set !== null && set.has(args.at(2)) ? 1 : 0)
  },
})

export const SMISMEMBER = command({
  name: 'SMISMEMBER',
  group: 'set',
  since: '6.2.0',
  summary: 'Tells of each of several members whether a set has it.',
  complexity: 'O(N) where N is the number of members given.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key member...',
  run({ args, db, reply }) {
    const set = db.readSet(args.at(1))
    reply.array(args.count - 2)
    for (let i = 2; i < args.count; i++) reply.integer(set !== null && set.has(args.at(i)) ? 1 : 0)
  },
})

export const SMOVE = command({
  name: 'SMOVE',
  group: 'set',
  since: '1.0.0',
  summary: 'Moves a member from one set to another.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'fast'],
  keys: [
    { first: 1, access: 'RW', effects: ['access', 'delete'] },
    { first: 2, access: 'RW', effects: ['insert'] },
  ],
  syntax: 'source:key#0 destination:key#1 member',
  run({ args, db, reply }) {
    const source = args.at(1)
    const destination = args.at(2)
    const member = args.at(3)
    const from = db.findToWrite(source)
    const to = db.findToWrite(destination)
    if (from === 0) {
      reply.integer(0)
      return
    }
    if (db.type(from) !== Type.set || (to !== 0 && db.type(to) !== Type.set)) throw wrongType
    const isThere = db.setForWrite(source)!.has(member)
    if (!isThere || source.equals(destination)) {
      reply.integer(isThere ? 1 : 0)
      return
    }
    // what needs memory comes first: it is there, or nothing has changed
    const isNew = db.setForInsert(destination).add(member)
    const set = db.setForWrite(source)!
    set.delete(member)
    const isEmpty = set.length === 0
    if (isEmpty) db.delete(source)
    db.changed('srem', source)
    if (isEmpty) db.alsoChanged('del', source)
    if (isNew) db.changed('sadd', destination)
    reply.integer(1)
  },
})
