import { formatDouble, integerLength, writeInteger, type Slice } from '../../base/index.js'
import type { ReplyWriter } from '../../resp/index.js'

export function replyScore(reply: ReplyWriter, score: number): void {
  if (reply.protocol === 3 || !Number.isSafeInteger(score) || Object.is(score, -0)) {
    reply.doubleText(formatDouble(score))
    return
  }
  const length = integerLength(score)
  const at = reply.bulkSpace(length) // may give it another region
  writeInteger(reply.region.bytes, at, score, length)
}

/** Opens a list of `count` members: with scores flat in RESP2, in RESP3 an array of pairs. */
export function openMembers(reply: ReplyWriter, count: number, withScores: boolean): void {
  reply.array(withScores && reply.protocol === 2 ? count * 2 : count)
}

/** One of the members that `openMembers` announced. */
export function replyMember(reply: ReplyWriter, member: Slice, score: number, withScores: boolean): void {
  if (withScores && reply.protocol === 3) reply.array(2)
  reply.bulk(member)
  if (withScores) replyScore(reply, score)
}
