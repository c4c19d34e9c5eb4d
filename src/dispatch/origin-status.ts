import { findKeys, settlesValue, type Client, type Command, type Settlement, type Settling } from '../command/index.js'
import type { Args, ReplyWriter } from '../resp/index.js'

/**
 * Writes the attribute before a reply that says how fresh it is: `origin-status`, a map of each bound key that the call
 * reads to its Cache-Status. Nothing where it reads none.
 *
 * @see https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md (attribute type)
 */
export function writeOriginStatus(
  settling: Settling,
  { arrivedAtMs, database }: Client,
  command: Command,
  args: Args,
  reply: ReplyWriter,
  settlement: Settlement | null,
): void {
  const statuses: (readonly [argument: number, text: string])[] = []
  for (const { index, spec } of findKeys(command, args) ?? []) {
    const text = settlesValue(spec) ? settling.status(database, args.at(index), arrivedAtMs, settlement) : null
    if (text !== null) statuses.push([index, text])
  }
  if (statuses.length === 0) return
  reply.attribute(1)
  reply.bulkText('origin-status')
  reply.map(statuses.length)
  for (const [argument, text] of statuses) {
    reply.bulk(args.at(argument))
    reply.bulkText(text)
  }
}
