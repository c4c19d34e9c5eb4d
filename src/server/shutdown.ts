import type { ShutdownOptions } from '../command/index.js'

/** A signal that asks the server to end. */
export type ShutdownSignal = 'SIGTERM' | 'SIGINT'

/** Something could not be saved: the server goes on. */
export class ShutdownRefused extends Error {}

/** What `shutdown-on-sigterm` or `shutdown-on-sigint` says. */
export const onSignal = (chosen: ReadonlySet<string>): ShutdownOptions => ({
  save: chosen.has('save') ? 'save' : chosen.has('nosave') ? 'nosave' : 'default',
  now: chosen.has('now'),
  force: chosen.has('force'),
})
