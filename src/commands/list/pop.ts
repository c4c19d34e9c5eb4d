import { errorReply, type Slice } from '../../base/index.js'
import { command, integerIn, type Call, type Command } from '../../command/index.js'
import { oneKey } from '../key-specs.js'
import { wrongArity } from '../refusals.js'
import { dropEnd, replyEnd } from './ends.js'
import { popMany, readPops } from './pops.js'

const notPositive = errorReply('value is out of range, must be positive')

function pop(call: Call, fromHead: boolean): void {
  const { args, db, reply } = call
  if (args.count > 3) throw wrongArity(call.command)
  const key = args.at(1)
  if (args.count === 3) {
    popCount(call, key, fromHead, integerIn(args.at(2), 0, Infinity, notPositive))
    return
  }
  const list = db.listForWrite(key)
  if (list === null) {
    reply.null()
    return
  }
  reply.bulk(list.end(fromHead))
  dropEnd(db, key, list, fromHead, 1)
}

function popCount(call: Call, key: Slice, fromHead: boolean, count: number): void {
  const { db, reply } = call
  const list = db.listForWrite(key)
  if (list === null) {
    reply.nullArray()
    return
  }
  const popped = Math.min(count, list.length)
  reply.array(popped)
  if (popped === 0) return
  replyEnd(call, list, fromHead, popped)
  dropEnd(db, key, list, fromHead, popped)
}

const popping = (name: string, fromHead: boolean, summary: string): Command =>
  command({
    name,
    group: 'list',
    since: '1.0.0',
    summary,
    complexity: 'O(1) for each element returned.',
    arity: -2,
    slowFrom: 3,
    flags: ['write', 'fast'],
    keys: oneKey('RW', ['access', 'delete']),
    history: [['6.2.0', 'Takes a `count`.']],
    syntax: 'key [count:integer@6.2.0]',
    run: (call) => pop(call, fromHead),
  })

export const LPOP = popping('LPOP', true, 'Returns elements from the head of a list and deletes them.')
export const RPOP = popping('RPOP', false, 'Returns elements from the tail of a list and deletes them.')

export const LMPOP = command({
  name: 'LMPOP',
  group: 'list',
  since: '7.0.0',
  summary: 'Returns elements from one end of the first list among the keys that is there, and deletes them.',
  complexity: 'O(N+M) where N is the number of keys and M that of elements returned.',
  arity: -4,
  flags: ['write', 'movablekeys'],
  keys: [{ first: 1, count: { at: 0, keysFrom: 1 }, access: 'RW', effects: ['access', 'delete'] }],
  syntax: 'numkeys:integer key... where=<LEFT | RIGHT> [COUNT count:integer]',
  run(call) {
    const pops = readPops(call.args, 1)
    if (!popMany(call, pops)) call.reply.nullArray()
  },
})
