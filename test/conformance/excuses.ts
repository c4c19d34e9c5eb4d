/** Tests of Redis's suite that need not pass yet, and why. */
export interface Excuse {
  readonly because: string
  /** By unit, the names of the tests. */
  readonly tests: Readonly<Record<string, readonly string[]>>
}

/**
 * Excused tests are left out, for some leave clients paused or settings changed when they fail. `--excused` runs them, and fails
 * where one passes: its excuse must go.
 */
export const excuses: readonly Excuse[] = []

/** Names of a unit's tests that are excused. */
export const excusedIn = (unit: string): ReadonlySet<string> =>
  new Set(excuses.flatMap(({ tests }) => tests[unit] ?? []))
