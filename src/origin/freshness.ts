import type { Confirmation } from './copies.js'

/** The ladder of ORIGIN.md: what a copy must have lived through for a read that arrived at t. */
export type Validation =
  { readonly mode: 'strict' | 'always' | 'never' } | { readonly mode: 'lifetime'; readonly lifetimeMs: number }

/** The times of a confirmation, of a copy or of a remembered absence. */
export type Times = Pick<Confirmation, 'askedAtMs' | 'answeredAtMs'>

/**
 * Whether what was last confirmed at `times` may be used by a read that arrived at `arrivedAtMs`. All times are
 * monotonic.
 *
 * A lifetime is counted from when the request left, not from its answer: the origin may have read its value at any
 * moment between. Pure, allocates nothing.
 *
 * @see RFC 9111 §4.2.3 (age counts from the request)
 */
export function isFresh(validation: Validation, times: Times, arrivedAtMs: number): boolean {
  switch (validation.mode) {
    case 'strict':
      return times.askedAtMs >= arrivedAtMs
    case 'always':
      return times.answeredAtMs >= arrivedAtMs
    case 'lifetime':
      return times.askedAtMs > arrivedAtMs - validation.lifetimeMs
    case 'never':
      return true
  }
}

/**
 * Whether a read that arrived at `arrivedAtMs` may wait for the answer to a request that left at `askedAtMs` and is
 * still away: whether `isFresh` will say yes to that answer.
 */
export function mayJoin(validation: Validation, askedAtMs: number, arrivedAtMs: number): boolean {
  switch (validation.mode) {
    case 'strict':
      return askedAtMs >= arrivedAtMs
    case 'lifetime':
      return askedAtMs > arrivedAtMs - validation.lifetimeMs
    default:
      return true
  }
}

/**
 * Where freshness ends and the windows of RFC 5861 begin. `always` and `strict` give no lifetime: there it is the last
 * confirmation itself. -Infinity for what was never confirmed, which no window then covers.
 */
export function freshUntilMs(validation: Validation, times: Times): number {
  switch (validation.mode) {
    case 'strict':
      return times.askedAtMs
    case 'always':
      return times.answeredAtMs
    case 'lifetime':
      return times.askedAtMs + validation.lifetimeMs
    case 'never':
      return Infinity
  }
}
