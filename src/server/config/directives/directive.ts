import type { Kind } from '../kinds.js'

/**
 * What becomes of a directive of Redis here.
 *
 * - `done`: it does what Redis's does.
 * - `accepted`: read, shown and rewritten, without effect. Said once at the start where it was given another value than
 *   its default, since someone expects something of it.
 * - `refused`: any value but its default is refused as "not yet", since ignoring it would be unsafe.
 */
export type Status = 'done' | 'accepted' | 'refused'

interface Flags<State> {
  /** Another name, for CONFIG GET and SET too. */
  readonly alias?: string
  /** Not to be changed by CONFIG SET. */
  readonly immutable?: boolean
  /** Changed by CONFIG SET only under `enable-protected-configs`. */
  readonly protected?: boolean
  /** Not to be changed while a dataset is being loaded. */
  readonly notWhileLoading?: boolean
  /** Found by CONFIG GET under its full name only. */
  readonly hidden?: boolean
  /** Masked wherever commands and settings are shown. */
  readonly sensitive?: boolean
  /** Why it has no effect, or what is missing: ends the line that says so. */
  readonly because?: string
  /** Whether this value is worth that line. Otherwise any but the default is. */
  worthSaying?(state: State): boolean
}

/** One directive: its kind of value, its status and its rules. */
export interface Directive<State, Live> extends Flags<State> {
  readonly kind: Kind<State, Live>
  readonly status: Status
}

export const done = <State, Live>(kind: Kind<State, Live>, flags: Flags<State> = {}): Directive<State, Live> => ({
  ...flags,
  kind,
  status: 'done',
})

export const accepted = <State, Live>(kind: Kind<State, Live>, flags: Flags<State> = {}): Directive<State, Live> => ({
  ...flags,
  kind,
  status: 'accepted',
})

export const notYet = <State, Live>(kind: Kind<State, Live>, flags: Flags<State> = {}): Directive<State, Live> => ({
  ...flags,
  kind,
  status: 'refused',
})

/** Who may use a dangerous command: nobody, connections from this machine, everybody. */
export const permission = ['no', 'yes', 'local'] as const
