import type { Slice } from '../../base/index.js'
import type { Call } from '../../command/index.js'
import { Type } from '../../values/index.js'
import { Texts } from './sort-texts.js'

/**
 * Copies elements of a list, a set or a sorted set, or none of a missing one: from number `from` on, counted from the end
 * and going back where that is asked for.
 */
export function loadElements(
  { db, keyspace }: Call,
  ref: number,
  { from, count }: { readonly from: number; readonly count: number },
  isReversed: boolean,
): Texts {
  const elements = new Texts()
  if (count === 0) return elements
  const { views } = keyspace
  const add = (element: Slice): void => elements.add(element)
  const type = db.type(ref)
  if (type === Type.set) {
    views.sets.open(ref, null).forEach(add)
    return elements
  }
  if (type === Type.list) {
    const list = views.lists.open(ref, null)
    list.walk(isReversed ? list.length - 1 - from : from, count, !isReversed, add)
  } else {
    const sortedSet = views.sortedSets.open(ref, null)
    sortedSet.forEachIn(isReversed ? sortedSet.length - from - count : from, count, isReversed, add)
  }
  return elements
}
