import { errorReply, type ReplyError, type Slice } from '../base/index.js'
import type { SlowCall } from '../observe/index.js'
import type { ReplyWriter } from '../resp/index.js'
import type { Call } from './call.js'

/**
 * What C prints of bytes by `%s`: up to the first NUL, one code unit a byte.
 *
 * @param bytesMax as in `%.128s`
 */
export function printed(slice: Slice, bytesMax = slice.length): string {
  const { bytes } = slice.region
  const end = slice.start + Math.min(slice.length, bytesMax)
  const nul = bytes.indexOf(0, slice.start)
  return bytes.latin1Slice(slice.start, nul >= 0 && nul < end ? nul : end)
}

const containerOf = (name: string): string => name.split('|', 1)[0]

/** Replies the help of a container: `lines` are subcommands, each followed by indented lines that explain it. */
export function replyHelp({ command, reply }: Pick<Call, 'command' | 'reply'>, lines: readonly string[]): void {
  reply.array(lines.length + 3)
  reply.simple(`${containerOf(command.name)} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`)
  for (const line of lines) reply.simple(line)
  reply.simple('HELP')
  reply.simple('    Prints this help.')
}

/** Replies calls that were slow, as SLOWLOG GET does. */
export function replySlowCalls(reply: ReplyWriter, calls: readonly SlowCall[]): void {
  reply.array(calls.length)
  for (const slow of calls) {
    reply.array(6)
    reply.integer(slow.id)
    reply.integer(slow.unixSeconds)
    reply.integer(slow.micros)
    reply.array(slow.args.length)
    for (const arg of slow.args) reply.bulkBytes(arg)
    reply.bulkText(slow.address)
    reply.bulkText(slow.clientName)
  }
}

/** The refusal of a subcommand whose arguments fit none of its forms. */
export function subcommandSyntax({ command, args }: Pick<Call, 'command' | 'args'>): ReplyError {
  const name = printed(args.at(1), 128)
  return errorReply(
    `unknown subcommand or wrong number of arguments for '${name}'. Try ${containerOf(command.name)} HELP.`,
  )
}
