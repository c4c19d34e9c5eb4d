import { syntaxError, type Slice } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import type { Database } from '../../keyspace/index.js'
import type { ListValue } from '../../values/index.js'

/** The names of the two ends, as the events of pushing and popping have them. */
export const pushEvent = (atHead: boolean): string => (atHead ? 'lpush' : 'rpush')
export const popEvent = (fromHead: boolean): string => (fromHead ? 'lpop' : 'rpop')

/** Whether an argument says LEFT, which is the head, or RIGHT. @throws {ReplyError} neither */
export function readEnd(slice: Slice): boolean {
  if (slice.is('LEFT')) return true
  if (slice.is('RIGHT')) return false
  throw syntaxError
}

/** Replies `count` elements from one end, which must be there, one after the other. */
export function replyEnd({ reply }: Pick<Call, 'reply'>, list: ListValue, fromHead: boolean, count: number): void {
  list.walk(fromHead ? 0 : list.length - 1, count, fromHead, (element) => reply.bulk(element))
}

/** Takes away `count` elements from one end, and the key with the last of them. */
export function dropEnd(db: Database, key: Slice, list: ListValue, fromHead: boolean, count: number): void {
  const isLast = list.length === count
  if (isLast) db.delete(key)
  else list.drop(fromHead, count)
  db.changed(popEvent(fromHead), key, count)
  if (isLast) db.alsoChanged('del', key)
}
