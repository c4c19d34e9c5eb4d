import type { Slice } from '../../base/index.js'
import { command, type Block, type Call, type Command } from '../../command/index.js'
import type { ReplyWriter } from '../../resp/index.js'
import { Type } from '../../values/index.js'
import { timeoutOfSeconds } from '../timeouts.js'
import { dropEnd, readEnd } from './ends.js'
import { moveElement, sourceAndDestination } from './move.js'
import { popFrom, popMany, readPops } from './pops.js'

const timedOut = (reply: ReplyWriter): void => reply.nullArray()

const waitFor = (keys: readonly number[], timeoutMs: number): Block => ({ keys, type: Type.list, timeoutMs, timedOut })

const indexes = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i)

/** Pops one element and replies it with its key; false, and nothing, where the key is missing. */
function popOne(call: Call, key: Slice, fromHead: boolean): boolean {
  const { db, reply } = call
  const list = db.listForWrite(key)
  if (list === null) return false
  reply.array(2)
  reply.bulk(key)
  reply.bulk(list.end(fromHead))
  dropEnd(db, key, list, fromHead, 1)
  if (call.isFollowed) call.propagate(fromHead ? 'LPOP' : 'RPOP', key)
  return true
}

function blockingPop(call: Call, fromHead: boolean): void {
  const { args, wokenBy } = call
  const last = args.count - 1
  const timeoutMs = timeoutOfSeconds(args.at(last))
  if (wokenBy !== null) {
    if (popOne(call, wokenBy, fromHead)) return
  } else {
    for (let i = 1; i < last; i++) if (popOne(call, args.at(i), fromHead)) return
  }
  call.block(waitFor(indexes(1, last - 1), timeoutMs))
}

const popping = (name: string, fromHead: boolean, end: string): Command =>
  command({
    name,
    group: 'list',
    since: '2.0.0',
    summary: `Returns the ${end} element of the first list among the keys that is there and deletes it, waiting for one.`,
    complexity: 'O(N) where N is the number of keys.',
    arity: -3,
    flags: ['write', 'noscript', 'blocking'],
    keys: [{ first: 1, last: -2, access: 'RW', effects: ['access', 'delete'] }],
    history: [['6.0.0', 'The time may have decimals.']],
    syntax: 'key... timeout:double',
    run: (call) => blockingPop(call, fromHead),
  })

export const BLPOP = popping('BLPOP', true, 'first')
export const BRPOP = popping('BRPOP', false, 'last')

export const BLMPOP = command({
  name: 'BLMPOP',
  group: 'list',
  since: '7.0.0',
  summary:
    'Returns elements from one end of the first list among the keys that is there, and deletes them, waiting for one.',
  complexity: 'O(N+M) where N is the number of keys and M that of elements returned.',
  arity: -5,
  flags: ['write', 'blocking', 'movablekeys'],
  keys: [{ first: 2, count: { at: 0, keysFrom: 1 }, access: 'RW', effects: ['access', 'delete'] }],
  syntax: 'timeout:double numkeys:integer key... where=<LEFT | RIGHT> [COUNT count:integer]',
  run(call) {
    const { args, wokenBy } = call
    const pops = readPops(args, 2)
    const timeoutMs = timeoutOfSeconds(args.at(1))
    const isDone = wokenBy === null ? popMany(call, pops) : popFrom(call, wokenBy, pops.fromHead, pops.count)
    if (!isDone) call.block(waitFor(indexes(pops.first, pops.keys), timeoutMs))
  },
})

function blockingMove(call: Call, fromHead: boolean, toHead: boolean, timeout: Slice): void {
  const { args } = call
  const timeoutMs = timeoutOfSeconds(timeout)
  if (moveElement(call, args.at(1), args.at(2), fromHead, toHead)) return
  call.block({ ...waitFor([1], timeoutMs), denied: (reply) => reply.null() })
}

export const BLMOVE = command({
  name: 'BLMOVE',
  group: 'list',
  since: '6.2.0',
  summary: 'Moves an element from one end of a list to an end of another and returns it, waiting for one.',
  complexity: 'O(1)',
  arity: 6,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: sourceAndDestination,
  syntax: 'source:key destination:key#1 wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT> timeout:double',
  run(call) {
    const { args } = call
    const fromHead = readEnd(args.at(3))
    const toHead = readEnd(args.at(4))
    blockingMove(call, fromHead, toHead, args.at(5))
  },
})

export const BRPOPLPUSH = command({
  name: 'BRPOPLPUSH',
  group: 'list',
  since: '2.2.0',
  summary: 'Moves the last element of a list to the head of another and returns it, waiting for one.',
  complexity: 'O(1)',
  arity: 4,
  flags: ['write', 'denyoom', 'noscript', 'blocking'],
  keys: sourceAndDestination,
  history: [['6.0.0', 'The time may have decimals.']],
  deprecated: { since: '6.2.0', replacedBy: '`BLMOVE` with the `RIGHT` and `LEFT` arguments' },
  syntax: 'source:key destination:key#1 timeout:double',
  run: (call) => blockingMove(call, false, true, call.args.at(3)),
})
