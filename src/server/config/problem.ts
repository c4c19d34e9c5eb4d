/**
 * A mistake of whoever configured the server. Its message is one line: where, what is wrong, what to do.
 *
 * Thrown while a configuration is read, never once the server runs.
 */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem'

  /** @param where file and line number, or `command line`; empty where there is no such place */
  constructor(where: string, what: string) {
    super(where === '' ? what : `${where}: ${what}`)
  }
}

/** Thrown by a kind of value that refuses what it was given. `reason` is Redis's own text, shown by CONFIG SET too. */
export class BadValue {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

export { nearest, systemReason } from '../../base/index.js'
