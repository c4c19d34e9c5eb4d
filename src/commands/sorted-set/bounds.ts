import { Slice, errorReply, readLenientDouble } from '../../base/index.js'
import type { LexBound, LexRange, ScoreRange } from '../../values/index.js'

const notAScoreRange = errorReply('min or max is not a float')
const notALexRange = errorReply('min or max not valid string range item')

const plus = 43
const minus = 45
const parenthesis = 40
const bracket = 91

const isOpen = (bound: Slice): boolean => bound.length > 0 && bound.byte(0) === parenthesis

function readScore(bound: Slice): number {
  const score = readLenientDouble(bound, isOpen(bound) ? 1 : 0)
  if (Number.isNaN(score)) throw notAScoreRange
  return score
}

/** Reads two scores, each outside of the range where a `(` stands before it. @throws {ReplyError} */
export function readScoreRange(min: Slice, max: Slice): ScoreRange {
  return { min: readScore(min), max: readScore(max), isMinOpen: isOpen(min), isMaxOpen: isOpen(max) }
}

/** Reads `-`, `+`, or a member behind `[` or `(`. @throws {ReplyError} */
function readLexBound(bound: Slice): LexBound {
  const kind = bound.length === 0 ? 0 : bound.byte(0)
  if (kind === plus || kind === minus) {
    // Redis looks no further than the first NUL
    if (bound.length > 1 && bound.byte(1) !== 0) throw notALexRange
    return { end: kind === plus ? 1 : -1, member: bound, isOpen: true }
  }
  if (kind !== parenthesis && kind !== bracket) throw notALexRange
  const member = new Slice(bound.region, bound.start + 1, bound.length - 1)
  return { end: 0, member, isOpen: kind === parenthesis }
}

/** Reads the two ends of a range of members. @throws {ReplyError} */
export function readLexRange(min: Slice, max: Slice): LexRange {
  return { min: readLexBound(min), max: readLexBound(max) }
}
