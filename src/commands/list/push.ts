import { syntaxError, type Slice } from '../../base/index.js'
import { command, type Call, type Command } from '../../command/index.js'
import type { Database } from '../../keyspace/index.js'
import type { ListValue } from '../../values/index.js'
import { oneKey } from '../key-specs.js'
import { pushEvent } from './ends.js'

const eachInOne = 'O(1) for each element added, so O(N) to add N elements.'

function push({ args, db, reply }: Call, list: ListValue | null, atHead: boolean): void {
  if (list === null) {
    reply.integer(0)
    return
  }
  const { count } = args
  let next = 2
  try {
    for (; next < count; next++) list.push(args.at(next), atHead)
  } catch (error) {
    if (next > 2) takeBack(db, args.at(1), list, atHead, next - 2)
    throw error
  }
  reply.integer(list.length)
  db.changed(pushEvent(atHead), args.at(1), count - 2)
}

/** There was no memory for one of several elements: those before it go as well. */
function takeBack(db: Database, key: Slice, list: ListValue, fromHead: boolean, count: number): void {
  if (list.length === count) db.delete(key)
  else list.drop(fromHead, count)
}

interface Pushing {
  readonly name: string
  readonly since: string
  readonly severalSince: string
  readonly summary: string
  readonly atHead: boolean
  /** Only to a list that is there. */
  readonly onlyIfThere: boolean
}

const pushing = ({ name, since, severalSince, summary, atHead, onlyIfThere }: Pushing): Command =>
  command({
    name,
    group: 'list',
    since,
    summary,
    complexity: eachInOne,
    arity: -3,
    flags: ['write', 'denyoom', 'fast'],
    keys: oneKey('RW', ['insert']),
    history: [[severalSince, 'Takes several elements.']],
    syntax: 'key element...',
    run: onlyIfThere
      ? (call) => push(call, call.db.listForWrite(call.args.at(1)), atHead)
      : (call) => push(call, call.db.listForInsert(call.args.at(1)), atHead),
  })

export const LPUSH = pushing({
  name: 'LPUSH',
  since: '1.0.0',
  severalSince: '2.4.0',
  summary: 'Adds elements at the head of a list, creating the list when the key is missing.',
  atHead: true,
  onlyIfThere: false,
})

export const RPUSH = pushing({
  name: 'RPUSH',
  since: '1.0.0',
  severalSince: '2.4.0',
  summary: 'Adds elements at the tail of a list, creating the list when the key is missing.',
  atHead: false,
  onlyIfThere: false,
})

export const LPUSHX = pushing({
  name: 'LPUSHX',
  since: '2.2.0',
  severalSince: '4.0.0',
  summary: 'Adds elements at the head of a list that is there.',
  atHead: true,
  onlyIfThere: true,
})

export const RPUSHX = pushing({
  name: 'RPUSHX',
  since: '2.2.0',
  severalSince: '4.0.0',
  summary: 'Adds elements at the tail of a list that is there.',
  atHead: false,
  onlyIfThere: true,
})

export const LINSERT = command({
  name: 'LINSERT',
  group: 'list',
  since: '2.2.0',
  summary: 'Adds an element to a list before or after the first one that is equal to a value.',
  complexity: 'O(N) where N is the number of elements before that one.',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: oneKey('RW', ['insert']),
  syntax: 'key where=<BEFORE | AFTER> pivot element',
  run({ args, db, reply }) {
    const isAfter = args.at(2).is('AFTER')
    if (!isAfter && !args.at(2).is('BEFORE')) throw syntaxError
    const list = db.listForWrite(args.at(1))
    if (list === null) {
      reply.integer(0)
      return
    }
    let pivot = -1
    list.search(args.at(3), true, Infinity, (index) => {
      pivot = index
      return false
    })
    if (pivot < 0) {
      reply.integer(-1)
      return
    }
    list.insert(isAfter ? pivot + 1 : pivot, args.at(4))
    reply.integer(list.length)
    db.changed('linsert', args.at(1))
  },
})
