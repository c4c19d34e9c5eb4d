import { errorReply, int64Max, type Random, type ReplyError, type Slice } from '../base/index.js'
import { int64 } from '../command/index.js'

const notALong = errorReply(`value is out of range, value must between ${-int64Max} and ${int64Max}`)

/**
 * Elements that may be drawn with repetition: a reply of more would fill the memory, which Redis lets happen. A client
 * whose replies are limited may ask for any number, and is closed at its limit.
 */
const drawsMax = 1n << 24n

/** A sample of up to a twentieth of a large collection is drawn one by one; a larger one by walking over all elements. */
const walkedPart = 20

/** Reads how many elements to draw: so many different ones, or as many with repetition where it is negative. */
export function readSampleCount(slice: Slice): bigint {
  const count = int64(slice)
  if (count < -int64Max) throw notALong
  return count
}

/**
 * The count as a number that a reply may have.
 *
 * @param isLimited whether the reply ends by itself where the client may have no more: `ReplyWriter.isLimited`
 * @throws {ReplyError} `error`: so many draws would fill the memory
 */
export function boundedCount(count: bigint, error: ReplyError, isLimited = false): number {
  if (count < -drawsMax && !isLimited) throw error
  return Number(count)
}

/** Whether that many different ones of `length` elements are better found on a walk over all of them. */
export const isWalked = (count: number, length: number): boolean => count * walkedPart > length

/** Tells of one element after the other whether it belongs to a sample of `count` of `length`, all as likely. */
export function sampler(count: number, length: number, random: Random): () => boolean {
  let left = length
  let wanted = count
  return () => {
    const isChosen = wanted > 0 && random.below(left) < wanted
    if (isChosen) wanted--
    left--
    return isChosen
  }
}
