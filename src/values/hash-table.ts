import { borrowed } from '../base/index.js'
import { Flag, Table, type Records, type Ref } from '../memory/index.js'
import type { DeadlinePass } from './hash-body.js'

const name = borrowed()

/** A copy of a table of fields with their values and deadlines; `finish` is called before it can no longer be given up. */
export function copyFields(records: Records, from: Table, finish: () => void): Ref {
  const table = new Table(records, from.seed)
  return table.createWith(() => {
    from.forEachSlot((field, hash) => {
      const deadlineMs = records.deadline(field)
      records.key(field, name)
      table.find(name, hash)
      const copy = records.copyUnder(field, name, deadlineMs === 0 ? 0 : Flag.deadline, 0)
      if (deadlineMs !== 0) records.copyDeadline(field, copy)
      table.insert(hash, copy, deadlineMs !== 0)
    })
    finish()
  })
}

/** Deletes the fields past their deadline among the `slots` after `cursor`; returns where to go on, 0 at the end. */
export function dropPastFields(
  records: Records,
  table: Table,
  cursor: number,
  slots: number,
  nowMs: number,
  pass: DeadlinePass,
): number {
  for (;;) {
    const refs: Ref[] = []
    const next = table.sweepVolatile(cursor, slots, refs)
    const past = refs.filter((ref) => records.deadline(ref) < nowMs)
    if (past.length === 0) {
      for (const ref of refs) pass.nearestMs = Math.min(pass.nearestMs, records.deadline(ref))
      return next
    }
    for (const ref of past) {
      records.key(ref, name)
      pass.dropped?.(name)
      table.find(name, table.hash(name))
      table.remove()
      records.free(ref)
    }
    // what stood behind may have moved up into these slots: they are looked at once more
    pass.expired += past.length
  }
}
