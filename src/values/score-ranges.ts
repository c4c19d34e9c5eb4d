import { compareBytes, type Slice } from '../base/index.js'

/** Members by their scores, from `min` to `max`. */
export interface ScoreRange {
  readonly min: number
  readonly max: number
  /** Whether a score of just `min` is outside. */
  readonly isMinOpen: boolean
  readonly isMaxOpen: boolean
}

/** One end of a range of members by their bytes. */
export interface LexBound {
  /** -1: before all members, 1: behind all, 0: at `member`. */
  readonly end: -1 | 0 | 1
  readonly member: Slice
  /** Whether `member` itself is outside. */
  readonly isOpen: boolean
}

/** Members by their bytes, as memcmp orders them. */
export interface LexRange {
  readonly min: LexBound
  readonly max: LexBound
}

/** Ranks from `from` on; none when `count` is 0. */
export interface Span {
  from: number
  count: number
}

const compare = (a: Slice, b: Slice): number => compareBytes(a.region, a.start, a.length, b.region, b.start, b.length)

export const isAboveMin = ({ end, member, isOpen }: LexBound, value: Slice): boolean => {
  if (end !== 0) return end < 0
  const order = compare(value, member)
  return isOpen ? order > 0 : order >= 0
}

export const isBelowMax = ({ end, member, isOpen }: LexBound, value: Slice): boolean => {
  if (end !== 0) return end > 0
  const order = compare(value, member)
  return isOpen ? order < 0 : order <= 0
}
