/** Tests of Redis's suite that need not pass yet, and why. */
export interface Excuse {
  readonly because: string
  /** By unit, the names of the tests. */
  readonly tests: Readonly<Record<string, readonly string[]>>
}

/** At once a promise: an excuse whose test passes fails the run, so that it must go. */
export const excuses: readonly Excuse[] = []

/** Names of a unit's tests that are excused. */
export const excusedIn = (unit: string): ReadonlySet<string> =>
  new Set(excuses.flatMap(({ tests }) => tests[unit] ?? []))
