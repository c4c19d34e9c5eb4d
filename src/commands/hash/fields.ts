import { command, manyArguments, type Call } from '../../command/index.js'
import { deleteElements } from '../deleting.js'
import { askedKey, oneKey, readKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'

/** Sets fields and values from the second argument on; returns how many fields are new. */
function setFields({ args, db, command }: Call): number {
  const { count } = args
  if ((count & 1) === 1) throw wrongArity(command)
  const key = args.at(1)
  const hash = db.hashForInsert(key)
  const added = db.setFields(hash, args, 2, count)
  db.tellReplaced(hash, key)
  db.changed('hset', key, (count - 2) >> 1)
  return added
}

export const HSET = command({
  name: 'HSET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Sets fields of a hash, creating the hash when the key is missing.',
  complexity: 'O(1) for each field, so O(N) for N fields.',
  arity: -4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['update']),
  history: [['4.0.0', 'Takes several fields and values.']],
  syntax: 'key field_value={field value}...',
  run: (call) => call.reply.integer(setFields(call)),
})

export const HMSET = command({
  name: 'HMSET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Sets fields of a hash, creating the hash when the key is missing.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -4,
  slowFrom: manyArguments,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['update']),
  deprecated: { since: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
  syntax: 'key field_value={field value}...',
  run(call) {
    setFields(call)
    call.reply.ok()
  },
})

export const HSETNX = command({
  name: 'HSETNX',
  group: 'hash',
  since: '2.0.0',
  summary: 'Sets a field of a hash that is missing.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: oneKey('RW', ['insert']),
  syntax: 'key field value',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const field = args.at(2)
    const hash = db.hashForInsert(key)
    if (hash.get(field) !== null) {
      reply.integer(0)
      return
    }
    hash.set(field, args.at(3))
    db.tellReplaced(hash, key)
    db.changed('hset', key)
    // they may not know yet that the field has expired
    if (call.isFollowed) call.propagate('HSET', key, field, args.at(3))
    reply.integer(1)
  },
})

export const HGET = command({
  name: 'HGET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Returns the value of a field of a hash.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key field',
  run({ args, db, reply }) {
    const hash = db.readHash(args.at(1))
    const value = hash === null ? null : hash.get(args.at(2))
    if (value === null) reply.null()
    else reply.bulk(value)
  },
})

export const HMGET = command({
  name: 'HMGET',
  group: 'hash',
  since: '2.0.0',
  summary: 'Returns the values of the given fields of a hash, nil for those that are missing.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key field...',
  run({ args, db, reply }) {
    const hash = db.readHash(args.at(1))
    reply.array(args.count - 2)
    for (let i = 2; i < args.count; i++) {
      const value = hash === null ? null : hash.get(args.at(i))
      if (value === null) reply.null()
      else reply.bulk(value)
    }
  },
})

export const HEXISTS = command({
  name: 'HEXISTS',
  group: 'hash',
  since: '2.0.0',
  summary: 'Tells whether a hash has a field.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key field',
  run({ args, db, reply }) {
    const hash = db.readHash(args.at(1))
    reply.integer(hash === null || hash.get(args.at(2)) === null ? 0 : 1)
  },
})

export const HSTRLEN = command({
  name: 'HSTRLEN',
  group: 'hash',
  since: '3.2.0',
  summary: 'Returns the length in bytes of the value of a field; 0 for a missing field.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key field',
  run({ args, db, reply }) {
    reply.integer(db.readHash(args.at(1))?.get(args.at(2))?.length ?? 0)
  },
})

export const HDEL = command({
  name: 'HDEL',
  group: 'hash',
  since: '2.0.0',
  summary: 'Deletes fields of a hash, and the key with the last of them.',
  complexity: 'O(N) where N is the number of fields.',
  arity: -3,
  slowFrom: manyArguments,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['delete']),
  history: [['2.4.0', 'Takes several fields.']],
  syntax: 'key field...',
  run: (call) => deleteElements(call, call.db.hashForWrite(call.args.at(1)), 'hdel'),
})
