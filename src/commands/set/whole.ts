import { command } from '../../command/index.js'
import { askedKey, readKey } from '../key-specs.js'
import { readCursor, scanElements } from '../scanning.js'

export const SCARD = command({
  name: 'SCARD',
  group: 'set',
  since: '1.0.0',
  summary: 'Returns the number of members of a set.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.readSet(args.at(1))?.length ?? 0)
  },
})

export const SMEMBERS = command({
  name: 'SMEMBERS',
  group: 'set',
  since: '1.0.0',
  summary: 'Returns all members of a set.',
  complexity: 'O(N) where N is the number of members.',
  arity: 2,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output_order'],
  syntax: 'key',
  run({ args, db, reply }) {
    const set = db.readSet(args.at(1))
    reply.set(set?.length ?? 0)
    set?.forEach((member) => reply.bulk(member))
  },
})

export const SSCAN = command({
  name: 'SSCAN',
  group: 'set',
  since: '2.8.0',
  summary: 'Iterates over the members of a set, some at a time.',
  complexity: 'O(1) for a call, O(N) for a whole iteration over N members.',
  arity: -3,
  flags: ['readonly'],
  keys: readKey,
  tips: ['nondeterministic_output'],
  syntax: 'key cursor:integer [MATCH pattern] [COUNT count:integer]',
  run(call) {
    const { args, db, reply } = call
    scanElements(call, readCursor(args.at(2)), db.readSet(args.at(1)), 1, (member) => reply.bulk(member))
  },
})
