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

/** Which members of a sorted set are asked for, and how. */
export interface Selection {
  readonly by: RangeKind
  readonly withScores: boolean
  readonly reverse: boolean
  /** The members selected, in ranks counted upwards. */
  spanIn(set: SortedSetValue): Span
}

interface Options {
  by: RangeKind | undefined
  reverse: boolean | undefined
  withScores: boolean
  offset: number
  /** Negative for all. */
  limit: number
}

function readOptions({ args }: Call, { source, by, reverse, stores }: Dialect): Options {
  const options: Options = { by, reverse, withScores: false, offset: 0, limit: -1 }
  for (let i = source + 3; i < args.count; i++) {
    const word = args.at(i)
    if (stores !== true && word.is('WITHSCORES')) options.withScores = true
    else if (word.is('LIMIT') && args.count - i > 2) {
      options.offset = integer(args.at(i + 1))
      options.limit = integer(args.at(i + 2))
      i += 2
    } else if (options.reverse === undefined && word.is('REV')) options.reverse = true
    else if (options.by === undefined && word.is('BYLEX')) options.by = 'lex'
    else if (options.by === undefined && word.is('BYSCORE')) options.by = 'score'
    else throw syntaxError
  }
  return options
}

/** Leaves out the first `offset` of a span, seen from its beginning or its end, and all but `limit` of the rest. */
function limited({ from, count }: Span, { offset, limit, reverse }: Options): Span {
  const left = offset < 0 ? 0 : Math.max(0, count - offset)
  const taken = limit < 0 ? left : Math.min(left, limit)
  return { from: reverse === true ? from + left - taken : from + offset, count: taken }
}

/** Reads what a command of the ZRANGE family asks for. @throws {ReplyError} */
export function readSelection(call: Call, dialect: Dialect): Selection {
  const options = readOptions(call, dialect)
  const { by = 'rank', reverse = false, withScores } = options
  if (options.limit !== -1 && by === 'rank') throw limitNeedsRange
  if (withScores && by === 'lex') throw scoresNeedRank
  const first = call.args.at(dialect.source + 1)
  const second = call.args.at(dialect.source + 2)
  if (by === 'rank') {
    const start = integer(first)
    const stop = integer(second)
    return {
      by,
      withScores,
      reverse,
      spanIn({ length }) {
        const { from, count } = spanOfRanks(length, start, stop)
        return { from: reverse ? length - from - count : from, count }
      },
    }
  }
  const [min, max] = reverse ? [second, first] : [first, second]
  const range: ScoreRange | LexRange = by === 'score' ? readScoreRange(min, max) : readLexRange(min, max)
  return {
    by,
    withScores,
    reverse,
    spanIn: (set) =>
      limited(
        by === 'score' ? set.spanOfScores(range as ScoreRange) : set.spanOfMembers(range as LexRange, reverse),
        options,
      ),
  }
}
