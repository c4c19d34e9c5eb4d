import type { Slice } from '../base/index.js'
import type { Call } from '../command/index.js'

/** What HDEL, SREM and ZREM delete from. */
interface Deletable {
  readonly length: number
  delete(element: Slice): boolean
}

/**
 * Deletes the elements named from the second argument on, and the key with the last element; replies how many were there.
 *
 * @param collection the key's; null where it is missing
 * @param event under which it is told
 */
export function deleteElements({ args, db, reply }: Call, collection: Deletable | null, event: string): void {
  let deleted = 0
  let left = collection === null ? 0 : collection.length
  for (let i = 2; i < args.count && left > 0; i++) {
    if (!collection!.delete(args.at(i))) continue
    deleted++
    left--
  }
  if (deleted > 0) {
    const key = args.at(1)
    if (left === 0) db.delete(key)
    db.changed(event, key, deleted)
    if (left === 0) db.alsoChanged('del', key)
  }
  reply.integer(deleted)
}
