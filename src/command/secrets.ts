import type { Call } from './call.js'

const redacted = Buffer.from('(redacted)')

/**
 * The arguments of a call for whoever may see calls but no secrets (MONITOR, SLOWLOG): copies, with passwords replaced.
 */
export function argumentsToShow(call: Pick<Call, 'command' | 'args' | 'services'>): Buffer[] {
  const shown = call.args.toBuffers()
  for (const index of call.command.spec.secrets?.(call) ?? []) if (index < shown.length) shown[index] = redacted
  return shown
}
