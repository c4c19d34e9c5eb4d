import type { Fault } from './faulty-origin.js'
import { slowMs } from './faulty-origin.js'
import type { Kind, Ran } from './matrix-kinds.js'

/** What permits a copy that is out of date to be served. */
export type Permission = 'nothing' | 'stale-while-revalidate' | 'stale-if-error' | 'local' | 'nothing, under strict'

/** What ORIGIN.md demands of one cell. */
export interface Demand {
  readonly outcome: Ran | RegExp
  /** When the reply is due after the call, in milliseconds of the injected clock; null: no matter. */
  readonly atMs: number | null
  /** Whether reads, and writes, reach the origin before the reply; null: no matter. */
  readonly reads: boolean | null
  readonly writes: boolean | null
}

const softTimeoutMs = 250
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

/** Settling one key whose copy is out of date: its outcome, and when. */
function settling(fault: Fault, permission: Permission, first: string): { outcome: Ran | RegExp; atMs: number } {
  if (permission === 'stale-while-revalidate') return { outcome: 'old', atMs: 0 }
  if (fault === 'refused') return { outcome: refusal, atMs: 0 } // the origin is well: nothing permits to hide its word
  const isPermitted = permission === 'stale-if-error' || permission === 'local'
  const isSilent = fault === 'slow' || fault === 'hang'
  if (isPermitted) return { outcome: 'old', atMs: isSilent ? softTimeoutMs : 0 }
  if (fault === 'slow') return { outcome: 'new', atMs: slowMs }
  const key = fault === 'open breaker' ? first : 'k1' // all keys fail then, and the first is named
  return { outcome: cannotBeAsked(key, reasons[fault]!), atMs: isSilent ? hardTimeoutMs : 0 }
}

/** A write that is sent. One that is made of what the origin no longer has is made again of what it has. */
function writing(fault: Fault, settled: { outcome: Ran | RegExp; atMs: number } | null): Omit<Demand, 'reads'> {
  const beganMs = settled?.atMs ?? 0
  if (fault === 'slow') {
    const isOld = settled?.outcome === 'old'
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
export function demandOf(kind: Kind, fault: Fault, permission: Permission): Demand {
  if (kind.way === 'looks') return { outcome: 'old', atMs: 0, reads: false, writes: null }
  if (kind.way === 'writes') return { ...writing(fault, null), reads: false }
  const settled = settling(fault, permission, kind.first)
  const reads = fault === 'open breaker' ? false : permission === 'stale-while-revalidate' ? null : true
  if (kind.way === 'settles' || settled.outcome instanceof RegExp) {
    const outcome =
      settled.outcome instanceof RegExp && kind.failsAs === 'EXECABORT' ? /^EXECABORT .*k1/ : settled.outcome
    return { outcome, atMs: settled.atMs, reads, writes: kind.way === 'settles' ? null : false }
  }
  return { ...writing(fault, settled), reads }
}
