import { errorReply, notAnInteger, readInt64, type Slice } from '../../base/index.js'
import { integerIn, type Call } from '../../command/index.js'
import type { Args } from '../../resp/index.js'
import type { DeadlineUnit } from '../deadlines.js'
import { invalidExpireTime, notForReplicas } from '../refusals.js'

/** The last moment at which a field may expire, Unix milliseconds: 46 bits, as in Redis. */
const latestMs = 2n ** 46n - 1n

const negative = errorReply('invalid expire time, must be >= 0')
const misplaced = errorReply('Mandatory argument FIELDS is missing or not at the right position')
const notPositive = errorReply('Number of fields must be a positive integer')
const notAboveZero = errorReply('Parameter `numFields` should be greater than 0')
const countsDiffer = errorReply('The `numfields` parameter must match the number of arguments')

/**
 * Reads a field's deadline, Unix milliseconds.
 *
 * @throws {ReplyError} no integer, negative, or too late; or no replica would know of it: `replica-compat`
 */
export function readFieldDeadline(
  slice: Slice,
  unit: DeadlineUnit,
  { client, command, nowMs, services }: Call,
): number {
  if (services.replication.refusesFieldDeadlines && !client.isReplay) throw notForReplicas
  const number = readInt64(slice)
  if (number === null) throw notAnInteger
  if (number < 0n) throw negative
  const atMs = number * BigInt(unit.ms) + (unit.fromNow ? BigInt(nowMs) : 0n)
  if (atMs > latestMs) throw invalidExpireTime(command)
  return Number(atMs)
}

/**
 * Reads `FIELDS count field...`, which are all that is left from argument `at` on; returns the index of the first field.
 *
 * @throws {ReplyError} the word is missing, or there are not as many fields as it says
 */
export function readFields(args: Args, at: number, error = notPositive): number {
  if (!args.at(at).is('FIELDS')) throw misplaced
  const count = integerIn(args.at(at + 1), 1, Number.MAX_SAFE_INTEGER, error)
  if (count !== args.count - at - 2) throw countsDiffer
  return at + 2
}

/** The same for HEXPIRE and its like, whose refusal has other words. */
export const readFieldsToExpire = (args: Args, at: number): number => readFields(args, at, notAboveZero)
