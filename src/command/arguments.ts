import { notAnInteger, readInt64, readSafeInteger, type ReplyError, type Slice } from '../base/index.js'

/** A whole number of 64 bits as a bigint. @throws {ReplyError} `error` */
export function int64(slice: Slice, error: ReplyError = notAnInteger): bigint {
  const value = readInt64(slice)
  if (value === null) throw error
  return value
}

/**
 * A whole number of 64 bits. Beyond ±2^53 it is rounded to the nearest double, which is as good where only its size
 * matters: offsets, counts and limits that are clamped anyway.
 *
 * @throws {ReplyError} `error`
 */
export function integer(slice: Slice, error: ReplyError = notAnInteger): number {
  const value = readSafeInteger(slice)
  return Number.isNaN(value) ? Number(int64(slice, error)) : value
}

/** As `integer`, within bounds. @throws {ReplyError} `error` */
export function integerIn(slice: Slice, min: number, max: number, error: ReplyError = notAnInteger): number {
  const value = integer(slice, error)
  if (value < min || value > max) throw error
  return value
}
