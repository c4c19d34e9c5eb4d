import { LongDouble, errorReply, int64Max, type Slice } from '../base/index.js'
import { int64 } from '../command/index.js'

const notAFloat = errorReply('timeout is not a float or out of range')
const notAnInteger = errorReply('timeout is not an integer or out of range')
const negative = errorReply('timeout is negative')

/** Reads how long a call may wait: seconds with decimals, as milliseconds, rounded up; 0 is for ever. @throws {ReplyError} */
export function timeoutOfSeconds(slice: Slice): number {
  const seconds = LongDouble.read(slice)
  if (seconds === null) throw notAFloat
  const ms = seconds.ceilOfTimes(1000n)
  // what 64 bits cannot hold is the least number they can, on the machines that Redis runs on
  if (ms === null || ms < 0n || ms > int64Max) throw negative
  return Number(ms)
}

/** As `timeoutOfSeconds`, of whole milliseconds. @throws {ReplyError} */
export function timeoutOfMilliseconds(slice: Slice): number {
  const ms = int64(slice, notAnInteger)
  if (ms < 0n) throw negative
  return Number(ms)
}
