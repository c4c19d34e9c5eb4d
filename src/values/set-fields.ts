import { Slice } from '../base/index.js'
import type { HashValue } from './hash.js'

/** Things in a row that are asked for one by one: a request's arguments. */
export interface Items {
  at(index: number): Slice
}

/**
 * Sets several fields of a hash, all of them or, where memory runs out, none: first those that need memory, keeping what
 * they replace, then those that get shorter, and last what takes deadlines away, neither of which can fail.
 *
 * @param items fields and values in turn, from item `from` to before item `end`; a later equal field wins
 * @param atMs the deadline of each, in Unix milliseconds; 0 is none
 * @param keepDeadlines leaves each field the deadline it has, where `atMs` is 0
 * @returns how many fields are new
 * @throws {OutOfMemory} no field has changed, though the hash may have left its compact form; one without fields is gone
 */
export function setFieldsOrNone(
  hash: HashValue,
  items: Items,
  from: number,
  end: number,
  keepDeadlines: boolean,
  atMs: number,
): number {
  // what a later equal field replaces counts as well, as it does where fields are set in turn
  for (let i = from; i < end; i += 2) hash.makeWayFor(items.at(i), items.at(i + 1))
  const last = new Map<string, number>()
  for (let i = from; i < end; i += 2) last.set(items.at(i).toLatin1(), i)
  const changed: Change[] = []
  const shorter: number[] = []
  try {
    for (const at of last.values()) {
      const found = hash.get(items.at(at))
      const isShorter = found !== null && items.at(at + 1).length < found.length
      const old = found === null ? null : Slice.from(found.toBuffer())
      const oldMs = hash.deadline(items.at(at)) ?? 0
      if (isShorter) shorter.push(at)
      else hash.set(items.at(at), items.at(at + 1), true)
      changed.push({ at, old, oldMs })
      if (atMs !== 0) hash.setDeadline(items.at(at), atMs)
    }
  } catch (error) {
    if (changed.length > 0) takeBack(hash, items, changed)
    throw error
  }
  for (const at of shorter) hash.set(items.at(at), items.at(at + 1), true)
  if (!keepDeadlines && atMs === 0) for (const at of last.values()) hash.setDeadline(items.at(at), 0)
  return changed.filter(({ old }) => old === null).length
}

/** A field that was changed, by the item that names it, and what it held: null where it was missing. */
interface Change {
  readonly at: number
  readonly old: Slice | null
  readonly oldMs: number
}

function takeBack(hash: HashValue, items: Items, changed: readonly Change[]): void {
  for (const { at, old, oldMs } of changed.toReversed()) {
    if (old === null) hash.delete(items.at(at))
    else {
      hash.set(items.at(at), old, true)
      hash.setDeadline(items.at(at), oldMs)
    }
  }
  hash.dropIfEmpty()
}
