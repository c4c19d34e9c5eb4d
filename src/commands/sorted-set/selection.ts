import { errorReply, syntaxError } from '../../base/index.js'
import { integer, type Call } from '../../command/index.js'
import type { LexRange, ScoreRange, SortedSetValue, Span } from '../../values/index.js'
import { readLexRange, readScoreRange } from './bounds.js'
import { spanOfRanks } from './remove.js'

const limitNeedsRange = errorReply('syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX')
const scoresNeedRank = errorReply('syntax error, WITHSCORES not supported in combination with BYLEX')

export type RangeKind = 'rank' | 'score' | 'lex'

/** What a command of the ZRANGE family may be told, and what it is from its name. */
export interface Dialect {
  /** Index of the argument that is the source's key. */
  readonly source: number
  /** Told by BYSCORE and BYLEX where it is left out. */
  readonly by?: RangeKind
  /** Told by REV where it is left out. */
  readonly reverse?: boolean
  readonly stores?: boolean
}

const noRange: ScoreRange = { min: 0, max: 0, isMinOpen: false, isMaxOpen: false }

/** Which members of a sorted set are asked for, and how. */
export class Selection {
  by: RangeKind = 'rank'
  withScores = false
  reverse = false
  /** By rank: the two ends as they are given. */
  start = 0
  stop = 0
  /** By score or by member. */
  range: ScoreRange | LexRange = noRange
  offset = 0
  /** Members at most; negative for all. */
  limit = -1

  /** The members selected, in ranks counted upwards; good until the next question. */
  spanIn(set: SortedSetValue): Span {
    const { by, reverse } = this
    if (by !== 'rank') {
      return this.#limited(
        by === 'score'
          ? set.spanOfScores(this.range as ScoreRange)
          : set.spanOfMembers(this.range as LexRange, reverse),
      )
    }
    const { length } = set
    const span = spanOfRanks(length, this.start, this.stop)
    if (reverse) span.from = length - span.from - span.count
    return span
  }

  /** Leaves out the first `offset` of a span, seen from its beginning or its end, and all but `limit` of the rest. */
  #limited({ from, count }: Span): Span {
    const { offset, limit, reverse } = this
    const left = offset < 0 ? 0 : Math.max(0, count - offset)
    const taken = limit < 0 ? left : Math.min(left, limit)
    return { from: reverse ? from + left - taken : from + offset, count: taken }
  }

  /** Reads what stands behind the two ends. */
  readOptions({ args }: Call, { source, by, reverse, stores }: Dialect): void {
    this.by = by ?? 'rank'
    this.reverse = reverse ?? false
    this.withScores = false
    this.offset = 0
    this.limit = -1
    let mayReverse = reverse === undefined
    let mayChoose = by === undefined
    for (let i = source + 3; i < args.count; i++) {
      const word = args.at(i)
      if (stores !== true && word.is('WITHSCORES')) this.withScores = true
      else if (word.is('LIMIT') && args.count - i > 2) {
        this.offset = integer(args.at(i + 1))
        this.limit = integer(args.at(i + 2))
        i += 2
      } else if (mayReverse && word.is('REV')) {
        this.reverse = true
        mayReverse = false
      } else if (mayChoose && (word.is('BYLEX') || word.is('BYSCORE'))) {
        this.by = word.is('BYLEX') ? 'lex' : 'score'
        mayChoose = false
      } else throw syntaxError
    }
  }
}

/** That of the call at hand. */
const shared = new Selection()

/** Reads what a command of the ZRANGE family asks for; good until the next call. @throws {ReplyError} */
export function readSelection(call: Call, dialect: Dialect): Selection {
  shared.readOptions(call, dialect)
  const { by, reverse, withScores } = shared
  if (shared.limit !== -1 && by === 'rank') throw limitNeedsRange
  if (withScores && by === 'lex') throw scoresNeedRank
  const first = call.args.at(dialect.source + 1)
  const second = call.args.at(dialect.source + 2)
  if (by === 'rank') {
    shared.start = integer(first)
    shared.stop = integer(second)
  } else {
    const min = reverse ? second : first
    const max = reverse ? first : second
    shared.range = by === 'score' ? readScoreRange(min, max) : readLexRange(min, max)
  }
  return shared
}
