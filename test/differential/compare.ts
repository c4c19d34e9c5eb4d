import { decodeReply } from '../support/resp-frames.js'
import { deliberate } from './deliberate.js'
import { ruleFor } from './rules.js'

/** Commands whose second word is a subcommand. */
const containers = new Set([
  'CLIENT',
  'COMMAND',
  'CONFIG',
  'DEBUG',
  'LATENCY',
  'MEMORY',
  'OBJECT',
  'PUBSUB',
  'SLOWLOG',
  'XGROUP',
  'XINFO',
])

/** The name under which rules and deliberate differences speak of a request: `GET`, `CLIENT LIST`. */
export function commandName(args: readonly Buffer[]): string {
  const name = args.length === 0 ? '' : args[0].latin1Slice().toUpperCase()
  return containers.has(name) && args.length > 1 ? `${name} ${args[1].latin1Slice().toUpperCase()}` : name
}

/**
 * Whether two replies to one request count as the same: equal bytes, or equal under the one rule of that command
 * (rules.ts), or a deliberate difference (deliberate.ts). Errors are always compared by their bytes.
 */
export function sameReply(args: readonly Buffer[], redis: Buffer, subject: Buffer): boolean {
  if (redis.equals(subject)) return true
  return sameByRule(args, redis, subject) || isDeliberate(args)
}

function sameByRule(args: readonly Buffer[], redis: Buffer, subject: Buffer): boolean {
  const rule = ruleFor(commandName(args))
  if (rule === undefined || isError(redis) || isError(subject)) return false
  const words = args.map((arg) => arg.latin1Slice())
  return rule.same(decodeReply(redis), decodeReply(subject), words)
}

function isDeliberate(args: readonly Buffer[]): boolean {
  const name = commandName(args)
  const words = args.map((arg) => arg.latin1Slice())
  return deliberate.some((difference) => difference.command === name && difference.when(words))
}

export function isError(reply: Buffer): boolean {
  return reply[0] === 0x2d || reply[0] === 0x21 // - and !
}
