import { errorReply, syntaxError, type Slice } from '../../base/index.js'
import { integerIn, type Call } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import { dropEnd, readEnd, replyEnd } from './ends.js'

const noKeys = errorReply('numkeys should be greater than 0')
const noCount = errorReply('count should be greater than 0')

/** What LMPOP and BLMPOP ask for. */
export interface Pops {
  /** Arguments that are keys: the first, and how many. */
  readonly first: number
  readonly keys: number
  readonly fromHead: boolean
  readonly count: number
}

/** Reads `numkeys key... LEFT|RIGHT [COUNT count]` from argument `from` on. @throws {ReplyError} */
export function readPops(args: Args, from: number): Pops {
  const keys = integerIn(args.at(from), 1, Infinity, noKeys)
  const where = from + 1 + keys
  if (where >= args.count) throw syntaxError
  const fromHead = readEnd(args.at(where))
  const rest = args.count - where - 1
  if (rest === 0) return { first: from + 1, keys, fromHead, count: 1 }
  if (rest < 2 || !args.at(where + 1).is('COUNT')) throw syntaxError
  const count = integerIn(args.at(where + 2), 1, Infinity, noCount)
  if (rest > 2) throw syntaxError
  return { first: from + 1, keys, fromHead, count }
}

/** Pops from the first of the keys that is there, and replies its name and the elements; false, and nothing, for none. */
export function popMany(call: Call, { first, keys, fromHead, count }: Pops): boolean {
  for (let i = 0; i < keys; i++) if (popFrom(call, call.args.at(first + i), fromHead, count)) return true
  return false
}

/** As `popMany`, from one key. @throws {ReplyError} it holds another type */
export function popFrom(call: Call, key: Slice, fromHead: boolean, count: number): boolean {
  const { db, reply } = call
  const list = db.listForWrite(key)
  if (list === null) return false
  const popped = Math.min(count, list.length)
  reply.array(2)
  reply.bulk(key)
  reply.array(popped)
  replyEnd(call, list, fromHead, popped)
  dropEnd(db, key, list, fromHead, popped)
  if (call.isFollowed) call.propagate(fromHead ? 'LPOP' : 'RPOP', key, popped)
  return true
}
