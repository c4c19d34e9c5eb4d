import { isUtf8 } from 'node:buffer'
import { Unavailable } from '../../store.js'
import type { Ask, Write, Written } from '../../store.js'
import { digestOf } from '../../values.js'
import type { Pooled } from './pool.js'
import type { SqlFailure, SqlPlan } from './server-store.js'
import { isSqlText } from './source.js'

export interface WritableColumn {
  readonly name: string
  /** Whether it holds bytes of any kind; otherwise text. */
  readonly isBytes: boolean
  /** Whether a statement may say what it holds, rather than the database alone. */
  readonly isWritable: boolean
}

/** What the columns of a row are to hold; NULL where the value does not say. */
export type WrittenCells = ReadonlyMap<string, string | Buffer | null>

/** How keys are written in one table. */
export interface SqlWritePlan<S> {
  /** The key column. */
  readonly key: string
  /** The column that is the value; null: the row is. */
  readonly value: string | null
  readonly columns: readonly WritableColumn[]
  /** Whether the database itself keeps two rows from having one key. */
  readonly isUnique: boolean
  begin(session: S): Promise<unknown>
  commit(session: S): Promise<unknown>
  rollback(session: S): Promise<unknown>
  /** Locks the key's rows until the end of the transaction. @returns how many there are, of two at most */
  lock(session: S, key: string): Promise<number>
  insert(session: S, key: string, cells: WrittenCells): Promise<unknown>
  update(session: S, key: string, cells: WrittenCells): Promise<unknown>
  remove(session: S, key: string): Promise<unknown>
}

export interface WriterParts<S> {
  readonly plan: SqlPlan<S>
  readonly writes: SqlWritePlan<S>
  failure(error: unknown): SqlFailure
}

/** Somebody else inserts the same key between our look and our insert: how often to look again. */
const attemptsMax = 3

/**
 * Writes one key in a transaction: locks its row, compares what it holds with what it must hold, changes it, and looks
 * whether the database now holds the very value. What it would keep otherwise (a shorter number, a default, what a
 * trigger made of it) is refused: the copy here would not be what the origin holds.
 *
 * @throws {Unavailable} it is not known whether the write was made
 * @throws what the driver throws: it was not committed
 */
export async function writeKey<S extends Pooled>(parts: WriterParts<S>, session: S, write: Write): Promise<Written> {
  const { plan, writes } = parts
  if (!writes.isUnique) return refused(`needs a unique index on the column '${writes.key}' of its own to be written`)
  if (!isSqlText(write.key) || !plan.isExpressible(write.key)) {
    if (write.value === null) return Buffer.isBuffer(write.expected) ? { kind: 'conflict' } : { kind: 'written' }
    return refused(`is no key that the column '${writes.key}' can hold`)
  }
  const cells = write.value === null ? new Map() : cellsOf(write, writes)
  if (typeof cells === 'string') return refused(cells)
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const written = await attemptWrite(parts, session, write, cells)
    if (written !== 'again') return written
  }
  throw new Unavailable('others write the same key all the time', { unwritten: true })
}

async function attemptWrite<S extends Pooled>(
  { plan, writes, failure }: WriterParts<S>,
  session: S,
  write: Write,
  cells: WrittenCells,
): Promise<Written | 'again'> {
  let isInsert = false
  try {
    await writes.begin(session)
    const count = await writes.lock(session, write.key)
    if (count > 1) return await end(refused('is in several rows'))
    if (!(await holds(plan, session, write.key, write.expected))) return await end({ kind: 'conflict' })
    isInsert = write.value !== null && count === 0
    if (write.value === null) await writes.remove(session, write.key)
    else await (isInsert ? writes.insert(session, write.key, cells) : writes.update(session, write.key, cells))
    if (!(await holds(plan, session, write.key, write.value === null ? 'absent' : digestOf(write.value)))) {
      return await end(refused('would not be held by its row as it is: by its type, a default or a trigger'))
    }
    await writes.commit(session).catch((error: unknown) => {
      if (!failure(error).isLost) throw error
      throw new Unavailable('its connection was lost while it wrote')
    })
    return { kind: 'written' }
  } catch (error) {
    if (!session.usable || error instanceof Unavailable) throw error
    const { isLost, isStale, isDuplicate, counts, reason } = failure(error)
    if (isLost || counts) {
      session.cancel() // with what it has not committed
      throw error
    }
    await writes.rollback(session)
    if (isStale) throw error
    if (!isInsert || !isDuplicate) return refused(`was refused by its database: ${reason}`)
    const rows = await plan.fetch(session, [write.key], [null])
    if (rows.length === 0) return refused(`was refused by its database: ${reason}`) // of another unique column
    return write.expected === undefined ? 'again' : { kind: 'conflict' }
  }

  async function end(outcome: Written): Promise<Written> {
    await writes.rollback(session)
    return outcome
  }
}

/** Whether the database holds what is expected, as this transaction sees it. */
async function holds<S>(plan: SqlPlan<S>, session: S, key: string, expected: Write['expected']): Promise<boolean> {
  if (expected === undefined) return true
  const ask: Ask = { key, digest: expected === 'absent' ? null : expected, validator: null }
  const rows = await plan.fetch(session, [key], [plan.rows.known(ask)])
  const answer = await plan.rows.answer(rows, ask)
  return answer.kind === (expected === 'absent' ? 'absent' : 'not-modified')
}

const refused = (reason: string): Written => ({ kind: 'refused', reason })

/** What each column is to hold, or why it cannot. */
function cellsOf({ key, value }: Write, writes: SqlWritePlan<never>): WrittenCells | string {
  const columns = new Map(writes.columns.map((column) => [column.name, column]))
  const cells = new Map<string, string | Buffer | null>()
  const put = (name: string, bytes: Buffer): string | null => {
    const column = columns.get(name)
    if (column === undefined) return `has a field '${name}' that is no column`
    if (!column.isBytes && (!isUtf8(bytes) || bytes.includes(0))) return `is no text, as its column '${name}' needs`
    if (column.isWritable) cells.set(name, column.isBytes ? bytes : bytes.toString())
    return null
  }
  if (writes.value !== null) {
    return (value?.kind === 'string' ? put(writes.value, value.bytes) : 'is no string') ?? cells
  }
  if (value?.kind !== 'hash') return 'is no hash'
  for (const [name, bytes] of value.fields) {
    const reason = put(name.toString(), bytes)
    if (reason !== null) return reason
  }
  const named = value.fields.find(([name]) => name.toString() === writes.key)
  if (named?.[1].equals(Buffer.from(key)) !== true) {
    return `needs its key in the field '${writes.key}', since the whole row is the hash`
  }
  cells.delete(writes.key)
  return cells
}
