import { errorReply, type ReplyError } from '../base/index.js'
import { integer, type Call, type Command } from '../command/index.js'

/** Replied when keys and values, or fields and values, do not come in pairs. */
export const wrongArity = (command: Command): ReplyError =>
  errorReply(`wrong number of arguments for '${command.fullName}' command`)

/** Replied when a deadline is not in the future where it must be, or beyond 64 bits of milliseconds. */
export const invalidExpireTime = (command: Command): ReplyError =>
  errorReply(`invalid expire time in '${command.fullName}' command`)

export const noSuchDatabase = errorReply('DB index is out of range')
export const sameObject = errorReply('source and destination objects are the same')
export const stringTooLong = errorReply('string exceeds maximum allowed size (proto-max-bulk-len)')
export const wouldOverflow = errorReply('increment or decrement would overflow')
export const wouldBeNaN = errorReply('increment would produce NaN or Infinity')

const notAnInt = errorReply('value is out of range, value must between -2147483648 and 2147483647')

const reserved = errorReply(
  "this database is kept for writes that wait for their origins ('write behind'); ORIGIN INFO and ORIGIN DEADLETTER tell of them",
)

/** Clients do not reach the database in which the server keeps what is its own. @throws {ReplyError} */
export function refuseReserved({ client, keyspace }: Pick<Call, 'client' | 'keyspace'>, index: number): void {
  if (index === keyspace.reserved && !client.isReplay) throw reserved
}

/** Reads the number of a database that exists. @throws {ReplyError} */
export function databaseIndex(call: Call, argument: number): number {
  const index = integer(call.args.at(argument))
  if (index < -0x80000000 || index > 0x7fffffff) throw notAnInt
  if (index < 0 || index >= call.keyspace.databases.length) throw noSuchDatabase
  refuseReserved(call, index)
  return index
}
/** Of deadlines of fields, which no replica would know of: `replica-compat`. */
export const notForReplicas = errorReply(
  'replica-compat is 7.0, and Redis 7.0 knows no deadlines of fields; CONFIG SET replica-compat any allows them',
)
