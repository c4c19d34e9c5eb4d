import { Unavailable } from '../../store.js'
import type { ChangeListener, Watch } from '../../store.js'
import { changesMax, pollingWatch, untilAborted } from '../polling.js'
import type { PostgresSession } from './postgres-session.js'
import { tableName } from './postgres-statements.js'
import { quoted } from './source.js'

/**
 * Listens on a channel whose notifications name the key that changed; an empty one means any key.
 *
 * PostgreSQL delivers notifications in the order of commits over all channels of a database. So one that this connection
 * sends to itself, on a channel of its own, proves that it has all from before.
 *
 * @see https://www.postgresql.org/docs/15/sql-notify.html
 */
export async function listen(session: PostgresSession, channel: string, listener: ChangeListener): Promise<Watch> {
  const proofs = `truedis_proof_${session.id}`
  let asked = 0
  let proven = 0
  let lost = false
  let arrived: { readonly resolve: () => void; readonly reject: (reason: Unavailable) => void } | null = null
  session.onNotification = (from, payload) => {
    if (from === proofs) {
      proven = Number(payload)
      if (proven === asked) arrived?.resolve()
    } else if (payload === '') listener.changedAll()
    else listener.changed(payload)
  }
  session.onEnd = () => {
    lost = true
    const reason = new Unavailable('the connection that listens is lost')
    arrived?.reject(reason)
    listener.lost(reason.message)
  }
  await session.once(`LISTEN ${quoted(channel)}`)
  await session.once(`LISTEN ${quoted(proofs)}`)
  const prove = async (): Promise<void> => {
    if (lost) throw new Unavailable('the connection that listens is lost')
    const token = ++asked
    const arrival = new Promise<void>((resolve, reject) => (arrived = { resolve, reject }))
    arrival.catch(() => undefined) // the query fails, too
    await session.once('SELECT pg_notify($1, $2)', [proofs, String(token)])
    if (proven !== token) await arrival
  }
  return {
    prove: (signal) => untilAborted(prove(), signal),
    close: async () => {
      session.onEnd = () => undefined
      session.close()
    },
  }
}

/** Rows of an outbox since the last look, and where the next one begins. */
interface Outbox {
  /** Transactions from this one on may have committed since. */
  readonly from: string
  /** Rows of those that were told already. */
  readonly told: ReadonlySet<string>
}

/**
 * Looks into a table to which every change adds a row (tx, id, key); a NULL or empty key means any key.
 *
 * Numbers commit out of order, so the last one seen says nothing of lower ones. But a transaction older than the oldest
 * one that was running at the last look had ended by then. All rows since that one are read, and told unless they were.
 */
export async function watchOutbox(
  session: PostgresSession,
  table: readonly string[],
  listener: ChangeListener,
): Promise<Watch> {
  const statement =
    'SELECT s.xmin::text, o.tx::text, o.id::text, o.key::text ' +
    'FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin) AS s ' +
    `LEFT JOIN ${tableName(table)} AS o ON o.tx >= $1::xid8 LIMIT ${changesMax + 1}`
  const look = async (since: string | null, tell: (id: string, key: string) => void): Promise<Outbox> => {
    const start = since ?? String((await session.run('SELECT pg_snapshot_xmin(pg_current_snapshot())::text', []))[0][0])
    const rows = await session.run(statement, [start])
    if (rows.length > changesMax) throw new Unavailable('its outbox has too many rows of transactions that still run')
    const from = String(rows[0][0])
    const told = new Set<string>()
    for (const [, tx, id, key] of rows) {
      if (id === null) continue
      const name = `${String(tx)} ${String(id)}`
      if (BigInt(String(tx)) >= BigInt(from)) told.add(name)
      tell(name, key === null ? '' : String(key))
    }
    return { from, told }
  }
  session.onEnd = () => listener.lost('the connection that looks into the outbox is lost')
  let last = await look(null, () => undefined)
  const poll = async (): Promise<void> => {
    const { from, told } = last
    last = await look(from, (name, key) => {
      if (told.has(name)) return
      if (key === '') listener.changedAll()
      else listener.changed(key)
    })
  }
  return pollingWatch(
    (signal) => untilAborted(poll(), signal),
    () => {
      session.onEnd = () => undefined
      session.close()
    },
  )
}
