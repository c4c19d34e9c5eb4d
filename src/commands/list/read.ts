import { command, integer } from '../../command/index.js'
import { askedKey, readKey } from '../key-specs.js'

export const LLEN = command({
  name: 'LLEN',
  group: 'list',
  since: '1.0.0',
  summary: 'Returns the length of a list.',
  complexity: 'O(1)',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: askedKey,
  syntax: 'key',
  run({ args, db, reply }) {
    reply.integer(db.readList(args.at(1))?.length ?? 0)
  },
})

export const LINDEX = command({
  name: 'LINDEX',
  group: 'list',
  since: '1.0.0',
  summary: 'Returns the element of a list at an index, negative ones counting from the tail.',
  complexity: 'O(N) where N is the number of chunks from the nearer end, and of elements in one chunk.',
  arity: 3,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key index:integer',
  run({ args, db, reply }) {
    const list = db.readList(args.at(1))
    if (list === null) {
      reply.null()
      return
    }
    const index = integer(args.at(2))
    const element = list.at(index < 0 ? list.length + index : index)
    if (element === null) reply.null()
    else reply.bulk(element)
  },
})

export const LRANGE = command({
  name: 'LRANGE',
  group: 'list',
  since: '1.0.0',
  summary: 'Returns the elements of a list from one index to another, both included.',
  complexity: 'O(S+N) where S is the number of chunks from the nearer end, and N that of elements returned.',
  arity: 4,
  flags: ['readonly'],
  keys: readKey,
  syntax: 'key start:integer stop:integer',
  run({ args, db, reply }) {
    const start = integer(args.at(2))
    const stop = integer(args.at(3))
    const list = db.readList(args.at(1))
    const length = list?.length ?? 0
    const first = Math.max(0, start < 0 ? length + start : start)
    const last = Math.min(length - 1, stop < 0 ? length + stop : stop)
    const count = Math.max(0, last - first + 1)
    reply.array(count)
    if (count > 0) list!.walk(first, count, true, (element) => reply.bulk(element))
  },
})
