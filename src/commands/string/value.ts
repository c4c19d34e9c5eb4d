import { Type } from '../../values/index.js'
import { command, manyArguments } from '../../command/index.js'
import { everyKey, oneKey, readKey, askedKey } from '../key-specs.js'

export const GET = command({
  name: 'GET',
  group: 'string',
  since: '1.0.0',
  summary: 'Returns the string stored under a key.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: readKey,
  syntax: 'key',
  run({ args, db, reply }) {
    const value = db.readString(args.at(1))
    if (value === null) reply.null()
    else reply.bulk(value)
  },
})

export const MGET = command({
  name: 'MGET',
  group: 'string',
  since: '1.0.0',
  summary: 'Returns the strings stored under the given keys; nil for those that are missing or hold another type.',
  complexity: 'O(N) where N is the number of keys.',
  arity: -2,
  slowFrom: manyArguments,
  flags: ['readonly', 'fast'],
  keys: everyKey('RO', ['access']),
  tips: ['request_policy:multi_shard'],
  syntax: 'key...',
  run({ args, db, reply }) {
    reply.array(args.count - 1)
    for (let i = 1; i < args.count; i++) {
      const ref = db.read(args.at(i))
      if (ref !== 0 && db.type(ref) === Type.string) reply.bulk(db.stringAt(ref))
      else reply.null()
    }
  },
})

export const GETDEL = command({
  name: 'GETDEL',
  group: 'string',
  since: '6.2.0',
  summary: 'Returns the string stored under a key and deletes the key.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['write', 'fast'],
  keys: oneKey('RW', ['access', 'delete']),
  syntax: 'key',
  run(call) {
    const { args, db, reply } = call
    const key = args.at(1)
    const value = db.readString(key)
    if (value === null) {
      reply.null()
      return
    }
    reply.bulk(value)
    db.delete(key)
    db.changed('del', key)
    if (call.isFollowed) call.propagate('DEL', key)
  },
})

export const STRLEN = command({
  name: 'STRLEN',
  group: 'string',
  since: '2.2.0',
  summary: 'Returns the length in bytes of the string stored under a key; 0 for a missing key.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.readString(args.at(1))?.length ?? 0)
  },
})
