import type { Clock, Slice } from '../base/index.js'
import { flightId } from './flight.js'
import type { Waiter } from './flight.js'
import { readOf } from './recent.js'
import type { RecentRead } from './recent.js'
import type { Resolver } from './resolver.js'
import type { Route } from './route.js'
import { Rules } from './rules.js'

/** A line of ORIGIN EXPLAIN; null is an unknown value. */
export type ExplainLine = readonly [field: string, value: string | number | null]

const rules = new Rules()

/**
 * Tells what is held of a key and why its reads do what they do, in the words of Cache-Status: what a read would do that
 * came now, and how the last one went that had to ask.
 *
 * @see RFC 9211 (Cache-Status)
 */
export function explain(resolver: Resolver, clock: Clock, db: number, key: Slice): ExplainLine[] {
  const route = resolver.routes.find(db, key)
  if (route === null) return [['origin', null]]
  const nowMs = clock.monotonicMs()
  const { holdings } = resolver
  const held = holdings.times(db, key)
  const age = held === null || held.askedAtMs === -Infinity ? null : Math.round(nowMs - held.askedAtMs)
  const last = resolver.recent.get(flightId(db, key))
  return [
    ['origin', route.name],
    ['name-there', route.nameOf(key)],
    ['asks', resolver.asksPrimary ? 'by primary' : 'origin'],
    ['held', held === null ? 'nothing' : held.negative ? 'absence' : held.invalidated ? 'invalidated copy' : 'copy'],
    ['digest', holdings.digest(db, key, route.options.as)?.toString('hex') ?? null],
    ['validator', held === null || held.negative ? null : holdings.validator(db, key)],
    ['age-ms', age],
    ['cache-status', `truedis; ${nextRead(resolver, route, db, key, nowMs)}`],
    ['last-cache-status', last === undefined ? null : `truedis; ${lastRead(last)}`],
    ['last-ms-ago', last === undefined ? null : Math.round(nowMs - last.atMs)],
  ]
}

/** How a call that arrived then gets at what it uses of a key, and since when that is known to be so. */
export function status(
  resolver: Resolver,
  route: Route,
  { db, key, arrivedAtMs, nowMs }: { db: number; key: Slice; arrivedAtMs: number; nowMs: number },
  waiter: Waiter | undefined,
): string {
  const how = waiter === undefined ? nextRead(resolver, route, db, key, arrivedAtMs) : lastRead(readOf(waiter, nowMs))
  const askedAtMs = waiter?.outcome === 'passing' ? undefined : resolver.holdings.times(db, key)?.askedAtMs
  const isKnown = askedAtMs !== undefined && askedAtMs !== -Infinity
  return `truedis; ${how}${isKnown ? `; age=${Math.max(0, (nowMs - askedAtMs) / 1000).toFixed(3)}` : ''}`
}

function nextRead(resolver: Resolver, route: Route, db: number, key: Slice, nowMs: number): string {
  const { holdings } = resolver
  if (resolver.behinds.has(db, key)) return 'hit; detail=pending-write'
  const held = holdings.times(db, key)
  if (held === null) return 'fwd=uri-miss'
  const { validation, negativeValidation } = route.options
  const untilMs = rules.freshUntilMs(held.negative ? negativeValidation : validation, held)
  const ttl = Number.isFinite(untilMs) ? `; ttl=${Math.floor((untilMs - nowMs) / 1000)}` : ''
  if (holdings.isFresh(route, db, key, nowMs)) return `hit${ttl}`
  if (held.invalidated) return 'fwd=stale; detail=invalidated'
  if (holdings.mayRenewBehind(route, db, key, nowMs)) return `hit${ttl}; detail=stale-while-revalidate`
  return `fwd=stale${ttl}`
}

function lastRead({ outcome, answer, permission, rounds, refusal, forward, collapsed, byPrimary }: RecentRead): string {
  const parts = [outcome === 'stale' ? 'hit' : `fwd=${forward}`]
  if (outcome !== 'stale' && answer !== null) parts.push(`fwd-status=${statuses[answer]}`)
  if (outcome === 'ready' && answer !== 'not-modified') parts.push('stored')
  if (collapsed) parts.push('collapsed')
  if (byPrimary) parts.push('detail=by-primary')
  if (outcome === 'passing') parts.push('detail=in-passing')
  if (permission !== null) parts.push(`detail=${permission}`)
  if (rounds > 0) parts.push(`detail="void ${rounds} times"`)
  if (refusal !== null) parts.push(`detail=${JSON.stringify(refusal)}`)
  return parts.join('; ')
}

/** What an HTTP origin would have said. */
const statuses = { 'not-modified': 304, found: 200, absent: 404, refused: 400 } as const
