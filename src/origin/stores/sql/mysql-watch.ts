import { Unavailable } from '../../store.js'
import type { ChangeListener, Watch } from '../../store.js'
import type { MysqlSession } from './mysql-session.js'
import { mysqlTable } from './mysql-statements.js'
import { changesMax, pollingWatch, untilAborted } from '../polling.js'

/** Numbers that were left out are looked for one by one up to so many. */
const gapsMax = 10_000

/** A number that is not there, though a higher one is. */
interface Gap {
  /** Looks since it was noticed. */
  looks: number
}

/** Looks after which a gap is tried by a lock: ten seconds of them. */
const looksBeforeTrial = 100

/**
 * Looks into a table to which every change adds a row (id, key); a NULL or empty key means any key.
 *
 * Numbers are given when a row is written and seen when it is committed, in another order: a number that is missing below
 * the highest one is waited for. One that a locking read finds neither row nor lock of, long after it was noticed, was
 * rolled back.
 */
export async function watchMysqlOutbox(
  session: MysqlSession,
  table: readonly string[],
  listener: ChangeListener,
): Promise<Watch> {
  const name = mysqlTable(table)
  const gaps = new Map<number, Gap>()
  let highest = 0

  const tell = (key: string): void => (key === '' ? listener.changedAll() : listener.changed(key))
  const keyOf = (cell: unknown): string => (cell === null ? '' : String(cell))

  const newRows = async (): Promise<void> => {
    const sql = `SELECT id, CONVERT(\`key\` USING utf8mb4) FROM ${name} WHERE id > ? ORDER BY id LIMIT ${changesMax + 1}`
    const rows = await session.run(sql, [String(highest)])
    if (rows.length > changesMax) throw new Unavailable('its outbox has too many new rows')
    for (const [idCell, key] of rows) {
      const id = Number(idCell)
      for (let missing = highest + 1; missing < id; missing++) gaps.set(missing, { looks: 0 })
      if (gaps.size > gapsMax) throw new Unavailable('its outbox leaves out too many numbers')
      highest = id
      tell(keyOf(key))
    }
  }
  const lateRows = async (): Promise<void> => {
    if (gaps.size === 0) return
    const ids = [...gaps.keys()].join()
    for (const [id, key] of (
      await session.once(`SELECT id, CONVERT(\`key\` USING utf8mb4) FROM ${name} WHERE id IN (${ids})`)
    ).rows) {
      gaps.delete(Number(id))
      tell(keyOf(key))
    }
  }
  const forget = async (): Promise<void> => {
    const [due] = [...gaps].find(([, gap]) => ++gap.looks > looksBeforeTrial) ?? []
    if (due === undefined) return
    try {
      const { rows } = await session.once(`SELECT id FROM ${name} WHERE id = ${due} LOCK IN SHARE MODE`)
      if (rows.length === 0) gaps.delete(due)
    } catch (error) {
      if ((error as { errno?: unknown }).errno !== lockWaited) throw error
      gaps.set(due, { looks: 0 }) // somebody has written it, and not committed
    }
  }

  session.onEnd = () => listener.lost('the connection that looks into the outbox is lost')
  await session.once('SET SESSION innodb_lock_wait_timeout = 1')
  highest = await start(session, name, gaps)
  return pollingWatch(
    (signal) => {
      const poll = async (): Promise<void> => {
        await lateRows() // before the new ones: a gap noticed by them was looked at in the same moment
        await newRows()
        await forget()
      }
      return untilAborted(poll(), signal)
    },
    () => {
      session.onEnd = () => undefined
      session.close()
    },
  )
}

const lockWaited = 1205

/** The highest number there is; those missing among the last thousand below it may still be committed. */
async function start(session: MysqlSession, name: string, gaps: Map<number, Gap>): Promise<number> {
  const { rows } = await session.once(`SELECT id FROM ${name} ORDER BY id DESC LIMIT 1000`)
  const ids = rows.map(([id]) => Number(id))
  const [highest = 0] = ids
  const there = new Set(ids)
  for (let id = Math.max(1, highest - 999); id < highest; id++) if (!there.has(id)) gaps.set(id, { looks: 0 })
  return highest
}
