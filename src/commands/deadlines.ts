import { int64Max, int64Min, notAnInteger, readInt64, readSafeInteger, type Slice } from '../base/index.js'
import type { Command } from '../command/index.js'
import { invalidExpireTime } from './refusals.js'

/** Whole Unix milliseconds of 64 bits: a bigint only where a double would round. */
export type UnixMs = number | bigint

/** How the number of an option or an argument says when a key expires. */
export interface DeadlineUnit {
  /** Milliseconds in one. */
  readonly ms: 1 | 1000
  /** Counted from now, or from 1970. */
  readonly fromNow: boolean
}

export const inSeconds: DeadlineUnit = { ms: 1000, fromNow: true }
export const inMilliseconds: DeadlineUnit = { ms: 1, fromNow: true }
export const atSeconds: DeadlineUnit = { ms: 1000, fromNow: false }
export const atMilliseconds: DeadlineUnit = { ms: 1, fromNow: false }

/**
 * Reads the deadline that `slice` writes out.
 *
 * @param least smaller numbers are refused: SET and GETEX take none below 1, EXPIRE takes any
 * @throws {ReplyError} no integer, or a deadline beyond 64 bits
 */
export function readDeadline(
  slice: Slice,
  unit: DeadlineUnit,
  nowMs: number,
  command: Command,
  least = -Infinity,
): UnixMs {
  const base = unit.fromNow ? nowMs : 0
  const number = readSafeInteger(slice)
  const atMs = number * unit.ms + base
  if (Number.isSafeInteger(atMs)) {
    if (number < least) throw invalidExpireTime(command)
    return atMs
  }
  const exact = readInt64(slice)
  if (exact === null) throw notAnInteger
  if (exact < least) throw invalidExpireTime(command)
  const sinceBase = exact * BigInt(unit.ms)
  // Redis checks the unit first and the sum only upwards: the most negative numbers pass
  const exactAtMs = sinceBase + BigInt(base)
  if (sinceBase > int64Max || sinceBase < int64Min || exactAtMs > int64Max) throw invalidExpireTime(command)
  return exactAtMs
}
