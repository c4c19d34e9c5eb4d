import type { CancelSignal } from '../../cancellation.js'
import type { ChangeListener, Watch } from '../../store.js'
import { pollingWatch } from '../polling.js'
import type { Response } from './sqlite-messages.js'

/** What the thread tells of changes. */
export type SqliteChanges = Extract<Response, { kind: 'changes' }>

/**
 * Looks at SQLite's counter of commits: another number, or another connection, means that anything may have changed. With
 * an outbox, a table to which every change adds a row (id, key), it means that its new rows tell what did.
 *
 * SQLite lets one connection write at a time, so AUTOINCREMENT's numbers are committed in their order.
 *
 * @param look gives the counter and the outbox's rows after a number
 * @throws {Unavailable} the file cannot be read now
 */
export async function watchSqlite(
  look: (afterId: number, signal: CancelSignal) => Promise<SqliteChanges>,
  listener: ChangeListener,
  signal: CancelSignal,
): Promise<Watch> {
  let last = await look(-1, signal)
  const poll = async (signal: CancelSignal): Promise<void> => {
    const now = await look(last.lastId, signal)
    if (now.version === last.version) return
    const isSameFile = now.connection === last.connection
    last = now
    if (!isSameFile || now.keys === null) return listener.changedAll()
    for (const key of now.keys) {
      if (key === '') listener.changedAll()
      else listener.changed(key)
    }
  }
  return pollingWatch(poll, () => undefined)
}
