import type { Coverage } from './coverage.js'

/** The ladder of ORIGIN.md: what a copy must have lived through for a read that arrived at t. */
export type Validation =
  | { readonly mode: 'strict' | 'always' | 'never' }
  | { readonly mode: 'lifetime'; readonly lifetimeMs: number }
  | {
      readonly mode: 'push'
      /** How long a copy is taken for what the origin holds though nothing else was told; Infinity: for ever. */
      readonly lifetimeMs: number
      readonly coverage: Coverage
    }

/** Why a copy that is not fresh may be served all the same. */
export type Permission = 'stale-while-revalidate' | 'stale-if-error' | 'local'

/** When a copy, or a remembered absence, was last confirmed: monotonic; -Infinity for never. */
export interface Times {
  /** The request left. */
  askedAtMs: number
  /** Its answer came. */
  answeredAtMs: number
}

/** The decisions that the promises rest on. Pure, and together here, so that tests can take one out and see it missed. */
export class Rules {
  /**
   * Whether what was last confirmed at `times` may be used by a read that arrived at `arrivedAtMs`.
   *
   * A lifetime is counted from when the request left, not from its answer: the origin may have read its value at any
   * moment between. Allocates nothing.
   *
   * @see RFC 9111 §4.2.3 (age counts from the request)
   */
  isFresh(validation: Validation, times: Times, arrivedAtMs: number): boolean {
    switch (validation.mode) {
      case 'strict':
        return times.askedAtMs >= arrivedAtMs
      case 'always':
        return times.answeredAtMs >= arrivedAtMs
      case 'lifetime':
        return times.askedAtMs > arrivedAtMs - validation.lifetimeMs
      case 'push':
        return times.askedAtMs > coveredAfterMs(validation, arrivedAtMs) || times.answeredAtMs >= arrivedAtMs
      case 'never':
        return true
    }
  }

  /**
   * Whether a read that arrived at `arrivedAtMs` may wait for the answer to a request that left at `askedAtMs` and is
   * still away: whether `isFresh` will say yes to that answer.
   */
  mayJoin(validation: Validation, askedAtMs: number, arrivedAtMs: number): boolean {
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
   * confirmation itself. Under `push` it is when the connection was last known to tell of changes. -Infinity for what was
   * never confirmed, which no window then covers.
   */
  freshUntilMs(validation: Validation, times: Times): number {
    switch (validation.mode) {
      case 'strict':
        return times.askedAtMs
      case 'always':
        return times.answeredAtMs
      case 'lifetime':
        return times.askedAtMs + validation.lifetimeMs
      case 'push': {
        const coveredUntilMs = validation.coverage.untilMs(times.askedAtMs)
        return Math.max(times.answeredAtMs, Math.min(coveredUntilMs, times.askedAtMs + validation.lifetimeMs))
      }
      case 'never':
        return Infinity
    }
  }

  /** Rule 1: an answer of any kind is kept only if its key did not change while the request was away. */
  mayKeep(request: { readonly isVoid: boolean }): boolean {
    return !request.isVoid
  }

  /**
   * Whether a follower holds what its primary told of, both by digest, null for nothing: only then it is confirmed. Until
   * the stream has brought that, it is not.
   */
  isTold(told: Buffer | null, held: Buffer | null): boolean {
    return told === null || held === null ? told === held : told.equals(held)
  }

  /** When the origin was asked for what a primary tells, which counts from then and not from its telling. */
  toldOf(sentAtMs: number, ageMs: number): number {
    return sentAtMs - ageMs
  }

  /** Rule 2: a read whose request was void settles again, and does not run on what happens to be there. */
  get settlesAgain(): boolean {
    return true
  }
}

/** Copies under `push` that were asked for after this moment are fresh for a read that arrived at `arrivedAtMs`. */
export function coveredAfterMs(
  { coverage, lifetimeMs }: Extract<Validation, { mode: 'push' }>,
  arrivedAtMs: number,
): number {
  return Math.max(coverage.afterMs(arrivedAtMs), arrivedAtMs - lifetimeMs)
}
