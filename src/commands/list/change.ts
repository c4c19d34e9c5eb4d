import { noSuchKey, outOfRange } from '../../base/index.js'
import { command, integer } from '../../command/index.js'
import { oneKey } from '../key-specs.js'

export const LSET = command({
  name: 'LSET',
  group: 'list',
  since: '1.0.0',
  summary: 'Sets the element of a list at an index.',
  complexity: 'O(N) where N is the number of chunks from the nearer end, and of elements in one chunk.',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', ['update']),
  syntax: 'key index:integer element',
  run({ args, db, reply }) {
    const key = args.at(1)
    const list = db.listForWrite(key)
    if (list === null) throw noSuchKey
    const asked = integer(args.at(2))
    const index = asked < 0 ? list.length + asked : asked
    if (index < 0 || index >= list.length) throw outOfRange
    list.set(index, args.at(3))
    db.changed('lset', key)
    reply.ok()
  },
})

export const LREM = command({
  name: 'LREM',
  group: 'list',
  since: '1.0.0',
  summary: 'Deletes elements equal to a value: so many from the head, from the tail with a negative count, all with 0.',
  complexity: 'O(N) where N is the length of the list.',
  arity: 4,
  flags: ['write'],
  keys: oneKey('RW', ['delete']),
  syntax: 'key count:integer element',
  run({ args, db, reply }) {
    const key = args.at(1)
    const count = integer(args.at(2))
    const list = db.listForWrite(key)
    const removed = list?.removeEqual(args.at(3), count >= 0, count === 0 ? Infinity : Math.abs(count)) ?? 0
    if (list !== null && removed > 0) {
      const isEmpty = list.length === 0
      if (isEmpty) db.delete(key)
      db.changed('lrem', key, removed)
      if (isEmpty) db.alsoChanged('del', key)
    }
    reply.integer(removed)
  },
})

export const LTRIM = command({
  name: 'LTRIM',
  group: 'list',
  since: '1.0.0',
  summary: 'Deletes all elements of a list but those from one index to another, both included.',
  complexity: 'O(N) where N is the number of chunks that are deleted.',
  arity: 4,
  flags: ['write'],
  keys: oneKey('RW', ['delete']),
  syntax: 'key start:integer stop:integer',
  run({ args, db, reply }) {
    const key = args.at(1)
    const start = integer(args.at(2))
    const stop = integer(args.at(3))
    const list = db.listForWrite(key)
    reply.ok()
    if (list === null) return
    const { length } = list
    const first = Math.max(0, start < 0 ? length + start : start)
    const last = Math.min(length - 1, stop < 0 ? length + stop : stop)
    const left = Math.max(0, last - first + 1)
    if (left === 0) db.delete(key)
    else {
      if (last < length - 1) list.drop(false, length - 1 - last)
      if (first > 0) list.drop(true, first)
    }
    // told of even where nothing was beyond the range
    if (left === length) db.alsoChanged('ltrim', key)
    else db.changed('ltrim', key, length - left)
    if (left === 0) db.alsoChanged('del', key)
  },
})
