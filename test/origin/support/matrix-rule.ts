import type { Fault } from './faulty-origin.js'
import { slowMs } from './faulty-origin.js'
import type { Kind, Ran } from './matrix-kinds.js'

/** What permits a copy that is out of date to be served. */
export type Permission = 'nothing' | 'stale-while-revalidate' | 'stale-if-error' | 'local' | 'nothing, under strict'

/** What is held of `k1`, out of date, when the command comes. */
export type Held = 'a copy' | 'nothing' | 'an absence'

/** What ORIGIN.md demands of one cell. */
export interface Demand {
  readonly outcome: Ran | RegExp
  /** When the reply is due after the call, in milliseconds of the injected clock; null: no matter. */
  readonly atMs: number | null
  /** Whether reads, and writes, reach the origin before the reply; null: no matter. */
  readonly reads: boolean | null
  readonly writes: boolean | null
}

const servedAfterMs = 250 // within the soft timeout of 251 ms
const hardTimeoutMs = 5000

/** Why an origin cannot be asked, by fault; null where it can. */
const reasons: Record<Fault, string | null> = {
  slow: null,
  hang: 'no answer within 5s',
  reset: 'ECONNRESET',
  'error 503': 'HTTP 503',
  garbage: 'no HTTP',
  'wrong digest': 'its value does not have the digest it came with',
  flapping: 'HTTP 502',
  refused: null,
  'open breaker': 'HTTP 503',
}

const refusal = /^ORIGINVALUE the value of 'k1' at origin 'o' was refused by it with HTTP 400$/
const cannotBeAsked = (key: string, reason: string): RegExp =>
  new RegExp(`^ORIGINDOWN origin 'o' cannot be asked for '${key}' \\(${reason}\\) and no stale copy is permitted; `)
const notConfirmed = (reason: string): RegExp =>
  new RegExp(`^ORIGINDOWN origin 'o' did not confirm the write of 'k1' \\(${reason}\\); `)

const shown = (held: Held): Ran => (held === 'a copy' ? 'old' : 'none')

/** Settling one key: its outcome, and when. What permits a stale copy, or absence, permits nothing where there is none. */
function settling(
  fault: Fault,
  permission: Permission,
  held: Held,
  first: string,
): { outcome: Ran | RegExp; atMs: number } {
  const isHeld = held !== 'nothing'
  if (isHeld && permission === 'stale-while-revalidate') return { outcome: shown(held), atMs: 0 }
  if (fault === 'refused') return { outcome: refusal, atMs: 0 } // the origin is well: nothing permits to hide its word
  const isPermission = !permission.startsWith('nothing')
  const isSilent = fault === 'slow' || fault === 'hang'
  if (isHeld && isPermission) return { outcome: shown(held), atMs: isSilent ? servedAfterMs : 0 }
  if (fault === 'slow') return { outcome: 'new', atMs: slowMs }
  const key = fault === 'open breaker' && !isPermission ? first : 'k1' // where it is permitted, k2 is served
  return { outcome: cannotBeAsked(key, reasons[fault]!), atMs: isSilent ? hardTimeoutMs : 0 }
}

/** A write that is sent. One that is made of what the origin no longer has is made again of what it has. */
function writing(fault: Fault, settled: { outcome: Ran | RegExp; atMs: number } | null): Omit<Demand, 'reads'> {
  const beganMs = settled?.atMs ?? 0
  if (fault === 'slow') {
    const isOld = settled !== null && settled.outcome !== 'new'
    return { outcome: 'new', atMs: isOld ? null : beganMs + slowMs, writes: true }
  }
  if (fault === 'open breaker') {
    return { outcome: /^ORIGINDOWN .*nothing was written, try again$/, atMs: beganMs, writes: false }
  }
  if (fault === 'refused') return { outcome: refusal, atMs: beganMs, writes: true }
  const atMs = fault === 'hang' ? beganMs + hardTimeoutMs : beganMs
  return { outcome: notConfirmed(reasons[fault]!), atMs, writes: true }
}

/** The rule of each cell, from ORIGIN.md's words alone. */
export function demandOf(kind: Kind, fault: Fault, permission: Permission, held: Held): Demand {
  if (kind.way === 'looks') return { outcome: shown(held), atMs: 0, reads: false, writes: null }
  if (kind.way === 'writes') {
    // replied to by what is held here: DEL counts that
    const demand = writing(fault, null)
    return { ...demand, outcome: demand.outcome === 'new' ? shown(held) : demand.outcome, reads: false }
  }
  const settled = settling(fault, permission, held, kind.first)
  const reads =
    fault === 'open breaker' ? false : held !== 'nothing' && permission === 'stale-while-revalidate' ? null : true
  if (kind.way === 'settles' || settled.outcome instanceof RegExp) {
    const outcome =
      settled.outcome instanceof RegExp && kind.failsAs === 'EXECABORT' ? /^EXECABORT .*k1/ : settled.outcome
    return { outcome, atMs: settled.atMs, reads, writes: kind.way === 'settles' ? null : false }
  }
  return { ...writing(fault, settled), reads }
}
