import { lifetimeOf } from './options.js'
import type { Rules, Times, Validation } from './rules.js'
import type { SettledTimes } from './settled.js'

/** A lifetime that has just ended is still one for the reads that waited for it, which arrived before. */
const instantMs = 0.001

/** When a request to a primary left, and when its reply came: monotonic. */
export interface Asking {
  readonly sentAtMs: number
  readonly repliedAtMs: number
}

/**
 * When the origin of a primary confirmed what that tells, by this server's clock, and none of it later than it was: ages
 * count from when the request left, and nothing is fresh for longer than the primary goes on alone, since its owner may
 * have told it to ask more often.
 *
 * @param rule of this server for what is told
 */
export function toldTimes(
  rules: Rules,
  rule: Validation,
  { sentAtMs, repliedAtMs }: Asking,
  told: SettledTimes,
): Times {
  const { ageMs, freshMs } = told
  const untilMs = freshMs < 0 ? Infinity : sentAtMs + freshMs + instantMs
  return timesFrom(rule, notAfter(rule, rules.toldOf(sentAtMs, ageMs), untilMs), repliedAtMs, told)
}

/** The same of what the primary has for stale, which it then is here as well. */
export function staleTimes(
  rules: Rules,
  rule: Validation,
  { sentAtMs, repliedAtMs }: Asking,
  told: SettledTimes,
): Times {
  return timesFrom(rule, notAfter(rule, rules.toldOf(sentAtMs, told.ageMs), sentAtMs), repliedAtMs, told)
}

function timesFrom(rule: Validation, atMs: number, repliedAtMs: number, { answeredMs }: SettledTimes): Times {
  const isVouchedFor = answeredMs < 0
  // what the primary would not be told of, it does not tell
  const askedAtMs = rule.mode === 'push' && !isVouchedFor ? Math.min(atMs, rule.coverage.sinceMs) : atMs
  return { askedAtMs, answeredAtMs: Math.max(askedAtMs, isVouchedFor ? repliedAtMs : repliedAtMs - answeredMs) }
}

/** The latest moment up to `askedAtMs` from which a lifetime ends by `untilMs`. */
function notAfter(rule: Validation, askedAtMs: number, untilMs: number): number {
  const lifetimeMs = lifetimeOf(rule)
  return lifetimeMs === Infinity ? askedAtMs : Math.min(askedAtMs, untilMs - lifetimeMs)
}
