import { command } from '../../command/index.js'
import { askedKey, readKey } from '../key-specs.js'
import { readCursor, scanElements } from '../scanning.js'

export const HLEN = command({
  name: 'HLEN',
  group: 'hash',
  since: '2.0.0',
  summary: 'Returns the number of fields of a hash.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.readHash(args.at(1))?.length ?? 0)
  },
})

export const HGETALL = command({
  name: 'HGETALL',
  group: 'hash',
  since: '2.0.0',
  summary: 'Returns all fields of a hash with their values.',
  complexity: 'O(N) where N is the number of fields.',
  arity: 2,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output_order'],
  syntax: 'key',
  run({ args, db, reply }) {
    const hash = db.readHash(args.at(1))
    reply.map(hash?.liveLength ?? 0)
    hash?.forEach((field, value) => {
      reply.bulk(field)
      reply.bulk(value)
    })
  },
})

export const HKEYS = command({
  name: 'HKEYS',
  group: 'hash',
  since: '2.0.0',
  summary: 'Returns all fields of a hash.',
  complexity: 'O(N) where N is the number of fields.',
  arity: 2,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output_order'],
  syntax: 'key',
  run({ args, db, reply }) {
    const hash = db.readHash(args.at(1))
    reply.array(hash?.liveLength ?? 0)
    hash?.forEach((field) => reply.bulk(field))
  },
})

export const HVALS = command({
  name: 'HVALS',
  group: 'hash',
  since: '2.0.0',
  summary: 'Returns the values of all fields of a hash.',
  complexity: 'O(N) where N is the number of fields.',
  arity: 2,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output_order'],
  syntax: 'key',
  run({ args, db, reply }) {
    const hash = db.readHash(args.at(1))
    reply.array(hash?.liveLength ?? 0)
    hash?.forEach((_field, value) => reply.bulk(value))
  },
})

export const HSCAN = command({
  name: 'HSCAN',
  group: 'hash',
  since: '2.8.0',
  summary: 'Iterates over the fields of a hash and their values, some at a time.',
  complexity: 'O(1) for a call, O(N) for a whole iteration over N fields.',
  arity: -3,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output'],
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  run(call) {
    const { args, db, reply } = call
    scanElements(call, readCursor(args.at(2)), db.readHash(args.at(1)), 2, (field, value) => {
      reply.bulk(field)
      reply.bulk(value)
    })
  },
})
