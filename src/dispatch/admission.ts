import type { ReplyError } from '../base/index.js'
import { Gate, type Command } from '../command/index.js'
import {
  loading,
  monitorsOnlyWatch,
  noAuth,
  noReplicas,
  notInTransaction,
  notPermitted,
  outOfMemory,
  primaryDown,
  readOnlyReplica,
  subscribersOnlyListen,
} from './refusals.js'

/** Gates before writes: nothing may be stored while any of them is closed. */
export const writeGates =
  Gate.memory |
  Gate.pausedWrites |
  Gate.pausedAll |
  Gate.diskError |
  Gate.fewReplicas |
  Gate.replica |
  Gate.stale |
  Gate.loading

/**
 * The refusal of a request for which gates are closed, or null where they only hold it back, queue it or watch it. In
 * Redis's order, since a request may meet several.
 */
export function refusalBehind(
  closed: number,
  command: Command,
  isInTransaction: boolean,
  { permits, diskError }: { permits(directive: string): boolean; diskError(): ReplyError },
): ReplyError | null {
  const { permission } = command.spec
  if (permission !== undefined && !permits(permission)) return notPermitted(command, permission)
  if ((closed & Gate.auth) !== 0) return noAuth
  if (isInTransaction && command.hasFlag('no_multi')) return notInTransaction
  if ((closed & Gate.memory) !== 0) return outOfMemory
  if ((closed & Gate.diskError) !== 0) return diskError()
  if ((closed & Gate.fewReplicas) !== 0) return noReplicas
  if ((closed & Gate.replica) !== 0) return readOnlyReplica
  if ((closed & Gate.subscribed) !== 0) return subscribersOnlyListen(command)
  if ((closed & Gate.monitor) !== 0) return monitorsOnlyWatch
  if ((closed & Gate.stale) !== 0) return primaryDown
  return (closed & (Gate.loading | Gate.loadingAside)) !== 0 ? loading : null
}
