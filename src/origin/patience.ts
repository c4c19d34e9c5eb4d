import type { Validation } from './rules.js'

/*
 * What a follower accepts of its primary, as one number of ORIGIN SETTLE: the milliseconds before SETTLE's arrival within
 * which the origin must have been asked.
 */

/** Any confirmation will do that satisfies the primary's own rule. */
export const anyPatience = Number.MAX_SAFE_INTEGER

/** An answer that came since will do, whenever it was asked for: the rule of `always`. */
export const sinceArrival = -1

export function patienceOf(validation: Validation): number {
  switch (validation.mode) {
    case 'strict':
      return 0
    case 'always':
      return sinceArrival
    case 'lifetime':
      return validation.lifetimeMs
    case 'push':
    case 'never':
      return anyPatience
  }
}

/** A number that satisfies both. */
export function tighter(one: number, other: number): number {
  if (one === other || other === anyPatience) return one
  if (one === anyPatience) return other
  return one < 0 || other < 0 ? 0 : Math.min(one, other)
}

/** What that number demands beside the primary's own rule. */
export function demandOf(patienceMs: number): Validation | null {
  if (patienceMs >= anyPatience) return null
  if (patienceMs < 0) return { mode: 'always' }
  return patienceMs === 0 ? { mode: 'strict' } : { mode: 'lifetime', lifetimeMs: patienceMs }
}
