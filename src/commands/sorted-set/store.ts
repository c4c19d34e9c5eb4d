import type { Call } from '../../command/index.js'
import { Draft } from '../../keyspace/index.js'
import type { SortedSetValue } from '../../values/index.js'

/** What a command that stores a sorted set says of it. */
export interface Storing {
  /** Name of its keyspace event. */
  readonly event: string
  /** Index of the argument that is the key to store it under; 1 when left out. */
  readonly key?: number
  /** Whether every member counts as a change; otherwise all of them are one. */
  readonly countsMembers?: boolean
  /** See `SortedSetValue.keepsNegativeZero`; true when left out. */
  readonly keepsNegativeZero?: boolean
}

/**
 * Has a sorted set filled, stores it whatever was there, and replies how many members it has. One without members deletes
 * the key.
 *
 * @throws {OutOfMemory} nothing has changed
 */
export function storeResult(
  { args, db, keyspace, reply }: Call,
  storing: Storing,
  fill: (result: SortedSetValue) => void,
): void {
  const view = keyspace.views.newSortedSets
  const key = args.at(storing.key ?? 1)
  view.keepsNegativeZero = storing.keepsNegativeZero ?? true
  const draft = Draft.make(keyspace, view, key, fill)
  const { length } = view
  if (length > 0) {
    view.settle()
    db.store(key, draft)
    db.changed(storing.event, key, storing.countsMembers === true ? length : 1)
  } else {
    draft.discard()
    if (db.delete(key)) db.changed('del', key)
  }
  reply.integer(length)
}
