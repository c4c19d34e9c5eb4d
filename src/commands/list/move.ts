import { Region, Slice } from '../../base/index.js'
import { command, type Call, type KeySpec } from '../../command/index.js'
import { popEvent, pushEvent, readEnd } from './ends.js'

/** Bytes that are kept for elements on their way from list to list; longer ones get room of their own. */
const keptBytes = 1 << 16
const kept = Region.allocate(keptBytes)
const moved = new Slice(kept)

/** A copy of an element, good until the next one: it must not change while its list does. */
function copyOf({ region, start, length }: Slice): Slice {
  const room = length <= keptBytes ? kept : Region.allocate(length)
  region.bytes.copy(room.bytes, 0, start, start + length)
  return moved.set(room, 0, length)
}

/**
 * Moves an element from one end of a list to an end of another, or of the same, and replies it; false, and nothing, where
 * `from` is missing.
 *
 * @throws {ReplyError} either key holds another type
 */
export function moveElement(call: Call, from: Slice, to: Slice, fromHead: boolean, toHead: boolean): boolean {
  const { db, reply } = call
  const source = db.listForWrite(from)
  if (source === null) return false
  const element = copyOf(source.end(fromHead))
  // it is pushed before it is popped: where there is no memory for it nothing has changed
  db.listForInsert(to).push(element, toHead)
  reply.bulk(element)
  const list = db.listForWrite(from)!
  const isLast = list.length === 1
  if (isLast) db.delete(from)
  else list.drop(fromHead, 1)
  db.changed(pushEvent(toHead), to)
  db.alsoChanged(popEvent(fromHead), from)
  if (isLast) db.alsoChanged('del', from)
  moved.set(kept, 0, 0)
  if (call.isFollowed && call.command.hasFlag('blocking')) propagateMove(call, from, to, fromHead, toHead)
  return true
}

/** What blocked is told in words that do not. */
function propagateMove(call: Call, from: Slice, to: Slice, fromHead: boolean, toHead: boolean): void {
  if (call.command.name === 'BRPOPLPUSH') call.propagate('RPOPLPUSH', from, to)
  else call.propagate('LMOVE', from, to, fromHead ? 'LEFT' : 'RIGHT', toHead ? 'LEFT' : 'RIGHT')
}

/** The first key is popped from, the second pushed to. */
export const sourceAndDestination: readonly KeySpec[] = [
  { first: 1, access: 'RW', effects: ['access', 'delete'] },
  { first: 2, access: 'RW', effects: ['insert'] },
]

export const LMOVE = command({
  name: 'LMOVE',
  group: 'list',
  since: '6.2.0',
  summary: 'Moves an element from one end of a list to an end of another, and returns it.',
  complexity: 'O(1)',
  arity: 5,
  flags: ['write', 'denyoom'],
  keys: sourceAndDestination,
  syntax: 'source:key destination:key#1 wherefrom=<LEFT | RIGHT> whereto=<LEFT | RIGHT>',
  run(call) {
    const { args, reply } = call
    const fromHead = readEnd(args.at(3))
    const toHead = readEnd(args.at(4))
    if (!moveElement(call, args.at(1), args.at(2), fromHead, toHead)) reply.null()
  },
})

export const RPOPLPUSH = command({
  name: 'RPOPLPUSH',
  group: 'list',
  since: '1.2.0',
  summary: 'Moves the last element of a list to the head of another, and returns it.',
  complexity: 'O(1)',
  arity: 3,
  flags: ['write', 'denyoom'],
  keys: sourceAndDestination,
  deprecated: { since: '6.2.0', replacedBy: '`LMOVE` with the `RIGHT` and `LEFT` arguments' },
  syntax: 'source:key destination:key#1',
  run(call) {
    const { args, reply } = call
    if (!moveElement(call, args.at(1), args.at(2), false, true)) reply.null()
  },
})
